"""Convolution by matrix products on torch tensors; the device is the tensors' own (chapters 3 and 4)."""
from torch import Tensor, contiguous_format

from convbook.checks.conv import check_col2im, check_conv2d, check_conv2d_backward, check_im2col
from convbook.torch_nn._strips import Strips
from convbook.torch_nn._ways import way

__all__ = ["col2im", "conv2d", "conv2d_backward", "im2col"]


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Slide every filter over every image (cross-correlation).

    x        (N, C, H, W)                images
    weight   (F, C // groups, KH, KW)    filters
    bias     (F,) or None
    stride, dilation                     int or pair, at least 1
    padding                              int, pair, ((top, bottom), (left, right)), "valid" or "same"
    returns  (N, F, OH, OW)              OH = (H + 2 padding - dilation (KH - 1) - 1) // stride + 1

    Raises TypeError unless all are floats of one dtype, ValueError if the channels do not match or the dilated filter
    exceeds the padded image. Chapter 3; backward: conv2d_backward.
    """
    geometry = check_conv2d(Tensor, x, weight, bias, stride, padding, dilation, groups)
    y = way(x.shape[1], len(weight), groups, geometry).correlate(x, weight)
    return y if bias is None else y.add_(bias[:, None, None])


def conv2d_backward(grad_y, x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Gradients of a loss with respect to images, filters and bias, from its gradient with respect to the output.

    grad_y   (N, F, OH, OW)
    x, weight, bias, stride, padding, dilation, groups   as in conv2d
    returns  grad_x, grad_weight, grad_bias              shaped as x, weight, bias; grad_bias is None without bias

    Raises what conv2d raises, and ValueError if grad_y does not have the shape of the output. Chapter 4.
    """
    geometry = check_conv2d_backward(Tensor, grad_y, x, weight, bias, stride, padding, dilation, groups)
    return _gradients(grad_y, x, weight, bias, geometry, groups)


def _conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1, input_grad=True):
    """conv2d and what goes back through it; without input_grad the gradient of the images is left out, as None."""
    def vjp(grad_y):
        geometry = check_conv2d_backward(Tensor, grad_y, x, weight, bias, stride, padding, dilation, groups)
        return _gradients(grad_y, x, weight, bias, geometry, groups, input_grad)
    return conv2d(x, weight, bias, stride, padding, dilation, groups), vjp


def _gradients(grad_y, x, weight, bias, geometry, groups, input_grad=True):
    quickest = way(x.shape[1], len(weight), groups, geometry)
    grad_x = quickest.grad_x(grad_y, weight) if input_grad else None
    grad_bias = None if bias is None else grad_y.sum((0, 2, 3))
    return grad_x, quickest.grad_weight(grad_y, x), grad_bias


def im2col(x, kernel_size, dilation=1, padding=0, stride=1):
    """Write the window under every place of a filter as one column (torch.nn.functional.unfold).

    x        (N, C, H, W)
    returns  (N, C * KH * KW, OH * OW)

    Raises ValueError if the dilated filter exceeds the padded image. Chapter 3; its adjoint: col2im.
    """
    geometry = check_im2col(Tensor, x, kernel_size, dilation, padding, stride)
    columns = Strips(x.shape[1], 1, geometry, all_taps=True)
    windows = columns.windows(columns.padded(x)).permute(5, 0, 1, 2, 3, 4, 6)
    return windows.clone(memory_format=contiguous_format).flatten(4).flatten(1, 3)


def col2im(columns, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Add every column back where its window lay; overlaps add up (torch.nn.functional.fold).

    columns      (N, C * KH * KW, OH * OW)
    output_size  (H, W) of the image
    returns      (N, C, H, W)

    Raises ValueError if the columns do not belong to an image of this size. Chapter 4; the adjoint of im2col.
    """
    geometry = check_col2im(Tensor, columns, output_size, kernel_size, dilation, padding, stride)
    N, C = len(columns), columns.shape[1] // (geometry.kernel_size[0] * geometry.kernel_size[1])
    windows = columns.reshape(N, C, *geometry.kernel_size, 1, *geometry.output_size).permute(1, 2, 3, 4, 5, 0, 6)
    return Strips(C, 1, geometry, all_taps=True).fold(windows, N)
