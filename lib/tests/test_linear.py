"""linear on every engine, with torch.nn.functional as the judge."""
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from convbook.gradcheck import numerical_gradient, relative_error
from convbook.torch_nn.tape import apply


def judge(x, weight, bias, grad_y):
    leaves = [None if a is None else torch.tensor(a, requires_grad=True) for a in (x, weight, bias)]
    y = F.linear(*leaves)
    gradients = iter(torch.autograd.grad(y, [leaf for leaf in leaves if leaf is not None], torch.from_numpy(grad_y)))
    return y.detach().numpy(), [None if leaf is None else next(gradients).numpy() for leaf in leaves]


def example(leading=(5,), dtype=np.float64, seed=0):
    """x, weight, bias, grad_y for 4 inputs and 3 outputs."""
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape).astype(dtype) for shape in ((*leading, 4), (3, 4), (3,), (*leading, 3))]


def test_with_a_pencil(matrix_engine):
    x, weight, bias = np.array([[1.0, 2]]), np.array([[1.0, 0], [3, 4], [-1, 1]]), np.array([0.0, 1, 2])
    np.testing.assert_array_equal(matrix_engine.linear(x, weight, bias), [[1, 12, 3]])
    grad_x, grad_weight, grad_bias = matrix_engine.linear_backward(np.array([[1.0, 1, 2]]), x, weight, bias)
    np.testing.assert_array_equal(grad_x, [[2, 6]])
    np.testing.assert_array_equal(grad_weight, [[1, 2], [1, 2], [2, 4]])
    np.testing.assert_array_equal(grad_bias, [1, 1, 2])


