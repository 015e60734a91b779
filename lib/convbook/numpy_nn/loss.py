"""How wrong a net is, in one number (chapter 6)."""
import numpy as np

from convbook.checks import loss as check
from convbook.numpy_nn.activation import logistic
from convbook.numpy_nn.softmax import log_softmax

__all__ = ["binary_cross_entropy_with_logits", "binary_cross_entropy_with_logits_backward", "cross_entropy", "cross_entropy_backward",
           "mse_loss", "mse_loss_backward", "nll_loss", "nll_loss_backward", "topk_accuracy"]


def cross_entropy(x, target, weight=None, ignore_index=-100, reduction="mean",
                  label_smoothing=0.0):
    """-log of the probability that softmax gives to the right class.

    x                (N, K, ...)    scores of K classes
    target           (N, ...)       class indices; or (N, K, ...) probabilities, floats
    weight           (K,) or None   how much a class counts
    ignore_index     the class index of targets that do not count
    reduction        "mean" (of class indices: over the weights that count), "sum" or "none"
    label_smoothing  the part of each target that is shared out evenly among all classes
    returns          ()             or (N, ...) if "none"

    A class that is not wanted adds 0, even if its score is -inf.
    Raises TypeError for a wrong dtype, ValueError for a wrong shape or number. Chapter 6;
    backward: cross_entropy_backward.
    """
    return _cross_entropy(x, target, weight, ignore_index, reduction, label_smoothing)[0]


def cross_entropy_backward(grad_y, x, target, weight=None, ignore_index=-100,
                           reduction="mean", label_smoothing=0.0):
    """Gradient with respect to the scores: softmax(x) - target, where all weights are 1.

    grad_y   () or a number; (N, ...) if "none"
    x, target, weight, ignore_index, reduction, label_smoothing   as in cross_entropy
    returns  (N, K, ...)

    Raises what cross_entropy raises, ValueError if grad_y is not shaped as the loss.
    Chapter 6.
    """
    options = ignore_index, reduction, label_smoothing
    return _cross_entropy(x, target, weight, *options)[1](grad_y)


def _cross_entropy(x, target, weight=None, ignore_index=-100, reduction="mean",
                   label_smoothing=0.0):
    options = ignore_index, reduction, label_smoothing
    check.check_cross_entropy(np.ndarray, x, target, weight, *options)
    log_p = log_softmax(x, 1)
    wanted, total = _wanted(x, target, weight, ignore_index, label_smoothing)

    def grad_x(grad_losses):
        p, all_wanted = np.exp(log_p), wanted.sum(axis=1, keepdims=True)
        return (p * all_wanted - wanted) * np.expand_dims(grad_losses, 1)
    return reduced(_minus_sum(wanted, log_p), reduction, total, grad_x)


def nll_loss(x, target, weight=None, ignore_index=-100, reduction="mean"):
    """- x of the right class; if x is log_softmax's result, this is cross_entropy.

    x              (N, K, ...)    log-probabilities of K classes
    target         (N, ...)       class indices
    weight, ignore_index, reduction   as in cross_entropy
    returns        ()             or (N, ...) if "none"

    Raises TypeError for a wrong dtype, ValueError for a wrong shape or number. Chapter 6;
    backward: nll_loss_backward.
    """
    return _nll_loss(x, target, weight, ignore_index, reduction)[0]


def nll_loss_backward(grad_y, x, target, weight=None, ignore_index=-100, reduction="mean"):
    """Gradient with respect to x: minus the weight of the right class, 0 for the others.

    grad_y   () or a number; (N, ...) if "none"
    x, target, weight, ignore_index, reduction   as in nll_loss
    returns  (N, K, ...)

    Raises what nll_loss raises, ValueError if grad_y is not shaped as the loss. Chapter 6.
    """
    return _nll_loss(x, target, weight, ignore_index, reduction)[1](grad_y)


def _nll_loss(x, target, weight=None, ignore_index=-100, reduction="mean"):
    check.check_nll_loss(np.ndarray, x, target, weight, ignore_index, reduction)
    wanted, total = _wanted(x, target, weight, ignore_index, 0.0)

    def grad_x(grad_losses):
        return -wanted * np.expand_dims(grad_losses, 1)
    return reduced(_minus_sum(wanted, x), reduction, total, grad_x)


def mse_loss(x, target, reduction="mean", weight=None):
    """(x - target)^2.

    x, target  (...)            one shape, one dtype
    reduction  "mean" (over the values, or over their weights), "sum" or "none"
    weight     (...) or None    x's shape: how much a value counts
    returns    ()               or (...) if "none"

    Raises TypeError for a wrong dtype, ValueError for a wrong shape. Chapter 6;
    backward: mse_loss_backward.
    """
    return _mse_loss(x, target, reduction, weight)[0]


def mse_loss_backward(grad_y, x, target, reduction="mean", weight=None):
    """Gradient with respect to x: 2 (x - target).

    grad_y   () or a number; (...) if "none"
    x, target, reduction, weight   as in mse_loss
    returns  (...)

    Raises what mse_loss raises, ValueError if grad_y is not shaped as the loss. Chapter 6.
    """
    return _mse_loss(x, target, reduction, weight)[1](grad_y)


