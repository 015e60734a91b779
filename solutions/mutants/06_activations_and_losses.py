"""Answers that students give and that must not pass: NAME_OF_EXERCISE__what_went_wrong."""
import numpy as np


def stable_log_softmax(x):
    x = x - x.max(axis=1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


def p_minus_y(x, target):
    p = np.exp(stable_log_softmax(x))
    p[np.arange(len(x)), target] -= 1
    return p


def lacks(x, target, margin):
    """(N, K): what each wrong class takes of the margin; 0 for the right class."""
    lack = np.maximum(0, x - x[np.arange(len(x)), target][:, None] + margin)
    lack[np.arange(len(x)), target] = 0
    return lack


def pulls(lack, target):
    grad = (lack > 0).astype(lack.dtype)
    grad[np.arange(len(lack)), target] = -grad.sum(axis=1)
    return grad / len(lack)


def leaky_relu_backward__counts_the_kink_as_positive(grad_y, x, negative_slope=0.01):
    return np.where(x >= 0, grad_y, negative_slope * grad_y)


def leaky_relu_backward__asks_the_gradient_for_its_sign(grad_y, x, negative_slope=0.01):
    return np.where(grad_y > 0, grad_y, negative_slope * grad_y)


def leaky_relu_backward__forgets_the_leak(grad_y, x, negative_slope=0.01):
    return grad_y * (x > 0)


def leaky_relu_backward__forgets_the_gradient_that_arrives(grad_y, x, negative_slope=0.01):
    return np.where(x > 0, 1.0, negative_slope).astype(x.dtype)


def leaky_relu_backward__applies_the_function_to_the_gradient(grad_y, x, negative_slope=0.01):
    return np.where(x > 0, grad_y * x, negative_slope * grad_y * x)


def leaky_relu_backward__writes_into_the_gradient(grad_y, x, negative_slope=0.01):
    grad_y[x <= 0] *= negative_slope
    return grad_y


def leaky_relu_backward__always_leaks_a_hundredth(grad_y, x, negative_slope=0.01):
    return np.where(x > 0, grad_y, np.asarray(0.01 * grad_y, grad_y.dtype))


def sigmoid_backward__overflows_in_the_quotient(grad_y, x):
    e = np.exp(-x)
    return grad_y * e / (1 + e)**2


def sigmoid_backward__overflows_on_the_other_side(grad_y, x):
    y = np.exp(x) / (1 + np.exp(x))
    return grad_y * y * (1 - y)


def sigmoid_backward__takes_x_for_y(grad_y, x):
    return grad_y * x * (1 - x)


def sigmoid_backward__stops_at_the_function(grad_y, x):
    return grad_y / (1 + np.exp(-np.clip(x, -500, 500)))


def sigmoid_backward__forgets_the_gradient_that_arrives(grad_y, x):
    y = 1 / (1 + np.exp(-np.clip(x, -80, 80)))
    return y * (1 - y)


def sigmoid_backward__clips_so_that_the_far_slope_stays(grad_y, x):
    y = 1 / (1 + np.exp(-np.clip(x, -10, 10)))
    return grad_y * y * (1 - y)


def sigmoid_backward__works_in_float64(grad_y, x):
    y = 1 / (1 + np.exp(-np.clip(x, -80, 80).astype(float)))
    return grad_y * y * (1 - y)


def log_softmax__overflows(x):
    return np.log(np.exp(x) / np.exp(x).sum(axis=1, keepdims=True))


def log_softmax__takes_the_maximum_of_the_batch(x):
    x = x - x.max()
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


def log_softmax__takes_off_the_mean_of_the_row(x):
    x = x - x.mean(axis=1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


def log_softmax__takes_off_the_first_score(x):
    x = x - x[:, :1]
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


def log_softmax__takes_the_logarithm_of_a_rounded_zero(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return np.log(e / e.sum(axis=1, keepdims=True))


def log_softmax__adds_a_crumb_before_the_logarithm(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return np.log(e / e.sum(axis=1, keepdims=True) + 1e-12)


def log_softmax__sums_down_the_batch(x):
    x = x - x.max(axis=0)
    return x - np.log(np.exp(x).sum(axis=0))


def log_softmax__sums_over_everything(x):
    x = x - x.max()
    return x - np.log(np.exp(x).sum())


def log_softmax__shifts_in_the_caller_s_array(x):
    x -= x.max(axis=1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


def cross_entropy__takes_off_the_mean_of_the_row(x, target):
    x = x - x.mean(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(x).sum(axis=1)) - x[np.arange(len(x)), target]))


def cross_entropy__sums_over_the_batch(x, target):
    return float(-stable_log_softmax(x)[np.arange(len(x)), target].sum())


def cross_entropy__forgets_the_minus_sign(x, target):
    return float(stable_log_softmax(x)[np.arange(len(x)), target].mean())


def cross_entropy__picks_a_whole_column_for_each_target(x, target):
    return float(-stable_log_softmax(x)[:, target].mean())


def cross_entropy__takes_the_scores_for_logarithms(x, target):
    return float(-x[np.arange(len(x)), target].mean())


def cross_entropy__averages_before_the_logarithm(x, target):
    p = np.exp(stable_log_softmax(x))
    return float(-np.log(p[np.arange(len(x)), target].mean()))


def cross_entropy__applies_softmax_twice(x, target):
    p = np.exp(stable_log_softmax(x))
    return float(-stable_log_softmax(p)[np.arange(len(x)), target].mean())


def cross_entropy__hides_the_infinity(x, target):
    p = np.exp(stable_log_softmax(x))
    return float(-np.log(np.clip(p[np.arange(len(x)), target], 1e-12, 1)).mean())


def cross_entropy_backward__forgets_the_mean(x, target):
    return p_minus_y(x, target)


def cross_entropy_backward__pulls_at_the_right_score_only(x, target):
    grad = p_minus_y(x, target)
    mask = np.eye(x.shape[1], dtype=x.dtype)[target]
    return grad * mask / len(x)


def cross_entropy_backward__subtracts_one_in_every_wanted_column(x, target):
    p = np.exp(stable_log_softmax(x))
    p[:, target] -= 1
    return p / len(x)


def cross_entropy_backward__subtracts_one_everywhere(x, target):
    return (np.exp(stable_log_softmax(x)) - 1) / len(x)


def cross_entropy_backward__overflows(x, target):
    e = np.exp(x)
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(x)), target] -= 1
    return p / len(x)


def cross_entropy_backward__takes_the_maximum_of_the_batch(x, target):
    e = np.exp(x - x.max())
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(x)), target] -= 1
    return p / len(x)


