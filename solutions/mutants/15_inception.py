"""Answers that students give and that must not pass: NAME_OF_EXERCISE__what_went_wrong."""
import numpy as np


def with_bias(y, bias):
    return y if bias is None else y + bias[:, None, None]


def conv1x1__a_long_list_of_pixels_of_all_images(x, weight, bias=None):
    n, c, h, w = x.shape                                    # images and channels change places without a transpose
    return with_bias((weight @ x.reshape(c, n * h * w)).reshape(n, len(weight), h, w), bias)


def conv1x1__mixes_rows_and_not_channels(x, weight, bias=None):
    return with_bias(np.einsum("fc,nhcw->nfhw", weight, x.swapaxes(1, 2)) if x.shape[1] != x.shape[2] else weight @ x, bias)


def conv1x1__weights_stand_on_their_side(x, weight, bias=None):
    sides = weight.reshape(weight.shape[::-1])
    return with_bias(np.einsum("cf,nchw->nfhw", sides, x), bias)


def conv1x1__bias_along_the_width(x, weight, bias=None):
    y = np.einsum("fc,nchw->nfhw", weight, x)
    return y if bias is None else y + np.resize(bias, y.shape[-1])


def conv1x1__forgets_the_bias(x, weight, bias=None):
    return np.einsum("fc,nchw->nfhw", weight, x)


def conv1x1__needs_a_bias(x, weight, bias=None):
    return np.einsum("fc,nchw->nfhw", weight, x) + bias[:, None, None]


def conv1x1__works_in_float64(x, weight, bias=None):
    return with_bias(np.einsum("fc,nchw->nfhw", weight.astype(float), x.astype(float)), bias)


def gradients(grad_y, x, weight):
    return (np.einsum("fc,nfhw->nchw", weight, grad_y), np.einsum("nfhw,nchw->fc", grad_y, x), grad_y.sum(axis=(0, 2, 3)))


def conv1x1_backward__weights_not_transposed(grad_y, x, weight):
    _, grad_weight, grad_bias = gradients(grad_y, x, weight)
    sides = weight.reshape(weight.shape[::-1])
    return np.einsum("cf,nfhw->nchw", sides, grad_y), grad_weight, grad_bias


def conv1x1_backward__gradient_of_the_weights_on_its_side(grad_y, x, weight):
    grad_x, grad_weight, grad_bias = gradients(grad_y, x, weight)
    return grad_x, grad_weight.T.reshape(weight.shape), grad_bias


def conv1x1_backward__mean_over_the_images(grad_y, x, weight):
    grad_x, grad_weight, grad_bias = gradients(grad_y, x, weight)
    return grad_x, grad_weight / len(x), grad_bias / len(x)


def conv1x1_backward__mean_over_the_pixels(grad_y, x, weight):
    grad_x, grad_weight, grad_bias = gradients(grad_y, x, weight)
    pixels = x.shape[2] * x.shape[3]
    return grad_x, grad_weight / pixels, grad_bias


def conv1x1_backward__only_the_last_image(grad_y, x, weight):
    grad_x, _, grad_bias = gradients(grad_y, x, weight)
    for image, grad in zip(x, grad_y, strict=True):
        grad_weight = np.einsum("fhw,chw->fc", grad, image)
    return grad_x, grad_weight, grad_bias


def conv1x1_backward__bias_summed_over_images_alone(grad_y, x, weight):
    grad_x, grad_weight, _ = gradients(grad_y, x, weight)
    return grad_x, grad_weight, grad_y.sum(axis=0)[:, 0, 0]


def conv1x1_backward__in_the_order_of_the_arguments_weight_first(grad_y, x, weight):
    grad_x, grad_weight, grad_bias = gradients(grad_y, x, weight)
    return grad_weight, grad_x, grad_bias


def conv1x1_backward__works_in_float64(grad_y, x, weight):
    return gradients(grad_y.astype(float), x.astype(float), weight.astype(float))


def cut(grad_y, channels, starts):
    if sum(channels) != grad_y.shape[1]:
        raise ValueError("the channels do not add up")
    return [grad_y[:, start:start + count] for start, count in zip(starts, channels, strict=True)]


def concat_backward__equal_parts(grad_y, channels):
    if sum(channels) != grad_y.shape[1]:
        raise ValueError("the channels do not add up")
    return np.array_split(grad_y, len(channels), axis=1)


