"""What each function makes of shapes and receptive fields: one rule a function, for layers and for calls in a forward method.

A rule has the arguments of torch's function; it returns a Step, or a Trace where no number moves. A layer is the function of
the same name, with what the layer keeps in its attributes as arguments.
"""
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convbook.analyse import _views
from convbook.analyse._field import Field, joined
from convbook.analyse._trace import ONE, Trace, find_traces
from convbook.shapes import geometry, pair, transposed_geometry
from convbook.windows import pool_output_size


class Step(NamedTuple):
    """What a function does.

    shape, field, spans  of its output; None: those of its input
    macs       multiply-accumulates, if it is a convolution or a matrix product
    settings   what a table says beside its name
    new        does its output need memory of its own, or can it be written over the input?
    keeps      what its way back needs: "inputs", "output" or nothing
    """

    shape: tuple[int, ...] | None = None
    field: Field | None = None
    spans: Any = None
    macs: int = 0
    settings: str = ""
    new: bool = True
    keeps: str = ""


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    _fits(x.shape[-3], weight.shape[1] * groups, "channels")
    where = geometry(x.shape[-2:], weight.shape[2:], stride, padding, dilation)
    shape = (*x.shape[:-3], weight.shape[0], *where.output_size)
    return Step(shape, x.field.window(where.kernel_size, where.stride, where.dilation), None, prod(shape) * prod(weight.shape[1:]),
                _words(where.kernel_size, where.stride, padding, where.dilation, groups), keeps="inputs")


def conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    _fits(x.shape[-3], weight.shape[0], "channels")
    size, where = transposed_geometry(x.shape[-2:], weight.shape[2:], stride, padding, output_padding, dilation)
    shape = (*x.shape[:-3], weight.shape[1] * groups, *size)
    return Step(shape, x.field.transposed(where.kernel_size, where.stride, where.dilation), None, x.numel() * prod(weight.shape[1:]),
                _words(where.kernel_size, where.stride, padding, where.dilation, groups), keeps="inputs")


def locally_connected2d(x, weight, bias=None, stride=1, padding=0):
    _fits(x.shape[-3], weight.shape[3], "channels")
    where = geometry(x.shape[-2:], weight.shape[4:], stride, padding)
    if where.output_size != tuple(weight.shape[:2]):
        raise ValueError(f"its filters stop at {tuple(weight.shape[:2])} places, the image has {where.output_size}")
    shape = (*x.shape[:-3], weight.shape[2], *where.output_size)
    return Step(shape, x.field.window(where.kernel_size, where.stride), None, prod(shape) * prod(weight.shape[3:]),
                _words(where.kernel_size, where.stride, padding), keeps="inputs")


def linear(x, weight, bias=None):
    F, D = weight.shape
    _fits(x.shape[-1], D, "features")
    shape = (*x.shape[:-1], F)
    return Step(shape, x.field.over(x.spans[-1]), (*x.spans[:-1], ONE), prod(shape) * D, f"{D} -> {F}", keeps="inputs")


def matmul(x, other):
    """x @ other; the rows of x and the columns of other are summed over."""
    size = x.shape[-1]
    _fits(size, other.shape[-2], "rows for @")
    shape = (*np.broadcast_shapes(x.shape[:-2], other.shape[:-2]), x.shape[-2], other.shape[-1])
    fields = [t.field.over(t.spans[axis]) for t, axis in ((x, -1), (other, -2)) if isinstance(t, Trace)]
    spans = [*(x.spans[:-1] if isinstance(x, Trace) else [ONE] * (len(shape) - 1)), other.spans[-1] if isinstance(other, Trace) else ONE]
    return Step(shape, joined(fields), [*[ONE] * (len(shape) - len(spans)), *spans], prod(shape) * size, keeps="inputs")


def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    if return_indices:
        raise ValueError("analyse has no rule for the indices of max pooling")
    kernel, pads, dilations = pair(kernel_size, "kernel_size"), pair(padding, "padding"), pair(dilation, "dilation")
    strides = kernel if stride is None else pair(stride, "stride")
    numbers = zip(x.shape[-2:], kernel, strides, pads, dilations, strict=True)
    size = [pool_output_size(*each, ceil_mode) for each in numbers]
    field = x.field.window(kernel, strides, dilations)
    whole = size == [1, 1] and max(x.shape[-2:]) > 1
    return Step((*x.shape[:-2], *size), field._replace(pooled=field.pooled or whole), None, 0,
                _words(kernel, strides, pads, dilations) + (", ceil" if ceil_mode else ""), keeps="inputs")


