"""Batch norm on torch tensors; the device is the tensors' own (chapter 9)."""
import torch
from torch import Tensor

from convbook.checks.common import check_like_output
from convbook.checks.norm import check_batch_norm
from convbook.torch_nn._wide import narrow, wide

__all__ = ["batch_norm", "batch_norm_backward"]


def batch_norm(x, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """Bring every channel to mean 0 and variance 1, then scale and shift it.

    x                           (N, C) or (N, C, ...)
    running_mean, running_var   (C,)   or None in training; updated in place there
    weight, bias                (C,)   or None
    training                    normalise with the batch's own mean and variance?
    momentum                    share of the new value: 0.1 keeps 0.9 of the old one
    returns                     shaped as x: weight (x - mean) / sqrt(var + eps) + bias

    In training the variance that normalises divides by the number of values a channel, M = N H W; the one that enters running_var
    divides by M - 1. Otherwise the running statistics normalise and stay as they are.

    Raises TypeError unless all are floats of one dtype, ValueError if a shape is wrong or training finds fewer than two values a
    channel. Ioffe and Szegedy 2015; chapter 9; backward: batch_norm_backward.
    """
    return _batch_norm(x, weight, bias, running_mean, running_var, training, momentum, eps)[0]


def batch_norm_backward(grad_y, x, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """Gradients with respect to x, weight and bias; the running statistics stay as they are.

    grad_y   (N, C, ...), shaped as x
    x, running_mean, running_var, weight, bias, training, momentum, eps   as in batch_norm
    returns  grad_x, grad_weight, grad_bias   shaped as x, weight, bias; None where absent

    Raises what batch_norm raises, and ValueError if grad_y is not shaped as x. Chapter 9.
    """
    check_batch_norm(Tensor, x, running_mean, running_var, weight, bias, training, momentum, eps)
    check_like_output(Tensor, grad_y, x, tuple(x.shape))
    _, mean, rest, var = _statistics(x, running_mean, running_var, training)
    return _gradients(grad_y, x, mean, rest, var, weight, bias, training, eps)


def _batch_norm(x, weight, bias, running_mean, running_var, training=False, momentum=0.1, eps=1e-5):
    """batch_norm and its way back, which keeps the mean and the variance of this batch."""
    check_batch_norm(Tensor, x, running_mean, running_var, weight, bias, training, momentum, eps)
    centred, mean, rest, var = _statistics(x, running_mean, running_var, training)
    if training and running_mean is not None:
        M = x.numel() // x.shape[1]
        running_mean.lerp_((mean + rest).flatten().to(x.dtype), momentum)
        running_var.lerp_((var * (M / (M - 1))).flatten().to(x.dtype), momentum)
    slope = torch.rsqrt(var + eps) * _by_channel(weight, x, 1)
    y = torch.addcmul(_by_channel(bias, x, 0) - rest * slope, centred, slope)
    return narrow(y, x), lambda grad_y: _gradients(grad_y, x, mean, rest, var, weight, bias, training, eps)


def _statistics(x, running_mean, running_var, training):
    """x - mean, the mean, what rounding left in it, and the variance: the last three (1, C, 1, ...). Never in 16 bits.

    A mean that is large beside the deviation is rounded by more than the digits of y allow, so the centred values' own is kept.
    """
    if training:
        mean = wide(x).mean(_others(x), keepdim=True)
        centred = wide(x) - mean
        var, rest = torch.var_mean(centred, _others(x), correction=0, keepdim=True)
        return centred, mean, rest, var
    mean, var = (wide(_by_channel(statistic, x)).clone() for statistic in (running_mean, running_var))
    return wide(x) - mean, mean, torch.zeros_like(mean), var


def _gradients(grad_y, x, mean, rest, var, weight, bias, training, eps):
    """In training every value of a channel moves its mean and variance, and so all the others.

    With z = (x - mean) s, s = 1 / sqrt(var + eps) and the means over the M values of a channel:
    grad_x = weight s (grad_y - mean(grad_y) - z mean(grad_y z))
    """
    g, s, M = wide(grad_y), torch.rsqrt(var + eps), x.numel() // x.shape[1]
    z = torch.addcmul(-rest * s, wide(x) - mean, s)
    sum_g, sum_gz = g.sum(_others(x), keepdim=True), (g * z).sum(_others(x), keepdim=True)
    heard = g - sum_g / M - z * (sum_gz / M) if training else g
    grad_x = narrow(heard * (s * _by_channel(weight, x, 1)), x)
    grad_weight = None if weight is None else narrow(sum_gz.flatten(), weight)
    grad_bias = None if bias is None else narrow(sum_g.flatten(), bias)
    return grad_x, grad_weight, grad_bias


def _others(x):
    """All axes of x but that of the channels."""
    return [0, *range(2, x.ndim)]


def _by_channel(values, x, absent=None):
    """(C,) as (1, C, 1, ...), to be spread over x."""
    return absent if values is None else values.reshape(1, -1, *[1] * (x.ndim - 2))
