"""Pieces and mirror images by hand, and where chance puts them."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from convbook import augment

X = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_crop_by_hand():
    x = np.array([[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]], [[[10, 20, 30], [40, 50, 60], [70, 80, 90]]]])
    got = augment.crop(x, [0, 1], [1, 0], 2)
    assert got.tolist() == [[[[2, 3], [5, 6]]], [[[40, 50], [70, 80]]]]


@given(st.data())
def test_crop_is_slicing(data):
    height, width = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 5))
    tops = data.draw(st.lists(st.integers(0, 4 - height), min_size=2, max_size=2))
    lefts = data.draw(st.lists(st.integers(0, 5 - width), min_size=2, max_size=2))
    got = augment.crop(X, tops, lefts, (height, width))
    for image, piece, top, left in zip(X, got, tops, lefts, strict=True):
        np.testing.assert_array_equal(piece, image[:, top:top + height, left:left + width])


def test_pad_and_crop_finds_every_place_about_equally_often():
    x = np.ones((9000, 1, 3, 3), np.float32)
    x[:, :, 1, 1] = 2                                           # where this pixel lands tells the place
    places = np.argwhere(augment.pad_and_crop(x, 1, rng())[:, 0] == 2)[:, 1:]
    counts = np.bincount(places @ [3, 1], minlength=9)
    assert counts.sum() == 9000 and (abs(counts - 1000) < 5 * np.sqrt(1000 * 8 / 9)).all()


def test_pad_and_crop_brings_zeros_from_outside_only():
    got = augment.pad_and_crop(np.ones((200, 2, 4, 4)), (2, 0), rng())
    assert got.shape == (200, 2, 4, 4)
    assert set(np.unique(got)) == {0, 1}
    assert (got.min(axis=3) == got.max(axis=3)).all(), "nothing is added at the sides: rows are all ones or all zeros"
    assert set((got[:, 0, :, 0] == 0).sum(axis=1)) == {0, 1, 2}


def test_pad_and_crop_to_another_size():
    assert augment.pad_and_crop(X, 0, rng(), size=(2, 3)).shape == (2, 3, 2, 3)
    assert augment.pad_and_crop(X, 1, rng(), size=6).shape == (2, 3, 6, 6)
    np.testing.assert_array_equal(augment.pad_and_crop(X, 0, rng()), X)


def test_random_places_reach_both_ends():
    tops, lefts = augment.random_places(500, (5, 9), (5, 7), rng())
    assert set(tops) == {0} and set(lefts) == {0, 1, 2}


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda: augment.pad_and_crop(X, -1, rng()), ValueError, "padding must be at least 0, got -1"),
    (lambda: augment.pad_and_crop(X, (1, -1), rng()), ValueError, "padding must be at least 0, got -1"),
    (lambda: augment.pad_and_crop(X, 1.5, rng()), TypeError, r"padding must be an int or a pair of ints \(height, width\), got 1.5"),
    (lambda: augment.pad_and_crop(X, 1, rng(), 7), ValueError, r"the piece \(7, 7\) is larger than the image \(6, 7\); use a smaller"),
    (lambda: augment.crop(X, [0, 0], [0, 0], 0), ValueError, "size must be at least 1, got 0"),
    (lambda: augment.crop(X, [0, 2], [0, 0], (3, 5)), ValueError, "tops must be between 0 and 1, got 2"),
    (lambda: augment.crop(X, [0, 0], [-1, 0], (3, 4)), ValueError, "lefts must be between 0 and 1, got -1"),
    (lambda: augment.crop(X, [0], [0, 0], 2), ValueError, r"tops must have shape \(2,\), got \(1,\)"),
    (lambda: augment.flip(X, rng(), 1.1), ValueError, r"p must be between 0 and 1, got 1.1"),
    (lambda: augment.flip_chosen(X, [True]), ValueError, r"chosen must have shape \(2,\), got \(1,\)"),
    (lambda: augment.ten_crop(X, (5, 5)), ValueError, r"the piece \(5, 5\) is larger than the image \(4, 5\)"),
])
def test_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_flip_chosen_by_hand():
    got = augment.flip_chosen(X, [False, True])
    np.testing.assert_array_equal(got[0], X[0])
    np.testing.assert_array_equal(got[1], X[1][..., ::-1])
    np.testing.assert_array_equal(augment.flip_chosen(got, [False, True]), X)


@pytest.mark.parametrize("p", [0, 0.25, 0.5, 1])
def test_flip_mirrors_a_share_of_p(p):
    x = np.tile(np.array([0.0, 1.0]), (4000, 1, 1, 1))
    share = augment.flip(x, rng(), p)[:, 0, 0, 0].mean()
    assert abs(share - p) <= 4 * np.sqrt(p * (1 - p) / 4000)


def test_ten_crop():
    got = augment.ten_crop(X, (3, 2))
    assert got.shape == (2, 10, 3, 3, 2)
    for first, image in ((0, X), (5, X[..., ::-1])):
        for k, (top, left) in enumerate([(0, 0), (0, 3), (1, 0), (1, 3), (0, 1)]):
            np.testing.assert_array_equal(got[:, first + k], image[:, :, top:top + 3, left:left + 2])


def test_ten_crops_of_a_whole_image_are_the_image_and_its_mirror():
    got = augment.ten_crop(X, (4, 5))
    assert all((got[:, k] == X).all() and (got[:, 5 + k] == X[..., ::-1]).all() for k in range(5))


def test_resized_crop_is_torchs_interpolate_of_the_box(assert_close):
    x = rng(1).random((6, 3, 17, 23))
    boxes = np.array([[0, 0, 17, 23], [3, 5, 1, 1], [2, 4, 9, 7], [16, 0, 1, 23], [0, 22, 17, 1], [5, 6, 8, 8]])
    for size in ((11, 13), (1, 1), (32, 5), (8, 8)):
        got = augment.resized_crop(x, boxes, size)
        for image, piece, (top, left, height, width) in zip(x, got, boxes, strict=True):
            box = torch.from_numpy(image[None, :, top:top + height, left:left + width])
            assert_close(piece[None], F.interpolate(box, size, mode="bilinear", align_corners=False).numpy(), 1e-12)
            grid = F.affine_grid(torch.eye(2, 3, dtype=torch.float64)[None], [1, 3, *size], align_corners=False)
            assert_close(piece[None], F.grid_sample(box, grid, padding_mode="border", align_corners=False).numpy(), 1e-12)


def test_resized_crop_in_float32_is_right_to_two_units_in_the_last_place(assert_close):
    x, boxes = rng(2).random((20, 3, 40, 40)), augment.random_boxes(20, (40, 40), rng(3))
    assert_close(augment.resized_crop(x.astype(np.float32), boxes, 24), augment.resized_crop(x, boxes, 24), 2.5e-7)


def test_resized_crop_of_the_same_size_copies():
    boxes = np.array([[1, 2, 3, 3], [0, 0, 3, 3]])
    np.testing.assert_array_equal(augment.resized_crop(X, boxes, 3), augment.crop(X, boxes[:, 0], boxes[:, 1], 3))


def test_resized_crop_doubles_by_hand():
    x = np.array([[[[0.0, 4.0]]]])
    assert augment.resized_crop(x, [[0, 0, 1, 2]], (1, 4)).tolist() == [[[[0, 1, 3, 4]]]]


@pytest.mark.parametrize(("call", "message"), [
    (lambda: augment.resized_crop(X, [[0, 0, 4, 5], [2, 0, 3, 5]], 2),
     r"box 1, \(top, left, height, width\) = \(2, 0, 3, 5\), does not lie in the image of \(4, 5\)"),
    (lambda: augment.resized_crop(X, [[0, 0, 0, 5], [0, 0, 3, 5]], 2), "box 0, "),
    (lambda: augment.resized_crop(X, [[0, -1, 2, 2], [0, 0, 3, 5]], 2), "box 0, "),
    (lambda: augment.resized_crop(X, [[0, 0, 2, 2]], 2), r"boxes must have shape \(2, 4\), got \(1, 4\)"),
    (lambda: augment.resized_crop(X, [[0, 0, 2, 2]] * 2, 0), "size must be at least 1, got 0"),
    (lambda: augment.random_resized_crop(X, rng(), 2, scale=(0, 1)), r"scale must be a pair \(lowest, highest\) above 0 and at most 1"),
    (lambda: augment.random_resized_crop(X, rng(), 2, scale=(0.5, 1.5)), "scale must be a pair"),
    (lambda: augment.random_resized_crop(X, rng(), 2, ratio=(2, 1)), r"ratio must be a pair \(lowest, highest\) above 0, got \(2, 1\)"),
    (lambda: augment.random_boxes(2, (0, 3), rng()), "image_size must be at least 1, got 0"),
])
def test_resizing_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@given(height=st.integers(1, 60), width=st.integers(1, 60), low=st.floats(0.01, 1), high=st.floats(0.01, 1), seed=st.integers(0, 5))
def test_boxes_lie_in_their_image(height, width, low, high, seed):
    boxes = augment.random_boxes(30, (height, width), rng(seed), scale=(min(low, high), max(low, high)))
    top, left, h, w = boxes.T
    assert boxes.dtype.kind == "i" and (boxes[:, :2] >= 0).all() and (boxes[:, 2:] >= 1).all()
    assert (top + h <= height).all() and (left + w <= width).all()


def test_boxes_have_the_areas_shapes_and_places_asked_for():
    boxes = augment.random_boxes(4000, (400, 400), rng(), scale=(0.1, 0.4), ratio=(0.5, 2))
    top, left, height, width = boxes.T
    area, shape = height * width / 400**2, np.log(width / height)
    assert 0.099 < area.min() < 0.102 and 0.398 < area.max() < 0.402
    assert abs(area.mean() - 0.25) < 4 * 0.3 / np.sqrt(12 * 4000)
    assert abs(shape.mean()) < 4 * 2 * np.log(2) / np.sqrt(12 * 4000) and abs(abs(shape).max() - np.log(2)) < 0.02
    for start, length in ((top, height), (left, width)):
        assert abs((start / (400 - length)).mean() - 0.5) < 4 / np.sqrt(12 * 4000)


@pytest.mark.parametrize(("image", "ratio", "expected"), [
    ((100, 10), (3 / 4, 4 / 3), [43, 0, 13, 10]),          # too tall: the whole width, the flattest shape allowed ... in the middle
    ((10, 100), (3 / 4, 4 / 3), [0, 43, 10, 13]),
    ((20, 20), (1, 1), [0, 0, 20, 20]),
])
def test_a_box_that_never_fits_is_the_largest_in_the_middle(image, ratio, expected):
    assert augment.random_boxes(3, image, rng(), scale=(1, 1), ratio=ratio).tolist() == [expected] * 3
