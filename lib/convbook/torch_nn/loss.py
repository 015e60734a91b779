"""How wrong a net is, in one number (chapter 6)."""
import torch
from torch import Tensor

from convbook.checks import loss as check
from convbook.torch_nn.activation import logistic
from convbook.torch_nn.softmax import log_softmax

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
    check.check_cross_entropy(Tensor, x, target, weight, *options)
    log_p = log_softmax(x, 1)
    wanted, total = _wanted(x, target, weight, ignore_index, label_smoothing)

    def grad_x(grad_losses):
        p, all_wanted = torch.exp(log_p), wanted.sum(1, keepdim=True)
        return (p * all_wanted - wanted) * grad_losses.unsqueeze(1)
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
    check.check_nll_loss(Tensor, x, target, weight, ignore_index, reduction)
    wanted, total = _wanted(x, target, weight, ignore_index, 0.0)

    def grad_x(grad_losses):
        return -wanted * grad_losses.unsqueeze(1)
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
    check.check_mse_loss(Tensor, x, target, reduction, weight)
    error, scale = x - target, 1 if weight is None else weight
    total = x.numel() if weight is None else weight.sum(dtype=wide(x))
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
    check.check_binary_cross_entropy_with_logits(Tensor, x, target, *options)
    positive = target if pos_weight is None else pos_weight * target
    scale = 1 if weight is None else weight
    minus_log_p = torch.log1p(torch.exp(-x.abs())) - x.clamp(max=0)
    losses = scale * ((1 - target) * x + (1 - target + positive) * minus_log_p)

    def grad_x(grad_losses):
        return scale * (1 - target - (1 - target + positive) * logistic(-x)) * grad_losses
    return reduced(losses, reduction, x.numel(), grad_x)


def topk_accuracy(x, target, k=1):
    """The share of images whose right class is among the k highest scores.

    x        (N, K)    scores of K classes
    target   (N,)      class indices
    returns  float     NaN if there are no images

    Of equal scores the first is the higher, as in argmax; a NaN is never right.
    Raises TypeError for a wrong dtype, ValueError for a wrong shape or number. Chapter 11.
    """
    check.check_topk_accuracy(Tensor, x, target, k)
    target = target[:, None].long()
    right = x.gather(1, target)
    earlier = torch.arange(x.shape[1], device=x.device) < target
    beaten = (x < right) | (x == right) & ~earlier      # holds for the right class itself
    hits = int(((~beaten).sum(1) < k).sum())
    return hits / len(x) if len(x) else float("nan")


def _wanted(x, target, weight, ignore_index, label_smoothing):
    """How much of each class is wanted, (N, K, ...), and what a mean divides by."""
    K, smoothing = x.shape[1], float(label_smoothing)
    per_class = 1 if weight is None else weight.reshape(K, *[1] * (x.ndim - 2))
    if check.is_float(target):
        return per_class * ((1 - smoothing) * target + smoothing / K), x.numel() // K
    target = target.long().unsqueeze(1)
    counts = target != ignore_index
    wanted = torch.zeros_like(x).scatter_(1, target.where(counts, 0), counts.to(x.dtype))
    total = (per_class * wanted).sum(dtype=wide(x))
    if smoothing:
        wanted = ((1 - smoothing) * wanted + smoothing / K) * counts
    return per_class * wanted, total


def _minus_sum(wanted, log_p):
    """- sum of wanted log_p over the classes; 0 times log 0 is 0."""
    return -torch.where(wanted == 0, 0.0, wanted * log_p).sum(1)


def reduced(losses, reduction, total, grad_x):
    """The loss that is asked for, and the way back from it.

    losses   (...)       one a place
    total    number or tensor ()    what a mean divides by; the mean of nothing is NaN, its gradient 0
    grad_x   function    the gradient of x, from that of the losses
    returns  y, vjp      y has the dtype of the losses, and no axes unless reduction is "none"

    Half precision is added up in float32: float16 ends at 65504, bfloat16 stops growing at 256.
    """
    def vjp(grad_y):
        check.check_grad_losses(Tensor, grad_y, losses, reduction)
        grad_y = torch.as_tensor(grad_y, dtype=wide(losses), device=losses.device)
        if reduction == "mean":
            grad_y = torch.where(count == 0, 0.0, grad_y / count)
        return grad_x(grad_y.to(losses.dtype).expand(losses.shape))
    if reduction == "none":
        return losses, vjp
    y = losses.sum(dtype=wide(losses))
    count = torch.as_tensor(total, dtype=y.dtype, device=y.device)
    return (y / count if reduction == "mean" else y).to(losses.dtype), vjp


def wide(x):
    """The dtype for long sums of x: at least float32."""
    return torch.promote_types(x.dtype, torch.float32)
