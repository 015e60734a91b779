"""conv2d, im2col and their backward passes on every engine, with torch.nn.functional as the judge."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from convbook.gradcheck import numerical_gradient, relative_error

# torch says that it copies the image for an uneven "same"; so do we, and it is no fault
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")

pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def windows(draw, strings=True):
    """(H, W), (KH, KW) and options of a filter that fits the image."""
    kernel, dilation = draw(pairs), draw(pairs)
    paddings = st.one_of(st.tuples(st.integers(0, 3), st.integers(0, 3)), st.integers(0, 2))
    padding = draw(st.one_of(paddings, st.sampled_from(["same", "valid"])) if strings else paddings)
    stride = (1, 1) if padding == "same" else draw(st.one_of(pairs, st.integers(1, 3)))
    both = {"same": (9, 9), "valid": (0, 0)}.get(padding, padding) if isinstance(padding, str) else np.broadcast_to(padding, 2)
    size = tuple(draw(st.integers(max(1, d * (k - 1) + 1 - 2 * int(p)), d * (k - 1) + 5))
                 for k, d, p in zip(kernel, dilation, both, strict=True))
    return size, kernel, {"stride": stride, "padding": padding, "dilation": dilation}


@st.composite
def convolutions(draw):
    """(x, weight, bias) and options, float64."""
    size, kernel, options = draw(windows())
    groups, channels, filters, batch = draw(st.tuples(st.integers(1, 2), st.integers(1, 2), st.integers(1, 3), st.integers(0, 2)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = rng.standard_normal((batch, groups * channels, *size))
    weight = rng.standard_normal((groups * filters, channels, *kernel))
    bias = rng.standard_normal(groups * filters) if draw(st.booleans()) else None
    return (x, weight, bias), {**options, "groups": groups}


def judge(arrays, options, seed=0):
    """Output, a random gradient for it, and the gradients that autograd makes of it."""
    leaves = [None if a is None else torch.tensor(a, requires_grad=True) for a in arrays]
    y = F.conv2d(*leaves, **options)
    grad_y = torch.from_numpy(np.random.default_rng(seed).standard_normal(tuple(y.shape)))
    gradients = iter(torch.autograd.grad(y, [leaf for leaf in leaves if leaf is not None], grad_y))
    return y.detach().numpy(), grad_y.numpy(), [None if leaf is None else next(gradients).numpy() for leaf in leaves]


def example(groups=1, dtype=np.float64):
    rng = np.random.default_rng(7)
    shapes = (2, 4, 7, 6), (6, 4 // groups, 3, 2), (6,)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def test_with_a_pencil(engine):
    x, weight = np.arange(1.0, 10).reshape(1, 1, 3, 3), np.array([[[[1.0, 0.0], [0.0, -1.0]]]])
    np.testing.assert_array_equal(engine.conv2d(x, weight), np.full((1, 1, 2, 2), -4.0))
    grad_x, grad_weight, grad_bias = engine.conv2d_backward(np.ones((1, 1, 2, 2)), x, weight)
    np.testing.assert_array_equal(grad_x[0, 0], [[1, 1, 0], [1, 0, -1], [0, -1, -1]])
    np.testing.assert_array_equal(grad_weight[0, 0], [[1 + 2 + 4 + 5, 2 + 3 + 5 + 6], [4 + 5 + 7 + 8, 5 + 6 + 8 + 9]])
    assert grad_bias is None


@given(convolutions())
def test_agrees_with_torch(engine, assert_close, assert_gradients_close, case):
    arrays, options = case
    y, grad_y, gradients = judge(arrays, options)
    assert_close(engine.conv2d(*arrays, **options), y, 1e-12)
    assert_gradients_close(engine.conv2d_backward(grad_y, *arrays, **options), gradients)


@pytest.mark.parametrize("options", [
    {}, {"stride": 2, "padding": 1}, {"dilation": (1, 2), "padding": "same"}, {"groups": 2, "stride": (1, 3), "padding": (2, 0)}], ids=str)
def test_gradients_agree_with_finite_differences(engine, options):
    x, weight, bias = example(options.get("groups", 1))
    x = x[:1, :, :5, :4].copy()
    grad_y = np.random.default_rng(1).standard_normal(engine.conv2d(x, weight, bias, **options).shape)

    def loss(_):                                            # numerical_gradient nudges the arrays themselves
        return (engine.conv2d(x, weight, bias, **options) * grad_y).sum()

    gradients = engine.conv2d_backward(grad_y, x, weight, bias, **options)
    tested = (x, gradients[0]), (weight, gradients[1]), (bias, gradients[2])
    for array, gradient in tested if engine.name != "loops" else tested[2:]:        # the loops would need minutes
        assert relative_error(gradient, numerical_gradient(loss, array)) <= 1e-7


@pytest.mark.parametrize("options", [{"stride": (2, 1), "padding": 1, "groups": 2}, {"dilation": 2, "padding": "same"}], ids=str)
def test_torch_gradcheck_agrees(torch_engine, options):
    class Convolution(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *arrays):
            ctx.save_for_backward(*arrays)
            return torch_engine.native.conv2d(*arrays, **options)

        @staticmethod
        def backward(ctx, grad_y):
            return torch_engine.native.conv2d_backward(grad_y, *ctx.saved_tensors, **options)

    x, weight, bias = example(options.get("groups", 1))
    leaves = [torch_engine.array(a).requires_grad_() for a in (x[:, :, :5, :4], weight, bias)]
    assert torch.autograd.gradcheck(Convolution.apply, leaves)


@given(convolutions())
def test_adjoint_identity(engine, case):
    (x, weight, _), options = case
    y = engine.conv2d(x, weight, **options)
    grad_y = np.random.default_rng(2).standard_normal(y.shape)
    grad_x, grad_weight, _ = engine.conv2d_backward(grad_y, x, weight, **options)
    scale = max((np.abs(y) * np.abs(grad_y)).sum(), 1)
    assert abs((y * grad_y).sum() - (x * grad_x).sum()) <= 1e-12 * scale
    assert abs((y * grad_y).sum() - (weight * grad_weight).sum()) <= 1e-12 * scale


def test_linear_in_images_and_in_filters(engine, assert_close):
    x, weight, _ = example()
    other_x, other_weight = x[::-1].copy(), weight[::-1].copy()
    assert_close(engine.conv2d(2 * x - 3 * other_x, weight), 2 * engine.conv2d(x, weight) - 3 * engine.conv2d(other_x, weight), 1e-12)
    assert_close(engine.conv2d(x, 2 * weight - other_weight), 2 * engine.conv2d(x, weight) - engine.conv2d(x, other_weight), 1e-12)


@pytest.mark.parametrize("stride", [1, 2])
def test_shifted_image_gives_shifted_output(engine, stride):
    rng = np.random.default_rng(3)
    patch, weight = rng.standard_normal((4, 5)), rng.standard_normal((2, 1, 3, 3))
    here, there = np.zeros((2, 1, 1, 14, 14))
    here[0, 0, 4:8, 4:9] = patch
    there[0, 0, 4 + stride:8 + stride, 4 + 2 * stride:9 + 2 * stride] = patch
    y_here, y_there = engine.conv2d(here, weight, stride=stride), engine.conv2d(there, weight, stride=stride)
    assert np.abs(y_here).max() > 0
    np.testing.assert_allclose(y_there[:, :, 1:, 2:], y_here[:, :, :-1, :-2], rtol=1e-12, atol=1e-13)


def test_groups_are_separate_convolutions(engine, assert_close):
    x, weight, bias = example(groups=2)
    halves = [engine.conv2d(x[:, 2 * g:2 * g + 2].copy(), weight[3 * g:3 * g + 3], bias[3 * g:3 * g + 3], padding=1) for g in range(2)]
    assert_close(engine.conv2d(x, weight, bias, padding=1, groups=2), np.concatenate(halves, axis=1), 1e-12)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_is_kept(engine, dtype):
    x, weight, bias = example(dtype=dtype)
    y = engine.conv2d(x, weight, bias, padding=1)
    gradients = engine.conv2d_backward(y, x, weight, bias, padding=1)
    assert [a.dtype for a in (y, *gradients)] == [dtype] * 4
    if dtype is np.float32:
        assert relative_error(y, engine.conv2d(*example(), padding=1)) <= 1e-3


def test_bfloat16_is_kept(torch_engine):
    arrays = [torch_engine.array(a).bfloat16() for a in example()]
    y = torch_engine.native.conv2d(*arrays)
    assert {t.dtype for t in (y, *torch_engine.native.conv2d_backward(y, *arrays))} == {torch.bfloat16}


@pytest.mark.parametrize("kernel", [(3, 2), (1, 1)], ids=["3x2", "1x1"])
def test_inputs_are_not_modified_and_results_are_new(engine, kernel):
    x, weight, bias = example()
    weight = weight[:, :, :kernel[0], :kernel[1]].copy()
    grad_y = np.ones_like(engine.conv2d(x, weight, bias))
    before = [a.copy() for a in (grad_y, x, weight, bias)]
    results = engine.conv2d(x, weight, bias), *engine.conv2d_backward(grad_y, x, weight, bias)
    for array in results:
        array[...] = np.nan
    for array, copy in zip((grad_y, x, weight, bias), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("options", [{"padding": 1}, {"stride": 2}], ids=str)
@pytest.mark.parametrize("kernel", [(3, 2), (1, 1)], ids=["3x2", "1x1"])
def test_strided_inputs(engine, assert_close, kernel, options):
    x, weight, bias = example()
    x, weight = np.asfortranarray(x), weight[:, :, :kernel[0], :kernel[1]].swapaxes(2, 3)
    bias = np.stack([bias, bias], axis=1)[:, 0]
    y, _, _ = judge([x, weight, bias], options)
    grad_y = np.broadcast_to(np.array(0.5), y.shape).copy().transpose(0, 1, 3, 2).copy().transpose(0, 1, 3, 2)
    leaves = [torch.tensor(a, requires_grad=True) for a in (x, weight, bias)]
    expected = torch.autograd.grad(F.conv2d(*leaves, **options), leaves, torch.tensor(grad_y))
    assert not any(a.flags.c_contiguous for a in (x, bias, grad_y))
    assert_close(engine.conv2d(x, weight, bias, **options), y, 1e-12)
    for got, gradient in zip(engine.conv2d_backward(grad_y, x, weight, bias, **options), expected, strict=True):
        assert_close(got, gradient.numpy(), 1e-10)


@pytest.mark.parametrize("batch", [0, 1])
def test_batch_of_none_and_of_one(engine, assert_close, batch):
    x, weight, bias = example()
    y, grad_y, gradients = judge([x[:batch], weight, bias], {"padding": 1})
    assert y.shape == (batch, 6, 7, 7)
    assert_close(engine.conv2d(x[:batch], weight, bias, padding=1), y, 1e-12)
    for got, expected in zip(engine.conv2d_backward(grad_y, x[:batch], weight, bias, padding=1), gradients, strict=True):
        assert_close(got, expected, 1e-10)


@given(windows(strings=False), st.integers(0, 2), st.integers(1, 3))
def test_im2col_is_unfold_and_col2im_is_fold(matrix_engine, assert_close, window, batch, channels):
    size, kernel, options = window
    x = np.random.default_rng(4).standard_normal((batch, channels, *size))
    expected = F.unfold(torch.from_numpy(x), kernel, **options)
    np.testing.assert_array_equal(matrix_engine.im2col(x, kernel, **options), expected)
    columns = np.random.default_rng(5).standard_normal(tuple(expected.shape))
    got = matrix_engine.col2im(columns, size, kernel, **options)
    assert_close(got, F.fold(torch.from_numpy(columns), size, kernel, **options), 1e-12)
    unfolded = matrix_engine.im2col(x, kernel, **options)
    assert abs((unfolded * columns).sum() - (x * got).sum()) <= 1e-12 * max((np.abs(unfolded) * np.abs(columns)).sum(), 1)


def test_im2col_only_copies(matrix_engine):
    x = np.arange(24).reshape(1, 2, 3, 4)
    columns = matrix_engine.im2col(x, 2)
    assert columns.dtype == x.dtype
    np.testing.assert_array_equal(columns[0, :, 0], [0, 1, 4, 5, 12, 13, 16, 17])
    matrix_engine.im2col(x, 1)[...] = -1
    np.testing.assert_array_equal(x.ravel(), np.arange(24))


def test_col2im_does_not_modify_its_columns(matrix_engine):
    columns = np.ones((1, 8, 6))
    matrix_engine.col2im(columns, (3, 4), 2)[...] = 5
    np.testing.assert_array_equal(columns, np.ones((1, 8, 6)))


def test_torch_engine_is_written_out(torch_engine):
    from torch.utils._python_dispatch import TorchDispatchMode

    class Recorder(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            seen.append(str(function))
            return function(*args, **(kwargs or {}))

    seen, arrays = [], [torch_engine.array(a) for a in example()]
    with Recorder():
        y = torch_engine.native.conv2d(*arrays, padding=1)
        torch_engine.native.conv2d_backward(y, *arrays, padding=1)
    assert any("mm" in name for name in seen)
    assert not [name for name in seen if any(word in name for word in ("conv", "im2col", "col2im", "unfold"))]


@pytest.mark.parametrize("groups", [1, 2])
def test_primitive_is_conv2d_with_its_backward(matrix_engine, groups):
    x, weight, bias = example(groups)
    primitive, arrays = matrix_engine.native.conv._conv2d, [matrix_engine.array(a) for a in (x, weight, bias)]
    y, vjp = primitive(*arrays, padding=1, groups=groups)
    np.testing.assert_array_equal(matrix_engine.numpy(y), matrix_engine.conv2d(x, weight, bias, padding=1, groups=groups))
    expected = matrix_engine.conv2d_backward(matrix_engine.numpy(y), x, weight, bias, padding=1, groups=groups)
    for got, gradient in zip(vjp(y), expected, strict=True):
        np.testing.assert_array_equal(matrix_engine.numpy(got), gradient)
    grad_x, *others = primitive(*arrays, padding=1, groups=groups, input_grad=False)[1](y)
    assert grad_x is None
    for got, gradient in zip(others, expected[1:], strict=True):
        np.testing.assert_array_equal(matrix_engine.numpy(got), gradient)
    assert primitive(*arrays[:2], padding=1, groups=groups)[1](y)[2] is None
