"""Right answers that look nothing like ours and must pass in full."""
# ruff: noqa: F821
import numpy as np


def conv2d__one_place_of_the_filter_after_the_other(x, weight, stride=1, padding=0):
    (n, c, h, w), (f, _, size, _) = x.shape, weight.shape
    oh, ow = (h + 2 * padding - size) // stride + 1, (w + 2 * padding - size) // stride + 1
    x = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2)).transpose(1, 0, 2, 3)
    y = np.zeros((f, n * oh * ow), dtype=x.dtype)
    for k in range(size):
        for l in range(size):
            met = x[:, :, k:k + stride * oh:stride, l:l + stride * ow:stride][:, :, :oh, :ow]
            y += weight[:, :, k, l] @ met.reshape(c, -1)
    return y.reshape(f, n, oh, ow).transpose(1, 0, 2, 3)


def conv2d__tensordot_of_windows(x, weight, stride=1, padding=0):
    size = weight.shape[-1]
    big = np.zeros((*x.shape[:2], x.shape[2] + 2 * padding, x.shape[3] + 2 * padding), dtype=x.dtype)
    big[:, :, padding:padding + x.shape[2], padding:padding + x.shape[3]] = x
    windows = np.lib.stride_tricks.sliding_window_view(big, (size, size), (2, 3))
    return np.moveaxis(np.tensordot(windows[:, :, ::stride, ::stride], weight, ((1, 4, 5), (1, 2, 3))), 3, 1)


def conv2d_backward__one_place_of_the_filter_after_the_other(grad_y, x, weight, stride=1, padding=0):
    (f, c, size, _), (oh, ow) = weight.shape, grad_y.shape[2:]
    big = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2)).transpose(1, 0, 2, 3)
    sent, grad_weight, rows = np.zeros_like(big), np.zeros_like(weight), grad_y.transpose(1, 0, 2, 3).reshape(f, -1)
    for k in range(size):
        for l in range(size):
            at = np.s_[:, :, k:k + stride * (oh - 1) + 1:stride, l:l + stride * (ow - 1) + 1:stride]
            grad_weight[:, :, k, l] = rows @ big[at].reshape(c, -1).T
            sent[at] += (weight[:, :, k, l].T @ rows).reshape(c, len(x), oh, ow)
    h, w = x.shape[2:]
    return [sent.transpose(1, 0, 2, 3)[:, :, padding:padding + h, padding:padding + w], grad_weight]


def conv2d_backward__correlates_a_spread_gradient(grad_y, x, weight, stride=1, padding=0):
    size, (h, w) = weight.shape[2], x.shape[2:]
    spread = np.zeros((*grad_y.shape[:2], h + 2 * padding - size + 1, w + 2 * padding - size + 1), dtype=x.dtype)
    spread[:, :, ::stride, ::stride][:, :, :grad_y.shape[2], :grad_y.shape[3]] = grad_y
    view, edge = np.lib.stride_tricks.sliding_window_view, size - 1
    around = view(np.pad(spread, ((0, 0), (0, 0), (edge, edge), (edge, edge))), (size, size), (2, 3))
    grad_big = np.tensordot(around, weight[:, :, ::-1, ::-1], ((1, 4, 5), (0, 2, 3))).transpose(0, 3, 1, 2)
    windows = view(np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2)), (size, size), (2, 3))[:, :, ::stride, ::stride]
    grad_weight = np.tensordot(grad_y, windows, ((0, 2, 3), (0, 2, 3)))
    return grad_big[:, :, padding:padding + h, padding:padding + w], grad_weight


def batch_norm__one_row_a_channel(x, norm, training, momentum=0.1, eps=1e-5):
    n, c, h, w = x.shape
    rows, new = x.swapaxes(0, 1).reshape(c, -1), [norm["mean"], norm["var"]]
    centre, spread = norm["mean"], norm["var"]
    if training:
        centre, spread = rows.mean(1), rows.var(1)
        new = [norm["mean"] + momentum * (centre - norm["mean"]), norm["var"] + momentum * (rows.var(1, ddof=1) - norm["var"])]
    y = (rows - centre[:, None]) * (norm["weight"] / np.sqrt(spread + eps))[:, None] + norm["bias"][:, None]
    return [y.reshape(c, n, h, w).swapaxes(0, 1), *new]


