"""Local filters that nobody shares, on torch tensors (chapter 2)."""
from torch import Tensor

from convbook.checks.conv import check_locally_connected2d, check_locally_connected2d_backward
from convbook.torch_nn.conv import col2im, im2col

__all__ = ["locally_connected2d", "locally_connected2d_backward"]


def locally_connected2d(x, weight, bias=None, stride=1, padding=0):
    """Look at every window with filters of its own.

    x        (N, C, H, W)                images
    weight   (OH, OW, F, C, KH, KW)      weight[i, j]: the filters of place (i, j), as of conv2d
    bias     (F, OH, OW) or None
    stride                               int or pair, at least 1
    padding                              as in conv2d
    returns  (N, F, OH, OW)              OH = (H + 2 padding - KH) // stride + 1

    Raises TypeError unless all are floats of one dtype, ValueError if channels or places do not match or the filter
    exceeds the padded image. Chapter 2.
    """
    geometry = check_locally_connected2d(Tensor, x, weight, bias, stride, padding)
    filters = weight.flatten(3).flatten(0, 1)                                   # (OH * OW, F, C * KH * KW)
    y = (filters @ _windows(x, geometry)).permute(2, 1, 0).contiguous().unflatten(2, geometry.output_size)
    return y if bias is None else y.add_(bias)


def locally_connected2d_backward(grad_y, x, weight, bias=None, stride=1, padding=0):
    """Gradients with respect to images, filters and bias; every place has its own sum.

    grad_y   (N, F, OH, OW)
    x, weight, bias, stride, padding   as in locally_connected2d
    returns  grad_x, grad_weight, grad_bias   shaped as x, weight, bias; None without bias

    Raises what locally_connected2d raises, and ValueError if grad_y is not shaped as the output. Chapter 2; the sums
    are those of chapter 4 without the sum over places.
    """
    geometry = check_locally_connected2d_backward(Tensor, grad_y, x, weight, bias, stride, padding)
    filters = weight.flatten(3).flatten(0, 1)
    rows = grad_y.flatten(2).permute(2, 1, 0)                                   # (OH * OW, F, N)
    grad_weight = (rows @ _windows(x, geometry).transpose(1, 2)).view(weight.shape)
    grad_windows = (filters.transpose(1, 2) @ rows).permute(2, 1, 0)
    grad_x = col2im(grad_windows, geometry.image_size, geometry.kernel_size, 1, geometry.padding, geometry.stride)
    return grad_x, grad_weight, None if bias is None else grad_y.sum(0)


def _windows(x, geometry):
    """The windows of every place: (OH * OW, C * KH * KW, N), a view of the columns."""
    return im2col(x, geometry.kernel_size, 1, geometry.padding, geometry.stride).permute(2, 1, 0)


def _locally_connected2d(x, weight, bias=None, stride=1, padding=0):
    """locally_connected2d and what goes back through it."""
    return (locally_connected2d(x, weight, bias, stride, padding),
            lambda grad_y: locally_connected2d_backward(grad_y, x, weight, bias, stride, padding))
