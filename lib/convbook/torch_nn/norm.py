"""Layer norm and group norm on torch tensors; the device is the tensors' own (chapter 9)."""
from math import prod

import torch
from torch import Tensor

from convbook.checks.common import check_like_output
from convbook.checks.norm import check_group_norm, check_layer_norm
from convbook.torch_nn._wide import narrow, wide

__all__ = ["group_norm", "group_norm_backward", "layer_norm", "layer_norm_backward"]


def layer_norm(x, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Bring every example to mean 0 and variance 1 over its last axes, then scale and shift.

    x                  (..., *normalized_shape)
    normalized_shape   int or tuple: the last sizes of x
    weight, bias       normalized_shape   or None
    returns            shaped as x: weight (x - mean) / sqrt(var + eps) + bias

    The variance divides by the number of values, prod(normalized_shape).

    Raises TypeError unless all are floats of one dtype, ValueError if a shape does not match.
    Ba et al. 2016; chapter 9; backward: layer_norm_backward.
    """
    sizes = check_layer_norm(Tensor, x, normalized_shape, weight, bias, eps)
    return _forward(x, (1, 1, prod(sizes)), weight, bias, eps)


def layer_norm_backward(grad_y, x, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Gradients with respect to x, weight and bias.

    grad_y   (..., *normalized_shape), shaped as x
    x, normalized_shape, weight, bias, eps   as in layer_norm
    returns  grad_x, grad_weight, grad_bias   shaped as x, weight, bias; None where absent

    Raises what layer_norm raises, and ValueError if grad_y is not shaped as x. Chapter 9.
    """
    sizes = check_layer_norm(Tensor, x, normalized_shape, weight, bias, eps)
    check_like_output(Tensor, grad_y, x, tuple(x.shape))
    return _gradients(grad_y, x, (1, 1, prod(sizes)), weight, bias, eps)


def _layer_norm(x, weight, bias, normalized_shape, eps=1e-5):
    return (layer_norm(x, normalized_shape, weight, bias, eps),
            lambda grad_y: layer_norm_backward(grad_y, x, normalized_shape, weight, bias, eps))


def group_norm(x, num_groups, weight=None, bias=None, eps=1e-5):
    """Bring every group of channels of every image to mean 0 and variance 1, then scale and shift.

    x              (N, C) or (N, C, ...)
    num_groups     C is a multiple of it; C groups are instance norm
    weight, bias   (C,)   or None
    returns        shaped as x: weight (x - mean) / sqrt(var + eps) + bias

    The variance divides by the number of values, C H W / num_groups.

    Raises TypeError unless all are floats of one dtype, ValueError if C cannot be shared out.
    Wu and He 2018; chapter 9; backward: group_norm_backward.
    """
    check_group_norm(Tensor, x, num_groups, weight, bias, eps)
    return _forward(x, _groups(x, num_groups), weight, bias, eps)


def group_norm_backward(grad_y, x, num_groups, weight=None, bias=None, eps=1e-5):
    """Gradients with respect to x, weight and bias.

    grad_y   (N, C, ...), shaped as x
    x, num_groups, weight, bias, eps   as in group_norm
    returns  grad_x, grad_weight, grad_bias   shaped as x, weight, bias; None where absent

    Raises what group_norm raises, and ValueError if grad_y is not shaped as x. Chapter 9.
    """
    check_group_norm(Tensor, x, num_groups, weight, bias, eps)
    check_like_output(Tensor, grad_y, x, tuple(x.shape))
    return _gradients(grad_y, x, _groups(x, num_groups), weight, bias, eps)


def _group_norm(x, weight, bias, num_groups, eps=1e-5):
    return (group_norm(x, num_groups, weight, bias, eps),
            lambda grad_y: group_norm_backward(grad_y, x, num_groups, weight, bias, eps))


def _groups(x, num_groups):
    """The sizes of one image in groups: (G, C // G, values a channel)."""
    return num_groups, x.shape[1] // num_groups, prod(x.shape[2:])


def _forward(x, sizes, weight, bias, eps):
    """Examples of `sizes` (G, P, Q), each of the G normalised over its P x Q values.

    weight, bias   as many values as there are channels (G P) or values of an example (G P Q)
    """
    y, _ = _standardised(x, sizes, eps)
    if weight is not None:
        y = y * _spread(weight, sizes)
    if bias is not None:
        y = y + _spread(bias, sizes)
    return narrow(y, x).reshape(x.shape)


def _gradients(grad_y, x, sizes, weight, bias, eps):
    """With z = (x - mean) s, s = 1 / sqrt(var + eps), and h = grad_y weight, what z hears:

    grad_x = s (h - mean(h) - z mean(h z))
    """
    z, s = _standardised(x, sizes, eps)
    g = wide(grad_y).reshape(z.shape)
    h = g if weight is None else g * _spread(weight, sizes)
    grad_x = s * (h - h.mean((2, 3), keepdim=True) - z * (h * z).mean((2, 3), keepdim=True))
    grad_weight = None if weight is None else narrow(_summed(g * z, weight), weight)
    grad_bias = None if bias is None else narrow(_summed(g, bias), bias)
    return narrow(grad_x, x).reshape(x.shape), grad_weight, grad_bias


def _standardised(x, sizes, eps):
    """(n, G, P, Q) with mean 0 and variance 1 over P x Q, and 1 / sqrt(var + eps), (n, G, 1, 1)."""
    examples = wide(x).reshape(x.numel() // max(prod(sizes), 1), *sizes)
    if not len(examples):                       # nothing to average: torch would warn
        return examples, examples[:, :, :1, :1]
    centred = examples - examples.mean((2, 3), keepdim=True)
    var, rest = torch.var_mean(centred, (2, 3), correction=0, keepdim=True)     # rest: what rounding left in a large mean
    s = torch.rsqrt(var + eps)
    return torch.addcmul(-rest * s, centred, s), s


def _spread(values, sizes):
    """weight or bias so that it fits (n, G, P, Q): one number a channel, or one a value."""
    return values.reshape(*sizes[:2], -1)


def _summed(gradients, values):
    """What weight or bias hears: the sum over the examples, and over Q where it has one number a channel."""
    sums = gradients.sum(0)
    return (sums if sums.numel() == values.numel() else sums.sum(2)).reshape(values.shape)
