"""NumPy's convolution a block at a time: every way to cut gives the same numbers, and memory stays small."""
import tracemalloc
from unittest import mock

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from convbook import numpy_nn
from convbook.numpy_nn import _blocks
from convbook.numpy_nn._blocks import even_share, overlap
from convbook.numpy_nn._columns import ColumnBlocks
from convbook.shapes import geometry

pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@given(pairs, pairs, pairs, st.tuples(st.integers(0, 4), st.integers(0, 4)), st.integers(1, 4), st.integers(1, 7),
       st.sampled_from([1, 500, 2000, 5000, 20000]))
def test_blocks_of_any_size_agree_with_torch(assert_close, kernel, stride, dilation, padding, batch, filters, block_bytes):
    rng = np.random.default_rng(0)
    x, weight, bias = rng.standard_normal((batch, 2, 7, 8)), rng.standard_normal((filters, 2, *kernel)), rng.standard_normal(filters)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    leaves = [torch.tensor(a, requires_grad=True) for a in (x, weight)]
    y = F.conv2d(*leaves, torch.tensor(bias), **options)
    grad_y = torch.randn(y.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    expected = torch.autograd.grad(y, leaves, grad_y)
    with mock.patch.object(_blocks, "BLOCK_BYTES", block_bytes):
        assert_close(numpy_nn.conv2d(x, weight, bias, **options), y.detach(), 1e-12)
        grad_x, grad_weight, _ = numpy_nn.conv2d_backward(grad_y.numpy(), x, weight, **options)
    assert_close(grad_x, expected[0], 1e-10)
    assert_close(grad_weight, expected[1], 1e-10)


def test_pointwise_filter_that_skips_pixels_but_keeps_the_size():
    x, weight = np.arange(1.0, 5).reshape(1, 1, 2, 2), np.ones((1, 1, 1, 1))
    np.testing.assert_array_equal(numpy_nn.conv2d(x, weight, stride=2, padding=1)[0, 0], [[0, 0], [0, 4]])


@pytest.mark.parametrize("padding", ["same", ((1, 0), (0, 2)), ((0, 1), (3, 1))], ids=str)
def test_uneven_padding_at_stride_1(assert_close, padding):
    rng, kernel = np.random.default_rng(3), (2, 4)
    x, weight = rng.standard_normal((2, 3, 5, 6)), rng.standard_normal((4, 3, *kernel))
    (top, bottom), (left, right) = geometry((5, 6), kernel, 1, padding).padding
    assert top != bottom or left != right
    leaves = [torch.tensor(a, requires_grad=True) for a in (x, weight)]
    y = F.conv2d(F.pad(leaves[0], (left, right, top, bottom)), leaves[1])
    grad_y = rng.standard_normal(tuple(y.shape))
    expected = torch.autograd.grad(y, leaves, torch.tensor(grad_y))
    assert_close(numpy_nn.conv2d(x, weight, padding=padding), y.detach(), 1e-12)
    for got, gradient in zip(numpy_nn.conv2d_backward(grad_y, x, weight, padding=padding), expected, strict=False):
        assert_close(got, gradient, 1e-10)


@pytest.mark.parametrize("block_bytes", [1, 3000, 1 << 20])
@pytest.mark.parametrize("options", [{}, {"stride": 2, "padding": 3}, {"dilation": 4, "padding": (4, 0)}], ids=str)
def test_gather_is_im2col_and_scatter_is_col2im(assert_close, options, block_bytes):
    x, weight = np.random.default_rng(1).standard_normal((3, 2, 9, 10)), np.empty((4, 2, 3, 3))
    geo = geometry((9, 10), 3, **options)
    OH, OW = geo.output_size
    columns = numpy_nn.im2col(x, 3, **options).reshape(3, 18, OH, OW)
    folded, covered = np.zeros_like(x), np.zeros((3, 1, OH, OW), int)
    with mock.patch.object(_blocks, "BLOCK_BYTES", block_bytes):
        blocks = ColumnBlocks(x, weight, geo)
        for at in blocks:
            covered[at] += 1
            np.testing.assert_array_equal(blocks.gather(x, at)[0], columns[at].swapaxes(0, 1).reshape(18, -1))
            blocks.scatter(at, folded)
    assert (covered == 1).all()
    assert_close(folded, numpy_nn.col2im(columns.reshape(3, 18, -1), (9, 10), 3, **options), 1e-12)


@given(st.integers(-9, 9), st.integers(0, 6), st.integers(1, 3), st.integers(0, 6))
def test_overlap(offset, count, step, size):
    steps, pixels = overlap(offset, count, step, size)
    met = [(j, offset + j * step) for j in range(count) if 0 <= offset + j * step < size]
    assert list(zip(range(count)[steps], range(size)[pixels], strict=True)) == met


@given(st.integers(0, 50), st.integers(0, 100), st.integers(1, 1000))
def test_even_share(count, bytes_each, block_bytes):
    with mock.patch.object(_blocks, "BLOCK_BYTES", block_bytes):
        share = even_share(count, bytes_each)
    assert 1 <= share <= max(count, 1)
    assert share == 1 or share * bytes_each <= block_bytes
    turns = -(-count // max(block_bytes // max(bytes_each, 1), 1))
    assert -(-count // share) == turns
    assert share == 1 or -(-count // (share - 1)) > turns, "a smaller share would take as many turns"


@pytest.mark.parametrize(("shape", "filters", "kernel", "options"), [
    ((2, 64, 224, 224), 8, 3, {"padding": 1}),                      # all columns at once: 231 MB
    ((4, 3, 224, 224), 96, 11, {"stride": 4}),
    ((1, 256, 64, 64), 4, 3, {"padding": 24, "dilation": 24}),      # far taps share no rows
    ((128, 2, 28, 28), 256, 5, {"padding": 2}),                     # more filters than taps: the output is the large part
    ((2, 256, 128, 128), 8, 1, {}),
], ids=str)
def test_memory_beyond_inputs_and_outputs(shape, filters, kernel, options):
    x, weight = np.ones(shape, np.float32), np.ones((filters, shape[1], kernel, kernel), np.float32)
    y = numpy_nn.conv2d(x, weight, **options)
    columns = weight[0].nbytes * y.size // filters

    assert columns > 16e6                                           # else the limits below would say nothing
    assert bytes_beyond(numpy_nn.conv2d, x, weight, **options) <= 8e6
    assert bytes_beyond(numpy_nn.conv2d_backward, y, x, weight, **options) <= 8e6


@pytest.mark.parametrize(("channels", "filters"), [(256, 8), (8, 256)])
def test_pointwise_filters_copy_no_large_image(channels, filters):
    x, weight = np.ones((2, channels, 128, 128), np.float32), np.ones((filters, channels, 1, 1), np.float32)
    y = numpy_nn.conv2d(x, weight)
    assert bytes_beyond(numpy_nn.conv2d, x, weight) <= 1e5
    assert bytes_beyond(numpy_nn.conv2d_backward, y, x, weight) <= 1e5


def bytes_beyond(function, *arguments, **options):
    tracemalloc.start()
    outputs = function(*arguments, **options)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - sum(output.nbytes for output in (outputs if isinstance(outputs, tuple) else [outputs]) if output is not None)
