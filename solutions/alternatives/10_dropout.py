"""Right answers that look nothing like ours and must pass in full."""
import math
from itertools import product

import numpy as np


def dropout__writes_into_a_copy(x, p, draws, training=True):
    y = np.array(x)
    if training:
        y[draws < p] = 0
        if p < 1:
            y /= 1 - p
    return y


def dropout__keeps_by_a_boolean_product(x, p, draws, training=True):
    if not training:
        return x * x.dtype.type(1)
    if p == 1:
        return np.zeros_like(x)
    return x * (draws >= p) / x.dtype.type(1 - p)


def dropout__value_by_value(x, p, draws, training=True):
    y = np.zeros_like(x)
    for k in np.ndindex(x.shape):
        if not training:
            y[k] = x[k]
        elif draws[k] >= p:
            y[k] = float(x[k]) / (1 - p)
    return y


def dropout__scales_all_and_then_drops(x, p, draws, training=True):
    if not training:
        return x
    with np.errstate(all="ignore"):
        y = x / x.dtype.type(1 - p)                 # inf or nan at p = 1, where every place is overwritten
    y[draws < p] = 0
    return y


def dropout_backward__starts_from_zeros(grad_y, p, draws, training=True):
    if not training:
        return grad_y.copy()
    grad_x, kept = np.zeros_like(grad_y), draws >= p
    if np.any(kept):
        grad_x[kept] = grad_y[kept] / (1 - p)
    return grad_x


def dropout_backward__by_nudging_the_output(grad_y, p, draws, training=True):
    if not training:
        return grad_y

    def forward(x):
        return np.where(draws < p, 0.0, x) / (1 - p if p < 1 else 1)

    moved = forward(np.ones(np.shape(grad_y))) - forward(np.zeros(np.shape(grad_y)))
    return np.asarray(grad_y * moved, dtype=grad_y.dtype)


def dropout_backward__a_floor_for_the_step(grad_y, p, draws, training=True):
    step = np.clip(np.floor(draws - p) + 1, 0, 1) if training else np.ones(np.shape(draws))
    share = max(1 - p, 1e-300) if training else 1.0
    return np.multiply(grad_y, step / share).astype(grad_y.dtype)


def spatial_dropout__map_by_map(x, p, draws):
    y = np.zeros_like(x)
    for n, row in enumerate(draws):
        for c, draw in enumerate(row):
            if draw >= p:
                y[n, c] = x[n, c] / (1 - p)
    return y


def spatial_dropout__sums_with_einsum(x, p, draws):
    mask = (draws >= p) / (1 - p if p < 1 else 1)
    return np.einsum("nchw,nc->nchw", x, mask.astype(x.dtype))


def spatial_dropout__repeats_the_draws(x, p, draws):
    full = np.repeat(draws.reshape(-1), x.shape[2] * x.shape[3]).reshape(x.shape)
    y = x.copy()
    y[full < p] = 0
    return y if p == 1 else y / x.dtype.type(1 - p)


def mean_over_all_masks__all_at_once(h, weight, bias, p):
    U = h.shape[1]
    masks = (np.arange(2**U)[:, None] >> np.arange(U) & 1).astype(float)
    likely = np.where(masks == 1, 1 - p, p).prod(axis=1)
    scores = np.einsum("mu,nu,ku->mnk", masks, h, weight) / (1 - p) + bias
    logs = scores - np.logaddexp.reduce(scores, axis=2, keepdims=True)
    return (likely[:, None, None] * np.exp(logs)).sum(axis=0)


def mean_over_all_masks__unit_by_unit(h, weight, bias, p):
    def mean(scores, u):
        if u == h.shape[1]:
            grown = np.exp(scores - scores.max(axis=1, keepdims=True))
            return grown / grown.sum(axis=1, keepdims=True)
        kept = scores + np.outer(h[:, u], weight[:, u]) / (1 - p)
        return p * mean(scores, u + 1) + (1 - p) * mean(kept, u + 1)

    return mean(np.tile(bias, (len(h), 1)), 0)


def mean_over_all_masks__plain_python(h, weight, bias, p):
    answers = []
    for row in h.tolist():
        total = [0.0] * len(bias)
        for kept in product((True, False), repeat=len(row)):
            chance = math.prod(1 - p if k else p for k in kept)
            scores = [b + sum(v * a / (1 - p) for v, a, k in zip(w, row, kept, strict=True) if k)
                      for w, b in zip(weight.tolist(), bias.tolist(), strict=True)]
            top = max(scores)
            below = sum(math.exp(s - top) for s in scores)
            total = [t + chance * math.exp(s - top) / below for t, s in zip(total, scores, strict=True)]
        answers.append(total)
    return answers


def geometric_mean_prediction__multiplies_the_powers(probabilities, weights):
    mean = np.prod(probabilities**np.reshape(weights, (-1, 1, 1)), axis=0)
    return mean / mean.sum(axis=1, keepdims=True)


def geometric_mean_prediction__net_after_net(probabilities, weights):
    mean = np.ones(probabilities.shape[1:])
    for net, share in zip(probabilities, weights, strict=True):
        mean = mean * np.power(net, share)
    return (mean.T / mean.sum(axis=1)).T


def geometric_mean_prediction__odds_against_the_surest_class(probabilities, weights):
    answers = []
    for image in range(probabilities.shape[1]):
        said = probabilities[:, image]
        sure = int(np.argmax(said.min(axis=0)))
        odds = [math.exp(sum(a * (math.log(p) - math.log(q)) for a, p, q in zip(weights, column, said[:, sure], strict=True)))
                if min(column) > 0 else 0.0 for column in said.T]
        answers.append([value / sum(odds) for value in odds])
    return answers


def predict_without_dropout__scales_copies_of_the_weights(x, weight1, bias1, weight2, bias2, p_input, p_hidden):
    hidden = x @ ((1 - p_input) * weight1).T + bias1
    hidden[hidden < 0] = 0
    return hidden @ ((1 - p_hidden) * weight2).T + bias2


def predict_without_dropout__takes_away_what_was_dropped(x, weight1, bias1, weight2, bias2, p_input, p_hidden):
    x = x - p_input * x
    hidden = np.clip(np.einsum("nd,ud->nu", x, weight1) + bias1, 0, None)
    return np.einsum("nu,ku->nk", hidden - p_hidden * hidden, weight2) + bias2


def predict_without_dropout__a_row_of_ones_for_the_bias(x, weight1, bias1, weight2, bias2, p_input, p_hidden):
    ones = np.ones((len(x), 1))
    first = np.hstack([weight1 * (1 - p_input), bias1[:, None]])
    second = np.hstack([weight2 * (1 - p_hidden), bias2[:, None]])
    hidden = np.maximum(np.hstack([x, ones]) @ first.T, 0)
    return np.hstack([hidden, ones]) @ second.T
