"""Right answers that look nothing like ours and must pass in full."""
from itertools import pairwise
from math import comb

import numpy as np


def tanh_backward(grad, x, w):
    grad = grad * (1 - np.tanh(x @ w) ** 2)
    return grad @ w.T, x.T @ grad


def chain_backward__block_by_block_with_itself(grad_y, x, weights):
    if len(weights) == 0:
        return grad_y, []
    first, *rest = weights
    after, grads = chain_backward__block_by_block_with_itself(grad_y, x + np.tanh(x @ first), rest)
    through, grad_w = tanh_backward(after, x, first)
    return after + through, [grad_w, *grads]


def chain_backward__a_jacobian_for_every_example(grad_y, x, weights):
    inputs = [x]
    for w in weights:
        inputs.append(inputs[-1] + np.tanh(inputs[-1] @ w))
    grads, eye = [], np.eye(x.shape[1], dtype=grad_y.dtype)
    for x, w in zip(inputs[-2::-1], weights[::-1], strict=True):
        slope = 1 - np.tanh(x @ w) ** 2
        grads.append(np.einsum("ni,nj->ij", x, slope * grad_y))
        grad_y = np.einsum("nij,nj->ni", eye + w[None] * slope[:, None, :], grad_y)
    return [grad_y, tuple(grads[::-1])]


def shortcut_a__pixel_by_pixel(x, channels, stride):
    n, c, h, w = x.shape
    y = np.zeros((n, channels, (h - 1) // stride + 1, (w - 1) // stride + 1), dtype=x.dtype)
    for i, j in np.ndindex(y.shape[2:]):
        y[:, :c, i, j] = x[:, :, i * stride, j * stride]
    return y


def shortcut_a__a_1x1_filter_of_ones_and_zeros(x, channels, stride):
    filters = np.eye(channels, x.shape[1], dtype=x.dtype)
    return np.einsum("dc,nchw->ndhw", filters, x)[:, :, ::stride, ::stride]


def shortcut_a_backward__insert_zeros_between(grad_y, input_shape, stride):
    _, c, h, w = input_shape
    rows = np.eye(h, dtype=grad_y.dtype)[:, ::stride]
    columns = np.eye(w, dtype=grad_y.dtype)[::stride]
    return rows @ grad_y[:, :c] @ columns


def shortcut_a_backward__ask_every_pixel(grad_y, input_shape, stride):
    grad_x = np.zeros(input_shape, dtype=grad_y.dtype)
    for n, c, i, j in np.ndindex(*input_shape):
        if i % stride == 0 and j % stride == 0:
            grad_x[n, c, i, j] = grad_y[n, c, i // stride, j // stride]
    return grad_x


def count_net__a_list_of_layers(n, widths, channels_in, num_classes, shortcuts):
    main, side, before = [9 * channels_in * widths[0]], [], widths[0]
    norms = 2 * widths[0]
    for stage, width in enumerate(widths):
        for block in range(n):
            main += [9 * before * width, 9 * width * width]
            norms += 4 * width
            if {"A": False, "B": stage > 0 and block == 0, "C": True}[shortcuts]:
                side.append(before * width + 2 * width)
            before = width
    main.append((before + 1) * num_classes)
    return [len(main), sum(main) + sum(side) + norms]


def count_net__sums_in_closed_form(n, widths, channels_in, num_classes, shortcuts):
    steps = list(pairwise(widths))
    square = sum(w * w for w in widths)
    total = 9 * channels_in * widths[0] + 2 * widths[0] + 9 * (2 * n - 1) * square + 4 * n * sum(widths)
    total += 9 * (widths[0] ** 2 + sum(a * b for a, b in steps)) + (widths[-1] + 1) * num_classes
    if shortcuts != "A":
        total += sum((a + 2) * b for a, b in steps)
    if shortcuts == "C":
        total += (n - 1) * sum((w + 2) * w for w in widths) + (widths[0] + 2) * widths[0]
    return np.int64(2 * n * len(widths) + 2), np.int64(total)


def path_shares__a_polynomial(gains):
    whole = np.polynomial.Polynomial([1.0])
    for a in gains:
        whole = whole * np.polynomial.Polynomial([1.0, a])
    brought = np.zeros(len(gains) + 1)
    brought[:len(whole.coef)] = whole.coef
    return [comb(len(gains), k) for k in range(len(gains) + 1)], brought / brought.sum()


def path_shares__as_chances(gains):
    """Each block is gone through with probability a / (1 + a)."""
    chances, counts = [1.0], [1]
    for a in gains:
        p = a / (1 + a)
        chances = [(1 - p) * here + p * below for here, below in zip([*chances, 0.0], [0.0, *chances], strict=True)]
        counts = [here + below for here, below in zip([*counts, 0], [0, *counts], strict=True)]
    return counts, chances


def to_normal(h):
    return (h - h.mean(axis=0)) / np.sqrt(h.var(axis=0) + 1e-5)


def residual_unit__one_formula_an_order(x, w1, w2, order):
    def positive(h):
        return h * (h > 0)

    if order == "full":
        return x + positive(to_normal(positive(to_normal(x)) @ w1)) @ w2
    middle = positive(to_normal((positive(x) if order == "relu_only" else x) @ w1)) @ w2
    if order == "bn_after":
        return positive(to_normal(x + middle))
    branch = to_normal(middle)
    return {"original": positive(x + branch), "relu_before": x + positive(branch), "relu_only": x + branch}[order]


def residual_unit__a_list_of_words(x, w1, w2, order):
    table = {"original": "linear norm relu linear norm add relu", "bn_after": "linear norm relu linear add norm relu",
             "relu_before": "linear norm relu linear norm relu add", "relu_only": "relu linear norm relu linear norm add",
             "full": "norm relu linear norm relu linear add"}
    weights, h = [w2, w1], x
    for word in table[order].split():
        if word == "linear":
            h = np.dot(h, weights.pop())
        elif word == "norm":
            h = to_normal(h)
        else:
            h = np.clip(h, 0, None) if word == "relu" else np.add(h, x)
    return h
