"""Pooling on torch tensors; the device is the tensors' own (chapter 5)."""
import torch
from torch import Tensor

from convbook.checks.pool import (
    check_adaptive_avg_pool2d,
    check_avg_pool2d,
    check_maps,
    check_max_pool2d,
    check_max_unpool2d,
    check_pooled_gradient,
)
from convbook.primitive import primitive
from convbook.torch_nn._pool import maxima, send_back, spread, sums
from convbook.windows import adaptive_spans

__all__ = ["adaptive_avg_pool2d", "adaptive_avg_pool2d_backward", "avg_pool2d", "avg_pool2d_backward",
           "global_avg_pool2d", "global_avg_pool2d_backward", "global_max_pool2d", "global_max_pool2d_backward",
           "max_pool2d", "max_pool2d_backward", "max_unpool2d", "max_unpool2d_backward"]


def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False,
               return_indices=False):
    """The largest value of every window: padding never wins, NaN does.

    x                      (N, C, H, W)
    kernel_size, dilation  int or pair, at least 1
    stride                 int or pair; None: kernel_size, so that windows do not overlap
    padding                int or pair, at most half of kernel_size
    ceil_mode              may a last window reach beyond the end?
    return_indices         return the indices as well
    returns                (N, C, OH, OW)   sizes: convbook.windows.pool_output_size
    indices                (N, C, OH, OW)   int64, row * W + column of each maximum: of
                                            equal ones the first in row order, the last NaN

    Raises TypeError unless x is of floats, ValueError if a number is out of range or no
    window fits. Chapter 5; backward: max_pool2d_backward.
    """
    slides = check_max_pool2d(Tensor, x, kernel_size, stride, padding, dilation, ceil_mode)
    y, indices = maxima(x, *slides, with_indices=return_indices)
    return (y, indices) if return_indices else y


def max_pool2d_backward(grad_y, x, kernel_size, stride=None, padding=0, dilation=1,
                        ceil_mode=False):
    """Each window's gradient goes to its maximum, the first of equal ones; overlaps add up.

    grad_y   (N, C, OH, OW)
    x, kernel_size, stride, padding, dilation, ceil_mode   as in max_pool2d
    returns  (N, C, H, W)   gradient with respect to x

    Raises what max_pool2d raises, and ValueError if grad_y is not shaped as y. Chapter 5.
    """
    y, vjp = _max_pool2d(x, kernel_size, stride, padding, dilation, ceil_mode)
    check_pooled_gradient(Tensor, grad_y, x, y.shape[2:], "max_pool2d")
    return vjp(grad_y)


