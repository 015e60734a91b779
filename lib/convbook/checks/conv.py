"""Arguments of convolutions and of their columns."""
from convbook.checks.common import check_array, check_floats, check_same_dtype
from convbook.shapes import Geometry, at_least, geometry, pair, transposed_geometry


def check_conv2d(array: type, x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1) -> Geometry:
    """Refuse what conv2d cannot compute; otherwise say where the filters stop.

    array    np.ndarray or torch.Tensor, whichever the engine computes with
    returns  Geometry

    Raises TypeError for a wrong type or dtype, ValueError for a wrong shape or number.
    """
    check_array(array, x, "x", "(N, C, H, W)")
    check_array(array, weight, "weight", "(F, C // groups, KH, KW)")
    check_floats(x, "x")
    check_same_dtype(weight, "weight", x)
    _check_groups(groups, x.shape[1], weight.shape[0])
    if weight.shape[1] * groups != x.shape[1]:
        raise ValueError(f"weight expects {weight.shape[1]} input channels per group, x has {x.shape[1] // groups} (groups={groups})")
    if bias is not None:
        _check_bias(array, bias, "(F,)", (weight.shape[0],), x)
    return geometry(x.shape[2:], weight.shape[2:], stride, padding, dilation)


def check_conv2d_backward(array: type, grad_y, x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1) -> Geometry:
    """check_conv2d, and grad_y must look like the output: shape (N, F, OH, OW), dtype of x."""
    geo = check_conv2d(array, x, weight, bias, stride, padding, dilation, groups)
    _check_grad_y(array, grad_y, x, (x.shape[0], weight.shape[0], *geo.output_size), "conv2d")
    return geo


def check_conv_transpose2d(array: type, x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1,
                           dilation=1) -> tuple[tuple[int, int], Geometry]:
    """Refuse what conv_transpose2d cannot compute; otherwise say how large its output is and which convolution it undoes.

    returns  (OH, OW), Geometry

    Raises TypeError for a wrong type or dtype, ValueError for a wrong shape or number.
    """
    check_array(array, x, "x", "(N, C, H, W)")
    check_array(array, weight, "weight", "(C, F // groups, KH, KW)")
    check_floats(x, "x")
    check_same_dtype(weight, "weight", x)
    if weight.shape[0] != x.shape[1]:
        raise ValueError(f"weight expects {weight.shape[0]} input channels, x has {x.shape[1]}")
    at_least(1, weight.shape[1], "the number of filters of weight")
    _check_groups(groups, x.shape[1], weight.shape[1] * groups)
    if bias is not None:
        _check_bias(array, bias, "(F,)", (weight.shape[1] * groups,), x)
    return transposed_geometry(x.shape[2:], weight.shape[2:], stride, padding, output_padding, dilation)


def check_conv_transpose2d_backward(array: type, grad_y, x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1,
                                    dilation=1) -> tuple[tuple[int, int], Geometry]:
    """check_conv_transpose2d, and grad_y must look like the output: shape (N, F, OH, OW), dtype of x."""
    output_size, geo = check_conv_transpose2d(array, x, weight, bias, stride, padding, output_padding, groups, dilation)
    _check_grad_y(array, grad_y, x, (x.shape[0], weight.shape[1] * groups, *output_size), "conv_transpose2d")
    return output_size, geo


def check_locally_connected2d(array: type, x, weight, bias=None, stride=1, padding=0) -> Geometry:
    """Refuse what locally_connected2d cannot compute; otherwise say where the filters stop.

    Raises TypeError for a wrong type or dtype, ValueError for a wrong shape or number.
    """
    check_array(array, x, "x", "(N, C, H, W)")
    check_array(array, weight, "weight", "(OH, OW, F, C, KH, KW)")
    check_floats(x, "x")
    check_same_dtype(weight, "weight", x)
    OH, OW, F, C, KH, KW = weight.shape
    at_least(1, x.shape[1], "the number of channels of x")
    at_least(1, F, "the number of filters of weight")
    if x.shape[1] != C:
        raise ValueError(f"weight expects {C} input channels, x has {x.shape[1]}")
    geo = geometry(x.shape[2:], (KH, KW), stride, padding)
    if geo.output_size != (OH, OW):
        raise ValueError(f"weight has filters for {OH} x {OW} places, "
                         f"the image has {geo.output_size[0]} x {geo.output_size[1]} (image {geo.image_size}, filter {(KH, KW)})")
    if bias is not None:
        _check_bias(array, bias, "(F, OH, OW)", (F, OH, OW), x)
    return geo


