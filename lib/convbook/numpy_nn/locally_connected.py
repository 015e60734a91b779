"""Local filters that nobody shares: what convolution would be if it learnt every place by itself (chapter 2)."""
import numpy as np

from convbook.checks.conv import check_locally_connected2d, check_locally_connected2d_backward
from convbook.numpy_nn.conv import col2im, im2col

__all__ = ["locally_connected2d", "locally_connected2d_backward"]


def locally_connected2d(x, weight, bias=None, stride=1, padding=0):
    """Look at every window with filters of its own.

    x        (N, C, H, W)                images
    weight   (OH, OW, F, C, KH, KW)      weight[i, j]: the filters of place (i, j)
    bias     (F, OH, OW) or None
    stride                               int or pair, at least 1
    padding                              as in conv2d
    returns  (N, F, OH, OW)

    OH = (H + 2 padding - KH) // stride + 1, and OW alike.

    Raises TypeError unless all are floats of one dtype, ValueError if channels or
    places do not match or the filter exceeds the padded image. Chapter 2.
    """
    geometry = check_locally_connected2d(np.ndarray, x, weight, bias, stride, padding)
    (OH, OW, F), N = weight.shape[:3], len(x)
    filters = weight.reshape(OH * OW, F, -1)
    y = filters @ _windows(x, geometry)                     # one product a place
    y = np.ascontiguousarray(y.transpose(2, 1, 0)).reshape(N, F, OH, OW)
    if bias is not None:
        y += bias
    return y


def locally_connected2d_backward(grad_y, x, weight, bias=None, stride=1, padding=0):
    """Gradients with respect to images, filters and bias; every place has its own sum.

    grad_y   (N, F, OH, OW)
    x, weight, bias, stride, padding   as in locally_connected2d
    returns  grad_x, grad_weight, grad_bias   as x, weight, bias; None without bias

    Raises what locally_connected2d raises, and ValueError if grad_y is not shaped as
    the output. Chapter 2; the sums are those of chapter 4 without the sum over places.
    """
    geometry = check_locally_connected2d_backward(np.ndarray, grad_y, x, weight, bias,
                                                  stride, padding)
    (OH, OW, F), N = weight.shape[:3], len(x)
    filters = weight.reshape(OH * OW, F, -1)
    rows = np.ascontiguousarray(grad_y.reshape(N, F, OH * OW).transpose(2, 1, 0))
    grad_weight = rows @ _windows(x, geometry).swapaxes(1, 2)
    grad_windows = filters.swapaxes(1, 2) @ rows
    grad_x = col2im(grad_windows.transpose(2, 1, 0), geometry.image_size,
                    geometry.kernel_size, 1, geometry.padding, geometry.stride)
    grad_bias = None if bias is None else grad_y.sum(axis=0)
    return grad_x, grad_weight.reshape(weight.shape), grad_bias


def _windows(x, geometry):
    """The windows of every place: (OH * OW, C * KH * KW, N), contiguous, as matrix products want them."""
    columns = im2col(x, geometry.kernel_size, 1, geometry.padding, geometry.stride)
    return np.ascontiguousarray(columns.transpose(2, 1, 0))


def _locally_connected2d(x, weight, bias=None, stride=1, padding=0):
    """locally_connected2d and what goes back through it."""
    return (locally_connected2d(x, weight, bias, stride, padding),
            lambda grad_y: locally_connected2d_backward(grad_y, x, weight, bias, stride, padding))
