"""Answers that students give and that must not pass: NAME_OF_EXERCISE__what_went_wrong."""
import numpy as np


def deal(order, batch_size):
    return [order[start:start + batch_size] for start in range(0, len(order), batch_size)]


def minibatches__drops_what_is_left_over(n, batch_size, seed):
    order = np.random.default_rng(seed).permutation(n)
    return [order[k * batch_size:(k + 1) * batch_size] for k in range(n // batch_size)]


def minibatches__draws_with_replacement(n, batch_size, seed):
    return deal(np.random.default_rng(seed).integers(0, n, n), batch_size)


def minibatches__shuffles_the_batches_and_not_the_images(n, batch_size, seed):
    batches = deal(np.arange(n), batch_size)
    full = len(batches) - 1 if n % batch_size else len(batches)
    return [batches[k] for k in np.random.default_rng(seed).permutation(full)] + batches[full:]


def minibatches__shuffles_only_within_each_batch(n, batch_size, seed):
    rng = np.random.default_rng(seed)
    return [rng.permutation(batch) for batch in deal(np.arange(n), batch_size)]


def minibatches__forgets_the_seed(n, batch_size, seed):
    return deal(np.random.default_rng().permutation(n), batch_size)


def minibatches__the_same_order_for_every_seed(n, batch_size, seed):
    return deal(np.random.default_rng(0).permutation(n), batch_size)


def minibatches__counts_images_from_one(n, batch_size, seed):
    return deal(1 + np.random.default_rng(seed).permutation(n), batch_size)


def minibatches__an_empty_batch_at_the_end(n, batch_size, seed):
    order = np.random.default_rng(seed).permutation(n)
    return [order[k * batch_size:(k + 1) * batch_size] for k in range(n // batch_size + 1)]


def minibatches__indices_that_are_floats(n, batch_size, seed):
    return deal(np.random.default_rng(seed).permutation(n) * 1.0, batch_size)


def minibatches__always_leaves_the_same_images_over(n, batch_size, seed):
    full = n - n % batch_size
    return deal(np.append(np.random.default_rng(seed).permutation(full), np.arange(full, n)).astype(int), batch_size)


def sgd_momentum_step__takes_a_running_mean(w, v, g, lr, momentum, weight_decay=0.0):
    v = momentum * v + (1 - momentum) * (g + weight_decay * w)
    return w - lr * v, v


def sgd_momentum_step__the_velocity_holds_the_rate(w, v, g, lr, momentum, weight_decay=0.0):
    v = momentum * v - lr * (g + weight_decay * w)
    return w + v, v


def sgd_momentum_step__moves_with_the_old_velocity(w, v, g, lr, momentum, weight_decay=0.0):
    return w - lr * v, momentum * v + g + weight_decay * w


def sgd_momentum_step__decay_beside_the_velocity(w, v, g, lr, momentum, weight_decay=0.0):
    v = momentum * v + g
    return w - lr * (v + weight_decay * w), v


def sgd_momentum_step__forgets_the_decay(w, v, g, lr, momentum, weight_decay=0.0):
    v = momentum * v + g
    return w - lr * v, v


def sgd_momentum_step__multiplies_in_place(w, v, g, lr, momentum, weight_decay=0.0):
    new_w = w.copy()
    if v.ndim == 0:
        v = momentum * v + g + weight_decay * w
    else:
        v *= momentum
        v += g + weight_decay * w
    return new_w - lr * v, v


def sgd_momentum_step__adds_the_decay_to_the_gradient_in_place(w, v, g, lr, momentum, weight_decay=0.0):
    g += weight_decay * w
    v = momentum * v + g
    return w - lr * v, v


def nesterov_step__asks_where_it_stands(gradient, w, v, lr, momentum):
    v = momentum * v + gradient(w)
    return w - lr * v, v


def nesterov_step__looks_a_whole_velocity_ahead(gradient, w, v, lr, momentum):
    v = momentum * v + gradient(w - lr * v)
    return w - lr * v, v


def nesterov_step__forgets_the_rate_when_it_looks(gradient, w, v, lr, momentum):
    v = momentum * v + gradient(w - momentum * v)
    return w - lr * v, v


def nesterov_step__starts_from_where_it_looked(gradient, w, v, lr, momentum):
    ahead = w - lr * momentum * v
    v = momentum * v + gradient(ahead)
    return ahead - lr * v, v


def nesterov_step__the_form_of_the_libraries(gradient, w, v, lr, momentum):
    g = gradient(w)
    v = momentum * v + g
    return w - lr * (g + momentum * v), v


def nesterov_step__walks_there_in_the_caller_s_array(gradient, w, v, lr, momentum):
    w -= lr * momentum * v
    g = gradient(w)
    return w - lr * g, momentum * v + g


def means(m, s, g, betas):
    return betas[0] * m + (1 - betas[0]) * g, betas[1] * s + (1 - betas[1]) * g * g


def adamw_step__no_bias_correction(w, m, s, g, t, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    m, s = means(m, s, g, betas)
    return (1 - lr * weight_decay) * w - lr * m / (np.sqrt(s) + eps), m, s


def adamw_step__counts_steps_from_zero(w, m, s, g, t, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    m, s = means(m, s, g, betas)
    with np.errstate(all="ignore"):
        direction = m / np.float64(1 - betas[0]**(t - 1)) / (np.sqrt(s / np.float64(1 - betas[1]**(t - 1))) + eps)
    return (1 - lr * weight_decay) * w - lr * direction, m, s


def adamw_step__eps_inside_the_root(w, m, s, g, t, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    m, s = means(m, s, g, betas)
    direction = m / (1 - betas[0]**t) / np.sqrt(s / (1 - betas[1]**t) + eps)
    return (1 - lr * weight_decay) * w - lr * direction, m, s


def adamw_step__eps_before_the_correction(w, m, s, g, t, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    m, s = means(m, s, g, betas)
    rate = lr * np.sqrt(1 - betas[1]**t) / (1 - betas[0]**t)
    return (1 - lr * weight_decay) * w - rate * m / (np.sqrt(s) + eps), m, s


def adamw_step__decay_in_the_gradient(w, m, s, g, t, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    m, s = means(m, s, g + weight_decay * w, betas)
    return w - lr * m / (1 - betas[0]**t) / (np.sqrt(s / (1 - betas[1]**t)) + eps), m, s


def adamw_step__decay_without_the_rate(w, m, s, g, t, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    m, s = means(m, s, g, betas)
    direction = m / (1 - betas[0]**t) / (np.sqrt(s / (1 - betas[1]**t)) + eps)
    return (1 - weight_decay) * w - lr * direction, m, s


def adamw_step__returns_the_corrected_means(w, m, s, g, t, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    m, s = means(m, s, g, betas)
    m, s = m / (1 - betas[0]**t), s / (1 - betas[1]**t)
    return (1 - lr * weight_decay) * w - lr * m / (np.sqrt(s) + eps), m, s


def adamw_step__updates_the_means_in_place(w, m, s, g, t, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    m = np.multiply(m, betas[0], out=m)
    m += (1 - betas[0]) * g
    s = np.multiply(s, betas[1], out=s)
    s += (1 - betas[1]) * g * g
    direction = m / (1 - betas[0]**t) / (np.sqrt(s / (1 - betas[1]**t)) + eps)
    return (1 - lr * weight_decay) * w - lr * direction, m, s


def half_cosine(done, lr, lowest):
    return lowest + (lr - lowest) * (1 + np.cos(np.pi * done)) / 2


def cosine_schedule__the_warm_up_starts_at_nothing(step, total, lr, warmup=0, lowest=0.0):
    return lr * step / warmup if step < warmup else half_cosine(min(1, (step - warmup) / (total - warmup)), lr, lowest)


def cosine_schedule__the_cosine_counts_the_warm_up_too(step, total, lr, warmup=0, lowest=0.0):
    return lr * (step + 1) / warmup if step < warmup else half_cosine(min(1, step / total), lr, lowest)


def cosine_schedule__rises_again_after_the_end(step, total, lr, warmup=0, lowest=0.0):
    return lr * (step + 1) / warmup if step < warmup else half_cosine((step - warmup) / (total - warmup), lr, lowest)


def cosine_schedule__is_cut_off_at_the_lowest(step, total, lr, warmup=0, lowest=0.0):
    if step < warmup:
        return lr * (step + 1) / warmup
    return max(lowest, half_cosine(min(1, (step - warmup) / (total - warmup)), lr, 0.0))


def cosine_schedule__the_cosine_falls_below_zero(step, total, lr, warmup=0, lowest=0.0):
    if step < warmup:
        return lr * (step + 1) / warmup
    return lowest + (lr - lowest) * np.cos(np.pi * min(1, (step - warmup) / (total - warmup)))


def cosine_schedule__ends_one_step_early(step, total, lr, warmup=0, lowest=0.0):
    return lr * (step + 1) / warmup if step < warmup else half_cosine(min(1, (step - warmup) / max(1, total - 1 - warmup)), lr, lowest)


def cosine_schedule__the_warm_up_climbs_from_the_lowest(step, total, lr, warmup=0, lowest=0.0):
    if step < warmup:
        return lowest + (lr - lowest) * (step + 1) / warmup
    return half_cosine(min(1, (step - warmup) / (total - warmup)), lr, lowest)


def largest_stable_rate__looks_at_the_diagonal(hessian, momentum=0.0):
    return 2 * (1 + momentum) / float(np.max(np.diag(hessian)))


def largest_stable_rate__one_over_the_curvature(hessian, momentum=0.0):
    return (1 + momentum) / float(np.linalg.eigvalsh(hessian)[-1])


def largest_stable_rate__forgets_the_momentum(hessian, momentum=0.0):
    return 2 / float(np.linalg.eigvalsh(hessian)[-1])


def largest_stable_rate__as_if_momentum_made_steps_longer(hessian, momentum=0.0):
    return 2 * (1 - momentum) / float(np.linalg.eigvalsh(hessian)[-1])


def largest_stable_rate__the_best_rate_instead(hessian, momentum=0.0):
    curvatures = np.linalg.eigvalsh(hessian)
    return 2 * (1 + momentum) / float(curvatures[-1] + curvatures[0])


def largest_stable_rate__starts_the_power_iteration_at_ones(hessian, momentum=0.0):
    x = np.ones(len(hessian))
    for _ in range(500):
        x = hessian @ x
        x /= np.linalg.norm(x)
    return 2 * (1 + momentum) / float(x @ hessian @ x)


def largest_stable_rate__bounds_it_by_the_row_sums(hessian, momentum=0.0):
    return 2 * (1 + momentum) / float(np.max(np.sum(np.abs(hessian), axis=1)))
