"""Convolution with half the multiplications: rows of filters as polynomials (Lavin & Gray 2016, after Toom, Cook and Winograd 1980).

To multiply two polynomials, evaluate both at enough points, multiply the values, and find the polynomial through them.
With m and r coefficients, m + r - 1 points are enough, while multiplying out takes m r products. Write V(n) for the
matrix that evaluates n coefficients; six points are used here, one of them infinity, whose value is the last coefficient:

    y w = V(6)^-1 [V(m) y * V(r) w]                      the product of polynomials, a full convolution

Sliding a filter w over pixels x is the transpose of that, taken with w held fixed:

    outputs = V(m)^T [V(6)^-T x * V(r) w]                m outputs from 6 pixels and r taps

A 3-tap filter gets 4 outputs from 6 products instead of 12, a 5-tap filter 2 from 6 instead of 10. We do this down the
image: six rows of pixels make a tile of m rows of outputs, its values at a point are added up over channels and over
the taps along a row, so each point has one matrix product. The transforms are small matrix products themselves.

The price is accuracy: in float32 results are wrong by up to 1e-5 of the largest, ten times as much as with the columns
themselves, and an infinite pixel or a NaN spoils all rows of its tile. Therefore float64, which asks for exactness,
never comes here. Doing it along both directions would save once more and lose once more.
"""
import numpy as np

from convbook.numpy_nn._blocks import Buffers, copy_shifts, even_share, length, overlap

POINTS = 0, 1, -1, 2, -2            # and infinity
TILE = len(POINTS) + 1
CHANNELS, PLACES = 32, 512          # fewer of a group's channels or filters, or fewer outputs, do not pay for the transforms


