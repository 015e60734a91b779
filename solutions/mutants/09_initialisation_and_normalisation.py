"""Answers that students give and that must not pass: NAME_OF_EXERCISE__what_went_wrong."""
import numpy as np

IMAGES_AND_PIXELS = (0, 2, 3)


def normalised(x, axes, eps, ddof=0):
    """x with mean 0 and variance 1 over these axes."""
    return (x - x.mean(axis=axes, keepdims=True)) / np.sqrt(x.var(axis=axes, keepdims=True, ddof=ddof) + eps)


def scaled(x_hat, weight, bias):
    return x_hat * weight[:, None, None] + bias[:, None, None]


def new_statistics(x, running_mean, running_var, momentum, ddof=1):
    mean, var = x.mean(axis=IMAGES_AND_PIXELS), x.var(axis=IMAGES_AND_PIXELS, ddof=ddof)
    return (1 - momentum) * running_mean + momentum * mean, (1 - momentum) * running_var + momentum * var


def more_than_one(x):
    if x.size == x.shape[1]:
        raise ValueError("one value a channel")


def parts(grad_y, x, weight, eps):
    """h, x_hat, s of the short formula, and the gradients of weight and bias."""
    x_hat = normalised(x, IMAGES_AND_PIXELS, eps)
    s = 1 / np.sqrt(x.var(axis=IMAGES_AND_PIXELS, keepdims=True) + eps)
    return grad_y * weight[:, None, None], x_hat, s, (grad_y * x_hat).sum(axis=IMAGES_AND_PIXELS), grad_y.sum(axis=IMAGES_AND_PIXELS)


def mean(values):
    return values.mean(axis=IMAGES_AND_PIXELS, keepdims=True)


def fans(shape):
    taps = int(np.prod(shape[2:]))
    return shape[1] * taps, shape[0] * taps


def init_std__returns_the_variance(shape, kind):
    fan_in, fan_out = fans(shape)
    return 2 / (fan_in + fan_out) if kind == "xavier" else 2 / fan_in


def init_std__counts_channels_but_no_taps(shape, kind):
    return float(np.sqrt(2 / (shape[0] + shape[1]) if kind == "xavier" else 2 / shape[1]))


def init_std__xavier_over_two_halves_the_variance(shape, kind):
    fan_in, fan_out = fans(shape)
    return float(np.sqrt(2 / (fan_in + fan_out) if kind == "xavier" else 1 / (2 * fan_in)))


def init_std__he_for_the_way_back(shape, kind):
    fan_in, fan_out = fans(shape)
    return float(np.sqrt(2 / (fan_in + fan_out) if kind == "xavier" else 2 / fan_out))


def init_std__xavier_one_over_the_sum(shape, kind):
    fan_in, fan_out = fans(shape)
    return float(np.sqrt(1 / (fan_in + fan_out) if kind == "xavier" else 2 / fan_in))


def init_std__the_half_width_of_the_uniform(shape, kind):
    fan_in, fan_out = fans(shape)
    return float(np.sqrt(6 / (fan_in + fan_out) if kind == "xavier" else 6 / fan_in))


def init_std__taps_only_on_the_inputs(shape, kind):
    fan_in, _ = fans(shape)
    return float(np.sqrt(2 / (fan_in + shape[0]) if kind == "xavier" else 2 / fan_in))


def predicted_variances__a_relu_on_the_data(shapes, stds, mean_square=1.0):
    variances = []
    for shape, std in zip(shapes, stds, strict=True):
        mean_square = np.prod(shape[1:]) * std**2 * mean_square / 2
        variances.append(mean_square)
    return variances


def predicted_variances__forgets_the_relu(shapes, stds, mean_square=1.0):
    return np.cumprod([np.prod(shape[1:]) * std**2 for shape, std in zip(shapes, stds, strict=True)]) * mean_square


def predicted_variances__std_not_squared(shapes, stds, mean_square=1.0):
    factors = [np.prod(shape[1:]) * std for shape, std in zip(shapes, stds, strict=True)]
    return np.cumprod(factors) * mean_square / 2.0 ** np.arange(len(shapes))