def concat_backward__channels_taken_for_places_to_cut(grad_y, channels):
    if sum(channels) != grad_y.shape[1]:
        raise ValueError("the channels do not add up")
    return np.split(grad_y, channels[:-1], axis=1)


def concat_backward__starts_at_the_end_of_the_first(grad_y, channels):
    return cut(grad_y, channels, np.cumsum(channels))


def concat_backward__every_branch_starts_at_0(grad_y, channels):
    return cut(grad_y, channels, [0] * len(channels))


def concat_backward__moves_on_by_the_next_width(grad_y, channels):
    return cut(grad_y, channels, [0, *np.cumsum(channels[1:])])


def concat_backward__cuts_the_images_apart(grad_y, channels):
    if sum(channels) != grad_y.shape[1]:
        raise ValueError("the channels do not add up")
    return np.split(grad_y, np.cumsum(channels)[:-1], axis=0 if len(grad_y) == sum(channels) else 1)


def concat_backward__does_not_look_whether_it_adds_up(grad_y, channels):
    return [grad_y[:, end - count:end] for end, count in zip(np.cumsum(channels), channels, strict=True)]


def concat_backward__refuses_only_too_many(grad_y, channels):
    if sum(channels) > grad_y.shape[1]:
        raise ValueError("too many channels")
    return [grad_y[:, end - count:end] for end, count in zip(np.cumsum(channels), channels, strict=True)]


def bill(c, widths, reduced3=None, reduced5=None):
    """(MACs a pixel, parameters, channels) with the true rules, but for the inputs of 3x3 and 5x5."""
    a, r3, b, r5, d, p = widths
    weights = c * (a + r3 + r5 + p) + 9 * (reduced3 or r3) * b + 25 * (reduced5 or r5) * d
    return weights, weights + sum(widths), a + b + d + p


def module_bill__large_filters_see_all_channels(channels_in, widths, size):
    macs, parameters, channels = bill(channels_in, widths, channels_in, channels_in)
    return macs * size[0] * size[1], parameters, channels


def module_bill__counts_the_3x3_twice(channels_in, widths, size):
    macs, parameters, channels = bill(channels_in, widths)
    return (macs + 9 * widths[1] * widths[2]) * size[0] * size[1], parameters, channels


def module_bill__no_biases(channels_in, widths, size):
    macs, _, channels = bill(channels_in, widths)
    return macs * size[0] * size[1], macs, channels


def module_bill__biases_of_what_comes_out_alone(channels_in, widths, size):
    macs, _, channels = bill(channels_in, widths)
    return macs * size[0] * size[1], macs + channels, channels


def module_bill__biases_in_the_macs(channels_in, widths, size):
    _, parameters, channels = bill(channels_in, widths)
    return parameters * size[0] * size[1], parameters, channels


def module_bill__pooling_keeps_its_channels(channels_in, widths, size):
    macs, parameters, channels = bill(channels_in, widths)
    return macs * size[0] * size[1], parameters, channels - widths[5] + channels_in


def module_bill__all_widths_come_out(channels_in, widths, size):
    macs, parameters, _ = bill(channels_in, widths)
    return macs * size[0] * size[1], parameters, sum(widths)


def module_bill__square_maps(channels_in, widths, size):
    macs, parameters, channels = bill(channels_in, widths)
    return macs * size[0] ** 2, parameters, channels


def log_softmax(scores):
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def targets(scores, labels, smoothing):
    n, k = scores.shape
    q = np.full(scores.shape, smoothing / k, dtype=scores.dtype)
    q[np.arange(n), labels] += 1 - smoothing
    return q


def smoothed_cross_entropy__label_gets_no_share_of_the_rest(scores, labels, smoothing):
    n, k = scores.shape
    q = np.full(scores.shape, smoothing / (k - 1), dtype=scores.dtype)
    q[np.arange(n), labels] = 1 - smoothing
    log_p = log_softmax(scores)
    return float(-(q * log_p).sum() / n), (np.exp(log_p) - q) / n


def smoothed_cross_entropy__shares_do_not_add_up_to_1(scores, labels, smoothing):
    n, k = scores.shape
    q = np.full(scores.shape, smoothing / k, dtype=scores.dtype)
    q[np.arange(n), labels] = 1 - smoothing
    log_p = log_softmax(scores)
    return float(-(q * log_p).sum() / n), (np.exp(log_p) - q) / n


