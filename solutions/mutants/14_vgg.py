"""Typical wrong answers. Each must lose its own exercise's points and no others."""
import numpy as np


def recursion(layers, first_stride=False, tap=lambda k, d: d * (k - 1), pad=lambda p, j: p * j):
    r, j, a = 1, 1, 0
    for kernel_size, stride, padding, dilation in layers:
        if first_stride:
            j *= stride
        r, a = r + tap(kernel_size, dilation) * j, a - pad(padding, j)
        if not first_stride:
            j *= stride
    return r, j, a


def receptive_field__steps_before_it_looks(layers):
    return recursion(layers, first_stride=True)


def receptive_field__counts_dilation_from_zero(layers):
    return recursion(layers, tap=lambda k, d: (d + 1) * (k - 1))


def receptive_field__adds_whole_windows(layers):
    return recursion(layers, tap=lambda k, d: d * k)


def receptive_field__spreads_the_window_by_its_own_width(layers):
    return recursion(layers, tap=lambda k, d: d * k - 1)


def receptive_field__all_padding_counts_as_pixels(layers):
    return recursion(layers, pad=lambda p, j: p)


def receptive_field__padding_widens_the_field(layers):
    r, j, a = recursion(layers)
    return r + sum(padding for _, _, padding, _ in layers), j, a


def receptive_field__strides_add_up(layers):
    r, j, a = 1, 1, 0
    for kernel_size, stride, padding, dilation in layers:
        r, a, j = r + dilation * (kernel_size - 1) * j, a - padding * j, j + stride - 1
    return r, j, a


def receptive_field__takes_the_layers_from_the_list(layers):
    r, j, a = 1, 1, 0
    while layers:
        kernel_size, stride, padding, dilation = layers.pop(0)
        r, a, j = r + dilation * (kernel_size - 1) * j, a - padding * j, j * stride
    return r, j, a


def compose(first, second, stride, flip=False, spread_first=False):
    (_, c, kh, kw), (f, _, lh, lw) = first.shape, second.shape
    if flip:
        first = first[:, :, ::-1, ::-1]
    if spread_first:
        wide = np.zeros((*first.shape[:2], stride * (kh - 1) + 1, stride * (kw - 1) + 1), dtype=first.dtype)
        wide[:, :, ::stride, ::stride] = first
        first, (kh, kw), stride = wide, wide.shape[2:], 1
    result = np.zeros((f, c, kh + stride * (lh - 1), kw + stride * (lw - 1)), dtype=first.dtype)
    for i, j in np.ndindex(lh, lw):
        result[:, :, stride * i:stride * i + kh, stride * j:stride * j + kw] += np.tensordot(second[:, :, i, j], first, 1)
    return result


def compose_kernels__flips_one_of_them(first, second, stride=1):
    return compose(first, second, stride, flip=True)


def compose_kernels__spreads_the_first_by_the_stride(first, second, stride=1):
    return compose(first, second, stride, spread_first=True)


def compose_kernels__forgets_the_stride(first, second, stride=1):
    return compose(first, second, 1)


def compose_kernels__overwrites_where_taps_meet(first, second, stride=1):
    (_, c, kh, kw), (f, _, lh, lw) = first.shape, second.shape
    result = np.zeros((f, c, kh + stride * (lh - 1), kw + stride * (lw - 1)), dtype=first.dtype)
    for i, j in np.ndindex(lh, lw):
        result[:, :, stride * i:stride * i + kh, stride * j:stride * j + kw] = np.tensordot(second[:, :, i, j], first, 1)
    return result


def compose_kernels__channel_with_channel_only(first, second, stride=1):
    e, f, c = first.shape[0], second.shape[0], first.shape[1]
    result = [[compose(first[q % e][p % c][None, None], second[q][q % e][None, None], stride)[0, 0] for p in range(c)] for q in range(f)]
    return np.array(result, dtype=first.dtype)