def predicted_variances__counts_the_outputs(shapes, stds, mean_square=1.0):
    factors = [shape[0] * np.prod(shape[2:]) * std**2 for shape, std in zip(shapes, stds, strict=True)]
    return np.cumprod(factors) * mean_square / 2.0 ** np.arange(len(shapes))


def predicted_variances__every_layer_starts_afresh(shapes, stds, mean_square=1.0):
    return [np.prod(shape[1:]) * std**2 * mean_square / (2 if k else 1) for k, (shape, std) in enumerate(zip(shapes, stds, strict=True))]


def predicted_variances__what_the_relu_leaves(shapes, stds, mean_square=1.0):
    factors = [np.prod(shape[1:]) * std**2 for shape, std in zip(shapes, stds, strict=True)]
    return np.cumprod(factors) * mean_square / 2.0 ** np.arange(1, len(shapes) + 1)


def batch_norm_train__over_the_images_only(x, weight, bias, running_mean, running_var, momentum=0.1, eps=1e-5):
    more_than_one(x)
    return scaled(normalised(x, (0,), eps), weight, bias), *new_statistics(x, running_mean, running_var, momentum)


def batch_norm_train__each_image_by_itself(x, weight, bias, running_mean, running_var, momentum=0.1, eps=1e-5):
    more_than_one(x)
    return scaled(normalised(x, (2, 3), eps), weight, bias), *new_statistics(x, running_mean, running_var, momentum)


def batch_norm_train__normalises_with_the_unbiased_variance(x, weight, bias, running_mean, running_var, momentum=0.1, eps=1e-5):
    more_than_one(x)
    return scaled(normalised(x, IMAGES_AND_PIXELS, eps, ddof=1), weight, bias), *new_statistics(x, running_mean, running_var, momentum)


def batch_norm_train__keeps_the_biased_variance(x, weight, bias, running_mean, running_var, momentum=0.1, eps=1e-5):
    more_than_one(x)
    return scaled(normalised(x, IMAGES_AND_PIXELS, eps), weight, bias), *new_statistics(x, running_mean, running_var, momentum, ddof=0)


def batch_norm_train__momentum_is_the_share_of_the_old(x, weight, bias, running_mean, running_var, momentum=0.1, eps=1e-5):
    more_than_one(x)
    return scaled(normalised(x, IMAGES_AND_PIXELS, eps), weight, bias), *new_statistics(x, running_mean, running_var, 1 - momentum)


def batch_norm_train__overwrites_the_running_statistics(x, weight, bias, running_mean, running_var, momentum=0.1, eps=1e-5):
    more_than_one(x)
    running_mean[:], running_var[:] = new_statistics(x, running_mean, running_var, momentum)
    return scaled(normalised(x, IMAGES_AND_PIXELS, eps), weight, bias), running_mean, running_var


def batch_norm_train__eps_outside_the_root(x, weight, bias, running_mean, running_var, momentum=0.1, eps=1e-5):
    more_than_one(x)
    centred, std = x - mean(x), x.std(axis=IMAGES_AND_PIXELS, keepdims=True)
    y = centred / np.where(std + eps > 0, std + eps, 1)
    return scaled(y, weight, bias), *new_statistics(x, running_mean, running_var, momentum)


def batch_norm_train__normalises_with_the_running_statistics(x, weight, bias, running_mean, running_var, momentum=0.1, eps=1e-5):
    more_than_one(x)
    new_mean, new_var = new_statistics(x, running_mean, running_var, momentum)
    x_hat = (x - new_mean[:, None, None]) / np.sqrt(new_var[:, None, None] + eps)
    return scaled(x_hat, weight, bias), new_mean, new_var


def batch_norm_train__mean_square_minus_squared_mean(x, weight, bias, running_mean, running_var, momentum=0.1, eps=1e-5):
    more_than_one(x)
    var = np.maximum(mean(x**2) - mean(x) ** 2, 0)
    y = scaled((x - mean(x)) / np.sqrt(var + eps), weight, bias)
    return y, *new_statistics(x, running_mean, running_var, momentum)


