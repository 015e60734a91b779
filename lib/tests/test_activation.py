"""Functions of single values on every engine, with torch.nn.functional as the judge."""
import sys
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from convbook.gradcheck import numerical_gradient, relative_error
from convbook.numpy_nn._elementwise import BLOCK
from convbook.torch_nn.tape import apply


def scaled_tanh(x):
    return 1.7159 * torch.tanh(2 * x / 3)


def hardsigmoid(x):
    return F.relu6(x + 3) / 6           # in the gradient of F.hardsigmoid 1 / 6 has only seven digits, in float64 too


CASES = [("relu", {}), ("relu6", {}), ("leaky_relu", {}), ("leaky_relu", {"negative_slope": -0.3}), ("elu", {}), ("elu", {"alpha": 1.7}),
         ("sigmoid", {}), ("tanh", {}), ("scaled_tanh", {}), ("silu", {}), ("gelu", {}), ("gelu", {"approximate": "tanh"}),
         ("hardsigmoid", {}), ("hardswish", {})]
every_case = pytest.mark.parametrize(("name", "options"), CASES, ids=lambda value: value if isinstance(value, str) else str(value)[1:-1])


def judge(name, x, options, grad_y=None):
    """Output, and the gradient that autograd makes of grad_y."""
    function = globals().get(name) or getattr(F, name, None) or getattr(torch, name)
    leaf = torch.tensor(x, requires_grad=True)
    y = function(leaf, **options)
    grad_y = torch.ones_like(y) if grad_y is None else torch.from_numpy(grad_y)
    return y.detach().numpy(), torch.autograd.grad(y, leaf, grad_y)[0].numpy()


def call(engine, name, x, options, grad_y=None):
    """Output and gradient as the engine has them."""
    grad_y = np.ones_like(x) if grad_y is None else grad_y
    return getattr(engine, name)(x, **options), getattr(engine, f"{name}_backward")(grad_y, x, **options)


@pytest.mark.parametrize(("name", "x", "y", "slope"), [
    ("relu", -2, 0, 0), ("relu", 3, 3, 1), ("relu6", -1, 0, 0), ("relu6", 4, 4, 1), ("relu6", 7, 6, 0),
    ("leaky_relu", -2, -0.02, 0.01), ("leaky_relu", 2, 2, 1), ("elu", 2, 2, 1), ("elu", -np.log(2), -0.5, 0.5),
    ("sigmoid", 0, 0.5, 0.25), ("sigmoid", np.log(3), 0.75, 0.1875), ("tanh", np.log(3) / 2, 0.5, 0.75),
    ("scaled_tanh", 0.75 * np.log(3), 1.7159 / 2, 1.7159 / 2), ("silu", np.log(3), 0.75 * np.log(3), 0.75 + 0.1875 * np.log(3)),
    ("gelu", 0, 0, 0.5), ("gelu", 1, 0.8413447460685429, 0.8413447460685429 + 0.24197072451914337),
    ("hardsigmoid", 1.5, 0.75, 1 / 6), ("hardsigmoid", -4, 0, 0), ("hardsigmoid", 4, 1, 0),
    ("hardswish", 1.5, 1.125, 1), ("hardswish", -5, 0, 0), ("hardswish", 5, 5, 1)])
def test_with_a_pencil(matrix_engine, name, x, y, slope):
    got, gradient = call(matrix_engine, name, np.array([float(x)]), {}, np.array([2.0]))
    np.testing.assert_allclose([got[0], gradient[0]], [y, 2 * slope], rtol=1e-15, atol=1e-15)


def test_scaled_tanh_keeps_plus_and_minus_one(matrix_engine):
    np.testing.assert_allclose(matrix_engine.scaled_tanh(np.array([-1.0, 1.0])), [-1, 1], atol=3e-5)


@every_case
@settings(max_examples=25)                                  # for each of 14 cases
@given(shape=array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4), seed=st.integers(0, 2**32 - 1), size=st.sampled_from([1, 5, 50]))
def test_agrees_with_torch(matrix_engine, assert_close, name, options, shape, seed, size):
    rng = np.random.default_rng(seed)
    x, grad_y = np.asarray(size * rng.standard_normal(shape)), np.asarray(rng.standard_normal(shape))
    for got, expected, tolerance in zip(call(matrix_engine, name, x, options, grad_y), judge(name, x, options, grad_y), (1e-12, 1e-10),
                                        strict=True):
        assert_close(got, expected, tolerance)


