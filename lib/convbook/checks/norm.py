"""Arguments of normalisations."""
from math import prod

from convbook.checks.common import check_any_shape, check_array, check_floats, check_number, check_same_dtype
from convbook.shapes import at_least


def check_batch_norm(array: type, x, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5) -> None:
    """Refuse what batch_norm cannot compute.

    array    np.ndarray or torch.Tensor, whichever the engine computes with

    Raises TypeError for a wrong type or dtype, ValueError for a wrong shape or number.
    """
    _check_channels(array, x, weight, bias)
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var belong together: give both or neither")
    if running_mean is not None:
        _check_parameter(array, running_mean, "running_mean", (x.shape[1],), "(C,)", x)
        _check_parameter(array, running_var, "running_var", (x.shape[1],), "(C,)", x)
    elif not training:
        raise ValueError("evaluation (training=False) normalises with running_mean and running_var; give both, or training=True")
    if training and prod(x.shape) // x.shape[1] < 2:
        raise ValueError(f"expected more than 1 value per channel when training, got input size {tuple(x.shape)}; take a larger batch")
    check_number(momentum, "momentum")
    if not 0 <= momentum <= 1:
        raise ValueError(f"momentum is the new value's share and lies between 0 and 1, got {momentum}")
    _check_eps(eps)


def check_layer_norm(array: type, x, normalized_shape, weight=None, bias=None, eps=1e-5) -> tuple[int, ...]:
    """Refuse what layer_norm cannot compute; otherwise say over which shape it takes its mean. Raises as check_batch_norm does."""
    check_any_shape(array, x, "x")
    check_floats(x, "x")
    sizes = tuple(normalized_shape) if isinstance(normalized_shape, (tuple, list)) else (normalized_shape,)
    if not sizes or not all(hasattr(size, "__index__") and not isinstance(size, bool) for size in sizes):
        raise TypeError(f"normalized_shape must be an int or a tuple of ints, got {normalized_shape!r}")
    for size in sizes:
        at_least(1, size, "normalized_shape")
    if tuple(x.shape[-len(sizes):]) != sizes:
        raise ValueError(f"normalized_shape={sizes} must be the last sizes of x, which has shape {tuple(x.shape)}")
    for value, name in ((weight, "weight"), (bias, "bias")):
        if value is not None:
            _check_parameter(array, value, name, sizes, "normalized_shape", x)
    _check_eps(eps)
    return sizes


def check_group_norm(array: type, x, num_groups, weight=None, bias=None, eps=1e-5) -> None:
    """Refuse what group_norm cannot compute. Raises as check_batch_norm does."""
    _check_channels(array, x, weight, bias)
    _check_int(num_groups, "num_groups")
    if x.shape[1] % num_groups:
        raise ValueError(f"the {x.shape[1]} channels of x cannot be shared out evenly among num_groups={num_groups}")
    _check_eps(eps)


def check_local_response_norm(array: type, x, size, alpha=1e-4, beta=0.75, k=1.0) -> None:
    """Refuse what local_response_norm cannot compute. Raises as check_batch_norm does."""
    _check_channels(array, x)
    _check_int(size, "size")
    for value, name in ((alpha, "alpha"), (beta, "beta"), (k, "k")):
        check_number(value, name)


def check_global_response_norm(array: type, x, weight, bias, eps=1e-6) -> None:
    """Refuse what global_response_norm cannot compute. Raises as check_batch_norm does."""
    check_array(array, x, "x", "(N, C, H, W)")
    check_floats(x, "x")
    at_least(1, x.shape[1], "the number of channels of x")
    _check_parameter(array, weight, "weight", (x.shape[1],), "(C,)", x)
    _check_parameter(array, bias, "bias", (x.shape[1],), "(C,)", x)
    _check_eps(eps)


def _check_channels(array, x, weight=None, bias=None):
    check_any_shape(array, x, "x")
    if x.ndim < 2:
        raise ValueError(f"x must have at least 2 axes (N, C, ...), got shape {tuple(x.shape)}")
    check_floats(x, "x")
    at_least(1, x.shape[1], "the number of channels of x")
    for value, name in ((weight, "weight"), (bias, "bias")):
        if value is not None:
            _check_parameter(array, value, name, (x.shape[1],), "(C,)", x)


def _check_parameter(array, value, name, expected, shape, x):
    check_any_shape(array, value, name)
    check_same_dtype(value, name, x)
    if tuple(value.shape) != expected:
        raise ValueError(f"{name} must have shape {shape} = {expected} for x of shape {tuple(x.shape)}, got {tuple(value.shape)}")


def _check_int(value, name):
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be an int, got {value!r}")
    at_least(1, value, name)


def _check_eps(eps):
    check_number(eps, "eps")
    at_least(0, eps, "eps")
