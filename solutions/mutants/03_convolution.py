"""Answers that students give and that must not pass: NAME_OF_EXERCISE__what_went_wrong."""
import numpy as np


def _pad(x, padding):
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))


def _windows(x, weight, stride=1, padding=0, dilation=1):
    """Every window, (N, C, OH, OW, KH, KW): what several of the mistakes below start from."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("channels differ")
    reach = [dilation * (k - 1) + 1 for k in weight.shape[2:]]
    view = np.lib.stride_tricks.sliding_window_view(_pad(x, padding), reach, axis=(2, 3))
    return view[:, :, ::stride, ::stride, ::dilation, ::dilation]


def _add_bias(y, bias):
    return y if bias is None else y + bias[:, None, None]


def _products(windows, weight, bias):
    return _add_bias(np.einsum("nchwkl,fckl->nfhw", windows, weight), bias)


def _room(size, kernel_size, padding, dilation):
    room = size + 2 * padding - dilation * (kernel_size - 1) - 1
    if room < 0:
        raise ValueError("the filter does not fit")
    return room


# --- 3.1: the size is an integer, so every plausible rounding and every forgotten term is tried ---

def output_size__rounds_up(size, kernel_size, stride=1, padding=0, dilation=1):
    return -(-_room(size, kernel_size, padding, dilation) // stride) + 1


def output_size__returns_the_fraction(size, kernel_size, stride=1, padding=0, dilation=1):
    return _room(size, kernel_size, padding, dilation) / stride + 1


def output_size__pads_one_end_only(size, kernel_size, stride=1, padding=0, dilation=1):
    room = size + padding - dilation * (kernel_size - 1) - 1
    if room < 0:
        raise ValueError("the filter does not fit")
    return room // stride + 1


def output_size__multiplies_the_filter_by_the_dilation(size, kernel_size, stride=1, padding=0, dilation=1):
    room = size + 2 * padding - dilation * kernel_size
    if room < 0:
        raise ValueError("the filter does not fit")
    return room // stride + 1


def output_size__believes_python_refuses_negative_sizes(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


def output_size__lets_the_floor_hide_a_filter_that_is_too_long(size, kernel_size, stride=1, padding=0, dilation=1):
    places = int((size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride) + 1
    if places < 1:
        raise ValueError("the filter does not fit")
    return places


def output_size__refuses_a_remainder(size, kernel_size, stride=1, padding=0, dilation=1):
    room = _room(size, kernel_size, padding, dilation)
    if room % stride:
        raise ValueError("the stride does not divide the room")
    return room // stride + 1


def zero_pad__takes_the_first_axis_first(x, padding):
    top, bottom, left, right = padding
    y = np.zeros((*x.shape[:-2], top + x.shape[-2] + bottom, left + x.shape[-1] + right), dtype=x.dtype)
    y[..., top:top + x.shape[-2], left:left + x.shape[-1]] = x
    return y


def zero_pad__crops_with_minus_zero(x, padding):
    left, right, top, bottom = padding
    y = np.zeros((*x.shape[:-2], top + x.shape[-2] + bottom, left + x.shape[-1] + right), dtype=x.dtype)
    y[..., top:-bottom, left:-right] = x
    return y


def zero_pad__always_makes_float64(x, padding):
    left, right, top, bottom = padding
    y = np.zeros((*x.shape[:-2], top + x.shape[-2] + bottom, left + x.shape[-1] + right))
    y[..., top:top + x.shape[-2], left:left + x.shape[-1]] = x
    return y


def zero_pad__repeats_the_border(x, padding):
    left, right, top, bottom = padding
    rows = np.arange(-top, x.shape[-2] + bottom).clip(0, x.shape[-2] - 1)
    columns = np.arange(-left, x.shape[-1] + right).clip(0, x.shape[-1] - 1)
    return x[..., rows[:, None], columns]


def zero_pad__counts_the_axes_from_the_front(x, padding):
    left, right, top, bottom = padding
    y = np.zeros((top + x.shape[0] + bottom, left + x.shape[1] + right, *x.shape[2:]), dtype=x.dtype)
    y[top:top + x.shape[0], left:left + x.shape[1]] = x
    return y


def zero_pad__centres_the_image(x, padding):
    left, right, top, bottom = padding
    y = np.zeros((*x.shape[:-2], top + x.shape[-2] + bottom, left + x.shape[-1] + right), dtype=x.dtype)
    top, left = (top + bottom) // 2, (left + right) // 2
    y[..., top:top + x.shape[-2], left:left + x.shape[-1]] = x
    return y


def cross_correlate__flips_because_the_book_says_convolution(x, weight):
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape)
    return (windows * weight[::-1, ::-1]).sum(axis=(2, 3), dtype=np.result_type(x, weight))


def cross_correlate__forgets_the_last_place(x, weight):
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape)[:-1, :-1]
    return (windows * weight).sum(axis=(2, 3), dtype=np.result_type(x, weight))


def cross_correlate__thinks_filters_are_square(x, weight):
    size = weight.shape[0]
    y = np.zeros((x.shape[0] - size + 1, x.shape[1] - size + 1), dtype=np.result_type(x, weight))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = (x[i:i + size, j:j + size] * weight).sum()
    return y


def cross_correlate__keeps_the_dtype_of_the_image(x, weight):
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape)
    return (windows * weight).sum(axis=(2, 3)).astype(x.dtype)


def cross_correlate__keeps_the_dtype_of_the_filter(x, weight):
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape)
    return (windows * weight).sum(axis=(2, 3)).astype(weight.dtype)


def cross_correlate__always_makes_float64(x, weight):
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape)
    return (windows * weight).sum(axis=(2, 3), dtype=np.float64)


def cross_correlate__multiplies_into_the_image(x, weight):
    y = np.zeros((x.shape[0] - weight.shape[0] + 1, x.shape[1] - weight.shape[1] + 1), dtype=np.result_type(x, weight))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            window = x[i:i + weight.shape[0], j:j + weight.shape[1]]
            window *= weight
            y[i, j] = window.sum()
    return y


# --- 3.4: each of these is right in the simplest case (one channel, or stride 1, or no padding) ---

def conv2d__flips_the_kernel(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return _products(_windows(x, weight, stride, padding, dilation), weight[:, :, ::-1, ::-1], bias)


def conv2d__keeps_only_the_last_channel(x, weight, bias=None, stride=1, padding=0, dilation=1):
    windows = _windows(x, weight, stride, padding, dilation)
    return _add_bias(np.einsum("nhwkl,fkl->nfhw", windows[:, -1], weight[:, -1]), bias)


def conv2d__adds_the_bias_for_every_channel(x, weight, bias=None, stride=1, padding=0, dilation=1):
    y = _products(_windows(x, weight, stride, padding, dilation), weight, None)
    return y if bias is None else y + x.shape[1] * bias[:, None, None]


def conv2d__forgets_that_the_window_starts_at_i_times_stride(x, weight, bias=None, stride=1, padding=0, dilation=1):
    windows = _windows(x, weight, 1, padding, dilation)
    rows, columns = -(-windows.shape[2] // stride), -(-windows.shape[3] // stride)
    return _products(windows[:, :, :rows, :columns], weight, bias)


def conv2d__ignores_the_dilation(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return _products(_windows(x, weight, stride, padding), weight, bias)


def conv2d__pads_top_and_left_only(x, weight, bias=None, stride=1, padding=0, dilation=1):
    shifted = np.pad(x, ((0, 0), (0, 0), (padding, 0), (padding, 0)))
    return _products(_windows(shifted, weight, stride, 0, dilation), weight, bias)


def conv2d__lets_the_last_window_hang_over_the_edge(x, weight, bias=None, stride=1, padding=0, dilation=1):
    extra = [-(size + 2 * padding - dilation * (k - 1) - 1) % stride for size, k in zip(x.shape[2:], weight.shape[2:], strict=True)]
    longer = np.pad(_pad(x, padding), ((0, 0), (0, 0), (0, extra[0]), (0, extra[1])))
    return _products(_windows(longer, weight, stride, 0, dilation), weight, bias)


def conv2d__fills_only_the_last_image(x, weight, bias=None, stride=1, padding=0, dilation=1):
    windows = _windows(x, weight, stride, padding, dilation)
    y = np.zeros((x.shape[0], weight.shape[0], *windows.shape[2:4]), dtype=np.result_type(x, weight))
    y[-1:] = _products(windows[-1:], weight, None)
    return _add_bias(y, bias)


def conv2d__lets_numpy_stretch_a_single_channel(x, weight, bias=None, stride=1, padding=0, dilation=1):
    windows = _windows(x, weight[:, :x.shape[1]], stride, padding, dilation)
    y = (windows[:, None] * weight[None, :, :, None, None]).sum(axis=(2, 5, 6), dtype=np.result_type(x, weight))
    return _add_bias(y, bias)


def conv2d__keeps_the_dtype_of_the_image(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return _products(_windows(x, weight, stride, padding, dilation), weight, bias).astype(x.dtype)


def conv2d__always_makes_float64(x, weight, bias=None, stride=1, padding=0, dilation=1):
    y = _products(_windows(x, weight, stride, padding, dilation), weight, bias)
    return np.zeros(y.shape) + y


def conv2d__assumes_square_images(x, weight, bias=None, stride=1, padding=0, dilation=1):
    windows = _windows(x, weight, stride, padding, dilation)
    return _products(windows[:, :, :, :windows.shape[2]], weight, bias)


# --- 3.5: the product is right in all of these; what goes wrong is an order ---

def _columns(windows, *order):
    """The windows with their axes in this order, the last two (the places) as one: right for (0, 1, 4, 5, 2, 3)."""
    return windows.transpose(order).reshape(windows.shape[0], -1, windows.shape[2] * windows.shape[3])


def _output(y, weight, windows, bias):
    return _add_bias(y.reshape(windows.shape[0], weight.shape[0], *windows.shape[2:4]), bias)


def conv2d_im2col__lists_the_channels_of_a_pixel_together(x, weight, bias=None, stride=1, padding=0):
    windows = _windows(x, weight, stride, padding)
    columns = _columns(windows, 0, 4, 5, 1, 2, 3)
    return columns, _output(weight.transpose(0, 2, 3, 1).reshape(weight.shape[0], -1) @ columns, weight, windows, bias)


def conv2d_im2col__goes_through_the_places_column_by_column(x, weight, bias=None, stride=1, padding=0):
    windows = _windows(x, weight, stride, padding)
    return _columns(windows, 0, 1, 4, 5, 3, 2), _products(windows, weight, bias)


def conv2d_im2col__makes_one_matrix_and_cuts_it_in_the_wrong_order(x, weight, bias=None, stride=1, padding=0):
    windows = _windows(x, weight, stride, padding)
    columns = _columns(windows, 0, 1, 4, 5, 2, 3)
    wide = columns.transpose(1, 0, 2).reshape(columns.shape[1], -1)
    return columns, _output(weight.reshape(weight.shape[0], -1) @ wide, weight, windows, bias)


def conv2d_im2col__writes_windows_as_rows(x, weight, bias=None, stride=1, padding=0):
    windows = _windows(x, weight, stride, padding)
    return _columns(windows, 0, 1, 4, 5, 2, 3).swapaxes(1, 2), _products(windows, weight, bias)


def conv2d_im2col__reshapes_instead_of_transposing(x, weight, bias=None, stride=1, padding=0):
    windows = _windows(x, weight, stride, padding)
    columns = _columns(windows, 0, 2, 3, 1, 4, 5)
    return columns, _output(weight.reshape(weight.shape[0], -1) @ columns, weight, windows, bias)


def conv2d_im2col__fills_an_output_of_the_images_dtype(x, weight, bias=None, stride=1, padding=0):
    windows = _windows(x, weight, stride, padding)
    return _columns(windows, 0, 1, 4, 5, 2, 3), _products(windows, weight, bias).astype(x.dtype)


def conv2d_im2col__computes_in_float64(x, weight, bias=None, stride=1, padding=0):
    windows = _windows(x, weight, stride, padding)
    columns = _columns(windows, 0, 1, 4, 5, 2, 3).astype(np.float64)
    return columns, _output(weight.reshape(weight.shape[0], -1) @ columns, weight, windows, bias)


_SOBEL = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])


def vertical_edge_filter__is_meant_for_an_operation_that_flips():
    return -np.stack([_SOBEL] * 3)[None] / 12


def vertical_edge_filter__finds_edges_between_top_and_bottom():
    return np.stack([_SOBEL.T] * 3)[None] / 12


def vertical_edge_filter__scales_for_a_single_channel():
    return np.stack([_SOBEL] * 3)[None] / 4


def vertical_edge_filter__one_row_is_enough():
    return np.tile(np.array([-1.0, 0.0, 1.0]), (1, 3, 1, 1)) / 3


def vertical_edge_filter__subtracts_red_from_blue():
    blur = np.ones((3, 3)) / 9
    return np.stack([_SOBEL / 12 - blur, _SOBEL / 12, _SOBEL / 12 + blur])[None]
