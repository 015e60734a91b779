"""avg_pool2d, adaptive_avg_pool2d and global_avg_pool2d on every engine, with torch.nn.functional as the judge."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from convbook.gradcheck import numerical_gradient, relative_error

OPTIONS = [
    {"kernel_size": 2}, {"kernel_size": 3, "stride": 2, "padding": 1}, {"kernel_size": (2, 3), "stride": (1, 2), "padding": (1, 0)},
    {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False},
    {"kernel_size": 3, "stride": 1, "divisor_override": 5}]


@st.composite
def cases(draw):
    """(x, options) of avg_pool2d."""
    kernel, stride = (draw(st.tuples(st.integers(1, 4), st.integers(1, 3))) for _ in range(2))
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    size = [draw(st.integers(max(1, k - 2 * p), k + 5)) for k, p in zip(kernel, padding, strict=True)]
    x = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).standard_normal((draw(st.integers(0, 2)), draw(st.integers(1, 2)), *size))
    return x, {"kernel_size": kernel, "stride": draw(st.sampled_from([None, stride])), "padding": padding,
               "ceil_mode": draw(st.booleans()), "count_include_pad": draw(st.booleans()),
               "divisor_override": draw(st.sampled_from([None, None, 1, 7, -2]))}


def judge(function, x, **options):
    """Output, a random gradient for it, and the gradient that autograd makes of it."""
    leaf = torch.tensor(x, requires_grad=True)
    y = function(leaf, **options)
    grad_y = torch.from_numpy(np.random.default_rng(0).standard_normal(tuple(y.shape)).astype(x.dtype))
    grad_x, = torch.autograd.grad(y, leaf, grad_y)
    return y.detach().numpy(), grad_y.numpy(), grad_x.numpy()


def example(dtype=np.float64, shape=(2, 3, 7, 8)):
    return np.random.default_rng(7).standard_normal(shape).astype(dtype)


def test_with_a_pencil(engine):
    x = np.array([[[[1.0, 2, 3], [4, 5, 6], [7, 8, 10]]]])
    np.testing.assert_array_equal(engine.avg_pool2d(x, 2, stride=1)[0, 0], [[3, 4], [6, 7.25]])
    grad_x = engine.avg_pool2d_backward(np.array([[[[4.0, 8], [12, 16]]]]), x, 2, stride=1)
    np.testing.assert_array_equal(grad_x[0, 0], [[1, 3, 2], [4, 10, 6], [3, 7, 4]])


def test_what_an_average_divides_by_at_the_border(engine):
    """A corner window of 3 x 3 with padding 1 has four pixels; a last one beyond the padding never counts what lies there."""
    ones = np.ones((1, 1, 4, 4))
    with_padding = engine.avg_pool2d(ones, 3, 2, 1, ceil_mode=True)[0, 0]
    np.testing.assert_allclose(with_padding, np.outer([2 / 3, 1, 1 / 2], [2 / 3, 1, 1 / 2]), rtol=1e-15)
    np.testing.assert_array_equal(engine.avg_pool2d(ones, 3, 2, 1, ceil_mode=True, count_include_pad=False)[0, 0], np.ones((3, 3)))
    np.testing.assert_array_equal(engine.avg_pool2d(ones, 3, 2, 1, divisor_override=2)[0, 0], [[2, 3], [3, 4.5]])
    np.testing.assert_allclose(with_padding, F.avg_pool2d(torch.from_numpy(ones), 3, 2, 1, True)[0, 0], rtol=1e-15)


@given(cases())
def test_agrees_with_torch(engine, assert_close, case):
    x, options = case
    y, grad_y, grad_x = judge(F.avg_pool2d, x, **options)
    assert_close(engine.avg_pool2d(x, **options), y, 1e-12)
    assert_close(engine.avg_pool2d_backward(grad_y, x, **options), grad_x, 1e-10)


@given(st.tuples(*[st.integers(1, 9)] * 2), st.one_of(st.integers(1, 9), st.tuples(*[st.one_of(st.none(), st.integers(1, 9))] * 2)),
       st.integers(0, 2))
def test_adaptive_agrees_with_torch(matrix_engine, assert_close, size, output_size, batch):
    x = example(shape=(batch, 2, *size))
    y, grad_y, grad_x = judge(F.adaptive_avg_pool2d, x, output_size=output_size)
    assert_close(matrix_engine.adaptive_avg_pool2d(x, output_size), y, 1e-12)
    assert_close(matrix_engine.adaptive_avg_pool2d_backward(grad_y, x, output_size), grad_x, 1e-10)


def test_adaptive_with_a_pencil(matrix_engine):
    x = np.array([[[[1.0, 2, 6]]]])          # two windows of three pixels: they share the middle one
    np.testing.assert_array_equal(matrix_engine.adaptive_avg_pool2d(x, (1, 2))[0, 0], [[1.5, 4]])
    np.testing.assert_array_equal(matrix_engine.adaptive_avg_pool2d_backward(np.array([[[[2.0, 8]]]]), x, (1, 2))[0, 0], [[1, 5, 4]])


def test_adaptive_of_a_multiple_is_plain_pooling(matrix_engine, assert_close):
    x = example(shape=(2, 3, 6, 8))
    assert_close(matrix_engine.adaptive_avg_pool2d(x, (3, 2)), matrix_engine.avg_pool2d(x, (2, 4)), 1e-12)
    np.testing.assert_array_equal(matrix_engine.adaptive_avg_pool2d(x, None), x)


def test_global_avg_pool2d_is_the_mean_of_every_map(matrix_engine, assert_close):
    x = example()
    y, grad_y, grad_x = judge(F.adaptive_avg_pool2d, x, output_size=1)
    assert_close(matrix_engine.global_avg_pool2d(x), y, 1e-12)
    assert_close(matrix_engine.global_avg_pool2d_backward(grad_y, x), grad_x, 1e-10)
    assert matrix_engine.global_avg_pool2d(x[:0]).shape == (0, 3, 1, 1)
    shares = matrix_engine.global_avg_pool2d_backward(grad_y, x)
    shares[0, 0, 0, 0] = np.nan             # every pixel has a number of its own
    assert np.isnan(shares).sum() == 1


FUNCTIONS = [*(("avg_pool2d", options) for options in OPTIONS),
             ("adaptive_avg_pool2d", {"output_size": (2, 3)}), ("global_avg_pool2d", {})]


@pytest.mark.parametrize(("name", "options"), FUNCTIONS, ids=str)
def test_gradients_agree_with_finite_differences(matrix_engine, name, options):
    pool, backward = getattr(matrix_engine, name), getattr(matrix_engine, f"{name}_backward")
    x = example(shape=(1, 2, 5, 6))
    grad_y = 1 + np.random.default_rng(1).random(pool(x, **options).shape)
    numerical = numerical_gradient(lambda nudged: (pool(nudged, **options) * grad_y).sum(), x)
    assert relative_error(backward(grad_y, x, **options), numerical) <= 1e-7


@pytest.mark.parametrize(("name", "options"), FUNCTIONS, ids=str)
def test_torch_gradcheck_agrees(torch_engine, name, options):
    class Pooling(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y, ctx.vjp = getattr(torch_engine.native.pool, f"_{name}")(x, **options)
            return y

        @staticmethod
        def backward(ctx, grad_y):
            return ctx.vjp(grad_y)

    assert torch.autograd.gradcheck(Pooling.apply, [torch_engine.array(example(shape=(1, 2, 5, 6))).requires_grad_()])


@pytest.mark.parametrize(("name", "options"), FUNCTIONS, ids=str)
def test_linear_and_its_backward_is_the_adjoint(matrix_engine, assert_close, name, options):
    pool, backward = getattr(matrix_engine, name), getattr(matrix_engine, f"{name}_backward")
    x, other = example(), example()[::-1].copy()
    y = pool(x, **options)
    assert_close(pool(2 * x - 3 * other, **options), 2 * y - 3 * pool(other, **options), 1e-12)
    grad_y = np.random.default_rng(2).standard_normal(y.shape)
    assert abs((y * grad_y).sum() - (x * backward(grad_y, x, **options)).sum()) <= 1e-12 * np.abs(y * grad_y).sum()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(("name", "options"), FUNCTIONS, ids=str)
def test_dtype_is_kept(matrix_engine, name, options, dtype):
    """Against float64: an error of at most one rounding of the result, or two where rows and columns are rounded."""
    pool, backward = getattr(matrix_engine, name), getattr(matrix_engine, f"{name}_backward")
    x = example(dtype, (2, 3, 20, 21))
    exact = pool(x.astype(float), **options)
    grad_y = exact.astype(dtype)
    y, grad_x = pool(x, **options), backward(grad_y, x, **options)
    exact_grad = backward(grad_y.astype(float), x.astype(float), **options)
    assert y.dtype == grad_x.dtype == dtype
    limit = 2 * np.finfo(dtype).eps
    assert np.abs(y - exact).max() <= limit * np.abs(exact).max() + limit * 1e-2
    assert np.abs(grad_x - exact_grad).max() <= limit * np.abs(exact_grad).max() + np.finfo(dtype).smallest_subnormal


@pytest.mark.parametrize(("name", "options"), FUNCTIONS, ids=str)
def test_bfloat16_is_kept(torch_engine, name, options):
    x = torch_engine.array(example()).bfloat16()
    y, vjp = getattr(torch_engine.native.pool, f"_{name}")(x, **options)
    assert y.dtype == vjp(y).dtype == torch.bfloat16


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_large_windows_do_not_drift_or_overflow(matrix_engine, dtype):
    """9216 times 100 exceeds float16, and a running sum in it would stop growing long before."""
    x = np.full((1, 1, 96, 96), 100, dtype)
    for y in (matrix_engine.avg_pool2d(x, 96), matrix_engine.global_avg_pool2d(x), matrix_engine.adaptive_avg_pool2d(x, 1)):
        assert y.item() == 100


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_many_shares_add_up_to_the_whole(matrix_engine, dtype):
    """225 windows send a 225th each, more than float16 can add up itself."""
    grad_x = matrix_engine.avg_pool2d_backward(np.ones((1, 1, 20, 20), dtype), np.zeros((1, 1, 34, 34), dtype), 15, 1)
    np.testing.assert_allclose(grad_x[0, 0, 14:20, 14:20], 1, rtol=3e-7)


def test_nan_stays_in_its_windows(engine):
    x = example(shape=(1, 1, 4, 6))
    x[0, 0, 1, 1], x[0, 0, 3, 5] = np.nan, np.inf
    np.testing.assert_array_equal(np.isfinite(engine.avg_pool2d(x, 2)[0, 0]), [[False, True, True], [True, True, False]])


@pytest.mark.parametrize(("name", "options"), [
    *FUNCTIONS, ("avg_pool2d", {"kernel_size": 1}), ("adaptive_avg_pool2d", {"output_size": None})], ids=str)
def test_inputs_are_not_modified_and_results_are_new(matrix_engine, name, options):
    x = example()
    y = getattr(matrix_engine, name)(x, **options)
    grad_y = np.ones_like(y)
    for result in (y, getattr(matrix_engine, f"{name}_backward")(grad_y, x, **options)):
        result[...] = np.nan
    np.testing.assert_array_equal(x, example())
    np.testing.assert_array_equal(grad_y, 1)


@pytest.mark.parametrize(("name", "options"), FUNCTIONS, ids=str)
def test_strided_inputs_and_a_batch_of_one(matrix_engine, assert_close, name, options):
    pool, backward = getattr(matrix_engine, name), getattr(matrix_engine, f"{name}_backward")
    x = example().transpose(1, 0, 3, 2)[1:2]
    y = pool(x.copy(), **options)
    grad_y = np.asfortranarray(np.random.default_rng(3).standard_normal((*y.shape[:3], 2 * y.shape[3])))[..., ::2]
    assert_close(pool(x, **options), y, 1e-12)
    assert_close(backward(grad_y, x, **options), backward(grad_y.copy(), x.copy(), **options), 1e-12)
