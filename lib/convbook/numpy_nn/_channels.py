"""Sums over channels, and straight lines through them, in few walks through memory.

Batch norm needs every value two times forward and two times backward; on the way NumPy makes a temporary array for each
operation. Here images are cut into rows, one row a channel of an image, and a block of rows small enough for the processor's
cache goes through all operations before the next one comes. Sums of a row are taken in the array's own precision and
added up over the rows in float64.
"""
from math import prod

import numpy as np

BLOCK_BYTES = 512 << 10     # a block and its temporary fit into the second-level cache of today's processors
SHORT_ROW = 16              # shorter rows are joined, one row a channel of the batch


def channel_moments(x):
    """Mean and variance of every channel of x (N, C, ...): two float64 arrays (C,). The variance divides by the number of values.

    Every row is centred before its squares are summed, so a mean that is large beside the deviation costs no digits; then the
    rows are pooled: variance of all = mean of the rows' variances + variance of the rows' means (Chan et al. 1979).
    """
    rows, means, variances = Rows(x), [], []
    matrix = rows.matrix(x)
    for at in rows.blocks():
        block = matrix[at].astype(rows.dtype, copy=False)
        pilot = rows.sums(block) / rows.length
        centred = np.subtract(block, rows.column(pilot), out=rows.buffer(at))
        rest = rows.sums(centred).astype(np.float64) / rows.length          # what rounding left in the mean
        means.append(pilot + rest)
        variances.append(rows.products(centred, centred).astype(np.float64) / rows.length - rest**2)
    means, variances = rows.by_image(means), rows.by_image(variances)
    return means.mean(axis=0), variances.mean(axis=0) + means.var(axis=0)


def channel_line(x, centre, slope, offset):
    """slope * (x - centre) + offset with one number a channel, float64 (C,) each; shaped as x (N, C, ...), in its dtype."""
    rows = Rows(x, centre)
    matrix, slope, offset = rows.matrix(x), rows.vector(slope), rows.vector(offset)
    y = np.empty(matrix.shape, rows.dtype)
    for at in rows.blocks():
        np.multiply(rows.centred(matrix, at), slope[at], out=y[at])
        y[at] += offset[at]
    return rows.array(y)


def channel_products(grad_y, x, centre):
    """Sums of grad_y and of grad_y * (x - centre) over every channel: two float64 arrays (C,)."""
    rows, sums, products = Rows(x, centre), [], []
    grads, matrix = rows.matrix(grad_y), rows.matrix(x)
    for at in rows.blocks():
        grad = grads[at].astype(rows.dtype, copy=False)
        sums.append(rows.sums(grad))
        products.append(rows.products(grad, rows.centred(matrix, at)))
    return tuple(rows.by_image(values).sum(axis=0, dtype=np.float64) for values in (sums, products))


def channel_blend(grad_y, x, centre, slope, curve, offset):
    """slope * grad_y + curve * (x - centre) + offset with one number a channel, float64 (C,) each; shaped as x, in its dtype."""
    rows = Rows(x, centre)
    grads, matrix, slope, curve, offset = rows.matrix(grad_y), rows.matrix(x), *map(rows.vector, (slope, curve, offset))
    grad_x = np.empty(matrix.shape, rows.dtype)
    for at in rows.blocks():
        bent = np.multiply(rows.centred(matrix, at), curve[at], out=rows.buffer(at))
        bent += offset[at]
        np.multiply(grads[at], slope[at], out=grad_x[at])
        grad_x[at] += bent
    return rows.array(grad_x)


def centre_of(mean, var, dtype):
    """What to subtract from float values before anything else, float64 (C,): the mean as `dtype` can hold it, or 0 where it is small.

    A mean of several deviations would eat digits of slope * x + offset; without one, a walk through memory is saved.
    """
    kept = np.float32 if dtype == np.float16 else dtype
    return np.where(np.abs(mean) > 4 * np.sqrt(var), mean.astype(kept), 0)


class Rows:
    """x (N, C, ...) as a matrix with one row a channel of an image; features (N, C) stay as they are, one column a channel."""

    def __init__(self, x, centre=None):
        (N, C), size = x.shape[:2], prod(x.shape[2:])
        self.shape, self.planes, self.x_dtype = x.shape, (N, C, size), x.dtype
        self.dtype = np.dtype(np.float32) if x.dtype == np.float16 else x.dtype     # sums in float16 overflow at 65504
        self.columns, self.joined = size == 1, 1 < size < SHORT_ROW
        self.count, self.width = (N, C) if self.columns else (C, N * size) if self.joined else (N * C, size)
        self.length = N if self.columns else self.width
        self.step = N if self.columns else max(BLOCK_BYTES // max(self.width * self.dtype.itemsize, 1), 1)
        self.ones = np.ones(self.length, self.dtype)
        self.space = np.empty((min(self.step, self.count), self.width), self.dtype)
        self.centre = self.vector(centre) if centre is not None and centre.any() else None

    def matrix(self, array):
        """An array shaped as x as rows: a copy only if it is strided or its rows are short."""
        if self.joined:
            array = array.reshape(self.planes).swapaxes(0, 1)
        return array.reshape(self.count, self.width)

    def array(self, matrix):
        """Rows as an array shaped as x, in its dtype."""
        if self.joined:
            N, C, size = self.planes
            matrix = matrix.reshape(C, N, size).swapaxes(0, 1)
        return np.ascontiguousarray(matrix.reshape(self.shape), self.x_dtype)

    def blocks(self):
        """Slices that cut the rows into blocks of at most BLOCK_BYTES, or of one row."""
        return (slice(first, min(first + self.step, self.count)) for first in range(0, self.count, max(self.step, 1)))

    def buffer(self, at):
        """Room for a block, the same at each call."""
        return self.space[:at.stop - at.start]

    def centred(self, matrix, at):
        """The block `at` less its channels' centres; without any, the block itself."""
        if self.centre is None:
            return matrix[at].astype(self.dtype, copy=False)
        return np.subtract(matrix[at], self.centre[at], out=self.buffer(at))

    def sums(self, block):
        return self.ones @ block if self.columns else np.vecdot(block, self.ones)   # BLAS sums quicker than np.sum

    def products(self, block, other):
        return np.einsum("nc,nc->c", block, other) if self.columns else np.vecdot(block, other)

    def vector(self, values):
        """One number a channel (C,), spread over the rows, so that vector[at] fits the block `at`."""
        images = 1 if self.columns or self.joined else self.shape[0]
        spread = np.empty((images, self.shape[1]), self.dtype)
        spread[...] = values
        return self.column(spread.reshape(-1))

    def column(self, values):
        return values[None] if self.columns else values[:, None]

    def by_image(self, parts):
        """What the blocks gave, (rows,) in all, as (rows a channel, C)."""
        return np.concatenate(parts or [np.zeros(0)]).reshape(-1, self.shape[1])
