"""Dropout: random zeros in training, so that no unit relies on another one (chapter 10).

A mask is drawn first and then multiplied: 0 with probability p, else 1 / (1 - p), which keeps the expected value.
"""
import numpy as np

from convbook.checks.dropout import check_mask, check_masked
from convbook.numpy_nn.random import default_generator

__all__ = ["drop_path", "drop_path_mask", "dropout", "dropout2d", "dropout2d_mask", "dropout_backward", "dropout_mask"]

VALUES, CHANNELS, IMAGES = "(...)", "(N, C, ...)", "(N, ...)"       # what is dropped as one


def dropout(x, p=0.5, training=True, generator=None):
    """Set every value to 0 with probability p, and multiply the others by 1 / (1 - p).

    x          (...)
    p          probability to DROP a value, 0 to 1
    training   False: x as it is
    generator  np.random.Generator; None: numpy_nn.random.default_generator()
    returns    shaped as x

    Raises TypeError unless x is of floats, ValueError if p is no probability.
    Srivastava et al. 2014; chapter 10; backward: dropout_backward, from the mask.
    """
    return _dropout(x, _mask(x, p, generator, VALUES, training))[0]


def dropout_backward(grad_y, mask):
    """Gradient with respect to x, of dropout, dropout2d and drop_path alike.

    grad_y   (...), shaped as x
    mask     what the forward pass multiplied by; each size 1 or that of grad_y
    returns  grad_x = grad_y mask

    Raises TypeError or ValueError if the mask does not fit grad_y. Chapter 10.
    """
    check_masked(np.ndarray, grad_y, mask, "grad_y")
    return grad_y * mask


def _dropout(x, mask):
    """x times a mask, and the way back; all three kinds of dropout come here."""
    check_masked(np.ndarray, x, mask, "x")
    return x * mask, lambda grad_y: dropout_backward(grad_y, mask)


def dropout2d(x, p=0.5, training=True, generator=None):
    """Dropout of whole channels: neighbouring pixels are too alike to drop one by one.

    x          (N, C, ...)
    p, training, generator   as in dropout
    returns    shaped as x

    Raises what dropout raises, and ValueError if x has no channels.
    Tompson et al. 2015; chapter 10; backward: dropout_backward.
    """
    return _dropout(x, _mask(x, p, generator, CHANNELS, training))[0]


def drop_path(x, p=0.5, training=True, generator=None):
    """Dropout of whole images: a residual branch is left out for some of them.

    x          (N, ...)
    p, training, generator   as in dropout
    returns    shaped as x

    Raises what dropout raises. Huang et al. 2016 (stochastic depth); chapter 10; backward:
    dropout_backward.
    """
    return _dropout(x, _mask(x, p, generator, IMAGES, training))[0]


def dropout_mask(x, p=0.5, generator=None):
    """One draw a value: 0 with probability p, else 1 / (1 - p); all 0 for p = 1.

    x        (...), any shape; only its shape and dtype matter
    returns  shaped as x, in its dtype

    Raises what dropout raises. Chapter 10.
    """
    return _mask(x, p, generator, VALUES)


def dropout2d_mask(x, p=0.5, generator=None):
    """One draw a channel of an image, as in dropout_mask.

    x        (N, C, ...)
    returns  (N, C, 1, ...), as many axes as x

    Raises what dropout2d raises. Chapter 10.
    """
    return _mask(x, p, generator, CHANNELS)


def drop_path_mask(x, p=0.5, generator=None):
    """One draw an image, as in dropout_mask.

    x        (N, ...)
    returns  (N, 1, ...), as many axes as x

    Raises what drop_path raises. Chapter 10.
    """
    return _mask(x, p, generator, IMAGES)


def _mask(x, p, generator, axes, training=True):
    """One draw for each place along the axes named, size 1 along the others.

    In evaluation ones, and nothing is drawn.
    """
    drawn = check_mask(np.ndarray, np.random.Generator, x, p, generator, axes)
    if not training:
        return np.ones((1,) * x.ndim, x.dtype)
    shape = x.shape[:drawn] + (1,) * (x.ndim - drawn)
    source = default_generator() if generator is None else generator
    draws = source.random(shape, np.float32)            # float64 drops the same values
    scale = 1 / (1 - p) if p < 1 else 0
    return np.where(draws < p, x.dtype.type(0), x.dtype.type(scale))