def avg_pool2d(x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    return max_pool2d(x, kernel_size, stride, padding, 1, ceil_mode)


def adaptive_pool2d(x, output_size, return_indices=False):
    size = pair(output_size, "output_size")
    return Step((*x.shape[:-2], *size), x.field.adaptive(x.shape[-2:], size), None, 0, f"to {size[0]}x{size[1]}", keeps="inputs")


def global_pool2d(x):
    return mean(x, (-2, -1), keepdim=True)


def pad(x, padding, mode="constant", value=None):
    """Numbers around the last axes: (before, after) of the last one, of the one before it ..."""
    shape = list(x.shape)
    for axis, (before, after) in enumerate(zip(padding[::2], padding[1::2], strict=True), 1):
        shape[-axis] += before + after
    if min(shape) < 1:
        raise ValueError(f"a padding of {tuple(padding)} leaves nothing of {x.shape}")
    return Step(tuple(shape), settings=f"padding {_short(padding)}")


def mean(x, dim=None, keepdim=False, dtype=None):
    """A sum, a mean or a maximum over axes sees all that they run over."""
    gone = {d % x.ndim for d in (range(x.ndim) if dim is None else (dim,) if isinstance(dim, int) else dim)}
    field = x.field
    for axis in gone:
        field = field.over(x.spans[axis])
    axes = [(1, ONE) if d in gone else (x.shape[d], x.spans[d]) for d in range(x.ndim) if keepdim or d not in gone]
    return Step(tuple(size for size, _ in axes), field, [span for _, span in axes])


def add(x, other, alpha=1):
    return _joint(x, other, largest=True)


def mul(x, other, rounding_mode=None):
    """A product keeps both factors. One factor for a whole map, as from a squeeze and excitation, is left out of the field."""
    both = hasattr(x, "shape") and hasattr(other, "shape")
    return _joint(x, other, largest=False)._replace(keeps="inputs" if both else "")


def scale_layer(x, weight):
    return mul(x, weight)


def cat(tensors, *more, dim=0):
    """torch.cat(tensors, dim), and the tape's primitive, which gets the tensors one by one."""
    tensors, dim = (tensors, *more, dim)[:2] if isinstance(tensors, tuple | list) else ((tensors, *more), dim)
    first = tensors[0]
    dim = dim % first.ndim
    if len({(*t.shape[:dim], *t.shape[dim + 1:]) for t in tensors}) > 1:
        raise ValueError(f"tensors of shapes {', '.join(str(t.shape) for t in tensors)} cannot be joined along axis {dim}")
    shape = (*first.shape[:dim], sum(t.shape[dim] for t in tensors), *first.shape[dim + 1:])
    return Step(shape, joined(t.field for t in tensors), first.spans)


def dropout(x, p=0.5, training=True, **_):
    """While training, its mask is kept: as many numbers as its output has."""
    return Step(settings=f"p={p}", new=False, keeps="output") if training and p else x


def batch_norm(x, running_mean=None, running_var=None, weight=None, *_, **__):
    channels = next((t.shape[0] for t in (weight, running_mean) if t is not None), x.shape[1])
    _fits(x.shape[1], channels, "channels")
    return Step(new=False, keeps="inputs")


def over_input(x, *_, **__):
    """Number by number (or a normalisation), the way back needs the input."""
    return Step(new=False, keeps="inputs")


def over_output(x, *_, **__):
    """Number by number, the way back needs the output."""
    return Step(new=False, keeps="output")


def sum_of_numbers(x, *_, **__):
    """Number by number, the way back needs nothing."""
    return Step(new=False)


def _joint(x, other, largest):
    traces = list(find_traces((x, other)))
    shape = np.broadcast_shapes(*(tuple(getattr(t, "shape", ())) for t in (x, other)))
    wide = [t for t in traces if t.shape == shape]
    main = wide[0] if wide else traces[0]
    seen = traces if largest or not wide else wide
    spans = [*[ONE] * (len(shape) - main.ndim), *main.spans]
    return Step(shape, joined(t.field for t in seen), spans, new=not wide)


def _fits(got, wanted, what):
    if got != wanted:
        raise ValueError(f"takes {wanted} {what}, gets {got}")


def _words(kernel, stride, padding, dilation=(1, 1), groups=1):
    """3x3, stride 2, padding 1"""
    said = {"stride": (stride, (1, 1)), "padding": (padding, (0, 0)), "dilation": (dilation, (1, 1))}
    parts = [f"{name} {_short(value)}" for name, (value, default) in said.items() if _short(value) != _short(default)]
    return ", ".join([f"{kernel[0]}x{kernel[1]}", *parts, *([f"groups {groups}"] if groups > 1 else [])])


def _short(value):
    """(1, 1) as 1, (1, 2) as 1x2"""
    if isinstance(value, str | int):
        return value
    parts = [_short(v) for v in value]
    return parts[0] if len(set(parts)) == 1 else "x".join(map(str, parts))


_NEEDS_INPUT = ("abs clamp elu exp gelu global_response_norm group_norm hardsigmoid hardswish hardtanh layer_norm leaky_relu "
                "local_response_norm log mish pow prelu relu6 silu softplus square")
_NEEDS_OUTPUT = "log_softmax logsigmoid relu scaled_tanh sigmoid softmax sqrt tanh"
_NEEDS_NOTHING = "neg"
_SAME = "clone contiguous detach double float half requires_grad_ to type_as"
_REDUCTIONS = "amax amin mean sum"
RULES: dict[str, Any] = {
    **dict.fromkeys(_NEEDS_INPUT.split(), over_input), **dict.fromkeys(_NEEDS_OUTPUT.split(), over_output),
    **dict.fromkeys(_NEEDS_NOTHING.split(), sum_of_numbers), **dict.fromkeys(_SAME.split(), _views.same),
    **dict.fromkeys(_REDUCTIONS.split(), mean), **{name: getattr(_views, name) for name in (
        "chunk", "expand", "flatten", "getitem", "permute", "reshape", "split", "squeeze", "transpose", "unflatten", "unsqueeze")},
    "conv2d": conv2d, "conv_transpose2d": conv_transpose2d, "locally_connected2d": locally_connected2d, "linear": linear,
    "matmul": matmul, "max_pool2d": max_pool2d, "avg_pool2d": avg_pool2d, "adaptive_avg_pool2d": adaptive_pool2d,
    "adaptive_max_pool2d": adaptive_pool2d, "global_avg_pool2d": global_pool2d, "global_max_pool2d": global_pool2d,
    "batch_norm": batch_norm, "dropout": dropout, "dropout2d": dropout, "drop_path": dropout, "add": add, "sub": add, "rsub": add,
    "mul": mul, "multiply": mul, "div": mul, "cat": cat, "concat": cat, "view": _views.reshape, "pad": pad, "power": over_input,
}
Trace.names = RULES
LAYERS: dict[str, Any] = {
    "Conv2d": conv2d, "ConvTranspose2d": conv_transpose2d, "LocallyConnected2d": locally_connected2d, "Linear": linear,
    "MaxPool2d": max_pool2d, "AvgPool2d": avg_pool2d, "AdaptiveAvgPool2d": adaptive_pool2d, "AdaptiveMaxPool2d": adaptive_pool2d,
    "GlobalAvgPool2d": global_pool2d, "GlobalMaxPool2d": global_pool2d, "BatchNorm1d": batch_norm, "BatchNorm2d": batch_norm,
    "LayerNorm": over_input, "LayerNorm2d": over_input, "GroupNorm": over_input, "GRN": over_input, "LocalResponseNorm": over_input,
    "LayerScale": scale_layer, "ZeroPad2d": pad,
    "Dropout": dropout, "Dropout2d": dropout, "DropPath": dropout, "Flatten": _views.flatten_layer, "Unflatten": _views.unflatten,
    "ReLU": over_output, "Sigmoid": over_output, "Tanh": over_output, "ScaledTanh": over_output,
    "Softmax": over_output, "LogSoftmax": over_output, "ReLU6": over_input, "LeakyReLU": over_input, "ELU": over_input,
    "GELU": over_input, "SiLU": over_input, "Hardsigmoid": over_input, "Hardswish": over_input, "Hardtanh": over_input,
    "Mish": over_input, "PReLU": over_input, "Softplus": over_input,
}