def cross_entropy_backward__takes_off_the_mean_of_the_row(x, target):
    e = np.exp(x - x.mean(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(x)), target] -= 1
    return p / len(x)


def cross_entropy_backward__takes_off_the_first_score(x, target):
    e = np.exp(x - x[:, :1])
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(x)), target] -= 1
    return p / len(x)


def cross_entropy_backward__computes_in_the_caller_s_array(x, target):
    x -= x.max(axis=1, keepdims=True)
    np.exp(x, out=x)
    x /= x.sum(axis=1, keepdims=True)
    x[np.arange(len(x)), target] -= 1
    return x / len(x)


def hinge_loss__counts_the_right_class(x, target, margin=1.0):
    lack = np.maximum(0, x - x[np.arange(len(x)), target][:, None] + margin)
    return float(lack.sum() / len(x)), pulls(lacks(x, target, margin), target)


def hinge_loss__pulls_once_at_the_right_class(x, target, margin=1.0):
    lack = lacks(x, target, margin)
    grad = (lack > 0).astype(x.dtype)
    grad[np.arange(len(x)), target] = -(lack > 0).any(axis=1)
    return float(lack.sum() / len(x)), grad / len(x)


def hinge_loss__only_the_worst_class_counts(x, target, margin=1.0):
    lack = lacks(x, target, margin)
    worst = lack * (np.arange(x.shape[1]) == lack.argmax(axis=1)[:, None])
    return float(worst.sum() / len(x)), pulls(worst, target)


def hinge_loss__gives_the_lack_as_gradient(x, target, margin=1.0):
    lack = lacks(x, target, margin)
    grad = lack.copy()
    grad[np.arange(len(x)), target] = -lack.sum(axis=1)
    return float(lack.sum() / len(x)), grad / len(x)


def hinge_loss__forgets_the_mean_in_the_gradient(x, target, margin=1.0):
    lack = lacks(x, target, margin)
    return float(lack.sum() / len(x)), pulls(lack, target) * len(x)


def hinge_loss__the_margin_is_always_one(x, target, margin=1.0):
    lack = lacks(x, target, 1.0)
    return float(lack.sum() / len(x)), pulls(lack, target)


def hinge_loss__pulls_at_the_kink(x, target, margin=1.0):
    right = x[np.arange(len(x)), target][:, None]
    lack = lacks(x, target, margin)
    grad = (x - right + margin >= 0).astype(x.dtype)
    grad[np.arange(len(x)), target] = 0
    grad[np.arange(len(x)), target] = -grad.sum(axis=1)
    return float(lack.sum() / len(x)), grad / len(x)


def hinge_loss__subtracts_in_the_caller_s_array(x, target, margin=1.0):
    x -= x[np.arange(len(x)), target][:, None].copy() - margin
    lack = np.maximum(0, x)
    lack[np.arange(len(x)), target] = 0
    return float(lack.sum() / len(x)), pulls(lack, target)
