"""Scores become probabilities (chapter 6)."""
import torch
from torch import Tensor

from convbook.checks.activation import check_elementwise_backward, check_softmax

__all__ = ["log_softmax", "log_softmax_backward", "softmax", "softmax_backward"]


def softmax(x, dim):
    """e^x / sum of e^x along one axis: scores become probabilities.

    x        (...)    floats, at least one axis
    dim      the axis of the classes: the probabilities along it add up to 1
    returns  (...)

    The largest score is taken off first: that changes nothing, and e^x stays below 1.
    Raises TypeError unless x is an array of floats, ValueError if it has no axis dim or
    nothing along it. Chapter 6; backward: softmax_backward.
    """
    return _softmax(x, dim)[0]


def softmax_backward(grad_y, x, dim):
    """Gradient of softmax: y (grad_y - sum of grad_y y along dim), y = softmax(x, dim).

    grad_y, x   (...)    one shape, one dtype
    dim                  as in softmax
    returns     (...)

    Raises what softmax raises, ValueError if the shapes differ. Chapter 6.
    """
    check_elementwise_backward(Tensor, grad_y, x)
    return _softmax(x, dim)[1](grad_y)


def _softmax(x, dim):
    check_softmax(Tensor, x, dim)
    y = torch.exp(_below_zero(x, dim))
    y /= y.sum(dim, keepdim=True)
    return y, lambda grad_y: y * (grad_y - (grad_y * y).sum(dim, keepdim=True))


def log_softmax(x, dim):
    """log(softmax(x, dim)) = x - log(sum of e^x), right also where softmax rounds to 0.

    x        (...)    floats, at least one axis
    dim      the axis of the classes
    returns  (...)

    Raises what softmax raises. Chapter 6; backward: log_softmax_backward.
    """
    return _log_softmax(x, dim)[0]


def log_softmax_backward(grad_y, x, dim):
    """Gradient of log_softmax: grad_y - softmax(x, dim) times the sum of grad_y along dim.

    grad_y, x   (...)    one shape, one dtype
    dim                  as in log_softmax
    returns     (...)

    Raises what log_softmax raises, ValueError if the shapes differ. Chapter 6.
    """
    check_elementwise_backward(Tensor, grad_y, x)
    return _log_softmax(x, dim)[1](grad_y)


def _log_softmax(x, dim):
    check_softmax(Tensor, x, dim)
    y = _below_zero(x, dim)
    y -= torch.log(torch.exp(y).sum(dim, keepdim=True))
    return y, lambda grad_y: grad_y - torch.exp(y) * grad_y.sum(dim, keepdim=True)


def _below_zero(x, dim):
    """Scores less the largest one; if that is infinite they become NaN, as in torch."""
    return x - x.amax(dim, keepdim=True)
