"""Answers that students give and that must not pass: NAME_OF_EXERCISE__what_went_wrong."""
import numpy as np


def frame(x, p, value=0.0):
    return np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), constant_values=value)


def maxima(x, k, s, size=None):
    """x already padded; `size` is the number of windows down and along if it is not the right one."""
    oh, ow = size or ((x.shape[2] - k) // s + 1, (x.shape[3] - k) // s + 1)
    y = np.empty((*x.shape[:2], oh, ow), dtype=x.dtype)
    for i, j in np.ndindex(oh, ow):
        y[:, :, i, j] = x[:, :, i * s:i * s + k, j * s:j * s + k].max(axis=(2, 3))
    return y


def max_pool2d__pads_with_zeros(x, kernel_size, stride=None, padding=0):
    return maxima(frame(x, padding), kernel_size, stride or kernel_size)


def max_pool2d__starts_from_zero(x, kernel_size, stride=None, padding=0):
    return np.maximum(maxima(frame(x, padding, -np.inf), kernel_size, stride or kernel_size), 0).astype(x.dtype)


def max_pool2d__steps_by_one_unless_told(x, kernel_size, stride=None, padding=0):
    return maxima(frame(x, padding, -np.inf), kernel_size, stride or 1)


def max_pool2d__forgets_the_last_window(x, kernel_size, stride=None, padding=0):
    x, s = frame(x, padding, -np.inf), stride or kernel_size
    rows, columns = range(0, x.shape[2] - kernel_size, s), range(0, x.shape[3] - kernel_size, s)
    return maxima(x, kernel_size, s, (len(rows), len(columns)))


def max_pool2d__keeps_a_window_that_hangs_over_the_end(x, kernel_size, stride=None, padding=0):
    x, s = frame(x, padding, -np.inf), stride or kernel_size
    size = [len(range(0, x.shape[axis] - kernel_size + s, s)) for axis in (2, 3)]
    return maxima(x, kernel_size, s, size)


def max_pool2d__takes_the_maximum_of_all_channels(x, kernel_size, stride=None, padding=0):
    return maxima(frame(x, padding, -np.inf), kernel_size, stride or kernel_size).max(axis=1, keepdims=True)


def max_pool2d__works_in_float64(x, kernel_size, stride=None, padding=0):
    return maxima(frame(x, padding, -np.inf).astype(float), kernel_size, stride or kernel_size)


def route(grad_y, x, k, s, p, winner=np.argmax, adds=True, value=-np.inf):
    """The gradient of the padded images; winner(window) is a place in the flat window."""
    x = frame(x, p, value)
    grad_x = np.zeros(x.shape, dtype=grad_y.dtype)
    for n, c, i, j in np.ndindex(grad_y.shape):
        row, column = divmod(int(winner(x[n, c, i * s:i * s + k, j * s:j * s + k])), k)
        at = (n, c, i * s + row, j * s + column)
        grad_x[at] = grad_y[n, c, i, j] + (grad_x[at] if adds else 0)
    return grad_x


def crop(grad, x, p):
    return grad[:, :, p:p + x.shape[2], p:p + x.shape[3]]


def to_all_that_equal_the_maximum(grad_y, x, k, s, p, shared):
    padded = frame(x, p, -np.inf)
    grad_x = np.zeros(padded.shape, dtype=grad_y.dtype)
    for n, c, i, j in np.ndindex(grad_y.shape):
        window = padded[n, c, i * s:i * s + k, j * s:j * s + k]
        wins = window == window.max()
        grad_x[n, c, i * s:i * s + k, j * s:j * s + k] += grad_y[n, c, i, j] * wins / (wins.sum() if shared else 1)
    return crop(grad_x, x, p)


def max_pool2d_backward__ties_all_get_it(grad_y, x, kernel_size, stride=None, padding=0):
    return to_all_that_equal_the_maximum(grad_y, x, kernel_size, stride or kernel_size, padding, shared=False)


def max_pool2d_backward__ties_share(grad_y, x, kernel_size, stride=None, padding=0):
    return to_all_that_equal_the_maximum(grad_y, x, kernel_size, stride or kernel_size, padding, shared=True)


def max_pool2d_backward__the_last_of_equals_wins(grad_y, x, kernel_size, stride=None, padding=0):
    def last(window):
        return window.size - 1 - np.argmax(window.ravel()[::-1])

    return crop(route(grad_y, x, kernel_size, stride or kernel_size, padding, last), x, padding)


def max_pool2d_backward__reads_down_the_columns(grad_y, x, kernel_size, stride=None, padding=0):
    def down(window):
        column, row = divmod(int(np.argmax(window.T)), kernel_size)
        return row * kernel_size + column

    return crop(route(grad_y, x, kernel_size, stride or kernel_size, padding, down), x, padding)


def max_pool2d_backward__overwrites_where_windows_overlap(grad_y, x, kernel_size, stride=None, padding=0):
    return crop(route(grad_y, x, kernel_size, stride or kernel_size, padding, adds=False), x, padding)


def max_pool2d_backward__crops_with_a_negative_index(grad_y, x, kernel_size, stride=None, padding=0):
    return route(grad_y, x, kernel_size, stride or kernel_size, padding)[:, :, padding:-padding, padding:-padding]


def max_pool2d_backward__lets_the_frame_win(grad_y, x, kernel_size, stride=None, padding=0):
    return crop(route(grad_y, x, kernel_size, stride or kernel_size, padding, value=0.0), x, padding)


def max_pool2d_backward__marks_the_winners_only(grad_y, x, kernel_size, stride=None, padding=0):
    return crop(route(np.ones_like(grad_y), x, kernel_size, stride or kernel_size, padding), x, padding)


def sums(x, k, s):
    oh, ow = (x.shape[2] - k) // s + 1, (x.shape[3] - k) // s + 1
    y = np.empty((*x.shape[:2], oh, ow), dtype=x.dtype)
    for i, j in np.ndindex(oh, ow):
        y[:, :, i, j] = x[:, :, i * s:i * s + k, j * s:j * s + k].sum(axis=(2, 3))
    return y


def means(x, k, s, p, count_include_pad):
    return sums(frame(x, p), k, s) / (k * k if count_include_pad else sums(frame(np.ones_like(x), p), k, s))


def avg_pool2d__always_counts_the_padding(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    return means(x, kernel_size, stride or kernel_size, padding, True)


def avg_pool2d__never_counts_the_padding(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    return means(x, kernel_size, stride or kernel_size, padding, False)


def avg_pool2d__counts_pixels_that_are_not_zero(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    k, s = kernel_size, stride or kernel_size
    total, count = sums(frame(x, padding), k, s), sums(frame((x != 0).astype(x.dtype), padding), k, s)
    return total / (k * k if count_include_pad else np.maximum(count, 1))


def avg_pool2d__divides_by_the_width_of_the_window(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    return means(x, kernel_size, stride or kernel_size, padding, count_include_pad) * kernel_size


def avg_pool2d__steps_by_one_unless_told(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    return means(x, kernel_size, stride or 1, padding, count_include_pad)


def avg_pool2d__takes_the_mean_of_all_channels(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    return means(x, kernel_size, stride or kernel_size, padding, count_include_pad).mean(axis=1, keepdims=True)


def avg_pool2d__works_in_float64(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    return means(x.astype(float), kernel_size, stride or kernel_size, padding, count_include_pad)


def share_out(grad_y, h, w, k, s, p, adds=True):
    grad_x = np.zeros((*grad_y.shape[:2], h + 2 * p, w + 2 * p), dtype=grad_y.dtype)
    for i, j in np.ndindex(grad_y.shape[2:]):
        window = np.s_[:, :, i * s:i * s + k, j * s:j * s + k]
        grad_x[window] = grad_y[:, :, i, j][:, :, None, None] / (k * k) + (grad_x[window] if adds else 0)
    return grad_x


def avg_pool2d_backward__overwrites_where_windows_overlap(grad_y, input_size, kernel_size, stride=None, padding=0):
    (h, w), s = input_size, stride or kernel_size
    return share_out(grad_y, h, w, kernel_size, s, padding, adds=False)[:, :, padding:padding + h, padding:padding + w]


def avg_pool2d_backward__forgets_to_divide(grad_y, input_size, kernel_size, stride=None, padding=0):
    (h, w), s = input_size, stride or kernel_size
    return share_out(grad_y * kernel_size**2, h, w, kernel_size, s, padding)[:, :, padding:padding + h, padding:padding + w]


def avg_pool2d_backward__crops_with_a_negative_index(grad_y, input_size, kernel_size, stride=None, padding=0):
    (h, w), s = input_size, stride or kernel_size
    return share_out(grad_y, h, w, kernel_size, s, padding)[:, :, padding:-padding, padding:-padding]


def avg_pool2d_backward__forgets_the_rows_that_remain(grad_y, input_size, kernel_size, stride=None, padding=0):
    s = stride or kernel_size
    h, w = [s * (grad_y.shape[axis] - 1) + kernel_size - 2 * padding for axis in (2, 3)]
    return share_out(grad_y, h, w, kernel_size, s, padding)[:, :, padding:padding + h, padding:padding + w]


def avg_pool2d_backward__repeats_every_gradient(grad_y, input_size, kernel_size, stride=None, padding=0):
    (h, w), s = input_size, stride or kernel_size
    grad_x = np.zeros((*grad_y.shape[:2], h + 2 * padding, w + 2 * padding), dtype=grad_y.dtype)
    repeated = (grad_y / kernel_size**2).repeat(s, axis=2).repeat(s, axis=3)[:, :, :h + 2 * padding, :w + 2 * padding]
    grad_x[:, :, :repeated.shape[2], :repeated.shape[3]] = repeated
    return grad_x[:, :, padding:padding + h, padding:padding + w]


def avg_pool2d_backward__divides_by_the_real_pixels(grad_y, input_size, kernel_size, stride=None, padding=0):
    (h, w), s, k = input_size, stride or kernel_size, kernel_size
    real = sums(frame(np.ones((1, 1, h, w), dtype=grad_y.dtype), padding), k, s)
    return share_out(grad_y * k * k / real, h, w, k, s, padding)[:, :, padding:padding + h, padding:padding + w]


def avg_pool2d_backward__gives_it_to_the_corner(grad_y, input_size, kernel_size, stride=None, padding=0):
    (h, w), s = input_size, stride or kernel_size
    return share_out(grad_y, h, w, 1, s, padding)[:, :, padding:padding + h, padding:padding + w]


def blurred(x, weights=(0.25, 0.5, 0.25), mode="edge"):
    h, w = x.shape[2:]
    padded, y = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode=mode), np.zeros_like(x)
    for a, b in np.ndindex(3, 3):
        y += x.dtype.type(weights[a] * weights[b]) * padded[:, :, a:a + h, b:b + w]
    return y


def blur_pool__skips_before_it_blurs(x, stride=2):
    return blurred(x[:, :, ::stride, ::stride])


def blur_pool__darkens_the_border(x, stride=2):
    return blurred(x, mode="constant")[:, :, ::stride, ::stride]


def blur_pool__all_nine_weights_alike(x, stride=2):
    return blurred(x, (1 / 3, 1 / 3, 1 / 3))[:, :, ::stride, ::stride]


def blur_pool__forgets_to_divide_by_sixteen(x, stride=2):
    return blurred(x, (1, 2, 1))[:, :, ::stride, ::stride]


def blur_pool__begins_with_the_second_pixel(x, stride=2):
    return blurred(x)[:, :, stride // 2::stride, stride // 2::stride]


def blur_pool__blurs_along_the_rows_only(x, stride=2):
    padded = np.pad(x, ((0, 0), (0, 0), (0, 0), (1, 1)), mode="edge")
    return (padded[..., :-2] + 2 * padded[..., 1:-1] + padded[..., 2:])[:, :, ::stride, ::stride] / x.dtype.type(4)


def blur_pool__works_in_float64(x, stride=2):
    return blurred(x.astype(float))[:, :, ::stride, ::stride]


def moved_right(x, shift):
    return np.concatenate([np.zeros((*x.shape[:-1], shift)), x], axis=-1)[..., :x.shape[-1]]


def mean_change(before, after):
    before, after = before.reshape(len(before), -1), after.reshape(len(after), -1)
    return float(np.mean(np.linalg.norm(after - before, axis=1) / np.linalg.norm(before, axis=1)))


def shift_change__wraps_around(f, x, shift):
    return mean_change(f(x), f(np.roll(x, shift, axis=-1)))


def shift_change__is_empty_at_shift_zero(f, x, shift):
    moved = np.zeros_like(x)
    moved[..., shift:] = x[..., :-shift]
    return mean_change(f(x), f(moved))


def shift_change__moves_to_the_left(f, x, shift):
    return mean_change(f(x), f(moved_right(x[..., ::-1], shift)[..., ::-1]))


def shift_change__moves_the_answer_instead_of_the_image(f, x, shift):
    return mean_change(f(x), moved_right(f(x), shift))


def shift_change__one_norm_for_all_images(f, x, shift):
    before, after = f(x), f(moved_right(x, shift))
    return float(np.linalg.norm((after - before).ravel()) / np.linalg.norm(before.ravel()))


def shift_change__divides_by_the_norm_of_the_pixels(f, x, shift):
    before, after = f(x).reshape(len(x), -1), f(moved_right(x, shift)).reshape(len(x), -1)
    return float(np.mean(np.linalg.norm(after - before, axis=1) / np.linalg.norm(x.reshape(len(x), -1), axis=1)))


def shift_change__forgets_the_root(f, x, shift):
    before, after = f(x).reshape(len(x), -1), f(moved_right(x, shift)).reshape(len(x), -1)
    return float(np.mean(((after - before)**2).sum(axis=1) / (before**2).sum(axis=1)))


def shift_change__moves_the_caller_s_images(f, x, shift):
    before = np.array(f(x))
    x[:] = moved_right(x, shift)
    return mean_change(before, f(x))
