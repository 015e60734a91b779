"""Right answers that look nothing like ours and must pass in full."""
import math

import numpy as np


def map_sizes__one_layer_and_the_rest(size, layers):
    if not layers:
        return []
    (window, step, padding, rounding), *rest = layers
    places = (size + 2 * padding - window) / step
    if places < 0:
        raise ValueError("the window is too large")
    here = int(math.ceil(places) if rounding == "ceil" else math.floor(places)) + 1
    return [here, *map_sizes__one_layer_and_the_rest(here, rest)]


def map_sizes__lists_where_the_windows_begin(size, layers):
    sizes = []
    for window, step, padding, rounding in layers:
        wide = size + 2 * padding
        if window > wide:
            raise ValueError("the window is too large")
        starts = [start for start in range(0, wide, step) if start + window <= wide]
        if rounding == "ceil" and starts[-1] + window < wide:
            starts.append(starts[-1] + step)
        size = len(starts)
        sizes.append(size)
    return tuple(sizes)


def count_costs__shapes_of_weights(channels, size, layers):
    parameters, macs, shape = 0, 0, np.array([channels, size, size])
    for layer in layers:
        if layer[0] == "pool":
            shape[1:] = (shape[1:] - layer[1]) // layer[2] + 1
            continue
        if layer[0] == "linear":
            weight, shape = (layer[1], shape.prod()), np.array([layer[1], 1, 1])
        else:
            _, filters, k, stride, padding, groups = layer
            if math.gcd(groups, math.gcd(int(shape[0]), filters)) != groups:
                raise ValueError("groups")
            weight = (filters, shape[0] // groups, k, k)
            side = (shape[1] + 2 * padding - k) // stride + 1
            shape = np.array([filters, side, side])
        parameters += np.prod(weight, dtype=np.int64) + weight[0]
        macs += np.prod(weight, dtype=np.int64) * shape[1] * shape[2]
    return np.array([parameters, macs])


def count_costs__group_by_group(channels, size, layers):
    parameters, macs, units = [], [], None
    for layer in layers:
        if layer[0] == "conv":
            _, filters, k, stride, padding, groups = layer
            if filters % groups != 0 or channels % groups != 0:
                raise ValueError("groups")
            size = len(range(0, size + 2 * padding - k + 1, stride))
            for _ in range(groups):
                one_filter = channels // groups * k * k
                parameters.append((one_filter + 1) * (filters // groups))
                macs.append(one_filter * (filters // groups) * size * size)
            channels = filters
        if layer[0] == "pool":
            size = len(range(0, size - layer[1] + 1, layer[2]))
        if layer[0] == "linear":
            units = channels * size * size if units is None else units
            parameters.append(layer[1] * units + layer[1])
            macs.append(layer[1] * units)
            units = layer[1]
    return [sum(parameters), sum(macs)]


def windows(x, k, stride, padding):
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    return np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))[:, :, ::stride, ::stride]


def grouped_conv2d__zeros_where_a_filter_does_not_see(x, weight, bias=None, stride=1, padding=0, groups=1):
    filters, c, k, _ = weight.shape
    wide = np.zeros((filters, x.shape[1], k, k), dtype=x.dtype)
    for f in range(filters):
        first = f // (filters // groups) * c
        wide[f, first:first + c] = weight[f]
    y = np.einsum("nchwij,fcij->nfhw", windows(x, k, stride, padding), wide)
    return y if bias is None else y + bias.reshape(1, -1, 1, 1)


def grouped_conv2d__groups_as_an_axis(x, weight, bias=None, stride=1, padding=0, groups=1):
    view = windows(x, weight.shape[2], stride, padding)
    n, _, oh, ow, k, _ = view.shape
    view = view.reshape(n, groups, -1, oh, ow, k, k)
    y = np.einsum("ngchwij,gfcij->ngfhw", view, weight.reshape(groups, -1, *weight.shape[1:])).reshape(n, len(weight), oh, ow)
    return y if bias is None else y + bias[None, :, None, None]


def grouped_conv2d__filter_by_filter(x, weight, bias=None, stride=1, padding=0, groups=1):
    maps = []
    for f, one in enumerate(weight):
        group = f * groups // len(weight)
        own = np.split(x, groups, axis=1)[group]
        values = (windows(own, weight.shape[2], stride, padding) * one[None, :, None, None]).sum(axis=(1, 4, 5))
        maps.append(values if bias is None else values + bias[f])
    return np.stack(maps, axis=1)


def near(channels, n, dtype):
    index = np.arange(channels)
    return (np.abs(index[:, None] - index) <= n // 2).astype(dtype)


def response_norm__a_band_of_ones(x, n, k, alpha, beta):
    return (x * (k + alpha * np.einsum("cd,ndhw->nchw", near(x.shape[1], n, x.dtype), x * x)) ** -beta).astype(x.dtype)


def response_norm__differences_of_running_sums(x, n, k, alpha, beta):
    sums = np.concatenate([np.zeros_like(x[:, :1]), np.cumsum(x.astype(float) ** 2, axis=1)], axis=1)
    index, channels = np.arange(x.shape[1]), x.shape[1]
    energy = sums[:, np.minimum(index + n // 2 + 1, channels)] - sums[:, np.maximum(index - n // 2, 0)]
    return (x * np.exp(-beta * np.log(k + alpha * energy))).astype(x.dtype)


def response_norm_backward__a_matrix_at_every_place(grad_y, x, n, k, alpha, beta):
    grad_x = np.zeros_like(x)
    band = near(x.shape[1], n, float)
    for image, i, j in np.ndindex(x.shape[0], *x.shape[2:]):
        a, g = x[image, :, i, j], grad_y[image, :, i, j]
        s = k + alpha * band @ (a * a)
        grad_x[image, :, i, j] = (np.diag(s**-beta) - 2 * alpha * beta * np.outer(a, a * s ** (-beta - 1)) * band) @ g
    return grad_x


def response_norm_backward__a_step_into_the_complex_plane(grad_y, x, n, k, alpha, beta):
    grad_x, band = np.zeros_like(x), near(x.shape[1], n, float)
    for c in range(x.shape[1]):
        moved = x.astype(complex)
        moved[:, c] += 1e-20j
        y = moved * (k + alpha * np.einsum("cd,ndhw->nchw", band, moved * moved)) ** -beta
        grad_x[:, c] = (grad_y * y.imag / 1e-20).sum(axis=1)
    return grad_x
