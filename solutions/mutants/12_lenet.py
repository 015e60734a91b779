"""Answers that students give and that must not pass: NAME_OF_EXERCISE__what_went_wrong."""
import numpy as np

A, S = 1.7159, 2 / 3


def f(a):
    return A * np.tanh(a * S)


def corners(x):
    return [x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)]


def sums(x):
    return corners(x)[0] + corners(x)[1] + corners(x)[2] + corners(x)[3]


def of_maps(values):
    return np.asarray(values)[:, None, None]


def subsample__takes_the_mean(x, coefficient, bias):
    return f(sums(x) / 4 * of_maps(coefficient) + of_maps(bias))


def subsample__takes_the_maximum(x, coefficient, bias):
    return f(np.max(corners(x), axis=0) * of_maps(coefficient) + of_maps(bias))


def subsample__plain_tanh(x, coefficient, bias):
    return np.tanh(sums(x) * of_maps(coefficient) + of_maps(bias))


def subsample__forgets_the_tanh(x, coefficient, bias):
    return sums(x) * of_maps(coefficient) + of_maps(bias)


def subsample__one_coefficient_for_all_maps(x, coefficient, bias):
    return f(sums(x) * coefficient[0] + of_maps(bias))


def subsample__bias_before_the_coefficient(x, coefficient, bias):
    return f((sums(x) + of_maps(bias)) * of_maps(coefficient))


def subsample__overlapping_windows(x, coefficient, bias):
    total = x[:, :, :-1, :-1] + x[:, :, :-1, 1:] + x[:, :, 1:, :-1] + x[:, :, 1:, 1:]
    return f(total * of_maps(coefficient) + of_maps(bias))


def subsample__works_in_float64(x, coefficient, bias):
    return f(sums(x.astype(float)) * of_maps(coefficient) + of_maps(bias))


def spread(values):
    return values.repeat(2, axis=2).repeat(2, axis=3)


def subsample_gradients(grad_y, x, coefficient, bias, slope=None, total=sums):
    s = sums(x)
    a = s * of_maps(coefficient) + of_maps(bias)
    delta = grad_y * (A * S * (1 - np.tanh(S * a)**2) if slope is None else slope(a))
    return spread(delta * of_maps(coefficient)), (delta * total(x)).sum(axis=(0, 2, 3)), delta.sum(axis=(0, 2, 3))


def subsample_backward__forgets_the_slope(grad_y, x, coefficient, bias):
    return subsample_gradients(grad_y, x, coefficient, bias, np.ones_like)


def subsample_backward__slope_of_the_plain_tanh(grad_y, x, coefficient, bias):
    return subsample_gradients(grad_y, x, coefficient, bias, lambda a: 1 - np.tanh(a)**2)


def subsample_backward__one_minus_the_output_squared(grad_y, x, coefficient, bias):
    return subsample_gradients(grad_y, x, coefficient, bias, lambda a: 1 - f(a)**2)


def subsample_backward__coefficient_from_the_mean(grad_y, x, coefficient, bias):
    return subsample_gradients(grad_y, x, coefficient, bias, total=lambda x: sums(x) / 4)


def subsample_backward__shares_among_the_four_pixels(grad_y, x, coefficient, bias):
    grad_x, *rest = subsample_gradients(grad_y, x, coefficient, bias)
    return grad_x / 4, *rest


def subsample_backward__averages_over_the_batch(grad_y, x, coefficient, bias):
    grad_x, grad_coefficient, grad_bias = subsample_gradients(grad_y, x, coefficient, bias)
    return grad_x, grad_coefficient / len(x), grad_bias / len(x)


def subsample_backward__forgets_the_coefficient(grad_y, x, coefficient, bias):
    s = sums(x)
    delta = grad_y * A * S * (1 - np.tanh(S * (s * of_maps(coefficient) + of_maps(bias)))**2)
    return spread(delta), (delta * s).sum(axis=(0, 2, 3)), delta.sum(axis=(0, 2, 3))


