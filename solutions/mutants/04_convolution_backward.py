"""Answers that students give and that must not pass: NAME_OF_EXERCISE__what_went_wrong."""
import numpy as np


def pad_images(x, padding):
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))


def correlate_with_gradient(grad_y, x, kernel_size, stride):
    """grad_y (N, F, OH, OW), x (N, C, H, W) already padded: the filter gradient (F, C, KH, KW)."""
    (oh, ow), (kh, kw) = grad_y.shape[2:], kernel_size
    grad_weight = np.zeros((grad_y.shape[1], x.shape[1], kh, kw), dtype=x.dtype)
    for a, b in np.ndindex(kh, kw):
        met = x[:, :, a:a + stride * (oh - 1) + 1:stride, b:b + stride * (ow - 1) + 1:stride]
        grad_weight[:, :, a, b] = np.tensordot(grad_y, met, axes=([0, 2, 3], [0, 2, 3]))
    return grad_weight


def stamp_filters(grad_y, weight, size, stride=1, corner=(0, 0), adds=True):
    """Every output puts its gradient times its filter on an empty picture of this size, the first one at the corner."""
    kh, kw = weight.shape[2:]
    picture = np.zeros((len(grad_y), weight.shape[1], *size), dtype=grad_y.dtype)
    for i, j in np.ndindex(grad_y.shape[2:]):
        window = np.s_[:, :, corner[0] + i * stride:, corner[1] + j * stride:]
        stamp = np.einsum("nf,fcab->ncab", grad_y[:, :, i, j], weight)
        picture[window][:, :, :kh, :kw] = stamp + (picture[window][:, :, :kh, :kw] if adds else 0)
    return picture


def full_size(grad_y, weight):
    return [grad_y.shape[k] + weight.shape[k] - 1 for k in (2, 3)]


def correlate_with_all_filters(grad_y, weight):
    """grad_y (N, F, H, W) already padded, weight (F, C, KH, KW) already flipped: every window of grad_y times every filter."""
    windows = np.lib.stride_tricks.sliding_window_view(grad_y, weight.shape[2:], axis=(2, 3))
    return np.einsum("nfijab,fcab->ncij", windows, weight)


def full_correlation(grad_y, weight, padding):
    kh, kw = weight.shape[2:]
    full = correlate_with_all_filters(np.pad(grad_y, ((0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1))), weight)
    return full[:, :, padding:full.shape[2] - padding, padding:full.shape[3] - padding]


def measured_gradient(f, x, h):
    x, measured = x.copy(), np.zeros(x.shape)
    for where in np.ndindex(x.shape):
        kept = x[where]
        x[where] = kept + h
        above = f(x)
        x[where] = kept - h
        measured[where] = (above - f(x)) / (2 * h)
        x[where] = kept
    return measured


def matrix_of_windows(weight, input_size, stride, padding, step=None):
    (kh, kw), (h, w) = weight.shape, input_size
    oh, ow = (h + 2 * padding - kh) // stride + 1, (w + 2 * padding - kw) // stride + 1
    matrix = np.zeros((oh, ow, h, w), dtype=weight.dtype)
    for i, j, a, b in np.ndindex(oh, ow, kh, kw):
        r, c = i * (step or stride) + a - padding, j * (step or stride) + b - padding
        if 0 <= r < h and 0 <= c < w:
            matrix[i, j, r, c] = weight[a, b]
    return matrix.reshape(oh * ow, h * w)


def conv2d_bias_backward__averages_over_the_batch(grad_y):
    return grad_y.sum(axis=(2, 3)).mean(axis=0)


def conv2d_bias_backward__one_gradient_for_every_image(grad_y):
    return grad_y.sum(axis=(2, 3))


def conv2d_bias_backward__one_bias_for_all_filters(grad_y):
    return np.full(grad_y.shape[1], grad_y.sum(), dtype=grad_y.dtype)


def conv2d_bias_backward__adds_in_a_float64_buffer(grad_y):
    grad_bias = np.zeros(grad_y.shape[1])
    for image in grad_y:
        grad_bias += image.sum(axis=(1, 2))
    return grad_bias


def conv2d_weight_backward__flips_because_backward_means_flip(grad_y, x, kernel_size, stride=1, padding=0):
    return correlate_with_gradient(grad_y, pad_images(x, padding), kernel_size, stride)[:, :, ::-1, ::-1]


def conv2d_weight_backward__slides_until_the_image_ends(grad_y, x, kernel_size, stride=1, padding=0):
    x, (oh, ow) = pad_images(x, padding), grad_y.shape[2:]
    return correlate_with_gradient(grad_y, x, (x.shape[2] - stride * (oh - 1), x.shape[3] - stride * (ow - 1)), stride)


def conv2d_weight_backward__forgets_the_stride(grad_y, x, kernel_size, stride=1, padding=0):
    return correlate_with_gradient(grad_y, pad_images(x, padding), kernel_size, 1)


def conv2d_weight_backward__keeps_only_the_last_image(grad_y, x, kernel_size, stride=1, padding=0):
    x = pad_images(x, padding)
    for k in range(len(x)):
        grad_weight = correlate_with_gradient(grad_y[k:k + 1], x[k:k + 1], kernel_size, stride)
    return grad_weight