def batch_norm_train__a_single_value_is_zero(x, weight, bias, running_mean, running_var, momentum=0.1, eps=1e-5):
    ddof = 1 if x.size > x.shape[1] else 0
    return scaled(normalised(x, IMAGES_AND_PIXELS, eps), weight, bias), *new_statistics(x, running_mean, running_var, momentum, ddof)


def batch_norm_backward__mean_and_variance_held_still(grad_y, x, weight, eps=1e-5):
    h, _, s, grad_weight, grad_bias = parts(grad_y, x, weight, eps)
    return s * h, grad_weight, grad_bias


def batch_norm_backward__variance_held_still(grad_y, x, weight, eps=1e-5):
    h, _, s, grad_weight, grad_bias = parts(grad_y, x, weight, eps)
    return s * (h - mean(h)), grad_weight, grad_bias


def batch_norm_backward__mean_held_still(grad_y, x, weight, eps=1e-5):
    h, x_hat, s, grad_weight, grad_bias = parts(grad_y, x, weight, eps)
    return s * (h - x_hat * mean(h * x_hat)), grad_weight, grad_bias


def batch_norm_backward__sums_in_place_of_means(grad_y, x, weight, eps=1e-5):
    h, x_hat, s, grad_weight, grad_bias = parts(grad_y, x, weight, eps)
    sums = [values.sum(axis=IMAGES_AND_PIXELS, keepdims=True) for values in (h, h * x_hat)]
    return s * (h - sums[0] - x_hat * sums[1]), grad_weight, grad_bias


def batch_norm_backward__divides_by_the_images(grad_y, x, weight, eps=1e-5):
    h, x_hat, s, grad_weight, grad_bias = parts(grad_y, x, weight, eps)
    sums = [values.sum(axis=IMAGES_AND_PIXELS, keepdims=True) / len(x) for values in (h, h * x_hat)]
    return s * (h - sums[0] - x_hat * sums[1]), grad_weight, grad_bias


def batch_norm_backward__forgets_the_weight(grad_y, x, weight, eps=1e-5):
    _, x_hat, s, grad_weight, grad_bias = parts(grad_y, x, weight, eps)
    return s * (grad_y - mean(grad_y) - x_hat * mean(grad_y * x_hat)), grad_weight, grad_bias


def batch_norm_backward__weight_hears_the_raw_values(grad_y, x, weight, eps=1e-5):
    h, x_hat, s, _, grad_bias = parts(grad_y, x, weight, eps)
    return s * (h - mean(h) - x_hat * mean(h * x_hat)), (grad_y * x).sum(axis=IMAGES_AND_PIXELS), grad_bias


def batch_norm_backward__the_small_weight_gradients_are_means(grad_y, x, weight, eps=1e-5):
    h, x_hat, s, grad_weight, grad_bias = parts(grad_y, x, weight, eps)
    m = x.size // x.shape[1]
    return s * (h - mean(h) - x_hat * mean(h * x_hat)), grad_weight / m, grad_bias / m


