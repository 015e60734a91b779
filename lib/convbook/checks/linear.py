"""Arguments of linear layers."""
from convbook.checks.common import check_array, check_floats, check_same_dtype
from convbook.shapes import at_least


def check_linear(array: type, x, weight, bias=None) -> None:
    """Refuse what linear cannot compute.

    array    np.ndarray or torch.Tensor, whichever the engine computes with

    Raises TypeError for a wrong type or dtype, ValueError for a wrong shape.
    """
    _check_last_axis(array, x, "x", "(..., I)")
    check_array(array, weight, "weight", "(O, I)")
    check_floats(x, "x")
    check_same_dtype(weight, "weight", x)
    for length, what in zip(weight.shape, ("outputs", "inputs"), strict=True):
        at_least(1, length, f"the number of {what} of weight")
    if weight.shape[1] != x.shape[-1]:
        raise ValueError(f"weight expects {weight.shape[1]} inputs, x has {x.shape[-1]} (shape {tuple(x.shape)}); "
                         "flatten the images first, or change weight")
    if bias is not None:
        check_array(array, bias, "bias", "(O,)")
        check_same_dtype(bias, "bias", x)
        if bias.shape[0] != weight.shape[0]:
            raise ValueError(f"bias has {bias.shape[0]} values, weight has {weight.shape[0]} rows; one value an output is needed")


def check_linear_backward(array: type, grad_y, x, weight, bias=None) -> None:
    """check_linear, and grad_y must look like the output: shape (..., O), dtype of x."""
    check_linear(array, x, weight, bias)
    _check_last_axis(array, grad_y, "grad_y", "(..., O)")
    check_same_dtype(grad_y, "grad_y", x)
    expected = (*x.shape[:-1], weight.shape[0])
    if tuple(grad_y.shape) != expected:
        raise ValueError(f"grad_y must have the shape of linear's output, {expected}, got {tuple(grad_y.shape)}")


def _check_last_axis(array, value, name, shape):
    if not isinstance(value, array):
        raise TypeError(f"{name} must be a {array.__name__} of shape {shape}, got {type(value).__name__}")
    if value.ndim == 0:
        raise ValueError(f"{name} must have at least one axis {shape}, got a single number")
