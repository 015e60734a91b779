"""Losses on every engine, with torch.nn.functional as the judge."""
import sys
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from convbook.gradcheck import numerical_gradient, relative_error
from convbook.torch_nn.tape import apply

REDUCTIONS = st.sampled_from(["mean", "sum", "none"])
CLASS_WEIGHT = np.array([0.5, 2.0, 1.0, 0.25])
N, K = 3, 4


def hinge_loss(x, target, margin=1.0, reduction="mean"):
    return x.shape[1] * F.multi_margin_loss(x, target, margin=margin, reduction=reduction)


def example(name, shape=(N, K), seed=0):
    """x and a target that suits the loss."""
    rng = np.random.default_rng(seed)
    x = 3 * rng.standard_normal(shape)
    if name in ("mse_loss", "binary_cross_entropy_with_logits"):
        return x, rng.random(shape)
    if name == "cross_entropy of probabilities":
        target = rng.random(shape)
        return x, target / target.sum(axis=1, keepdims=True)
    return x, rng.integers(0, shape[1], (shape[0], *shape[2:]))


def judge(name, x, target, options, grad_y=None):
    """Loss, and the gradient that autograd makes of it."""
    function = globals().get(name) or getattr(F, name.split()[0])
    leaf = torch.tensor(x, requires_grad=True)
    y = function(leaf, torch.from_numpy(target), **{k: torch.from_numpy(v) if isinstance(v, np.ndarray) else v for k, v in options.items()})
    grad_y = torch.ones_like(y) if grad_y is None else torch.as_tensor(grad_y, dtype=y.dtype)
    return y.detach().numpy(), torch.autograd.grad(y, leaf, grad_y)[0].numpy()


def call(engine, name, x, target, options, grad_y=None):
    """The same two from an engine."""
    name = name.split()[0]
    y = getattr(engine, name)(x, target, **options)
    grad_y = (np.ones_like(y) if y.ndim else 1.0) if grad_y is None else grad_y
    return y, getattr(engine, f"{name}_backward")(grad_y, x, target, **options)


CASES = [("cross_entropy", {}), ("cross_entropy", {"weight": CLASS_WEIGHT}), ("cross_entropy", {"label_smoothing": 0.1}),
         ("cross_entropy", {"weight": CLASS_WEIGHT, "label_smoothing": 0.3, "ignore_index": 2}), ("cross_entropy", {"ignore_index": 0}),
         ("cross_entropy of probabilities", {}), ("cross_entropy of probabilities", {"weight": CLASS_WEIGHT, "label_smoothing": 0.2}),
         ("nll_loss", {}), ("nll_loss", {"weight": CLASS_WEIGHT, "ignore_index": 1}),
         ("mse_loss", {}), ("mse_loss", {"weight": np.linspace(0, 1, N * K).reshape(N, K)}),
         ("binary_cross_entropy_with_logits", {}),
         ("binary_cross_entropy_with_logits", {"weight": np.linspace(0, 1, N)[:, None], "pos_weight": CLASS_WEIGHT}),
         ("multi_margin_loss", {}), ("multi_margin_loss", {"p": 2, "margin": 0.7, "weight": CLASS_WEIGHT}),
         ("hinge_loss", {}), ("hinge_loss", {"margin": 2.5})]
every_case = pytest.mark.parametrize(("name", "options"), CASES,
                                     ids=[f"{name}({', '.join(options)})" for name, options in CASES])


@every_case
@settings(max_examples=25)                                  # for each of 17 cases
@given(reduction=REDUCTIONS, seed=st.integers(0, 2**32 - 1))
def test_agrees_with_torch(matrix_engine, assert_close, name, options, reduction, seed):
    (x, target), options = example(name, seed=seed), {**options, "reduction": reduction}
    if reduction == "mean" and np.all(target == options.get("ignore_index")):
        target[0] = 3
    grad_y = np.random.default_rng(seed).standard_normal(x.shape[:1] if target.ndim == 1 or "entropy of" in name else x.shape)
    grad_y = grad_y if reduction == "none" else np.asarray(grad_y.flat[0])
    got, expected = call(matrix_engine, name, x, target, options, grad_y), judge(name, x, target, options, grad_y)
    assert_close(got[0], expected[0], 1e-12)
    assert_close(got[1], expected[1], 1e-10)


@pytest.mark.parametrize(("name", "options"), CASES[:9])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("shape", [(2, K, 3, 5), (2, K, 3), (1, K, 0), (1, K, 2, 1, 3)], ids=str)
def test_losses_of_every_pixel_agree_with_torch(matrix_engine, assert_close, name, options, reduction, shape):
    (x, target), options = example(name, shape), {**options, "reduction": reduction}
    if 0 in shape and reduction == "mean":
        return                                              # the mean of nothing has its own test
    got, expected = call(matrix_engine, name, x, target, options), judge(name, x, target, options)
    assert_close(got[0], expected[0], 1e-12)
    assert_close(got[1], expected[1], 1e-10)


@every_case
def test_gradients_agree_with_finite_differences(matrix_engine, name, options):
    x, target = example(name)
    numerical = numerical_gradient(lambda x: getattr(matrix_engine, name.split()[0])(x, target, **options), x)
    assert relative_error(call(matrix_engine, name, x, target, options)[1], numerical) <= 1e-7