def smoothed_cross_entropy__gradient_of_the_sum(scores, labels, smoothing):
    q, log_p = targets(scores, labels, smoothing), log_softmax(scores)
    return float(-(q * log_p).sum() / len(q)), np.exp(log_p) - q


def smoothed_cross_entropy__mean_over_classes_too(scores, labels, smoothing):
    q, log_p = targets(scores, labels, smoothing), log_softmax(scores)
    return float(-(q * log_p).mean()), (np.exp(log_p) - q) / q.size


def smoothed_cross_entropy__gradient_of_hard_labels(scores, labels, smoothing):
    q, log_p = targets(scores, labels, smoothing), log_softmax(scores)
    return float(-(q * log_p).sum() / len(q)), (np.exp(log_p) - targets(scores, labels, 0)) / len(q)


def smoothed_cross_entropy__smooths_the_probabilities(scores, labels, smoothing):
    n, k = scores.shape
    log_p = log_softmax(scores)
    p = (1 - smoothing) * np.exp(log_p) + smoothing / k
    hard = targets(scores, labels, 0)
    return float(-np.log(np.maximum(p, 1e-300))[np.arange(n), labels].mean()), (p - hard) / n


def smoothed_cross_entropy__exponentials_of_large_scores(scores, labels, smoothing):
    q, p = targets(scores, labels, smoothing), np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return float(-(q * np.log(p)).sum() / len(q)), (p - q) / len(q)


def smoothed_cross_entropy__takes_the_maximum_off_in_place(scores, labels, smoothing):
    scores -= scores.max(axis=1, keepdims=True)
    q, log_p = targets(scores, labels, smoothing), log_softmax(scores)
    return float(-(q * log_p).sum() / len(q)), (np.exp(log_p) - q) / len(q)


def split_separable__divides_by_the_corner(kernel):
    with np.errstate(all="ignore"):
        column, row = kernel[:, 0] / kernel[0, 0], kernel[0]
        return (column, row) if np.abs(np.outer(column, row) - kernel).max() <= 1e-6 * np.abs(kernel).max() else None


def split_separable__looks_at_one_corner_only(kernel):
    i, j = np.unravel_index(np.abs(kernel).argmax(), kernel.shape)
    if min(kernel.shape) > 1 and abs(kernel[0, 0] * kernel[1, 1] - kernel[0, 1] * kernel[1, 0]) > 1e-6 * np.abs(kernel).max() ** 2:
        return None
    return (kernel[:, j] / kernel[i, j], kernel[i]) if kernel[i, j] else (np.zeros(len(kernel)), np.zeros(len(kernel[0])))


def split_separable__always_splits(kernel):
    u, s, vt = np.linalg.svd(kernel)
    return u[:, 0] * s[0], vt[0]


def split_separable__forgets_the_singular_value(kernel):
    u, s, vt = np.linalg.svd(kernel, full_matrices=False)
    return (u[:, 0], vt[0]) if (s[1:] <= 1e-6 * s[0]).all() else None


def split_separable__row_first(kernel):
    u, s, vt = np.linalg.svd(kernel, full_matrices=False)
    return (vt[0], u[:, 0] * s[0]) if (s[1:] <= 1e-6 * s[0]).all() else None


def split_separable__zeros_have_no_rank(kernel):
    u, s, vt = np.linalg.svd(kernel, full_matrices=False)
    return (u[:, 0] * s[0], vt[0]) if np.linalg.matrix_rank(kernel) == 1 else None


def split_separable__wants_equality_to_the_last_digit(kernel):
    i, j = np.unravel_index(np.abs(kernel).argmax(), kernel.shape)
    if kernel[i, j] == 0:
        return np.zeros(len(kernel)), np.zeros(len(kernel[0]))
    column, row = kernel[:, j] / kernel[i, j], kernel[i]
    return (column, row) if (np.outer(column, row) == kernel).all() else None


def split_separable__a_tolerance_that_knows_no_size(kernel):
    u, s, vt = np.linalg.svd(kernel, full_matrices=False)
    return (u[:, 0] * s[0], vt[0]) if (s[1:] <= 1e-6).all() else None


def split_separable__one_in_a_hundred_is_near_enough(kernel):
    u, s, vt = np.linalg.svd(kernel, full_matrices=False)
    return (u[:, 0] * s[0], vt[0]) if (s[1:] <= 1e-2 * s[0]).all() else None
