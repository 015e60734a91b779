"""conv_transpose2d and its backward pass on every engine, with torch.nn.functional as the judge."""
from inspect import signature

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from convbook.gradcheck import numerical_gradient, relative_error

pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def transposed_convolutions(draw):
    """(x, weight, bias) and options, float64; output_padding up to what torch allows, padding up to what leaves a pixel."""
    size, kernel, stride, dilation = draw(pairs), draw(pairs), draw(pairs), draw(pairs)
    extra = tuple(draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True))
    full = [(n - 1) * s + d * (k - 1) + e for n, s, d, k, e in zip(size, stride, dilation, kernel, extra, strict=True)]
    padding = tuple(draw(st.integers(0, pixels // 2)) for pixels in full)
    groups, channels, filters, batch = draw(st.tuples(st.integers(1, 2), st.integers(1, 3), st.integers(1, 2), st.integers(0, 2)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = rng.standard_normal((batch, groups * channels, *size))
    weight = rng.standard_normal((groups * channels, filters, *kernel))
    bias = rng.standard_normal(groups * filters) if draw(st.booleans()) else None
    return (x, weight, bias), {"stride": stride, "padding": padding, "output_padding": extra, "groups": groups, "dilation": dilation}


def judge(arrays, options, seed=0):
    """Output, a random gradient for it, and the gradients that autograd makes of it."""
    leaves = [None if a is None else torch.tensor(a, requires_grad=True) for a in arrays]
    y = F.conv_transpose2d(*leaves, **options)
    grad_y = torch.from_numpy(np.random.default_rng(seed).standard_normal(tuple(y.shape)).astype(arrays[0].dtype))
    gradients = iter(torch.autograd.grad(y, [leaf for leaf in leaves if leaf is not None], grad_y))
    return y.detach().numpy(), grad_y.numpy(), [None if leaf is None else next(gradients).numpy() for leaf in leaves]


def example(groups=1, dtype=np.float64):
    rng = np.random.default_rng(7)
    return [rng.standard_normal(shape).astype(dtype) for shape in ((2, 6, 4, 3), (6, 4 // groups, 3, 2), (4,))]


def test_with_a_pencil(engine):
    x, weight = np.array([[[[1.0, 2], [3, 4]]]]), np.array([[[[1.0, 0], [10, 100]]]])
    np.testing.assert_array_equal(engine.conv_transpose2d(x, weight)[0, 0], [[1, 2, 0], [13, 124, 200], [30, 340, 400]])
    np.testing.assert_array_equal(engine.conv_transpose2d(x, weight, stride=2, padding=1, output_padding=1)[0, 0],
                                  [[100, 20, 200], [0, 4, 0], [300, 40, 400]])
    grad_x, grad_weight, grad_bias = engine.conv_transpose2d_backward(np.arange(9.0).reshape(1, 1, 3, 3), x, weight)
    np.testing.assert_array_equal(grad_x[0, 0], [[0 + 30 + 400, 1 + 40 + 500], [3 + 60 + 700, 4 + 70 + 800]])
    np.testing.assert_array_equal(grad_weight[0, 0], [[0 + 2 + 9 + 16, 1 + 4 + 12 + 20], [3 + 8 + 18 + 28, 4 + 10 + 21 + 32]])
    assert grad_bias is None


@given(transposed_convolutions())
def test_agrees_with_torch(engine, assert_close, assert_gradients_close, case):
    arrays, options = case
    y, grad_y, gradients = judge(arrays, options)
    assert_close(engine.conv_transpose2d(*arrays, **options), y, 1e-12)
    assert_gradients_close(engine.conv_transpose2d_backward(grad_y, *arrays, **options), gradients)


OPTIONS = [{}, {"stride": 2, "padding": 1, "output_padding": 1}, {"dilation": (1, 2), "padding": (2, 0)},
           {"groups": 2, "stride": (1, 3), "output_padding": (0, 2), "dilation": 2}]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_gradients_agree_with_finite_differences(matrix_engine, options):
    x, weight, bias = example(options.get("groups", 1))
    x = x[:1, :, :3].copy()
    grad_y = np.random.default_rng(1).standard_normal(matrix_engine.conv_transpose2d(x, weight, bias, **options).shape)

    def loss(_):                                            # numerical_gradient nudges the arrays themselves
        return (matrix_engine.conv_transpose2d(x, weight, bias, **options) * grad_y).sum()

    gradients = matrix_engine.conv_transpose2d_backward(grad_y, x, weight, bias, **options)
    for array, gradient in zip((x, weight, bias), gradients, strict=True):
        assert relative_error(gradient, numerical_gradient(loss, array)) <= 1e-7


@pytest.mark.parametrize("options", OPTIONS[1:], ids=str)
def test_torch_gradcheck_agrees(torch_engine, options):
    class TransposedConvolution(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *arrays):
            y, ctx.vjp = torch_engine.native.conv_transpose._conv_transpose2d(*arrays, **options)
            return y

        @staticmethod
        def backward(ctx, grad_y):
            return ctx.vjp(grad_y)

    x, weight, bias = example(options.get("groups", 1))
    leaves = [torch_engine.array(a).requires_grad_() for a in (x[:, :, :3], weight, bias)]
    assert torch.autograd.gradcheck(TransposedConvolution.apply, leaves)


def test_torch_engine_is_written_out(torch_engine):
    from torch.utils._python_dispatch import TorchDispatchMode

    class Recorder(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            seen.append(str(function))
            return function(*args, **(kwargs or {}))

    seen, arrays = [], [torch_engine.array(a) for a in example()]
    with Recorder():
        y = torch_engine.native.conv_transpose2d(*arrays, stride=2)
        torch_engine.native.conv_transpose2d_backward(y, *arrays, stride=2)
    assert any("mm" in name for name in seen)
    assert not [name for name in seen if any(word in name for word in ("conv", "im2col", "col2im", "unfold"))]


@given(transposed_convolutions())
def test_is_the_adjoint_of_conv2d(matrix_engine, case):
    (x, weight, _), options = case
    y = matrix_engine.conv_transpose2d(x, weight, **options)
    image = np.random.default_rng(2).standard_normal(y.shape)
    stride, padding, dilation = options["stride"], options["padding"], options["dilation"]
    places = matrix_engine.conv2d(image, weight, None, stride, padding, dilation, options["groups"])[:, :, :x.shape[2], :x.shape[3]]
    assert abs((y * image).sum() - (x * places).sum()) <= 1e-12 * max((np.abs(y) * np.abs(image)).sum(), 1)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_primitive_is_both_functions(matrix_engine, options):
    arrays = [matrix_engine.array(a) for a in example(options.get("groups", 1))]
    y, vjp = matrix_engine.native.conv_transpose._conv_transpose2d(*arrays, **options)
    np.testing.assert_array_equal(matrix_engine.numpy(y), matrix_engine.conv_transpose2d(*arrays, **options))
    for got, expected in zip(vjp(y), matrix_engine.conv_transpose2d_backward(y, *arrays, **options), strict=True):
        np.testing.assert_array_equal(matrix_engine.numpy(got), expected)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_is_kept(engine, dtype):
    arrays = example(dtype=dtype)
    y = engine.conv_transpose2d(*arrays, stride=2, output_padding=1)
    assert {a.dtype for a in (y, *engine.conv_transpose2d_backward(y, *arrays, stride=2, output_padding=1))} == {np.dtype(dtype)}


def test_bfloat16_is_kept(torch_engine):
    arrays = [torch_engine.array(a).bfloat16() for a in example()]
    y = torch_engine.native.conv_transpose2d(*arrays, stride=2)
    assert {t.dtype for t in (y, *torch_engine.native.conv_transpose2d_backward(y, *arrays, stride=2))} == {torch.bfloat16}


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_float32_errs_by_a_millionth(engine, assert_close, options):
    arrays = example(options.get("groups", 1), np.float32)
    y, grad_y, gradients = judge([a.astype(np.float64) for a in arrays], options)
    assert_close(engine.conv_transpose2d(*arrays, **options), y, 1e-6)
    for got, expected in zip(engine.conv_transpose2d_backward(grad_y.astype(np.float32), *arrays, **options), gradients, strict=True):
        assert_close(got, expected, 1e-6)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("kernel", [(3, 2), (1, 1)], ids=["3x2", "1x1"])
def test_inputs_are_not_modified_and_results_are_new(engine, kernel, options):
    if options.get("padding") == (2, 0):
        kernel = (3, kernel[1])                             # a row of padding on either side wants rows to take it from
    x, weight, bias = example(options.get("groups", 1))
    weight = weight[:, :, :kernel[0], :kernel[1]].copy()
    grad_y = np.ones_like(engine.conv_transpose2d(x, weight, bias, **options))
    arrays = grad_y, x, weight, bias
    before = [a.copy() for a in arrays]
    for array in (engine.conv_transpose2d(x, weight, bias, **options), *engine.conv_transpose2d_backward(*arrays, **options)):
        array[...] = np.nan
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_strided_inputs(engine, assert_close, options):
    x, weight, bias = example(options.get("groups", 1))
    x, weight, bias = np.asfortranarray(x), weight.swapaxes(2, 3), np.stack([bias, bias], axis=1)[:, 0]
    y, grad_y, gradients = judge((x, weight, bias), options)
    grad_y = np.asfortranarray(grad_y)
    assert not any(a.flags.c_contiguous for a in (x, weight, bias, grad_y))
    assert_close(engine.conv_transpose2d(x, weight, bias, **options), y, 1e-12)
    for got, expected in zip(engine.conv_transpose2d_backward(grad_y, x, weight, bias, **options), gradients, strict=True):
        assert_close(got, expected, 1e-10)


@pytest.mark.parametrize("batch", [0, 1])
def test_batch_of_none_and_of_one(engine, assert_close, batch):
    x, weight, bias = example()
    y, grad_y, gradients = judge([x[:batch], weight, bias], {"stride": 2, "padding": 1})
    assert y.shape == (batch, 4, 7, 4)
    assert_close(engine.conv_transpose2d(x[:batch], weight, bias, 2, 1), y, 1e-12)
    for got, expected in zip(engine.conv_transpose2d_backward(grad_y, x[:batch], weight, bias, 2, 1), gradients, strict=True):
        assert_close(got, expected, 1e-10)


def test_padding_beyond_what_the_filters_reach_leaves_zeros_and_the_bias(engine):
    x, weight, bias = np.ones((1, 1, 1, 1)), np.ones((1, 1, 1, 1)), np.array([0.5])
    options = {"stride": 7, "padding": 3, "output_padding": 6}
    np.testing.assert_array_equal(engine.conv_transpose2d(x, weight, bias, **options), [[[[0.5]]]])
    grad_x, grad_weight, grad_bias = engine.conv_transpose2d_backward(np.ones((1, 1, 1, 1)), x, weight, bias, **options)
    assert (grad_x.item(), grad_weight.item(), grad_bias.item()) == (0, 0, 1)


@pytest.mark.parametrize("groups", [1, 2])
def test_a_filter_of_one_pixel_with_output_padding(engine, assert_close, groups):
    arrays, options = example(groups), {"dilation": 2, "output_padding": 1, "groups": groups}
    arrays[1] = arrays[1][:, :, :1, :1].copy()
    y, grad_y, gradients = judge(arrays, options)
    assert_close(engine.conv_transpose2d(*arrays, **options), y, 1e-12)
    for got, expected in zip(engine.conv_transpose2d_backward(grad_y, *arrays, **options), gradients, strict=True):
        assert_close(got, expected, 1e-10)


def test_takes_torchs_arguments(matrix_engine):
    order = "weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1)"
    assert "conv_transpose2d(input, " + order in F.conv_transpose2d.__doc__
    assert str(signature(matrix_engine.native.conv_transpose2d)) == "(x, " + order


BAD = [
    ({"x": [[1.0]]}, TypeError, r"x must be a \w+ of shape \(N, C, H, W\), got list"),
    ({"weight": np.ones((3, 2))}, ValueError, r"weight must have 4 axes \(C, F // groups, KH, KW\), got shape \(3, 2\)"),
    ({"bias": np.ones((4, 1))}, ValueError, r"bias must have 1 axis \(F,\), got shape \(4, 1\)"),
    ({"bias": np.ones(6)}, ValueError, r"bias has 6 values, weight has 4 filters; one value a filter is needed"),
    ({"x": np.ones((2, 6, 4, 3), np.int64)}, TypeError, r"x has dtype (torch\.)?int64, the sums need floats"),
    ({"weight": np.ones((6, 4, 3, 2), np.float32)}, TypeError, r"weight has dtype (torch\.)?float32, x has (torch\.)?float64"),
    ({"bias": np.ones(4, np.float32)}, TypeError, r"bias has dtype (torch\.)?float32, x has (torch\.)?float64"),
    ({"weight": np.ones((5, 4, 3, 2))}, ValueError, r"weight expects 5 input channels, x has 6"),
    ({"groups": 4, "bias": None}, ValueError, r"the 6 channels of x cannot be shared out evenly among groups=4"),
    ({"groups": 2.0, "bias": None}, TypeError, r"groups must be an int, got 2\.0"),
    ({"groups": 0, "bias": None}, ValueError, r"groups must be at least 1, got 0"),
    ({"weight": np.ones((6, 0, 3, 2)), "bias": None}, ValueError, r"the number of filters of weight must be at least 1, got 0"),
    ({"x": np.ones((2, 6, 0, 3))}, ValueError, r"size must be at least 1, got 0"),
    ({"stride": 0}, ValueError, r"stride must be at least 1, got 0"),
    ({"stride": 1.5}, TypeError, r"stride must be an int or a pair of ints \(height, width\), got 1\.5"),
    ({"padding": "same"}, TypeError, r"padding must be an int or a pair of ints \(height, width\), got 'same'"),
    ({"padding": (0, -1)}, ValueError, r"padding must be at least 0, got -1"),
    ({"padding": 3}, ValueError, r"nothing is left of the output: 6 pixels - 2 \* 3 of padding \+ 0 of output_padding"),
    ({"output_padding": -1}, ValueError, r"output_padding must be at least 0, got -1"),
    ({"stride": 2, "output_padding": 2}, ValueError,
     r"output_padding must be smaller than the stride or the dilation, got output_padding=2, stride=2, dilation=1"),
    ({"dilation": None}, TypeError, r"dilation must be an int or a pair of ints \(height, width\), got None"),
]


@pytest.mark.parametrize(("changes", "error", "message"), BAD, ids=[message[:40] for _, _, message in BAD])
def test_refuses(engine, changes, error, message):
    x, weight, bias = example()
    arguments = {"x": x, "weight": weight, "bias": bias, **changes}
    with pytest.raises(error, match=message):
        engine.conv_transpose2d(**arguments)
    with pytest.raises(error, match=message):
        engine.conv_transpose2d_backward(np.ones((2, 4, 6, 4)), **arguments)


@pytest.mark.parametrize(("grad_y", "error", "message"), [
    (np.ones((2, 4, 6, 5)), ValueError, r"grad_y must have the shape of conv_transpose2d's output, \(2, 4, 6, 4\), got \(2, 4, 6, 5\)"),
    (np.ones((4, 6, 4)), ValueError, r"grad_y must have 4 axes \(N, F, OH, OW\), got shape \(4, 6, 4\)"),
    (np.ones((2, 4, 6, 4), np.float32), TypeError, r"grad_y has dtype (torch\.)?float32, x has (torch\.)?float64"),
], ids=["shape", "axes", "dtype"])
def test_backward_refuses(engine, grad_y, error, message):
    with pytest.raises(error, match=message):
        engine.conv_transpose2d_backward(grad_y, *example())
