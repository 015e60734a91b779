"""Is a gradient right? Nudge the input and look (chapter 4)."""
import numpy as np


def numerical_gradient(f, x, h=1e-5):
    """Gradient of f at x by central differences: (f(x + h) - f(x - h)) / 2h, one entry at a time.

    f        function of x that returns a scalar
    x        array of any shape, float64; nudged in place while f looks at it, restored afterwards
    h        size of the nudge
    returns  array of x's shape

    Costs two calls of f per entry: for large x see directional_derivative. Chapter 4.
    Raises TypeError if x is not a float64 array: in float32 the differences drown in rounding.
    """
    _check_float64(x)
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        old = x[index]
        try:
            x[index] = old + h
            above = float(f(x))
            x[index] = old - h
            below = float(f(x))
        finally:
            x[index] = old
        gradient[index] = (above - below) / (2 * h)
    return gradient


def directional_derivative(f, x, direction, h=1e-5):
    """Slope of f at x along a direction, in two calls of f however large x is.

    f          function of x that returns a scalar
    x          float64 array, left untouched
    direction  array of x's shape
    returns    float, to be compared with (gradient * direction).sum()

    Raises TypeError if x is not float64, ValueError if the shapes differ. Chapter 4.
    """
    _check_float64(x)
    if np.shape(direction) != x.shape:
        raise ValueError(f"direction must have the shape of x, {x.shape}, got {np.shape(direction)}")
    return (float(f(x + h * direction)) - float(f(x - h * direction))) / (2 * h)


def relative_error(a, b):
    """How far two gradients are apart, measured by their size.

    a, b     arrays of one shape
    returns  float, the largest |a - b| / max(1e-8, |a| + |b|); 0 for empty arrays, NaN if an entry is NaN

    Raises ValueError if the shapes differ. Chapter 4.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise ValueError(f"the shapes differ: {a.shape} and {b.shape}")
    ratios = np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))
    return float(ratios.max()) if ratios.size else 0.0


def verdict(error):
    """What a relative error says about a gradient (float64, h about 1e-5).

    at most 1e-7   "right"
    at most 1e-4   "fair": expected where the function has kinks, too much for a smooth one
    at most 1e-2   "suspect"
    else           "wrong", and so is NaN
    returns        str

    Chapter 4.
    """
    for limit, word in ((1e-7, "right"), (1e-4, "fair"), (1e-2, "suspect")):
        if error <= limit:
            return word
    return "wrong"


def _check_float64(x):
    dtype = getattr(x, "dtype", type(x).__name__)
    if not isinstance(x, np.ndarray) or dtype != np.float64:
        raise TypeError(f"finite differences need a float64 array, got {dtype}; use x.astype(np.float64)")
