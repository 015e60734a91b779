"""Answers that students give and that must not pass: NAME_OF_EXERCISE__what_went_wrong."""
import math

import numpy as np


def chain(size, layers, places, refuse=True):
    """Sizes behind every layer; places(room, stride, rounding) counts them."""
    sizes = []
    for kernel_size, stride, padding, rounding in layers:
        room = size + 2 * padding - kernel_size
        if refuse and room < 0:
            raise ValueError("does not fit")
        size = places(room, stride, rounding)
        sizes.append(size)
    return sizes


def places(room, stride, rounding):
    return (math.ceil if rounding == "ceil" else math.floor)(room / stride) + 1


def map_sizes__rounds_down_whatever_is_asked(size, layers):
    return chain(size, layers, lambda room, stride, rounding: room // stride + 1)


def map_sizes__rounds_to_the_nearest_when_asked_to_round_up(size, layers):
    return chain(size, layers, lambda room, stride, rounding: (round(room / stride) if rounding == "ceil" else room // stride) + 1)


def map_sizes__one_more_place_instead_of_rounding_up(size, layers):
    return chain(size, layers, lambda room, stride, rounding: room // stride + (2 if rounding == "ceil" else 1))


def map_sizes__forgets_the_first_place(size, layers):
    return chain(size, layers, lambda room, stride, rounding: places(room, stride, rounding) - 1)


def map_sizes__pads_one_side(size, layers):
    return chain(size, [(k, s, p / 2, r) for k, s, p, r in layers], places)


def map_sizes__begins_with_the_image(size, layers):
    return [size, *chain(size, layers, places)]


def map_sizes__every_layer_on_the_image_itself(size, layers):
    return [chain(size, [layer], places)[0] for layer in layers]


def map_sizes__does_not_refuse(size, layers):
    return chain(size, layers, places, refuse=False)


def map_sizes__refuses_before_it_has_padded(size, layers):
    sizes = []
    for kernel_size, stride, padding, rounding in layers:
        if kernel_size > size:
            raise ValueError("does not fit")
        size = places(size + 2 * padding - kernel_size, stride, rounding)
        sizes.append(size)
    return sizes


def costs(channels, size, layers, weights=lambda f, c, g, k: f * (c // g) * k * k, bias=1, at="output", flat=True, bias_macs=0, refuse=True,
          after=1, pool=math.floor):
    parameters = macs = 0
    for kind, *numbers in layers:
        if kind == "conv":
            filters, k, stride, padding, groups = numbers
            if refuse and (channels % groups or filters % groups):
                raise ValueError("groups")
            entering, size = size, (size + 2 * padding - k) // stride + 1
            w = weights(filters, channels, groups, k)
            parameters += w + bias * filters
            macs += (w + bias_macs * filters) * (size if at == "output" else entering) ** 2
            channels = filters
        elif kind == "pool":
            size = pool((size - numbers[0]) / numbers[1]) + 1
        else:
            w = channels * (size**2 if flat else 1) * numbers[0]
            parameters, macs, channels = parameters + w + bias * numbers[0], macs + w + bias_macs * numbers[0], numbers[0]
            size = after or size
    return parameters, macs


def count_costs__forgets_the_biases(channels, size, layers):
    return costs(channels, size, layers, bias=0)


def count_costs__counts_biases_as_products(channels, size, layers):
    return costs(channels, size, layers, bias_macs=1)


def count_costs__groups_save_nothing(channels, size, layers):
    return costs(channels, size, layers, weights=lambda f, c, g, k: f * c * k * k)


def count_costs__divides_filters_and_channels(channels, size, layers):
    return costs(channels, size, layers, weights=lambda f, c, g, k: (f // g) * (c // g) * k * k)


def count_costs__places_of_the_input(channels, size, layers):
    return costs(channels, size, layers, at="input")


def count_costs__linear_layer_sees_one_number_a_map(channels, size, layers):
    return costs(channels, size, layers, flat=False)


def count_costs__flattens_again_before_every_linear_layer(channels, size, layers):
    return costs(channels, size, layers, after=None)


def count_costs__pooling_rounds_up(channels, size, layers):
    return costs(channels, size, layers, pool=math.ceil)


def count_costs__takes_any_number_of_groups(channels, size, layers):
    return costs(channels, size, layers, refuse=False)


def conv(x, weight, bias, stride, padding):
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    y = np.einsum("nchwij,fcij->nfhw", windows, weight)
    return y if bias is None else y + bias[:, None, None]


def grouped_conv2d__all_filters_see_the_first_group(x, weight, bias=None, stride=1, padding=0, groups=1):
    return conv(x[:, :weight.shape[1]], weight, bias, stride, padding)


def grouped_conv2d__deals_channels_out_like_cards(x, weight, bias=None, stride=1, padding=0, groups=1):
    f = len(weight) // groups
    parts = [conv(x[:, g::groups], weight[g * f:(g + 1) * f], None, stride, padding) for g in range(groups)]
    y = np.concatenate(parts, axis=1)
    return y if bias is None else y + bias[:, None, None]


def grouped_conv2d__deals_filters_out_like_cards(x, weight, bias=None, stride=1, padding=0, groups=1):
    c = weight.shape[1]
    parts = [conv(x[:, g * c:(g + 1) * c], weight[g::groups], None, stride, padding) for g in range(groups)]
    y = np.concatenate(parts, axis=1)
    return y if bias is None else y + bias[:, None, None]


def by_groups(x, weight, bias, stride, padding, groups):
    c, f = weight.shape[1], len(weight) // groups
    return [conv(x[:, g * c:(g + 1) * c], weight[g * f:(g + 1) * f], bias if bias is None else bias[g * f:(g + 1) * f], stride, padding)
            for g in range(groups)]


def grouped_conv2d__adds_the_groups(x, weight, bias=None, stride=1, padding=0, groups=1):
    return sum(by_groups(x, weight, bias, stride, padding, groups))


def grouped_conv2d__first_biases_for_every_group(x, weight, bias=None, stride=1, padding=0, groups=1):
    y = np.concatenate(by_groups(x, weight, None, stride, padding, groups), axis=1)
    return y if bias is None else y + np.tile(bias[:len(weight) // groups], groups)[:, None, None]


def grouped_conv2d__stacks_maps_in_turns(x, weight, bias=None, stride=1, padding=0, groups=1):
    parts = by_groups(x, weight, bias, stride, padding, groups)
    return np.stack(parts, axis=2).reshape(len(x), -1, *parts[0].shape[2:])


def grouped_conv2d__forgets_the_stride(x, weight, bias=None, stride=1, padding=0, groups=1):
    return np.concatenate(by_groups(x, weight, bias, 1, padding, groups), axis=1)


def grouped_conv2d__clears_the_bias_so_that_no_group_adds_it_twice(x, weight, bias=None, stride=1, padding=0, groups=1):
    y = np.concatenate(by_groups(x, weight, bias, stride, padding, groups), axis=1)
    if bias is not None:
        bias[:] = 0
    return y


def energy(x, before, after):
    sums = np.zeros_like(x)
    for c in range(x.shape[1]):
        sums[:, c] = (x[:, max(0, c - before):c + after + 1] ** 2).sum(axis=1)
    return sums


def response_norm__divides_alpha_by_n(x, n, k, alpha, beta):
    return x / (k + alpha / n * energy(x, n // 2, n // 2)) ** beta


def response_norm__leaves_the_last_neighbour_out(x, n, k, alpha, beta):
    return x / (k + alpha * energy(x, n // 2, n // 2 - 1)) ** beta


def response_norm__slice_begins_below_zero(x, n, k, alpha, beta):
    y = np.empty_like(x)
    for c in range(x.shape[1]):
        y[:, c] = x[:, c] / (k + alpha * (x[:, c - n // 2:c + n // 2 + 1] ** 2).sum(axis=1)) ** beta
    return y


def response_norm__channels_in_a_ring(x, n, k, alpha, beta):
    return x / (k + alpha * sum(np.roll(x, shift, axis=1) ** 2 for shift in range(-(n // 2), n // 2 + 1))) ** beta


def response_norm__adds_values_not_squares(x, n, k, alpha, beta):
    return x / (k + alpha * energy(np.sqrt(np.abs(x)), n // 2, n // 2)) ** beta


def response_norm__forgets_beta(x, n, k, alpha, beta):
    return x / (k + alpha * energy(x, n // 2, n // 2))


def response_norm__along_the_rows(x, n, k, alpha, beta):
    return x / (k + alpha * energy(x.swapaxes(1, 3), n // 2, n // 2).swapaxes(1, 3)) ** beta


def response_norm__writes_into_x(x, n, k, alpha, beta):
    x /= (k + alpha * energy(x, n // 2, n // 2)) ** beta
    return x


def window_sum(values, n, own=True):
    sums = np.zeros_like(values)
    for c in range(values.shape[1]):
        sums[:, c] = values[:, max(0, c - n // 2):c + n // 2 + 1].sum(axis=1) - (0 if own else values[:, c])
    return sums


def response_norm_backward__denominator_held_still(grad_y, x, n, k, alpha, beta):
    return grad_y * (k + alpha * window_sum(x * x, n)) ** -beta


def response_norm_backward__forgets_the_two(grad_y, x, n, k, alpha, beta):
    s = k + alpha * window_sum(x * x, n)
    return grad_y * s**-beta - alpha * beta * x * window_sum(grad_y * x * s ** (-beta - 1), n)


def response_norm_backward__a_channel_is_not_its_own_neighbour(grad_y, x, n, k, alpha, beta):
    s = k + alpha * window_sum(x * x, n)
    return grad_y * s**-beta - 2 * alpha * beta * x * window_sum(grad_y * x * s ** (-beta - 1), n, own=False)


def response_norm_backward__exponent_not_lowered(grad_y, x, n, k, alpha, beta):
    s = k + alpha * window_sum(x * x, n)
    return grad_y * s**-beta - 2 * alpha * beta * x * window_sum(grad_y * x * s**-beta, n)


def response_norm_backward__only_its_own_output(grad_y, x, n, k, alpha, beta):
    s = k + alpha * window_sum(x * x, n)
    return grad_y * s**-beta - 2 * alpha * beta * grad_y * x * x * s ** (-beta - 1)


def response_norm_backward__own_gradient_before_the_sum(grad_y, x, n, k, alpha, beta):
    s = k + alpha * window_sum(x * x, n)
    return grad_y * (s**-beta - 2 * alpha * beta * x * window_sum(x * s ** (-beta - 1), n))


def response_norm_backward__presses_with_a_plus(grad_y, x, n, k, alpha, beta):
    s = k + alpha * window_sum(x * x, n)
    return grad_y * s**-beta + 2 * alpha * beta * x * window_sum(grad_y * x * s ** (-beta - 1), n)


def response_norm_backward__scales_grad_y_itself(grad_y, x, n, k, alpha, beta):
    s = k + alpha * window_sum(x * x, n)
    pressed = 2 * alpha * beta * x * window_sum(grad_y * x * s ** (-beta - 1), n)
    grad_y *= s**-beta
    return grad_y - pressed
