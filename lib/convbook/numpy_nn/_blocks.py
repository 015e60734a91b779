"""What every way to convolve a block at a time needs: sizes of blocks, buffers to fill again, where filters leave the image."""
from math import ceil

import numpy as np

BLOCK_BYTES = 2 << 20       # about the second-level cache of today's processors
GAP = 16                    # elements between the rows of a buffer


class Buffers:
    """Matrices that the blocks of one convolution take turns to use.

    Their rows lie GAP elements further apart than they are long: rows a power of two apart would fight for the same
    lines of the cache, and a matrix product would take up to half as long again.
    """

    def __init__(self, dtype):
        self.dtype, self.memory = dtype, {}

    def matrix(self, name, rows, width):
        """A matrix (rows, width) with any content, valid until the same name is asked for again."""
        size = rows * (width + GAP)
        if self.memory.get(name, np.empty(0)).size < size:
            self.memory[name] = np.empty(size, self.dtype)
        return self.memory[name][:size].reshape(rows, width + GAP)[:, :width]


def copy_shifts(x, across, out):
    """out[:, l] = x shifted to the side as tap l sees it, zero off the image.

    x       (C, n, rows, W)
    across  for each tap the places inside the image and the pixels that it meets there, as overlap gives them
    out     (C, KW, n, rows, OW)
    """
    for l, (places, pixels) in enumerate(across):
        out[:, l, ..., :places.start] = 0
        out[:, l, ..., places.stop:] = 0
        out[:, l, ..., places] = x[..., pixels]


def overlap(offset, count, step, size):
    """Which of the steps 0 ... count - 1 fall on an image's pixels 0 ... size - 1, and on which, if step j falls on offset + j step.

    returns  slice of steps, slice of pixels; both empty if none does
    """
    first = min(max(-(offset // step), 0), count)
    last = min(max(-((offset - size) // step), first), count)
    return slice(first, last), slice(max(offset + first * step, 0), max(offset + last * step, 0), step)


def even_share(count, bytes_each):
    """How many of `count` things to take at a time, at least 1, so that they fit into BLOCK_BYTES and the shares are about equal."""
    fitting = max(BLOCK_BYTES // max(bytes_each, 1), 1)
    return ceil(count / ceil(count / fitting)) if count else 1


def length(part):
    return part.stop - part.start
