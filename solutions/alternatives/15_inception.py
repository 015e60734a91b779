"""Right answers that look nothing like ours and must pass in full."""
import numpy as np


def conv1x1__channels_last_then_one_product(x, weight, bias=None):
    y = np.moveaxis(x, 1, -1) @ weight.T
    return np.moveaxis(y if bias is None else y + bias, -1, 1)


def conv1x1__a_weighted_sum_of_maps(x, weight, bias=None):
    bias = np.zeros(len(weight), dtype=x.dtype) if bias is None else bias
    maps = [b + sum(w * x[:, c] for c, w in enumerate(row)) for row, b in zip(weight, bias, strict=True)]
    return np.stack(maps, axis=1).astype(x.dtype)


def conv1x1__tensordot(x, weight, bias=None):
    y = np.tensordot(weight, x, axes=(1, 1)).swapaxes(0, 1)
    return y if bias is None else y + bias.reshape(1, -1, 1, 1)


def conv1x1_backward__all_pixels_as_one_long_list(grad_y, x, weight):
    n, c, h, w = x.shape
    g, pixels = grad_y.transpose(1, 0, 2, 3).reshape(len(weight), -1), x.transpose(1, 0, 2, 3).reshape(c, -1)
    return (weight.T @ g).reshape(c, n, h, w).swapaxes(0, 1), g @ pixels.T, g.sum(axis=1)


def conv1x1_backward__pixel_by_pixel(grad_y, x, weight):
    grad_x, grad_weight, grad_bias = np.zeros_like(x), np.zeros_like(weight), np.zeros_like(weight[:, 0])
    for n, i, j in np.ndindex(len(x), *x.shape[2:]):
        grad_x[n, :, i, j] = grad_y[n, :, i, j] @ weight
        grad_weight += np.outer(grad_y[n, :, i, j], x[n, :, i, j])
        grad_bias += grad_y[n, :, i, j]
    return [grad_x, grad_weight, grad_bias]


def concat_backward__split_at_running_sums(grad_y, channels):
    if sum(channels) != grad_y.shape[1]:
        raise ValueError("the channels do not add up")
    return np.split(grad_y, np.cumsum(channels)[:-1], axis=1)


def concat_backward__asks_each_channel_for_its_branch(grad_y, channels):
    owner = np.repeat(np.arange(len(channels)), channels)
    if len(owner) != grad_y.shape[1]:
        raise ValueError("the channels do not add up")
    return tuple(grad_y[:, owner == r] for r in range(len(channels)))


def module_bill__branch_by_branch(channels_in, widths, size):
    macs = parameters = channels = 0
    ones, reduce3, threes, reduce5, fives, projection = widths
    for branch in ([(ones, 1)], [(reduce3, 1), (threes, 3)], [(reduce5, 1), (fives, 5)], [(projection, 1)]):
        before = channels_in
        for filters, side in branch:
            macs += filters * side * side * before * size[0] * size[1]
            parameters += filters * (side * side * before + 1)
            before = filters
        channels += before
    return [macs, parameters, channels]


def module_bill__a_matrix_of_weights(channels_in, widths, size):
    inputs = np.array([channels_in, channels_in, widths[1], channels_in, widths[3], channels_in])
    weights = int(np.dot(inputs * np.array([1, 1, 9, 1, 25, 1]), widths))
    return weights * int(np.prod(size)), weights + int(np.sum(widths)), int(np.dot(widths, [1, 0, 1, 0, 1, 1]))


def smoothed_cross_entropy__a_mixture_of_two_losses(scores, labels, smoothing):
    n, k = scores.shape
    top = scores.max(axis=1)
    total = top + np.log(np.exp(scores - top[:, None]).sum(axis=1))
    hard, even = total - scores[np.arange(n), labels], total - scores.mean(axis=1)
    grad = np.exp(scores - total[:, None]) - np.asarray(smoothing / k, scores.dtype)
    grad[np.arange(n), labels] -= 1 - smoothing
    return ((1 - smoothing) * hard + smoothing * even).mean(), grad / n


def smoothed_cross_entropy__example_by_example(scores, labels, smoothing):
    loss, grad = 0.0, np.zeros_like(scores)
    for row, (z, y) in enumerate(zip(scores, labels, strict=True)):
        log_p = z - np.logaddexp.reduce(z)
        q = (1 - smoothing) * (np.arange(len(z)) == y) + smoothing / len(z)
        loss -= float(q @ log_p) / len(scores)
        grad[row] = (np.exp(log_p) - q) / len(scores)
    return loss, grad


def split_separable__singular_values(kernel):
    u, s, vt = np.linalg.svd(kernel, full_matrices=False)
    return (u[:, 0] * s[0], vt[0]) if (s[1:] <= 1e-6 * s[0]).all() else None


def split_separable__longest_row_and_projections(kernel):
    row = max(kernel, key=lambda r: float(np.abs(r).max()))
    length = float(np.abs(row).max())
    if length == 0:
        return [0.0] * len(kernel), list(row)
    unit = row / length
    column = kernel @ unit / (unit @ unit)
    rest = kernel - np.outer(column, unit)
    return (list(column), list(unit)) if np.abs(rest).max() <= 1e-6 * length else None
