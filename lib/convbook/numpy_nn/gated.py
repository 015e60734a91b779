"""x times a gate that x itself opens: 0 far to the left, 1 far to the right (chapter 6)."""
import math

import numpy as np
from scipy.special import erf

from convbook.checks.activation import check_elementwise, check_elementwise_backward, check_gelu
from convbook.numpy_nn._elementwise import by_blocks
from convbook.numpy_nn.activation import logistic
from convbook.primitive import primitive

__all__ = ["gelu", "gelu_backward", "hardsigmoid", "hardsigmoid_backward", "hardswish", "hardswish_backward", "silu", "silu_backward"]


def silu(x):
    """x sigmoid(x), also called swish (Ramachandran et al. 2017).

    x        (...)    floats, any shape
    returns  (...)

    Raises TypeError unless x is an array of floats. Chapter 6; backward: silu_backward.
    """
    check_elementwise(np.ndarray, x)
    return by_blocks(lambda x: x * logistic(x), x)


def silu_backward(grad_y, x):
    """Gradient of silu: grad_y (gate + x gate (1 - gate)), where gate = sigmoid(x).

    grad_y, x   (...)    one shape, one dtype
    returns     (...)

    Raises what silu raises, ValueError if the shapes differ. Chapter 6.
    """
    check_elementwise_backward(np.ndarray, grad_y, x)

    def formula(grad_y, x):
        gate = logistic(x)
        return grad_y * gate * (1 + x * (1 - gate))
    return by_blocks(formula, grad_y, x)


def gelu(x, approximate="none"):
    """x times the share of a normal distribution below x (Hendrycks and Gimpel 2016).

    x            (...)    floats, any shape
    approximate  "none": gate = (1 + erf(x / sqrt 2)) / 2, exact
                 "tanh": gate = (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
    returns      (...)

    Raises TypeError unless x is an array of floats, ValueError for another approximation.
    Chapter 6; backward: gelu_backward.
    """
    check_gelu(np.ndarray, x, approximate)
    gate, _ = GELU_GATES[approximate]
    return by_blocks(lambda x: x * gate(x), x)


def gelu_backward(grad_y, x, approximate="none"):
    """Gradient of gelu: grad_y (gate + x gate'); the exact gate's slope is the bell curve.

    grad_y, x   (...)    one shape, one dtype
    returns     (...)

    Raises what gelu raises, ValueError if the shapes differ. Hendrycks and Gimpel 2016.
    """
    check_gelu(np.ndarray, x, approximate)
    check_elementwise_backward(np.ndarray, grad_y, x)
    gate, slope = GELU_GATES[approximate]
    return by_blocks(lambda grad_y, x: grad_y * (gate(x) + x * slope(x)), grad_y, x)


def normal_share(x):
    return (1 + erf(x * math.sqrt(1 / 2))) / 2


def normal_density(x):
    return np.exp(-x * x / 2) * math.sqrt(1 / (2 * math.pi))


def _tanh_gate(x):
    return (1 + np.tanh(_bend(_near(x)))) / 2


def _tanh_gate_slope(x):
    x = _near(x)
    return (1 - np.tanh(_bend(x)) ** 2) / 2 * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)


def _bend(x):
    return math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)


def _near(x):
    """Beyond 10 the gate is 0 or 1 to the last digit, while x^3 soon leaves float16."""
    return np.clip(x, -10, 10)


GELU_GATES = {"none": (normal_share, normal_density), "tanh": (_tanh_gate, _tanh_gate_slope)}


def hardsigmoid(x):
    """min(max(x + 3, 0), 6) / 6: sigmoid drawn with a ruler (Courbariaux et al. 2015).

    x        (...)    floats, any shape
    returns  (...)

    Raises TypeError unless x is an array of floats.
    Chapter 6; backward: hardsigmoid_backward.
    """
    check_elementwise(np.ndarray, x)
    return by_blocks(lambda x: np.clip(x + 3, 0, 6) / 6, x)


def hardsigmoid_backward(grad_y, x):
    """Gradient of hardsigmoid: grad_y / 6 where -3 < x < 3, else 0, at both kinks too.

    grad_y, x   (...)    one shape, one dtype
    returns     (...)

    Raises what hardsigmoid raises, ValueError if the shapes differ. Chapter 6.
    """
    check_elementwise_backward(np.ndarray, grad_y, x)
    return by_blocks(lambda grad_y, x: grad_y * (np.abs(x) < 3) / 6, grad_y, x)


def hardswish(x):
    """x hardsigmoid(x), MobileNetV3's (Howard et al. 2019).

    x        (...)    floats, any shape
    returns  (...)

    Raises TypeError unless x is an array of floats.
    Chapter 6; backward: hardswish_backward.
    """
    check_elementwise(np.ndarray, x)
    return by_blocks(lambda x: x * np.clip(x + 3, 0, 6) / 6, x)


def hardswish_backward(grad_y, x):
    """Gradient of hardswish: grad_y times 0 up to -3, x / 3 + 1 / 2 between, 1 from 3 on.

    grad_y, x   (...)    one shape, one dtype
    returns     (...)

    Raises what hardswish raises, ValueError if the shapes differ. Chapter 6.
    """
    check_elementwise_backward(np.ndarray, grad_y, x)

    def formula(grad_y, x):
        return grad_y * np.where(x < 3, np.where(x > -3, x / 3 + 0.5, 0), 1)
    return by_blocks(formula, grad_y, x)


_silu = primitive(silu, silu_backward)
_gelu = primitive(gelu, gelu_backward)
_hardsigmoid = primitive(hardsigmoid, hardsigmoid_backward)
_hardswish = primitive(hardswish, hardswish_backward)
