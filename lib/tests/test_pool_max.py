"""max_pool2d on every engine, with torch.nn.functional as the judge: values, indices, gradients; ties, padding, NaN."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from convbook.gradcheck import numerical_gradient, relative_error

OPTIONS = [
    {"kernel_size": 2}, {"kernel_size": 3, "stride": 2, "padding": 1}, {"kernel_size": 3, "stride": 2, "ceil_mode": True},
    {"kernel_size": (2, 3), "stride": (1, 2), "padding": (1, 0)}, {"kernel_size": 2, "stride": 1, "dilation": (2, 1)}]


@st.composite
def cases(draw):
    """(x, options): small images of few different values, so that ties abound, and now and then -inf or NaN."""
    kernel, stride, dilation = (draw(st.tuples(st.integers(1, 3), st.integers(1, 3))) for _ in range(3))
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    size = [draw(st.integers(max(r - 2 * p, d if p else 1), r + 5)) for r, p, d in zip(reach, padding, dilation, strict=True)]
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = rng.integers(-3, 3, (draw(st.integers(0, 2)), draw(st.integers(1, 2)), *size)).astype(float)
    for value in draw(st.sets(st.sampled_from([-np.inf, np.nan]))):
        x[rng.random(x.shape) < 0.2] = value
    return x, {"kernel_size": kernel, "stride": draw(st.sampled_from([None, stride])), "padding": padding,
               "dilation": dilation, "ceil_mode": draw(st.booleans())}


def judge(x, options, function=F.max_pool2d):
    """Output, indices, a random gradient for the output, and the gradient that autograd makes of it."""
    leaf = torch.tensor(x, requires_grad=True)
    y, indices = function(leaf, **options, return_indices=True)
    grad_y = torch.from_numpy(np.random.default_rng(0).standard_normal(tuple(y.shape)).astype(x.dtype))
    grad_x, = torch.autograd.grad(y, leaf, grad_y)
    return y.detach().numpy(), indices.numpy(), grad_y.numpy(), grad_x.numpy()


def example(dtype=np.float64, shape=(2, 3, 7, 8)):
    """Values that all differ by at least a step, in random order: finite differences never meet a tie."""
    count = np.prod(shape)
    return (np.random.default_rng(7).permutation(count).reshape(shape) / count - 0.5).astype(dtype)


def test_with_a_pencil(engine):
    x = np.array([[[[1.0, 5, 2], [4, 3, 0], [-1, -2, -3]]]])
    y, indices = engine.max_pool2d(x, 2, stride=1, return_indices=True)
    np.testing.assert_array_equal(y[0, 0], [[5, 5], [4, 3]])
    np.testing.assert_array_equal(indices[0, 0], [[1, 1], [3, 4]])
    grad_x = engine.max_pool2d_backward(np.array([[[[1.0, 10], [100, 1000]]]]), x, 2, stride=1)
    np.testing.assert_array_equal(grad_x[0, 0], [[0, 11, 0], [100, 1000, 0], [0, 0, 0]])     # two windows chose the 5


@given(cases())
def test_agrees_with_torch(engine, assert_close, case):
    x, options = case
    y, indices, grad_y, grad_x = judge(x, options)
    got, got_indices = engine.max_pool2d(x, **options, return_indices=True)
    np.testing.assert_array_equal(got, y)
    np.testing.assert_array_equal(got_indices, indices)
    np.testing.assert_array_equal(engine.max_pool2d(x, **options), y)
    assert got_indices.dtype == np.int64
    assert_close(engine.max_pool2d_backward(grad_y, x, **options), grad_x, 1e-10)


def test_of_equal_maxima_the_first_in_row_order_gets_the_whole_gradient(engine):
    x = np.array([[[[1.0, 2], [2, 2]]]])
    assert engine.max_pool2d(x, 2, return_indices=True)[1].item() == 1
    np.testing.assert_array_equal(engine.max_pool2d_backward(np.full((1, 1, 1, 1), 7.0), x, 2)[0, 0], [[0, 7], [0, 0]])
    np.testing.assert_array_equal(judge(x, {"kernel_size": 2})[3] != 0, [[[[False, True], [False, False]]]])


def test_padding_never_wins(engine):
    x = -1 - np.arange(9.0).reshape(1, 1, 3, 3)
    y, indices = engine.max_pool2d(x, 3, 2, padding=1, return_indices=True)
    np.testing.assert_array_equal(y[0, 0], [[-1, -2], [-4, -5]])
    np.testing.assert_array_equal(indices[0, 0], [[0, 1], [3, 4]])
    nothing = np.full((1, 1, 3, 3), -np.inf)        # as small as padding can be: still the index of a pixel
    y, indices = engine.max_pool2d(nothing, 3, 2, padding=1, return_indices=True)
    np.testing.assert_array_equal(y, np.full((1, 1, 2, 2), -np.inf))
    np.testing.assert_array_equal(indices[0, 0], [[0, 1], [3, 4]])


def test_nan_wins_and_the_last_one_gets_the_gradient(engine):
    x = np.array([[[[9.0, np.nan, 0], [np.nan, 3, 0]]]])
    y, indices = engine.max_pool2d(x, 2, 1, return_indices=True)
    assert np.isnan(y).all()
    np.testing.assert_array_equal(indices[0, 0], [[3, 1]])
    np.testing.assert_array_equal(indices, judge(x, {"kernel_size": 2, "stride": 1})[1])
    np.testing.assert_array_equal(engine.max_pool2d_backward(np.ones((1, 1, 1, 2)), x, 2, 1)[0, 0], [[0, 1, 0], [1, 0, 0]])


@pytest.mark.parametrize(("size", "options", "places"), [
    (5, {"kernel_size": 2}, 2), (5, {"kernel_size": 2, "ceil_mode": True}, 3),
    (6, {"kernel_size": 2, "stride": 3, "padding": 1, "ceil_mode": True}, 3),
    (5, {"kernel_size": 2, "stride": 3, "padding": 1, "ceil_mode": True}, 2),      # a third window would start on the padding behind
    (2, {"kernel_size": 3, "ceil_mode": True}, 1)], ids=str)
def test_ceil_mode(engine, size, options, places):
    x = example(shape=(1, 1, size, size))
    assert F.max_pool2d(torch.from_numpy(x), **options).shape[2] == places
    assert engine.max_pool2d(x, **options).shape == (1, 1, places, places)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_gradients_agree_with_finite_differences(engine, options):
    x = example(shape=(1, 2, 5, 6))
    grad_y = np.random.default_rng(1).standard_normal(engine.max_pool2d(x, **options).shape)
    numerical = numerical_gradient(lambda nudged: (engine.max_pool2d(nudged, **options) * grad_y).sum(), x)
    assert relative_error(engine.max_pool2d_backward(grad_y, x, **options), numerical) <= 1e-7


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_torch_gradcheck_agrees(torch_engine, options):
    class Pooling(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y, ctx.vjp = torch_engine.native.pool._max_pool2d(x, **options)
            return y

        @staticmethod
        def backward(ctx, grad_y):
            return ctx.vjp(grad_y)

    assert torch.autograd.gradcheck(Pooling.apply, [torch_engine.array(example(shape=(1, 2, 5, 6))).requires_grad_()])


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_primitive_is_both(matrix_engine, options):
    x = matrix_engine.array(example())
    y, vjp = matrix_engine.native.pool._max_pool2d(x, **options)
    np.testing.assert_array_equal(matrix_engine.numpy(y), matrix_engine.max_pool2d(example(), **options))
    expected = matrix_engine.max_pool2d_backward(matrix_engine.numpy(y), example(), **options)
    np.testing.assert_array_equal(matrix_engine.numpy(vjp(y)), expected)
    np.testing.assert_array_equal(matrix_engine.numpy(vjp(y)), expected)         # asking twice adds nothing


@given(cases())
def test_adjoint_identity(engine, case):
    x, options = case
    x = np.nan_to_num(x, neginf=-9)
    y = engine.max_pool2d(x, **options)
    grad_y = np.random.default_rng(2).standard_normal(y.shape)
    grad_x = engine.max_pool2d_backward(grad_y, x, **options)
    assert abs((y * grad_y).sum() - (x * grad_x).sum()) <= 1e-12 * max((np.abs(y) * np.abs(grad_y)).sum(), 1)


def test_goes_along_with_every_increasing_function(engine):
    x = example()
    np.testing.assert_array_equal(engine.max_pool2d(np.exp(x), 3, 2, 1), np.exp(engine.max_pool2d(x, 3, 2, 1)))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_is_kept_and_no_number_is_rounded(engine, dtype):
    x = example(dtype)
    y, _, grad_y, grad_x = judge(x, {"kernel_size": 2})
    got, got_grad = engine.max_pool2d(x, 2), engine.max_pool2d_backward(grad_y, x, 2)
    assert got.dtype == got_grad.dtype == dtype
    np.testing.assert_array_equal(got, y)
    np.testing.assert_array_equal(got_grad, grad_x)


def test_float32_gradients_are_right_to_a_millionth(engine, assert_close):
    x = example(np.float32, (2, 3, 20, 20))
    _, _, grad_y, grad_x = judge(x.astype(float), {"kernel_size": 3, "stride": 1})
    assert_close(engine.max_pool2d_backward(grad_y.astype(np.float32), x, 3, 1), grad_x, 1e-6)


def test_bfloat16_is_kept(torch_engine):
    x = torch_engine.array(example()).bfloat16()
    y, vjp = torch_engine.native.pool._max_pool2d(x, 3, 2, 1)
    assert y.dtype == vjp(y).dtype == torch.bfloat16


@pytest.mark.parametrize("shape", [(2, 2, 270, 260), (70, 5, 30, 30), (2, 2, 3, 1)], ids=str)
def test_large_and_small_maps(matrix_engine, assert_close, shape):
    """More maps than are pooled at a time, one of which may exceed what is pooled at a time."""
    x, options = example(shape=shape), {"kernel_size": 3, "stride": 2, "padding": 1}
    y, indices, grad_y, grad_x = judge(x, options)
    for got, expected in zip(matrix_engine.max_pool2d(x, **options, return_indices=True), (y, indices), strict=True):
        np.testing.assert_array_equal(got, expected)
    assert_close(matrix_engine.max_pool2d_backward(grad_y, x, **options), grad_x, 1e-10)


def test_windows_of_more_than_256_taps(matrix_engine):
    x = example(shape=(1, 1, 36, 40))
    np.testing.assert_array_equal(matrix_engine.max_pool2d(x, 17, 3, return_indices=True)[1], judge(x, {"kernel_size": 17, "stride": 3})[1])


@pytest.mark.parametrize("kernel", [1, 2])
def test_inputs_are_not_modified_and_results_are_new(engine, kernel):
    x, grad_y = example(), np.ones((2, 3, 7 // kernel, 8 // kernel))
    for result in (*engine.max_pool2d(x, kernel, return_indices=True), engine.max_pool2d_backward(grad_y, x, kernel)):
        result[...] = -1
    np.testing.assert_array_equal(x, example())
    np.testing.assert_array_equal(grad_y, 1)


def test_strided_inputs(engine, assert_close):
    x = example().transpose(1, 0, 3, 2)
    y, indices, grad_y, grad_x = judge(x, {"kernel_size": 3, "stride": 2, "padding": 1})
    grad_y = np.asfortranarray(grad_y)
    got, got_indices = engine.max_pool2d(x, 3, 2, 1, return_indices=True)
    np.testing.assert_array_equal(got, y)
    np.testing.assert_array_equal(got_indices, indices)
    assert_close(engine.max_pool2d_backward(grad_y, x, 3, 2, 1), grad_x, 1e-10)


@pytest.mark.parametrize("batch", [0, 1])
def test_batch_of_none_and_of_one(engine, batch):
    x = example()[:batch]
    y, indices, grad_y, grad_x = judge(x, {"kernel_size": 2})
    got, got_indices = engine.max_pool2d(x, 2, return_indices=True)
    assert got.shape == (batch, 3, 3, 4)
    np.testing.assert_array_equal(got, y)
    np.testing.assert_array_equal(got_indices, indices)
    np.testing.assert_array_equal(engine.max_pool2d_backward(grad_y, x, 2), grad_x)


def test_global_max_pool2d_is_one_window_as_large_as_the_map(matrix_engine, assert_close):
    x = np.random.default_rng(3).integers(-4, 2, (2, 3, 5, 4)).astype(float)
    y, _, grad_y, grad_x = judge(x, {"kernel_size": (5, 4)})
    np.testing.assert_array_equal(matrix_engine.global_max_pool2d(x), y)
    assert y.shape == (2, 3, 1, 1)
    assert_close(matrix_engine.global_max_pool2d_backward(grad_y, x), grad_x, 1e-12)
    x[0, 0, 2, 2] = np.nan
    assert np.isnan(matrix_engine.global_max_pool2d(x)[0, 0])
    assert matrix_engine.global_max_pool2d(x[:0]).shape == (0, 3, 1, 1)


def test_torch_engine_is_written_out(torch_engine):
    from torch.utils._python_dispatch import TorchDispatchMode

    class Recorder(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            seen.append(str(function))
            return function(*args, **(kwargs or {}))

    seen, pool, x = [], torch_engine.native.pool, torch_engine.array(example())
    with Recorder():
        for function, options in ((pool._max_pool2d, (3, 2, 1)), (pool._avg_pool2d, (3, 2, 1)), (pool._adaptive_avg_pool2d, (3,)),
                                  (pool._global_avg_pool2d, ()), (pool._global_max_pool2d, ())):
            y, vjp = function(x, *options)
            vjp(y)
    assert any("maximum" in name for name in seen) and not [name for name in seen if "pool" in name]
