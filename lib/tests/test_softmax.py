"""softmax and log_softmax on every engine, with torch.nn.functional as the judge."""
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from convbook.gradcheck import numerical_gradient, relative_error
from convbook.torch_nn.tape import apply

both = pytest.mark.parametrize("name", ["softmax", "log_softmax"])


def judge(name, x, dim, grad_y):
    leaf = torch.tensor(x, requires_grad=True)
    y = getattr(F, name)(leaf, dim)
    return y.detach().numpy(), torch.autograd.grad(y, leaf, torch.from_numpy(grad_y))[0].numpy()


def call(engine, name, x, dim, grad_y):
    return getattr(engine, name)(x, dim), getattr(engine, f"{name}_backward")(grad_y, x, dim)


def example(shape=(3, 4, 2), seed=0):
    return np.random.default_rng(seed).standard_normal((2, *shape))


def test_with_a_pencil(matrix_engine):
    x = np.log([[1.0, 2.0, 5.0]])
    np.testing.assert_allclose(matrix_engine.softmax(x, 1), [[0.125, 0.25, 0.625]], rtol=1e-15)
    np.testing.assert_allclose(matrix_engine.log_softmax(x, 1), np.log([[0.125, 0.25, 0.625]]), rtol=1e-15)
    first = np.array([[1.0, 0, 0]])
    np.testing.assert_allclose(matrix_engine.softmax_backward(first, x, 1), [[7 / 64, -2 / 64, -5 / 64]], rtol=1e-14)
    np.testing.assert_allclose(matrix_engine.log_softmax_backward(first, x, 1), [[0.875, -0.25, -0.625]], rtol=1e-15)


@both
@given(shape=array_shapes(min_dims=1, max_dims=5, max_side=5), seed=st.integers(0, 2**32 - 1), data=st.data())
def test_agrees_with_torch(matrix_engine, assert_close, name, shape, seed, data):
    x, grad_y = 5 * example(shape, seed)
    dim = data.draw(st.integers(-x.ndim, x.ndim - 1))
    for got, expected, tolerance in zip(call(matrix_engine, name, x, dim, grad_y), judge(name, x, dim, grad_y), (1e-12, 1e-10),
                                        strict=True):
        assert_close(got, expected, tolerance)


@both
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_gradients_agree_with_finite_differences(matrix_engine, name, dim):
    x, grad_y = example()
    numerical = numerical_gradient(lambda x: (getattr(matrix_engine, name)(x, dim) * grad_y).sum(), x)
    assert relative_error(call(matrix_engine, name, x, dim, grad_y)[1], numerical) <= 1e-7


@both
@pytest.mark.parametrize("dim", [0, -1])
def test_torch_gradcheck_agrees(torch_engine, name, dim):
    primitive = getattr(sys.modules[getattr(torch_engine.native, name).__module__], f"_{name}")
    assert torch.autograd.gradcheck(lambda x: apply(primitive, x, dim), torch_engine.array(example()[0]).requires_grad_())


@given(seed=st.integers(0, 2**32 - 1), shift=st.floats(-100, 100))
def test_properties(matrix_engine, seed, shift):
    x, grad_y = example(seed=seed)
    y = matrix_engine.softmax(x, 1)
    np.testing.assert_allclose(y.sum(axis=1), np.ones((3, 2)), rtol=1e-14)
    np.testing.assert_allclose(matrix_engine.softmax(x + shift, 1), y, rtol=1e-12)          # a shift of all scores changes nothing
    np.testing.assert_allclose(matrix_engine.log_softmax(x, 1), np.log(y), rtol=1e-12, atol=1e-13)
    for name in ("softmax", "log_softmax"):                                                 # so the gradient does not lead along it
        np.testing.assert_allclose(call(matrix_engine, name, x, 1, grad_y)[1].sum(axis=1), np.zeros((3, 2)), atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_large_scores_do_not_overflow(matrix_engine, dtype):
    x = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4], [1e4, 1e4, 1e4 - 8]], dtype)
    np.testing.assert_allclose(matrix_engine.log_softmax(x, 1), F.log_softmax(torch.tensor(x).double(), 1), rtol=2 * np.finfo(dtype).eps)
    for dim in (0, 1):
        got, expected = matrix_engine.softmax(x, dim), F.softmax(torch.tensor(x).double(), dim)
        np.testing.assert_allclose(got, expected, atol=np.finfo(dtype).eps)
        for name in ("softmax", "log_softmax"):
            assert np.isfinite(call(matrix_engine, name, x, dim, np.ones_like(x))[1]).all()