def conv2d_weight_backward__adds_up_the_input_channels(grad_y, x, kernel_size, stride=1, padding=0):
    grad_weight = correlate_with_gradient(grad_y, pad_images(x, padding), kernel_size, stride)
    return np.repeat(grad_weight.sum(axis=1, keepdims=True), x.shape[1], axis=1)


def conv2d_weight_backward__pads_images_and_channels_too(grad_y, x, kernel_size, stride=1, padding=0):
    return correlate_with_gradient(grad_y, np.pad(x, padding)[:len(x)], kernel_size, stride)


def conv2d_weight_backward__works_in_float64(grad_y, x, kernel_size, stride=1, padding=0):
    return correlate_with_gradient(grad_y, pad_images(x, padding).astype(float), kernel_size, stride)


def conv2d_input_backward__crops_with_a_negative_index(grad_y, weight, padding=0):
    return stamp_filters(grad_y, weight, full_size(grad_y, weight))[:, :, padding:-padding, padding:-padding]


def conv2d_input_backward__forgets_the_crop(grad_y, weight, padding=0):
    return stamp_filters(grad_y, weight, full_size(grad_y, weight))


def conv2d_input_backward__forgets_the_flip(grad_y, weight, padding=0):
    return full_correlation(grad_y, weight, padding)


def conv2d_input_backward__flips_filters_and_channels_as_well(grad_y, weight, padding=0):
    return full_correlation(grad_y, np.flip(weight), padding)


def conv2d_input_backward__pads_by_what_is_left_of_the_filter(grad_y, weight, padding=0):
    up, left = weight.shape[2] - 1 - padding, weight.shape[3] - 1 - padding
    padded = np.pad(grad_y, ((0, 0), (0, 0), (up, up), (left, left)))
    return correlate_with_all_filters(padded, weight[:, :, ::-1, ::-1])


def conv2d_input_backward__pads_as_the_forward_pass_did(grad_y, weight, padding=0):
    return correlate_with_all_filters(pad_images(grad_y, padding), weight[:, :, ::-1, ::-1])


def conv2d_input_backward__overwrites_where_windows_overlap(grad_y, weight, padding=0):
    h, w = full_size(grad_y, weight)
    return stamp_filters(grad_y, weight, (h, w), adds=False)[:, :, padding:h - padding, padding:w - padding]


def conv2d_input_backward__flips_in_the_caller_s_array(grad_y, weight, padding=0):
    weight[:] = weight[:, :, ::-1, ::-1].copy()
    return full_correlation(grad_y, weight, padding)


def gradient_error__nudges_one_way_only(f, x, grad, h=1e-5):
    nudges = h * np.eye(x.size).reshape(-1, *x.shape)
    b = np.array([(f(x + nudge) - f(x)) / h for nudge in nudges]).reshape(x.shape)
    return float(np.max(np.abs(grad - b) / np.maximum(1e-8, np.abs(grad) + np.abs(b))))


def gradient_error__nudges_in_proportion_to_the_entry(f, x, grad, h=1e-5):
    nudges = h * np.eye(x.size).reshape(-1, *x.shape) * np.maximum(1, np.abs(x))
    b = np.array([(f(x + nudge) - f(x - nudge)) / (2 * nudge.max()) for nudge in nudges]).reshape(x.shape)
    return float(np.max(np.abs(grad - b) / np.maximum(1e-8, np.abs(grad) + np.abs(b))))


def gradient_error__divides_by_h(f, x, grad, h=1e-5):
    b = 2 * measured_gradient(f, x, h)
    return float(np.max(np.abs(grad - b) / np.maximum(1e-8, np.abs(grad) + np.abs(b))))


def gradient_error__leaves_the_nudge_in(f, x, grad, h=1e-5):
    x, worst = x.copy(), 0.0
    for where in np.ndindex(x.shape):
        x[where] += h
        above = f(x)
        x[where] -= 2 * h
        b = (above - f(x)) / (2 * h)
        worst = max(worst, abs(grad[where] - b) / max(1e-8, abs(grad[where]) + abs(b)))
    return float(worst)


def gradient_error__nudges_all_entries_at_once(f, x, grad, h=1e-5):
    a, b = float(np.sum(grad)), (f(x + h) - f(x - h)) / (2 * h)
    return float(abs(a - b) / max(1e-8, abs(a) + abs(b)))


def gradient_error__lets_the_large_entries_hide_the_small(f, x, grad, h=1e-5):
    b = measured_gradient(f, x, h)
    return float(np.max(np.abs(grad - b)) / max(1e-8, np.max(np.abs(grad) + np.abs(b))))


def gradient_error__averages_the_errors(f, x, grad, h=1e-5):
    b = measured_gradient(f, x, h)
    return float(np.mean(np.abs(grad - b) / np.maximum(1e-8, np.abs(grad) + np.abs(b))))


