"""Right answers that look nothing like ours and must pass in full."""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def frame(x, p, value):
    return np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), constant_values=value)


def max_pool2d__windows_as_a_view(x, kernel_size, stride=None, padding=0):
    s = stride or kernel_size
    return sliding_window_view(frame(x, padding, -np.inf), (kernel_size, kernel_size), axis=(2, 3))[:, :, ::s, ::s].max(axis=(-2, -1))


def max_pool2d__down_the_rows_then_along_the_columns(x, kernel_size, stride=None, padding=0):
    s, x = stride or kernel_size, frame(x, padding, -np.inf)
    rows = [x[:, :, top:top + kernel_size].max(axis=2) for top in range(0, x.shape[2] - kernel_size + 1, s)]
    tall = np.stack(rows, axis=2)
    return np.stack([tall[..., left:left + kernel_size].max(axis=3) for left in range(0, x.shape[3] - kernel_size + 1, s)], axis=3)


def max_pool2d__cuts_the_window_at_the_border(x, kernel_size, stride=None, padding=0):
    k, s, (h, w) = kernel_size, stride or kernel_size, x.shape[2:]
    y = np.zeros((*x.shape[:2], (h + 2 * padding - k) // s + 1, (w + 2 * padding - k) // s + 1), dtype=x.dtype)
    for n, c, i, j in np.ndindex(y.shape):
        top, left = i * s - padding, j * s - padding
        y[n, c, i, j] = max(x[n, c, r, q] for r in range(max(top, 0), min(top + k, h)) for q in range(max(left, 0), min(left + k, w)))
    return y


def max_pool2d_backward__index_arrays_and_add_at(grad_y, x, kernel_size, stride=None, padding=0):
    k, s, p = kernel_size, stride or kernel_size, padding
    (n, c), (oh, ow) = x.shape[:2], grad_y.shape[2:]
    windows = sliding_window_view(frame(x, p, -np.inf), (k, k), axis=(2, 3))[:, :, ::s, ::s]
    rows, columns = np.divmod(windows.reshape(n, c, oh, ow, k * k).argmax(axis=-1), k)
    rows, columns = rows + s * np.arange(oh)[:, None] - p, columns + s * np.arange(ow) - p
    grad_x = np.zeros_like(x, dtype=grad_y.dtype)
    np.add.at(grad_x, (np.arange(n)[:, None, None, None], np.arange(c)[:, None, None], rows, columns), grad_y)
    return grad_x


def max_pool2d_backward__each_tap_asks_whether_it_won(grad_y, x, kernel_size, stride=None, padding=0):
    k, s, p = kernel_size, stride or kernel_size, padding
    (h, w), (oh, ow) = x.shape[2:], grad_y.shape[2:]
    x = frame(x, p, -np.inf)
    taps = [np.s_[:, :, a:a + s * (oh - 1) + 1:s, b:b + s * (ow - 1) + 1:s] for a in range(k) for b in range(k)]
    best = np.max([x[tap] for tap in taps], axis=0)
    grad_x, open_ = np.zeros(x.shape, dtype=grad_y.dtype), np.ones(grad_y.shape, dtype=bool)
    for tap in taps:
        won = open_ & (x[tap] == best)
        grad_x[tap] += np.where(won, grad_y, 0)
        open_ &= ~won
    return grad_x[:, :, p:p + h, p:p + w]


def max_pool2d_backward__a_matrix_of_zeros_and_ones(grad_y, x, kernel_size, stride=None, padding=0):
    k, s = kernel_size, stride or kernel_size
    (n, c, h, w), (oh, ow) = x.shape, grad_y.shape[2:]
    grad_x = np.zeros((n, c, h * w), dtype=grad_y.dtype)
    for image, channel in np.ndindex(n, c):
        matrix = np.zeros((oh * ow, h * w), dtype=grad_y.dtype)
        for i, j in np.ndindex(oh, ow):
            places = [(r, q) for r in range(i * s - padding, i * s - padding + k) for q in range(j * s - padding, j * s - padding + k)
                      if 0 <= r < h and 0 <= q < w]
            r, q = max(places, key=lambda place: x[image, channel, place[0], place[1]])
            matrix[i * ow + j, r * w + q] = 1
        grad_x[image, channel] = matrix.T @ grad_y[image, channel].ravel()
    return grad_x.reshape(x.shape)


def window_matrix(size, k, s, p):
    """(places, size): 1 where a window of one direction covers a pixel."""
    places = (size + 2 * p - k) // s + 1
    offset = np.arange(size) - (s * np.arange(places)[:, None] - p)
    return ((offset >= 0) & (offset < k)).astype(float)


def avg_pool2d__one_matrix_on_either_side(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    down, along = [window_matrix(size, kernel_size, stride or kernel_size, padding) for size in x.shape[2:]]
    counts = kernel_size**2 if count_include_pad else np.outer(down.sum(axis=1), along.sum(axis=1))
    return (down @ x @ along.T / counts).astype(x.dtype)


def avg_pool2d__differences_of_running_sums(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    k, s, p = kernel_size, stride or kernel_size, padding

    def sums(values):
        total = np.pad(values, ((0, 0), (0, 0), (p + 1, p), (p + 1, p))).astype(float).cumsum(axis=2).cumsum(axis=3)
        every = total[:, :, k:, k:] - total[:, :, :-k, k:] - total[:, :, k:, :-k] + total[:, :, :-k, :-k]
        return every[:, :, ::s, ::s]

    return (sums(x) / (k * k if count_include_pad else sums(np.ones_like(x)))).astype(x.dtype)


def avg_pool2d__nan_for_the_frame(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    k, s = kernel_size, stride or kernel_size
    windows = sliding_window_view(frame(x, padding, np.nan), (k, k), axis=(2, 3))[:, :, ::s, ::s]
    return np.nansum(windows, axis=(-2, -1)) / x.dtype.type(k * k) if count_include_pad else np.nanmean(windows, axis=(-2, -1))


def avg_pool2d_backward__the_two_matrices_transposed(grad_y, input_size, kernel_size, stride=None, padding=0):
    down, along = [window_matrix(size, kernel_size, stride or kernel_size, padding) for size in input_size]
    return (down.T @ grad_y @ along / kernel_size**2).astype(grad_y.dtype)


def avg_pool2d_backward__every_pixel_asks_its_windows(grad_y, input_size, kernel_size, stride=None, padding=0):
    (h, w), k, s = input_size, kernel_size, stride or kernel_size
    (n, c, oh, ow) = grad_y.shape
    grad_x = np.zeros((n, c, h, w), dtype=grad_y.dtype)
    for r, q in np.ndindex(h, w):
        rows = [i for i in range(oh) if 0 <= r + padding - i * s < k]
        columns = [j for j in range(ow) if 0 <= q + padding - j * s < k]
        if rows and columns:
            grad_x[:, :, r, q] = grad_y[:, :, rows][..., columns].sum(axis=(2, 3)) / k**2
    return grad_x


def blur_pool__two_means_of_two(x, stride=2):
    y = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    for _ in range(2):
        y = (y[:, :, 1:] + y[:, :, :-1]) / 2
        y = (y[..., 1:] + y[..., :-1]) / 2
    return y[:, :, ::stride, ::stride]


def blur_pool__windows_times_weights(x, stride=2):
    weights = np.outer([1, 2, 1], [1, 2, 1]) / 16
    windows = sliding_window_view(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge"), (3, 3), axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("ncijab,ab->ncij", windows, weights.astype(x.dtype))


def blur_pool__neighbours_by_clipped_indices(x, stride=2):
    for axis in (2, 3):
        at = np.arange(0, x.shape[axis], stride)
        before, after = np.maximum(at - 1, 0), np.minimum(at + 1, x.shape[axis] - 1)
        x = (x.take(before, axis) + 2 * x.take(at, axis) + x.take(after, axis)) / 4
    return x


def shift_change__image_after_image(f, x, shift):
    changes = []
    for image in x:
        moved = [[[0.0] * shift + row.tolist()[:len(row) - shift] for row in channel] for channel in image]
        before, after = np.ravel(f(image[None])).tolist(), np.ravel(f(np.array([moved]))).tolist()
        changes.append(sum((a - b)**2 for a, b in zip(after, before, strict=True))**0.5 / sum(b**2 for b in before)**0.5)
    return sum(changes) / len(changes)


def shift_change__a_matrix_that_moves(f, x, shift):
    moved = x @ np.eye(x.shape[-1], k=shift)
    before, after = f(x), f(moved)
    axes = tuple(range(1, before.ndim))
    return np.sqrt(((after - before)**2).sum(axis=axes) / (before**2).sum(axis=axes)).mean()


def shift_change__pads_and_cuts(f, x, shift):
    moved = np.pad(x, ((0, 0), (0, 0), (0, 0), (shift, 0)))[..., :x.shape[-1]]
    pairs = zip(f(moved), f(x), strict=True)
    return np.mean([np.linalg.norm(np.ravel(a - b)) / np.linalg.norm(np.ravel(b)) for a, b in pairs])


def shift_change__a_tiny_number_below_the_line(f, x, shift):
    moved = np.roll(x, shift, axis=3)
    moved[..., :shift] = 0
    total = 0
    for before, after in zip(f(x), f(moved), strict=True):
        total += np.linalg.norm(np.ravel(after - before)) / (np.linalg.norm(np.ravel(before)) + 1e-8)
    return total / len(x)
