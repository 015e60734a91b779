"""Right answers that look nothing like ours and must pass in full."""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def count_parameters__makes_the_arrays_and_measures_them(kind, image_size, kernel_size, in_channels=1, filters=1):
    (h, w), (kh, kw) = image_size, kernel_size
    oh, ow = h - kh + 1, w - kw + 1
    shapes = {"dense": [(filters * oh * ow, in_channels * h * w), (filters * oh * ow,)],
              "local": [(oh, ow, filters, in_channels, kh, kw), (filters, oh, ow)],
              "shared": [(filters, in_channels, kh, kw), (filters,)]}
    return sum(np.prod(shape) for shape in shapes[kind])


def count_parameters__walks_through_the_units(kind, image_size, kernel_size, in_channels=1, filters=1):
    seen = in_channels * (image_size[0] * image_size[1] if kind == "dense" else kernel_size[0] * kernel_size[1])
    total = 0.0
    for _ in range(filters):
        for i in range(image_size[0] - kernel_size[0] + 1):
            for j in range(image_size[1] - kernel_size[1] + 1):
                if kind != "shared" or i == j == 0:
                    total += seen + 1
    return total


def locally_connected2d__all_windows_at_once(x, weight, bias):
    windows = sliding_window_view(x, weight.shape[4:], axis=(2, 3))
    return np.einsum("ncijkl,ijfckl->nfij", windows, weight) + bias


def locally_connected2d__shifted_images_times_maps_of_weights(x, weight, bias):
    oh, ow, f, c, kh, kw = weight.shape
    y = np.repeat(bias[None], len(x), axis=0)
    for g, a, k, l in np.ndindex(f, c, kh, kw):
        y[:, g] += x[:, a, k:k + oh, l:l + ow] * weight[:, :, g, a, k, l]
    return y


def locally_connected2d__a_sparse_matrix(x, weight, bias):
    oh, ow, f, _, kh, kw = weight.shape
    matrix = np.zeros((f, oh, ow, *x.shape[1:]), dtype=x.dtype)
    for i, j in np.ndindex(oh, ow):
        matrix[:, i, j, :, i:i + kh, j:j + kw] = weight[i, j]
    return (x.reshape(len(x), -1) @ matrix.reshape(f * oh * ow, -1).T + bias.ravel()).reshape(len(x), f, oh, ow)


def local_matrix__one_entry_at_a_time_from_a_list(weight, stride=1):
    places = len(weight)
    rows = [[0] * (stride * i) + list(weight[i]) + [0] * (stride * (places - 1 - i)) for i in range(places)]
    return np.array(rows, dtype=weight.dtype)


def local_matrix__scatters_along_index_arrays(weight, stride=1):
    places, k = weight.shape
    matrix = np.zeros((places, (places - 1) * stride + k), dtype=weight.dtype)
    np.put_along_axis(matrix, np.arange(places)[:, None] * stride + np.arange(k), weight, axis=1)
    return matrix


def local_matrix__one_diagonal_a_weight(weight, stride=1):
    places, k = weight.shape
    flat = np.zeros(places * ((places - 1) * stride + k), dtype=weight.dtype)
    for tap in range(k):
        flat[tap::(places - 1) * stride + k + stride][:places] = weight[:, tap]
    return flat.reshape(places, -1)


def shared_gradient__one_place_after_the_other(grad_weight, grad_bias):
    oh, ow = grad_weight.shape[:2]
    weights, biases = np.zeros_like(grad_weight[0, 0]), np.zeros_like(grad_bias[:, 0, 0])
    for i in range(oh):
        for j in range(ow):
            weights += grad_weight[i, j]
            biases += grad_bias[:, i, j]
    return [weights, biases]


def shared_gradient__ones_times_a_matrix(grad_weight, grad_bias):
    oh, ow, *shape = grad_weight.shape
    ones = np.ones(oh * ow, dtype=grad_weight.dtype)
    return (ones @ grad_weight.reshape(oh * ow, -1)).reshape(shape), grad_bias.reshape(-1, oh * ow) @ ones


def permuted_weights__column_by_column(weight, order):
    permuted = np.empty_like(weight)
    for k, source in enumerate(order):
        permuted[:, k] = weight[:, source]
    return permuted


def permuted_weights__permutation_matrix(weight, order):
    matrix = np.zeros((len(order), len(order)), dtype=weight.dtype)
    matrix[np.arange(len(order)), order] = 1
    return weight @ matrix.T


def permuted_weights__sends_each_weight_to_its_pixel(weight, order):
    place_of = np.argsort(order)
    permuted = np.zeros_like(weight)
    permuted[:, place_of] = weight
    return permuted


def pixel_correlation__of_two_long_lists(images, distance):
    left, right = [], []
    for image in images:
        for row in image:
            left.extend(int(v) if isinstance(v, np.integer) else float(v) for v in row[:-distance])
            right.extend(int(v) if isinstance(v, np.integer) else float(v) for v in row[distance:])
    return np.corrcoef(left, right)[0, 1]


def pixel_correlation__mean_product_of_standard_scores(images, distance):
    a, b = images[..., :-distance].astype(np.float64), images[..., distance:].astype(np.float64)
    return np.mean((a - a.mean()) / a.std() * ((b - b.mean()) / b.std()))


def pixel_correlation__from_the_variance_of_the_difference(images, distance):
    a, b = images[..., :-distance].astype(np.float64), images[..., distance:].astype(np.float64)
    return (a.var() + b.var() - (a - b).var()) / (2 * a.std() * b.std())
