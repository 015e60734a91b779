"""The gradient checker itself: right on functions whose gradients are known, and not fooled by wrong ones."""
import numpy as np
import pytest

from convbook.gradcheck import directional_derivative, numerical_gradient, relative_error, verdict
from convbook.numpy_nn import conv2d, conv2d_backward


def cubes(x):
    return (x ** 3).sum()


@pytest.mark.parametrize("shape", [(), (5,), (2, 3, 4), (0, 3)])
def test_numerical_gradient_of_cubes(shape):
    x = np.array(np.random.default_rng(0).uniform(0.5, 2, shape))
    gradient = numerical_gradient(cubes, x)
    assert gradient.shape == shape
    assert gradient.dtype == np.float64
    assert relative_error(gradient, 3 * x ** 2) <= 1e-7


def test_step_is_central_and_of_size_h():
    asked = []
    numerical_gradient(lambda x: asked.append(x[0]) or x[0], np.array([2.0]), h=0.25)
    assert asked == [2.25, 1.75]
    asked.clear()
    directional_derivative(lambda x: asked.append(x[0]) or x[0], np.array([2.0]), np.array([2.0]), h=0.25)
    assert asked == [2.5, 1.5]


def test_x_is_restored_to_the_last_bit_even_after_an_error():
    x = np.random.default_rng(1).standard_normal((3, 4)).T
    before = x.copy()
    numerical_gradient(cubes, x)
    directional_derivative(cubes, x, np.ones_like(x))
    with pytest.raises(ZeroDivisionError):
        numerical_gradient(lambda x: 1 / 0, x)
    np.testing.assert_array_equal(x, before)


def test_directional_derivative_is_the_gradient_along_a_direction():
    rng = np.random.default_rng(2)
    x, direction = rng.standard_normal((2, 50, 40))
    assert relative_error(directional_derivative(cubes, x, direction), (3 * x ** 2 * direction).sum()) <= 1e-7


@pytest.mark.parametrize("x", [np.ones(3, np.float32), np.ones(3, int), [1.0, 2.0], 1.0], ids=str)
def test_only_float64_is_differentiated(x):
    for call in (lambda: numerical_gradient(cubes, x), lambda: directional_derivative(cubes, x, x)):
        with pytest.raises(TypeError, match=r"finite differences need a float64 array, got \w+; use x.astype\(np.float64\)"):
            call()


def test_direction_must_fit():
    with pytest.raises(ValueError, match=r"direction must have the shape of x, \(3,\), got \(2,\)"):
        directional_derivative(cubes, np.ones(3), np.ones(2))


def test_relative_error_by_hand():
    assert relative_error([1.0, 4.0], [1.0, 6.0]) == 0.2                # 2 of 4 + 6
    assert relative_error([1e-9], [0.0]) == 0.1                         # 1e-9 of the floor 1e-8
    assert relative_error(3.0, -3.0) == 1
    assert relative_error([], []) == 0
    assert np.isnan(relative_error([1.0, np.nan], [1.0, 1.0]))
    with pytest.raises(ValueError, match=r"the shapes differ: \(2,\) and \(1, 2\)"):
        relative_error([1.0, 2.0], [[1.0, 2.0]])


def test_verdict():
    errors = [0, 1e-7, 2e-7, 1e-4, 2e-4, 1e-2, 2e-2, np.inf, np.nan]
    assert [verdict(error) for error in errors] == ["right", "right", "fair", "fair", "suspect", "suspect", "wrong", "wrong", "wrong"]


def test_a_forgotten_flip_is_found():
    rng = np.random.default_rng(3)
    x, weight = rng.standard_normal((1, 1, 5, 5)), rng.standard_normal((1, 1, 3, 3))
    grad_y = rng.standard_normal((1, 1, 3, 3))
    numerical = numerical_gradient(lambda x: (conv2d(x, weight) * grad_y).sum(), x)
    assert verdict(relative_error(conv2d_backward(grad_y, x, weight)[0], numerical)) == "right"
    assert verdict(relative_error(conv2d_backward(grad_y, x, weight[:, :, ::-1, ::-1])[0], numerical)) == "wrong"
