"""locally_connected2d and its backward pass on every engine; torch.nn.functional judges it window by window."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from convbook.gradcheck import numerical_gradient, relative_error
from convbook.shapes import geometry, locally_connected_weight_shape

pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def locally_connected(draw):
    """(x, weight, bias) and options, float64."""
    kernel, more, stride = draw(pairs), draw(pairs), draw(st.one_of(pairs, st.integers(1, 2)))
    padding = draw(st.one_of(st.integers(0, 1), st.just(((1, 0), (0, 2))), st.just("valid")))
    batch, channels, filters = draw(st.tuples(st.integers(0, 2), st.integers(1, 3), st.integers(1, 3)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = rng.standard_normal((batch, channels, *(k + m for k, m in zip(kernel, more, strict=True))))
    where = geometry(x.shape[2:], kernel, stride, padding)
    weight = rng.standard_normal(locally_connected_weight_shape(channels, filters, where))
    bias = rng.standard_normal((filters, *where.output_size)) if draw(st.booleans()) else None
    return (x, weight, bias), {"stride": stride, "padding": padding}


def torchs(x, weight, bias=None, stride=1, padding=0):
    """A conv2d at every place, of which only that place is kept."""
    OH, OW, _, _, *kernel = weight.shape
    (top, bottom), (left, right) = geometry(x.shape[2:], tuple(kernel), stride, padding).padding
    x = F.pad(x, (left, right, top, bottom))
    y = torch.stack([F.conv2d(x, weight[i, j], None, stride)[:, :, i, j] for i in range(OH) for j in range(OW)], 2)
    y = y.unflatten(2, (OH, OW))
    return y if bias is None else y + bias


def judge(arrays, options, seed=0):
    """Output, a random gradient for it, and the gradients that autograd makes of it."""
    leaves = [None if a is None else torch.tensor(a, requires_grad=True) for a in arrays]
    y = torchs(*leaves, **options)
    grad_y = torch.from_numpy(np.random.default_rng(seed).standard_normal(tuple(y.shape)))
    gradients = iter(torch.autograd.grad(y, [leaf for leaf in leaves if leaf is not None], grad_y))
    return y.detach().numpy(), grad_y.numpy(), [None if leaf is None else next(gradients).numpy() for leaf in leaves]


def example(dtype=np.float64):
    """Images of 5 x 4, filters of 3 x 2: 3 x 3 places."""
    rng = np.random.default_rng(7)
    return [rng.standard_normal(shape).astype(dtype) for shape in ((2, 3, 5, 4), (3, 3, 4, 3, 3, 2), (4, 3, 3))]


def test_with_a_pencil(engine):
    x, weight = np.array([[[[1.0, 2, 3]]]]), np.array([[1.0, 10], [100, 1000]]).reshape(1, 2, 1, 1, 1, 2)
    np.testing.assert_array_equal(engine.locally_connected2d(x, weight), [[[[21, 3200]]]])
    grad_x, grad_weight, grad_bias = engine.locally_connected2d_backward(np.array([[[[1.0, 2]]]]), x, weight)
    np.testing.assert_array_equal(grad_x.ravel(), [1, 10 + 200, 2000])
    np.testing.assert_array_equal(grad_weight.ravel(), [1, 2, 4, 6])
    assert grad_bias is None


@given(locally_connected())
def test_agrees_with_torch(engine, assert_close, assert_gradients_close, case):
    arrays, options = case
    y, grad_y, gradients = judge(arrays, options)
    assert_close(engine.locally_connected2d(*arrays, **options), y, 1e-12)
    assert_gradients_close(engine.locally_connected2d_backward(grad_y, *arrays, **options), gradients)


@pytest.mark.parametrize("options", [{}, {"stride": (2, 1), "padding": 1}, {"padding": ((0, 1), (2, 0))}], ids=str)
def test_one_weight_for_all_places_makes_conv2d(engine, assert_close, options):
    x, weight, bias = example()
    shared, OH_OW = weight[1, 2], geometry((5, 4), (3, 2), **options).output_size
    weight, biases = np.broadcast_to(shared, (*OH_OW, *shared.shape)), np.broadcast_to(bias[:, :1, :1], (4, *OH_OW))
    y = engine.conv2d(x, shared, bias[:, 0, 0].copy(), **options)
    assert_close(engine.locally_connected2d(x, weight.copy(), biases.copy(), **options), y, 1e-12)
    expected = engine.conv2d_backward(y, x, shared, bias[:, 0, 0].copy(), **options)
    grad_x, grad_weight, grad_bias = engine.locally_connected2d_backward(y, x, weight.copy(), biases.copy(), **options)
    for got, gradient in zip((grad_x, grad_weight.sum((0, 1)), grad_bias.sum((1, 2))), expected, strict=True):
        assert_close(got, gradient, 1e-10)


@pytest.mark.parametrize(("channels", "parameters"), [(1, 30**2 * (9 + 1)), (3, 30**2 * (27 + 1))])
def test_counts_of_parameters_on_the_slides(matrix_engine, channels, parameters):
    where = geometry((32, 32), 3)
    weight, bias = np.ones(locally_connected_weight_shape(channels, 1, where)), np.ones((1, *where.output_size))
    assert weight.size + bias.size == parameters
    y = matrix_engine.locally_connected2d(np.ones((1, channels, 32, 32)), weight, bias)
    np.testing.assert_array_equal(y, np.full((1, 1, 30, 30), 9 * channels + 1))


@pytest.mark.parametrize("options", [{}, {"padding": 1}, {"stride": 2, "padding": ((0, 1), (1, 2))}], ids=str)
def test_gradients_agree_with_finite_differences(matrix_engine, options):
    rng, where = np.random.default_rng(1), geometry((4, 3), (3, 2), **options)
    x, weight = rng.standard_normal((2, 2, 4, 3)), rng.standard_normal(locally_connected_weight_shape(2, 2, where))
    bias = rng.standard_normal((2, *where.output_size))
    grad_y = rng.standard_normal((2, 2, *where.output_size))

    def loss(_):                                            # numerical_gradient nudges the arrays themselves
        return (matrix_engine.locally_connected2d(x, weight, bias, **options) * grad_y).sum()

    gradients = matrix_engine.locally_connected2d_backward(grad_y, x, weight, bias, **options)
    for array, gradient in zip((x, weight, bias), gradients, strict=True):
        assert relative_error(gradient, numerical_gradient(loss, array)) <= 1e-7


def test_torch_gradcheck_agrees(torch_engine):
    class LocallyConnected(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *arrays):
            y, ctx.vjp = torch_engine.native.locally_connected._locally_connected2d(*arrays)
            return y

        @staticmethod
        def backward(ctx, grad_y):
            return ctx.vjp(grad_y)

    assert torch.autograd.gradcheck(LocallyConnected.apply, [torch_engine.array(a).requires_grad_() for a in example()])


def test_the_primitive_is_both_functions(matrix_engine):
    arrays = [matrix_engine.array(a) for a in example()]
    y, vjp = matrix_engine.native.locally_connected._locally_connected2d(*arrays)
    np.testing.assert_array_equal(matrix_engine.numpy(y), matrix_engine.locally_connected2d(*arrays))
    for got, expected in zip(vjp(y), matrix_engine.locally_connected2d_backward(y, *arrays), strict=True):
        np.testing.assert_array_equal(matrix_engine.numpy(got), expected)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_is_kept(engine, dtype):
    arrays = example(dtype)
    y = engine.locally_connected2d(*arrays)
    assert {a.dtype for a in (y, *engine.locally_connected2d_backward(y, *arrays))} == {np.dtype(dtype)}


def test_bfloat16_is_kept(torch_engine):
    arrays = [torch_engine.array(a).bfloat16() for a in example()]
    y = torch_engine.native.locally_connected2d(*arrays)
    assert {t.dtype for t in (y, *torch_engine.native.locally_connected2d_backward(y, *arrays))} == {torch.bfloat16}


def test_float32_errs_by_a_millionth(engine, assert_close):
    arrays = example(np.float32)
    y, grad_y, gradients = judge([a.astype(np.float64) for a in arrays], {})
    assert_close(engine.locally_connected2d(*arrays), y, 1e-6)
    for got, expected in zip(engine.locally_connected2d_backward(grad_y.astype(np.float32), *arrays), gradients, strict=True):
        assert_close(got, expected, 1e-6)


@pytest.mark.parametrize("kernel", [(3, 2), (1, 1)], ids=["3x2", "1x1"])
def test_inputs_are_not_modified_and_results_are_new(engine, kernel):
    x, weight, bias = (a[:1].copy() for a in example())
    OH, OW = geometry((5, 4), kernel).output_size
    weight, bias = np.ones((OH, OW, 1, 3, *kernel)), np.ones((1, OH, OW))
    arrays = np.ones((1, 1, OH, OW)), x, weight, bias
    before = [a.copy() for a in arrays]
    for array in (engine.locally_connected2d(x, weight, bias), *engine.locally_connected2d_backward(*arrays)):
        array[...] = np.nan
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_strided_inputs(engine, assert_close):
    x, weight, bias = map(np.asfortranarray, example())
    y, grad_y, gradients = judge((x, weight, bias), {})
    grad_y = np.asfortranarray(grad_y)
    assert not any(a.flags.c_contiguous for a in (x, weight, bias, grad_y))
    assert_close(engine.locally_connected2d(x, weight, bias), y, 1e-12)
    for got, expected in zip(engine.locally_connected2d_backward(grad_y, x, weight, bias), gradients, strict=True):
        assert_close(got, expected, 1e-10)


@pytest.mark.parametrize("batch", [0, 1])
def test_batch_of_none_and_of_one(engine, assert_close, batch):
    x, weight, bias = example()
    y, grad_y, gradients = judge([x[:batch], weight, bias], {})
    assert y.shape == (batch, 4, 3, 3)
    assert_close(engine.locally_connected2d(x[:batch], weight, bias), y, 1e-12)
    for got, expected in zip(engine.locally_connected2d_backward(grad_y, x[:batch], weight, bias), gradients, strict=True):
        assert_close(got, expected, 1e-10)


def test_a_shifted_image_meets_other_filters(engine):
    x, weight, _ = example()
    shifted = np.roll(x, 1, axis=3)
    y, y_shifted = engine.locally_connected2d(x, weight), engine.locally_connected2d(shifted, weight)
    assert np.abs(y_shifted[..., 1:] - y[..., :-1]).max() > 1


@pytest.mark.parametrize(("changes", "error", "message"), [
    ({"x": [[1.0]]}, TypeError, r"x must be a \w+ of shape \(N, C, H, W\), got list"),
    ({"weight": np.ones((4, 3, 3, 2))}, ValueError, r"weight must have 6 axes \(OH, OW, F, C, KH, KW\), got shape \(4, 3, 3, 2\)"),
    ({"weight": np.ones((3, 3, 4, 2, 3, 2))}, ValueError, r"weight expects 2 input channels, x has 3"),
    ({"weight": np.ones((3, 4, 4, 3, 3, 2))}, ValueError,
     r"weight has filters for 3 x 4 places, the image has 3 x 3 \(image \(5, 4\), filter \(3, 2\)\)"),
    ({"padding": 1}, ValueError, r"weight has filters for 3 x 3 places, the image has 5 x 5"),
    ({"weight": np.ones((3, 3, 0, 3, 3, 2))}, ValueError, r"the number of filters of weight must be at least 1, got 0"),
    ({"x": np.ones((2, 0, 5, 4)), "weight": np.ones((3, 3, 4, 0, 3, 2))}, ValueError, r"the number of channels of x must be at least 1"),
    ({"weight": np.ones((3, 3, 4, 3, 6, 2))}, ValueError, r"the filter reaches over 6 pixels"),
    ({"bias": np.ones(4)}, ValueError, r"bias must have 3 axes \(F, OH, OW\), got shape \(4,\)"),
    ({"bias": np.ones((4, 3, 2))}, ValueError,
     r"bias must have the shape \(F, OH, OW\) = \(4, 3, 3\), one value a filter and place, got \(4, 3, 2\)"),
    ({"x": np.ones((2, 3, 5, 4), np.uint8)}, TypeError, r"x has dtype (torch\.)?uint8, the sums need floats"),
    ({"weight": np.ones((3, 3, 4, 3, 3, 2), np.float32)}, TypeError, r"weight has dtype (torch\.)?float32, x has (torch\.)?float64"),
    ({"bias": np.ones((4, 3, 3), np.float32)}, TypeError, r"bias has dtype (torch\.)?float32, x has (torch\.)?float64"),
    ({"stride": 0}, ValueError, r"stride must be at least 1, got 0"),
    ({"padding": -1}, ValueError, r"padding must be at least 0, got -1"),
], ids=lambda value: str(value)[:50] if isinstance(value, str) else "")
def test_refuses(engine, changes, error, message):
    x, weight, bias = example()
    arguments = {"x": x, "weight": weight, "bias": bias, **changes}
    with pytest.raises(error, match=message):
        engine.locally_connected2d(**arguments)
    with pytest.raises(error, match=message):
        engine.locally_connected2d_backward(np.ones((2, 4, 3, 3)), **arguments)


@pytest.mark.parametrize(("grad_y", "error", "message"), [
    (np.ones((2, 4, 3, 4)), ValueError, r"grad_y must have the shape of locally_connected2d's output, \(2, 4, 3, 3\), got \(2, 4, 3, 4\)"),
    (np.ones((2, 4, 3, 3), np.float32), TypeError, r"grad_y has dtype (torch\.)?float32, x has (torch\.)?float64"),
], ids=["shape", "dtype"])
def test_backward_refuses(engine, grad_y, error, message):
    with pytest.raises(error, match=message):
        engine.locally_connected2d_backward(grad_y, *example())
