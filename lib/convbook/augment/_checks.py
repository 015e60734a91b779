"""What every augmentation asks of its arguments."""
import numpy as np

from convbook.checks.common import check_array, check_floats


def check_images(x):
    check_array(np.ndarray, x, "x", "(N, C, H, W)")


def check_float_images(x):
    check_images(x)
    check_floats(x, "x")


def check_rng(rng):
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, as np.random.default_rng(0) makes one, got {rng!r}")


def check_values(values, name, shape):
    """The values as an array; one a row for each image is needed."""
    values = np.asarray(values)
    if values.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {values.shape}")
    return values


def check_between(low, value, high, name):
    if not low <= value <= high:
        raise ValueError(f"{name} must be between {low} and {high}, got {value}")


def check_range(value, name, most=np.inf):
    low, high = value
    if not 0 < low <= high <= most:
        raise ValueError(f"{name} must be a pair (lowest, highest) above 0{f' and at most {most}' if most < np.inf else ''}, got {value}")