def batch_norm__a_line_for_each_channel(x, norm, training, momentum=0.1, eps=1e-5):
    mean, var = norm["mean"].copy(), norm["var"].copy()
    if training:
        m = x.size / x.shape[1]
        mean = np.einsum("nchw->c", x) / x.dtype.type(m)
        centred = x - mean.reshape(1, -1, 1, 1)
        var = np.einsum("nchw,nchw->c", centred, centred) / x.dtype.type(m)
    slope = norm["weight"] * (var + eps) ** -0.5
    y = x * slope.reshape(1, -1, 1, 1) + (norm["bias"] - mean * slope).reshape(1, -1, 1, 1)
    if training:
        return y, (1 - momentum) * norm["mean"] + momentum * mean, (1 - momentum) * norm["var"] + momentum * m / (m - 1) * var
    return y, mean, var


def batch_norm_backward__through_mean_and_variance(grad_y, x, norm, eps=1e-5):
    axes, m = (0, 2, 3), x.size // x.shape[1]
    centred = x - x.mean(axes, keepdims=True)
    std = np.sqrt((centred * centred).mean(axes, keepdims=True) + eps)
    grad_hat = grad_y * norm["weight"][None, :, None, None]
    grad_var = (grad_hat * centred).sum(axes, keepdims=True) * -0.5 / std**3
    grad_mean = -(grad_hat / std).sum(axes, keepdims=True)
    return grad_hat / std + 2 * grad_var * centred / m + grad_mean / m, (grad_y * centred / std).sum(axes), grad_y.sum(axes)


def batch_norm_backward__rows_and_projections(grad_y, x, norm, eps=1e-5):
    n, c, h, w = x.shape
    rows, grads = (a.swapaxes(0, 1).reshape(c, -1) for a in (x, grad_y))
    rows = rows - rows.mean(1, keepdims=True)
    energy = (rows * rows).mean(1, keepdims=True) + eps
    away = grads - grads.mean(1, keepdims=True) - rows * ((grads * rows).mean(1, keepdims=True) / energy)
    grad_rows = away * (norm["weight"][:, None] / np.sqrt(energy))
    return grad_rows.reshape(c, n, h, w).swapaxes(0, 1), (grads * rows / np.sqrt(energy)).sum(1), grads.sum(1)


