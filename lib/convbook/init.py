"""Initial weights: draws that keep the size of signals, a walk that hands them out, and copies between engines (chapter 9).

Everything is drawn by NumPy in float64 and then converted, so the same seed gives the same net on every engine and device.

    net = models.resnet18(nn)
    init.kaiming(net, 0, mode="fan_out", constants={"*.bn2.weight": 0})     # every residual block starts as the identity
    init.apply(net, 0, partial(init.trunc_normal, std=0.02))                # as ConvNeXt
    init.normal(net, 0, std=0.01, constants=alexnet.ONES)             # as AlexNet
"""
from fnmatch import fnmatchcase
from functools import partial
from math import erf, prod, sqrt

import numpy as np

WEIGHTED = ("Linear", "Conv2d", "ConvTranspose2d", "LocallyConnected2d")     # weight drawn, bias 0
NORMS = {"BatchNorm1d": 1, "BatchNorm2d": 1, "LayerNorm": 1, "LayerNorm2d": 1, "GroupNorm": 1, "GRN": 0}     # weight; bias 0


def fan(shape):
    """How many inputs an output sums over, and how many outputs an input goes into.

    shape    (out, in) of a linear layer, (F, C // groups, KH, KW) of a convolution
    returns  fan_in, fan_out     in * taps, out * taps

    As torch.nn.init counts: a shape does not tell its groups or that it belongs to a
    transposed convolution. `apply` knows the layer, so it asks for the shape of one group's
    filters, and for those of a transposed convolution (C, F // groups, KH, KW) with the first
    two axes swapped: its fan_in is C // groups * KH * KW, right at stride 1.

    Raises ValueError for fewer than two axes. Chapter 9.
    """
    if len(shape) < 2:
        raise ValueError("a weight has at least 2 axes (out, in, ...), "
                         f"got shape {tuple(shape)}; biases have no fan")
    taps = prod(shape[2:])
    return shape[1] * taps, shape[0] * taps


def calculate_gain(nonlinearity, param=None):
    """By how much a weight must be larger to make up for what the nonlinearity after it takes away.

    nonlinearity  "linear", "conv2d", "sigmoid": 1; "tanh": 5/3; "relu": sqrt(2); "leaky_relu": sqrt(2 / (1 + param^2));
                  "selu": 3/4
    param         slope of leaky_relu on the negative side (default 0.01)
    returns       float

    torch.nn.init's table. Raises ValueError for another name. He et al. 2015.
    """
    slope = 0.01 if param is None else param
    gains = {"linear": 1.0, "conv2d": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": sqrt(2),
             "leaky_relu": sqrt(2 / (1 + slope**2)), "selu": 3 / 4}
    if nonlinearity not in gains:
        raise ValueError(f"no gain is known for nonlinearity {nonlinearity!r}, only for {', '.join(gains)}")
    return gains[nonlinearity]


def xavier_uniform(shape, rng, gain=1.0):
    """Uniform with variance gain^2 2 / (fan_in + fan_out): a compromise for both directions.

    shape    of the weight, as in `fan`
    rng      np.random.Generator or seed
    returns  float64 array, values within gain sqrt(6 / (fan_in + fan_out))

    Raises ValueError for fewer than two axes. Glorot and Bengio 2010.
    """
    return _uniform(shape, rng, gain * sqrt(2 / sum(fan(shape))))


def xavier_normal(shape, rng, gain=1.0):
    """xavier_uniform's variance, normal. Arguments, errors and source as there."""
    return _generator(rng).normal(0, gain * sqrt(2 / sum(fan(shape))), shape)


def kaiming_uniform(shape, rng, mode="fan_in", nonlinearity="relu", a=0.0):
    """Uniform with variance gain^2 / fan: the size of signals survives any number of layers with that nonlinearity.

    shape         of the weight, as in `fan`
    rng           np.random.Generator or seed
    mode          "fan_in" keeps the size of what goes forward, "fan_out" of the gradients that come back
    nonlinearity  as in calculate_gain
    a             slope of leaky_relu on the negative side
    returns       float64 array, values within gain sqrt(3 / fan)

    Raises ValueError for an unknown mode or nonlinearity and for fewer than two axes. He et al. 2015.
    """
    return _uniform(shape, rng, _kaiming_std(shape, mode, nonlinearity, a))


