"""Batch norm: every channel to mean 0 and variance 1 over the batch (chapter 9)."""
import numpy as np

from convbook.checks.common import check_like_output
from convbook.checks.norm import check_batch_norm
from convbook.numpy_nn._channels import centre_of, channel_blend, channel_line, channel_moments, channel_products

__all__ = ["batch_norm", "batch_norm_backward"]


def batch_norm(x, running_mean, running_var, weight=None, bias=None, training=False,
               momentum=0.1, eps=1e-5):
    """Bring every channel to mean 0 and variance 1, then scale and shift it.

    x                           (N, C) or (N, C, ...)
    running_mean, running_var   (C,)   or None in training; updated in place there
    weight, bias                (C,)   or None
    training                    normalise with the batch's own mean and variance?
    momentum                    share of the new value: 0.1 keeps 0.9 of the old one
    returns                     shaped as x: weight (x - mean) / sqrt(var + eps) + bias

    In training the variance that normalises divides by the number of values a channel,
    M = N H W; the one that enters running_var divides by M - 1. Otherwise the running
    statistics normalise and stay as they are.

    Raises TypeError unless all are floats of one dtype, ValueError if a shape is wrong or
    training finds fewer than two values a channel.
    Ioffe and Szegedy 2015; chapter 9; backward: batch_norm_backward.
    """
    y, _ = _batch_norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    return y


def batch_norm_backward(grad_y, x, running_mean, running_var, weight=None, bias=None,
                        training=False, momentum=0.1, eps=1e-5):
    """Gradients with respect to x, weight and bias; running statistics stay as they are.

    grad_y   (N, C, ...), shaped as x
    x, running_mean, running_var, weight, bias, training, momentum, eps   as in batch_norm
    returns  grad_x, grad_weight, grad_bias   shaped as x, weight, bias; None where absent

    Raises what batch_norm raises, and ValueError if grad_y is not shaped as x. Chapter 9.
    """
    check_batch_norm(np.ndarray, x, running_mean, running_var, weight, bias, training,
                     momentum, eps)
    check_like_output(np.ndarray, grad_y, x, x.shape)
    mean, var = _statistics(x, running_mean, running_var, training)
    return _gradients(grad_y, x, mean, var, weight, bias, training, eps)


def _batch_norm(x, weight, bias, running_mean, running_var, training=False,
                momentum=0.1, eps=1e-5):
    """batch_norm and its way back, which keeps mean and variance of this batch."""
    check_batch_norm(np.ndarray, x, running_mean, running_var, weight, bias, training,
                     momentum, eps)
    mean, var = _statistics(x, running_mean, running_var, training)
    if training and running_mean is not None:
        M = x.size // len(mean)
        running_mean[...] = (1 - momentum) * running_mean + momentum * mean
        running_var[...] = (1 - momentum) * running_var + momentum * var * M / (M - 1)
    slope = 1 / np.sqrt(var + eps) if weight is None else weight / np.sqrt(var + eps)
    centre = centre_of(mean, var, x.dtype)
    offset = (0 if bias is None else bias) - slope * (mean - centre)
    y = channel_line(x, centre, slope, offset)
    return y, lambda grad_y: _gradients(grad_y, x, mean, var, weight, bias, training,
                                        eps)


def _statistics(x, running_mean, running_var, training):
    """Mean and variance to normalise with, (C,) each, in float64."""
    if training:
        return channel_moments(x)
    return running_mean.astype(np.float64), running_var.astype(np.float64)


def _gradients(grad_y, x, mean, var, weight, bias, training, eps):
    """In training a value moves its channel's mean and variance, so all the others.

    With d = x - mean, s = 1 / sqrt(var + eps) and M values a channel:
    grad_x = weight s (grad_y - sum(grad_y) / M - d s^2 sum(grad_y d) / M)
    """
    s, centre = 1 / np.sqrt(var + eps), centre_of(mean, var, x.dtype)
    sum_grad, sum_grad_d = channel_products(grad_y, x, centre)
    sum_grad_d -= sum_grad * (mean - centre)
    slope = s if weight is None else weight * s
    if training:
        M = x.size // len(mean)
        curve = -slope * s**2 * sum_grad_d / M
        offset = -slope * sum_grad / M - curve * (mean - centre)
        grad_x = channel_blend(grad_y, x, centre, slope, curve, offset)
    else:
        grad_x = channel_line(grad_y, np.zeros_like(mean), slope, np.zeros_like(mean))
    grad_weight = None if weight is None else (sum_grad_d * s).astype(weight.dtype)
    grad_bias = None if bias is None else sum_grad.astype(bias.dtype)
    return grad_x, grad_weight, grad_bias
