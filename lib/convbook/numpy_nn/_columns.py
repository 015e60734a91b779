"""im2col and col2im a block at a time, so that the columns stay in the processor's cache and memory stays small.

The columns of a whole batch are KH * KW times as large as its images: whoever writes them all waits for memory.
A block is as many images as fit into BLOCK_BYTES, or a strip of rows of one large image. It is filled in two steps,
first every shift to the side, then every shift down: KW + KH copies of long runs instead of KH * KW copies of short ones.
"""
from functools import cached_property
from math import ceil

import numpy as np

BLOCK_BYTES = 2 << 20       # the second-level cache of today's processors holds 1 to 2 MB
LARGE_IMAGE = 256           # from this many places on, a 1x1 filter's image is worth a matrix product of its own


class ColumnBlocks:
    """The blocks of one convolution, and the buffers that they take turns to use.

    x          (N, C, H, W)                images
    weight     (F, C // groups, KH, KW)    filters
    geometry   where the filters stop (convbook.shapes.Geometry)

    Iterating yields `at`, the place of a block in the output: y[at] has shape (n, F, rows, OW).
    """

    def __init__(self, x, weight, geometry):
        (N, C, _, W), (KH, KW), (OH, OW) = x.shape, geometry.kernel_size, geometry.output_size
        left, stride, dilation = geometry.padding[1][0], geometry.stride[1], geometry.dilation[1]
        self.shape, self.dtype, self.geometry = x.shape, x.dtype, geometry
        self.across = [overlap(l * dilation - left, OW, stride, W) for l in range(KW)]
        row_bytes = max(C * KH * KW, len(weight)) * OW * x.itemsize
        if is_pointwise(geometry):
            self.rows, self.images = OH, 1 if OH * OW >= LARGE_IMAGE else even_share(N, row_bytes * OH)
        else:
            self.rows = even_share(OH, row_bytes)
            self.images = even_share(N, row_bytes * OH) if self.rows == OH else 1
        self.buffer_size = C * KH * KW * self.images * self.rows * OW

    def __iter__(self):
        for n in range(0, self.shape[0], self.images):
            for row in range(0, self.geometry.output_size[0], self.rows):
                yield np.s_[n:min(n + self.images, self.shape[0]), :, row:min(row + self.rows, self.geometry.output_size[0])]

    def gather(self, x, at):
        """The windows of x under the block `at` as columns: (C * KH * KW, n * rows * OW), valid until the next call."""
        if is_pointwise(self.geometry):
            return x[at].swapaxes(0, 1).reshape(self.shape[1], -1)
        columns, shifted, first, down = self._views(at)
        if shifted is not None:
            self._copy_shifts(x[at[0]], first, 1, shifted)
            for k, rows in enumerate(down):
                columns[:, k] = shifted[..., rows, :]
        else:
            for k, rows in enumerate(down):
                self._copy_shifts(x[at[0]], first + rows.start, rows.step, columns[:, k])
        return self.columns(at)

    def scatter(self, at, grad_x):
        """Add columns(at) onto grad_x where gather took them from."""
        columns, shifted, first, down = self._views(at)
        if shifted is not None:
            shifted[...] = 0
            for k, rows in enumerate(down):
                shifted[..., rows, :] += columns[:, k]
            self._add_shifts(shifted, first, 1, grad_x[at[0]])
        else:
            for k, rows in enumerate(down):
                self._add_shifts(columns[:, k], first + rows.start, rows.step, grad_x[at[0]])

    @cached_property
    def column_buffer(self):
        return np.empty(self.buffer_size, self.dtype)

    @cached_property
    def shift_buffer(self):
        return np.empty(self.buffer_size, self.dtype)

    def columns(self, at):
        """The buffer for the columns of the block `at`: (C * KH * KW, n * rows * OW)."""
        (KH, KW), OW = self.geometry.kernel_size, self.geometry.output_size[1]
        height, width = self.shape[1] * KH * KW, length(at[0]) * length(at[2]) * OW
        return self.column_buffer[:height * width].reshape(height, width)

    def _views(self, at):
        """Columns (C, KH, KW, n, rows, OW), shifts (C, KW, n, reach, OW), first row of x, rows of the shifts that each k takes.

        The shifts are None where rows share none, so that copying them first would save nothing (large dilation).
        """
        C, n, rows = self.shape[1], length(at[0]), length(at[2])
        (KH, KW), OW = self.geometry.kernel_size, self.geometry.output_size[1]
        top, stride, dilation = self.geometry.padding[0][0], self.geometry.stride[0], self.geometry.dilation[0]
        down = [slice(k * dilation, k * dilation + stride * (rows - 1) + 1, stride) for k in range(KH)]
        reach = down[-1].stop
        columns = self.columns(at).reshape(C, KH, KW, n, rows, OW)
        shifted = self.shift_buffer[:C * KW * n * reach * OW].reshape(C, KW, n, reach, OW) if reach < KH * rows else None
        return columns, shifted, at[2].start * stride - top, down

    def _copy_shifts(self, x, first, step, out):
        """out[:, l, :, i] = row first + i step of x, shifted to the side as tap l sees it; zero off the image."""
        inside, rows = overlap(first, out.shape[3], step, x.shape[2])
        out[..., :inside.start, :] = 0
        out[..., inside.stop:, :] = 0
        for l, (places, pixels) in enumerate(self.across):
            out[:, l, :, :, :places.start] = 0
            out[:, l, :, :, places.stop:] = 0
            out[:, l, :, inside, places] = x[:, :, rows, pixels].swapaxes(0, 1)

    def _add_shifts(self, shifted, first, step, grad_x):
        """The way back of _copy_shifts: what fell off the image is dropped, the rest is added up."""
        inside, rows = overlap(first, shifted.shape[3], step, grad_x.shape[2])
        for l, (places, pixels) in enumerate(self.across):
            grad_x[:, :, rows, pixels] += shifted[:, l, :, inside, places].swapaxes(0, 1)


def multiply(filters, columns, out):
    """out = filters @ columns for one block.

    filters   (groups, F // groups, C // groups * KH * KW)
    columns   (C * KH * KW, n * rows * OW)
    out       (n, F, rows, OW)
    """
    columns = columns.reshape(len(filters), filters.shape[2], -1)
    if len(out) == 1:
        np.matmul(filters, columns, out=side_by_side(out, len(filters)))
    else:
        n, F, rows, OW = out.shape
        out[...] = (filters @ columns).reshape(F, n, rows, OW).swapaxes(0, 1)


def side_by_side(block, groups):
    """(n, F, rows, OW) to (groups, F // groups, n * rows * OW), a view if n is 1."""
    F = block.shape[1]
    return block.swapaxes(0, 1).reshape(groups, F // groups, -1)


def is_pointwise(geometry):
    """Is the filter 1x1 and stops on every pixel? Then an image is its own matrix of columns."""
    return geometry.kernel_size == (1, 1) and geometry.padding == ((0, 0), (0, 0)) and geometry.image_size == geometry.output_size


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