def kaiming_normal(shape, rng, mode="fan_in", nonlinearity="relu", a=0.0):
    """kaiming_uniform's variance, normal, as in the paper. Arguments, errors and source as there."""
    return _generator(rng).normal(0, _kaiming_std(shape, mode, nonlinearity, a), shape)


def trunc_normal(shape, rng, mean=0.0, std=1.0, a=-2.0, b=2.0):
    """Normal, but what falls outside a..b is drawn again.

    shape      any
    rng        np.random.Generator or seed
    mean, std  of the normal before the cut
    a, b       the cut, in absolute values and not in std, as in torch: with std=0.02 the default cuts nothing
    returns    float64 array

    Raises ValueError unless std > 0 and a < b, and if mean is more than 2 std outside a..b. Liu et al. 2022 (ConvNeXt).
    """
    rng = _generator(rng)
    if not (std > 0 and a < b):
        raise ValueError(f"trunc_normal needs std > 0 and a < b, got std={std}, a={a}, b={b}")
    if not a - 2 * std <= mean <= b + 2 * std:
        raise ValueError(f"mean={mean} lies more than 2 std={std} outside {a}..{b}, so next to nothing falls inside; move a or b")
    inside = (erf((b - mean) / std / sqrt(2)) - erf((a - mean) / std / sqrt(2))) / 2

    def accepted(size):
        if inside > 0.3:
            values = rng.normal(mean, std, size)
            return values[(values >= a) & (values <= b)]
        # Little falls inside: start from flat, keep in proportion to the bell. Nobody will miss what is 9 std away.
        values = rng.uniform(max(a, mean - 9 * std), min(b, mean + 9 * std), size)
        return values[rng.random(size) <= np.exp(-(((values - mean) / std) ** 2) / 2)]

    values, missing = np.empty(0), prod(shape)
    while missing:
        values = np.concatenate([values, accepted(missing)])
        missing = prod(shape) - len(values)
    return values.reshape(shape)


def apply(net, rng, draw, constants=None):
    """Walk over the layers of a net in order and give every parameter its first value.

    net        of either engine
    rng        np.random.Generator or seed
    draw       draw(shape, rng) -> array; called for weights of linear layers and convolutions (see `fan` for the shapes)
    constants  {pattern: number or array} for parameters by their names ("*.bn2.weight"); the first that fits counts
    returns    net

    Biases become 0, weights of norms 1, of GRN 0, of LayerScale its `init`. A parameter of any other layer must be among the constants.
    Raises ValueError for a layer that is not known and for a pattern that fits nothing; the net is as before then. Chapter 9.
    """
    rng, constants, modules, values = _generator(rng), constants or {}, dict(net.named_modules()), []
    unused = set(constants)
    for path, parameter in net.named_parameters():
        layer, _, name = path.rpartition(".")
        fitting = [pattern for pattern in constants if fnmatchcase(path, pattern)]
        unused -= set(fitting)
        value = constants[fitting[0]] if fitting else _initial(modules[layer], path, name, tuple(parameter.shape), rng, draw)
        values.append((parameter, value))
    if unused:
        raise ValueError(f"no parameter is called {' or '.join(sorted(unused))}; the net has {', '.join(dict(net.named_parameters()))}")
    for parameter, value in values:
        _write(parameter, value)
    return net


def kaiming(net, rng, mode="fan_in", nonlinearity="relu", a=0.0, uniform=False, constants=None):
    """Walk with kaiming_normal, or kaiming_uniform. Returns the net; raises what `apply` raises. He et al. 2015."""
    draw = kaiming_uniform if uniform else kaiming_normal
    return apply(net, rng, partial(draw, mode=mode, nonlinearity=nonlinearity, a=a), constants)