def in_groups(x, num_groups):
    n, c, h, w = x.shape
    return x.reshape(n, num_groups, c // num_groups, h, w)


def group_norm__deals_the_channels_out_like_cards(x, num_groups, weight, bias, eps=1e-5):
    n, c, h, w = x.shape
    dealt = normalised(x.reshape(n, c // num_groups, num_groups, h, w), (1, 3, 4), eps)
    return scaled(dealt.reshape(x.shape), weight, bias)


def group_norm__over_the_batch_as_well(x, num_groups, weight, bias, eps=1e-5):
    return scaled(normalised(in_groups(x, num_groups), (0, 2, 3, 4), eps).reshape(x.shape), weight, bias)


def group_norm__every_channel_by_itself(x, num_groups, weight, bias, eps=1e-5):
    return scaled(normalised(x, (2, 3), eps), weight, bias)


def group_norm__every_pixel_by_itself(x, num_groups, weight, bias, eps=1e-5):
    return scaled(normalised(in_groups(x, num_groups), (2,), eps).reshape(x.shape), weight, bias)


def group_norm__one_weight_for_a_group(x, num_groups, weight, bias, eps=1e-5):
    y = normalised(in_groups(x, num_groups), (2, 3, 4), eps)
    size = x.shape[1] // num_groups
    return (y * weight[::size, None, None, None] + bias[::size, None, None, None]).reshape(x.shape)


def group_norm__groups_across_the_images(x, num_groups, weight, bias, eps=1e-5):
    return scaled(normalised(x.reshape(num_groups, -1), (1,), eps).reshape(x.shape), weight, bias)


def group_norm__group_size_for_number_of_groups(x, num_groups, weight, bias, eps=1e-5):
    return scaled(normalised(in_groups(x, x.shape[1] // num_groups), (2, 3, 4), eps).reshape(x.shape), weight, bias)


def fold_batch_norm__forgets_eps(conv_weight, conv_bias, weight, bias, running_mean, running_var, eps=1e-5):
    scale = weight / np.sqrt(running_var)
    return conv_weight * scale[:, None, None, None], bias + scale * ((0 if conv_bias is None else conv_bias) - running_mean)


def fold_batch_norm__forgets_the_convolution_s_bias(conv_weight, conv_bias, weight, bias, running_mean, running_var, eps=1e-5):
    scale = weight / np.sqrt(running_var + eps)
    return conv_weight * scale[:, None, None, None], bias - scale * running_mean


def fold_batch_norm__adds_the_bias_unscaled(conv_weight, conv_bias, weight, bias, running_mean, running_var, eps=1e-5):
    scale = weight / np.sqrt(running_var + eps)
    return conv_weight * scale[:, None, None, None], bias + (0 if conv_bias is None else conv_bias) - scale * running_mean


def fold_batch_norm__needs_a_bias(conv_weight, conv_bias, weight, bias, running_mean, running_var, eps=1e-5):
    scale = weight / np.sqrt(running_var + eps)
    return conv_weight * scale[:, None, None, None], bias + scale * (conv_bias - running_mean)


def fold_batch_norm__divides_by_the_variance(conv_weight, conv_bias, weight, bias, running_mean, running_var, eps=1e-5):
    scale = weight / (running_var + eps)
    return conv_weight * scale[:, None, None, None], bias + scale * ((0 if conv_bias is None else conv_bias) - running_mean)


def fold_batch_norm__scales_the_last_axis(conv_weight, conv_bias, weight, bias, running_mean, running_var, eps=1e-5):
    scale = weight / np.sqrt(running_var + eps)
    wide = np.resize(scale, conv_weight.shape[-1])
    return conv_weight * wide, bias + scale * ((0 if conv_bias is None else conv_bias) - running_mean)


def fold_batch_norm__in_the_caller_s_filters(conv_weight, conv_bias, weight, bias, running_mean, running_var, eps=1e-5):
    scale = weight / np.sqrt(running_var + eps)
    conv_weight *= scale[:, None, None, None]
    return conv_weight, bias + scale * ((0 if conv_bias is None else conv_bias) - running_mean)


def fold_batch_norm__adds_eps_to_the_caller_s_variance(conv_weight, conv_bias, weight, bias, running_mean, running_var, eps=1e-5):
    running_var += eps
    scale = weight / np.sqrt(running_var)
    return conv_weight * scale[:, None, None, None], bias + scale * ((0 if conv_bias is None else conv_bias) - running_mean)


def fold_batch_norm__in_the_caller_s_biases(conv_weight, conv_bias, weight, bias, running_mean, running_var, eps=1e-5):
    scale = weight / np.sqrt(running_var + eps)
    bias += scale * ((0 if conv_bias is None else conv_bias) - running_mean)
    return conv_weight * scale[:, None, None, None], bias
