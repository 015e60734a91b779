"""Answers that students give and that must not pass: NAME_OF_EXERCISE__what_went_wrong."""
from itertools import product

import numpy as np


def scale_of(p):
    return 1 / (1 - p) if p < 1 else 0.0


def softmax(scores):
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


def dropout__divides_by_p(x, p, draws, training=True):
    return x * np.where(draws < p, 0, 1 / p if p else 1.0).astype(x.dtype) if training else x


def dropout__keeps_with_probability_p(x, p, draws, training=True):
    return x * np.where(draws < p, 1 / p if p else 0.0, 0).astype(x.dtype) if training else x


def dropout__does_not_scale(x, p, draws, training=True):
    return x * (draws >= p).astype(x.dtype) if training else x


def dropout__scales_in_use_as_well(x, p, draws, training=True):
    return x * np.where(draws < p, 0, scale_of(p)).astype(x.dtype) if training else x * (1 - p)


def dropout__drops_in_use_as_well(x, p, draws, training=True):
    return x * np.where(draws < p, 0, scale_of(p)).astype(x.dtype)


def dropout__one_mask_for_the_whole_batch(x, p, draws, training=True):
    if draws.ndim > 1 and len(draws):
        draws = np.broadcast_to(draws[:1], draws.shape)
    return x * np.where(draws < p, 0, scale_of(p)).astype(x.dtype) if training else x


def dropout__divides_by_zero_at_p_one(x, p, draws, training=True):
    with np.errstate(all="ignore"):
        return (x * (draws >= p) / np.float64(1 - p)).astype(x.dtype) if training else x


def dropout__a_draw_equal_to_p_drops(x, p, draws, training=True):
    return x * np.where(draws <= p, 0, scale_of(p)).astype(x.dtype) if training else x


def dropout__forgets_the_dtype(x, p, draws, training=True):
    return x * np.where(draws < p, 0, np.float64(scale_of(p))) if training else x


def dropout__writes_zeros_into_x(x, p, draws, training=True):
    if training:
        x[draws < p] = 0
        return x * x.dtype.type(scale_of(p))
    return x


def dropout__draws_for_itself(x, p, draws, training=True):
    own = np.random.default_rng().random(np.shape(x))
    return x * np.where(own < p, 0, scale_of(p)).astype(x.dtype) if training else x


def dropout_backward__lets_all_pass(grad_y, p, draws, training=True):
    return np.array(grad_y)


def dropout_backward__forgets_the_scale(grad_y, p, draws, training=True):
    return grad_y * (draws >= p).astype(grad_y.dtype) if training else grad_y


def dropout_backward__scales_and_forgets_the_mask(grad_y, p, draws, training=True):
    return grad_y * grad_y.dtype.type(scale_of(p)) if training else grad_y


def dropout_backward__undoes_the_scale(grad_y, p, draws, training=True):
    return grad_y * np.where(draws < p, 0, 1 - p).astype(grad_y.dtype) if training else grad_y


def dropout_backward__divides_by_p(grad_y, p, draws, training=True):
    return grad_y * np.where(draws < p, 0, 1 / p if p else 1.0).astype(grad_y.dtype) if training else grad_y


def dropout_backward__sends_the_dropped_ones(grad_y, p, draws, training=True):
    return grad_y * np.where(draws < p, scale_of(p), 0).astype(grad_y.dtype) if training else grad_y


def dropout_backward__masks_in_use_as_well(grad_y, p, draws, training=True):
    return grad_y * np.where(draws < p, 0, scale_of(p)).astype(grad_y.dtype)


def dropout_backward__divides_by_zero_at_p_one(grad_y, p, draws, training=True):
    with np.errstate(all="ignore"):
        return (grad_y * (draws >= p) / np.float64(1 - p)).astype(grad_y.dtype) if training else grad_y


def dropout_backward__in_place(grad_y, p, draws, training=True):
    if training and np.ndim(grad_y):
        grad_y *= np.where(draws < p, 0, scale_of(p)).astype(grad_y.dtype)
        return grad_y
    return grad_y * np.where(draws < p, 0, scale_of(p)) if training else grad_y


def maps(draws, p, dtype):
    return np.where(draws < p, 0, scale_of(p)).astype(dtype)


