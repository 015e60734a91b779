"""Arguments of losses."""
from convbook.checks.common import check_any_shape, check_array, check_floats, check_like_output, check_number, check_same_dtype
from convbook.shapes import at_least


def check_cross_entropy(array: type, x, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0) -> None:
    """Refuse what cross_entropy cannot compute.

    array    np.ndarray or torch.Tensor, whichever the engine computes with

    Raises TypeError for a wrong type or dtype, ValueError for a wrong shape or number.
    """
    check_any_shape(array, target, "target")
    if is_float(target):
        _check_scores(array, x, weight, reduction)
        _check_same_shape(target, "target", x)
        if ignore_index >= 0:
            raise ValueError(f"ignore_index={ignore_index} needs class indices, target holds probabilities ({target.dtype})")
    else:
        check_nll_loss(array, x, target, weight, ignore_index, reduction)
    check_number(label_smoothing, "label_smoothing")
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing must lie between 0 and 1, got {label_smoothing}")


def check_nll_loss(array: type, x, target, weight=None, ignore_index=-100, reduction="mean") -> None:
    """Refuse anything but scores (N, K, ...), class indices (N, ...) and weights (K,)."""
    _check_scores(array, x, weight, reduction)
    _check_indices(array, x, target, ignore_index)


def check_mse_loss(array: type, x, target, reduction="mean", weight=None) -> None:
    """Refuse anything but arrays of one shape."""
    _check_values(array, x, target, reduction)
    if weight is not None:
        check_any_shape(array, weight, "weight")
        _check_same_shape(weight, "weight", x)


def check_binary_cross_entropy_with_logits(array: type, x, target, weight=None, reduction="mean", pos_weight=None) -> None:
    """Refuse anything but arrays of one shape, and weights that can be repeated to it."""
    _check_values(array, x, target, reduction)
    for value, name in ((weight, "weight"), (pos_weight, "pos_weight")):
        if value is None:
            continue
        check_any_shape(array, value, name)
        check_same_dtype(value, name, x)
        fits = value.ndim <= x.ndim and all(w in (1, n) for w, n in zip(value.shape[::-1], tuple(x.shape)[::-1], strict=False))
        if not fits:
            raise ValueError(f"{name} of shape {tuple(value.shape)} cannot be repeated to the shape of x, {tuple(x.shape)}")


def check_multi_margin_loss(array: type, x, target, p=1, margin=1.0, weight=None, reduction="mean") -> None:
    """check_hinge_loss, weights (K,), and p is 1 or 2."""
    _check_scores(array, x, weight, reduction)
    check_hinge_loss(array, x, target, margin, reduction)
    if p not in (1, 2):
        raise ValueError(f"p must be 1 or 2, got {p!r}")


def check_hinge_loss(array: type, x, target, margin=1.0, reduction="mean") -> None:
    """Refuse anything but scores (N, K) and class indices (N,)."""
    check_array(array, x, "x", "(N, K)")
    check_nll_loss(array, x, target, None, None, reduction)
    check_number(margin, "margin")


def check_topk_accuracy(array: type, x, target, k=1) -> None:
    """Refuse anything but scores (N, K), class indices (N,), and a k from 1 to K."""
    check_hinge_loss(array, x, target)
    if isinstance(k, bool) or not hasattr(k, "__index__"):
        raise TypeError(f"k must be an int, got {k!r}")
    if not 1 <= k <= x.shape[1]:
        raise ValueError(f"k must lie between 1 and the number of classes, {x.shape[1]}, got {k}")


def check_grad_losses(array: type, grad_y, losses, reduction) -> None:
    """grad_y must look like the loss: like the single losses for reduction="none", otherwise one number."""
    if reduction == "none":
        check_like_output(array, grad_y, losses, tuple(losses.shape))
    elif isinstance(grad_y, array):
        check_like_output(array, grad_y, losses, ())
    else:
        check_number(grad_y, "grad_y")


def is_float(value):
    """Does this array hold probabilities (True) or class indices (False)?"""
    return "float" in str(value.dtype)


def _check_values(array, x, target, reduction):
    check_any_shape(array, x, "x")
    check_floats(x, "x")
    check_any_shape(array, target, "target")
    _check_same_shape(target, "target", x)
    _check_reduction(reduction)


def _check_scores(array, x, weight, reduction):
    check_any_shape(array, x, "x")
    if x.ndim < 2:
        raise ValueError(f"x must have at least 2 axes (N, K, ...), got shape {tuple(x.shape)}")
    check_floats(x, "x")
    at_least(1, x.shape[1], "the number of classes in x")
    if weight is not None:
        check_array(array, weight, "weight", "(K,)")
        check_same_dtype(weight, "weight", x)
        if weight.shape[0] != x.shape[1]:
            raise ValueError(f"weight has {weight.shape[0]} values, x has {x.shape[1]} classes; one value a class is needed")
    _check_reduction(reduction)


def _check_indices(array, x, target, ignore_index):
    check_any_shape(array, target, "target")
    if "int" not in str(target.dtype):
        raise TypeError(f"target has dtype {target.dtype}, class indices are integers; convert it to int64 first")
    expected = (x.shape[0], *x.shape[2:])
    if tuple(target.shape) != expected:
        raise ValueError(f"target must have shape {expected}, a class index for each place of x {tuple(x.shape)}, "
                         f"got {tuple(target.shape)}")
    outside = (target < 0) | (target >= x.shape[1])
    if ignore_index is not None:
        outside = outside & (target != ignore_index)
    if outside.any():
        but = "" if ignore_index is None else f" (or {ignore_index}, to be ignored)"
        raise ValueError(f"target holds class {int(target[outside][0])}, x has classes 0 to {x.shape[1] - 1}{but}")


def _check_same_shape(value, name, x):
    check_same_dtype(value, name, x)
    if tuple(value.shape) != tuple(x.shape):
        raise ValueError(f"{name} must have the shape of x, {tuple(x.shape)}, got {tuple(value.shape)}")


def _check_reduction(reduction):
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f'reduction must be "mean", "sum" or "none", got {reduction!r}')