@both
@pytest.mark.parametrize("row", [[1, np.nan, 2], [np.inf, 1, 2], [np.inf, np.inf, 0], [-np.inf, 1, 2], [-np.inf] * 3], ids=str)
def test_infinity_and_nan_are_torchs(matrix_engine, name, row):
    x, grad_y = np.array([row, [1.0, 2, 3]]), np.array([[1.0, -2, 3]] * 2)
    for got, expected in zip(call(matrix_engine, name, x, 1, grad_y), judge(name, x, 1, grad_y), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-15)


@both
def test_float32_is_right_to_six_digits(matrix_engine, name):
    x, grad_y = 5 * example((50, 30))
    right = call(matrix_engine, name, x, 1, grad_y)
    for got, expected in zip(call(matrix_engine, name, x.astype(np.float32), 1, grad_y.astype(np.float32)), right, strict=True):
        assert got.dtype == np.float32
        assert np.abs(got - expected).max() <= 1e-6 * np.abs(expected).max()


@both
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_kept(torch_engine, assert_close, name, dtype):
    x, grad_y = example((8, 10))
    right = call(torch_engine, name, x, 1, grad_y)
    halves = [torch_engine.array(a).to(dtype) for a in (x, grad_y)]
    got = call(torch_engine.native, name, halves[0], 1, halves[1])
    for half, expected in zip(got, right, strict=True):
        assert half.dtype == dtype
        assert_close(half.double().cpu(), expected, 4 * torch.finfo(dtype).eps)


@both
def test_float16_is_kept(matrix_engine, assert_close, name):
    x, grad_y = example((8, 10))
    halves = call(matrix_engine, name, x.astype(np.float16), 1, grad_y.astype(np.float16))
    for half, expected in zip(halves, call(matrix_engine, name, x, 1, grad_y), strict=True):
        assert half.dtype == np.float16
        assert_close(half, expected, 4 * np.finfo(np.float16).eps)


@both
def test_inputs_are_not_modified_and_results_are_new(matrix_engine, name):
    x, grad_y = example()
    before = x.copy(), grad_y.copy()
    for result in call(matrix_engine, name, x, 1, grad_y):
        result[...] = np.nan
    np.testing.assert_array_equal((x, grad_y), before)


@both
def test_strided_inputs(matrix_engine, name):
    x, grad_y = example((4, 3, 2)).transpose(0, 3, 1, 2)
    assert not x.flags.c_contiguous
    for got, expected in zip(call(matrix_engine, name, x, 1, grad_y), call(matrix_engine, name, x.copy(), 1, grad_y.copy()), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-15)


@both
@pytest.mark.parametrize("batch", [0, 1])
def test_batch_of_none_and_of_one(matrix_engine, name, batch):
    x, grad_y = example((batch, 4))
    for got, expected in zip(call(matrix_engine, name, x, 1, grad_y), judge(name, x, 1, grad_y), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-15)


@both
@pytest.mark.parametrize(("x", "dim", "error", "message"), [
    ([1.0], 0, TypeError, r"x must be a \w+, got list"),
    (np.ones((2, 3), int), 1, TypeError, r"x has dtype (torch\.)?int64, the sums need floats"),
    (np.ones((2, 3)), 2, ValueError, r"dim=2 is no axis of x, which has shape \(2, 3\)"),
    (np.ones((2, 3)), -3, ValueError, r"dim=-3 is no axis of x, which has shape \(2, 3\)"),
    (np.array(1.0), 0, ValueError, r"dim=0 is no axis of x, which has shape \(\)"),
    (np.ones((2, 0)), 1, ValueError, r"the length of x along dim=1 must be at least 1, got 0"),
    (np.ones((2, 3)), None, TypeError, r"dim must be an int, got None"),
    (np.ones((2, 3)), True, TypeError, r"dim must be an int, got True"),
    (np.ones((2, 3)), 1.0, TypeError, r"dim must be an int, got 1\.0"),
], ids=lambda value: value[:24] if isinstance(value, str) else "")
def test_refuses(matrix_engine, name, x, dim, error, message):
    with pytest.raises(error, match=message):
        getattr(matrix_engine, name)(x, dim)
    with pytest.raises(error, match=message):
        getattr(matrix_engine, f"{name}_backward")(x, x, dim)


@both
def test_backward_refuses_a_gradient_of_another_shape(matrix_engine, name):
    with pytest.raises(ValueError, match=r"grad_y must have the shape of the output, \(2, 3\), got \(2, 1\)"):
        getattr(matrix_engine, f"{name}_backward")(np.ones((2, 1)), np.ones((2, 3)), 1)
