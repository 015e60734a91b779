"""Every bad argument of a loss is refused before anything is computed, in the same words by every engine."""
from inspect import signature

import numpy as np
import pytest
import torch.nn.functional as F

from convbook import numpy_nn

X, INDICES, ONES = np.ones((3, 4)), np.array([0, 1, 3]), np.ones((3, 4))
CLASSES = ["cross_entropy", "nll_loss", "multi_margin_loss", "hinge_loss"]
VALUES = ["mse_loss", "binary_cross_entropy_with_logits"]

BAD = [
    (CLASSES, X, INDICES, {"reduction": "average"}, ValueError, r'reduction must be "mean", "sum" or "none", got \'average\''),
    (VALUES, X, ONES, {"reduction": None}, ValueError, r'reduction must be "mean", "sum" or "none", got None'),
    ([*CLASSES, *VALUES], [[1.0]], INDICES, {}, TypeError, r"x must be a \w+.*, got list"),
    ([*CLASSES, *VALUES], X, [0, 1, 3], {}, TypeError, r"target must be a \w+, got list"),
    (CLASSES, X.astype(int), INDICES, {}, TypeError, r"x has dtype (torch\.)?int64, the sums need floats"),
    (CLASSES[:2], np.ones(4), INDICES[:1], {}, ValueError, r"x must have at least 2 axes \(N, K, ...\), got shape \(4,\)"),
    (["hinge_loss"], np.ones((3, 4, 2)), INDICES, {}, ValueError, r"x must have 2 axes \(N, K\), got shape \(3, 4, 2\)"),
    (CLASSES, np.ones((3, 0)), INDICES, {}, ValueError, r"the number of classes in x must be at least 1, got 0"),
    (CLASSES[1:], X, INDICES.astype(float), {}, TypeError,
     r"target has dtype (torch\.)?float64, class indices are integers; convert it to int64 first"),
    (CLASSES, X, INDICES > 0, {}, TypeError, r"target has dtype (torch\.)?bool, class indices are integers"),
    (CLASSES, X, INDICES[:2], {}, ValueError, r"target must have shape \(3,\), a class index for each place of x \(3, 4\), got \(2,\)"),
    (CLASSES, X, np.array([0, 4, 1]), {}, ValueError, r"target holds class 4, x has classes 0 to 3"),
    (CLASSES, X, np.array([0, 3, -1]), {}, ValueError, r"target holds class -1, x has classes 0 to 3"),
    (CLASSES[:2], X, np.array([0, 9, 1]), {"ignore_index": 3}, ValueError,
     r"target holds class 9, x has classes 0 to 3 \(or 3, to be ignored\)"),
    (CLASSES[:3], X, INDICES, {"weight": 2.0}, TypeError, r"weight must be a \w+ of shape \(K,\), got float"),
    (CLASSES[:3], X, INDICES, {"weight": np.ones(3)}, ValueError, r"weight has 3 values, x has 4 classes; one value a class is needed"),
    (CLASSES[:3], X, INDICES, {"weight": np.ones(4, np.float32)}, TypeError,
     r"weight has dtype (torch\.)?float32, x has (torch\.)?float64"),
    (["cross_entropy"], X, INDICES, {"label_smoothing": 1.5}, ValueError, r"label_smoothing must lie between 0 and 1, got 1.5"),
    (["cross_entropy"], X, INDICES, {"label_smoothing": None}, TypeError, r"label_smoothing must be a number, got None"),
    (["cross_entropy"], X, np.ones((3, 3)), {}, ValueError, r"target must have the shape of x, \(3, 4\), got \(3, 3\)"),
    (["cross_entropy"], X, ONES.astype(np.float32), {}, TypeError, r"target has dtype (torch\.)?float32, x has (torch\.)?float64"),
    (["cross_entropy"], X, ONES, {"ignore_index": 2}, ValueError, r"ignore_index=2 needs class indices, target holds probabilities"),
    (VALUES, X, ONES[:, :1], {}, ValueError, r"target must have the shape of x, \(3, 4\), got \(3, 1\)"),
    (VALUES, X, INDICES, {}, TypeError, r"target has dtype (torch\.)?int64, x has (torch\.)?float64; convert one of them"),
    (["mse_loss"], X, ONES, {"weight": np.ones(4)}, ValueError, r"weight must have the shape of x, \(3, 4\), got \(4,\)"),
    (["mse_loss"], X, ONES, {"weight": 1.0}, TypeError, r"weight must be a \w+, got float"),
    (VALUES[1:], X, ONES, {"weight": np.ones(3)}, ValueError, r"weight of shape \(3,\) cannot be repeated to the shape of x, \(3, 4\)"),
    (VALUES[1:], X, ONES, {"pos_weight": np.ones((2, 3, 4))}, ValueError,
     r"pos_weight of shape \(2, 3, 4\) cannot be repeated to the shape"),
    (VALUES[1:], X, ONES, {"pos_weight": np.ones(4, np.float32)}, TypeError, r"pos_weight has dtype (torch\.)?float32, x has"),
    (VALUES[1:], X, ONES, {"pos_weight": 2.0}, TypeError, r"pos_weight must be a \w+, got float"),
    (["multi_margin_loss"], X, INDICES, {"p": 3}, ValueError, r"p must be 1 or 2, got 3"),
    (CLASSES[2:], X, INDICES, {"margin": "1"}, TypeError, r"margin must be a number, got '1'"),
]


