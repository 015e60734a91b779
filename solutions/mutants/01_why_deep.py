"""Answers that students give and that must not pass: NAME_OF_EXERCISE__what_went_wrong."""
import numpy as np


def bends(weight, bias, read):
    """Where each unit bends and by how much the slope changes there, units that never bend left out."""
    moving = weight != 0
    return -bias[moving] / weight[moving], (read * np.abs(weight))[moving]


def gathered(where, changes):
    """The changes of slope at one place added up."""
    total = {}
    for place, change in zip(np.round(where, 9), changes, strict=True):
        total[place] = total.get(place, 0.0) + change
    return total


def tents(depth, read, kink=-0.5):
    """Two units a layer, relu(t) and relu(t + kink), read with these weights."""
    read = np.array([read])
    layers = [(np.ones((2, 1)), np.array([0.0, kink]))]
    for _ in range(depth - 1):
        layers.append((np.ones((2, 1)) @ read, np.array([0.0, kink])))
    return [*layers, (read, np.zeros(1))]


def template_scores__forgets_the_biases(x, weight, bias):
    return np.einsum("nhw,khw->nk", x, weight)


def template_scores__one_row_for_each_class(x, weight, bias):
    return np.einsum("nhw,khw->kn", x, weight) + bias[:, None]


def template_scores__mean_instead_of_sum(x, weight, bias):
    return np.einsum("nhw,khw->nk", x, weight) / x[0].size + bias


def template_scores__turns_the_templates_on_their_side(x, weight, bias):
    flat = weight.transpose(0, 2, 1).reshape(len(weight), -1)
    return x.reshape(len(x), -1) @ flat.T + bias


def template_scores__the_class_instead_of_the_scores(x, weight, bias):
    return (np.einsum("nhw,khw->nk", x, weight) + bias).argmax(axis=1)


def template_scores__distance_to_the_template(x, weight, bias):
    return -((x[:, None] - weight) ** 2).sum(axis=(2, 3)) + bias


def shift_images__what_leaves_comes_back_at_the_other_side(x, down, right):
    return np.roll(x, (down, right), axis=(2, 3))


def shift_images__rows_and_columns_exchanged(x, down, right):
    return moved(x, right, down)


def shift_images__moves_the_window_instead_of_the_digit(x, down, right):
    return moved(x, -down, -right)


def shift_images__nothing_left_when_it_need_not_move(x, down, right):
    out = np.zeros_like(x)
    if down >= 0 and right >= 0:
        if down and right:
            out[:, :, down:, right:] = x[:, :, :-down, :-right]
        return out
    return moved(x, down, right)


def shift_images__smears_the_border(x, down, right):
    h, w = x.shape[2:]
    rows, columns = np.clip(np.arange(h) - down, 0, h - 1), np.clip(np.arange(w) - right, 0, w - 1)
    return x[:, :, rows][:, :, :, columns]


def shift_images__never_more_than_the_image(x, down, right):
    return moved(x, down % x.shape[2] if down > 0 else down, right % x.shape[3] if right > 0 else right)


def shift_images__zeros_of_another_type(x, down, right):
    return moved(x.astype(np.float64), down, right)


def shift_images__cleans_up_in_the_original(x, down, right):
    out = moved(x, down, right)
    x[:] = 0
    return out


def moved(x, down, right):
    out = np.zeros_like(x)
    h, w = x.shape[2:]
    for r in range(max(0, down), min(h, h + down)):
        for c in range(max(0, right), min(w, w + right)):
            out[:, :, r, c] = x[:, :, r - down, c - right]
    return out


def relu_interpolant__slopes_instead_of_their_changes(knots, values):
    return float(values[0]), np.diff(values) / np.diff(knots)


def relu_interpolant__starts_at_zero(knots, values):
    return 0.0, np.diff(np.diff(values) / np.diff(knots), prepend=0)


def relu_interpolant__all_knots_as_far_apart_as_the_first_two(knots, values):
    return float(values[0]), np.diff(np.diff(values) / (knots[1] - knots[0]), prepend=0)