def _mse_loss(x, target, reduction="mean", weight=None):
    check.check_mse_loss(np.ndarray, x, target, reduction, weight)
    error, scale = x - target, 1 if weight is None else weight
    total = x.size if weight is None else float(weight.sum(dtype=np.float64))
    return reduced(scale * error * error, reduction, total,
                   lambda grad_losses: 2 * scale * error * grad_losses)


def binary_cross_entropy_with_logits(x, target, weight=None, reduction="mean",
                                     pos_weight=None):
    """-target log(p) - (1 - target) log(1 - p), where p = sigmoid(x).

    x, target   (...)    one shape, one dtype; target between 0 and 1
    weight      None, or an array that repeats to x's shape: how much a value counts
    reduction   "mean" (over the values, weighted or not), "sum" or "none"
    pos_weight  None, or such an array: how much target log(p) counts
    returns     ()       or (...) if "none"

    Raises TypeError for a wrong dtype, ValueError for a wrong shape. Chapter 6;
    backward: binary_cross_entropy_with_logits_backward.
    """
    return _binary_cross_entropy_with_logits(x, target, weight, reduction, pos_weight)[0]


def binary_cross_entropy_with_logits_backward(grad_y, x, target, weight=None,
                                              reduction="mean", pos_weight=None):
    """Gradient with respect to the scores: sigmoid(x) - target, where all weights are 1.

    grad_y   () or a number; (...) if "none"
    x, target, weight, reduction, pos_weight   as in binary_cross_entropy_with_logits
    returns  (...)

    Raises what the loss raises, ValueError if grad_y is not shaped as the loss. Chapter 6.
    """
    options = weight, reduction, pos_weight
    return _binary_cross_entropy_with_logits(x, target, *options)[1](grad_y)


def _binary_cross_entropy_with_logits(x, target, weight=None, reduction="mean",
                                      pos_weight=None):
    options = weight, reduction, pos_weight
    check.check_binary_cross_entropy_with_logits(np.ndarray, x, target, *options)
    positive = target if pos_weight is None else pos_weight * target
    scale = 1 if weight is None else weight
    with np.errstate(over="ignore", invalid="ignore"):
        minus_log_p = np.log1p(np.exp(-np.abs(x))) - np.minimum(x, 0)
        losses = scale * ((1 - target) * x + (1 - target + positive) * minus_log_p)

    def grad_x(grad_losses):
        with np.errstate(over="ignore"):
            not_p = logistic(-x)
        return scale * (1 - target - (1 - target + positive) * not_p) * grad_losses
    return reduced(losses, reduction, x.size, grad_x)


def topk_accuracy(x, target, k=1):
    """The share of images whose right class is among the k highest scores.

    x        (N, K)    scores of K classes
    target   (N,)      class indices
    returns  float     NaN if there are no images

    Of equal scores the first is the higher, as in argmax; a NaN is never right.
    Raises TypeError for a wrong dtype, ValueError for a wrong shape or number. Chapter 11.
    """
    check.check_topk_accuracy(np.ndarray, x, target, k)
    right = np.take_along_axis(x, target[:, None], axis=1)
    earlier = np.arange(x.shape[1]) < target[:, None]
    beaten = (x < right) | (x == right) & ~earlier      # holds for the right class itself
    hits = np.count_nonzero((~beaten).sum(axis=1) < k)
    return hits / len(x) if len(x) else float("nan")


def _wanted(x, target, weight, ignore_index, label_smoothing):
    """How much of each class is wanted, (N, K, ...), and what a mean divides by."""
    K, smoothing = x.shape[1], float(label_smoothing)
    per_class = 1 if weight is None else weight.reshape(K, *[1] * (x.ndim - 2))
    if check.is_float(target):
        return per_class * ((1 - smoothing) * target + smoothing / K), x.size // K
    counts = np.expand_dims(target != ignore_index, 1)
    wanted = np.zeros(x.shape, x.dtype)
    np.put_along_axis(wanted, np.where(counts, np.expand_dims(target, 1), 0), counts, axis=1)
    total = float((per_class * wanted).sum(dtype=np.float64))
    if smoothing:
        wanted = ((1 - smoothing) * wanted + smoothing / K) * counts
    return per_class * wanted, total


def _minus_sum(wanted, log_p):
    """- sum of wanted log_p over the classes; 0 times log 0 is 0."""
    with np.errstate(invalid="ignore"):
        return -np.sum(wanted * log_p, axis=1, where=wanted != 0)


def reduced(losses, reduction, total, grad_x):
    """The loss that is asked for, and the way back from it.

    losses   (...)       one a place
    total    number      what a mean divides by; the mean of nothing is NaN, its gradient 0
    grad_x   function    the gradient of x, from that of the losses
    returns  y, vjp      y has the dtype of the losses, and no axes unless reduction is "none"

    float16 is added up in float32, because it ends at 65504.
    """
    def vjp(grad_y):
        check.check_grad_losses(np.ndarray, grad_y, losses, reduction)
        if reduction == "mean":
            grad_y = float(grad_y) / total if total else 0.0
        return np.asarray(grad_x(np.broadcast_to(np.asarray(grad_y, losses.dtype), losses.shape)))
    if reduction == "none":
        return np.asarray(losses), vjp
    y = losses.sum(dtype=np.result_type(losses.dtype, np.float32))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        y = y / total if reduction == "mean" else y
        return np.asarray(y, losses.dtype), vjp