def subsample_backward__gives_it_to_the_corner(grad_y, x, coefficient, bias):
    grad_x, *rest = subsample_gradients(grad_y, x, coefficient, bias)
    only = np.zeros_like(grad_x)
    only[:, :, ::2, ::2] = grad_x[:, :, ::2, ::2]
    return only, *rest


def subsample_backward__works_in_float64(grad_y, x, coefficient, bias):
    return subsample_gradients(grad_y.astype(float), x, coefficient, bias)


def by_table(x, weights, bias, table, size=None):
    """The right answer for weights, bias and table as they are given here; `size` is the number of places if it is not the right one."""
    taps = weights[0].shape[-1]
    oh, ow = size or (x.shape[2] - taps + 1, x.shape[3] - taps + 1)
    y = np.zeros((len(x), len(table), oh, ow), dtype=x.dtype)
    for k, maps in enumerate(table):
        y[:, k] += bias[k]
        for (i, j), (m, c) in ((place, pair) for place in np.ndindex(taps, taps) for pair in enumerate(maps)):
            y[:, k] += weights[k][m, i, j] * x[:, c, i:i + oh, j:j + ow]
    return y


def table_conv2d__takes_the_first_maps(x, weights, bias, table):
    return by_table(x, weights, bias, [range(len(maps)) for maps in table])


def table_conv2d__flips_the_filter(x, weights, bias, table):
    return by_table(x, [w[:, ::-1, ::-1] for w in weights], bias, table)


def table_conv2d__reads_the_table_in_ascending_order(x, weights, bias, table):
    return by_table(x, weights, bias, [sorted(maps) for maps in table])


def table_conv2d__a_bias_for_every_map_it_sees(x, weights, bias, table):
    return by_table(x, weights, [b * len(maps) for b, maps in zip(bias, table, strict=True)], table)


def table_conv2d__one_filter_for_all_its_maps(x, weights, bias, table):
    return by_table(x, [w[:1].repeat(len(w), axis=0) for w in weights], bias, table)


def table_conv2d__keeps_only_the_last_map(x, weights, bias, table):
    return by_table(x, [w[-1:] for w in weights], bias, [maps[-1:] for maps in table])


def table_conv2d__forgets_the_bias(x, weights, bias, table):
    return by_table(x, weights, np.zeros_like(bias), table)


def table_conv2d__pads_to_keep_the_size(x, weights, bias, table):
    p = weights[0].shape[-1] // 2
    return by_table(np.pad(x, ((0, 0), (0, 0), (p, p), (p, p))), weights, bias, table)


def table_conv2d__works_in_float64(x, weights, bias, table):
    return by_table(x.astype(float), weights, bias, table)


def distances_of(features, bitmaps):
    return ((features[:, None] - bitmaps)**2).sum(axis=2)


def loss_of(distances, labels, others):
    """Right distance plus the log of the sum of exp(-others), safely."""
    right = distances[np.arange(len(labels)), labels]
    return float((right + np.logaddexp.reduce(-others, axis=1)).mean())


def with_rubbish(distances, rubbish):
    return np.pad(distances, ((0, 0), (0, 1)), constant_values=rubbish)


def bitmap_loss__forgets_the_rubbish(features, labels, bitmaps, rubbish):
    distances = distances_of(features, bitmaps)
    return loss_of(distances, labels, distances)


def bitmap_loss__underflows(features, labels, bitmaps, rubbish):
    distances = distances_of(features, bitmaps)
    right = distances[np.arange(len(labels)), labels]
    return float((right + np.log(np.exp(-rubbish) + np.exp(-distances).sum(axis=1))).mean())


def bitmap_loss__the_sum_over_the_images(features, labels, bitmaps, rubbish):
    distances = distances_of(features, bitmaps)
    return loss_of(distances, labels, with_rubbish(distances, rubbish)) * len(labels)


def bitmap_loss__the_distance_with_its_root(features, labels, bitmaps, rubbish):
    distances = np.sqrt(distances_of(features, bitmaps))
    return loss_of(distances, labels, with_rubbish(distances, rubbish))


