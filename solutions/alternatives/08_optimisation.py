"""Right answers that look nothing like ours and must pass in full."""
import math
import random

import numpy as np


def minibatches__sorts_by_random_keys(n, batch_size, seed):
    order = np.argsort(np.random.RandomState(seed).random_sample(n))
    return np.split(order, range(batch_size, n, batch_size))


def minibatches__python_s_own_shuffle(n, batch_size, seed):
    numbers = list(range(n))
    random.Random(seed).shuffle(numbers)
    batches = []
    while numbers:
        batches.append(numbers[:batch_size])
        numbers = numbers[batch_size:]
    return batches


def minibatches__draws_batch_after_batch(n, batch_size, seed):
    rng, left, batches = np.random.default_rng(seed), np.arange(n), []
    while left.size:
        batches.append(rng.choice(left, min(batch_size, left.size), replace=False))
        left = np.setdiff1d(left, batches[-1])
    return batches


def sgd_momentum_step__in_copies(w, v, g, lr, momentum, weight_decay=0.0):
    w, v = np.array(w), np.array(v)
    v *= momentum
    v += g
    v += weight_decay * w
    w -= lr * v
    return w, v


def sgd_momentum_step__the_velocity_with_its_rate_and_back(w, v, g, lr, momentum, weight_decay=0.0):
    moved = momentum * (-lr * v) - lr * (g + weight_decay * w)
    return w + moved, moved / -lr


def sgd_momentum_step__returns_a_list_of_arrays(w, v, g, lr, momentum, weight_decay=0.0):
    terms = np.stack([v, g, w], axis=-1) * np.array([momentum, 1, weight_decay], dtype=w.dtype)
    v = terms.sum(axis=-1)
    return [np.subtract(w, np.multiply(v, lr, dtype=w.dtype)), v]


def nesterov_step__as_a_correction_of_plain_momentum(gradient, w, v, lr, momentum):
    ahead = w - lr * (momentum * v)
    g = gradient(ahead)
    return ahead - lr * g, momentum * v + g


def nesterov_step__velocity_read_off_the_move(gradient, w, v, lr, momentum):
    carried = np.multiply(-lr * momentum, v)
    new_w = w + carried - lr * np.asarray(gradient(np.add(w, carried)))
    return new_w, (w - new_w) / lr


def nesterov_step__the_form_of_the_libraries_and_back(gradient, w, v, lr, momentum):
    u = w - lr * momentum * v
    g = gradient(u)
    v = momentum * v + g
    u = u - lr * (g + momentum * v)
    return u + lr * momentum * v, v


def adamw_step__means_by_their_change(w, m, s, g, t, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    m = m + (1 - betas[0]) * (g - m)
    s = s + (1 - betas[1]) * (g**2 - s)
    m_hat, s_hat = m / (1 - betas[0]**t), s / (1 - betas[1]**t)
    shrunk = w - lr * weight_decay * w
    return shrunk - lr * m_hat / (s_hat**0.5 + eps), m, s


def adamw_step__the_corrections_in_rate_and_eps(w, m, s, g, t, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    m = np.array(m) * betas[0]
    m = m + g * (1 - betas[0])
    s = np.array(s) * betas[1]
    s = s + np.square(g) * (1 - betas[1])
    root = math.sqrt(1 - betas[1]**t)
    rate = lr * root / (1 - betas[0]**t)
    return w * (1 - lr * weight_decay) - rate * m / (np.sqrt(s) + eps * root), m, s


def adamw_step__entry_by_entry(w, m, s, g, t, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    new = [np.empty_like(w) for _ in range(3)]
    for k in np.ndindex(np.shape(w)):
        mean = betas[0] * float(m[k]) + (1 - betas[0]) * float(g[k])
        square = betas[1] * float(s[k]) + (1 - betas[1]) * float(g[k])**2
        step = mean / (1 - betas[0]**t) / (math.sqrt(square / (1 - betas[1]**t)) + eps)
        for array, value in zip(new, (float(w[k]) - lr * (step + weight_decay * float(w[k])), mean, square), strict=True):
            array[k] = value
    return new


def cosine_schedule__a_squared_cosine(step, total, lr, warmup=0, lowest=0.0):
    if warmup and step + 1 <= warmup:
        return (step + 1) * (lr / warmup)
    share = math.cos(math.pi / 2 * min(step - warmup, total - warmup) / (total - warmup))**2
    return lr * share + lowest * (1 - share)


def cosine_schedule__the_whole_table_first(step, total, lr, warmup=0, lowest=0.0):
    up = [lr * k / warmup for k in range(1, warmup + 1)]
    angles = np.linspace(0, np.pi, total - warmup + 1)
    down = (lr + lowest) / 2 + (lr - lowest) / 2 * np.cos(angles)
    return [*up, *down][min(step, total)]


def largest_stable_rate__power_iteration(hessian, momentum=0.0):
    x = np.random.default_rng(0).standard_normal(len(hessian))
    for _ in range(1000):
        x = hessian @ x
        x = x / np.linalg.norm(x)
    return 2 * (1 + momentum) / (x @ hessian @ x)


def largest_stable_rate__a_norm(hessian, momentum=0.0):
    return (2 + 2 * momentum) / np.linalg.norm(hessian, 2)


def largest_stable_rate__squares_the_matrix_again_and_again(hessian, momentum=0.0):
    power, logarithm = np.array(hessian, dtype=float), 0.0
    for k in range(30):
        size = np.trace(power)
        logarithm += math.log(size) / 2**k
        power = power / size
        power = power @ power
    return 2 * (1 + momentum) / math.exp(logarithm)
