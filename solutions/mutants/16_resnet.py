"""Answers that students give and that must not pass: NAME_OF_EXERCISE__what_went_wrong."""
from math import comb, perm

import numpy as np


def backward_of_tanh(grad, x, w):
    grad = grad * (1 - np.tanh(x @ w) ** 2)
    return grad @ w.T, x.T @ grad


def inputs_of(x, weights, plain=False):
    found = [x]
    for w in weights:
        found.append(np.tanh(found[-1] @ w) + (0 if plain else found[-1]))
    return found[:-1]


def chain_backward__forgets_the_shortcut_on_the_way_back(grad_y, x, weights):
    grads = []
    for inside, w in zip(inputs_of(x, weights)[::-1], weights[::-1], strict=True):
        grad_y, grad_w = backward_of_tanh(grad_y, inside, w)
        grads.insert(0, grad_w)
    return grad_y, grads


def chain_backward__gives_every_block_the_first_input(grad_y, x, weights):
    grads = []
    for w in weights[::-1]:
        through, grad_w = backward_of_tanh(grad_y, x, w)
        grad_y, grads = grad_y + through, [grad_w, *grads]
    return grad_y, grads


def chain_backward__lists_the_last_block_first(grad_y, x, weights):
    grads = []
    for inside, w in zip(inputs_of(x, weights)[::-1], weights[::-1], strict=True):
        through, grad_w = backward_of_tanh(grad_y, inside, w)
        grad_y = grad_y + through
        grads.append(grad_w)
    return grad_y, grads


def chain_backward__adds_into_the_gradient_it_was_given(grad_y, x, weights):
    grads = []
    for inside, w in zip(inputs_of(x, weights)[::-1], weights[::-1], strict=True):
        through, grad_w = backward_of_tanh(grad_y, inside, w)
        grad_y += through
        grads.insert(0, grad_w)
    return grad_y, grads


def chain_backward__forward_without_shortcuts(grad_y, x, weights):
    grads = []
    for inside, w in zip(inputs_of(x, weights, plain=True)[::-1], weights[::-1], strict=True):
        through, grad_w = backward_of_tanh(grad_y, inside, w)
        grad_y, grads = grad_y + through, [grad_w, *grads]
    return grad_y, grads


def filled(y, channels, before=0):
    return np.pad(y, ((0, 0), (before, channels - y.shape[1] - before), (0, 0), (0, 0)))


def shortcut_a__puts_the_zeros_in_front(x, channels, stride):
    return filled(x[:, :, ::stride, ::stride], channels, channels - x.shape[1])