def spatial_dropout__pixel_by_pixel(x, p, draws):
    own = np.random.default_rng(int(1e6 * draws.sum())).random(x.shape)
    return x * maps(own, p, x.dtype)


def spatial_dropout__the_same_channels_for_every_image(x, p, draws):
    return x * maps(draws[:1], p, x.dtype)[:, :, None, None]


def spatial_dropout__whole_images(x, p, draws):
    return x * maps(draws[:, :1], p, x.dtype)[:, :, None, None]


def spatial_dropout__broadcasts_along_the_width(x, p, draws):
    return x * maps(draws, p, x.dtype)[..., :x.shape[2], None, None].reshape(x.shape[0], 1, -1, 1)


def spatial_dropout__mixes_up_images_and_channels(x, p, draws):
    return x * maps(draws, p, x.dtype).T.reshape(x.shape[0], x.shape[1], 1, 1)


def spatial_dropout__does_not_scale(x, p, draws):
    return x * (draws >= p).astype(x.dtype)[:, :, None, None]


def spatial_dropout__divides_by_p(x, p, draws):
    return x * np.where(draws < p, 0, 1 / p if p else 1.0).astype(x.dtype)[:, :, None, None]


def spatial_dropout__scales_by_how_many_were_kept(x, p, draws):
    kept = (draws >= p).astype(x.dtype)
    return x * (kept / np.maximum(kept.mean(axis=1, keepdims=True), 1e-9)).astype(x.dtype)[:, :, None, None]


def spatial_dropout__a_guard_against_division_by_zero_that_bites_early(x, p, draws):
    kept = x * (draws >= p).astype(x.dtype)[:, :, None, None]
    return kept / x.dtype.type(1 - p) if p < 0.99 else kept


def spatial_dropout__zeroes_the_maps_of_x(x, p, draws):
    x[draws < p] = 0
    return x * x.dtype.type(scale_of(p))


def nets(h, weight, bias, p, scale=None):
    scale = 1 / (1 - p) if scale is None else scale
    masks = np.array(list(product((0, 1), repeat=h.shape[1])))
    likely = (1 - p)**masks.sum(axis=1) * p**(h.shape[1] - masks.sum(axis=1))
    return masks, likely, (masks[:, None, :] * h * scale) @ weight.T + bias


def mean_over_all_masks__counts_every_net_alike(h, weight, bias, p):
    return softmax(nets(h, weight, bias, p)[2]).mean(axis=0)


def mean_over_all_masks__takes_the_mean_of_the_scores(h, weight, bias, p):
    _, likely, scores = nets(h, weight, bias, p)
    return softmax(np.tensordot(likely, scores, axes=1))


def mean_over_all_masks__does_not_scale(h, weight, bias, p):
    _, likely, scores = nets(h, weight, bias, p, 1.0)
    return np.tensordot(likely, softmax(scores), axes=1)


def mean_over_all_masks__keeps_with_probability_p(h, weight, bias, p):
    _, likely, scores = nets(h, weight, bias, 1 - p, 1 / p if p else 1.0)
    return np.tensordot(likely, softmax(scores), axes=1)


def mean_over_all_masks__leaves_out_the_empty_net(h, weight, bias, p):
    _, likely, scores = nets(h, weight, bias, p)
    return np.tensordot(likely[1:] / likely[1:].sum(), softmax(scores[1:]), axes=1)


def mean_over_all_masks__drops_one_unit_at_a_time(h, weight, bias, p):
    masks, likely, scores = nets(h, weight, bias, p)
    few = masks.sum(axis=1) >= h.shape[1] - 1
    return np.tensordot(likely[few] / likely[few].sum(), softmax(scores[few]), axes=1)


def mean_over_all_masks__overflows(h, weight, bias, p):
    _, likely, scores = nets(h, weight, bias, p)
    with np.errstate(all="ignore"):
        return np.tensordot(likely, np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True), axes=1)


def mean_over_all_masks__one_maximum_for_all_images(h, weight, bias, p):
    _, likely, scores = nets(h, weight, bias, p)
    with np.errstate(all="ignore"):
        grown = np.exp(scores - scores.max(axis=(1, 2), keepdims=True))
        return np.tensordot(likely, grown / grown.sum(axis=-1, keepdims=True), axes=1)


