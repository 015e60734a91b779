"""One filter for each channel: taps multiplied and added give what matrix products give, with torch as the judge."""
import tracemalloc
from unittest import mock

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from convbook import numpy_nn
from convbook.gradcheck import numerical_gradient, relative_error
from convbook.numpy_nn import _blocks, _depthwise
from convbook.shapes import geometry

pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))


@pytest.fixture
def runs_of_any_length(monkeypatch):
    monkeypatch.setattr(_depthwise, "LONG_RUN", 0)


@given(pairs, pairs, pairs, st.tuples(st.integers(0, 3), st.integers(0, 3)), st.integers(0, 3), st.integers(1, 3), st.integers(0, 4),
       st.sampled_from([1, 500, 2000, 1 << 20]))
def test_agrees_with_torch(assert_close, kernel, stride, dilation, padding, batch, channels, spare, block_bytes):
    rng, options = np.random.default_rng(0), {"stride": stride, "padding": padding, "dilation": dilation}
    size = [max(1, d * (k - 1) + 1 - 2 * p) + spare for k, d, p in zip(kernel, dilation, padding, strict=True)]
    arrays = rng.standard_normal((batch, channels, *size)), rng.standard_normal((channels, 1, *kernel)), rng.standard_normal(channels)
    leaves = [torch.tensor(a, requires_grad=True) for a in arrays]
    y = F.conv2d(*leaves, groups=channels, **options)
    grad_y = torch.randn(y.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    expected = torch.autograd.grad(y, leaves, grad_y)
    with mock.patch.object(_blocks, "BLOCK_BYTES", block_bytes), mock.patch.object(_depthwise, "LONG_RUN", 0):
        assert_close(numpy_nn.conv2d(*arrays, groups=channels, **options), y.detach(), 1e-12)
        gradients = numpy_nn.conv2d_backward(grad_y.numpy(), *arrays, groups=channels, **options)
    for got, gradient in zip(gradients, expected, strict=True):
        assert_close(got, gradient, 1e-10)


@pytest.mark.parametrize("options", [{"stride": 2, "padding": ((1, 0), (0, 2))}, {"stride": (3, 2), "dilation": 2, "padding": 2}], ids=str)
def test_gradients_agree_with_finite_differences(runs_of_any_length, options):
    rng = np.random.default_rng(1)
    x, weight = rng.standard_normal((2, 3, 6, 5)), rng.standard_normal((3, 1, 3, 2))
    grad_y = rng.standard_normal(numpy_nn.conv2d(x, weight, groups=3, **options).shape)

    def loss(_):                                            # numerical_gradient nudges the arrays themselves
        return (numpy_nn.conv2d(x, weight, groups=3, **options) * grad_y).sum()

    grad_x, grad_weight, _ = numpy_nn.conv2d_backward(grad_y, x, weight, groups=3, **options)
    assert relative_error(grad_x, numerical_gradient(loss, x)) <= 1e-7
    assert relative_error(grad_weight, numerical_gradient(loss, weight)) <= 1e-7


@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.integers(0, 3), st.integers(1, 9))
def test_every_tap_is_in_one_phase_and_meets_its_pixels(kernel_size, stride, dilation, before, size):
    count = 5 + dilation * (kernel_size - 1) // stride
    met = {}
    for phase in _depthwise.phases(kernel_size, stride, dilation, before, size, count):
        pixel_at = dict(zip(range(count)[phase.places], range(size)[phase.pixels], strict=True))
        for i, tap in enumerate(range(kernel_size)[phase.taps]):
            assert tap not in met
            met[tap] = [pixel_at.get(output + phase.shift + i * phase.step) for output in range(5)]
    positions = {tap: [output * stride + tap * dilation - before for output in range(5)] for tap in range(kernel_size)}
    assert met == {tap: [p if 0 <= p < size else None for p in where] for tap, where in positions.items()}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_is_kept_and_inputs_may_be_strided(runs_of_any_length, assert_close, dtype):
    rng = np.random.default_rng(2)
    x, weight = rng.standard_normal((9, 8, 3, 2)).transpose(3, 2, 0, 1), rng.standard_normal((3, 1, 3, 3)).swapaxes(2, 3)
    exact, rough = numpy_nn.conv2d(x, weight, groups=3), [a.astype(dtype, order="K") for a in (x, weight)]
    assert not rough[0].flags.c_contiguous
    before = [a.copy() for a in rough]
    y = numpy_nn.conv2d(*rough, groups=3)
    gradients = numpy_nn.conv2d_backward(y, *rough, groups=3)[:2]
    assert [a.dtype for a in (y, *gradients)] == [dtype] * 3
    tolerance = 10 * np.finfo(dtype).eps
    assert_close(y.astype(float), exact, tolerance)
    for got, expected in zip(gradients, numpy_nn.conv2d_backward(y.astype(float), x, weight, groups=3)[:2], strict=True):
        assert_close(got.astype(float), expected, tolerance)
    for array, copy in zip(rough, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_pays_for_one_filter_a_channel_on_long_runs():
    x, weight, geo = np.ones((8, 4, 30, 30)), np.ones((4, 1, 3, 3)), geometry((30, 30), 3, 1, 1)
    assert _depthwise.pays(x, weight, geo)
    assert not _depthwise.pays(x, np.ones((8, 1, 3, 3)), geo)
    assert not _depthwise.pays(x, np.ones((4, 4, 3, 3)), geo)
    assert not _depthwise.pays(x[:1], weight, geo)


@pytest.mark.parametrize("shape", [(4, 32, 224, 224), (256, 2, 112, 112)], ids=str)
def test_memory_beyond_inputs_and_outputs(shape):
    channels = shape[1]
    x, weight = np.ones(shape, np.float32), np.ones((channels, 1, 3, 3), np.float32)
    y = numpy_nn.conv2d(x, weight, padding=1, groups=channels)
    assert 9 * x.nbytes > 200e6                                     # columns of all images at once
    for function, arguments in (numpy_nn.conv2d, ()), (numpy_nn.conv2d_backward, (y,)):
        tracemalloc.start()
        outputs = function(*arguments, x, weight, padding=1, groups=channels)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        sizes = [output.nbytes for output in (outputs if isinstance(outputs, tuple) else [outputs]) if output is not None]
        assert peak - sum(sizes) <= 8e6