@every_case
def test_arrays_of_more_than_one_block(matrix_engine, assert_close, name, options):
    x, grad_y = np.random.default_rng(0).standard_normal((2, 2 * BLOCK + 7))
    for got, expected in zip(call(matrix_engine, name, x, options, grad_y), judge(name, x, options, grad_y), strict=True):
        assert_close(got, expected, 1e-12)


@every_case
def test_gradients_agree_with_finite_differences(matrix_engine, name, options):
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.uniform(0.1, 2.9, 8), rng.uniform(-2.9, -0.1, 8), rng.uniform(3.1, 4, 3), rng.uniform(-4, -3.1, 3)])
    grad_y = rng.uniform(0.5, 1.5, x.size)
    numerical = numerical_gradient(lambda x: (getattr(matrix_engine, name)(x, **options) * grad_y).sum(), x)
    assert relative_error(call(matrix_engine, name, x, options, grad_y)[1], numerical) <= 1e-7


@every_case
def test_torch_gradcheck_agrees(torch_engine, name, options):
    primitive = getattr(sys.modules[getattr(torch_engine.native, name).__module__], f"_{name}")
    x = torch_engine.array(np.array([-4.0, -2, -0.7, -0.1, 0.2, 1, 2.5, 3.5, 6.5])).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: apply(partial(primitive, **options), x), (x,))


@every_case
def test_kinks_are_torchs(matrix_engine, name, options):
    x = np.array([0.0, -0.0, 3, -3, 6, -6])
    for got, expected in zip(call(matrix_engine, name, x, options), judge(name, x, options), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-14, atol=1e-16)


def test_hardsigmoid_is_torchs(matrix_engine, assert_close):
    x = np.linspace(-4, 4, 41)
    leaf = torch.tensor(x, requires_grad=True)
    y, gradient = call(matrix_engine, "hardsigmoid", x, {})
    assert_close(y, F.hardsigmoid(leaf).detach(), 1e-12)
    assert_close(gradient, torch.autograd.grad(F.hardsigmoid(leaf).sum(), leaf)[0], 1e-7)


def test_slopes_at_the_kinks(matrix_engine):
    zero, three = np.array([0.0]), np.array([-3.0, 3.0])
    slopes = {name: call(matrix_engine, name, zero, options)[1][0] for name, options in CASES[:6]}
    assert slopes == {"relu": 0, "relu6": 0, "leaky_relu": -0.3, "elu": 1.7}
    assert call(matrix_engine, "relu6", np.array([6.0]), {})[1] == 0
    np.testing.assert_array_equal(call(matrix_engine, "hardsigmoid", three, {})[1], [0, 0])
    np.testing.assert_array_equal(call(matrix_engine, "hardswish", three, {})[1], [0, 1])


@every_case
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_large_numbers_do_not_overflow(matrix_engine, name, options, dtype):
    x = np.array([-1e4, -100, -20, 20, 100, 1e4], dtype)
    results, expected = call(matrix_engine, name, x, options), judge(name, x.astype(np.float64), options)
    for got, right in zip(results, expected, strict=True):
        assert np.isfinite(got).all()
        np.testing.assert_allclose(got, right, rtol=2 * np.finfo(dtype).eps, atol=2 * np.finfo(dtype).eps)


@every_case
def test_infinity_and_nan_are_torchs(matrix_engine, name, options):
    for value in (np.inf, -np.inf, np.nan):
        x = np.array([value])
        np.testing.assert_array_equal(getattr(matrix_engine, name)(x, **options), judge(name, x, options)[0])


@pytest.mark.parametrize("name", ["relu", "silu", "gelu", "hardswish"])
@given(seed=st.integers(0, 2**32 - 1))
def test_both_sides_add_up_to_x(matrix_engine, name, seed):
    x = 3 * np.random.default_rng(seed).standard_normal(50)
    function = getattr(matrix_engine, name)
    np.testing.assert_allclose(function(x) - function(-x), x, rtol=1e-13)


@given(seed=st.integers(0, 2**32 - 1))
def test_sigmoid_and_tanh_are_symmetric(matrix_engine, seed):
    x = 5 * np.random.default_rng(seed).standard_normal(50)
    np.testing.assert_allclose(matrix_engine.sigmoid(x) + matrix_engine.sigmoid(-x), np.ones(50), rtol=1e-14)
    np.testing.assert_allclose(matrix_engine.tanh(x), 2 * matrix_engine.sigmoid(2 * x) - 1, atol=1e-15)
    np.testing.assert_array_equal(matrix_engine.tanh(-x), -matrix_engine.tanh(x))
