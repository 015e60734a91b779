"""Right answers that look nothing like ours and must pass in full."""
import itertools

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def frame(x, padding):
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))


def conv2d_bias_backward__ones_times_a_matrix(grad_y):
    n, f, oh, ow = grad_y.shape
    rows = grad_y.transpose(1, 0, 2, 3).reshape(f, n * oh * ow)
    return rows @ np.ones(n * oh * ow, dtype=grad_y.dtype)


def conv2d_bias_backward__one_image_after_the_other(grad_y):
    total = np.zeros(grad_y.shape[1], dtype=grad_y.dtype)
    for image in grad_y:
        for f, plane in enumerate(image):
            for row in plane:
                total[f] += sum(row)
    return total


def conv2d_weight_backward__sums_the_windows_that_were_seen(grad_y, x, kernel_size, stride=1, padding=0):
    (n, f, oh, ow), (kh, kw) = grad_y.shape, kernel_size
    x = frame(x, padding)
    total = np.zeros((f, x.shape[1], kh, kw), dtype=x.dtype)
    for k, g, i, j in np.ndindex(n, f, oh, ow):
        total[g] += grad_y[k, g, i, j] * x[k, :, i * stride:i * stride + kh, j * stride:j * stride + kw]
    return total


def conv2d_weight_backward__one_matrix_product_of_columns(grad_y, x, kernel_size, stride=1, padding=0):
    (n, f, oh, ow), (kh, kw) = grad_y.shape, kernel_size
    c = x.shape[1]
    windows = sliding_window_view(frame(x, padding), (kh, kw), axis=(2, 3))[:, :, ::stride, ::stride]
    columns = windows.transpose(1, 4, 5, 0, 2, 3).reshape(c * kh * kw, n * oh * ow)
    return (grad_y.transpose(1, 0, 2, 3).reshape(f, -1) @ columns.T).reshape(f, c, kh, kw)


def conv2d_weight_backward__correlates_with_a_spread_gradient(grad_y, x, kernel_size, stride=1, padding=0):
    (n, f, oh, ow), (kh, kw) = grad_y.shape, kernel_size
    spread = np.zeros((n, f, stride * (oh - 1) + 1, stride * (ow - 1) + 1), dtype=grad_y.dtype)
    spread[:, :, ::stride, ::stride] = grad_y
    windows = sliding_window_view(frame(x, padding), spread.shape[2:], axis=(2, 3))[:, :, :kh, :kw]
    return np.einsum("ncabij,nfij->fcab", windows, spread)


def conv2d_input_backward__correlation_with_the_flipped_filter(grad_y, weight, padding=0):
    (kh, kw), (oh, ow) = weight.shape[2:], grad_y.shape[2:]
    padded = np.pad(grad_y, ((0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1)))
    windows = sliding_window_view(padded, (kh, kw), axis=(2, 3))
    full = np.einsum("nfijab,fcab->ncij", windows, weight[:, :, ::-1, ::-1])
    return full[:, :, padding:oh + kh - 1 - padding, padding:ow + kw - 1 - padding]


def conv2d_input_backward__every_output_stamps_its_filter(grad_y, weight, padding=0):
    (n, f, oh, ow), (_, c, kh, kw) = grad_y.shape, weight.shape
    canvas = np.zeros((n, c, oh + kh - 1, ow + kw - 1), dtype=grad_y.dtype)
    for k, g, i, j in itertools.product(range(n), range(f), range(oh), range(ow)):
        canvas[k, :, i:i + kh, j:j + kw] += grad_y[k, g, i, j] * weight[g]
    canvas = np.delete(canvas, [*range(padding), *range(oh + kh - 1 - padding, oh + kh - 1)], axis=2)
    return np.delete(canvas, [*range(padding), *range(ow + kw - 1 - padding, ow + kw - 1)], axis=3)


def conv2d_input_backward__a_product_of_polynomials(grad_y, weight, padding=0):
    (oh, ow), (kh, kw) = grad_y.shape[2:], weight.shape[2:]
    size = (oh + kh - 1, ow + kw - 1)
    spectrum = np.einsum("nfuv,fcuv->ncuv", np.fft.rfft2(grad_y, size), np.fft.rfft2(weight, size))
    full = np.fft.irfft2(spectrum, size)
    return full[:, :, padding:size[0] - padding, padding:size[1] - padding]