@given(leading=st.lists(st.integers(0, 4), max_size=3), with_bias=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_agrees_with_torch(matrix_engine, assert_close, leading, with_bias, seed):
    x, weight, bias, grad_y = example(leading, seed=seed)
    bias = bias if with_bias else None
    y, gradients = judge(x, weight, bias, grad_y)
    assert_close(matrix_engine.linear(x, weight, bias), y, 1e-12)
    for got, expected in zip(matrix_engine.linear_backward(grad_y, x, weight, bias), gradients, strict=True):
        if expected is None:
            assert got is None
        else:
            assert_close(got, expected, 1e-10)


def test_gradients_agree_with_finite_differences(matrix_engine):
    *arrays, grad_y = example((2, 3))
    for array, gradient in zip(arrays, matrix_engine.linear_backward(grad_y, *arrays), strict=True):
        numerical = numerical_gradient(lambda _: (matrix_engine.linear(*arrays) * grad_y).sum(), array)     # nudged in place
        assert relative_error(gradient, numerical) <= 1e-7


@pytest.mark.parametrize("leading", [(), (2,), (2, 3)], ids=str)
def test_torch_gradcheck_agrees(torch_engine, leading):
    primitive = sys.modules[torch_engine.native.linear.__module__]._linear
    assert torch.autograd.gradcheck(lambda *leaves: apply(primitive, *leaves),
                                    [torch_engine.array(a).requires_grad_() for a in example(leading)[:3]])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_is_kept(matrix_engine, assert_close, dtype):
    x, weight, bias, grad_y = example((50,), dtype)
    results = matrix_engine.linear(x, weight, bias), *matrix_engine.linear_backward(grad_y, x, weight, bias)
    wide = [a.astype(np.float64) for a in (x, weight, bias, grad_y)]
    right = matrix_engine.linear(*wide[:3]), *matrix_engine.linear_backward(wide[3], *wide[:3])
    for got, expected in zip(results, right, strict=True):
        assert got.dtype == dtype
        assert_close(got.astype(np.float64), expected, {np.float16: 4e-3, np.float32: 5e-7, np.float64: 0}[dtype])


def test_bfloat16_is_kept(torch_engine):
    x, weight, bias, grad_y = (torch_engine.array(a).bfloat16() for a in example())
    results = torch_engine.native.linear(x, weight, bias), *torch_engine.native.linear_backward(grad_y, x, weight, bias)
    assert {result.dtype for result in results} == {torch.bfloat16}


def test_inputs_are_not_modified_and_results_are_new(matrix_engine):
    x, weight, bias, grad_y = arrays = example()
    before = [a.copy() for a in arrays]
    for result in (matrix_engine.linear(x, weight), matrix_engine.linear(x, weight, bias),
                   *matrix_engine.linear_backward(grad_y, x, weight, bias)):
        result[...] = np.nan
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_strided_inputs(matrix_engine, assert_close):
    x, weight, bias, grad_y = (np.stack([a, a], axis=-1)[..., 0] for a in example((2, 3)))
    x, weight = np.asfortranarray(x), np.asfortranarray(weight)
    y, gradients = judge(x, weight, bias, grad_y)
    assert not any(a.flags.c_contiguous for a in (x, weight, bias, grad_y))
    assert_close(matrix_engine.linear(x, weight, bias), y, 1e-12)
    for got, expected in zip(matrix_engine.linear_backward(grad_y, x, weight, bias), gradients, strict=True):
        assert_close(got, expected, 1e-10)


@given(seed=st.integers(0, 2**32 - 1))
def test_adjoint_identity(matrix_engine, seed):
    x, weight, _, grad_y = example(seed=seed)
    y, (grad_x, grad_weight, _) = matrix_engine.linear(x, weight), matrix_engine.linear_backward(grad_y, x, weight)
    scale = (np.abs(x) @ np.abs(weight).T * np.abs(grad_y)).sum()
    assert abs((y * grad_y).sum() - (x * grad_x).sum()) <= 1e-14 * scale
    assert abs((y * grad_y).sum() - (weight * grad_weight).sum()) <= 1e-14 * scale


def test_is_a_convolution_with_one_pixel(matrix_engine, assert_close):
    x, weight, bias, _ = example()
    convolved = matrix_engine.conv2d(x[:, :, None, None], weight[:, :, None, None], bias)[:, :, 0, 0]
    assert_close(matrix_engine.linear(x, weight, bias), convolved, 1e-12)


@pytest.mark.parametrize(("changes", "error", "message"), [
    ({"x": [[1.0]]}, TypeError, r"x must be a \w+ of shape \(\.\.\., I\), got list"),
    ({"x": np.array(1.0)}, ValueError, r"x must have at least one axis \(\.\.\., I\), got a single number"),
    ({"x": np.ones((5, 4), int)}, TypeError, r"x has dtype (torch\.)?int64, the sums need floats"),
    ({"x": np.ones((5, 4), np.float32)}, TypeError, r"weight has dtype (torch\.)?float64, x has (torch\.)?float32; convert one of them"),
    ({"x": np.ones((5, 2, 2))}, ValueError, r"weight expects 4 inputs, x has 2 \(shape \(5, 2, 2\)\); flatten the images first"),
    ({"weight": np.ones(4)}, ValueError, r"weight must have 2 axes \(O, I\), got shape \(4,\)"),
    ({"weight": np.ones((0, 4)), "bias": None}, ValueError, r"the number of outputs of weight must be at least 1, got 0"),
    ({"x": np.ones((5, 0)), "weight": np.ones((3, 0))}, ValueError, r"the number of inputs of weight must be at least 1, got 0"),
    ({"bias": 1.0}, TypeError, r"bias must be a \w+ of shape \(O,\), got float"),
    ({"bias": np.ones((3, 1))}, ValueError, r"bias must have 1 axis \(O,\), got shape \(3, 1\)"),
    ({"bias": np.ones(4)}, ValueError, r"bias has 4 values, weight has 3 rows; one value an output is needed"),
    ({"bias": np.ones(3, np.float32)}, TypeError, r"bias has dtype (torch\.)?float32, x has (torch\.)?float64"),
    ({"grad_y": 1.0}, TypeError, r"grad_y must be a \w+ of shape \(\.\.\., O\), got float"),
    ({"grad_y": np.ones((5, 4))}, ValueError, r"grad_y must have the shape of linear's output, \(5, 3\), got \(5, 4\)"),
    ({"grad_y": np.ones((5, 3), np.float32)}, TypeError, r"grad_y has dtype (torch\.)?float32, x has (torch\.)?float64"),
], ids=lambda value: value[:40] if isinstance(value, str) else "")
def test_refuses(matrix_engine, changes, error, message):
    arguments = dict(zip(("x", "weight", "bias", "grad_y"), example(), strict=True)) | changes
    with pytest.raises(error, match=message):
        matrix_engine.linear_backward(**arguments)
    if "grad_y" not in changes:
        del arguments["grad_y"]
        with pytest.raises(error, match=message):
            matrix_engine.linear(**arguments)
