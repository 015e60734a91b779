"""The literal loops: cross_correlate against pencil and torch, and the list of products that conv2d and its gradients share."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from convbook.numpy_nn import loops
from convbook.shapes import geometry


def test_cross_correlate_with_a_pencil():
    x = np.array([[1.0, 2, 0], [0, 1, 3], [2, 0, 1]])
    weight = np.array([[1.0, 2], [0, -1]])
    np.testing.assert_array_equal(loops.cross_correlate(x, weight), [[1 + 4 - 1, 2 + 0 - 3], [0 + 2 - 0, 1 + 6 - 1]])


@given(st.tuples(st.integers(1, 4), st.integers(1, 4)), st.tuples(st.integers(0, 4), st.integers(0, 4)))
def test_cross_correlate_agrees_with_torch(assert_close, kernel, more):
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((kernel[0] + more[0], kernel[1] + more[1])), rng.standard_normal(kernel)
    expected = F.conv2d(torch.from_numpy(x)[None, None], torch.from_numpy(weight)[None, None])[0, 0]
    assert_close(loops.cross_correlate(x, weight), expected, 1e-12)


@pytest.mark.parametrize(("x", "weight", "error", "message"), [
    (np.ones((3, 3)), np.ones((4, 1)), ValueError, "the filter reaches over 4 pixels"),
    (np.ones((1, 3, 3)), np.ones((2, 2)), ValueError, r"x must have 2 axes \(H, W\), got shape \(1, 3, 3\)"),
    (np.ones((3, 3)), np.ones(2), ValueError, r"weight must have 2 axes \(KH, KW\), got shape \(2,\)"),
    ([[1.0]], np.ones((1, 1)), TypeError, r"x must be a ndarray of shape \(H, W\), got list"),
    (np.full((3, 3), 200, np.uint8), np.ones((3, 3), np.uint8), TypeError, "x has dtype uint8, the sums need floats"),
    (np.ones((3, 3)), np.ones((2, 2), np.float32), TypeError, "weight has dtype float32, x has float64; convert one of them"),
], ids=["size", "axes of x", "axes of weight", "list", "integers", "dtypes"])
def test_cross_correlate_refuses(x, weight, error, message):
    with pytest.raises(error, match=message):
        loops.cross_correlate(x, weight)


def test_products_of_a_strip_of_three_pixels():
    geo = geometry((1, 3), (1, 2), padding=(0, 1))
    assert list(loops.products((1, 1, 1, 3), (1, 1, 1, 2), geo)) == [
        ((0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 1)),         # the left tap lies on the padding: left out
        ((0, 0, 0, 1), (0, 0, 0, 0), (0, 0, 0, 0)), ((0, 0, 0, 1), (0, 0, 0, 1), (0, 0, 0, 1)),
        ((0, 0, 0, 2), (0, 0, 0, 1), (0, 0, 0, 0)), ((0, 0, 0, 2), (0, 0, 0, 2), (0, 0, 0, 1)),
        ((0, 0, 0, 3), (0, 0, 0, 2), (0, 0, 0, 0))]
