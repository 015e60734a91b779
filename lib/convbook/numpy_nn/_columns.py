"""im2col and col2im a block at a time, so that the columns stay in the processor's cache and memory stays small.

The columns of a whole batch are KH * KW times as large as its images: whoever writes them all waits for memory.
A block is as many images as fit into BLOCK_BYTES, or a strip of rows of one large image. It is filled in two steps,
first every shift to the side, then every shift down: KW + KH copies of long runs instead of KH * KW copies of short ones.
"""
import numpy as np

from convbook.numpy_nn._blocks import Buffers, copy_shifts, even_share, length, overlap

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
        self.shape, self.geometry, self.buffers = x.shape, geometry, Buffers(x.dtype)
        self.groups = C // weight.shape[1]
        self.across = [overlap(l * dilation - left, OW, stride, W) for l in range(KW)]
        row_bytes = max(C * KH * KW, len(weight)) * OW * x.itemsize
        self.rows = OH if is_pointwise(geometry) else even_share(OH, row_bytes)
        alone = self.rows < OH or (is_pointwise(geometry) and OH * OW >= LARGE_IMAGE)
        self.images = 1 if alone else even_share(N, row_bytes * OH)

    def __iter__(self):
        for n in range(0, self.shape[0], self.images):
            for row in range(0, self.geometry.output_size[0], self.rows):
                yield np.s_[n:min(n + self.images, self.shape[0]), :, row:min(row + self.rows, self.geometry.output_size[0])]

    def gather(self, x, at):
        """The windows of x under the block `at` as columns: (groups, C // groups * KH * KW, n * rows * OW), valid until the next call."""
        if is_pointwise(self.geometry):
            return side_by_side(x[at], self.groups)
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

    def columns(self, at):
        """The buffer for the columns of the block `at`: (groups, C // groups * KH * KW, n * rows * OW)."""
        (KH, KW), OW = self.geometry.kernel_size, self.geometry.output_size[1]
        columns = self.buffers.matrix("columns", self.shape[1] * KH * KW, length(at[0]) * length(at[2]) * OW)
        return columns.reshape(self.groups, -1, columns.shape[1])

    def side_by_side(self, grad_y, at):
        """A block's gradients of outputs, one row a filter: (groups, F // groups, n * rows * OW), valid until the next call."""
        if is_pointwise(self.geometry):
            return side_by_side(grad_y[at], self.groups)
        block = grad_y[at].swapaxes(0, 1)
        rows = self.buffers.matrix("gradients", len(block), block[0].size)
        rows.reshape(block.shape)[...] = block
        return rows.reshape(self.groups, -1, rows.shape[1])

    def multiply(self, filters, columns, bias, out):
        """out = filters @ columns + bias for one block, the bias while the products are in the cache.

        filters   (groups, F // groups, C // groups * KH * KW)
        columns   as gather returns them
        bias      (F,) or None
        out       (n, F, rows, OW)
        """
        n, F, rows, OW = out.shape
        if n == 1:
            np.matmul(filters, columns, out=side_by_side(out, self.groups))
            if bias is not None:
                out += bias[:, None, None]
        else:
            products = self.buffers.matrix("products", F, n * rows * OW)
            np.matmul(filters, columns, out=products.reshape(self.groups, F // self.groups, -1))
            np.add(products.reshape(F, n, rows, OW).swapaxes(0, 1), 0 if bias is None else bias[:, None, None], out=out)

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
        shifted = self.buffers.matrix("shifted", C * KW, n * reach * OW).reshape(C, KW, n, reach, OW) if reach < KH * rows else None
        return columns, shifted, at[2].start * stride - top, down

    def _copy_shifts(self, x, first, step, out):
        """out[:, l, :, i] = row first + i step of x, shifted to the side as tap l sees it; zero off the image."""
        inside, rows = overlap(first, out.shape[3], step, x.shape[2])
        out[..., :inside.start, :] = 0
        out[..., inside.stop:, :] = 0
        copy_shifts(x[:, :, rows].swapaxes(0, 1), self.across, out[:, :, :, inside])

    def _add_shifts(self, shifted, first, step, grad_x):
        """The way back of _copy_shifts: what fell off the image is dropped, the rest is added up."""
        inside, rows = overlap(first, shifted.shape[3], step, grad_x.shape[2])
        for l, (places, pixels) in enumerate(self.across):
            grad_x[:, :, rows, pixels] += shifted[:, l, :, inside, places].swapaxes(0, 1)


def side_by_side(block, groups):
    """(n, F, rows, OW) to (groups, F // groups, n * rows * OW), a view if n is 1."""
    F = block.shape[1]
    return block.swapaxes(0, 1).reshape(groups, F // groups, -1)


def is_pointwise(geometry):
    """Is the filter 1x1 and stops on every pixel? Then an image is its own matrix of columns."""
    return geometry.kernel_size == (1, 1) and geometry.padding == ((0, 0), (0, 0)) and geometry.image_size == geometry.output_size