def pays(x, weight, geometry):
    """Is it float32, can the rows be taken in tiles, and is there enough to do that saving products makes up for the transforms?"""
    (F, channels, KH, _), (OH, OW) = weight.shape, geometry.output_size
    possible = x.dtype == np.float32 and KH in (3, 4, 5) and geometry.stride[0] == geometry.dilation[0] == 1
    return possible and min(F * channels // x.shape[1], channels) >= CHANNELS and len(x) * OH * OW >= PLACES


def evaluation(coefficients):
    """V(n): row p takes n coefficients to the value of their polynomial at point p, the last to that at infinity."""
    values = np.vander([*POINTS, 0], coefficients, increasing=True).astype(float)
    values[-1] = np.arange(coefficients) == coefficients - 1
    return values


class Tiles:
    """The blocks of one convolution, cut into tiles of rows, and the buffers that they take turns to use.

    Iterating yields `at`, a slice of images and a slice of tiles; a tile is m rows of outputs.
    """

    def __init__(self, x, weight, geometry):
        (N, C, _, W), (F, _, KH, KW), (OH, OW) = x.shape, weight.shape, geometry.output_size
        left, stride, dilation = geometry.padding[1][0], geometry.stride[1], geometry.dilation[1]
        self.shape, self.filters_shape, self.geometry, self.buffers = x.shape, weight.shape, geometry, Buffers(x.dtype)
        self.groups, self.rows = C // weight.shape[1], TILE - KH + 1
        self.across = [overlap(l * dilation - left, OW, stride, W) for l in range(KW)]
        self.from_taps = evaluation(KH).astype(x.dtype)
        self.from_pixels = np.linalg.inv(evaluation(TILE)).T.astype(x.dtype)
        self.from_outputs = evaluation(self.rows).astype(x.dtype)
        self.tiles = -(-OH // self.rows)
        tile_bytes = TILE * (C * W + F * OW) * x.itemsize
        self.tiles_at_a_time = even_share(self.tiles, tile_bytes)
        self.images = even_share(N, tile_bytes * self.tiles) if self.tiles_at_a_time == self.tiles else 1

    def __iter__(self):
        for n in range(0, self.shape[0], self.images):
            for t in range(0, self.tiles, self.tiles_at_a_time):
                yield slice(n, min(n + self.images, self.shape[0])), slice(t, min(t + self.tiles_at_a_time, self.tiles))

    def filters(self, weight):
        """Filters at every point, one row a filter: (TILE, groups, F // groups, C // groups * KW)."""
        F, _, KH, _ = self.filters_shape
        return (self.from_taps @ weight.swapaxes(0, 2).swapaxes(1, 2).reshape(KH, -1)).reshape(TILE, self.groups, F // self.groups, -1)

    def grad_weight(self, grad_filters):
        """The transpose of `filters`."""
        F, channels, KH, KW = self.filters_shape
        grad_taps = self.from_taps.T @ grad_filters.reshape(TILE, -1)
        return np.ascontiguousarray(np.moveaxis(grad_taps.reshape(KH, F, channels, KW), 0, 2))

    def columns(self, x, at):
        """The pixels of the block `at`, point after point: matrices (groups, C // groups * KW, -1), each valid until the next."""
        images, tiles = at
        C, W, OW, KW = self.shape[1], self.shape[3], self.geometry.output_size[1], len(self.across)
        pixels = self._rows(x[images], tiles.start * self.rows - self.geometry.padding[0][0], TILE, tiles, "pixels")
        values = np.matmul(self.from_pixels, pixels, out=self.buffers.matrix("values", *pixels.shape))
        block = length(images), length(tiles)
        for value in values:
            columns = self.buffers.matrix("columns", C * KW, block[0] * block[1] * OW)
            copy_shifts(value.reshape(C, *block, W), self.across, columns.reshape(C, KW, *block, OW))
            yield columns.reshape(self.groups, -1, columns.shape[1])

    def outputs(self, values, bias, y, at):
        """Write the block's outputs, their `values` at every point given: (TILE, groups, F // groups, -1)."""
        images, tiles = at
        F, OW = self.filters_shape[0], self.geometry.output_size[1]
        values = values.reshape(TILE, -1)
        rows = np.matmul(self.from_outputs.T, values, out=self.buffers.matrix("rows", self.rows, values.shape[1]))
        rows = rows.reshape(self.rows, F, length(images), length(tiles), OW).swapaxes(1, 2)
        for j, row in enumerate(rows):
            inside, places = overlap(tiles.start * self.rows + j, length(tiles), self.rows, y.shape[2])
            np.add(row[:, :, inside], 0 if bias is None else bias[:, None, None], out=y[images, :, places])

    def gradients(self, grad_y, at):
        """The transpose of `outputs`: the gradient of the values, (TILE, groups, F // groups, -1)."""
        images, tiles = at
        rows = self._rows(grad_y[images], tiles.start * self.rows, self.rows, tiles, "rows")
        values = np.matmul(self.from_outputs, rows, out=self.buffers.matrix("products", TILE, rows.shape[1]))
        return values.reshape(TILE, self.groups, self.filters_shape[0] // self.groups, -1)

    def _rows(self, x, first, count, tiles, name):
        """Rows 0 ... count - 1 of every tile, one under the other: (count, C * n * tiles * W); zeros off the image."""
        n, C, H, W = x.shape
        rows = self.buffers.matrix(name, count, C * n * length(tiles) * W)
        for k, row in enumerate(rows.reshape(count, C, n, length(tiles), W)):
            inside, places = overlap(first + k, length(tiles), self.rows, H)
            row[:, :, :inside.start] = 0
            row[:, :, inside.stop:] = 0
            row[:, :, inside] = x[:, :, places].swapaxes(0, 1)
        return rows


def convolve(x, weight, bias, geometry):
    """conv2d of checked arguments."""
    y = np.empty((len(x), len(weight), *geometry.output_size), x.dtype)
    tiles = Tiles(x, weight, geometry)
    filters = tiles.filters(weight)
    for at in tiles:
        places = length(at[0]) * length(at[1]) * geometry.output_size[1]
        products = tiles.buffers.matrix("products", TILE, len(weight) * places).reshape(*filters.shape[:3], places)
        for product, rows, columns in zip(products, filters, tiles.columns(x, at), strict=True):
            np.matmul(rows, columns, out=product)
        tiles.outputs(products, bias, y, at)
    return y


def grad_weight(grad_y, x, weight, geometry):
    """The gradient of the filters: at every point, gradients of outputs times pixels."""
    tiles = Tiles(x, weight, geometry)
    grad_columns = np.zeros((TILE, tiles.groups, weight[0, :, 0].size, len(weight) // tiles.groups), x.dtype)
    for at in tiles:
        for grad, rows, columns in zip(grad_columns, tiles.gradients(grad_y, at), tiles.columns(x, at), strict=True):
            grad += columns @ rows.swapaxes(1, 2)
    return tiles.grad_weight(grad_columns.swapaxes(2, 3))