def residual_block__adds_into_the_first_channels(x, block, training, conv, norm):
    c, statistics, h = x.shape[1], {}, x
    for k in (1, 2):
        stride = 2 if k == 1 and len(block["conv1"]) != c else 1
        h = conv(x=h, weight=block[f"conv{k}"], stride=stride, padding=1)
        named = {one: block[f"norm{k}.{one}"] for one in ("weight", "bias", "mean", "var")}
        h, statistics[f"norm{k}.mean"], statistics[f"norm{k}.var"] = norm(h, named, training)
        if k == 1:
            h = h * (h > 0)
    step = -(-x.shape[2] // h.shape[2])
    h = h.copy()
    h[:, :c] += x[:, :, ::2, ::2] if step == 2 else x
    return [np.where(h > 0, h, 0), statistics]


def residual_block__shortcut_as_a_matrix(x, block, training, conv, norm):
    f, c = block["conv1"].shape[:2]
    s = 1 + (f > c)
    a, m1, v1 = norm(conv(x, block["conv1"], s, 1), part(block, "norm1"), training)
    b, m2, v2 = norm(conv(np.clip(a, 0, None), block["conv2"], 1, 1), part(block, "norm2"), training)
    past = np.einsum("fc,ncij->nfij", np.eye(f, c, dtype=x.dtype), x[:, :, ::s, ::s])
    return np.clip(b + past, 0, None), {"norm2.var": v2, "norm2.mean": m2, "norm1.var": v1, "norm1.mean": m1}


def residual_block_backward__one_list_of_steps(grad_y, x, block, conv, conv_backward, norm, norm_backward):
    f, c = block["conv1"].shape[:2]
    strides, inputs, sums, outs, h = (1 + (f != c), 1), [], [], [], x
    for k, stride in ((1, strides[0]), (2, 1)):
        inputs.append(h)
        sums.append(conv(h, block[f"conv{k}"], stride, 1))
        outs.append(norm(sums[-1], part(block, f"norm{k}"), True)[0])
        h = np.maximum(outs[-1], 0)
    short = np.zeros_like(outs[1])
    short[:, :c] = x[:, :, ::strides[0], ::strides[0]]
    first = g = np.where(outs[1] + short > 0, grad_y, 0)
    grads = {}
    for k in (2, 1):
        g, grads[f"norm{k}.weight"], grads[f"norm{k}.bias"] = norm_backward(g, sums[k - 1], part(block, f"norm{k}"))
        g, grads[f"conv{k}"] = conv_backward(g, inputs[k - 1], block[f"conv{k}"], strides[k - 1], 1)
        if k == 2:
            g = g * (outs[0] > 0)
    along = np.zeros_like(g)
    along[:, :, ::strides[0], ::strides[0]] = first[:, :c]
    return [g + along, grads]


def residual_block_backward__asks_the_output_for_the_mask(grad_y, x, block, conv, conv_backward, norm, norm_backward):
    y, _ = residual_block(x, block, True, conv, norm)
    s = 2 if block["conv1"].shape[0] > block["conv1"].shape[1] else 1
    g = grad_y * np.sign(y)
    a = conv(x, block["conv1"], s, 1)
    h = np.maximum(norm(a, part(block, "norm1"), True)[0], 0)
    g2, w2, b2 = norm_backward(g, conv(h, block["conv2"], 1, 1), part(block, "norm2"))
    gh, c2 = conv_backward(g2, h, block["conv2"], 1, 1)
    g1, w1, b1 = norm_backward(gh * np.sign(h), a, part(block, "norm1"))
    gx, c1 = conv_backward(g1, x, block["conv1"], s, 1)
    gx = np.array(gx)
    gx[:, :, ::s, ::s] += g[:, :x.shape[1]]
    return gx, {"conv1": c1, "conv2": c2, "norm1.weight": w1, "norm1.bias": b1, "norm2.weight": w2, "norm2.bias": b2}


def net_scores__one_image_after_the_other(net, x):
    names = sorted({name.split(".")[0] for name in net if name.startswith("block")}, key=lambda name: int(name[5:]))
    rows = []
    for image in x:
        h = np.maximum(batch_norm(conv2d(image[None], net["stem.conv"], stride=1, padding=1), part(net, "stem.norm"), False)[0], 0)
        for name in names:
            h = residual_block(h, part(net, name), False, conv2d, batch_norm)[0]
        rows.append([float(h[0].mean(axis=(1, 2)) @ weight + bias)
                     for weight, bias in zip(net["fc.weight"], net["fc.bias"], strict=True)])
    return rows


def net_scores__blocks_by_recursion(net, x, k=0):
    if k == 0:
        x = np.maximum(batch_norm(conv2d(x, net["stem.conv"], 1, 1), part(net, "stem.norm"), False)[0], 0)
    elif f"block{k}.conv1" in net:
        x = residual_block(x, part(net, f"block{k}"), False, conv2d, batch_norm)[0]
    else:
        return np.einsum("kc,ncij->nk", net["fc.weight"], x) / (x.shape[2] * x.shape[3]) + net["fc.bias"]
    return net_scores__blocks_by_recursion(net, x, k + 1)


def loss_and_gradients__a_list_of_ways_back(net, x, labels):
    """Each step of the forward pass puts its way back on a list, which is then run from behind."""
    gradients, statistics, ways = {}, {}, []

    def stem_back(g):
        g = np.where(b > 0, g, 0)
        g, gradients["stem.norm.weight"], gradients["stem.norm.bias"] = batch_norm_backward(g, a, part(net, "stem.norm"))
        gradients["stem.conv"] = conv2d_backward(g, x, net["stem.conv"], 1, 1)[1]

    def block_back(name, below):
        def way(g):
            g, new = residual_block_backward(g, below, part(net, name), conv2d, conv2d_backward, batch_norm, batch_norm_backward)
            gradients.update(prefixed(name, new))
            return g
        return way

    a = conv2d(x, net["stem.conv"], 1, 1)
    b, statistics["stem.norm.mean"], statistics["stem.norm.var"] = batch_norm(a, part(net, "stem.norm"), True)
    h = np.maximum(b, 0)
    ways.append(stem_back)
    for k in range(1, sum(name.endswith("conv1") for name in net) + 1):
        ways.append(block_back(f"block{k}", h))
        h, new = residual_block(h, part(net, f"block{k}"), True, conv2d, batch_norm)
        statistics.update(prefixed(f"block{k}", new))
    features = h.mean((2, 3))
    z = features @ net["fc.weight"].T + net["fc.bias"]
    top = z.max(1, keepdims=True)
    log_sum = top[:, 0] + np.log(np.exp(z - top).sum(1))
    loss = np.mean(log_sum - z[np.arange(len(z)), labels])
    g = (np.exp(z - log_sum[:, None]) - np.eye(10, dtype=z.dtype)[labels]) / len(z)
    gradients |= {"fc.weight": g.T @ features, "fc.bias": g.sum(0)}
    g = np.broadcast_to(((g @ net["fc.weight"]) / (h.shape[2] * h.shape[3]))[:, :, None, None], h.shape)
    for way in reversed(ways):
        g = way(g)
    return loss, gradients, statistics


def loss_and_gradients__one_image_s_loss_at_a_time(net, x, labels):
    blocks = [f"block{k}" for k in range(1, 99) if f"block{k}.conv1" in net]
    a = conv2d(x, net["stem.conv"], 1, 1)
    b, *new = batch_norm(a, part(net, "stem.norm"), True)
    statistics, maps = dict(zip(("stem.norm.mean", "stem.norm.var"), new, strict=True)), [b * (b > 0)]
    for name in blocks:
        h, new = residual_block(maps[-1], part(net, name), True, conv2d, batch_norm)
        maps, statistics = [*maps, h], {**statistics, **prefixed(name, new)}
    losses, g = [], np.zeros_like(maps[-1])
    grads = {"fc.weight": np.zeros_like(net["fc.weight"]), "fc.bias": np.zeros_like(net["fc.bias"])}
    for n, label in enumerate(labels):
        features = maps[-1][n].mean(axis=(1, 2))
        z = net["fc.weight"] @ features + net["fc.bias"]
        p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
        losses.append(z.max() + np.log(np.exp(z - z.max()).sum()) - z[label])
        p[label] -= 1
        grads["fc.weight"] += np.outer(p, features) / len(x)
        grads["fc.bias"] += p / len(x)
        g[n] += (net["fc.weight"].T @ p)[:, None, None] / (len(x) * g[n, 0].size)
    for name, below in list(zip(blocks, maps[:-1], strict=True))[::-1]:
        g, new = residual_block_backward(g, below, part(net, name), conv2d, conv2d_backward, batch_norm, batch_norm_backward)
        grads |= prefixed(name, new)
    g, grads["stem.norm.weight"], grads["stem.norm.bias"] = batch_norm_backward(g * (b > 0), a, part(net, "stem.norm"))
    grads["stem.conv"] = conv2d_backward(g, x, net["stem.conv"], 1, 1)[1]
    return sum(losses) / len(losses), grads, statistics


def draw(widths, rng):
    """A net with these widths of stem and blocks; He's weights."""
    net, norms = {"stem.conv": rng.standard_normal((widths[0], 1, 3, 3)) * (2 / 9) ** 0.5}, {"stem.norm": widths[0]}
    for k in range(1, len(widths)):
        c, f = widths[k - 1:k + 1]
        net |= {f"block{k}.conv1": rng.standard_normal((f, c, 3, 3)) * (2 / 9 / c) ** 0.5,
                f"block{k}.conv2": rng.standard_normal((f, f, 3, 3)) * (2 / 9 / f) ** 0.5}
        norms |= {f"block{k}.norm1": f, f"block{k}.norm2": f}
    for name, f in norms.items():
        net |= {f"{name}.weight": np.ones(f), f"{name}.bias": np.zeros(f), f"{name}.mean": np.zeros(f), f"{name}.var": np.ones(f)}
    net |= {"fc.weight": np.zeros((10, widths[-1])), "fc.bias": np.zeros(10)}
    return {name: value.astype(np.float32) for name, value in net.items()}


def train__adam(images, labels, seed):
    rng = np.random.default_rng([seed, 1])
    net, first, second, t = draw((8, 16, 16, 32), rng), {}, {}, 0
    total = 7 * -(-len(images) // 20)
    for _ in range(7):
        for chosen in np.array_split(rng.permutation(len(images)), -(-len(images) // 20)):
            _, gradients, statistics = loss_and_gradients(net, images[chosen], labels[chosen])
            t += 1
            for name, g in gradients.items():
                first[name] = 0.9 * first.get(name, 0) + 0.1 * g
                second[name] = 0.99 * second.get(name, 0) + 0.01 * g * g
                size = 0.01 * (1 - t / (total + 1))
                step = size * first[name] / (1 - 0.9**t) / (np.sqrt(second[name] / (1 - 0.99**t)) + 1e-8)
                net[name] = (net[name] - step).astype(np.float32)
            net.update(statistics)
    return net


def train__wider_with_random_batches(images, labels, seed):
    rng = np.random.default_rng(seed + 12345)
    net = draw((6, 12, 24, 24), rng)
    pace = {name: np.zeros_like(value) for name, value in net.items()}
    for k in range(360):
        chosen = rng.choice(len(images), 16, replace=False)
        _, gradients, statistics = loss_and_gradients(net, images[chosen], labels[chosen])
        for name in gradients:
            pace[name] = 0.9 * pace[name] - (0.1 if k < 240 else 0.02) * gradients[name]
            net[name] = net[name] + pace[name]
        net = {**net, **statistics}
    return {name: value.tolist() for name, value in net.items()}