def shortcut_a__repeats_the_channels(x, channels, stride):
    return np.concatenate([x[:, :, ::stride, ::stride]] * (-(-channels // x.shape[1])), axis=1)[:, :channels]


def shortcut_a__keeps_as_many_as_fit(x, channels, stride):
    return filled(x[:, :, ::stride, ::stride][:, :, :max(1, x.shape[2] // stride), :max(1, x.shape[3] // stride)], channels)


def shortcut_a__always_doubles_the_channels(x, channels, stride):
    return filled(x[:, :, ::stride, ::stride], 2 * x.shape[1])


def shortcut_a__makes_float64(x, channels, stride):
    y = np.zeros((len(x), channels, *x[:, :, ::stride, ::stride].shape[2:]))
    y[:, :x.shape[1]] = x[:, :, ::stride, ::stride]
    return y


def shortcut_a_backward__spreads_over_the_window(grad_y, input_shape, stride):
    _, c, h, w = input_shape
    return grad_y[:, :c].repeat(stride, axis=2).repeat(stride, axis=3)[:, :, :h, :w]


def shortcut_a_backward__gives_the_last_channels_back(grad_y, input_shape, stride):
    grad_x = np.zeros(input_shape, dtype=grad_y.dtype)
    grad_x[:, :, ::stride, ::stride] = grad_y[:, grad_y.shape[1] - input_shape[1]:]
    return grad_x


def shortcut_a_backward__makes_the_size_from_the_stride(grad_y, input_shape, stride):
    n, c, h, w = grad_y[:, :input_shape[1]].shape
    grad_x = np.zeros((n, c, h * stride, w * stride), dtype=grad_y.dtype)
    grad_x[:, :, ::stride, ::stride] = grad_y[:, :c]
    return grad_x


def shortcut_a_backward__adds_the_channels_of_zeros_too(grad_y, input_shape, stride):
    grad_x = np.zeros(input_shape, dtype=grad_y.dtype)
    for k in range(grad_y.shape[1]):
        grad_x[:, k % input_shape[1], ::stride, ::stride] += grad_y[:, k]
    return grad_x


def shortcut_a_backward__makes_float64(grad_y, input_shape, stride):
    grad_x = np.zeros(input_shape)
    grad_x[:, :, ::stride, ::stride] = grad_y[:, :input_shape[1]]
    return grad_x


def counted(n, widths, channels_in, num_classes, projected, norm=2, bias=0, projection_norm=2):
    """The count with a fault; projected(stage, block, channels, width) says where a 1x1 convolution stands."""
    total, channels = (9 * channels_in + norm + bias) * widths[0], widths[0]
    for stage, width in enumerate(widths):
        for block in range(n):
            total += (9 * channels + 9 * width + 2 * norm + 2 * bias) * width
            if projected(stage, block, channels, width):
                total += (channels + projection_norm) * width
            channels = width
    return 2 * n * len(widths) + 2, total + (channels + 1) * num_classes


def by_option(shortcuts):
    return lambda stage, block, channels, width: shortcuts == "C" or (shortcuts == "B" and stage > 0 and block == 0)


def count_net__without_batch_norm(n, widths, channels_in, num_classes, shortcuts):
    return counted(n, widths, channels_in, num_classes, by_option(shortcuts), norm=0, projection_norm=0)


def count_net__convolutions_have_a_bias(n, widths, channels_in, num_classes, shortcuts):
    return counted(n, widths, channels_in, num_classes, by_option(shortcuts), bias=1)


def count_net__projects_only_where_the_width_changes(n, widths, channels_in, num_classes, shortcuts):
    return counted(n, widths, channels_in, num_classes,
                   lambda stage, block, channels, width: shortcuts == "C" or (shortcuts == "B" and channels != width))


def count_net__projects_in_the_first_stage_too(n, widths, channels_in, num_classes, shortcuts):
    return counted(n, widths, channels_in, num_classes, lambda stage, block, c, w: shortcuts == "C" or (shortcuts == "B" and block == 0))


def count_net__always_three_stages(n, widths, channels_in, num_classes, shortcuts):
    return 6 * n + 2, counted(n, widths, channels_in, num_classes, by_option(shortcuts))[1]


def path_shares__shares_of_the_paths(gains):
    n = len(gains)
    counts = [comb(n, k) for k in range(n + 1)]
    return counts, [count / 2**n for count in counts]


def path_shares__the_mean_gain_for_all(gains):
    n, a = len(gains), float(np.mean(gains)) if len(gains) else 0.0
    return [comb(n, k) for k in range(n + 1)], [comb(n, k) * a**k / (1 + a) ** n for k in range(n + 1)]


def brought_by(gains):
    brought = np.ones(1)
    for a in gains:
        brought = np.append(brought, 0) + a * np.append(0, brought)
    return brought


def path_shares__not_divided_by_the_whole(gains):
    return [comb(len(gains), k) for k in range(len(gains) + 1)], brought_by(gains)


def path_shares__counts_the_blocks_that_are_passed_by(gains):
    brought = brought_by(gains)[::-1]
    return [comb(len(gains), k) for k in range(len(gains) + 1)], brought / brought.sum()


def path_shares__counts_orders_of_blocks(gains):
    brought = brought_by(gains)
    return [perm(len(gains), k) for k in range(len(gains) + 1)], brought / brought.sum()


def path_shares__the_longest_path_is_missing(gains):
    brought = brought_by(gains)[:max(len(gains), 1)]
    return [comb(len(gains), k) for k in range(len(brought))], brought / brought.sum()


def walk(x, names, w1, w2):
    for name in names:
        x = {"1": lambda h: h @ w1, "2": lambda h: h @ w2, "r": lambda h: np.maximum(h, 0),
             "n": lambda h: (h - h.mean(axis=0)) / np.sqrt(h.var(axis=0) + 1e-5)}[name](x)
    return x


ORDERS = {"original": ("1nr2n", "r"), "bn_after": ("1nr2", "nr"), "relu_before": ("1nr2nr", ""), "relu_only": ("r1nr2n", ""),
          "full": ("nr1nr2", "")}


def unit(x, w1, w2, order, **changed):
    inside, after = {**ORDERS, **changed}[order]
    return walk(x + walk(x, inside, w1, w2), after, w1, w2)


def residual_unit__activates_the_shortcut_as_well(x, w1, w2, order):
    if order in ("relu_only", "full"):
        x = walk(x, {"relu_only": "r", "full": "nr"}[order], w1, w2)
        return x + walk(x, {"relu_only": "1nr2n", "full": "1nr2"}[order], w1, w2)
    return unit(x, w1, w2, order)


def residual_unit__no_relu_behind_the_sum(x, w1, w2, order):
    return unit(x, w1, w2, order, original=("1nr2n", ""))


def residual_unit__relu_before_the_norm(x, w1, w2, order):
    return unit(x, w1, w2, order, full=("rn1rn2", ""))


def residual_unit__a_relu_behind_the_sum_always(x, w1, w2, order):
    return np.maximum(unit(x, w1, w2, order), 0)


def residual_unit__the_norm_before_the_sum(x, w1, w2, order):
    return unit(x, w1, w2, order, bn_after=("1nr2n", "r"))


def residual_unit__relu_in_place(x, w1, w2, order):
    if order == "relu_only":
        x[x < 0] = 0
    return unit(x, w1, w2, order)
