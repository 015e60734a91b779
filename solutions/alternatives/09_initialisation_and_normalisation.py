"""Right answers that look nothing like ours and must pass in full."""
import math
import statistics

import numpy as np


def init_std__products_of_sizes(shape, kind):
    one_filter = math.prod(shape[1:])
    both = one_filter + math.prod(shape) // shape[1]
    return {"xavier": (both / 2) ** -0.5, "he": (one_filter / 2) ** -0.5}[kind]


def init_std__numpy_scalars(shape, kind):
    sizes = np.array(shape, dtype=float)
    fan_in, fan_out = sizes[1:].prod(), sizes[0] * sizes[2:].prod()
    return np.sqrt(2.0 / np.where(kind == "he", fan_in, fan_in + fan_out))


def predicted_variances__running_product(shapes, stds, mean_square=1.0):
    gains = [math.prod(shape) / shape[0] * std * std / 2 for shape, std in zip(shapes, stds, strict=True)]
    return 2 * mean_square * np.cumprod(gains)


def predicted_variances__sums_of_logarithms(shapes, stds, mean_square=1.0):
    logarithms, so_far = [], math.log(mean_square)
    for shape, std in zip(shapes, stds, strict=True):
        so_far += math.log(math.prod(shape[1:])) + 2 * math.log(std)
        logarithms.append(so_far)
        so_far -= math.log(2)
    return tuple(map(math.exp, logarithms))


def predicted_variances__from_layer_to_layer(shapes, stds, mean_square=1.0):
    if not shapes:
        return []
    first = math.prod(shapes[0][1:]) * stds[0] ** 2 * mean_square
    return [first, *predicted_variances__from_layer_to_layer(shapes[1:], stds[1:], first / 2)]


def batch_norm_train__one_row_a_channel(x, weight, bias, running_mean, running_var, momentum=0.1, eps=1e-5):
    n, c, h, w = x.shape
    if n * h * w == 1:
        raise ValueError("more than one value is needed")
    rows = x.transpose(1, 0, 2, 3).reshape(c, -1)
    y = (rows - rows.mean(1, keepdims=True)) * (weight / np.sqrt(rows.var(1) + eps))[:, None] + bias[:, None]
    new_mean = running_mean + momentum * (rows.mean(1) - running_mean)
    new_var = running_var + momentum * (rows.var(1, ddof=1) - running_var)
    return [y.reshape(c, n, h, w).transpose(1, 0, 2, 3), new_mean, new_var]


def batch_norm_train__channel_after_channel(x, weight, bias, running_mean, running_var, momentum=0.1, eps=1e-5):
    y, new_mean, new_var = np.zeros_like(x), np.zeros_like(running_mean), np.zeros_like(running_var)
    for k in range(x.shape[1]):
        values = x[:, k].astype(np.float64)
        squares = statistics.variance(values.ravel().tolist()) if values.size > 1 else None
        if squares is None:
            raise ValueError("a single value")
        average = statistics.fmean(values.ravel().tolist())
        y[:, k] = (values - average) / math.sqrt(squares * (values.size - 1) / values.size + eps) * weight[k] + bias[k]
        new_mean[k] = momentum * average + (1 - momentum) * running_mean[k]
        new_var[k] = momentum * squares + (1 - momentum) * running_var[k]
    return y, new_mean, new_var


def batch_norm_train__a_line_for_each_channel(x, weight, bias, running_mean, running_var, momentum=0.1, eps=1e-5):
    m = x.size / x.shape[1]
    if m <= 1:
        raise ValueError(f"{m} values a channel")
    wide = x.astype(np.float64)
    mean = np.einsum("nchw->c", wide) / m
    centred = wide - mean.reshape(1, -1, 1, 1)
    var = np.einsum("nchw,nchw->c", centred, centred) / m
    y = np.einsum("nchw,c->nchw", centred, weight * (var + eps) ** -0.5) + bias.reshape(1, -1, 1, 1)
    new = (1 - momentum) * running_mean + momentum * mean, (1 - momentum) * running_var + momentum * var * (m / (m - 1))
    return tuple(a.astype(x.dtype) for a in (y, *new))


