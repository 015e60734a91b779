"""Convolution by matrix products: windows become columns, filters become rows (chapters 3 and 4)."""
import numpy as np

from convbook.checks.conv import check_col2im, check_conv2d, check_conv2d_backward, check_im2col
from convbook.numpy_nn import _depthwise, _winograd
from convbook.numpy_nn._columns import ColumnBlocks

__all__ = ["col2im", "conv2d", "conv2d_backward", "im2col"]


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Slide every filter over every image (cross-correlation).

    x        (N, C, H, W)                images
    weight   (F, C // groups, KH, KW)    filters
    bias     (F,) or None
    stride, dilation                     int or pair, at least 1
    padding                              int, pair, ((top, bottom), (left, right)),
                                         "valid" or "same"
    returns  (N, F, OH, OW)

    OH = (H + 2 padding - dilation (KH - 1) - 1) // stride + 1, and OW alike.

    Raises TypeError unless all are floats of one dtype, ValueError if the channels do not
    match or the dilated filter exceeds the padded image.
    Chapter 3; backward: conv2d_backward.
    """
    geometry = check_conv2d(np.ndarray, x, weight, bias, stride, padding, dilation,
                            groups)
    shortcut = _shortcut(x, weight, geometry)   # fewer products, where there is a way
    if shortcut:
        return shortcut.convolve(x, weight, bias, geometry)
    filters = weight.reshape(groups, len(weight) // groups, -1)   # one row a filter
    y = np.empty((len(x), len(weight), *geometry.output_size), x.dtype)
    blocks = ColumnBlocks(x, weight, geometry)  # one column a window, in cachefuls
    for at in blocks:
        blocks.multiply(filters, blocks.gather(x, at), bias, out=y[at])
    return y


def conv2d_backward(grad_y, x, weight, bias=None, stride=1, padding=0, dilation=1,
                    groups=1):
    """Gradients of images, filters and bias, from that of the output.

    grad_y   (N, F, OH, OW)
    x, weight, bias, stride, padding, dilation, groups   as in conv2d
    returns  grad_x, grad_weight, grad_bias   shaped as x, weight, bias; None without bias

    Raises what conv2d raises, and ValueError if grad_y is not shaped as the output.
    Chapter 4.
    """
    geometry = check_conv2d_backward(np.ndarray, grad_y, x, weight, bias, stride, padding,
                                     dilation, groups)
    grad_x = _grad_x(grad_y, x, weight, geometry, groups)
    grad_weight = _grad_weight(grad_y, x, weight, geometry, groups)
    grad_bias = None if bias is None else grad_y.sum(axis=(0, 2, 3))
    return grad_x, grad_weight, grad_bias


def _conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1, input_grad=True):
    """conv2d and what goes back through it; without input_grad nothing is computed for the images."""
    def vjp(grad_y):
        geometry = check_conv2d_backward(np.ndarray, grad_y, x, weight, bias, stride, padding, dilation, groups)
        grad_x = _grad_x(grad_y, x, weight, geometry, groups) if input_grad else None
        grad_weight = _grad_weight(grad_y, x, weight, geometry, groups)
        return grad_x, grad_weight, None if bias is None else grad_y.sum(axis=(0, 2, 3))
    return conv2d(x, weight, bias, stride, padding, dilation, groups), vjp


def _shortcut(x, weight, geometry):
    """The module that computes this convolution with less work than columns take, if there is one."""
    return next((way for way in (_depthwise, _winograd) if way.pays(x, weight, geometry)), None)


def _grad_weight(grad_y, x, weight, geometry, groups):
    """Every window times the gradient of the outputs it made: one matrix product a block, added up."""
    shortcut = _shortcut(x, weight, geometry)
    if shortcut:
        return shortcut.grad_weight(grad_y, x, weight, geometry)
    blocks = ColumnBlocks(x, weight, geometry)
    grad_columns = np.zeros((groups, weight[0].size, len(weight) // groups), x.dtype)    # one column a filter: quicker than rows
    for at in blocks:
        grad_columns += blocks.gather(x, at) @ blocks.side_by_side(grad_y, at).swapaxes(1, 2)
    return grad_columns.swapaxes(1, 2).reshape(weight.shape)


def _grad_x(grad_y, x, weight, geometry, groups):
    """Every pixel hears from all windows it was in; the quickest of three ways that give the same sum."""
    if _depthwise.pays(x, weight, geometry):
        return _depthwise.grad_x(grad_y, x, weight, geometry)
    padding = _turned_padding(geometry)
    few_filters = geometry.kernel_size == (1, 1) or len(weight) <= 2 * x.shape[1]
    if padding and (few_filters or _winograd.pays(x, weight, geometry)):
        return conv2d(grad_y, _turned(weight, groups), None, 1, padding, geometry.dilation, groups)
    filters = weight.reshape(groups, len(weight) // groups, -1)
    grad_x = np.zeros(x.shape, x.dtype)
    blocks = ColumnBlocks(x, weight, geometry)
    for at in blocks:
        np.matmul(filters.swapaxes(1, 2), blocks.side_by_side(grad_y, at), out=blocks.columns(at))
        blocks.scatter(at, grad_x)
    return grad_x


def _turned_padding(geometry):
    """The padding with which turned filters bring the outputs back to the image's size; None where none does."""
    padding = tuple(tuple(dilation * (kernel_size - 1) - end for end in ends)
                    for ends, kernel_size, dilation in zip(geometry.padding, geometry.kernel_size, geometry.dilation, strict=True))
    return padding if geometry.stride == (1, 1) and min(map(min, padding)) >= 0 else None


def _turned(weight, groups):
    """Filters turned by half a turn, inputs and outputs exchanged: (F, C // groups, KH, KW) to (C, F // groups, KH, KW)."""
    F, C, KH, KW = weight.shape
    turned = weight[:, :, ::-1, ::-1].reshape(groups, F // groups, C, KH, KW).swapaxes(1, 2)
    return turned.reshape(groups * C, F // groups, KH, KW)


def im2col(x, kernel_size, dilation=1, padding=0, stride=1):
    """Write every window of a filter as one column (torch.nn.functional.unfold).

    x        (N, C, H, W)
    returns  (N, C * KH * KW, OH * OW)

    Raises ValueError if the dilated filter exceeds the padded image. Chapter 3; adjoint: col2im.
    """
    geometry = check_im2col(np.ndarray, x, kernel_size, dilation, padding, stride)
    (N, C), (KH, KW), (OH, OW) = x.shape[:2], geometry.kernel_size, geometry.output_size
    padded = np.pad(x, ((0, 0), (0, 0), *geometry.padding))
    columns = np.empty((N, C, KH, KW, OH, OW), x.dtype)
    for k, l in np.ndindex(KH, KW):
        columns[:, :, k, l] = padded[(..., *tap(k, l, geometry))]
    return columns.reshape(N, C * KH * KW, OH * OW)


def col2im(columns, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Add every column back where its window lay; overlaps add up (torch.nn.functional.fold).

    columns      (N, C * KH * KW, OH * OW)
    output_size  (H, W) of the image
    returns      (N, C, H, W)

    Raises ValueError if the columns do not belong to an image of this size. Chapter 4.
    """
    geometry = check_col2im(np.ndarray, columns, output_size, kernel_size, dilation, padding,
                            stride)
    (H, W), (KH, KW) = geometry.image_size, geometry.kernel_size
    (OH, OW), ((top, bottom), (left, right)) = geometry.output_size, geometry.padding
    N, C = len(columns), columns.shape[1] // (KH * KW)
    taps = columns.reshape(N, C, KH, KW, OH, OW)
    padded = np.zeros((N, C, top + H + bottom, left + W + right), columns.dtype)
    for k, l in np.ndindex(KH, KW):
        padded[(..., *tap(k, l, geometry))] += taps[:, :, k, l]
    return padded[:, :, top:top + H, left:left + W].copy()


def tap(k, l, geometry):
    """The pixels of a padded image that tap (k, l) meets, one at each of the filter's places: a slice of rows, a slice of columns."""
    (OH, OW), (SH, SW), (DH, DW) = geometry.output_size, geometry.stride, geometry.dilation
    return slice(k * DH, k * DH + SH * (OH - 1) + 1, SH), slice(l * DW, l * DW + SW * (OW - 1) + 1, SW)
