"""Convolution by matrix products on torch tensors; the device is the tensors' own (chapters 3 and 4)."""
import torch
from torch import Tensor
from torch.nn.functional import pad

from convbook.checks.conv import check_col2im, check_conv2d, check_conv2d_backward, check_im2col


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Slide every filter over every image (cross-correlation).

    x        (N, C, H, W)                images
    weight   (F, C // groups, KH, KW)    filters
    bias     (F,) or None
    stride, dilation                     int or pair, at least 1
    padding                              int, pair, "valid" or "same"
    returns  (N, F, OH, OW)              OH = (H + 2 padding - dilation (KH - 1) - 1) // stride + 1

    Raises TypeError unless all are floats of one dtype, ValueError if the channels do not match or the dilated filter
    exceeds the padded image. Chapter 3; backward: conv2d_backward.
    """
    geometry = check_conv2d(Tensor, x, weight, bias, stride, padding, dilation, groups)
    filters = weight.flatten(1).unflatten(0, (groups, -1))                      # one row a filter, a matrix a group
    columns = im2col(x, geometry.kernel_size, dilation, padding, stride).unflatten(1, (groups, -1))
    y = (filters @ columns).reshape(len(x), len(weight), *geometry.output_size)
    return y if bias is None else y + bias[:, None, None]


def conv2d_backward(grad_y, x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Gradients of a loss with respect to images, filters and bias, from its gradient with respect to the output.

    grad_y   (N, F, OH, OW)
    x, weight, bias, stride, padding, dilation, groups   as in conv2d
    returns  grad_x, grad_weight, grad_bias              shaped as x, weight, bias; grad_bias is None without bias

    Raises what conv2d raises, and ValueError if grad_y does not have the shape of the output. Chapter 4.
    """
    geometry = check_conv2d_backward(Tensor, grad_y, x, weight, bias, stride, padding, dilation, groups)
    filters = weight.flatten(1).unflatten(0, (groups, -1))
    columns = im2col(x, geometry.kernel_size, dilation, padding, stride).unflatten(1, (groups, -1))
    grad_rows = grad_y.flatten(2).unflatten(1, (groups, -1))                    # one row a filter, as in y
    grad_weight = (grad_rows @ columns.transpose(2, 3)).sum(0).reshape(weight.shape)
    grad_columns = (filters.transpose(1, 2) @ grad_rows).flatten(1, 2)
    grad_x = col2im(grad_columns, geometry.image_size, geometry.kernel_size, dilation, padding, stride)
    grad_bias = None if bias is None else grad_y.sum((0, 2, 3))
    return grad_x, grad_weight, grad_bias


def im2col(x, kernel_size, dilation=1, padding=0, stride=1):
    """Write the window under every place of a filter as one column (torch.nn.functional.unfold).

    x        (N, C, H, W)
    returns  (N, C * KH * KW, OH * OW)

    Raises ValueError if the dilated filter exceeds the padded image. Chapter 3; its adjoint: col2im.
    """
    geometry = check_im2col(Tensor, x, kernel_size, dilation, padding, stride)
    (N, C), (KH, KW), (OH, OW) = x.shape[:2], geometry.kernel_size, geometry.output_size
    windows = _windows(_pad(x, geometry), geometry)
    return windows.reshape(N, C * KH * KW, OH * OW)


def col2im(columns, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Add every column back where its window lay; overlaps add up (torch.nn.functional.fold).

    columns      (N, C * KH * KW, OH * OW)
    output_size  (H, W) of the image
    returns      (N, C, H, W)

    Raises ValueError if the columns do not belong to an image of this size. Chapter 4; the adjoint of im2col.
    """
    geometry = check_col2im(Tensor, columns, output_size, kernel_size, dilation, padding, stride)
    (H, W), (KH, KW), (OH, OW) = geometry.image_size, geometry.kernel_size, geometry.output_size
    N, C = len(columns), columns.shape[1] // (KH * KW)
    taps = columns.reshape(N, C, KH, KW, OH, OW)
    padded = _pad(columns.new_zeros(N, C, H, W), geometry)
    windows = _windows(padded, geometry)
    for k in range(KH):
        for l in range(KW):
            windows[:, :, k, l] += taps[:, :, k, l]
    (top, _), (left, _) = geometry.padding
    return padded[:, :, top:top + H, left:left + W].contiguous()


def _pad(x, geometry):
    (top, bottom), (left, right) = geometry.padding
    return pad(x, (left, right, top, bottom))


def _windows(padded, geometry):
    """All windows of a padded image, (N, C, KH, KW, OH, OW): a view that copies nothing, windows that overlap share pixels."""
    (SH, SW), (DH, DW) = geometry.stride, geometry.dilation
    n, c, h, w = padded.stride()
    size = (*padded.shape[:2], *geometry.kernel_size, *geometry.output_size)
    return torch.as_strided(padded, size, (n, c, h * DH, w * DW, h * SH, w * SW))