def _max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Keeps which pixel won each window."""
    y, indices = max_pool2d(x, kernel_size, stride, padding, dilation, ceil_mode, True)
    return y, lambda grad_y: send_back(grad_y, indices, *x.shape[2:])


def max_unpool2d(x, indices, kernel_size, stride=None, padding=0, output_size=None):
    """Put every maximum back where it was found; all other pixels are 0.

    x            (N, C, H, W)      maxima
    indices      (N, C, H, W)      int64, as max_pool2d returned them; where two maxima have
                                   the same pixel, the last in row order stays
    kernel_size, stride, padding   of the pooling to undo
    output_size  (OH, OW) or (N, C, OH, OW) of the image that was pooled; None: the smallest
                 multiple, (H - 1) stride + kernel_size - 2 padding, and W alike
    returns      (N, C, OH, OW)

    Raises TypeError unless x is of floats and indices of int64, ValueError if an index lies
    outside the image or no such pooling exists. Zeiler and Fergus 2014, chapter 5.
    """
    OH, OW = check_max_unpool2d(Tensor, x, indices, kernel_size, stride, padding, output_size)
    y = x.new_zeros(*x.shape[:2], OH * OW)
    return y.scatter_(2, indices.flatten(2), x.flatten(2)).unflatten(2, (OH, OW))


def max_unpool2d_backward(grad_y, x, indices, kernel_size, stride=None, padding=0,
                          output_size=None):
    """Every maximum hears from the pixel where it was put; indices have no gradient.

    grad_y   (N, C, OH, OW)
    x, indices, kernel_size, stride, padding, output_size   as in max_unpool2d
    returns  (N, C, H, W)   gradient with respect to x

    Raises what max_unpool2d raises, and ValueError if grad_y is not shaped as y. Chapter 5.
    """
    sizes = check_max_unpool2d(Tensor, x, indices, kernel_size, stride, padding, output_size)
    check_pooled_gradient(Tensor, grad_y, x, sizes, "max_unpool2d")
    return grad_y.flatten(2).gather(2, indices.flatten(2)).unflatten(2, x.shape[2:])


_max_unpool2d = primitive(max_unpool2d, max_unpool2d_backward)


def avg_pool2d(x, kernel_size, stride=None, padding=0, ceil_mode=False,
               count_include_pad=True, divisor_override=None):
    """The mean of every window; the padding adds zeros.

    x                  (N, C, H, W)
    kernel_size        int or pair, at least 1
    stride             int or pair; None: kernel_size, so that windows do not overlap
    padding            int or pair, at most half of kernel_size
    ceil_mode          may a last window reach beyond the end? What lies there never counts
    count_include_pad  divide by the window's pixels with those on the padding, or without
    divisor_override   divide by this number instead
    returns            (N, C, OH, OW)   sizes: convbook.windows.pool_output_size

    Raises TypeError unless x is of floats, ValueError if a number is out of range or no
    window fits. Chapter 5; backward: avg_pool2d_backward.
    """
    slides = check_avg_pool2d(Tensor, x, kernel_size, stride, padding, ceil_mode, divisor_override)
    y = sums(x, *slides)
    y /= _divisors(y, slides, count_include_pad, divisor_override)
    return y.to(x.dtype)


def avg_pool2d_backward(grad_y, x, kernel_size, stride=None, padding=0, ceil_mode=False,
                        count_include_pad=True, divisor_override=None):
    """Each window shares its gradient out evenly among its pixels; overlaps add up.

    grad_y   (N, C, OH, OW)
    x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
             as in avg_pool2d
    returns  (N, C, H, W)   gradient with respect to x

    Raises what avg_pool2d raises, and ValueError if grad_y is not shaped as y. Chapter 5.
    """
    slides = check_avg_pool2d(Tensor, x, kernel_size, stride, padding, ceil_mode, divisor_override)
    sizes = slides[0].places, slides[1].places
    check_pooled_gradient(Tensor, grad_y, x, sizes, "avg_pool2d")
    shares = grad_y.to(torch.promote_types(x.dtype, torch.float32))
    shares = shares / _divisors(shares, slides, count_include_pad, divisor_override)
    return spread(shares, *slides).to(x.dtype)


_avg_pool2d = primitive(avg_pool2d, avg_pool2d_backward)


def _divisors(like, slides, count_include_pad, divisor_override):
    """What the sum of each window is divided by, (OH, OW), or one number for all."""
    if divisor_override is not None:
        return divisor_override
    rows, columns = (like.new_tensor(slide.counts(count_include_pad)) for slide in slides)
    return rows[:, None] * columns


def adaptive_avg_pool2d(x, output_size):
    """Means over as many windows as asked for, cut as evenly as whole pixels allow.

    x            (N, C, H, W)
    output_size  (OH, OW), or one int for both; None: as many as x has
    returns      (N, C, OH, OW)

    Window i of a direction goes from floor(i H / OH) to ceil((i + 1) H / OH), end excluded;
    neighbours share a pixel where H is no multiple of OH.

    Raises TypeError unless x is of floats, ValueError if a size is below 1. Chapter 5;
    backward: adaptive_avg_pool2d_backward.
    """
    OH, OW = check_adaptive_avg_pool2d(Tensor, x, output_size)
    rows, columns = adaptive_spans(x.shape[2], OH), adaptive_spans(x.shape[3], OW)
    tall = torch.stack([x[:, :, start:end].mean(2) for start, end in rows], 2)
    return torch.stack([tall[..., start:end].mean(3) for start, end in columns], 3)


def adaptive_avg_pool2d_backward(grad_y, x, output_size):
    """Each window shares its gradient out evenly among its pixels; overlaps add up.

    grad_y          (N, C, OH, OW)
    x, output_size  as in adaptive_avg_pool2d
    returns         (N, C, H, W)   gradient with respect to x

    Raises what adaptive_avg_pool2d raises, and ValueError if grad_y is not shaped as y.
    Chapter 5.
    """
    sizes = check_adaptive_avg_pool2d(Tensor, x, output_size)
    check_pooled_gradient(Tensor, grad_y, x, sizes, "adaptive_avg_pool2d")
    rows, columns = (adaptive_spans(*each) for each in zip(x.shape[2:], sizes, strict=True))
    tall = x.new_zeros(*grad_y.shape[:3], x.shape[3])
    for j, (start, end) in enumerate(columns):
        tall[..., start:end] += grad_y[..., j:j + 1] / (end - start)
    grad_x = x.new_zeros(x.shape)
    for i, (start, end) in enumerate(rows):
        grad_x[:, :, start:end] += tall[:, :, i:i + 1] / (end - start)
    return grad_x


_adaptive_avg_pool2d = primitive(adaptive_avg_pool2d, adaptive_avg_pool2d_backward)


def global_avg_pool2d(x):
    """The mean of every map.

    x        (N, C, H, W)
    returns  (N, C, 1, 1)

    Raises TypeError unless x is of floats. Lin et al. 2014 (network in network), chapter 5;
    backward: global_avg_pool2d_backward.
    """
    check_maps(Tensor, x)
    return x.mean((2, 3), keepdim=True)


def global_avg_pool2d_backward(grad_y, x):
    """Every pixel of a map gets an equal share.

    grad_y   (N, C, 1, 1)
    x        (N, C, H, W)
    returns  (N, C, H, W)   gradient with respect to x

    Raises what global_avg_pool2d raises, and ValueError if grad_y is not shaped as y.
    Chapter 5.
    """
    check_maps(Tensor, x)
    check_pooled_gradient(Tensor, grad_y, x, (1, 1), "global_avg_pool2d")
    return (grad_y / (x.shape[2] * x.shape[3])).expand(x.shape).contiguous()


_global_avg_pool2d = primitive(global_avg_pool2d, global_avg_pool2d_backward)


def global_max_pool2d(x):
    """The largest value of every map; NaN wins.

    x        (N, C, H, W)
    returns  (N, C, 1, 1)

    Raises TypeError unless x is of floats. Chapter 5; backward: global_max_pool2d_backward.
    """
    return _global_max_pool2d(x)[0]


def global_max_pool2d_backward(grad_y, x):
    """All of a map's gradient goes to its maximum, of equal ones to the first in row order.

    grad_y   (N, C, 1, 1)
    x        (N, C, H, W)
    returns  (N, C, H, W)   gradient with respect to x

    Raises what global_max_pool2d raises, and ValueError if grad_y is not shaped as y.
    Chapter 5.
    """
    y, vjp = _global_max_pool2d(x)
    check_pooled_gradient(Tensor, grad_y, x, y.shape[2:], "global_max_pool2d")
    return vjp(grad_y)


def _global_max_pool2d(x):
    """Keeps which pixel won each map."""
    check_maps(Tensor, x)
    maps = x.flatten(2)
    indices = maps.argmax(2, keepdim=True)
    y = maps.gather(2, indices)
    return y[..., None], lambda grad_y: send_back(grad_y, indices, *x.shape[2:])