def gradient_error__zero_over_zero(f, x, grad, h=1e-5):
    b = measured_gradient(f, x, h)
    with np.errstate(invalid="ignore"):
        return float(np.max(np.abs(grad - b) / (np.abs(grad) + np.abs(b))))


def gradient_error__guards_zero_over_zero_alone(f, x, grad, h=1e-5):
    b = measured_gradient(f, x, h)
    size = np.abs(grad) + np.abs(b)
    return float(np.max(np.abs(grad - b) / np.where(size == 0, 1.0, size)))


def gradient_error__absolute_where_the_loss_is_flat(f, x, grad, h=1e-5):
    b = measured_gradient(f, x, h)
    size = np.abs(grad) + np.abs(b)
    return float(np.max(np.abs(grad - b) / np.where(b == 0, 1.0, np.maximum(1e-8, size))))


def gradient_error__stops_early_and_leaves_the_nudge_in(f, x, grad, h=1e-5):
    worst = 0.0
    for where in np.ndindex(x.shape):
        kept = x[where]
        x[where] = kept + h
        above = f(x)
        x[where] = kept - h
        b = (above - f(x)) / (2 * h)
        worst = max(worst, abs(grad[where] - b) / max(1e-8, abs(grad[where]) + abs(b)))
        if worst > 0.1:
            return float(worst)
        x[where] = kept
    return float(worst)


def conv2d_strided_input_backward__forgets_the_rows_that_remain(grad_y, weight, input_size, stride, padding=0):
    h, w = [stride * (grad_y.shape[k] - 1) + weight.shape[k] for k in (2, 3)]
    return stamp_filters(grad_y, weight, (h, w), stride)[:, :, padding:h - padding, padding:w - padding]


def conv2d_strided_input_backward__adds_the_rows_that_remain_above(grad_y, weight, input_size, stride, padding=0):
    h, w = input_size[0] + 2 * padding, input_size[1] + 2 * padding
    corner = [size - stride * (grad_y.shape[k] - 1) - weight.shape[k] for k, size in ((2, h), (3, w))]
    return stamp_filters(grad_y, weight, (h, w), stride, corner)[:, :, padding:h - padding, padding:w - padding]


def conv2d_strided_input_backward__repeats_instead_of_spreading(grad_y, weight, input_size, stride, padding=0):
    repeated = np.repeat(np.repeat(grad_y, stride, axis=2), stride, axis=3)
    full = stamp_filters(repeated, weight, full_size(repeated, weight))
    return full[:, :, padding:padding + input_size[0], padding:padding + input_size[1]]


def conv2d_strided_input_backward__overwrites_where_windows_overlap(grad_y, weight, input_size, stride, padding=0):
    h, w = input_size[0] + 2 * padding, input_size[1] + 2 * padding
    return stamp_filters(grad_y, weight, (h, w), stride, adds=False)[:, :, padding:h - padding, padding:w - padding]


def conv2d_strided_input_backward__crops_with_a_negative_index(grad_y, weight, input_size, stride, padding=0):
    h, w = input_size[0] + 2 * padding, input_size[1] + 2 * padding
    return stamp_filters(grad_y, weight, (h, w), stride)[:, :, padding:-padding, padding:-padding]


def conv2d_strided_input_backward__puts_the_frame_on_one_side_only(grad_y, weight, input_size, stride, padding=0):
    h, w = input_size[0] + 2 * padding, input_size[1] + 2 * padding
    return stamp_filters(grad_y, weight, (h, w), stride)[:, :, :input_size[0], :input_size[1]]


def conv_matrix__writes_the_filter_backwards(weight, input_size, stride=1, padding=0):
    return matrix_of_windows(weight[::-1, ::-1], input_size, stride, padding)


def conv_matrix__one_column_for_every_output(weight, input_size, stride=1, padding=0):
    return matrix_of_windows(weight, input_size, stride, padding).T


def conv_matrix__steps_by_one_whatever_the_stride(weight, input_size, stride=1, padding=0):
    return matrix_of_windows(weight, input_size, stride, padding, step=1)


def conv_matrix__gives_columns_to_the_frame(weight, input_size, stride=1, padding=0):
    h, w = input_size
    return matrix_of_windows(weight, (h + 2 * padding, w + 2 * padding), stride, 0)


def conv_matrix__wraps_around_at_the_border(weight, input_size, stride=1, padding=0):
    (kh, kw), (h, w) = weight.shape, input_size
    oh, ow = (h + 2 * padding - kh) // stride + 1, (w + 2 * padding - kw) // stride + 1
    matrix = np.zeros((oh * ow, h * w), dtype=weight.dtype)
    for i, j, a, b in np.ndindex(oh, ow, kh, kw):
        pixel = (i * stride + a - padding) * w + j * stride + b - padding
        if 0 <= pixel < h * w:
            matrix[i * ow + j, pixel] = weight[a, b]
    return matrix


def conv_matrix__numbers_the_pixels_column_by_column(weight, input_size, stride=1, padding=0):
    matrix = matrix_of_windows(weight, input_size, stride, padding)
    h, w = input_size
    return matrix.reshape(len(matrix), h, w).transpose(0, 2, 1).reshape(len(matrix), h * w)
