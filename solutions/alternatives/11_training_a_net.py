"""Right answers that look nothing like ours and must pass in full."""
import itertools
import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def normalise_images__channel_by_channel(x_train, x):
    out = x.copy()
    for c in range(x.shape[1]):
        values = np.float64(x_train[:, c])
        out[:, c] = (np.float64(x[:, c]) - values.mean()) / math.sqrt(((values - values.mean()) ** 2).mean())
    return out


def normalise_images__moments_and_one_line_a_channel(x_train, x):
    channels = x_train.shape[1]
    table = np.moveaxis(x_train, 1, -1).reshape(-1, channels).astype(float)
    mean = table.mean(axis=0)
    scale = 1 / np.sqrt(np.einsum("pc,pc->c", table - mean, table - mean) / len(table))
    return (x * scale[:, None, None] - (mean * scale)[:, None, None]).astype(x.dtype)


def normalise_images__lists_of_images(x_train, x):
    mean = [sum(float(image[c].sum()) for image in x_train) / x_train[:, c].size for c in range(x.shape[1])]
    spread = [math.sqrt(sum(float(((image[c] - mean[c]) ** 2).sum()) for image in x_train) / x_train[:, c].size) for c in range(x.shape[1])]
    return np.array([[(image[c] - mean[c]) / spread[c] for c in range(x.shape[1])] for image in x], dtype=x.dtype)


def ten_crop__looks_up_windows(x, size):
    windows = sliding_window_view(np.stack([x, np.flip(x, 3)]), size, axis=(3, 4))
    last_row, last_column = windows.shape[3] - 1, windows.shape[4] - 1
    rows = [0, 0, last_row, last_row, last_row // 2]
    columns = [0, last_column, 0, last_column, last_column // 2]
    picked = windows[:, :, :, rows, columns]                # (2, N, C, 5, h, w)
    return np.concatenate([picked[0], picked[1]], axis=2).swapaxes(1, 2)


def ten_crop__fills_an_empty_array_pixel_by_pixel(x, size):
    (n, c, height, width), (h, w) = x.shape, size
    out = np.empty((n, 10, c, h, w), dtype=x.dtype)
    starts = [*itertools.product((0, height - h), (0, width - w)), ((height - h) // 2, (width - w) // 2)]
    for (k, (top, left)), i, j in itertools.product(enumerate(starts), range(h), range(w)):
        out[:, k, :, i, j] = x[:, :, top + i, left + j]
        out[:, k + 5, :, i, j] = x[:, :, top + i, width - 1 - (left + j)]
    return out


def ten_crop__one_image_after_the_other(x, size):
    def crops(image):
        h, w = size
        top, left = (image.shape[1] - h) // 2, (image.shape[2] - w) // 2
        return [image[:, :h, :w], image[:, :h, image.shape[2] - w:], image[:, image.shape[1] - h:, :w],
                image[:, image.shape[1] - h:, image.shape[2] - w:], image[:, top:top + h, left:left + w]]

    return np.array([crops(image) + crops(np.flip(image, -1)) for image in x])


def shift_colours__one_direction_at_a_time(x, amounts, eigenvalues, eigenvectors):
    out = x.astype(float)
    for i, value in enumerate(eigenvalues):
        out += np.multiply.outer(amounts[:, i] * value, eigenvectors[:, i])[:, :, None, None]
    return out.astype(x.dtype)


def shift_colours__a_matrix_in_between(x, amounts, eigenvalues, eigenvectors):
    matrix = eigenvectors @ np.diag(eigenvalues)
    return np.stack([image + (matrix @ amount).reshape(-1, 1, 1) for image, amount in zip(x, amounts, strict=True)]).astype(x.dtype)


def shift_colours__einsum_over_ones(x, amounts, eigenvalues, eigenvectors):
    ones = np.ones(x.shape[2:])
    return np.asarray(x + np.einsum("ni,i,ci,hw->nchw", amounts, eigenvalues, eigenvectors, ones), dtype=x.dtype)


def top_k_accuracy__compares_with_the_kth_best(scores, y, k):
    kth = np.sort(scores, axis=1)[:, -k]
    return np.mean(scores[np.arange(len(y)), y] >= kth)


def top_k_accuracy__lists_and_ranks(scores, y, k):
    hits = 0
    for row, true in zip(scores.tolist(), y.tolist(), strict=True):
        hits += sorted(row, reverse=True).index(row[true]) < k
    return hits / len(y)


def top_k_accuracy__crosses_out_the_best_k_minus_one_times(scores, y, k):
    left = scores.astype(float)
    right = np.zeros(len(y), dtype=bool)
    rows = np.arange(len(y))
    for _ in range(k):
        right |= scores[rows, y] >= left.max(axis=1)
        left[rows, left.argmax(axis=1)] = -np.inf
    return float(right.sum()) / right.size


def ensemble_probabilities__through_logarithms(scores):
    top = scores.max(axis=-1, keepdims=True)
    log_sum = top + np.log(np.exp(scores - top).sum(axis=-1, keepdims=True))
    return np.mean(np.exp(scores - log_sum), axis=0)


def ensemble_probabilities__pairwise_differences(scores):
    with np.errstate(over="ignore"):
        differences = scores[..., None, :] - scores[..., :, None]
        return (1 / np.exp(np.clip(differences, None, 80 if scores.dtype == np.float32 else 700)).sum(axis=-1)).mean(axis=0)


def ensemble_probabilities__a_running_mean_over_the_nets(scores):
    mean = np.zeros(scores.shape[1:], dtype=scores.dtype)
    for count, member in enumerate(scores, start=1):
        for i, row in enumerate(member):
            powers = np.exp(row - max(row))
            mean[i] += (powers / powers.sum() - mean[i]) / count
    return mean


def early_stopping__asks_every_prefix(val_losses, patience):
    for stop in range(1, len(val_losses) + 1):
        recent, older = val_losses[max(stop - patience, 0):stop], val_losses[:max(stop - patience, 0)]
        if older and min(older) <= min(recent):
            break
    return stop, int(np.argmin(val_losses[:stop])) + 1


def early_stopping__a_counter_of_epochs_left(val_losses, patience):
    best, left = 0, patience
    for e in range(1, len(val_losses)):
        if val_losses[e] < val_losses[best]:
            best, left = e, patience
        else:
            left -= 1
        if left == 0:
            return [e + 1, best + 1]
    return [len(val_losses), best + 1]


def early_stopping__running_minimum(val_losses, patience):
    losses = np.asarray(val_losses)
    lows = np.minimum.accumulate(losses)
    is_new = np.r_[True, losses[1:] < lows[:-1]]
    latest = np.maximum.accumulate(np.where(is_new, np.arange(len(losses)), 0))
    waited = np.arange(len(losses)) - latest
    done = np.flatnonzero(waited >= patience)
    stop = done[0] if done.size else len(losses) - 1
    return int(stop) + 1, int(latest[stop]) + 1
