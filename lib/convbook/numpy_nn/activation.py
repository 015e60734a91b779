"""Functions that make a net more than one matrix: value by value, any shape (chapter 6)."""
import numpy as np

from convbook.checks.activation import check_elementwise, check_elementwise_backward
from convbook.numpy_nn._elementwise import by_blocks
from convbook.primitive import primitive

__all__ = ["elu", "elu_backward", "leaky_relu", "leaky_relu_backward", "relu", "relu6", "relu6_backward", "relu_backward",
           "scaled_tanh", "scaled_tanh_backward", "sigmoid", "sigmoid_backward", "tanh", "tanh_backward"]


def relu(x):
    """max(x, 0) (Nair and Hinton 2010).

    x        (...)    floats, any shape
    returns  (...)

    Raises TypeError unless x is an array of floats.
    Chapter 6; backward: relu_backward.
    """
    check_elementwise(np.ndarray, x)
    return by_blocks(lambda x: np.maximum(x, 0), x)


def relu_backward(grad_y, x):
    """Gradient of relu: grad_y where x > 0, else 0, at x = 0 too, as in torch.

    grad_y, x   (...)    one shape, one dtype
    returns     (...)

    Raises what relu raises, ValueError if the shapes differ. Chapter 6.
    """
    check_elementwise_backward(np.ndarray, grad_y, x)
    return by_blocks(lambda grad_y, x: grad_y * (x > 0), grad_y, x)


def relu6(x):
    """min(max(x, 0), 6): a relu that 8-bit numbers can hold (Krizhevsky 2010).

    x        (...)    floats, any shape
    returns  (...)

    Raises TypeError unless x is an array of floats. Backward: relu6_backward.
    """
    check_elementwise(np.ndarray, x)
    return by_blocks(lambda x: np.clip(x, 0, 6), x)


def relu6_backward(grad_y, x):
    """Gradient of relu6: grad_y where 0 < x < 6, else 0, at both kinks too.

    grad_y, x   (...)    one shape, one dtype
    returns     (...)

    Raises what relu6 raises, ValueError if the shapes differ. Chapter 6.
    """
    check_elementwise_backward(np.ndarray, grad_y, x)
    return by_blocks(lambda grad_y, x: grad_y * ((x > 0) & (x < 6)), grad_y, x)


def leaky_relu(x, negative_slope=0.01):
    """x where x > 0, else negative_slope x (Maas et al. 2013).

    x        (...)    floats, any shape
    returns  (...)

    Raises TypeError unless x is an array of floats.
    Chapter 6; backward: leaky_relu_backward.
    """
    check_elementwise(np.ndarray, x, negative_slope=negative_slope)
    return by_blocks(lambda x: np.maximum(x, 0) + negative_slope * np.minimum(x, 0), x)


def leaky_relu_backward(grad_y, x, negative_slope=0.01):
    """Gradient of leaky_relu: grad_y where x > 0, else negative_slope grad_y, at x = 0 too.

    grad_y, x   (...)    one shape, one dtype
    returns     (...)

    Raises what leaky_relu raises, ValueError if the shapes differ. Chapter 6.
    """
    check_elementwise_backward(np.ndarray, grad_y, x, negative_slope=negative_slope)

    def formula(grad_y, x):
        return np.where(x > 0, grad_y, negative_slope * grad_y)
    return by_blocks(formula, grad_y, x)


def elu(x, alpha=1.0):
    """x where x > 0, else alpha (e^x - 1) (Clevert et al. 2016).

    x        (...)    floats, any shape
    returns  (...)

    Raises TypeError unless x is an array of floats. Chapter 6; backward: elu_backward.
    """
    check_elementwise(np.ndarray, x, alpha=alpha)
    return by_blocks(lambda x: np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0)), x)


