"""Right answers that look nothing like ours and must pass in full."""
import numpy as np


def output_size__counts_a_range(size, kernel_size, stride=1, padding=0, dilation=1):
    places = len(range(0, size + 2 * padding - dilation * (kernel_size - 1), stride))
    if places == 0:
        raise ValueError("no place")
    return places


def output_size__walks_until_it_falls_off(size, kernel_size, stride=1, padding=0, dilation=1):
    count, start = 0, -padding
    while start + dilation * (kernel_size - 1) < size + padding:
        count, start = count + 1, start + stride
    if count == 0:
        raise ValueError("no place")
    return count


def output_size__numpy_integer(size, kernel_size, stride=1, padding=0, dilation=1):
    places = np.floor_divide(size + 2 * padding - dilation * (kernel_size - 1) - 1, stride) + 1
    if places <= 0:
        raise ValueError("no place")
    return places


def zero_pad__glues_blocks_of_zeros(x, padding):
    left, right, top, bottom = padding
    lead, height = x.shape[:-2], x.shape[-2]
    wide = np.concatenate([np.zeros((*lead, height, left), x.dtype), x, np.zeros((*lead, height, right), x.dtype)], axis=-1)
    row = wide.shape[-1]
    return np.concatenate([np.zeros((*lead, top, row), x.dtype), wide, np.zeros((*lead, bottom, row), x.dtype)], axis=-2)


def zero_pad__two_matrix_products(x, padding):
    left, right, top, bottom = padding
    height, width = x.shape[-2:]
    down = np.eye(top + height + bottom, height, -top, dtype=x.dtype)
    across = np.eye(width, left + width + right, left, dtype=x.dtype)
    return down @ x @ across


def zero_pad__asks_every_pixel_of_the_frame(x, padding):
    left, right, top, bottom = padding
    height, width = x.shape[-2:]
    rows, columns = np.arange(-top, height + bottom), np.arange(-left, width + right)
    inside = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
    picked = x[..., np.clip(rows, 0, height - 1)[:, None], np.clip(columns, 0, width - 1)]
    return np.where(inside, picked, np.zeros((), x.dtype))


def cross_correlate__one_filter_pixel_at_a_time(x, weight):
    height, width = x.shape[0] - weight.shape[0] + 1, x.shape[1] - weight.shape[1] + 1
    return sum(weight[a, b] * x[a:a + height, b:b + width] for a in range(weight.shape[0]) for b in range(weight.shape[1]))


def cross_correlate__through_the_fourier_transform(x, weight):
    spectrum = np.fft.rfft2(x) * np.conj(np.fft.rfft2(weight, x.shape))
    y = np.fft.irfft2(spectrum, x.shape)[:x.shape[0] - weight.shape[0] + 1, :x.shape[1] - weight.shape[1] + 1]
    return y.astype(np.result_type(x, weight))


def cross_correlate__sliding_windows(x, weight):
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape)
    return np.tensordot(windows, weight, axes=2)


