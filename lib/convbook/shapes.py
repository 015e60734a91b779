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


def conv_transpose_output_size(size: int, kernel_size: int, stride: int = 1, padding: int = 0, output_padding: int = 0,
                               dilation: int = 1) -> int:
    """How large an image is whose convolution has `size` places: conv_output_size read backwards.

    size         pixels of the input
    output_padding   pixels added at the end, less than the stride or the dilation: a stride above 1 leaves several sizes to choose from
    kernel_size, stride, padding, dilation   of that convolution, as in conv_output_size
    returns      (size - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1

    Raises ValueError if a number is out of range or nothing is left of the image. Chapter 4.
    """
    return _transposed_places(size, kernel_size, stride, padding, output_padding, dilation)[0]


def same_padding(kernel_size: int, dilation: int = 1) -> tuple[int, int]:
    """Zeros (before, after) that keep an image's size at stride 1; an odd sum gives its last zero to the end, as torch does."""
    total = dilation * (kernel_size - 1)
    return total // 2, total - total // 2


def geometry(image_size, kernel_size, stride=1, padding=0, dilation=1) -> Geometry:
    """Work out where a filter stops on an image.

    image_size   (H, W)
    kernel_size, stride, dilation   int or pair
    padding      int, pair, ((top, bottom), (left, right)), "valid" (none) or "same" (output as large as the image; stride must be 1)
    returns      Geometry

    Raises TypeError or ValueError that says which number is out of range.
    """
    image, kernel = pair(image_size, "image size"), pair(kernel_size, "kernel_size")
    strides, dilations = pair(stride, "stride"), pair(dilation, "dilation")
    pads = _pads(padding, kernel, strides, dilations)
    height, width = (_places(*numbers) for numbers in zip(image, kernel, strides, pads, dilations, strict=True))
    return Geometry(image, kernel, strides, dilations, pads, (height, width))


def transposed_geometry(size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    """Work out the convolution that a transposed one undoes.

    size         (H, W) of the transposed convolution's input
    kernel_size, stride, padding, output_padding, dilation   int or pair
    returns      (OH, OW) of its output, and the Geometry of the convolution from that output back to (H, W)

    The Geometry's image is the part of the output that the filters reach; output_padding may leave rows and columns after it.

    Raises TypeError or ValueError that says which number is out of range.
    """
    sizes, kernel = pair(size, "size"), pair(kernel_size, "kernel_size")
    strides, dilations = pair(stride, "stride"), pair(dilation, "dilation")
    paddings, extra = pair(padding, "padding"), pair(output_padding, "output_padding")
    numbers = zip(sizes, kernel, strides, paddings, extra, dilations, strict=True)
    (OH, height, rows), (OW, width, columns) = (_transposed_places(*each) for each in numbers)
    return (OH, OW), Geometry((height, width), kernel, strides, dilations, (rows, columns), sizes)


def locally_connected_weight_shape(in_channels, out_channels, geometry: Geometry) -> tuple[int, ...]:
    """(OH, OW, F, C, KH, KW): weight[i, j] is the weight that conv2d would have if the filters of place (i, j) were used everywhere."""
    return *geometry.output_size, out_channels, in_channels, *geometry.kernel_size


def _pads(padding, kernel, strides, dilations):
    if isinstance(padding, str):
        if padding not in ("valid", "same"):
            raise ValueError(f'padding must be an int, a pair of ints, two pairs, "valid" or "same", got {padding!r}')
        if padding == "valid":
            return (0, 0), (0, 0)
        if strides != (1, 1):
            raise ValueError(f'padding="same" needs stride 1, got stride {strides}; give the padding as a number')
        return same_padding(kernel[0], dilations[0]), same_padding(kernel[1], dilations[1])
    height, width = _ends(padding)
    for zeros in (*height, *width):
        at_least(0, zeros, "padding")
    return height, width


def _ends(padding):
    """An int, (height, width) or ((top, bottom), (left, right)) as ((top, bottom), (left, right))."""
    try:
        if isinstance(padding, (tuple, list)) and all(isinstance(ends, (tuple, list)) for ends in padding):
            height, width = padding
            return pair(height, "padding"), pair(width, "padding")
        height, width = pair(padding, "padding")
    except (TypeError, ValueError):
        raise TypeError("padding must be an int, a pair of ints (height, width) or two pairs ((top, bottom), (left, right)), "
                        f"got {padding!r}") from None
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


def _transposed_places(size, kernel_size, stride, padding, output_padding, dilation):
    """Size of the output; how much of it the filters reach; and the zeros on either side with which they fill that exactly."""
    for least, number, name in ((1, size, "size"), (1, kernel_size, "kernel_size"), (1, stride, "stride"), (0, padding, "padding"),
                                (0, output_padding, "output_padding"), (1, dilation, "dilation")):
        at_least(least, number, name)
    if output_padding >= max(stride, dilation):
        raise ValueError(f"output_padding must be smaller than the stride or the dilation, "
                         f"got output_padding={output_padding}, stride={stride}, dilation={dilation}")
    full = (size - 1) * stride + dilation * (kernel_size - 1) + 1
    if full - 2 * padding + output_padding < 1:
        raise ValueError(f"nothing is left of the output: {full} pixels - 2 * {padding} of padding + {output_padding} of output_padding; "
                         "use less padding or a larger filter")
    before, after = min(padding, full), max(padding - output_padding, 0)
    return full - 2 * padding + output_padding, full - before - after, (before, after)


def at_least(least, value, name):
    """Raises ValueError, with the name and both numbers, if a value is below the least that makes sense."""
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
