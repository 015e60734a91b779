"""What every check is made of."""
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