@pytest.mark.parametrize(("name", "x", "target", "options", "error", "message"), [(name, *rest) for names, *rest in BAD for name in names],
                         ids=[f"{name}-{rest[-1][:30]}" for names, *rest in BAD for name in names])
def test_refuses(matrix_engine, name, x, target, options, error, message):
    with pytest.raises(error, match=message):
        getattr(matrix_engine, name)(x, target, **options)
    with pytest.raises(error, match=message):
        getattr(matrix_engine, f"{name}_backward")(1.0, x, target, **options)


@pytest.mark.parametrize("name", [*CLASSES, *VALUES])
@pytest.mark.parametrize(("reduction", "grad_y", "error", "message"), [
    ("mean", np.ones(3), ValueError, r"grad_y must have the shape of the output, \(\), got \(3,\)"),
    ("mean", "1", TypeError, r"grad_y must be a number, got '1'"),
    ("sum", np.ones((), np.float32), TypeError, r"grad_y has dtype (torch\.)?float32, x has (torch\.)?float64"),
    ("none", 1.0, TypeError, r"grad_y must be a \w+, got float"),
    ("none", np.ones(5), ValueError, r"grad_y must have the shape of the output, \(3(, 4|,)\), got \(5,\)")])
def test_backward_refuses(matrix_engine, name, reduction, grad_y, error, message):
    with pytest.raises(error, match=message):
        getattr(matrix_engine, f"{name}_backward")(grad_y, X, ONES if name in VALUES else INDICES, reduction=reduction)


@pytest.mark.parametrize(("k", "error", "message"), [
    (0, ValueError, r"k must lie between 1 and the number of classes, 4, got 0"), (5, ValueError, r"k must lie between 1 and .* got 5"),
    (1.0, TypeError, r"k must be an int, got 1\.0"), (True, TypeError, r"k must be an int, got True")])
def test_topk_accuracy_refuses(matrix_engine, k, error, message):
    with pytest.raises(error, match=message):
        matrix_engine.topk_accuracy(X, INDICES, k)


@pytest.mark.parametrize("name", [*CLASSES[:3], *VALUES])
def test_arguments_are_torchs(name):
    """In torch's order and with its defaults, less the two that torch itself calls deprecated."""
    ours, torchs = (list(signature(getattr(module, name)).parameters.values())[1:] for module in (numpy_nn, F))
    expected = [(p.name, p.default) for p in torchs if p.name not in ("size_average", "reduce")]
    assert [(p.name, p.default) for p in ours] == expected