def gradient_error__one_unit_vector_at_a_time(f, x, grad, h=1e-5):
    steps = h * np.eye(x.size).reshape(x.size, *x.shape)
    b = np.array([(f(x + step) - f(x - step)) / (2 * h) for step in steps]).reshape(x.shape)
    return np.max(np.abs(grad - b) / np.maximum(1e-8, np.abs(grad) + np.abs(b)))


def gradient_error__lists_of_python_floats(f, x, grad, h=1e-5):
    values, errors = x.ravel().tolist(), []
    for k, a in enumerate(np.ravel(grad).tolist()):
        up, down = values.copy(), values.copy()
        up[k] += h
        down[k] -= h
        b = (f(np.reshape(up, x.shape)) - f(np.reshape(down, x.shape))) / (2 * h)
        errors.append(abs(a - b) / max(1e-8, abs(a) + abs(b)))
    return max(errors)


def conv2d_strided_input_backward__spreads_then_correlates(grad_y, weight, input_size, stride, padding=0):
    (n, f, oh, ow), (kh, kw), (h, w) = grad_y.shape, weight.shape[2:], input_size
    spread = np.zeros((n, f, h + 2 * padding + kh - 1, w + 2 * padding + kw - 1), dtype=grad_y.dtype)
    spread[:, :, kh - 1:kh + stride * (oh - 1):stride, kw - 1:kw + stride * (ow - 1):stride] = grad_y
    windows = sliding_window_view(spread, (kh, kw), axis=(2, 3))
    full = np.einsum("nfijab,fcab->ncij", windows, weight[:, :, ::-1, ::-1])
    return full[:, :, padding:padding + h, padding:padding + w]


def conv2d_strided_input_backward__asks_every_pixel_who_heard_it(grad_y, weight, input_size, stride, padding=0):
    (n, _, oh, ow), (_, c, kh, kw), (h, w) = grad_y.shape, weight.shape, input_size
    grad_x = np.zeros((n, c, h, w), dtype=grad_y.dtype)
    for r, s, a, b in np.ndindex(h, w, kh, kw):
        (i, skipped_rows), (j, skipped_columns) = divmod(r + padding - a, stride), divmod(s + padding - b, stride)
        if skipped_rows == skipped_columns == 0 and 0 <= i < oh and 0 <= j < ow:
            grad_x[:, :, r, s] += grad_y[:, :, i, j] @ weight[:, :, a, b]
    return grad_x


def conv2d_strided_input_backward__adds_at_index_arrays(grad_y, weight, input_size, stride, padding=0):
    (n, _, oh, ow), (_, c, kh, kw), (h, w) = grad_y.shape, weight.shape, input_size
    rows = stride * np.arange(oh)[:, None, None, None] + np.arange(kh)[:, None]
    columns = stride * np.arange(ow)[:, None, None] + np.arange(kw)
    terms = np.einsum("nfij,fcab->ncijab", grad_y, weight)
    canvas = np.zeros((n, c, h + 2 * padding, w + 2 * padding), dtype=grad_y.dtype)
    np.add.at(canvas, (slice(None), slice(None), *np.broadcast_arrays(rows, columns)), terms)
    return canvas[:, :, padding:padding + h, padding:padding + w]


def conv_matrix__shows_it_every_unit_image(weight, input_size, stride=1, padding=0):
    h, w = input_size
    units = np.eye(h * w, dtype=weight.dtype).reshape(h * w, h, w)
    padded = np.pad(units, ((0, 0), (padding, padding), (padding, padding)))
    windows = sliding_window_view(padded, weight.shape, axis=(1, 2))[:, ::stride, ::stride]
    return np.tensordot(windows, weight, axes=2).reshape(h * w, -1).T


def conv_matrix__kronecker_products_of_shifts(weight, input_size, stride=1, padding=0):
    (kh, kw), (h, w) = weight.shape, input_size
    oh, ow = (h + 2 * padding - kh) // stride + 1, (w + 2 * padding - kw) // stride + 1

    def picks(outputs, pixels, offset):
        return np.array([[p == o * stride + offset - padding for p in range(pixels)] for o in range(outputs)], dtype=weight.dtype)

    return sum(weight[a, b] * np.kron(picks(oh, h, a), picks(ow, w, b)) for a in range(kh) for b in range(kw))
