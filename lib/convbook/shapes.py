"""Sizes, and the questions both engines ask before they compute anything.

One place for every message about a bad argument: NumPy and torch functions refuse the same things in the same words.
"""
from operator import index
from typing import Any, NamedTuple


class Geometry(NamedTuple):
    """Where a filter stops on an image; every field is (for the height, for the width)."""

    image_size: tuple[int, int]
    kernel_size: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]    # ((top, bottom), (left, right))
    output_size: tuple[int, int]


def pair(value, name) -> tuple[int, int]:
    """One int for both directions, or a pair (height, width).

    Raises TypeError for anything else; `name` is the argument to name in the message.
    """
    values = (value, value) if not isinstance(value, (tuple, list)) else tuple(value)
    if len(values) != 2 or any(isinstance(v, bool) for v in values):
        raise TypeError(f"{name} must be an int or a pair of ints (height, width), got {value!r}")
    try:
        return index(values[0]), index(values[1])
    except TypeError:
        raise TypeError(f"{name} must be an int or a pair of ints (height, width), got {value!r}") from None


def conv_output_size(size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """How many places a filter has along one direction of an image.

    size         pixels of the image
    kernel_size  taps of the filter
    stride       pixels from one place to the next
    padding      zeros added at each end
    dilation     pixels from one tap to the next (1: an ordinary filter)
    returns      (size + 2 padding - dilation (kernel_size - 1) - 1) // stride + 1

    Raises ValueError if a number is out of range or the dilated filter exceeds the padded image. Chapter 3.
    """
    _at_least(0, padding, "padding")
    return _places(size, kernel_size, stride, (padding, padding), dilation)


def same_padding(kernel_size: int, dilation: int = 1) -> tuple[int, int]:
    """Zeros (before, after) that keep an image's size at stride 1; an odd sum gives its last zero to the end, as torch does."""
    total = dilation * (kernel_size - 1)
    return total // 2, total - total // 2


def geometry(image_size, kernel_size, stride=1, padding=0, dilation=1) -> Geometry:
    """Work out where a filter stops on an image.

    image_size   (H, W)
    kernel_size, stride, dilation   int or pair
    padding      int, pair, "valid" (none) or "same" (output as large as the image; stride must be 1)
    returns      Geometry

    Raises TypeError or ValueError that says which number is out of range.
    """
    image, kernel = pair(image_size, "image size"), pair(kernel_size, "kernel_size")
    strides, dilations = pair(stride, "stride"), pair(dilation, "dilation")
    pads = _pads(padding, kernel, strides, dilations)
    height, width = (_places(*numbers) for numbers in zip(image, kernel, strides, pads, dilations, strict=True))
    return Geometry(image, kernel, strides, dilations, pads, (height, width))


def check_conv2d(array: type, x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1) -> Geometry:
    """Refuse what conv2d cannot compute; otherwise say where the filters stop.

    array    np.ndarray or torch.Tensor, whichever the engine computes with
    returns  Geometry

    Raises TypeError for a wrong type or dtype, ValueError for a wrong shape or number.
    """
    check_array(array, x, "x", "(N, C, H, W)")
    check_array(array, weight, "weight", "(F, C // groups, KH, KW)")
    _check_floats(x, "x")
    _check_same_dtype(weight, "weight", x)
    _check_groups(groups, x.shape[1], weight.shape[0])
    if weight.shape[1] * groups != x.shape[1]:
        raise ValueError(f"weight expects {weight.shape[1]} input channels per group, x has {x.shape[1] // groups} (groups={groups})")
    if bias is not None:
        check_array(array, bias, "bias", "(F,)")
        _check_same_dtype(bias, "bias", x)
        if bias.shape[0] != weight.shape[0]:
            raise ValueError(f"bias has {bias.shape[0]} values, weight has {weight.shape[0]} filters; one value a filter is needed")
    return geometry(x.shape[2:], weight.shape[2:], stride, padding, dilation)


def check_conv2d_backward(array: type, grad_y, x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1) -> Geometry:
    """check_conv2d, and grad_y must look like the output: shape (N, F, OH, OW), dtype of x."""
    geo = check_conv2d(array, x, weight, bias, stride, padding, dilation, groups)
    check_array(array, grad_y, "grad_y", "(N, F, OH, OW)")
    _check_same_dtype(grad_y, "grad_y", x)
    expected = (x.shape[0], weight.shape[0], *geo.output_size)
    if tuple(grad_y.shape) != expected:
        raise ValueError(f"grad_y must have the shape of conv2d's output, {expected}, got {tuple(grad_y.shape)}")
    return geo


def check_cross_correlate(array: type, x, weight) -> None:
    """Refuse anything but one channel, (H, W), and one filter, (KH, KW), of floats."""
    check_array(array, x, "x", "(H, W)")
    check_array(array, weight, "weight", "(KH, KW)")
    _check_floats(x, "x")
    _check_same_dtype(weight, "weight", x)


def check_im2col(array: type, x, kernel_size, dilation=1, padding=0, stride=1) -> Geometry:
    """Refuse what im2col cannot unfold; otherwise say where the windows lie. Any dtype will do: im2col only copies."""
    check_array(array, x, "x", "(N, C, H, W)")
    return geometry(x.shape[2:], kernel_size, stride, padding, dilation)


def check_col2im(array: type, columns, output_size, kernel_size, dilation=1, padding=0, stride=1) -> Geometry:
    """Refuse what col2im cannot fold; otherwise say where the windows lie on an image of `output_size`."""
    check_array(array, columns, "columns", "(N, C * KH * KW, OH * OW)")
    _check_floats(columns, "columns")
    geo = geometry(pair(output_size, "output_size"), kernel_size, stride, padding, dilation)
    (KH, KW), (OH, OW) = geo.kernel_size, geo.output_size
    if columns.shape[1] % (KH * KW):
        raise ValueError(f"columns has {columns.shape[1]} rows, which is no multiple of the filter's {KH} x {KW} = {KH * KW} taps")
    if columns.shape[2] != OH * OW:
        raise ValueError(f"columns has {columns.shape[2]} windows, an image of {geo.image_size} has {OH} x {OW} = {OH * OW}")
    return geo


def check_array(array: Any, value: Any, name: str, shape: str) -> None:
    """Raise unless `value` is an `array` with as many axes as `shape` names, e.g. "(N, C, H, W)"."""
    if not isinstance(value, array):
        raise TypeError(f"{name} must be a {array.__name__} of shape {shape}, got {type(value).__name__}")
    axes = shape.count(",") + (not shape.endswith(",)"))
    if value.ndim != axes:
        raise ValueError(f"{name} must have {axes} {'axis' if axes == 1 else 'axes'} {shape}, got shape {tuple(value.shape)}")


def _check_floats(value, name):
    if "float" not in str(value.dtype):
        raise TypeError(f"{name} has dtype {value.dtype}, the sums need floats; convert it to float32 or float64 first")


def _check_same_dtype(value, name, x):
    if value.dtype != x.dtype:
        raise TypeError(f"{name} has dtype {value.dtype}, x has {x.dtype}; convert one of them")


def _check_groups(groups, channels, filters):
    if isinstance(groups, bool) or not hasattr(groups, "__index__"):
        raise TypeError(f"groups must be an int, got {groups!r}")
    _at_least(1, groups, "groups")
    for count, what in ((channels, "channels of x"), (filters, "filters of weight")):
        _at_least(1, count, f"the number of {what}")
        if count % groups:
            raise ValueError(f"the {count} {what} cannot be shared out evenly among groups={groups}")


def _pads(padding, kernel, strides, dilations):
    if isinstance(padding, str):
        if padding not in ("valid", "same"):
            raise ValueError(f'padding must be an int, a pair of ints, "valid" or "same", got {padding!r}')
        if padding == "valid":
            return (0, 0), (0, 0)
        if strides != (1, 1):
            raise ValueError(f'padding="same" needs stride 1, got stride {strides}; give the padding as a number')
        return same_padding(kernel[0], dilations[0]), same_padding(kernel[1], dilations[1])
    height, width = pair(padding, "padding")
    _at_least(0, height, "padding")
    _at_least(0, width, "padding")
    return (height, height), (width, width)


def _places(size, kernel_size, stride, pads, dilation):
    _at_least(0, size, "size")
    _at_least(1, kernel_size, "kernel_size")
    _at_least(1, stride, "stride")
    _at_least(1, dilation, "dilation")
    padded, reach = size + sum(pads), dilation * (kernel_size - 1) + 1
    if reach > padded:
        raise ValueError(f"the filter reaches over {reach} pixels (kernel_size={kernel_size}, dilation={dilation}), "
                         f"the padded image has {padded} ({size} + {sum(pads)}); use a smaller filter or more padding")
    return (padded - reach) // stride + 1


def _at_least(least, value, name):
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
