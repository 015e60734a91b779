"""Pooling as chapter 5 writes it: window after window, pixel after pixel, slow and plain."""
import numpy as np

from convbook.checks.pool import check_avg_pool2d, check_max_pool2d, check_pooled_gradient

__all__ = ["avg_pool2d", "avg_pool2d_backward", "max_pool2d", "max_pool2d_backward"]


def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False,
               return_indices=False):
    """Look at every pixel of every window and remember the largest.

    x        (N, C, H, W)
    kernel_size, stride, padding, dilation, ceil_mode, return_indices
             as in numpy_nn.max_pool2d
    returns  (N, C, OH, OW), and with return_indices also the indices, row * W + column

    Raises what numpy_nn.max_pool2d raises. Chapter 5; backward: max_pool2d_backward.
    """
    rows, columns = check_max_pool2d(np.ndarray, x, kernel_size, stride, padding,
                                     dilation, ceil_mode)
    (N, C, _, W), OH, OW = x.shape, rows.places, columns.places
    y, indices = np.empty((N, C, OH, OW), x.dtype), np.full((N, C, OH, OW), -1)
    for n, c, i, j in np.ndindex(y.shape):
        for row in rows.pixels(i):
            for column in columns.pixels(j):
                value, first = x[n, c, row, column], indices[n, c, i, j] < 0
                if first or value > y[n, c, i, j] or np.isnan(value):
                    y[n, c, i, j], indices[n, c, i, j] = value, row * W + column
    return (y, indices) if return_indices else y


def max_pool2d_backward(grad_y, x, kernel_size, stride=None, padding=0, dilation=1,
                        ceil_mode=False):
    """Each window hands its gradient to the pixel that won it.

    grad_y   (N, C, OH, OW)
    x, kernel_size, stride, padding, dilation, ceil_mode   as in max_pool2d
    returns  (N, C, H, W)   gradient with respect to x

    Raises what numpy_nn.max_pool2d_backward raises. Chapter 5.
    """
    y, indices = max_pool2d(x, kernel_size, stride, padding, dilation, ceil_mode, True)
    check_pooled_gradient(np.ndarray, grad_y, x, y.shape[2:], "max_pool2d")
    grad_x = np.zeros_like(x)
    for n, c, i, j in np.ndindex(y.shape):
        row, column = divmod(indices[n, c, i, j], x.shape[3])
        grad_x[n, c, row, column] += grad_y[n, c, i, j]     # += : windows may overlap
    return grad_x


def avg_pool2d(x, kernel_size, stride=None, padding=0, ceil_mode=False,
               count_include_pad=True, divisor_override=None):
    """Add up every window and divide.

    x        (N, C, H, W)
    kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
             as in numpy_nn.avg_pool2d
    returns  (N, C, OH, OW)

    Raises what numpy_nn.avg_pool2d raises. Chapter 5; backward: avg_pool2d_backward.
    """
    rows, columns = check_avg_pool2d(np.ndarray, x, kernel_size, stride, padding, ceil_mode,
                                     divisor_override)
    y = np.zeros((*x.shape[:2], rows.places, columns.places), x.dtype)
    tall, wide = rows.counts(count_include_pad), columns.counts(count_include_pad)
    for n, c, i, j in np.ndindex(y.shape):
        for row in rows.pixels(i):
            for column in columns.pixels(j):
                y[n, c, i, j] += x[n, c, row, column]
        y[n, c, i, j] /= divisor_override or tall[i] * wide[j]
    return y


def avg_pool2d_backward(grad_y, x, kernel_size, stride=None, padding=0, ceil_mode=False,
                        count_include_pad=True, divisor_override=None):
    """Each pixel of a window gets the same share of the window's gradient.

    grad_y   (N, C, OH, OW)
    x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
             as in avg_pool2d
    returns  (N, C, H, W)   gradient with respect to x

    Raises what numpy_nn.avg_pool2d_backward raises. Chapter 5.
    """
    rows, columns = check_avg_pool2d(np.ndarray, x, kernel_size, stride, padding, ceil_mode,
                                     divisor_override)
    sizes = rows.places, columns.places
    check_pooled_gradient(np.ndarray, grad_y, x, sizes, "avg_pool2d")
    grad_x = np.zeros_like(x)
    tall, wide = rows.counts(count_include_pad), columns.counts(count_include_pad)
    for n, c, i, j in np.ndindex(grad_y.shape):
        share = grad_y[n, c, i, j] / (divisor_override or tall[i] * wide[j])
        for row in rows.pixels(i):
            for column in columns.pixels(j):
                grad_x[n, c, row, column] += share
    return grad_x
