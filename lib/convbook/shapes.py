"""Sizes: where a filter or a window stops on an image. What else an argument must be is asked in convbook.checks."""
from operator import index
from typing import NamedTuple


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
    at_least(0, padding, "padding")
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
    at_least(0, height, "padding")
    at_least(0, width, "padding")
    return (height, height), (width, width)


def _places(size, kernel_size, stride, pads, dilation):
    at_least(0, size, "size")
    at_least(1, kernel_size, "kernel_size")
    at_least(1, stride, "stride")
    at_least(1, dilation, "dilation")
    padded, reach = size + sum(pads), dilation * (kernel_size - 1) + 1
    if reach > padded:
        raise ValueError(f"the filter reaches over {reach} pixels (kernel_size={kernel_size}, dilation={dilation}), "
                         f"the padded image has {padded} ({size} + {sum(pads)}); use a smaller filter or more padding")
    return (padded - reach) // stride + 1


def at_least(least, value, name):
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