def mean_over_all_masks__asks_a_few_random_nets(h, weight, bias, p):
    rng = np.random.default_rng(0)
    return np.mean([softmax((h * (rng.random(h.shape) >= p) / (1 - p)) @ weight.T + bias) for _ in range(300)], axis=0)


def mean_over_all_masks__drops_the_bias_too(h, weight, bias, p):
    masks, likely, scores = nets(h, weight, bias, p)
    scores = scores - bias * (masks.sum(axis=1) == 0)[:, None, None]
    return np.tensordot(likely, softmax(scores), axes=1)


def geometric_mean_prediction__is_not_normalised(probabilities, weights):
    with np.errstate(all="ignore"):
        return np.exp(np.tensordot(weights, np.log(probabilities), axes=1))


def geometric_mean_prediction__the_arithmetic_mean(probabilities, weights):
    return np.tensordot(weights, probabilities, axes=1)


def geometric_mean_prediction__forgets_the_weights(probabilities, weights):
    with np.errstate(all="ignore"):
        mean = np.exp(np.log(probabilities).mean(axis=0))
    return mean / mean.sum(axis=1, keepdims=True)


def geometric_mean_prediction__multiplies_without_a_root(probabilities, weights):
    mean = np.prod(probabilities, axis=0)
    with np.errstate(all="ignore"):
        return mean / mean.sum(axis=1, keepdims=True)


def geometric_mean_prediction__the_product_underflows(probabilities, weights):
    with np.errstate(all="ignore"):
        ratio = weights / weights.min()
        mean = np.prod(probabilities**ratio[:, None, None], axis=0)**weights.min()
        return mean / mean.sum(axis=1, keepdims=True)


def geometric_mean_prediction__adds_a_little_to_every_probability(probabilities, weights):
    mean = np.exp(np.tensordot(weights, np.log(probabilities + 1e-4), axes=1))
    return mean / mean.sum(axis=1, keepdims=True)


def geometric_mean_prediction__normalises_over_the_images(probabilities, weights):
    with np.errstate(all="ignore"):
        mean = np.exp(np.tensordot(weights, np.log(probabilities), axes=1))
    return mean / mean.sum(axis=0, keepdims=True)


def geometric_mean_prediction__one_sum_for_all(probabilities, weights):
    with np.errstate(all="ignore"):
        mean = np.exp(np.tensordot(weights, np.log(probabilities), axes=1))
    return mean / mean.sum()


def net(x, weight1, bias1, weight2, bias2, first, second):
    return second * np.maximum(0, first * x @ weight1.T + bias1) @ weight2.T + bias2


def predict_without_dropout__multiplies_by_p(x, weight1, bias1, weight2, bias2, p_input, p_hidden):
    return net(x, weight1, bias1, weight2, bias2, p_input, p_hidden)


def predict_without_dropout__does_nothing(x, weight1, bias1, weight2, bias2, p_input, p_hidden):
    return net(x, weight1, bias1, weight2, bias2, 1, 1)


def predict_without_dropout__divides(x, weight1, bias1, weight2, bias2, p_input, p_hidden):
    return net(x, weight1, bias1, weight2, bias2, scale_of(p_input), scale_of(p_hidden))


def predict_without_dropout__scales_the_biases_too(x, weight1, bias1, weight2, bias2, p_input, p_hidden):
    hidden = np.maximum(0, (1 - p_input) * (x @ weight1.T + bias1))
    return (1 - p_hidden) * (hidden @ weight2.T + bias2)


def predict_without_dropout__forgets_the_inputs(x, weight1, bias1, weight2, bias2, p_input, p_hidden):
    return net(x, weight1, bias1, weight2, bias2, 1, 1 - p_hidden)


def predict_without_dropout__mixes_up_the_two(x, weight1, bias1, weight2, bias2, p_input, p_hidden):
    return net(x, weight1, bias1, weight2, bias2, 1 - p_hidden, 1 - p_input)


def predict_without_dropout__forgets_the_relu(x, weight1, bias1, weight2, bias2, p_input, p_hidden):
    return (1 - p_hidden) * ((1 - p_input) * x @ weight1.T + bias1) @ weight2.T + bias2


def predict_without_dropout__scales_the_weights_of_the_caller(x, weight1, bias1, weight2, bias2, p_input, p_hidden):
    weight1 *= 1 - p_input
    weight2 *= 1 - p_hidden
    return net(x, weight1, bias1, weight2, bias2, 1, 1)
