"""Layer norm and group norm: every example by itself to mean 0 and variance 1 (chapter 9)."""
from math import prod

import numpy as np

from convbook.checks.common import check_like_output
from convbook.checks.norm import check_group_norm, check_layer_norm

__all__ = ["group_norm", "group_norm_backward", "layer_norm", "layer_norm_backward"]

BLOCK_BYTES = 512 << 10     # a block and what is made of it fit into the caches of today's processors


def layer_norm(x, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Bring every example to mean 0, variance 1 over its last axes, then scale and shift.

    x                  (..., *normalized_shape)
    normalized_shape   int or tuple: the last sizes of x
    weight, bias       normalized_shape   or None
    returns            shaped as x: weight (x - mean) / sqrt(var + eps) + bias

    The variance divides by the number of values, prod(normalized_shape).

    Raises TypeError unless all are floats of one dtype, ValueError if a shape is wrong.
    Ba et al. 2016; chapter 9; backward: layer_norm_backward.
    """
    sizes = check_layer_norm(np.ndarray, x, normalized_shape, weight, bias, eps)
    return _forward(x, (1, 1, prod(sizes)), weight, bias, eps)


def layer_norm_backward(grad_y, x, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Gradients with respect to x, weight and bias.

    grad_y   (..., *normalized_shape), shaped as x
    x, normalized_shape, weight, bias, eps   as in layer_norm
    returns  grad_x, grad_weight, grad_bias   shaped as x, weight, bias; None where absent

    Raises what layer_norm raises, and ValueError if grad_y is not shaped as x. Chapter 9.
    """
    sizes = check_layer_norm(np.ndarray, x, normalized_shape, weight, bias, eps)
    check_like_output(np.ndarray, grad_y, x, x.shape)
    return _gradients(grad_y, x, (1, 1, prod(sizes)), weight, bias, eps)


def _layer_norm(x, weight, bias, normalized_shape, eps=1e-5):
    return (layer_norm(x, normalized_shape, weight, bias, eps),
            lambda grad_y: layer_norm_backward(grad_y, x, normalized_shape, weight, bias, eps))


def group_norm(x, num_groups, weight=None, bias=None, eps=1e-5):
    """Bring each image's groups of channels to mean 0, variance 1, then scale and shift.

    x              (N, C) or (N, C, ...)
    num_groups     C is a multiple of it; C groups are instance norm
    weight, bias   (C,)   or None
    returns        shaped as x: weight (x - mean) / sqrt(var + eps) + bias

    The variance divides by the number of values, C H W / num_groups.

    Raises TypeError unless all are floats of one dtype, ValueError if C cannot be
    shared out. Wu and He 2018; chapter 9; backward: group_norm_backward.
    """
    check_group_norm(np.ndarray, x, num_groups, weight, bias, eps)
    return _forward(x, _groups(x, num_groups), weight, bias, eps)


def group_norm_backward(grad_y, x, num_groups, weight=None, bias=None, eps=1e-5):
    """Gradients with respect to x, weight and bias.

    grad_y   (N, C, ...), shaped as x
    x, num_groups, weight, bias, eps   as in group_norm
    returns  grad_x, grad_weight, grad_bias   shaped as x, weight, bias; None where absent

    Raises what group_norm raises, and ValueError if grad_y is not shaped as x. Chapter 9.
    """
    check_group_norm(np.ndarray, x, num_groups, weight, bias, eps)
    check_like_output(np.ndarray, grad_y, x, x.shape)
    return _gradients(grad_y, x, _groups(x, num_groups), weight, bias, eps)


def _group_norm(x, weight, bias, num_groups, eps=1e-5):
    return (group_norm(x, num_groups, weight, bias, eps),
            lambda grad_y: group_norm_backward(grad_y, x, num_groups, weight, bias, eps))


def _groups(x, num_groups):
    """The sizes of one image in groups: (G, C // G, values a channel)."""
    return num_groups, x.shape[1] // num_groups, prod(x.shape[2:])


def _forward(x, sizes, weight, bias, eps):
    """Examples of `sizes` (G, P, Q), each of the G normalised over its P x Q values, a cacheful of examples at a time.

    weight, bias   as many values as there are channels (G P) or values of an example (G P Q)
    """
    examples = _examples(x, sizes)
    y = np.empty(examples.shape, x.dtype)
    for at in _blocks(examples):
        block, _ = _standardised(examples[at], eps)
        if weight is not None:
            block *= _spread(weight, sizes, block.dtype)
        if bias is not None:
            block += _spread(bias, sizes, block.dtype)
        y[at] = block
    return y.reshape(x.shape)


def _gradients(grad_y, x, sizes, weight, bias, eps):
    """With z = (x - mean) s, s = 1 / sqrt(var + eps), and h = grad_y weight:

    grad_x = s (h - mean(h) - z mean(h z))
    """
    examples, grads = _examples(x, sizes), _examples(grad_y, sizes)
    grad_x = np.empty(examples.shape, x.dtype)
    grad_weight, grad_bias = (np.zeros(() if value is None else value.shape)
                              for value in (weight, bias))
    for at in _blocks(examples):
        z, s = _standardised(examples[at], eps)
        h = grads[at].astype(z.dtype)
        if bias is not None:
            grad_bias += _summed(h, bias)
        if weight is not None:
            grad_weight += _summed(h * z, weight)
            h *= _spread(weight, sizes, h.dtype)
        h -= _means(h)
        z *= _means(h, z)   # that h lost its mean changes nothing: that of z is 0
        grad_x[at] = (h - z) * s
    return (grad_x.reshape(x.shape),
            None if weight is None else grad_weight.astype(x.dtype),
            None if bias is None else grad_bias.astype(x.dtype))


def _standardised(block, eps):
    """(n, G, P, Q) with mean 0 and variance 1 over P x Q, and 1 / sqrt(var + eps), (n, G, 1, 1)."""
    z = block.astype(np.float32 if block.dtype == np.float16 else block.dtype)      # squares of float16 overflow at 65504
    z -= _means(z)
    z -= _means(z)                  # a large mean is rounded by more than the values differ: the second time takes off what was left
    s = 1 / np.sqrt(_means(z, z) + z.dtype.type(eps))
    z *= s
    return z, s


def _means(block, other=None):
    """Means of block, or of block * other, over P x Q: (n, G, 1, 1)."""
    n, G, P, Q = block.shape
    factor = np.ones(P * Q, block.dtype) if other is None else other.reshape(n, G, P * Q)
    return (np.vecdot(block.reshape(n, G, P * Q), factor) / (P * Q))[:, :, None, None]     # BLAS sums quicker than np.mean


def _examples(x, sizes):
    return x.reshape(x.size // max(prod(sizes), 1), *sizes)


def _blocks(examples):
    step = max(BLOCK_BYTES // max(examples[:1].nbytes, 1), 1)
    return (slice(first, first + step) for first in range(0, len(examples), step))


def _spread(values, sizes, dtype):
    """weight or bias so that it fits (n, G, P, Q): one number a channel, or one a value."""
    G, P, _ = sizes
    return values.reshape(G, P, -1).astype(dtype)


def _summed(gradients, values):
    """What weight or bias hears: the sum over the examples, and over Q where it has one number a channel."""
    sums = gradients.sum(axis=0)
    return (sums if sums.size == values.size else sums.sum(axis=2)).reshape(values.shape)
