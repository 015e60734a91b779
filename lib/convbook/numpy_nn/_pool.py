"""What pooling is made of: maxima, their places and sums of windows, and the way back to the pixels."""
from itertools import product

import numpy as np

BLOCK = 1 << 19     # bytes of maps that are pooled at a time: they stay in the cache while every tap visits them


def maxima(x, rows, columns, with_indices):
    """The largest value of each window, (N, C, OH, OW), and if wanted which pixel of its map it is, else None."""
    (N, C, H, W), OH, OW = x.shape, rows.places, columns.places
    maps = x.reshape(N * C, H, W)
    y = np.empty((N * C, OH, OW), x.dtype)
    indices = np.empty(y.shape, np.int64) if with_indices else None
    step = max(1, BLOCK // (H * W * x.itemsize))
    for first in range(0, len(maps), step):
        block = slice(first, first + step)
        _maxima(maps[block], rows, columns, out=y[block])
        if indices is not None:
            _indices(maps[block], y[block], rows, columns, out=indices[block])
    return y.reshape(N, C, OH, OW), None if indices is None else indices.reshape(N, C, OH, OW)


def _maxima(maps, rows, columns, out):
    """Down the rows first, then along the columns; the padding is left out.

    At stride s a window takes K (s + 1) comparisons and not K^2.
    """
    tall = np.full((len(maps), rows.places, maps.shape[2]), -np.inf, maps.dtype)
    for places, pixels in rows.taps():
        np.maximum(tall[:, places], maps[:, pixels], out=tall[:, places])
    out.fill(-np.inf)
    for places, pixels in columns.taps():
        np.maximum(out[..., places], tall[..., pixels], out=out[..., places])


def _indices(maps, y, rows, columns, out):
    """The first maximum's tap is the number of taps before it, in row order, that differ from the maximum."""
    taps = rows.kernel_size * columns.kernel_size
    tap, searching = np.zeros(y.shape, np.min_scalar_type(taps)), np.ones(y.shape, bool)
    differs = np.empty(y.shape, bool)
    for at_y, at_x in _taps(rows, columns):
        np.not_equal(maps[at_x], y[at_y], out=differs[at_y])
        searching[at_y] &= differs[at_y]
        tap += searching
    if np.isnan(y).any():           # NaN differs even from itself; torch takes the last one
        for k, (at_y, at_x) in enumerate(_taps(rows, columns)):
            tap[at_y][np.isnan(maps[at_x])] = k
    W = maps.shape[2]
    np.take((steps(rows)[:, None] * W + steps(columns)).ravel(), tap, out=out)
    out += starts(rows)[:, None] * W + starts(columns)


def _taps(rows, columns):
    for (down, at_rows), (along, at_columns) in product(rows.taps(), columns.taps()):
        yield (..., down, along), (..., at_rows, at_columns)


def steps(slide):
    """How far each tap lies behind the window's first."""
    return np.arange(slide.kernel_size) * slide.dilation


def starts(slide):
    """Where the window's first tap lies at each place; negative on the padding."""
    return np.arange(slide.places) * slide.stride - slide.padding


def positions(indices, H, W):
    """Indices within maps of H x W as indices into all maps at once, flat."""
    N, C = indices.shape[:2]
    return (indices + np.arange(0, N * C * H * W, H * W).reshape(N, C, 1, 1)).ravel()


def send_back(grad_y, indices, H, W):
    """Add each gradient to the pixel that its index names; two may share one."""
    grad_x = np.zeros((*grad_y.shape[:2], H, W), grad_y.dtype)
    np.add.at(grad_x.reshape(-1), positions(indices, H, W), grad_y.ravel())
    return grad_x


def sums(x, rows, columns):
    """The sum of every window, (N, C, OH, OW): down the rows, then along the columns.

    Halves are summed as float32.
    """
    dtype, (N, C, _, W) = np.result_type(x, np.float32), x.shape
    tall = np.zeros((N, C, rows.places, W), dtype)
    for places, pixels in rows.taps():
        tall[:, :, places] += x[:, :, pixels]
    y = np.zeros((N, C, rows.places, columns.places), dtype)
    for places, pixels in columns.taps():
        y[..., places] += tall[..., pixels]
    return y


def spread(grad_sums, rows, columns):
    """The adjoint of sums: its steps backwards, every += from places to pixels."""
    N, C, OH, _ = grad_sums.shape
    tall = np.zeros((N, C, OH, columns.size), grad_sums.dtype)
    for places, pixels in columns.taps():
        tall[..., pixels] += grad_sums[..., places]
    grad_x = np.zeros((N, C, rows.size, columns.size), grad_sums.dtype)
    for places, pixels in rows.taps():
        grad_x[:, :, pixels] += tall[:, :, places]
    return grad_x
