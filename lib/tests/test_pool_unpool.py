"""max_unpool2d on every engine, with torch.nn.functional as the judge."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from convbook.gradcheck import numerical_gradient, relative_error


@st.composite
def cases(draw):
    """(image, options of the pooling): windows that do not overlap, so that no pixel is chosen twice."""
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    stride = draw(st.sampled_from([None, tuple(k + draw(st.integers(0, 1)) for k in kernel)]))
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    size = [draw(st.integers(k, k + 7)) for k in kernel]
    shape = draw(st.integers(0, 2)), draw(st.integers(1, 2)), *size
    image = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).standard_normal(shape)
    return image, {"kernel_size": kernel, "stride": stride, "padding": padding}


def pooled(image, options):
    y, indices = F.max_pool2d(torch.from_numpy(image), **options, return_indices=True)
    return y.numpy(), indices.numpy()


def example(dtype=np.float64):
    """Maxima and indices of a 6 x 8 image."""
    return pooled(np.random.default_rng(7).standard_normal((2, 3, 6, 8)).astype(dtype), {"kernel_size": 2})


def test_with_a_pencil(matrix_engine):
    x, indices = np.array([[[[5.0, 6]]]]), np.array([[[[1, 6]]]])
    np.testing.assert_array_equal(matrix_engine.max_unpool2d(x, indices, 2)[0, 0], [[0, 5, 0, 0], [0, 0, 6, 0]])
    grad_y = np.arange(8.0).reshape(1, 1, 2, 4)
    np.testing.assert_array_equal(matrix_engine.max_unpool2d_backward(grad_y, x, indices, 2)[0, 0], [[1, 6]])


@given(cases())
def test_agrees_with_torch(matrix_engine, case):
    image, options = case
    x, indices = pooled(image, options)
    leaf = torch.tensor(x, requires_grad=True)
    y = F.max_unpool2d(leaf, torch.from_numpy(indices), **options, output_size=image.shape)
    grad_y = np.random.default_rng(1).standard_normal(image.shape)
    expected, = torch.autograd.grad(y, leaf, torch.from_numpy(grad_y))
    for output_size in (image.shape, image.shape[2:], list(image.shape[2:])):
        np.testing.assert_array_equal(matrix_engine.max_unpool2d(x, indices, **options, output_size=output_size), y.detach())
    got = matrix_engine.max_unpool2d_backward(grad_y, x, indices, **options, output_size=image.shape)
    np.testing.assert_array_equal(got, expected)


def test_undoes_pooling_where_the_maxima_were(matrix_engine):
    image = np.random.default_rng(2).random((2, 3, 6, 8))
    x, indices = matrix_engine.max_pool2d(image, 2, return_indices=True)
    back = matrix_engine.max_unpool2d(x, indices, 2)
    assert back.shape == image.shape and np.count_nonzero(back) == x.size
    np.testing.assert_array_equal(back[back > 0], image[back > 0])
    np.testing.assert_array_equal(matrix_engine.max_pool2d(back, 2), x)


def test_a_pixel_chosen_twice_keeps_the_last_maximum(matrix_engine):
    if matrix_engine.name == "torch-cuda":
        pytest.skip("a GPU writes in no fixed order")
    x, indices = np.array([[[[5.0, 6]]]]), np.array([[[[3, 3]]]])
    np.testing.assert_array_equal(matrix_engine.max_unpool2d(x, indices, 2)[0, 0], [[0, 0, 0, 6], [0, 0, 0, 0]])
    grad_y = np.arange(8.0).reshape(1, 1, 2, 4)
    np.testing.assert_array_equal(matrix_engine.max_unpool2d_backward(grad_y, x, indices, 2)[0, 0], [[3, 3]])


def test_gradient_agrees_with_finite_differences(matrix_engine):
    x, indices = example()
    grad_y = np.random.default_rng(3).standard_normal((2, 3, 6, 8))
    numerical = numerical_gradient(lambda nudged: (matrix_engine.max_unpool2d(nudged, indices, 2) * grad_y).sum(), x)
    assert relative_error(matrix_engine.max_unpool2d_backward(grad_y, x, indices, 2), numerical) <= 1e-7


def test_torch_gradcheck_agrees(torch_engine):
    class Unpooling(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, indices):
            y, ctx.vjp = torch_engine.native.pool._max_unpool2d(x, indices, 2)
            return y

        @staticmethod
        def backward(ctx, grad_y):
            return ctx.vjp(grad_y), None

    x, indices = map(torch_engine.array, example())
    assert torch.autograd.gradcheck(Unpooling.apply, [x.requires_grad_(), indices])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_is_kept(matrix_engine, dtype):
    x, indices = example(dtype)
    y = matrix_engine.max_unpool2d(x, indices, 2)
    assert y.dtype == matrix_engine.max_unpool2d_backward(y, x, indices, 2).dtype == dtype
    np.testing.assert_array_equal(y, F.max_unpool2d(torch.from_numpy(x), torch.from_numpy(indices), 2))


def test_bfloat16_is_kept(torch_engine):
    x, indices = map(torch_engine.array, example())
    y, vjp = torch_engine.native.pool._max_unpool2d(x.bfloat16(), indices, 2)
    assert y.dtype == vjp(y).dtype == torch.bfloat16


def test_inputs_are_not_modified_and_results_are_new(matrix_engine):
    for kernel, (x, indices) in ((2, example()), (1, pooled(np.ones((2, 3, 6, 8)), {"kernel_size": 1}))):
        grad_y = np.ones((2, 3, 6, 8))
        before = [array.copy() for array in (x, indices, grad_y)]
        for result in (matrix_engine.max_unpool2d(x, indices, kernel), matrix_engine.max_unpool2d_backward(grad_y, x, indices, kernel)):
            result[...] = -1
        for array, copy in zip((x, indices, grad_y), before, strict=True):
            np.testing.assert_array_equal(array, copy)


def test_strided_inputs(matrix_engine):
    x, indices = example()
    grad_y = np.random.default_rng(4).standard_normal((2, 3, 8, 6)).transpose(0, 1, 3, 2)
    y, grad_x = matrix_engine.max_unpool2d(x, indices, 2), matrix_engine.max_unpool2d_backward(grad_y.copy(), x, indices, 2)
    x, indices = np.asfortranarray(x), np.asfortranarray(indices)
    np.testing.assert_array_equal(matrix_engine.max_unpool2d(x, indices, 2), y)
    np.testing.assert_array_equal(matrix_engine.max_unpool2d_backward(grad_y, x, indices, 2), grad_x)
