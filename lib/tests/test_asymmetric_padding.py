"""padding=((top, bottom), (left, right)) on every engine, against torch on an image that torch's pad has widened."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from convbook.gradcheck import numerical_gradient, relative_error

pairs, ends = st.tuples(st.integers(1, 3), st.integers(1, 3)), st.tuples(st.integers(0, 3), st.integers(0, 3))


@st.composite
def cases(draw):
    """(N, C, H, W), (F, C // groups, KH, KW), options."""
    kernel, dilation, padding, more = draw(pairs), draw(pairs), (draw(ends), draw(ends)), draw(ends)
    size = [max(1, d * (k - 1) + 1 - sum(both)) + m for k, d, both, m in zip(kernel, dilation, padding, more, strict=True)]
    groups, channels, filters, batch = draw(st.tuples(st.integers(1, 2), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2)))
    return (batch, groups * channels, *size), (groups * filters, channels, *kernel), {
        "stride": draw(pairs), "padding": padding, "dilation": dilation, "groups": groups}


def widened(x, options):
    (top, bottom), (left, right) = options["padding"]
    return F.pad(x, (left, right, top, bottom)), {**options, "padding": 0}


@given(cases())
def test_conv2d_agrees_with_torch(engine, assert_close, case):
    x_shape, weight_shape, options = case
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape) for shape in (x_shape, weight_shape, weight_shape[:1])]
    leaves = [torch.tensor(a, requires_grad=True) for a in arrays]
    wide, plain = widened(leaves[0], options)
    y = F.conv2d(wide, *leaves[1:], **plain)
    grad_y = torch.from_numpy(rng.standard_normal(tuple(y.shape)))
    assert_close(engine.conv2d(*arrays, **options), y.detach(), 1e-12)
    expected = torch.autograd.grad(y, leaves, grad_y)
    for got, gradient in zip(engine.conv2d_backward(grad_y.numpy(), *arrays, **options), expected, strict=True):
        assert_close(got, gradient, 1e-10)


@given(cases())
def test_im2col_and_col2im_agree_with_torch(matrix_engine, assert_close, case):
    x_shape, (_, _, *kernel), options = case
    del options["groups"]
    x = np.random.default_rng(1).standard_normal(x_shape)
    wide, plain = widened(torch.from_numpy(x), options)
    expected = F.unfold(wide, kernel, **plain)
    np.testing.assert_array_equal(matrix_engine.im2col(x, kernel, **options), expected)
    columns = np.random.default_rng(2).standard_normal(tuple(expected.shape))
    (top, _), (left, _) = options["padding"]
    folded = F.fold(torch.from_numpy(columns), wide.shape[2:], kernel, **plain)[:, :, top:top + x.shape[2], left:left + x.shape[3]]
    assert_close(matrix_engine.col2im(columns, x.shape[2:], kernel, **options), folded, 1e-12)


@pytest.mark.parametrize("stride", [1, 2])
def test_gradients_agree_with_finite_differences(matrix_engine, stride):
    rng, options = np.random.default_rng(3), {"stride": stride, "padding": ((2, 0), (1, 3))}
    x, weight, bias = rng.standard_normal((1, 2, 3, 4)), rng.standard_normal((3, 2, 3, 2)), rng.standard_normal(3)
    grad_y = rng.standard_normal(matrix_engine.conv2d(x, weight, bias, **options).shape)

    def loss(_):                                            # numerical_gradient nudges the arrays themselves
        return (matrix_engine.conv2d(x, weight, bias, **options) * grad_y).sum()

    for array, gradient in zip((x, weight, bias), matrix_engine.conv2d_backward(grad_y, x, weight, bias, **options), strict=True):
        assert relative_error(gradient, numerical_gradient(loss, array)) <= 1e-7


def test_equal_ends_are_the_short_form(engine):
    rng = np.random.default_rng(4)
    x, weight = rng.standard_normal((2, 3, 6, 5)), rng.standard_normal((4, 3, 3, 2))
    np.testing.assert_array_equal(engine.conv2d(x, weight, padding=((2, 2), (1, 1))), engine.conv2d(x, weight, padding=(2, 1)))


def test_same_is_half_on_each_side_and_the_odd_zero_last(engine):
    x, weight = np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 4))
    np.testing.assert_array_equal(engine.conv2d(x, weight, padding="same"), engine.conv2d(x, weight, padding=((0, 1), (1, 2))))


def test_zeros_on_one_end_only_shift_the_filter(engine):
    x, weight = np.arange(1.0, 4).reshape(1, 1, 1, 3), np.array([[[[1.0, 10]]]])
    np.testing.assert_array_equal(engine.conv2d(x, weight, padding=((0, 0), (1, 0)))[0, 0, 0], [10, 21, 32])
    np.testing.assert_array_equal(engine.conv2d(x, weight, padding=((0, 0), (0, 1)))[0, 0, 0], [21, 32, 3])
