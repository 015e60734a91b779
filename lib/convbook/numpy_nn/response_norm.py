"""Response norms: channels of one image compete, no mean is taken off (chapter 9)."""
import numpy as np

from convbook.checks.common import check_like_output
from convbook.checks.norm import check_global_response_norm, check_local_response_norm
from convbook.primitive import primitive

__all__ = ["global_response_norm", "global_response_norm_backward", "local_response_norm", "local_response_norm_backward"]


def local_response_norm(x, size, alpha=1e-4, beta=0.75, k=1.0):
    """Divide every value by the energy of its neighbours in the channels beside it.

    x        (N, C, ...)
    size     channels in the window: size // 2 before, (size - 1) // 2 after,
             zeros beyond
    returns  shaped as x: x / (k + alpha / size sum of the window's x^2)^beta

    As in torch, alpha is divided by size; AlexNet's paper (k=2, size=5, alpha=1e-4)
    does not divide, so its net is alpha=5e-4 here.

    Raises TypeError unless x is of floats and size an int, ValueError if size is
    below 1.
    Krizhevsky et al. 2012; chapter 9; backward: local_response_norm_backward.
    """
    check_local_response_norm(np.ndarray, x, size, alpha, beta, k)
    wide = _wide(x)
    return (wide * _scale(wide, size, alpha, k) ** -beta).astype(x.dtype, copy=False)


def local_response_norm_backward(grad_y, x, size, alpha=1e-4, beta=0.75, k=1.0):
    """Gradient with respect to x: a value hears from its own output and its neighbours'.

    grad_y   (N, C, ...), shaped as x
    x, size, alpha, beta, k   as in local_response_norm
    returns  grad_x, shaped as x

    With s the bracket, grad_x = grad_y s^-beta - 2 alpha beta / size x (sum of grad_y x
    s^(-beta - 1) over the windows that x lies in: size // 2 after, (size - 1) // 2 before).

    Raises what local_response_norm raises, and ValueError if grad_y is not shaped as x.
    Chapter 9.
    """
    check_local_response_norm(np.ndarray, x, size, alpha, beta, k)
    check_like_output(np.ndarray, grad_y, x, x.shape)
    x, grad_y, dtype = _wide(x), _wide(grad_y), x.dtype
    s = _scale(x, size, alpha, k)
    direct = grad_y * s ** -beta
    heard = _window_sum(direct * x / s, (size - 1) // 2, size // 2)
    return (direct - 2 * alpha * beta / size * x * heard).astype(dtype, copy=False)


_local_response_norm = primitive(local_response_norm, local_response_norm_backward)


def _scale(x, size, alpha, k):
    return k + alpha / size * _window_sum(x * x, size // 2, (size - 1) // 2)


def _window_sum(values, before, after):
    """Sum over the channels from `before` in front of each one to `after` behind it.

    Channels that do not exist count 0.
    """
    sums, channels = values.copy(), values.shape[1]
    for shift in range(1, min(max(before, after), channels - 1) + 1):
        if shift <= before:
            sums[:, shift:] += values[:, :-shift]
        if shift <= after:
            sums[:, :-shift] += values[:, shift:]
    return sums


def global_response_norm(x, weight, bias, eps=1e-6):
    """Let the channels of an image compete by their energy over the whole image.

    x              (N, C, H, W)   (the paper's code has channels last)
    weight, bias   (C,)
    returns        shaped as x: weight x n + bias + x

    n = e / (mean of e over the channels + eps) with e = sqrt(sum of x^2 over H, W).

    Raises TypeError unless all are floats of one dtype, ValueError if a shape is wrong.
    Woo et al. 2023 (ConvNeXt V2); chapter 9; backward: global_response_norm_backward.
    """
    check_global_response_norm(np.ndarray, x, weight, bias, eps)
    wide = _wide(x)
    _, _, n = _energies(wide, eps)
    y = wide * (1 + weight[:, None, None] * n)
    y += bias[:, None, None]
    return y.astype(x.dtype, copy=False)


def global_response_norm_backward(grad_y, x, weight, bias, eps=1e-6):
    """Gradients with respect to x, weight and bias.

    grad_y   (N, C, H, W)
    x, weight, bias, eps   as in global_response_norm
    returns  grad_x, grad_weight, grad_bias   shaped as x, weight, bias

    With m = mean of e + eps and h = weight sum over H, W of grad_y x, what n hears:
    grad_x = grad_y (1 + weight n) + x / e (h / m - mean over C of h e / m^2)

    A channel that is 0 everywhere has e = 0 and gets only the first term, as in torch.

    Raises what global_response_norm raises, and ValueError if grad_y is not shaped as x.
    Chapter 9.
    """
    check_global_response_norm(np.ndarray, x, weight, bias, eps)
    check_like_output(np.ndarray, grad_y, x, x.shape)
    x, grad_y, dtype = _wide(x), _wide(grad_y), x.dtype
    e, m, n = _energies(x, eps)
    products = _sums(grad_y * x)
    h = weight[:, None, None] * products
    grad_e = h / m - (h * e).mean(axis=1, keepdims=True) / m**2
    grad_x = grad_y * (1 + weight[:, None, None] * n)
    grad_x += x * np.divide(grad_e, e, out=np.zeros_like(e), where=e > 0)
    grad_weight, grad_bias = (products * n).sum(axis=(0, 2, 3)), grad_y.sum(axis=(0, 2, 3))
    gradients = grad_x, grad_weight, grad_bias
    return tuple(gradient.astype(dtype, copy=False) for gradient in gradients)


_global_response_norm = primitive(global_response_norm, global_response_norm_backward)


def _energies(x, eps):
    """e (N, C, 1, 1), m (N, 1, 1, 1) and n = e / m of global_response_norm."""
    e = np.sqrt(_sums(x * x))
    m = e.mean(axis=1, keepdims=True) + eps
    return e, m, e / m


def _sums(values):
    return values.sum(axis=(2, 3), keepdims=True)


def _wide(x):
    """float16 as float32, whose squares and sums do not overflow at 65504; everything else as it is."""
    return x.astype(np.float32) if x.dtype == np.float16 else x