def elu_backward(grad_y, x, alpha=1.0):
    """Gradient of elu: grad_y where x > 0, else grad_y alpha e^x, at x = 0 too.

    grad_y, x   (...)    one shape, one dtype
    returns     (...)

    Raises what elu raises, ValueError if the shapes differ. Chapter 6.
    """
    check_elementwise_backward(np.ndarray, grad_y, x, alpha=alpha)

    def formula(grad_y, x):
        return grad_y * np.where(x > 0, 1, alpha * np.exp(x))
    return by_blocks(formula, grad_y, x)


def sigmoid(x):
    """1 / (1 + e^-x): any number becomes one between 0 and 1.

    x        (...)    floats, any shape
    returns  (...)

    Raises TypeError unless x is an array of floats. Chapter 6; backward: sigmoid_backward.
    """
    return _sigmoid(x)[0]


def sigmoid_backward(grad_y, x):
    """Gradient of sigmoid: grad_y y (1 - y), where y = sigmoid(x).

    grad_y, x   (...)    one shape, one dtype
    returns     (...)

    Raises what sigmoid raises, ValueError if the shapes differ. Chapter 6.
    """
    check_elementwise_backward(np.ndarray, grad_y, x)
    return _sigmoid(x)[1](grad_y)


def _sigmoid(x):
    check_elementwise(np.ndarray, x)
    y = by_blocks(logistic, x)
    return y, lambda grad_y: by_blocks(lambda grad_y, y: grad_y * y * (1 - y), grad_y, y)


def logistic(x):
    """The formula alone; where e^-x is too large for the dtype it is inf, and 1 / inf is the 0 we want."""
    return 1 / (1 + np.exp(-x))


def tanh(x):
    """(e^x - e^-x) / (e^x + e^-x): any number becomes one between -1 and 1.

    x        (...)    floats, any shape
    returns  (...)

    Raises TypeError unless x is an array of floats. Chapter 6; backward: tanh_backward.
    """
    return _tanh(x)[0]


def tanh_backward(grad_y, x):
    """Gradient of tanh: grad_y (1 - y^2), where y = tanh(x).

    grad_y, x   (...)    one shape, one dtype
    returns     (...)

    Raises what tanh raises, ValueError if the shapes differ. Chapter 6.
    """
    check_elementwise_backward(np.ndarray, grad_y, x)
    return _tanh(x)[1](grad_y)


def _tanh(x):
    check_elementwise(np.ndarray, x)
    y = by_blocks(np.tanh, x)
    return y, lambda grad_y: by_blocks(lambda grad_y, y: grad_y * (1 - y * y), grad_y, y)


def scaled_tanh(x):
    """1.7159 tanh(2x / 3), LeNet-5's: 1 goes to 1, -1 to -1 (LeCun et al. 1998).

    x        (...)    floats, any shape
    returns  (...)

    Raises TypeError unless x is an array of floats. Backward: scaled_tanh_backward.
    """
    check_elementwise(np.ndarray, x)
    return by_blocks(lambda x: 1.7159 * np.tanh(2 / 3 * x), x)


def scaled_tanh_backward(grad_y, x):
    """Gradient of scaled_tanh: grad_y 1.7159 (2 / 3) (1 - tanh^2(2x / 3)).

    grad_y, x   (...)    one shape, one dtype
    returns     (...)

    Raises what scaled_tanh raises, ValueError if the shapes differ. LeCun et al. 1998.
    """
    check_elementwise_backward(np.ndarray, grad_y, x)

    def formula(grad_y, x):
        return 1.7159 * 2 / 3 * grad_y * (1 - np.tanh(2 / 3 * x) ** 2)
    return by_blocks(formula, grad_y, x)


_relu = primitive(relu, relu_backward)
_relu6 = primitive(relu6, relu6_backward)
_leaky_relu = primitive(leaky_relu, leaky_relu_backward)
_elu = primitive(elu, elu_backward)
_scaled_tanh = primitive(scaled_tanh, scaled_tanh_backward)