@every_case
@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_torch_gradcheck_agrees(torch_engine, name, options, reduction):
    native = getattr(torch_engine.native, name.split()[0])
    primitive = getattr(sys.modules[native.__module__], f"_{name.split()[0]}")
    x, target = map(torch_engine.array, example(name))
    bound = partial(primitive, **{key: torch_engine.array(value) for key, value in options.items()}, reduction=reduction)
    assert torch.autograd.gradcheck(lambda x: apply(bound, x, target), x.requires_grad_())


def test_with_a_pencil(matrix_engine):
    x, target = np.log([[1.0, 2, 5], [1, 1, 2]]), np.array([2, 0])
    loss, gradient = call(matrix_engine, "cross_entropy", x, target, {})
    np.testing.assert_allclose(loss, (np.log(8 / 5) + np.log(4)) / 2, rtol=1e-15)
    np.testing.assert_allclose(gradient, np.array([[1 / 8, 2 / 8, 5 / 8 - 1], [1 / 4 - 1, 1 / 4, 2 / 4]]) / 2, rtol=1e-15)
    loss, gradient = call(matrix_engine, "nll_loss", np.array([[-1.0, -2, -3], [-4, -5, -6]]), target, {})
    assert loss == 3.5
    np.testing.assert_array_equal(gradient, [[0, 0, -0.5], [-0.5, 0, 0]])
    loss, gradient = call(matrix_engine, "mse_loss", np.array([1.0, 4]), np.array([2.0, 1]), {})
    assert loss == 5
    np.testing.assert_array_equal(gradient, [-1, 3])
    loss, gradient = call(matrix_engine, "binary_cross_entropy_with_logits", np.log([3.0, 1]), np.array([1.0, 0]), {"reduction": "sum"})
    np.testing.assert_allclose(loss, np.log(4 / 3) + np.log(2), rtol=1e-15)
    np.testing.assert_allclose(gradient, [-0.25, 0.5], rtol=1e-15)


def test_hinge_loss_of_the_course_notes(matrix_engine):
    """cs231n's example: cat 3.2, car 5.1, frog -1.7 and the two that follow it; losses 2.9, 0, 12.9."""
    x, target = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]]), np.array([0, 1, 2])
    losses, gradient = call(matrix_engine, "hinge_loss", x, target, {"reduction": "none"})
    np.testing.assert_allclose(losses, [2.9, 0, 12.9], rtol=1e-14, atol=1e-15)
    np.testing.assert_array_equal(gradient, [[-1, 1, 0], [0, 0, 0], [1, 1, -2]])
    np.testing.assert_allclose(matrix_engine.hinge_loss(x, target), 15.8 / 3, rtol=1e-14)
    np.testing.assert_allclose(matrix_engine.multi_margin_loss(x, target), 15.8 / 9, rtol=1e-14)      # torch's: divided by 3 classes


def test_hinge_loss_at_the_kink_leads_nowhere(matrix_engine):
    x, target = np.array([[2.0, 1, 0]]), np.array([0])
    for name in ("hinge_loss", "multi_margin_loss"):
        for gradient in (call(matrix_engine, name, x, target, {})[1], judge(name, x, target, {})[1]):
            np.testing.assert_array_equal(gradient, np.zeros((1, 3)))


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_loss_at_initialisation(matrix_engine, classes):
    x, target = np.zeros((5, classes)), np.arange(5) % classes
    np.testing.assert_allclose(matrix_engine.cross_entropy(x, target), np.log(classes), rtol=1e-14)
    np.testing.assert_allclose(matrix_engine.hinge_loss(x, target), classes - 1, rtol=1e-14)
    if classes == 10:
        assert f"{matrix_engine.cross_entropy(x, target):.6f}" == "2.302585"


@given(seed=st.integers(0, 2**32 - 1), shift=st.floats(-100, 100))
def test_properties_of_cross_entropy(matrix_engine, seed, shift):
    x, target = example("cross_entropy", seed=seed)
    _, probabilities = example("cross_entropy of probabilities", seed=seed)
    one_hot = np.eye(K)[target]
    loss, gradient = call(matrix_engine, "cross_entropy", x, target, {})
    np.testing.assert_allclose(gradient.sum(axis=1), np.zeros(N), atol=1e-15)
    np.testing.assert_allclose(gradient, (matrix_engine.softmax(x, 1) - one_hot) / N, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(matrix_engine.cross_entropy(x + shift, target), loss, rtol=1e-11)
    np.testing.assert_allclose(matrix_engine.cross_entropy(x, one_hot), loss, rtol=1e-13)
    np.testing.assert_allclose(matrix_engine.nll_loss(matrix_engine.log_softmax(x, 1), target), loss, rtol=1e-13)
    least = -(probabilities * np.log(probabilities)).sum(axis=1).mean()
    np.testing.assert_allclose(matrix_engine.cross_entropy(np.log(probabilities), probabilities), least, rtol=1e-12)
    assert matrix_engine.cross_entropy(x, probabilities) >= least - 1e-12


@given(seed=st.integers(0, 2**32 - 1))
def test_two_classes_are_one_logit(matrix_engine, seed):
    x, target = example("cross_entropy", (5, 2), seed)
    np.testing.assert_allclose(matrix_engine.binary_cross_entropy_with_logits(x[:, 1] - x[:, 0], target.astype(float)),
                               matrix_engine.cross_entropy(x, target), rtol=1e-12)