def compose_kernels__takes_kernels_to_be_square(first, second, stride=1):
    size = first.shape[2] + stride * (second.shape[2] - 1)
    result = np.zeros((second.shape[0], first.shape[1], size, size), dtype=first.dtype)
    full = compose(first, second, stride)[:, :, :size, :size]
    result[:, :, :full.shape[2], :full.shape[3]] = full
    return result if first.shape[2] > 1 or second.shape[2] > 1 else compose(first, second, stride)


def compose_kernels__works_in_float64(first, second, stride=1):
    return compose(first.astype(float), second.astype(float), stride)


def table(config, widths, channels, size, bias=1, first=None, pool=lambda size: size // 2, places=lambda size: size * size, flat=True):
    rows, before = [(channels * size * size, 0, 0)], channels
    for entry in config:
        if entry == "M":
            size = pool(size)
            rows.append((before * size * size, 0, 0))
        else:
            weights = 9 * (first or before) * entry
            rows.append((entry * size * size, weights + bias * entry, weights * places(size)))
            before = entry
    features = before * size * size if flat else before
    for width in widths:
        rows.append((width, (features + bias) * width, features * width))
        features = width
    return rows


def config_table__leaves_the_biases_out(config, widths, channels=3, size=224):
    return table(config, widths, channels, size, bias=0)


def config_table__every_filter_sees_the_image_s_channels(config, widths, channels=3, size=224):
    return table(config, widths, channels, size, first=channels)


def config_table__flattens_the_channels_only(config, widths, channels=3, size=224):
    return table(config, widths, channels, size, flat=False)


def config_table__rounds_odd_sizes_up(config, widths, channels=3, size=224):
    return table(config, widths, channels, size, pool=lambda size: -(-size // 2))


def config_table__the_filters_lose_a_border(config, widths, channels=3, size=224):
    return table(config, widths, channels, size, places=lambda size: (size - 2)**2)


def config_table__counts_biases_as_products(config, widths, channels=3, size=224):
    rows = table(config, widths, channels, size)
    return [(kept, parameters, macs + (kept if macs else 0)) for kept, parameters, macs in rows]


def config_table__pooling_forgets_the_channels(config, widths, channels=3, size=224):
    rows = [(channels * size * size, 0, 0)]
    for entry in config:
        size = size // 2 if entry == "M" else size
        weights = 0 if entry == "M" else 9 * channels * entry
        rows.append((size * size * (1 if entry == "M" else entry), weights + (0 if entry == "M" else entry), weights * size * size))
        channels = channels if entry == "M" else entry
    features = rows[-1][0]
    for width in widths:
        rows.append((width, (features + 1) * width, features * width))
        features = width
    return rows


def config_table__the_input_has_no_row(config, widths, channels=3, size=224):
    return table(config, widths, channels, size)[1:]


def config_table__appends_to_the_caller_s_list(config, widths, channels=3, size=224):
    rows = table(config, widths, channels, size)
    config += widths
    return rows


def dense(maps, filters, bias1, weight2, bias2, size, relu=True):
    oh, ow = maps.shape[2] - size + 1, maps.shape[3] - size + 1
    hidden = np.zeros((len(maps), len(bias1), oh, ow), dtype=maps.dtype) + bias1[:, None, None]
    for k in range(size):
        for l in range(size):
            hidden += np.einsum("dc,nchw->ndhw", filters[:, :, k, l], maps[:, :, k:k + oh, l:l + ow])
    return np.einsum("qd,ndhw->nqhw", weight2, np.maximum(hidden, 0) if relu else hidden) + bias2[:, None, None]


def dense_scores__reads_the_weights_channels_last(maps, weight1, bias1, weight2, bias2, size):
    filters = weight1.reshape(len(bias1), size, size, maps.shape[1]).transpose(0, 3, 1, 2)
    return dense(maps, filters, bias1, weight2, bias2, size)


def dense_scores__transposes_the_filters(maps, weight1, bias1, weight2, bias2, size):
    filters = weight1.reshape(len(bias1), maps.shape[1], size, size).transpose(0, 1, 3, 2)
    return dense(maps, filters, bias1, weight2, bias2, size)


def dense_scores__flips_the_filters(maps, weight1, bias1, weight2, bias2, size):
    filters = weight1.reshape(len(bias1), maps.shape[1], size, size)[:, :, ::-1, ::-1]
    return dense(maps, filters, bias1, weight2, bias2, size)


def dense_scores__forgets_the_relu(maps, weight1, bias1, weight2, bias2, size):
    return dense(maps, weight1.reshape(len(bias1), maps.shape[1], size, size), bias1, weight2, bias2, size, relu=False)


def dense_scores__forgets_the_first_bias(maps, weight1, bias1, weight2, bias2, size):
    return dense(maps, weight1.reshape(len(bias1), maps.shape[1], size, size), 0 * bias1, weight2, bias2, size)


def dense_scores__only_pieces_side_by_side(maps, weight1, bias1, weight2, bias2, size):
    return dense(maps, weight1.reshape(len(bias1), maps.shape[1], size, size), bias1, weight2, bias2, size)[:, :, ::size, ::size]


def dense_scores__as_many_rows_as_columns(maps, weight1, bias1, weight2, bias2, size):
    full = dense(maps, weight1.reshape(len(bias1), maps.shape[1], size, size), bias1, weight2, bias2, size)
    places = min(full.shape[2:])
    return full[:, :, :places, :places]


def dense_scores__the_first_image_only(maps, weight1, bias1, weight2, bias2, size):
    return dense(maps[:1], weight1.reshape(len(bias1), maps.shape[1], size, size), bias1, weight2, bias2, size)


def dense_scores__works_in_float64(maps, weight1, bias1, weight2, bias2, size):
    return dense(maps.astype(float), weight1.reshape(len(bias1), maps.shape[1], size, size), bias1, weight2, bias2, size)


def seen(f, x, changed, differs):
    mask = np.zeros(x.shape, dtype=bool)
    for pixel in np.ndindex(x.shape):
        mask[pixel] = differs(f(changed(x.copy(), pixel)))
    return mask


def raised(step):
    def change(x, pixel):
        x[pixel] += step
        return x
    return change


def field_mask__looks_at_the_whole_map(f, x, place, step):
    before = f(x)
    return seen(f, x, raised(step), lambda y: (np.abs(y - before) > 1e-9).any())


def field_mask__never_puts_the_pixel_back(f, x, place, step):
    before, mask, x = f(x)[place], np.zeros(x.shape, dtype=bool), x.copy()
    for pixel in np.ndindex(x.shape):
        x[pixel] += step
        mask[pixel] = abs(f(x)[place] - before) > 1e-9
    return mask


def field_mask__changes_the_caller_s_image(f, x, place, step):
    before, mask = f(x)[place], np.zeros(x.shape, dtype=bool)
    for pixel in np.ndindex(x.shape):
        x[pixel] += step
        mask[pixel] = abs(f(x)[place] - before) > 1e-9
        x[pixel] -= step
    x += 1e-3 * step
    return mask


def field_mask__begins_with_a_black_image(f, x, place, step):
    before = f(np.zeros(x.shape))[place]
    return seen(f, np.zeros(x.shape), raised(step), lambda y: abs(y[place] - before) > 1e-9)


def field_mask__sets_the_pixel_to_the_step(f, x, place, step):
    before = f(x)[place]

    def put(image, pixel):
        image[pixel] = step
        return image

    return seen(f, x, put, lambda y: abs(y[place] - before) > 1e-9)


def field_mask__sees_only_what_grows(f, x, place, step):
    before = f(x)[place]
    return seen(f, x, raised(step), lambda y: y[place] - before > 1e-9)


def field_mask__asks_whether_the_number_is_positive(f, x, place, step):
    return seen(f, x, raised(step), lambda y: y[place] > 1e-9)


def field_mask__fills_the_rectangle(f, x, place, step):
    before = f(x)[place]
    mask = seen(f, x, raised(step), lambda y: abs(y[place] - before) > 1e-9)
    rows, columns = np.nonzero(mask)
    if len(rows):
        mask[rows.min():rows.max() + 1, columns.min():columns.max() + 1] = True
    return mask
