"""Right answers that look nothing like ours and must pass in full."""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def receptive_field__walks_back_from_the_output(layers):
    views = []
    for unit in (0, 1):
        low = high = unit
        for kernel_size, stride, padding, dilation in reversed(layers):
            low, high = low * stride - padding, high * stride - padding + dilation * (kernel_size - 1)
        views.append((low, high))
    (low, high), (next_low, _) = views
    return high - low + 1, next_low - low, low


def receptive_field__sums_with_products_of_strides(layers):
    table = np.array(layers, dtype=int).reshape(-1, 4)
    jumps = np.concatenate([[1], np.cumprod(table[:, 1])])
    r = 1 + np.sum(table[:, 3] * (table[:, 0] - 1) * jumps[:-1])
    return [int(r), int(jumps[-1]), int(-np.sum(table[:, 2] * jumps[:-1]))]


def receptive_field__one_layer_of_two(layers):
    if not layers:
        return 1, 1, 0
    *rest, (kernel_size, stride, padding, dilation) = layers
    r, j, a = receptive_field__one_layer_of_two(rest)
    return r + dilation * (kernel_size - 1) * j, j * stride, a - padding * j


def compose_kernels__one_product_after_the_other(first, second, stride=1):
    (e, c, kh, kw), (f, _, lh, lw) = first.shape, second.shape
    result = np.zeros((f, c, kh + stride * (lh - 1), kw + stride * (lw - 1)), dtype=first.dtype)
    for q, m, p, i, j, k, l in np.ndindex(f, e, c, lh, lw, kh, kw):
        result[q, p, stride * i + k, stride * j + l] += second[q, m, i, j] * first[m, p, k, l]
    return result


def compose_kernels__asks_what_a_single_pixel_does(first, second, stride=1):
    (_, c, kh, kw), (f, _, lh, lw) = first.shape, second.shape
    shape = kh + stride * (lh - 1), kw + stride * (lw - 1)
    result = np.zeros((f, c, *shape), dtype=first.dtype)
    for p, r, q in np.ndindex(c, *shape):
        x = np.zeros((c, *shape), dtype=first.dtype)
        x[p, r, q] = 1
        windows = sliding_window_view(x, (kh, kw), axis=(1, 2))[:, ::stride, ::stride]
        u = np.einsum("eckl,cijkl->eij", first, windows)
        result[:, p, r, q] = np.einsum("feij,eij->f", second, u)
    return result


def compose_kernels__multiplies_polynomials(first, second, stride=1):
    (_, _, kh, kw), (_, _, lh, lw) = first.shape, second.shape
    wide = np.zeros((*second.shape[:2], stride * (lh - 1) + 1, stride * (lw - 1) + 1))
    wide[:, :, ::stride, ::stride] = second
    size = kh + stride * (lh - 1), kw + stride * (lw - 1)
    product = np.einsum("fehw,echw->fchw", np.fft.fft2(wide, size), np.fft.fft2(first, size))
    return np.fft.ifft2(product).real.astype(first.dtype)


def config_table__three_columns(config, widths, channels=3, size=224):
    shapes = [(channels, size)]
    for entry in config:
        shapes.append((shapes[-1][0], shapes[-1][1] // 2) if entry == "M" else (entry, shapes[-1][1]))
    kept = [c * s**2 for c, s in shapes] + list(widths)
    weights = [0] + [0 if entry == "M" else 9 * before[0] * entry for entry, before in zip(config, shapes, strict=False)]
    inputs = [kept[len(config)], *widths]
    weights += [a * b for a, b in zip(inputs, widths, strict=False)]
    biases = [0, *[0 if entry == "M" else entry for entry in config], *widths]
    places = [s**2 for _, s in shapes] + [1] * len(widths)
    return [[k, w + b, w * p] for k, w, b, p in zip(kept, weights, biases, places, strict=True)]


def config_table__fully_connected_as_filters(config, widths, channels=3, size=224):
    rows = [(channels * size**2, 0, 0)]
    for entry, kernel, padding in [*((entry, 3, 1) for entry in config), *((width, None, 0) for width in widths)]:
        if isinstance(entry, str):
            size //= 2
            rows.append((channels * size**2, 0, 0))
            continue
        kernel = kernel or size
        size = size + 2 * padding - kernel + 1
        filters = (kernel**2 * channels, entry)
        channels = entry
        rows.append((channels * size**2, (filters[0] + 1) * entry, filters[0] * entry * size**2))
    return rows


def dense_scores__frame_by_frame(maps, weight1, bias1, weight2, bias2, size):
    n, _, h, w = maps.shape
    scores = np.zeros((n, len(bias2), h - size + 1, w - size + 1), dtype=maps.dtype)
    for i, j in np.ndindex(*scores.shape[2:]):
        pieces = maps[:, :, i:i + size, j:j + size].reshape(n, -1)
        scores[:, :, i, j] = np.maximum(pieces @ weight1.T + bias1, 0) @ weight2.T + bias2
    return scores


def dense_scores__windows_as_rows_of_a_matrix(maps, weight1, bias1, weight2, bias2, size):
    windows = sliding_window_view(maps, (size, size), axis=(2, 3)).transpose(0, 2, 3, 1, 4, 5)
    flat = windows.reshape(*windows.shape[:3], -1)
    hidden = flat @ weight1.T + bias1
    return np.moveaxis((hidden * (hidden > 0)) @ weight2.T + bias2, 3, 1)


def dense_scores__one_weight_after_the_other(maps, weight1, bias1, weight2, bias2, size):
    n, c, oh, ow = *maps.shape[:2], maps.shape[2] - size + 1, maps.shape[3] - size + 1
    scores = np.zeros((n, len(bias2), oh, ow), dtype=maps.dtype) + bias2.reshape(1, -1, 1, 1)
    for unit in range(len(bias1)):
        hidden = np.full((n, oh, ow), bias1[unit], dtype=maps.dtype)
        for at, (p, k, l) in enumerate(np.ndindex(c, size, size)):
            hidden += weight1[unit, at] * maps[:, p, k:k + oh, l:l + ow]
        scores += weight2[:, unit].reshape(1, -1, 1, 1) * np.maximum(hidden, 0)[:, None]
    return scores


def field_mask__a_list_of_lists(f, x, place, step):
    i, j = place
    before = float(f(x)[i, j])
    mask = []
    for r in range(x.shape[0]):
        row = []
        for c in range(x.shape[1]):
            nudged = np.array(x)
            nudged[r, c] = nudged[r, c] + step
            row.append(abs(float(f(nudged)[i, j]) - before) > 1e-9)
        mask.append(row)
    return mask


def field_mask__one_unit_vector_each(f, x, place, step):
    units = np.eye(x.size).reshape(-1, *x.shape)
    after = np.array([f(x + step * unit)[place] for unit in units])
    return ~(np.abs(after - f(x)[place]) <= 1e-9).reshape(x.shape)


def field_mask__raises_and_puts_back(f, x, place, step):
    image, before = x.copy(), f(x)[place]
    mask = np.zeros_like(x, dtype=bool)
    for pixel in range(x.size):
        old = image.flat[pixel]
        image.flat[pixel] = old + step
        mask.flat[pixel] = abs(f(image)[place] - before) > 1e-9
        image.flat[pixel] = old
    return mask
