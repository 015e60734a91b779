"""Right answers that look nothing like ours and must pass in full."""
import itertools
from fractions import Fraction

import numpy as np


def template_scores__one_product_after_the_other(x, weight, bias):
    return [[float(b) + sum(float(p) * float(w) for p, w in zip(image.ravel(), template.ravel(), strict=True))
             for template, b in zip(weight, bias, strict=True)] for image in x]


def template_scores__bias_as_one_more_pixel(x, weight, bias):
    pixels = np.concatenate([x.reshape(len(x), -1), np.ones((len(x), 1), x.dtype)], axis=1)
    weights = np.concatenate([weight.reshape(len(weight), -1), bias[:, None]], axis=1)
    return pixels @ weights.T


def shift_images__pads_all_around_and_cuts_out(x, down, right):
    (_n, _c, h, w), room = x.shape, max(abs(down), abs(right))
    padded = np.pad(x, ((0, 0), (0, 0), (room, room), (room, room)))
    return padded[:, :, room - down:room - down + h, room - right:room - right + w]


def shift_images__as_two_matrix_products(x, down, right):
    h, w = x.shape[2:]
    return np.eye(h, k=-down, dtype=x.dtype) @ x @ np.eye(w, k=right, dtype=x.dtype)


def shift_images__rolls_and_wipes(x, down, right):
    h, w = x.shape[2:]
    rolled = np.roll(x, (down, right), axis=(2, 3))
    rows, columns = np.arange(h) - down, np.arange(w) - right
    rolled[:, :, (rows < 0) | (rows >= h)] = 0
    rolled[:, :, :, (columns < 0) | (columns >= w)] = 0
    return rolled


def relu_interpolant__solves_the_equations(knots, values):
    ramps = np.maximum(knots[1:, None] - knots[None, :-1], 0)
    return values[0], np.linalg.solve(ramps, values[1:] - values[0])


def relu_interpolant__mends_one_knot_after_the_other(knots, values):
    coefficients = []
    for k in range(1, len(knots)):
        so_far = values[0] + sum(a * (knots[k] - t) for a, t in zip(coefficients, knots, strict=False))
        coefficients.append((values[k] - so_far) / (knots[k] - knots[k - 1]))
    return [float(values[0]), [float(a) for a in coefficients]]


def count_pieces__compares_slopes_on_both_sides(weight, bias, read, low, high):
    def slope(x):
        return sum(r * w for w, b, r in zip(weight, bias, read, strict=True) if w * x + b > 0)

    bends = sorted({round(-b / w, 9) for w, b in zip(weight, bias, strict=True) if w != 0})
    bends = [low, *(x for x in bends if low < x < high), high]
    slopes = [slope((a + b) / 2) for a, b in itertools.pairwise(bends)]
    return 1 + sum(abs(a - b) > 1e-9 for a, b in itertools.pairwise(slopes))


def count_pieces__second_differences_on_a_list_of_bends(weight, bias, read, low, high):
    moving = weight != 0
    places = np.unique(np.round(-bias[moving] / weight[moving], 9))
    places = places[(places > low) & (places < high)]
    t = np.concatenate([[low], places, [high]])
    y = np.maximum(np.outer(t, weight) + bias, 0) @ read
    return np.int64(1 + np.sum(np.abs(np.diff(np.diff(y) / np.diff(t))) > 1e-9))


def count_pieces__exact_fractions(weight, bias, read, low, high):
    changes = {}
    for w, b, r in zip(weight, bias, read, strict=True):
        if w:
            place = float(round(-Fraction(float(b)) / Fraction(float(w)), 9))
            changes[place] = changes.get(place, 0) + float(r) * abs(float(w))
    return len([1 for place, change in changes.items() if low < place < high and abs(change) > 1e-9]) + 1


def sawtooth_net__one_minus_an_absolute_value(depth):
    layers = [(np.array([[2.0], [-2.0]]), np.array([-1.0, 1.0]))]
    for _ in range(depth - 1):
        layers.append((np.array([[-2.0, -2.0], [2.0, 2.0]]), np.array([1.0, -1.0])))
    return [*layers, (np.array([[-1.0, -1.0]]), np.array([1.0]))]


def sawtooth_net__small_teeth_first_in_plain_lists(depth):
    layers = [([[2.0], [4.0]], [0.0, -2.0])]
    for _ in range(depth - 1):
        layers.append(([[2.0, -2.0], [4.0, -4.0]], [0.0, -2.0]))
    return [*layers, ([[1.0, -1.0]], [0.0])]
