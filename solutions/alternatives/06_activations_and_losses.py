"""Right answers that look nothing like ours and must pass in full."""
import math

import numpy as np


def leaky_relu_backward__a_slope_for_every_entry(grad_y, x, negative_slope=0.01):
    slope = np.full_like(x, negative_slope)
    slope[x > 0] = 1
    return slope * grad_y


def leaky_relu_backward__two_one_sided_halves(grad_y, x, negative_slope=0.01):
    on = np.heaviside(x, 0).astype(x.dtype)
    return grad_y * on + x.dtype.type(negative_slope) * grad_y * (1 - on)


def leaky_relu_backward__one_number_after_the_other(grad_y, x, negative_slope=0.01):
    pairs = zip(grad_y.ravel().tolist(), x.ravel().tolist(), strict=True)
    return np.array([g if v > 0 else negative_slope * g for g, v in pairs], dtype=x.dtype).reshape(x.shape)


def sigmoid_backward__through_tanh(grad_y, x):
    return grad_y * (1 - np.tanh(x / 2)**2) / 4


def sigmoid_backward__an_even_function(grad_y, x):
    e = np.exp(-np.abs(x))
    return grad_y * e / (1 + e)**2


def sigmoid_backward__one_for_each_side(grad_y, x):
    y = np.empty_like(x)
    y[x >= 0] = 1 / (1 + np.exp(-x[x >= 0]))
    e = np.exp(x[x < 0])
    y[x < 0] = e / (1 + e)
    return grad_y * y * (1 - y)


def log_softmax__logaddexp(x):
    return x - np.logaddexp.reduce(x, axis=1, keepdims=True)


def log_softmax__row_after_row(x):
    rows = []
    for row in x.tolist():
        m = max(row)
        total = m + math.log(math.fsum(math.exp(v - m) for v in row))
        rows.append([v - total for v in row])
    return np.array(rows, dtype=x.dtype)


def log_softmax__pairwise_differences(x):
    highest = x.max(axis=1)[:, None, None]
    odds = x[:, None, :] - x[:, :, None]                    # every class against every other: no class is special
    shift = odds.max(axis=2, keepdims=True)
    assert np.isfinite(highest).all()
    return -(shift[..., 0] + np.log(np.exp(odds - shift).sum(axis=2)))


def cross_entropy__logaddexp_minus_the_right_score(x, target):
    return np.mean(np.logaddexp.reduce(x, axis=1) - np.take_along_axis(x, np.asarray(target)[:, None], axis=1)[:, 0])


def cross_entropy__one_hot(x, target):
    x = x - np.max(x, axis=1, keepdims=True)
    log_p = x - np.log(np.sum(np.exp(x), axis=1, keepdims=True))
    return -np.sum(np.eye(x.shape[1])[target] * log_p) / x.shape[0]


def cross_entropy__a_loop_of_python_floats(x, target):
    total = 0.0
    for row, wanted in zip(x.tolist(), target, strict=True):
        total += max(row) + math.log(sum(math.exp(v - max(row)) for v in row)) - row[int(wanted)]
    return total / len(x)


def cross_entropy_backward__one_hot(x, target):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return ((e / e.sum(axis=1, keepdims=True) - np.eye(x.shape[1])[target]) / len(x)).astype(x.dtype)


def cross_entropy_backward__the_jacobian_of_softmax(x, target):
    grad = np.zeros_like(x)
    for n, (row, wanted) in enumerate(zip(x, target, strict=True)):
        e = np.exp(row - row.max())
        p = e / e.sum()
        jacobian_of_log = np.eye(len(row)) - p[None, :]     # d log p_k / d z_j
        grad[n] = -jacobian_of_log[wanted] / len(x)
    return grad


def cross_entropy_backward__two_class_odds(x, target):
    differences = x[:, None, :] - x[:, :, None]             # z_i - z_k
    with np.errstate(over="ignore"):
        p = 1 / np.exp(differences).sum(axis=2)
    p[np.arange(len(x)), target] -= 1
    return p / x.dtype.type(len(x))


def hinge_loss__a_loop_over_pictures_and_classes(x, target, margin=1.0):
    loss, grad = 0.0, np.zeros_like(x)
    for n, k in np.ndindex(x.shape):
        lack = x[n, k] - x[n, target[n]] + margin
        if k != target[n] and lack > 0:
            loss += lack
            grad[n, k] += 1
            grad[n, target[n]] -= 1
    return loss / len(x), grad / len(x)


def hinge_loss__a_matrix_of_masks(x, target, margin=1.0):
    right = np.eye(x.shape[1], dtype=bool)[target]
    distance = x - x[right][:, None] + x.dtype.type(margin)
    inside = (distance > 0) & ~right
    grad = inside.astype(x.dtype) - right * inside.sum(axis=1, keepdims=True)
    return np.where(inside, distance, 0).sum(axis=1).mean(), (grad / len(x)).astype(x.dtype)


def hinge_loss__slope_times_scores(x, target, margin=1.0):
    right = np.arange(x.shape[1]) == np.asarray(target)[:, None]
    inside = (x > (x * right).sum(axis=1, keepdims=True) - margin) & ~right
    grad = np.where(right, -inside.sum(axis=1, keepdims=True), inside).astype(x.dtype) / x.dtype.type(len(x))
    return [float((grad * x).sum() + margin * inside.sum() / len(x)), grad]