def relu_interpolant__changes_of_height_are_not_slopes(knots, values):
    return float(values[0]), np.diff(np.diff(values), prepend=0)


def relu_interpolant__forgets_the_first_slope(knots, values):
    changes = np.diff(np.diff(values) / np.diff(knots), prepend=0)
    changes[0] = 0
    return float(values[0]), changes


def relu_interpolant__a_unit_for_every_knot(knots, values):
    slopes = np.concatenate([[0], np.diff(values) / np.diff(knots), [0]])
    return float(values[0]), np.diff(slopes)


def count_pieces__a_bend_for_every_unit(weight, bias, read, low, high):
    return len(weight) + 1


def count_pieces__counts_bends_outside(weight, bias, read, low, high):
    return 1 + sum(abs(change) > 1e-9 for change in gathered(*bends(weight, bias, read)).values())


def count_pieces__a_bend_at_the_end_counts(weight, bias, read, low, high):
    return 1 + sum(low <= place <= high and abs(change) > 1e-9 for place, change in gathered(*bends(weight, bias, read)).items())


def count_pieces__two_units_at_one_place_bend_twice(weight, bias, read, low, high):
    where, changes = bends(weight, bias, read)
    return 1 + int(np.sum((low < where) & (where < high) & (changes != 0)))


def count_pieces__overlooks_that_bends_cancel(weight, bias, read, low, high):
    where, _ = bends(weight, bias, np.ones_like(read))
    return 1 + len({round(place, 9) for place in where if low < place < high})


def count_pieces__takes_the_sign_of_the_weight(weight, bias, read, low, high):
    moving = weight != 0
    where, changes = -bias[moving] / weight[moving], (read * weight)[moving]
    return 1 + sum(low < place < high and abs(change) > 1e-9 for place, change in gathered(where, changes).items())


def count_pieces__bends_where_the_bias_says(weight, bias, read, low, high):
    changes = gathered(-bias, read * np.abs(weight))
    return 1 + sum(low < place < high and abs(change) > 1e-9 for place, change in changes.items())


def count_pieces__counts_bends_instead_of_pieces(weight, bias, read, low, high):
    return sum(low < place < high and abs(change) > 1e-9 for place, change in gathered(*bends(weight, bias, read)).items())


def count_pieces__looks_for_corners_on_a_fine_grid(weight, bias, read, low, high):
    x = np.linspace(low, high, 10001)
    y = np.maximum(np.outer(x, weight) + bias, 0) @ read
    corner = np.abs(np.diff(y, 2)) > 1e-9
    return int(1 + corner[0] + np.sum(corner[1:] & ~corner[:-1]))


def count_pieces__an_array_with_one_number(weight, bias, read, low, high):
    where = gathered(*bends(weight, bias, read))
    return np.array([1 + sum(low + 1e-9 < place < high - 1e-9 and abs(change) > 1e-9 for place, change in where.items())])


def sawtooth_net__one_tent_whatever_the_depth(depth):
    return tents(1, [2.0, -4.0])


def sawtooth_net__goes_up_and_stays_there(depth):
    return tents(depth, [2.0, -2.0])


def sawtooth_net__bends_at_one(depth):
    return tents(depth, [1.0, -2.0], kink=-1.0)


def sawtooth_net__one_layer_too_few(depth):
    return tents(max(1, depth - 1), [2.0, -4.0])


def sawtooth_net__one_layer_too_many(depth):
    return tents(depth + 1, [2.0, -4.0])


def sawtooth_net__one_wide_layer(depth):
    n = 2**depth
    read = n * np.array([[1.0] + [2.0 * (-1) ** k for k in range(1, n)]])
    return [(np.ones((n, 1)), -np.arange(n) / n), (read, np.zeros(1))]


def sawtooth_net__hands_on_the_first_unit_only(depth):
    layers = [(np.ones((2, 1)), np.array([0.0, -0.5]))]
    for _ in range(depth - 1):
        layers.append((np.array([[2.0, 0.0], [2.0, 0.0]]), np.array([0.0, -0.5])))
    return [*layers, (np.array([[2.0, -4.0]]), np.zeros(1))]