def batch_norm_backward__the_long_way_through_mean_and_variance(grad_y, x, weight, eps=1e-5):
    axes, m = (0, 2, 3), x.size // x.shape[1]
    centred = x - x.mean(axes, keepdims=True)
    var = (centred * centred).mean(axes, keepdims=True)
    grad_hat = grad_y * weight[None, :, None, None]
    grad_var = (grad_hat * centred * -0.5 * (var + eps) ** -1.5).sum(axes, keepdims=True)
    grad_mean = (-grad_hat / np.sqrt(var + eps)).sum(axes, keepdims=True) - 2 * grad_var * centred.mean(axes, keepdims=True)
    grad_x = grad_hat / np.sqrt(var + eps) + 2 * grad_var * centred / m + grad_mean / m
    return grad_x, (grad_y * centred / np.sqrt(var + eps)).sum(axes), grad_y.sum(axes)


def batch_norm_backward__the_whole_jacobian(grad_y, x, weight, eps=1e-5):
    n, c, h, w = x.shape
    grad_x, grad_weight, grad_bias = np.zeros_like(x), np.zeros_like(weight), np.zeros_like(weight)
    for k in range(c):
        values, g = x[:, k].ravel(), grad_y[:, k].ravel()
        m, s = values.size, (values.var() + eps) ** -0.5
        x_hat = (values - values.mean()) * s
        jacobian = s * (np.eye(m) - 1 / m - np.outer(x_hat, x_hat) / m)
        grad_x[:, k] = (weight[k] * (jacobian @ g)).reshape(n, h, w)
        grad_weight[k], grad_bias[k] = x_hat @ g, g.sum()
    return grad_x, grad_weight, grad_bias


def batch_norm_backward__centres_the_gradient_first(grad_y, x, weight, eps=1e-5):
    rows, grads = (a.swapaxes(0, 1).reshape(a.shape[1], -1) for a in (x, grad_y))
    rows, centred_grads = rows - rows.mean(1)[:, None], grads - grads.mean(1)[:, None]
    energy = np.vecdot(rows, rows) / rows.shape[1] + eps
    shadow = np.vecdot(centred_grads, rows) / rows.shape[1] / energy
    grad_rows = (centred_grads - shadow[:, None] * rows) * (weight / np.sqrt(energy))[:, None]
    n, c, h, w = x.shape
    return grad_rows.reshape(c, n, h, w).swapaxes(0, 1), np.vecdot(grads, rows) / np.sqrt(energy), grads.sum(1)


def group_norm__slices_of_every_image(x, num_groups, weight, bias, eps=1e-5):
    y = np.empty_like(x)
    for image, out in zip(x, y, strict=True):
        for part, place in zip(np.split(image, num_groups), np.split(out, num_groups), strict=True):
            place[...] = (part - part.mean()) / np.sqrt(part.var() + eps)
    return y * weight.reshape(1, -1, 1, 1) + bias.reshape(1, -1, 1, 1)


def group_norm__a_matrix_that_averages_channels(x, num_groups, weight, bias, eps=1e-5):
    size = x.shape[1] // num_groups
    average = np.kron(np.eye(num_groups), np.full((size, size), 1 / size)).astype(x.dtype)
    mean = np.einsum("cd,nd->nc", average, x.mean((2, 3)))[:, :, None, None]
    var = np.einsum("cd,nd->nc", average, ((x - mean) ** 2).mean((2, 3)))[:, :, None, None]
    return (x - mean) / np.sqrt(var + eps) * weight[:, None, None] + bias[:, None, None]


def fold_batch_norm__filter_after_filter(conv_weight, conv_bias, weight, bias, running_mean, running_var, eps=1e-5):
    filters, biases = [], []
    for k in range(len(conv_weight)):
        std = (running_var[k] + eps) ** 0.5
        filters.append(conv_weight[k] * (weight[k] / std))
        before = running_mean[k] - (conv_bias[k] if conv_bias is not None else 0)
        biases.append(bias[k] - before * weight[k] / std)
    return np.stack(filters), np.array(biases, dtype=conv_weight.dtype)


def fold_batch_norm__a_diagonal_matrix(conv_weight, conv_bias, weight, bias, running_mean, running_var, eps=1e-5):
    if conv_bias is None:
        conv_bias = np.zeros_like(running_mean)
    diagonal = np.diag(weight / np.sqrt(running_var + eps)).astype(conv_weight.dtype)
    flat = np.column_stack([conv_weight.reshape(len(conv_weight), -1), conv_bias - running_mean])
    folded = diagonal @ flat
    return folded[:, :-1].reshape(conv_weight.shape), folded[:, -1] + bias
