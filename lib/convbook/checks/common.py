"""What every check is made of."""
from numbers import Real
from typing import Any


def check_array(array: Any, value: Any, name: str, shape: str) -> None:
    """Raise unless `value` is an `array` with as many axes as `shape` names, e.g. "(N, C, H, W)"."""
    if not isinstance(value, array):
        raise TypeError(f"{name} must be a {array.__name__} of shape {shape}, got {type(value).__name__}")
    axes = shape.count(",") + (not shape.endswith(",)"))
    if value.ndim != axes:
        raise ValueError(f"{name} must have {axes} {'axis' if axes == 1 else 'axes'} {shape}, got shape {tuple(value.shape)}")


def check_floats(value, name):
    """Raise unless the dtype is a real floating one."""
    if "float" not in str(value.dtype):
        raise TypeError(f"{name} has dtype {value.dtype}, the sums need floats; convert it to float32 or float64 first")


def check_same_dtype(value, name, x):
    """Raise unless `value` has the dtype of x."""
    if value.dtype != x.dtype:
        raise TypeError(f"{name} has dtype {value.dtype}, x has {x.dtype}; convert one of them")


def check_any_shape(array: type, value, name) -> None:
    """Refuse anything but an array."""
    if not isinstance(value, array):
        raise TypeError(f"{name} must be a {array.__name__}, got {type(value).__name__}")


def check_like_output(array: type, grad_y, x, shape) -> None:
    """Refuse a gradient that does not have the shape of the output and the dtype of x."""
    check_any_shape(array, grad_y, "grad_y")
    check_same_dtype(grad_y, "grad_y", x)
    if tuple(grad_y.shape) != shape:
        raise ValueError(f"grad_y must have the shape of the output, {shape}, got {tuple(grad_y.shape)}")


def check_number(value, name) -> None:
    """Refuse anything but a real number; an array of float64 would turn float32 into float64."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {value!r}")