def check_locally_connected2d_backward(array: type, grad_y, x, weight, bias=None, stride=1, padding=0) -> Geometry:
    """check_locally_connected2d, and grad_y must look like the output: shape (N, F, OH, OW), dtype of x."""
    geo = check_locally_connected2d(array, x, weight, bias, stride, padding)
    _check_grad_y(array, grad_y, x, (x.shape[0], weight.shape[2], *geo.output_size), "locally_connected2d")
    return geo


def check_cross_correlate(array: type, x, weight) -> None:
    """Refuse anything but one channel, (H, W), and one filter, (KH, KW), of floats."""
    check_array(array, x, "x", "(H, W)")
    check_array(array, weight, "weight", "(KH, KW)")
    check_floats(x, "x")
    check_same_dtype(weight, "weight", x)


def check_im2col(array: type, x, kernel_size, dilation=1, padding=0, stride=1) -> Geometry:
    """Refuse what im2col cannot unfold; otherwise say where the windows lie. Any dtype will do: im2col only copies."""
    check_array(array, x, "x", "(N, C, H, W)")
    return geometry(x.shape[2:], kernel_size, stride, padding, dilation)


def check_col2im(array: type, columns, output_size, kernel_size, dilation=1, padding=0, stride=1) -> Geometry:
    """Refuse what col2im cannot fold; otherwise say where the windows lie on an image of `output_size`."""
    check_array(array, columns, "columns", "(N, C * KH * KW, OH * OW)")
    check_floats(columns, "columns")
    geo = geometry(pair(output_size, "output_size"), kernel_size, stride, padding, dilation)
    (KH, KW), (OH, OW) = geo.kernel_size, geo.output_size
    if columns.shape[1] % (KH * KW):
        raise ValueError(f"columns has {columns.shape[1]} rows, which is no multiple of the filter's {KH} x {KW} = {KH * KW} taps")
    if columns.shape[2] != OH * OW:
        raise ValueError(f"columns has {columns.shape[2]} windows, an image of {geo.image_size} has {OH} x {OW} = {OH * OW}")
    return geo


def _check_bias(array, bias, axes, expected, x):
    check_array(array, bias, "bias", axes)
    check_same_dtype(bias, "bias", x)
    if tuple(bias.shape) != expected:
        if len(expected) == 1:
            raise ValueError(f"bias has {bias.shape[0]} values, weight has {expected[0]} filters; one value a filter is needed")
        raise ValueError(f"bias must have the shape {axes} = {expected}, one value a filter and place, got {tuple(bias.shape)}")


def _check_grad_y(array, grad_y, x, expected, function):
    check_array(array, grad_y, "grad_y", "(N, F, OH, OW)")
    check_same_dtype(grad_y, "grad_y", x)
    if tuple(grad_y.shape) != expected:
        raise ValueError(f"grad_y must have the shape of {function}'s output, {expected}, got {tuple(grad_y.shape)}")


def _check_groups(groups, channels, filters):
    if isinstance(groups, bool) or not hasattr(groups, "__index__"):
        raise TypeError(f"groups must be an int, got {groups!r}")
    at_least(1, groups, "groups")
    for count, what in ((channels, "channels of x"), (filters, "filters of weight")):
        at_least(1, count, f"the number of {what}")
        if count % groups:
            raise ValueError(f"the {count} {what} cannot be shared out evenly among groups={groups}")
