"""Arguments of pooling and unpooling."""
from math import prod

from convbook.checks.common import check_array, check_floats, check_same_dtype
from convbook.shapes import at_least, pair
from convbook.windows import Slide, pool_output_size


def check_max_pool2d(array: type, x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False) -> tuple[Slide, Slide]:
    """Refuse what max_pool2d cannot compute; otherwise say how the window slides.

    array    np.ndarray or torch.Tensor, whichever the engine computes with
    returns  (down the rows, along the columns)

    Raises TypeError for a wrong type or dtype, ValueError for a wrong shape or number.
    """
    check_maps(array, x)
    kernels, dilations, paddings = pair(kernel_size, "kernel_size"), pair(dilation, "dilation"), pair(padding, "padding")
    strides = kernels if stride is None else pair(stride, "stride")
    rows, columns = (Slide(*numbers, pool_output_size(*numbers, ceil_mode))
                     for numbers in zip(x.shape[2:], kernels, strides, paddings, dilations, strict=True))
    return rows, columns


def check_avg_pool2d(array: type, x, kernel_size, stride=None, padding=0, ceil_mode=False,
                     divisor_override=None) -> tuple[Slide, Slide]:
    """Refuse what avg_pool2d cannot compute; otherwise say how the window slides: (down the rows, along the columns)."""
    slides = check_max_pool2d(array, x, kernel_size, stride, padding, 1, ceil_mode)
    if divisor_override is not None:
        if isinstance(divisor_override, bool) or not hasattr(divisor_override, "__index__"):
            raise TypeError(f"divisor_override must be an int or None, got {divisor_override!r}")
        if divisor_override == 0:
            raise ValueError("divisor_override must not be 0; None divides by the number of pixels")
    return slides


def check_adaptive_avg_pool2d(array: type, x, output_size) -> tuple[int, int]:
    """Refuse what adaptive_avg_pool2d cannot compute; otherwise give (OH, OW), the image's own size where None is asked for."""
    check_maps(array, x)
    asked = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size, output_size)
    if len(asked) == 2:
        asked = tuple(own if size is None else size for size, own in zip(asked, x.shape[2:], strict=True))
    sizes = pair(asked, "output_size")
    at_least(1, min(sizes), "output_size")
    return sizes


def check_max_unpool2d(array: type, x, indices, kernel_size, stride=None, padding=0, output_size=None) -> tuple[int, int]:
    """Refuse what max_unpool2d cannot undo; otherwise give the size of the image, (OH, OW)."""
    check_maps(array, x)
    check_array(array, indices, "indices", "(N, C, H, W)")
    if indices.shape != x.shape:
        raise ValueError(f"indices must have the shape of x, {tuple(x.shape)}, got {tuple(indices.shape)}")
    if str(indices.dtype).removeprefix("torch.") != "int64":
        raise TypeError(f"indices has dtype {indices.dtype}, it must be int64, as max_pool2d returns it")
    kernels, paddings = pair(kernel_size, "kernel_size"), pair(padding, "padding")
    strides = kernels if stride is None else pair(stride, "stride")
    for least, values, name in ((1, kernels, "kernel_size"), (1, strides, "stride"), (0, paddings, "padding")):
        at_least(least, min(values), name)
    usual = [(n - 1) * s + k - 2 * p for n, s, k, p in zip(x.shape[2:], strides, kernels, paddings, strict=True)]
    asked = tuple(output_size) if isinstance(output_size, (tuple, list)) else output_size
    sizes = pair(usual if asked is None else asked[2:] if isinstance(asked, tuple) and len(asked) == 4 else asked, "output_size")
    for size, expected, step in zip(sizes, usual, strides, strict=True):
        if abs(size - expected) >= step:
            raise ValueError(f"output_size must lie between {expected - step} and {expected + step}, both excluded, got {size}; "
                             "give the size of the image that was pooled")
    at_least(1, min(sizes), "output_size")
    if prod(indices.shape) and not 0 <= int(indices.min()) <= int(indices.max()) < prod(sizes):
        raise ValueError(f"indices must lie within the {sizes[0]} x {sizes[1]} = {prod(sizes)} pixels of the image, "
                         f"got {int(indices.min())} to {int(indices.max())}; give output_size if the image was larger")
    return sizes


def check_maps(array: type, x) -> None:
    """Refuse anything but maps of floats, (N, C, H, W), with at least one pixel each."""
    check_array(array, x, "x", "(N, C, H, W)")
    check_floats(x, "x")
    if 0 in x.shape[2:]:
        raise ValueError(f"x must have at least one pixel a map, got shape {tuple(x.shape)}")


def check_pooled_gradient(array: type, grad_y, x, output_size, function: str) -> None:
    """grad_y must look like the output of `function`: shape (N, C, OH, OW), dtype of x."""
    check_array(array, grad_y, "grad_y", "(N, C, OH, OW)")
    check_same_dtype(grad_y, "grad_y", x)
    expected = (*x.shape[:2], *output_size)
    if tuple(grad_y.shape) != expected:
        raise ValueError(f"grad_y must have the shape of {function}'s output, {tuple(expected)}, got {tuple(grad_y.shape)}")
