"""Receptive fields: how many pixels of the image one number of a map can see, and how far apart its neighbours look."""
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from convbook.windows import adaptive_spans


class Field(NamedTuple):
    """Pixels of the image, (for the height, for the width). Padding counts as image, so a field may be larger than it.

    pooled  has a whole map become one number on the way, by pooling, a mean or a linear layer?
    """

    size: tuple[int | Fraction, int | Fraction] = (1, 1)
    stride: tuple[int | Fraction, int | Fraction] = (1, 1)
    pooled: bool = False

    def window(self, kernel_size, stride, dilation=(1, 1)):
        """Behind a convolution or pooling: each further tap looks one stride further,
        each further place moves `stride` as far."""
        reach = ((k - 1) * d for k, d in zip(kernel_size, dilation, strict=True))
        return self._moved(reach, stride)

    def transposed(self, kernel_size, stride, dilation=(1, 1)):
        """Behind a transposed convolution: the widest that the inputs of one output lie apart; places are closer by `stride`."""
        reach = (d * (k - 1) // lcm(s, d) * lcm(s, d) // s for k, s, d in zip(kernel_size, stride, dilation, strict=True))
        return self._moved(reach, [Fraction(1, s) for s in stride])

    def adaptive(self, size, places):
        """Behind adaptive pooling: the longest of its spans; its places are size / places apart."""
        reach = (max(end - start for start, end in adaptive_spans(*each)) - 1 for each in zip(size, places, strict=True))
        return self._moved(reach, [Fraction(s, p) for s, p in zip(size, places, strict=True)], whole=tuple(places) == (1, 1) != tuple(size))

    def over(self, span):
        """Of a sum over `span` (rows, columns) of a map, as if it were one large filter."""
        return self._moved([extent - 1 for extent in span], (1, 1), whole=max(span) > 1)

    def _moved(self, reach, stride, whole=False):
        sizes = (s + r * j for s, r, j in zip(self.size, reach, self.stride, strict=True))
        jumps = (j * m for j, m in zip(self.stride, stride, strict=True))
        return Field(_plain(sizes), _plain(jumps), self.pooled or whole)


def joined(fields):
    """Where branches meet: the largest."""
    sizes, strides, pooled = zip(*fields, strict=True)
    return Field(tuple(map(max, zip(*sizes, strict=True))), tuple(map(max, zip(*strides, strict=True))), all(pooled))


def _plain(values):
    return tuple(v.numerator if isinstance(v, Fraction) and v.denominator == 1 else v for v in values)
