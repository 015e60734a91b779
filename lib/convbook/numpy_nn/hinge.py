"""Losses of support vector machines: the right class shall win by a margin (chapter 6)."""
import numpy as np

from convbook.checks.loss import check_hinge_loss, check_multi_margin_loss
from convbook.numpy_nn.loss import reduced

__all__ = ["hinge_loss", "hinge_loss_backward", "multi_margin_loss", "multi_margin_loss_backward"]


def hinge_loss(x, target, margin=1.0, reduction="mean"):
    """Sum over the wrong classes j of max(0, x_j - x_target + margin).

    x          (N, K)    scores of K classes
    target     (N,)      class indices
    reduction  "mean" (over the images), "sum" or "none"
    returns    ()        or (N,) if "none"

    K times torch's multi_margin_loss, which divides the sum by the number of classes.
    Raises TypeError for a wrong dtype, ValueError for a wrong shape or number. Chapter 6
    (Weston and Watkins 1999); backward: hinge_loss_backward.
    """
    return _hinge_loss(x, target, margin, reduction)[0]


def hinge_loss_backward(grad_y, x, target, margin=1.0, reduction="mean"):
    """Gradient with respect to x: 1 for wrong classes within the margin, minus their number
    for the right class.

    grad_y   () or a number; (N,) if "none"
    x, target, margin, reduction   as in hinge_loss
    returns  (N, K)

    Raises what hinge_loss raises, ValueError if grad_y is not shaped as the loss.
    Chapter 6.
    """
    return _hinge_loss(x, target, margin, reduction)[1](grad_y)


def _hinge_loss(x, target, margin=1.0, reduction="mean"):
    check_hinge_loss(np.ndarray, x, target, margin, reduction)
    return _margins(x, target, 1, margin, np.ones(len(x), x.dtype), reduction)


def multi_margin_loss(x, target, p=1, margin=1.0, weight=None, reduction="mean"):
    """Sum over the wrong classes j of max(0, x_j - x_target + margin)^p, divided by K.

    x          (N, K)         scores of K classes
    target     (N,)           class indices
    p          1 or 2
    weight     (K,) or None   how much images of a class count
    reduction  "mean" (over the images, weighted or not), "sum" or "none"
    returns    ()             or (N,) if "none"

    Raises TypeError for a wrong dtype, ValueError for a wrong shape or number. Chapter 6;
    backward: multi_margin_loss_backward.
    """
    return _multi_margin_loss(x, target, p, margin, weight, reduction)[0]


def multi_margin_loss_backward(grad_y, x, target, p=1, margin=1.0, weight=None,
                               reduction="mean"):
    """Gradient with respect to x: hinge_loss's divided by K, weighted; for p=2 each wrong
    class times 2 max(0, ...).

    grad_y   () or a number; (N,) if "none"
    x, target, p, margin, weight, reduction   as in multi_margin_loss
    returns  (N, K)

    Raises what the loss raises, ValueError if grad_y is not shaped as the loss. Chapter 6.
    """
    return _multi_margin_loss(x, target, p, margin, weight, reduction)[1](grad_y)


def _multi_margin_loss(x, target, p=1, margin=1.0, weight=None, reduction="mean"):
    check_multi_margin_loss(np.ndarray, x, target, p, margin, weight, reduction)
    scale = (np.ones(len(x), x.dtype) if weight is None else weight[target]) / x.shape[1]
    return _margins(x, target, p, margin, scale, reduction)


def _margins(x, target, p, margin, scale, reduction):
    """scale (N,) times the sum of what wrong classes lack, to the power p."""
    right = target[:, None]
    lack = np.maximum(x - np.take_along_axis(x, right, axis=1) + float(margin), 0)
    np.put_along_axis(lack, right, 0, axis=1)

    def grad_x(grad_losses):
        grad = (2 * lack if p == 2 else lack > 0) * (scale * grad_losses)[:, None]
        np.put_along_axis(grad, right, -grad.sum(axis=1, keepdims=True), axis=1)
        return grad
    return reduced(scale * (lack ** int(p)).sum(axis=1), reduction, len(x), grad_x)
