"""Answers that students give and that must not pass: NAME_OF_EXERCISE__what_went_wrong."""
import numpy as np


def counted(kind, units, pixels, window, filters):
    if kind == "dense":
        return units * (pixels + 1)
    return (units if kind == "local" else filters) * (window + 1)


def looked_at(x, weight):
    """Every window with the weights of its place: (N, F, OH, OW), without bias."""
    oh, ow, f, _, kh, kw = weight.shape
    y = np.zeros((len(x), f, oh, ow), dtype=x.dtype)
    for i, j in np.ndindex(oh, ow):
        y[:, :, i, j] = np.tensordot(x[:, :, i:i + kh, j:j + kw], weight[i, j], axes=([1, 2, 3], [1, 2, 3]))
    return y


def correlated(a, b):
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


def count_parameters__the_map_is_as_large_as_the_image(kind, image_size, kernel_size, in_channels=1, filters=1):
    (h, w), (kh, kw) = image_size, kernel_size
    return counted(kind, filters * h * w, in_channels * h * w, in_channels * kh * kw, filters)


def count_parameters__forgets_the_biases(kind, image_size, kernel_size, in_channels=1, filters=1):
    (h, w), (kh, kw) = image_size, kernel_size
    units = filters * (h - kh + 1) * (w - kw + 1)
    if kind == "dense":
        return units * in_channels * h * w
    return (units if kind == "local" else filters) * in_channels * kh * kw


def count_parameters__shares_weights_but_not_the_bias(kind, image_size, kernel_size, in_channels=1, filters=1):
    (h, w), (kh, kw) = image_size, kernel_size
    units = filters * (h - kh + 1) * (w - kw + 1)
    if kind == "shared":
        return filters * in_channels * kh * kw + units
    return counted(kind, units, in_channels * h * w, in_channels * kh * kw, filters)


def count_parameters__a_window_is_one_channel_deep(kind, image_size, kernel_size, in_channels=1, filters=1):
    (h, w), (kh, kw) = image_size, kernel_size
    return counted(kind, filters * (h - kh + 1) * (w - kw + 1), in_channels * h * w, kh * kw, filters)


def count_parameters__a_dense_layer_has_no_filters(kind, image_size, kernel_size, in_channels=1, filters=1):
    (h, w), (kh, kw) = image_size, kernel_size
    places = (h - kh + 1) * (w - kw + 1)
    return counted(kind, places if kind == "dense" else filters * places, in_channels * h * w, in_channels * kh * kw, filters)


def count_parameters__exchanges_rows_and_columns(kind, image_size, kernel_size, in_channels=1, filters=1):
    (h, w), (kw, kh) = image_size, kernel_size
    return counted(kind, filters * (h - kh + 1) * (w - kw + 1), in_channels * h * w, in_channels * kh * kw, filters)


def locally_connected2d__uses_the_first_filters_everywhere(x, weight, bias):
    return looked_at(x, np.broadcast_to(weight[:1, :1], weight.shape)) + bias


def locally_connected2d__one_bias_a_filter(x, weight, bias):
    return looked_at(x, weight) + bias[:, :1, :1]


def locally_connected2d__sees_only_the_last_channel(x, weight, bias):
    return looked_at(x[:, -1:], weight[:, :, :, -1:]) + bias


def locally_connected2d__turns_the_window_around(x, weight, bias):
    return looked_at(x, weight[..., ::-1, ::-1]) + bias


def locally_connected2d__exchanges_row_and_column_of_the_place(x, weight, bias):
    oh, ow = weight.shape[:2]
    if oh == ow:
        weight = weight.swapaxes(0, 1)
    return looked_at(x, weight) + bias


def locally_connected2d__adds_in_a_float64_buffer(x, weight, bias):
    y = np.zeros((len(x), weight.shape[2], *weight.shape[:2]))
    y += looked_at(x, weight)
    return y + bias


def locally_connected2d__adds_the_bias_once_a_channel(x, weight, bias):
    return looked_at(x, weight) + x.shape[1] * bias


def local_matrix__all_rows_begin_at_the_first_pixel(weight, stride=1):
    places, k = weight.shape
    matrix = np.zeros((places, (places - 1) * stride + k), dtype=weight.dtype)
    matrix[:, :k] = weight
    return matrix


def local_matrix__forgets_the_stride(weight, stride=1):
    places, k = weight.shape
    matrix = np.zeros((places, (places - 1) * stride + k), dtype=weight.dtype)
    for i in range(places):
        matrix[i, i:i + k] = weight[i]
    return matrix


