"""The sums of chapters 3 and 4 as they are written: one product at a time, slow and plain."""
import numpy as np

from convbook.checks.conv import (
    check_conv2d,
    check_conv2d_backward,
    check_conv_transpose2d,
    check_conv_transpose2d_backward,
    check_cross_correlate,
    check_locally_connected2d,
    check_locally_connected2d_backward,
)
from convbook.numpy_nn.loops_pool import avg_pool2d, avg_pool2d_backward, max_pool2d, max_pool2d_backward  # noqa: F401  loops of chapter 5
from convbook.shapes import conv_output_size


def cross_correlate(x, weight):
    """Slide one filter over one channel; every output is a sum of products.

    x        (H, W)     image
    weight   (KH, KW)   filter
    returns  (OH, OW)   OH = H - KH + 1, OW = W - KW + 1

    Raises ValueError if the filter exceeds the image. Chapter 3.
    """
    check_cross_correlate(np.ndarray, x, weight)
    (H, W), (KH, KW) = x.shape, weight.shape
    OH, OW = conv_output_size(H, KH), conv_output_size(W, KW)
    y = np.zeros((OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            for k in range(KH):
                for l in range(KW):
                    y[i, j] += x[i + k, j + l] * weight[k, l]
    return y


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Slide every filter over every image, one product at a time.

    x        (N, C, H, W)                images
    weight   (F, C // groups, KH, KW)    filters
    bias     (F,) or None
    returns  (N, F, OH, OW)

    OH = (H + 2 padding - dilation (KH - 1) - 1) // stride + 1, and OW alike.

    Raises what numpy_nn.conv2d raises. Chapter 3; backward: conv2d_backward.
    """
    geometry = check_conv2d(np.ndarray, x, weight, bias, stride, padding, dilation, groups)
    y = np.zeros((len(x), len(weight), *geometry.output_size), x.dtype)
    for at_y, at_x, at_weight in products(x.shape, weight.shape, geometry, groups):
        y[at_y] += x[at_x] * weight[at_weight]
    if bias is not None:
        for n, f, i, j in np.ndindex(y.shape):
            y[n, f, i, j] += bias[f]
    return y


def conv2d_backward(grad_y, x, weight, bias=None, stride=1, padding=0, dilation=1,
                    groups=1):
    """Walk through the same products again; each passes its gradient on to its two factors.

    grad_y   (N, F, OH, OW)              gradient with respect to the output
    x, weight, bias, stride, padding, dilation, groups   as in conv2d
    returns  grad_x, grad_weight, grad_bias   shaped as x, weight, bias; None without bias

    Raises what numpy_nn.conv2d_backward raises. Chapter 4.
    """
    geometry = check_conv2d_backward(np.ndarray, grad_y, x, weight, bias, stride, padding,
                                     dilation, groups)
    grad_x, grad_weight = np.zeros_like(x), np.zeros_like(weight)
    for at_y, at_x, at_weight in products(x.shape, weight.shape, geometry, groups):
        grad_x[at_x] += grad_y[at_y] * weight[at_weight]
        grad_weight[at_weight] += grad_y[at_y] * x[at_x]
    if bias is None:
        return grad_x, grad_weight, None
    grad_bias = np.zeros_like(bias)
    for n, f, i, j in np.ndindex(grad_y.shape):
        grad_bias[f] += grad_y[n, f, i, j]
    return grad_x, grad_weight, grad_bias


def conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1,
                     dilation=1):
    """Every product of conv2d the other way round: from where its output was to where its image was.

    x        (N, C, H, W)                images
    weight   (C, F // groups, KH, KW)    filters, as of the conv2d from F channels to C
    bias     (F,) or None
    returns  (N, F, OH, OW)

    OH = (H - 1) stride - 2 padding + dilation (KH - 1) + output_padding + 1, and OW alike.

    Raises what numpy_nn.conv_transpose2d raises. Chapter 4; backward: conv_transpose2d_backward.
    """
    output_size, geometry = check_conv_transpose2d(np.ndarray, x, weight, bias, stride,
                                                   padding, output_padding, groups, dilation)
    y = np.zeros((len(x), groups * weight.shape[1], *output_size), x.dtype)
    for at_x, at_y, at_weight in products(y.shape, weight.shape, geometry, groups):
        y[at_y] += x[at_x] * weight[at_weight]
    if bias is not None:
        for n, f, i, j in np.ndindex(y.shape):
            y[n, f, i, j] += bias[f]
    return y


def conv_transpose2d_backward(grad_y, x, weight, bias=None, stride=1, padding=0,
                              output_padding=0, groups=1, dilation=1):
    """Walk through the same products again; each passes its gradient on to its two factors.

    grad_y   (N, F, OH, OW)              gradient with respect to the output
    x, weight, bias, stride, padding, output_padding, groups, dilation   as in conv_transpose2d
    returns  grad_x, grad_weight, grad_bias   shaped as x, weight, bias; None without bias

    Raises what numpy_nn.conv_transpose2d_backward raises. Chapter 4.
    """
    _, geometry = check_conv_transpose2d_backward(np.ndarray, grad_y, x, weight, bias, stride,
                                                  padding, output_padding, groups, dilation)
    grad_x, grad_weight = np.zeros_like(x), np.zeros_like(weight)
    for at_x, at_y, at_weight in products(grad_y.shape, weight.shape, geometry, groups):
        grad_x[at_x] += grad_y[at_y] * weight[at_weight]
        grad_weight[at_weight] += grad_y[at_y] * x[at_x]
    if bias is None:
        return grad_x, grad_weight, None
    grad_bias = np.zeros_like(bias)
    for n, f, i, j in np.ndindex(grad_y.shape):
        grad_bias[f] += grad_y[n, f, i, j]
    return grad_x, grad_weight, grad_bias


def locally_connected2d(x, weight, bias=None, stride=1, padding=0):
    """The products of conv2d, but place (i, j) takes weight[i, j].

    x        (N, C, H, W)                images
    weight   (OH, OW, F, C, KH, KW)      the filters of every place
    bias     (F, OH, OW) or None
    returns  (N, F, OH, OW)

    Raises what numpy_nn.locally_connected2d raises. Chapter 2.
    """
    geometry = check_locally_connected2d(np.ndarray, x, weight, bias, stride, padding)
    y = np.zeros((len(x), weight.shape[2], *geometry.output_size), x.dtype)
    for at_y, at_x, at_filter in products(x.shape, weight.shape[2:], geometry):
        y[at_y] += x[at_x] * weight[at_y[2:] + at_filter]
    if bias is not None:
        for n, f, i, j in np.ndindex(y.shape):
            y[n, f, i, j] += bias[f, i, j]
    return y


def locally_connected2d_backward(grad_y, x, weight, bias=None, stride=1, padding=0):
    """Walk through the same products again; each passes its gradient on to its two factors.

    grad_y   (N, F, OH, OW)              gradient with respect to the output
    x, weight, bias, stride, padding     as in locally_connected2d
    returns  grad_x, grad_weight, grad_bias   shaped as x, weight, bias; None without bias

    Raises what numpy_nn.locally_connected2d_backward raises. Chapter 2.
    """
    geometry = check_locally_connected2d_backward(np.ndarray, grad_y, x, weight, bias, stride,
                                                  padding)
    grad_x, grad_weight = np.zeros_like(x), np.zeros_like(weight)
    for at_y, at_x, at_filter in products(x.shape, weight.shape[2:], geometry):
        grad_x[at_x] += grad_y[at_y] * weight[at_y[2:] + at_filter]
        grad_weight[at_y[2:] + at_filter] += grad_y[at_y] * x[at_x]
    if bias is None:
        return grad_x, grad_weight, None
    grad_bias = np.zeros_like(bias)
    for n, f, i, j in np.ndindex(grad_y.shape):
        grad_bias[f, i, j] += grad_y[n, f, i, j]
    return grad_x, grad_weight, grad_bias


def products(x_shape, weight_shape, geometry, groups=1):
    """Every product of a convolution, as three indices: into y, into x, into weight.

    x_shape, weight_shape   (N, C, H, W), (F, C // groups, KH, KW)
    geometry                where the filters stop (convbook.shapes.Geometry)
    yields                  (n, f, i, j), (n, c, row, column), (f, c within the group, k, l)

    A tap that falls on the padding multiplies a zero, so it is left out.
    """
    (N, _, H, W), (F, C, KH, KW), (OH, OW) = x_shape, weight_shape, geometry.output_size
    (SH, SW), (DH, DW) = geometry.stride, geometry.dilation
    (top, _), (left, _) = geometry.padding
    for n, f, i, j in np.ndindex(N, F, OH, OW):
        first = f // (F // groups) * C          # first channel of this filter's group
        for c, k, l in np.ndindex(C, KH, KW):
            row, column = i * SH + k * DH - top, j * SW + l * DW - left
            if 0 <= row < H and 0 <= column < W:
                yield (n, f, i, j), (n, first + c, row, column), (f, c, k, l)
