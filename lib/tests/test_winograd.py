"""Fewer products for the same convolution: in float64 the numbers are torch's, in float32 the error is the one that is stated."""
import tracemalloc
from unittest import mock

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from convbook import numpy_nn
from convbook.numpy_nn import _blocks, _winograd
from convbook.shapes import geometry

FLOAT32_ERROR = 1e-5        # of the largest value, as the module says


def judge(x, weight, bias, groups=1, **options):
    """Output and gradient of the filters as torch has them in float64, for a random gradient of the output."""
    x, bias = torch.from_numpy(x).double(), torch.from_numpy(bias).double()
    weight = torch.from_numpy(weight).double().requires_grad_()
    y = F.conv2d(x, weight, bias, groups=groups, **options)
    grad_y = torch.randn(y.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    return y.detach().numpy(), grad_y.numpy(), torch.autograd.grad(y, weight, grad_y)[0].numpy()


def example(batch=3, channels=64, size=20, filters=64, kernel=3, dtype=np.float32):
    rng = np.random.default_rng(0)
    shapes = (batch, channels, size, size), (filters, channels, kernel, kernel), (filters,)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


@pytest.mark.parametrize("taps", [3, 4, 5])
def test_values_at_six_points_multiply_polynomials(taps):
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal(_winograd.TILE - taps + 1), rng.standard_normal(taps)
    values = (_winograd.evaluation(len(a)) @ a) * (_winograd.evaluation(taps) @ b)
    np.testing.assert_allclose(np.linalg.solve(_winograd.evaluation(_winograd.TILE), values), np.convolve(a, b), atol=1e-12)


def test_matrices_of_lavin_and_gray():
    """Theirs have each row scaled so that the pixels' matrix holds whole numbers; a row's scale cancels in the products."""
    whole = np.array([[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0],
                      [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1]])
    taps = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24
    scale = np.array([4, -6, -6, 24, 24, 1])[:, None]
    np.testing.assert_allclose(_winograd.evaluation(3), scale * taps, atol=1e-12)
    np.testing.assert_allclose(np.linalg.inv(_winograd.evaluation(6)).T, whole / scale, atol=1e-12)


@given(st.tuples(st.integers(3, 5), st.integers(1, 3)), st.tuples(st.just(1), st.integers(1, 2)), st.tuples(st.just(1), st.integers(1, 2)),
       st.tuples(st.integers(0, 3), st.integers(0, 2)), st.tuples(st.integers(0, 3), st.integers(1, 2), st.integers(1, 2)),
       st.integers(5, 12), st.sampled_from([1, 500, 2000, 20000]))
def test_agrees_with_torch_in_float64(assert_close, kernel, stride, dilation, padding, counts, height, block_bytes):
    rng, (batch, groups, filters) = np.random.default_rng(2), counts
    x, weight = rng.standard_normal((batch, 2 * groups, height, 7)), rng.standard_normal((groups * filters, 2, *kernel))
    bias, options = rng.standard_normal(len(weight)), {"stride": stride, "padding": padding, "dilation": dilation}
    y, grad_y, grad_weight = judge(x, weight, bias, groups, **options)
    geo = geometry(x.shape[2:], kernel, **options)
    with mock.patch.object(_blocks, "BLOCK_BYTES", block_bytes):
        assert_close(_winograd.convolve(x, weight, bias, geo), y, 1e-12)
        assert_close(_winograd.grad_weight(grad_y, x, weight, geo), grad_weight, 1e-10)


@pytest.mark.parametrize(("kernel", "padding"), [(3, 1), (5, ((2, 1), (0, 3)))], ids=str)
def test_float32_error_is_as_stated(assert_close, kernel, padding):
    x, weight, bias = example(kernel=kernel)
    assert _winograd.pays(x, weight, geometry(x.shape[2:], kernel, 1, padding))
    y, (_, vjp) = numpy_nn.conv2d(x, weight, bias, 1, padding), numpy_nn.conv._conv2d(x, weight, bias, 1, padding)
    double = [a.astype(np.float64) for a in (x, weight, bias)]
    assert_close(y, numpy_nn.conv2d(*double, 1, padding), FLOAT32_ERROR)
    gradients, expected = vjp(y), numpy_nn.conv2d_backward(y.astype(np.float64), *double, 1, padding)
    for got, gradient in zip(gradients, expected, strict=True):
        assert got.dtype == np.float32
        assert_close(got, gradient, FLOAT32_ERROR)


def test_float64_stays_exact(assert_close):
    x, weight, bias = example(dtype=np.float64)
    y, grad_y, grad_weight = judge(x, weight, bias, padding=1)
    with mock.patch.object(_winograd, "Tiles", side_effect=AssertionError("float64 must not come here")):
        assert_close(numpy_nn.conv2d(x, weight, bias, padding=1), y, 1e-14)
        assert_close(numpy_nn.conv2d_backward(grad_y, x, weight, bias, padding=1)[1], grad_weight, 1e-13)


@pytest.mark.parametrize("options", [{"stride": 2}, {"stride": (2, 1)}, {"dilation": 2}], ids=str)
def test_does_not_pay_where_rows_are_skipped(options):
    x, weight, _ = example()
    assert _winograd.pays(x, weight, geometry((20, 20), 3))
    assert not _winograd.pays(x, weight, geometry((20, 20), 3, **options))


def test_inputs_are_not_modified_and_may_be_strided(assert_close):
    x, weight, bias = example()
    expected = numpy_nn.conv2d(x, weight, bias, padding=1)
    strided = np.asfortranarray(x), np.asfortranarray(weight), np.stack([bias, bias], axis=1)[:, 0]
    before = [a.copy() for a in strided]
    y = numpy_nn.conv2d(*strided, padding=1)
    assert_close(y, expected, 1e-6)
    gradients = numpy_nn.conv2d_backward(np.asfortranarray(y), *strided, padding=1)
    for got, gradient in zip(gradients, numpy_nn.conv2d_backward(y, x, weight, bias, padding=1), strict=True):
        assert_close(got, gradient, 1e-6)
    for array, copy in zip(strided, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_memory_beyond_inputs_and_outputs():
    x, weight, bias = example(8, 128, 56, 128)
    values = 6 / 4 * 3 * x.nbytes
    assert values > 50e6                                            # all at once, at every point, shifted by every tap
    y = numpy_nn.conv2d(x, weight, bias, padding=1)
    for function, arguments in (numpy_nn.conv2d, ()), (numpy_nn.conv2d_backward, (y,)):
        tracemalloc.start()
        outputs = function(*arguments, x, weight, bias, padding=1)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak - sum(output.nbytes for output in (outputs if isinstance(outputs, tuple) else [outputs])) <= 12e6
