"""Transposed convolution on torch tensors: conv2d's input gradient, used as a layer (chapter 4; Zeiler et al. 2010)."""
from torch import Tensor
from torch.nn.functional import pad

from convbook.checks.conv import check_conv_transpose2d, check_conv_transpose2d_backward
from convbook.torch_nn._ways import way

__all__ = ["conv_transpose2d", "conv_transpose2d_backward"]


def conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Let every pixel stamp the filters onto a larger image, times its value; overlaps add up.

    x        (N, C, H, W)                images
    weight   (C, F // groups, KH, KW)    filters, as of the conv2d from F channels to C
    bias     (F,) or None
    stride, padding, dilation            int or pair, as of that conv2d
    output_padding                       int or pair, less than the stride or the dilation
    returns  (N, F, OH, OW)              OH = (H - 1) stride - 2 padding + dilation (KH - 1) + output_padding + 1

    Raises TypeError unless all are floats of one dtype, ValueError if the channels do not match or nothing is left of
    the output. Zeiler et al. 2010; chapter 4: conv2d's input gradient.
    """
    (OH, OW), geometry = check_conv_transpose2d(Tensor, x, weight, bias, stride, padding, output_padding, groups, dilation)
    y = way(groups * weight.shape[1], len(weight), groups, geometry).grad_x(x, weight)
    if geometry.image_size != (OH, OW):                                         # beyond what the filters reach
        y = pad(y, (0, OW - geometry.image_size[1], 0, OH - geometry.image_size[0]))
    return y if bias is None else y.add_(bias[:, None, None])


def conv_transpose2d_backward(grad_y, x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Gradients with respect to images, filters and bias: there and back change places.

    grad_y   (N, F, OH, OW)
    x, weight, bias, stride, padding, output_padding, groups, dilation   as in conv_transpose2d
    returns  grad_x, grad_weight, grad_bias                              shaped as x, weight, bias; None without bias

    Raises what conv_transpose2d raises, and ValueError if grad_y is not shaped as the output. Chapter 4: grad_x is a
    conv2d, and a window of grad_y meets the pixel that it was made by.
    """
    _, geometry = check_conv_transpose2d_backward(Tensor, grad_y, x, weight, bias, stride, padding, output_padding, groups, dilation)
    quickest = way(groups * weight.shape[1], len(weight), groups, geometry)
    reached = grad_y[:, :, :geometry.image_size[0], :geometry.image_size[1]]
    grad_bias = None if bias is None else grad_y.sum((0, 2, 3))
    return quickest.correlate(reached, weight), quickest.grad_weight(x, reached), grad_bias


def _conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """conv_transpose2d and what goes back through it."""
    options = stride, padding, output_padding, groups, dilation
    return conv_transpose2d(x, weight, bias, *options), lambda grad_y: conv_transpose2d_backward(grad_y, x, weight, bias, *options)