def xavier(net, rng, gain=1.0, uniform=True, constants=None):
    """Walk with xavier_uniform, or xavier_normal. Returns the net; raises what `apply` raises. Glorot and Bengio 2010."""
    return apply(net, rng, partial(xavier_uniform if uniform else xavier_normal, gain=gain), constants)


def normal(net, rng, std, constants=None):
    """Walk with one std for every weight. Returns the net; raises what `apply` raises. Krizhevsky et al. 2012 (0.01)."""
    return apply(net, rng, lambda shape, rng: rng.normal(0, std, shape), constants)


def copy_state(source, target):
    """Copy parameters and running statistics from one net into another of either engine, by name.

    source, target  nets with the same state_dict keys and shapes; target keeps its dtypes and devices
    returns         target

    Raises KeyError that names the keys only one of them has, ValueError that names a key and both shapes; target is as
    before then. Chapter 9.
    """
    given, own = source.state_dict(), target.state_dict()
    if given.keys() != own.keys():
        raise KeyError(f"the nets differ: only in source {sorted(given.keys() - own.keys()) or 'nothing'}, "
                       f"only in target {sorted(own.keys() - given.keys()) or 'nothing'}")
    if wrong := [f"{key}: source {tuple(given[key].shape)}, target {tuple(own[key].shape)}"
                 for key in own if tuple(given[key].shape) != tuple(own[key].shape)]:
        raise ValueError("shapes differ: " + "; ".join(wrong))
    target.load_state_dict({key: _like(own[key], _array(given[key])) for key in own})
    return target


def _initial(layer, path, name, shape, rng, draw):
    kinds = [kind.__name__ for kind in type(layer).__mro__]
    norm = next((NORMS[kind] for kind in kinds if kind in NORMS), None)
    weighted = next((kind for kind in kinds if kind in WEIGHTED), None)
    if name == "bias" and (norm is not None or weighted):
        return 0
    if name == "weight" and norm is not None:
        return norm
    if "LayerScale" in kinds:
        return layer.init
    if name == "weight" and weighted:
        return _weight(weighted, getattr(layer, "groups", 1), shape, rng, draw)
    raise ValueError(f'{path} belongs to a {kinds[0]}, a layer whose first values are not known here; say constants={{"{path}": value}}')


def _weight(kind, groups, shape, rng, draw):
    """One draw for each set of filters that shares its inputs: a group, or a place of a layer that shares nothing."""
    if kind == "LocallyConnected2d":        # (OH, OW, F, C, KH, KW)
        return np.stack([draw(shape[2:], rng) for _ in range(shape[0] * shape[1])]).reshape(shape)
    if kind == "ConvTranspose2d":
        group = (shape[1], shape[0] // groups, *shape[2:])
        return np.concatenate([draw(group, rng).swapaxes(0, 1) for _ in range(groups)])
    return np.concatenate([draw((shape[0] // groups, *shape[1:]), rng) for _ in range(groups)])


def _kaiming_std(shape, mode, nonlinearity, a):
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f'mode must be "fan_in" or "fan_out", got {mode!r}')
    return calculate_gain(nonlinearity, a) / sqrt(fan(shape)[mode == "fan_out"])


def _uniform(shape, rng, std):
    return _generator(rng).uniform(-sqrt(3) * std, sqrt(3) * std, shape)


def _generator(rng):
    if rng is None:
        raise TypeError("rng must be a np.random.Generator or a seed, got None; without a seed nobody can repeat the run")
    return np.random.default_rng(rng)


def _write(parameter, value):
    """Into the array that is there: dtype, device and every reference to it stay."""
    if isinstance(parameter.data, np.ndarray):
        parameter.data[...] = value
    else:
        parameter.data.copy_(parameter.data.new_tensor(value))


def _array(value):
    if isinstance(value, np.ndarray):
        return value
    value = value.detach().cpu()
    return (value.float() if "bfloat16" in str(value.dtype) else value).numpy()     # NumPy has no bfloat16


def _like(own, array):
    return array if isinstance(own, np.ndarray) else own.new_tensor(array)