def local_matrix__shares_the_first_weights(weight, stride=1):
    places, k = weight.shape
    matrix = np.zeros((places, (places - 1) * stride + k), dtype=weight.dtype)
    for i in range(places):
        matrix[i, i * stride:i * stride + k] = weight[0]
    return matrix


def local_matrix__one_row_a_pixel(weight, stride=1):
    places, k = weight.shape
    matrix = np.zeros(((places - 1) * stride + k, places), dtype=weight.dtype)
    for i in range(places):
        matrix[i * stride:i * stride + k, i] = weight[i]
    return matrix


def local_matrix__the_line_is_as_long_as_there_are_places(weight, stride=1):
    places, k = weight.shape
    matrix = np.zeros((places, places), dtype=weight.dtype)
    for i, j in np.ndindex(places, k):
        if i * stride + j < places:
            matrix[i, i * stride + j] = weight[i, j]
    return matrix


def local_matrix__in_float64(weight, stride=1):
    places, k = weight.shape
    matrix = np.zeros((places, (places - 1) * stride + k))
    for i in range(places):
        matrix[i, i * stride:i * stride + k] = weight[i]
    return matrix


def shared_gradient__averages_over_the_places(grad_weight, grad_bias):
    return grad_weight.mean(axis=(0, 1)), grad_bias.mean(axis=(1, 2))


def shared_gradient__takes_the_first_place(grad_weight, grad_bias):
    return grad_weight[0, 0], grad_bias[:, 0, 0]


def shared_gradient__sums_weights_but_averages_biases(grad_weight, grad_bias):
    return grad_weight.sum(axis=(0, 1)), grad_bias.mean(axis=(1, 2))


def shared_gradient__sums_one_row_of_places(grad_weight, grad_bias):
    return grad_weight[0].sum(axis=0), grad_bias[:, 0].sum(axis=1)


def shared_gradient__one_bias_for_all_filters(grad_weight, grad_bias):
    return grad_weight.sum(axis=(0, 1)), grad_bias.sum(axis=(0, 1, 2), keepdims=True).reshape(1)


def shared_gradient__shares_among_the_filters_too(grad_weight, grad_bias):
    total = grad_weight.sum(axis=(0, 1))
    return np.repeat(total.sum(axis=0, keepdims=True), len(total), axis=0), grad_bias.sum(axis=(1, 2))


def shared_gradient__adds_up_in_the_first_place(grad_weight, grad_bias):
    oh, ow = grad_weight.shape[:2]
    for place in range(1, oh * ow):
        grad_weight[0, 0] += grad_weight[place // ow, place % ow]
    return grad_weight[0, 0], grad_bias.sum(axis=(1, 2))


def permuted_weights__the_other_way_round(weight, order):
    return weight[:, np.argsort(order)]


def permuted_weights__shuffles_the_units(weight, order):
    return weight[np.asarray(order)[np.asarray(order) < len(weight)]]


def permuted_weights__leaves_them_as_they_are(weight, order):
    return weight.copy()


def permuted_weights__turns_them_around(weight, order):
    return weight[:, ::-1].copy()


def permuted_weights__overwrites_the_weights(weight, order):
    weight[:] = weight[:, order]
    return weight


def permuted_weights__permutation_matrix_in_float64(weight, order):
    return weight @ np.eye(len(order))[:, order]


def pixel_correlation__pairs_above_each_other(images, distance):
    images = images.astype(float)
    return correlated(images[:, :-distance], images[:, distance:])


def pixel_correlation__goes_round_the_edge(images, distance):
    images = images.astype(float)
    return correlated(images, np.roll(images, -distance, axis=2))


def pixel_correlation__does_not_take_the_means_away(images, distance):
    a, b = images[:, :, :-distance].astype(float), images[:, :, distance:].astype(float)
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


def pixel_correlation__one_mean_for_both(images, distance):
    images = images.astype(float) - images.mean()
    a, b = images[:, :, :-distance], images[:, :, distance:]
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


def pixel_correlation__averages_over_the_images(images, distance):
    images = images.astype(float)
    return float(np.mean([correlated(image[:, :-distance], image[:, distance:]) for image in images]))


def pixel_correlation__multiplies_bytes(images, distance):
    a, b = images[:, :, :-distance], images[:, :, distance:]
    return float(((a * b).mean() - a.mean() * b.mean()) / (a.std() * b.std()))


def pixel_correlation__forgets_the_root(images, distance):
    a, b = images[:, :, :-distance].astype(float), images[:, :, distance:].astype(float)
    return float(((a - a.mean()) * (b - b.mean())).mean() / (a.var() * b.var()))
