"""Right answers that look nothing like ours and must pass in full."""
import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def halving(size, dtype):
    """(size // 2, size): row i has ones at 2i and 2i + 1."""
    return np.eye(size // 2, dtype=dtype).repeat(2, axis=1)


def subsample__a_matrix_on_either_side(x, coefficient, bias):
    sums = halving(x.shape[2], x.dtype) @ x @ halving(x.shape[3], x.dtype).T
    a = np.einsum("c,ncij->ncij", coefficient, sums) + bias.reshape(1, -1, 1, 1)
    return (1.7159 * np.tanh(2 * a / 3)).astype(x.dtype)


def subsample__windows_as_axes_and_exponentials(x, coefficient, bias):
    n, c, h, w = x.shape
    a = x.reshape(n, c, h // 2, 2, w // 2, 2).sum(axis=(3, 5)) * coefficient.reshape(c, 1, 1) + bias.reshape(c, 1, 1)
    e = np.exp(a * (4 / 3))
    return 1.7159 * (e - 1) / (e + 1)


def subsample__number_by_number(x, coefficient, bias):
    n, c, h, w = x.shape
    y = np.zeros((n, c, h // 2, w // 2), dtype=x.dtype)
    for m, k, i, j in np.ndindex(*y.shape):
        total = float(x[m, k, 2 * i, 2 * j] + x[m, k, 2 * i + 1, 2 * j] + x[m, k, 2 * i, 2 * j + 1] + x[m, k, 2 * i + 1, 2 * j + 1])
        y[m, k, i, j] = 1.7159 * math.tanh(2 / 3 * (coefficient[k] * total + bias[k]))
    return y


def subsample_backward__slope_from_the_output(grad_y, x, coefficient, bias):
    n, c, h, w = x.shape
    windows = x.reshape(n, c, h // 2, 2, w // 2, 2)
    sums = windows.sum(axis=(3, 5))
    y = 1.7159 * np.tanh((sums * coefficient.reshape(c, 1, 1) + bias.reshape(c, 1, 1)) * (2 / 3))
    delta = grad_y * (2 / 3 / 1.7159) * (1.7159**2 - y**2)
    grad_x = (np.ones_like(windows) * (coefficient.reshape(c, 1, 1) * delta)[:, :, :, None, :, None]).reshape(x.shape)
    return [grad_x.astype(grad_y.dtype), np.einsum("ncij,ncij->c", delta, sums), np.einsum("ncij->c", delta)]


def subsample_backward__two_matrices_transposed(grad_y, x, coefficient, bias):
    down, along = halving(x.shape[2], x.dtype), halving(x.shape[3], x.dtype)
    sums = down @ x @ along.T
    a = sums * coefficient[None, :, None, None] + bias[None, :, None, None]
    delta = grad_y * (1.7159 * (2 / 3) / np.cosh(a * (2 / 3))**2)
    return (down.T @ (delta * coefficient[None, :, None, None]) @ along, (delta * sums).sum(axis=3).sum(axis=2).sum(axis=0),
            delta.sum(axis=3).sum(axis=2).sum(axis=0))


def subsample_backward__window_after_window(grad_y, x, coefficient, bias):
    grad_x, grad_coefficient, grad_bias = np.zeros_like(x), np.zeros_like(coefficient), np.zeros_like(bias)
    for m, k, i, j in np.ndindex(*grad_y.shape):
        window = np.s_[m, k, 2 * i:2 * i + 2, 2 * j:2 * j + 2]
        t = math.tanh((float(coefficient[k]) * float(x[window].sum()) + float(bias[k])) * 2 / 3)
        delta = float(grad_y[m, k, i, j]) * 1.7159 * 2 / 3 * (1 + t) * (1 - t)
        grad_x[window] = delta * coefficient[k]
        grad_coefficient[k] += delta * x[window].sum()
        grad_bias[k] += delta
    return grad_x, grad_coefficient, grad_bias


def table_conv2d__one_convolution_with_zeros(x, weights, bias, table):
    size = weights[0].shape[-1]
    full = np.zeros((len(table), x.shape[1], size, size), dtype=x.dtype)
    for k, maps in enumerate(table):
        full[k, list(maps)] = weights[k]
    windows = sliding_window_view(x, (size, size), axis=(2, 3))
    return np.einsum("ncijab,fcab->nfij", windows, full) + bias[:, None, None]


def table_conv2d__columns_for_every_map(x, weights, bias, table):
    n, size = len(x), weights[0].shape[-1]
    oh, ow = x.shape[2] - size + 1, x.shape[3] - size + 1
    maps = []
    for w, b, seen in zip(weights, bias, table, strict=True):
        columns = np.stack([x[:, c, i:i + oh, j:j + ow].reshape(n, -1) for c in seen for i in range(size) for j in range(size)], axis=-1)
        maps.append((columns @ w.ravel() + b).reshape(n, oh, ow))
    return np.stack(maps, axis=1)


def bitmap_loss__logaddexp(features, labels, bitmaps, rubbish):
    losses = []
    for row, label in zip(features, labels, strict=True):
        exponents = [-float(np.dot(row - bitmap, row - bitmap)) for bitmap in bitmaps]
        losses.append(np.logaddexp.reduce([*exponents, -rubbish]) - exponents[int(label)])
    return np.mean(losses)


def bitmap_loss__relative_to_the_right_distance(features, labels, bitmaps, rubbish):
    distances = (features**2).sum(1)[:, None] - 2 * features @ bitmaps.T + (bitmaps**2).sum(1)
    every = np.column_stack([distances, np.full(len(features), float(rubbish))])
    gaps = np.take_along_axis(distances, labels[:, None], axis=1) - every            # 0 for the right class
    top = gaps.max(axis=1)
    return sum(float(t) + math.log(sum(math.exp(g - t) for g in row)) for t, row in zip(top, gaps, strict=True)) / len(labels)


def count_layers__uses_of_each_place(layers, maps, size):
    def one(layer, maps, size):
        kind = layer[0]
        if kind == "subsample":
            return [maps + maps, (4 + 1) * maps * (size // 2) * (size // 2)], maps, size // 2
        if kind == "full":
            parameters = layer[1] + layer[1] * maps * size * size
            return [parameters, parameters], layer[1], 1
        seen = layer[1] if kind == "table" else [range(maps)] * layer[1]
        new = size - layer[2] + 1
        parameters = len(seen) + layer[2] * layer[2] * sum(len(row) for row in seen)
        return [parameters, parameters * new * new], len(seen), new

    if not layers:
        return []
    first, maps, size = one(layers[0], maps, size)
    return [first, *count_layers__uses_of_each_place(layers[1:], maps, size)]


def count_layers__arrays_of_ones(layers, maps, size):
    below, rows = np.ones((maps, size, size)), []
    for kind, *settings in layers:
        if kind == "subsample":
            above = np.ones((len(below), below.shape[1] // 2, below.shape[2] // 2))
            rows.append(np.array([2 * len(below), 5 * above.size]))
        elif kind == "full":
            above = np.ones((settings[0], 1, 1))
            rows.append(np.array([settings[0] * (below.size + 1)] * 2))
        else:
            seen = [len(row) for row in settings[0]] if kind == "table" else [len(below)] * settings[0]
            above = np.ones((len(seen), *(n - settings[1] + 1 for n in below.shape[1:])))
            parameters = sum(np.ones((s, settings[1], settings[1])).size + 1 for s in seen)
            rows.append(np.array([parameters, parameters * above[0].size]))
        below = above
    return rows


def time_delay__windows_of_frames(x, weight, bias, delay=1):
    span = delay * (weight.shape[2] - 1) + 1
    windows = sliding_window_view(x, span, axis=2)[..., ::delay]
    return np.tensordot(windows, weight, axes=([1, 3], [1, 2])).transpose(0, 2, 1) + bias[:, None]


def time_delay__one_large_matrix(x, weight, bias, delay=1):
    (n, c, t), (u, _, taps) = x.shape, weight.shape
    frames = t - delay * (taps - 1)
    matrix = np.zeros((u, frames, c, t), dtype=x.dtype)
    for at in range(frames):
        matrix[:, at, :, at:at + delay * (taps - 1) + 1:delay] = weight
    return (x.reshape(n, -1) @ matrix.reshape(u * frames, c * t).T).reshape(n, u, frames) + bias.reshape(u, 1)
