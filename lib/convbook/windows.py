"""Where pooling windows lie: each direction of an image is a Slide of its own, a window is one place of either."""
from collections.abc import Iterator
from typing import NamedTuple

from convbook.shapes import at_least


class Slide(NamedTuple):
    """A window that slides along one direction of an image; `places` says how often it stops."""

    size: int
    kernel_size: int
    stride: int
    padding: int
    dilation: int
    places: int

    def taps(self) -> Iterator[tuple[slice, slice]]:
        """For each tap of the window: the places at which it meets a pixel, and the pixels that it meets there."""
        for tap in range(self.kernel_size):
            offset = tap * self.dilation - self.padding
            first = max(0, -(offset // self.stride))                                # round up: offset + stride first >= 0
            end = min(self.places, (self.size - 1 - offset) // self.stride + 1)
            pixels = slice(offset + self.stride * first, offset + self.stride * (end - 1) + 1, self.stride)
            yield (slice(first, end), pixels) if first < end else (slice(0), slice(0))

    def pixels(self, place: int) -> list[int]:
        """The pixels under the window at one place; what lies on the padding is left out."""
        start = place * self.stride - self.padding
        return [p for p in range(start, start + self.dilation * self.kernel_size, self.dilation) if 0 <= p < self.size]

    def counts(self, count_include_pad: bool) -> list[int]:
        """What an average divides by at each place: the pixels under the window, with or without the padding there.

        What reaches beyond the padding, as a last window may in ceil_mode, never counts. For windows without dilation.
        """
        before, end = (self.padding, self.size + self.padding) if count_include_pad else (0, self.size)
        starts = [place * self.stride - self.padding for place in range(self.places)]
        return [min(start + self.kernel_size, end) - max(start, -before) for start in starts]


def pool_output_size(size: int, kernel_size: int, stride: int, padding: int = 0, dilation: int = 1, ceil_mode: bool = False) -> int:
    """How many places a pooling window has along one direction of an image.

    size         pixels of the image
    kernel_size  taps of the window
    stride       pixels from one place to the next
    padding      pixels of nothing added at each end, at most half of kernel_size
    dilation     pixels from one tap to the next (1: an ordinary window)
    ceil_mode    whether a last window may reach beyond the end; it must start on the image or on the padding before it
    returns      (size + 2 padding - dilation (kernel_size - 1) - 1) // stride + 1; ceil_mode rounds up

    Raises ValueError if a number is out of range, if no window fits, or if a window meets padding only. Chapter 5.
    """
    for least, value, name in ((1, size, "size"), (1, kernel_size, "kernel_size"), (1, stride, "stride"),
                               (0, padding, "padding"), (1, dilation, "dilation")):
        at_least(least, value, name)
    reach, padded = dilation * (kernel_size - 1) + 1, size + 2 * padding
    if padding > kernel_size // 2:
        raise ValueError(f"padding must be at most half of kernel_size={kernel_size}, got {padding}; use {kernel_size // 2} or less")
    places = (padded - reach + (stride - 1 if ceil_mode else 0)) // stride + 1
    if ceil_mode and (places - 1) * stride >= size + padding:
        places -= 1
    if places < 1:
        raise ValueError(f"the window reaches over {reach} pixels (kernel_size={kernel_size}, dilation={dilation}), "
                         f"the padded image has {padded} ({size} + {2 * padding}); use a smaller window or more padding")
    # the first tap that is not before the image; torch answers -inf and an index outside the image
    if any(start % dilation >= size for start in range(-padding, 0, stride)[:places]):
        raise ValueError(f"a window meets padding only: its taps lie {dilation} pixels apart, the image has {size}; "
                         f"use a smaller dilation or padding=0")
    return places


def adaptive_spans(size: int, places: int) -> list[tuple[int, int]]:
    """The (start, end) of `places` spans that cover `size` pixels as evenly as whole pixels allow; neighbours may overlap."""
    return [(i * size // places, -(-(i + 1) * size // places)) for i in range(places)]