def conv2d__one_tap_at_a_time(x, weight, bias=None, stride=1, padding=0, dilation=1):
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"{x.shape[1]} channels, filters for {weight.shape[1]}")
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    height, width = (size - dilation * (k - 1) for size, k in zip(x.shape[2:], weight.shape[2:], strict=True))
    y = np.zeros((x.shape[0], weight.shape[0], -(-height // stride), -(-width // stride)), dtype=np.result_type(x, weight))
    for a in range(weight.shape[2]):
        for b in range(weight.shape[3]):
            part = x[:, :, a * dilation:a * dilation + height:stride, b * dilation:b * dilation + width:stride]
            y += np.einsum("nchw,fc->nfhw", part, weight[:, :, a, b])
    return y if bias is None else y + bias.reshape(1, -1, 1, 1)


def conv2d__strided_view_and_einsum(x, weight, bias=None, stride=1, padding=0, dilation=1):
    if x.shape[1] != weight.shape[1]:
        raise ValueError("the channels of x and weight differ")
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    reach = tuple(dilation * (k - 1) + 1 for k in weight.shape[2:])
    windows = np.lib.stride_tricks.sliding_window_view(x, reach, axis=(2, 3))[:, :, ::stride, ::stride, ::dilation, ::dilation]
    y = np.einsum("nchwkl,fckl->nfhw", windows, weight)
    return y if bias is None else y + bias[:, None, None]


def conv2d__one_big_matrix_for_the_whole_layer(x, weight, bias=None, stride=1, padding=0, dilation=1):
    """The layer as a fully connected one: a row for each output, nearly all of its weights zero."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("the channels of x and weight differ")
    images, channels, height, width = x.shape
    filters, _, kernel_height, kernel_width = weight.shape
    rows = (height + 2 * padding - dilation * (kernel_height - 1) - 1) // stride + 1
    columns = (width + 2 * padding - dilation * (kernel_width - 1) - 1) // stride + 1
    matrix = np.zeros((filters, rows, columns, channels, height, width), dtype=weight.dtype)
    for i, j, a, b in np.ndindex(rows, columns, kernel_height, kernel_width):
        r, c = i * stride + a * dilation - padding, j * stride + b * dilation - padding
        if 0 <= r < height and 0 <= c < width:
            matrix[:, i, j, :, r, c] += weight[:, :, a, b]
    y = x.reshape(images, channels * height * width) @ matrix.reshape(-1, channels * height * width).T
    y = y.reshape(images, filters, rows, columns)
    return y if bias is None else y + bias[None, :, None, None]


def conv2d_im2col__window_by_window(x, weight, bias=None, stride=1, padding=0):
    images, channels, height, width = x.shape
    filters, _, kernel_height, kernel_width = weight.shape
    framed = np.zeros((images, channels, height + 2 * padding, width + 2 * padding), dtype=x.dtype)
    framed[:, :, padding:padding + height, padding:padding + width] = x
    tops = range(0, framed.shape[2] - kernel_height + 1, stride)
    lefts = range(0, framed.shape[3] - kernel_width + 1, stride)
    columns = np.stack([framed[:, :, i:i + kernel_height, j:j + kernel_width].reshape(images, -1) for i in tops for j in lefts], axis=-1)
    y = np.matmul(weight.reshape(filters, -1), columns).reshape(images, filters, len(tops), len(lefts))
    return columns, y if bias is None else y + bias.reshape(1, -1, 1, 1)


def conv2d_im2col__one_fancy_index(x, weight, bias=None, stride=1, padding=0):
    filters, channels, kernel_height, kernel_width = weight.shape
    framed = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    tops = np.arange(0, framed.shape[2] - kernel_height + 1, stride)
    lefts = np.arange(0, framed.shape[3] - kernel_width + 1, stride)
    channel, a, b = (index.reshape(-1, 1) for index in np.indices((channels, kernel_height, kernel_width)))
    i, j = (place.reshape(1, -1) for place in np.meshgrid(tops, lefts, indexing="ij"))
    columns = framed[:, channel, a + i, b + j]
    y = np.einsum("fk,nkp->nfp", weight.reshape(filters, -1), columns).reshape(len(x), filters, len(tops), len(lefts))
    return [columns, y if bias is None else y + bias[:, None, None]]


def vertical_edge_filter__prewitt():
    return np.tile(np.array([-1.0, 0.0, 1.0]), (1, 3, 3, 1)) / 9


def vertical_edge_filter__wide_and_flat():
    return np.tile(np.array([-1.0, -1.0, -1.0, 1.0, 1.0, 1.0]), (1, 3, 1, 1)) / 9


def vertical_edge_filter__weighs_colours_as_the_eye_does():
    across, down = np.array([-1.0, -1.0, 0.0, 1.0, 1.0]) / 2, np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    return (np.array([0.299, 0.587, 0.114])[:, None, None] * np.outer(down, across))[None].tolist()
