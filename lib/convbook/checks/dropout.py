"""Arguments of dropout and of its masks."""
from convbook.checks.common import check_any_shape, check_floats, check_number


def check_mask(array: type, generator_type: type, x, p, generator, axes: str) -> int:
    """Refuse what no mask can be drawn for; otherwise say along how many axes it is drawn.

    array            np.ndarray or torch.Tensor, whichever the engine computes with
    generator_type   np.random.Generator or torch.Generator
    axes             the axes to draw along: "(N, C, ...)" for the first two, "(...)" for all
    returns          2 for "(N, C, ...)", the axes of x for "(...)"

    Raises TypeError for a wrong type or dtype, ValueError for a wrong shape or number.
    """
    check_any_shape(array, x, "x")
    least = axes.count(",")
    if x.ndim < least:
        raise ValueError(f"x must have at least {least} {'axis' if least == 1 else 'axes'} {axes}, got shape {tuple(x.shape)}")
    check_floats(x, "x")
    check_number(p, "p")
    if not 0 <= p <= 1:
        raise ValueError(f"p is the probability to drop a value and lies between 0 and 1, got {p}")
    if generator is not None and not isinstance(generator, generator_type):
        raise TypeError(f"generator must be a {generator_type.__name__} of this engine or None, got {type(generator).__name__}")
    return least or x.ndim


def check_masked(array: type, x, mask, name: str) -> None:
    """Refuse a mask that cannot be laid over x, which the message calls `name`: same dtype, every size 1 or that of x."""
    check_any_shape(array, x, name)
    check_any_shape(array, mask, "mask")
    check_floats(x, name)
    if mask.ndim != x.ndim or any(size not in (1, whole) for size, whole in zip(mask.shape, x.shape, strict=True)):
        raise ValueError(f"mask of shape {tuple(mask.shape)} does not fit {name} of shape {tuple(x.shape)}; "
                         "as many axes are needed, each of size 1 or as large")
    if mask.dtype != x.dtype:
        raise TypeError(f"mask has dtype {mask.dtype}, {name} has {x.dtype}; convert one of them")
