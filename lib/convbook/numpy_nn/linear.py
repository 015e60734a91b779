"""Every output a weighted sum of all inputs (chapter 6)."""
import numpy as np

from convbook.checks.linear import check_linear, check_linear_backward
from convbook.primitive import primitive

__all__ = ["linear", "linear_backward"]


def linear(x, weight, bias=None):
    """x weight^T + bias: every output is a weighted sum of all inputs.

    x        (..., I)    any number of leading axes, none as well
    weight   (O, I)
    bias     (O,) or None
    returns  (..., O)

    Raises TypeError unless all are floats of one dtype, ValueError if sizes do not match.
    Chapter 2; backward: linear_backward.
    """
    check_linear(np.ndarray, x, weight, bias)
    y = _rows(x) @ weight.T
    if bias is not None:
        y += bias
    return y.reshape(*x.shape[:-1], len(weight))


def linear_backward(grad_y, x, weight, bias=None):
    """Gradients of inputs, weight and bias, from that of the output.

    grad_y   (..., O)
    x, weight, bias   as in linear
    returns  grad_x, grad_weight, grad_bias   shaped as x, weight, bias; None without bias

    Raises what linear raises, and ValueError if grad_y is not shaped as the output.
    Chapter 7.
    """
    check_linear_backward(np.ndarray, grad_y, x, weight, bias)
    rows = _rows(grad_y)
    grad_x = (rows @ weight).reshape(x.shape)
    grad_weight = rows.T @ _rows(x)
    return grad_x, grad_weight, None if bias is None else rows.sum(axis=0)


def _rows(x):
    """All leading axes as one: a single matrix product is quicker than many."""
    return x.reshape(-1, x.shape[-1])


_linear = primitive(linear, linear_backward)
