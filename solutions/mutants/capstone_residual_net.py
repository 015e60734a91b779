"""Wrong answers that students give. Each must lose its own exercise's points, and no others but those that build on it."""
# ruff: noqa: F821
import numpy as np

AXES = (0, 2, 3)


def framed(x, padding):
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))


def slide(x, weight, stride, padding):
    size = weight.shape[2]
    windows = np.lib.stride_tricks.sliding_window_view(framed(x, padding), (size, size), axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("ncijkl,fckl->nfij", windows, weight)


def conv2d__flips_the_filter(x, weight, stride=1, padding=0):
    return slide(x, weight[:, :, ::-1, ::-1], stride, padding)


def conv2d__pads_to_keep_the_size_whatever_is_asked(x, weight, stride=1, padding=0):
    return slide(x, weight, stride, weight.shape[2] // 2)


def conv2d__ignores_the_stride(x, weight, stride=1, padding=0):
    return slide(x, weight, 1, padding)


def conv2d__comes_back_in_float64(x, weight, stride=1, padding=0):
    return slide(x.astype(np.float64), weight, stride, padding)


def both_gradients(grad_y, x, weight, stride, padding, add=True):
    """Right, if `add`; and nothing cut off yet."""
    big, (oh, ow), size = framed(x, padding), grad_y.shape[2:], weight.shape[2]
    grad_big, grad_weight = np.zeros_like(big), np.zeros_like(weight)
    for k, l in np.ndindex(size, size):
        at = (slice(None), slice(None), slice(k, k + stride * (oh - 1) + 1, stride), slice(l, l + stride * (ow - 1) + 1, stride))
        sent = np.einsum("nfij,fc->ncij", grad_y, weight[:, :, k, l])
        grad_big[at] = grad_big[at] * add + sent
        grad_weight[:, :, k, l] = np.einsum("nfij,ncij->fc", grad_y, big[at])
    return grad_big, grad_weight


def inner(grad_big, x, padding):
    return grad_big[:, :, padding:padding + x.shape[2], padding:padding + x.shape[3]]


def conv2d_backward__puts_in_place_of_adding(grad_y, x, weight, stride=1, padding=0):
    grad_big, grad_weight = both_gradients(grad_y, x, weight, stride, padding, add=False)
    return inner(grad_big, x, padding), grad_weight


def conv2d_backward__the_crop_is_empty_without_padding(grad_y, x, weight, stride=1, padding=0):
    grad_big, grad_weight = both_gradients(grad_y, x, weight, stride, padding)
    return grad_big[:, :, padding:-padding, padding:-padding], grad_weight


def conv2d_backward__forgets_what_the_stride_left_over(grad_y, x, weight, stride=1, padding=0):
    grad_big, grad_weight = both_gradients(grad_y, x, weight, stride, padding)
    covered = [stride * (places - 1) + weight.shape[2] - 2 * padding for places in grad_y.shape[2:]]
    return inner(grad_big, x, padding)[:, :, :covered[0], :covered[1]], grad_weight


def conv2d_backward__filter_hears_of_the_last_image_only(grad_y, x, weight, stride=1, padding=0):
    grad_big, _ = both_gradients(grad_y, x, weight, stride, padding)
    return inner(grad_big, x, padding), both_gradients(grad_y[-1:], x[-1:], weight, stride, padding)[1]


def statistics(x, norm, momentum, ddof=1):
    batch = x.mean(axis=AXES), x.var(axis=AXES, ddof=ddof)
    return tuple((1 - momentum) * norm[name] + momentum * new for name, new in zip(("mean", "var"), batch, strict=True))


def normed(x, norm, mean, var, eps):
    return (x - mean[:, None, None]) / np.sqrt(var + eps)[:, None, None] * norm["weight"][:, None, None] + norm["bias"][:, None, None]


def batch_norm__batch_statistics_in_evaluation(x, norm, training, momentum=0.1, eps=1e-5):
    new = statistics(x, norm, momentum) if training else (norm["mean"], norm["var"])
    return normed(x, norm, x.mean(axis=AXES), x.var(axis=AXES), eps), *new


def batch_norm__evaluation_moves_the_statistics(x, norm, training, momentum=0.1, eps=1e-5):
    mean, var = (x.mean(axis=AXES), x.var(axis=AXES)) if training else (norm["mean"], norm["var"])
    return normed(x, norm, mean, var, eps), *statistics(x, norm, momentum)


def batch_norm__momentum_for_the_old_value(x, norm, training, momentum=0.1, eps=1e-5):
    if not training:
        return normed(x, norm, norm["mean"], norm["var"], eps), norm["mean"], norm["var"]
    return normed(x, norm, x.mean(axis=AXES), x.var(axis=AXES), eps), *statistics(x, norm, 1 - momentum)


def batch_norm__writes_into_the_dictionary(x, norm, training, momentum=0.1, eps=1e-5):
    mean, var = norm["mean"], norm["var"]
    if training:
        mean, var = x.mean(axis=AXES), x.var(axis=AXES)
        norm["mean"], norm["var"] = statistics(x, norm, momentum)
    return normed(x, norm, mean, var, eps), norm["mean"], norm["var"]


def norm_back(grad_y, x, norm, eps, mean=1.0, hat=1.0):
    """Right, if both shares are 1."""
    std = np.sqrt(x.var(axis=AXES, keepdims=True) + eps)
    x_hat = (x - x.mean(axis=AXES, keepdims=True)) / std
    means = [values.mean(axis=AXES, keepdims=True) for values in (grad_y, grad_y * x_hat)]
    grad_x = (grad_y - mean * means[0] - hat * x_hat * means[1]) * norm["weight"][:, None, None] / std
    return grad_x, (grad_y * x_hat).sum(axis=AXES), grad_y.sum(axis=AXES)


def batch_norm_backward__statistics_held_still(grad_y, x, norm, eps=1e-5):
    return norm_back(grad_y, x, norm, eps, mean=0, hat=0)


def batch_norm_backward__variance_held_still(grad_y, x, norm, eps=1e-5):
    return norm_back(grad_y, x, norm, eps, hat=0)


def batch_norm_backward__divides_by_the_images(grad_y, x, norm, eps=1e-5):
    return norm_back(grad_y, x, norm, eps, mean=x[0, 0].size, hat=x[0, 0].size)


def batch_norm_backward__forgets_eps(grad_y, x, norm, eps=1e-5):
    return norm_back(grad_y, x, norm, 0.0)


def walk(x, block, training, conv, norm):
    stride = 1 if len(block["conv1"]) == x.shape[1] else 2
    a, mean1, var1 = norm(conv(x, block["conv1"], stride, 1), part(block, "norm1"), training)
    b, mean2, var2 = norm(conv(np.maximum(a, 0), block["conv2"], 1, 1), part(block, "norm2"), training)
    return b, {"norm1.mean": mean1, "norm1.var": var1, "norm2.mean": mean2, "norm2.var": var2}


def past(x, filters):
    y = x if filters == x.shape[1] else x[:, :, ::2, ::2]
    return np.concatenate([y, np.zeros((len(y), filters - y.shape[1], *y.shape[2:]), dtype=x.dtype)], axis=1)


def residual_block__relu_before_the_sum(x, block, training, conv, norm):
    h, new = walk(x, block, training, conv, norm)
    return np.maximum(h, 0) + past(x, h.shape[1]), new


def residual_block__plain_without_a_shortcut(x, block, training, conv, norm):
    h, new = walk(x, block, training, conv, norm)
    return np.maximum(h, 0), new


def residual_block__zero_channels_in_front(x, block, training, conv, norm):
    h, new = walk(x, block, training, conv, norm)
    return np.maximum(h + past(x[:, ::-1], h.shape[1])[:, ::-1], 0), new


def residual_block__always_in_training(x, block, training, conv, norm):
    h, new = walk(x, block, True, conv, norm)
    return np.maximum(h + past(x, h.shape[1]), 0), new


def back(grad_y, x, block, conv, conv_backward, norm, norm_backward, skip=1.0, last_relu=True, first_relu=True, in_place=False):
    (f, c), gradients = block["conv1"].shape[:2], {}
    stride = 1 if f == c else 2
    a1 = conv(x, block["conv1"], stride, 1)
    b1 = norm(a1, part(block, "norm1"), True)[0]
    a2 = conv(np.maximum(b1, 0), block["conv2"], 1, 1)
    total = norm(a2, part(block, "norm2"), True)[0] + past(x, f)
    g = grad_y * (total > 0) if last_relu else grad_y
    grad_y[...] = g if in_place else grad_y
    h, gradients["norm2.weight"], gradients["norm2.bias"] = norm_backward(g, a2, part(block, "norm2"))
    h, gradients["conv2"] = conv_backward(h, np.maximum(b1, 0), block["conv2"], 1, 1)
    h = h * (b1 > 0) if first_relu else h
    h, gradients["norm1.weight"], gradients["norm1.bias"] = norm_backward(h, a1, part(block, "norm1"))
    grad_x, gradients["conv1"] = conv_backward(h, x, block["conv1"], stride, 1)
    grad_x[:, :, ::stride, ::stride] += skip * g[:, :c]
    return grad_x, gradients


def residual_block_backward__shortcut_left_out(grad_y, x, block, conv, conv_backward, norm, norm_backward):
    return back(grad_y, x, block, conv, conv_backward, norm, norm_backward, skip=0.0)


def residual_block_backward__forgets_the_last_relu(grad_y, x, block, conv, conv_backward, norm, norm_backward):
    return back(grad_y, x, block, conv, conv_backward, norm, norm_backward, last_relu=False)


def residual_block_backward__forgets_the_relu_inside(grad_y, x, block, conv, conv_backward, norm, norm_backward):
    return back(grad_y, x, block, conv, conv_backward, norm, norm_backward, first_relu=False)


def residual_block_backward__masks_the_caller_s_gradient(grad_y, x, block, conv, conv_backward, norm, norm_backward):
    return back(grad_y, x, block, conv, conv_backward, norm, norm_backward, in_place=True)


def forward(net, x, training=False, pool=lambda h: h.mean(axis=(2, 3)), relu=True, blocks=100):
    h = batch_norm(conv2d(x, net["stem.conv"], 1, 1), part(net, "stem.norm"), training)[0]
    h, k = np.maximum(h, 0) if relu else h, 1
    while f"block{k}.conv1" in net and k <= blocks:
        h, k = residual_block(h, part(net, f"block{k}"), training, conv2d, batch_norm)[0], k + 1
    return pool(h) @ net["fc.weight"].T[:pool(h).shape[1]] + net["fc.bias"]


def net_scores__in_training_mode(net, x):
    return forward(net, x, training=True)


def net_scores__maximum_over_the_map(net, x):
    return forward(net, x, pool=lambda h: h.max(axis=(2, 3)))


def net_scores__forgets_the_first_relu(net, x):
    return forward(net, x, relu=False)


def net_scores__knows_of_two_blocks_only(net, x):
    return forward(net, x, blocks=2)


def step(net, x, labels, stem_relu=True, area=True, shift=True):
    """Loss, gradients and statistics; right if all switches are on."""
    a = conv2d(x, net["stem.conv"], 1, 1)
    b, mean, var = batch_norm(a, part(net, "stem.norm"), True)
    maps, new, k = [np.maximum(b, 0)], {"stem.norm.mean": mean, "stem.norm.var": var}, 1
    while f"block{k}.conv1" in net:
        h, found = residual_block(maps[-1], part(net, f"block{k}"), True, conv2d, batch_norm)
        maps, new, k = [*maps, h], new | prefixed(f"block{k}", found), k + 1
    z = maps[-1].mean(axis=(2, 3)) @ net["fc.weight"].T + net["fc.bias"]
    e = np.exp(z - z.max(axis=1, keepdims=True) if shift else z)
    g = e / e.sum(axis=1, keepdims=True)
    loss = float(-np.log(np.maximum(g[np.arange(len(x)), labels], 1e-300)).mean())
    g = (g - np.eye(10, dtype=g.dtype)[labels]) / len(x)
    grads = {"fc.weight": g.T @ maps[-1].mean(axis=(2, 3)), "fc.bias": g.sum(axis=0)}
    g = np.zeros_like(maps[-1]) + (g @ net["fc.weight"])[:, :, None, None] / (maps[-1][0, 0].size if area else 1)
    for j in range(k - 1, 0, -1):
        g, found = residual_block_backward(g, maps[j - 1], part(net, f"block{j}"), conv2d, conv2d_backward, batch_norm, batch_norm_backward)
        grads |= prefixed(f"block{j}", found)
    g = g * (b > 0) if stem_relu else g
    g, grads["stem.norm.weight"], grads["stem.norm.bias"] = batch_norm_backward(g, a, part(net, "stem.norm"))
    return loss, grads | {"stem.conv": conv2d_backward(g, x, net["stem.conv"], 1, 1)[1]}, new


def loss_and_gradients__forgets_the_stem_s_relu(net, x, labels):
    return step(net, x, labels, stem_relu=False)


def loss_and_gradients__every_pixel_of_the_last_map_hears_all(net, x, labels):
    return step(net, x, labels, area=False)


def loss_and_gradients__softmax_overflows(net, x, labels):
    return step(net, x, labels, shift=False)


def loss_and_gradients__adds_to_the_gradients_of_the_call_before(net, x, labels):
    loss, grads, new = step(net, x, labels)
    for name, value in grads.items():
        KEPT[name] = KEPT.get(name, 0) + value if np.shape(KEPT.get(name, 0)) in ((), value.shape) else value
    return loss, dict(KEPT), new


def fit(images, labels, seed, rate=0.1, reset=True, learns="", keep=True, apart=False, last=32):
    """Train for a while; right if nothing is switched."""
    rng, net, below = np.random.default_rng(seed), {}, 1
    names = "stem.", "block1.1", "block1.2", "block2.1", "block2.2", "block3.1", "block3.2"
    for name, width in zip(names, (8, 16, 16, 16, 16, last, last), strict=True):
        net[name.replace(".", ".conv")] = rng.normal(0, (2 / 9 / below) ** 0.5, (width, below, 3, 3)).astype(np.float32)
        for one, value in (("weight", 1), ("bias", 0), ("mean", 0), ("var", 1)):
            net[f"{name.replace('.', '.norm')}.{one}"] = np.full(width, value, dtype=np.float32)
        below = width
    net |= {"fc.weight": np.zeros((10, last), dtype=np.float32), "fc.bias": np.zeros(10, dtype=np.float32)}
    velocity = {}
    for _ in range(4):
        for chosen in np.array_split(rng.permutation(len(images)), max(1, len(images) // 16)):
            taken = rng.permutation(chosen) if apart else chosen
            _, grads, new = loss_and_gradients(net, images[chosen], labels[taken])
            for name in [one for one in grads if one.startswith(learns)]:
                velocity[name] = (0.9 if reset else 1.0) * velocity.get(name, 0) + grads[name]
                net[name] = (net[name] - rate * velocity[name]).astype(np.float32)
            net |= new if keep else {}
    return net


def train__labels_shuffled_apart_from_the_images(images, labels, seed):
    return fit(images, labels, seed, apart=True)


def train__gradients_are_never_reset(images, labels, seed):
    return fit(images, labels, seed, reset=False)


def train__only_the_last_layer_learns(images, labels, seed):
    return fit(images, labels, seed, learns="fc")


def train__forgets_the_running_statistics(images, labels, seed):
    return fit(images, labels, seed, keep=False)


def train__more_numbers_than_a_net_may_hold(images, labels, seed):
    return fit(images, labels, seed, last=200)
