"""Arguments of functions that work on every value alone, and of softmax."""
from convbook.checks.common import check_any_shape, check_floats, check_like_output, check_number
from convbook.shapes import at_least


def check_elementwise(array: type, x, **numbers) -> None:
    """Refuse anything but an array of floats of any shape, and options (slope, alpha) that are not plain numbers.

    array    np.ndarray or torch.Tensor, whichever the engine computes with

    Raises TypeError.
    """
    check_any_shape(array, x, "x")
    check_floats(x, "x")
    for name, value in numbers.items():
        check_number(value, name)


def check_elementwise_backward(array: type, grad_y, x, **numbers) -> None:
    """check_elementwise, and grad_y must look like x, as the output does.

    Raises TypeError for a wrong type or dtype, ValueError for a wrong shape.
    """
    check_elementwise(array, x, **numbers)
    check_like_output(array, grad_y, x, tuple(x.shape))


def check_gelu(array: type, x, approximate) -> None:
    """check_elementwise, and approximate must be one of the two formulas that there are."""
    check_elementwise(array, x)
    if approximate not in ("none", "tanh"):
        raise ValueError(f'approximate must be "none" (exact) or "tanh", got {approximate!r}')


def check_softmax(array: type, x, dim) -> None:
    """check_elementwise, and dim must name an axis of x that has entries."""
    check_elementwise(array, x)
    if isinstance(dim, bool) or not hasattr(dim, "__index__"):
        raise TypeError(f"dim must be an int, got {dim!r}")
    if not -x.ndim <= dim < x.ndim:
        raise ValueError(f"dim={dim} is no axis of x, which has shape {tuple(x.shape)}")
    at_least(1, x.shape[dim], f"the length of x along dim={dim}")