def bitmap_loss__the_mean_of_the_squares(features, labels, bitmaps, rubbish):
    distances = distances_of(features, bitmaps) / features.shape[1]
    return loss_of(distances, labels, with_rubbish(distances, rubbish))


def bitmap_loss__the_right_class_left_out_of_the_sum(features, labels, bitmaps, rubbish):
    distances = distances_of(features, bitmaps)
    others = distances.copy()
    others[np.arange(len(labels)), labels] = np.inf
    return loss_of(distances, labels, with_rubbish(others, rubbish))


def bitmap_loss__bitmaps_of_plus_and_minus_one_only(features, labels, bitmaps, rubbish):
    distances = (features**2).sum(axis=1, keepdims=True) - 2 * features @ bitmaps.T + bitmaps.shape[1]
    return loss_of(distances, labels, with_rubbish(distances, rubbish))


def counted(layers, maps, size, bias=1, all_maps=False, halves=True, shrinks=True, pairs=None, wires=5, flat=True):
    counts = []
    for kind, *settings in layers:
        if kind == "subsample":
            size = size // 2 if halves else size
            counts.append((2 * (pairs or maps), wires * maps * (size if halves else size // 2)**2))
        elif kind == "full":
            counts.append(2 * (settings[0] * (maps * (size**2 if flat else 1) + bias),))
            maps, size = settings[0], 1
        else:
            seen = [maps] * settings[0] if kind == "conv" else [maps if all_maps else len(row) for row in settings[0]]
            size = size - settings[1] + 1 if shrinks else size
            parameters = sum(count * settings[1]**2 + bias for count in seen)
            counts.append((parameters, parameters * size**2))
            maps = len(seen)
    return counts


def count_layers__forgets_the_biases(layers, maps, size):
    return counted(layers, maps, size, bias=0)


def count_layers__every_map_sees_all_maps(layers, maps, size):
    return counted(layers, maps, size, all_maps=True)


def count_layers__the_size_stays_after_a_subsampling(layers, maps, size):
    return counted(layers, maps, size, halves=False)


def count_layers__the_size_stays_after_a_convolution(layers, maps, size):
    return counted(layers, maps, size, shrinks=False)


def count_layers__one_coefficient_and_bias_for_all_maps(layers, maps, size):
    return counted(layers, maps, size, pairs=1)


def count_layers__two_connections_a_place(layers, maps, size):
    return counted(layers, maps, size, wires=2)


def count_layers__a_unit_sees_one_number_a_map(layers, maps, size):
    return counted(layers, maps, size, flat=False)


def slid(x, weight, bias, delay=1):
    taps = weight.shape[2]
    frames = x.shape[2] - delay * (taps - 1)
    y = np.zeros((len(x), len(weight), frames), dtype=x.dtype) + bias[:, None]
    for k in range(taps):
        y += np.einsum("uc,nct->nut", weight[:, :, k], x[:, :, k * delay:k * delay + frames])
    return y


def time_delay__looks_back_in_time(x, weight, bias, delay=1):
    return slid(x, weight[:, :, ::-1], bias, delay)


def time_delay__ignores_the_delay(x, weight, bias, delay=1):
    return slid(x, weight, bias)


def time_delay__steps_by_the_delay(x, weight, bias, delay=1):
    return slid(x, weight, bias)[:, :, ::delay]


def time_delay__forgets_the_last_place(x, weight, bias, delay=1):
    return slid(x, weight, bias, delay)[:, :, :-1]


def time_delay__pads_to_keep_the_frames(x, weight, bias, delay=1):
    missing = delay * (weight.shape[2] - 1)
    return slid(np.pad(x, ((0, 0), (0, 0), (missing, 0))), weight, bias, delay)


def time_delay__one_weight_for_all_frequencies(x, weight, bias, delay=1):
    return slid(x, weight[:, :1].repeat(weight.shape[1], axis=1), bias, delay)


def time_delay__works_in_float64(x, weight, bias, delay=1):
    return slid(x.astype(float), weight, bias, delay)
