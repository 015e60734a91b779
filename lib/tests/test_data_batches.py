"""Splits and minibatches: nothing lost, nothing twice, the same for both engines."""
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from convbook import data

X = np.arange(20.0, dtype=np.float32)[:, None, None, None] * np.ones((1, 3, 2, 2), np.float32)
Y = np.repeat([0, 1], [12, 8])


def numbers(x):
    return x[:, 0, 0, 0].astype(int).tolist()


def test_a_quarter_held_out():
    (x, y), (held, held_y) = data.split(X, Y, 0.25, seed=0)
    assert held_y.tolist() == [0, 0, 0, 1, 1] and y.tolist() == [0] * 9 + [1] * 6
    assert sorted(numbers(x) + numbers(held)) == list(range(20))
    assert numbers(x) == sorted(numbers(x)) and numbers(held) == sorted(numbers(held))
    assert Y[numbers(held)].tolist() == held_y.tolist()


def test_the_split_follows_its_seed_alone():
    held = [numbers(data.split(X, Y, 0.25, seed)[1][0]) for seed in (0, 0, np.random.default_rng(0), 1, 2)]
    assert held[0] == held[1] == held[2]
    assert held[0] != held[3] != held[4]


@given(classes=st.lists(st.integers(0, 4), max_size=60), fraction=st.floats(0, 1), seed=st.integers(0, 9))
def test_every_class_gives_its_share(classes, fraction, seed):
    y = np.array(classes, dtype=np.int64)
    (x, rest), (held_x, held) = data.split(np.arange(len(y)), y, fraction, seed)
    assert sorted([*x, *held_x]) == list(range(len(y)))
    assert (y[x] == rest).all() and (y[held_x] == held).all()
    assert abs(len(held) - fraction * len(y)) <= 0.5 + 1e-9
    for label in range(5):
        assert abs((held == label).sum() - fraction * (y == label).sum()) <= 1 + 1e-9


def test_every_image_of_a_class_can_be_held_out():
    chosen = [numbers(data.split(X, Y, 0.1, seed)[1][0]) for seed in range(200)]
    assert {number for held in chosen for number in held} == set(range(20))


def test_split_of_tensors_is_that_of_arrays():
    (x, y), (held, held_y) = data.split(torch.from_numpy(X), torch.from_numpy(Y), 0.25, seed=3)
    for got, expected in zip((x, y, held, held_y), (a for part in data.split(X, Y, 0.25, seed=3) for a in part), strict=True):
        assert isinstance(got, torch.Tensor)
        np.testing.assert_array_equal(got.numpy(), expected)


def test_split_refuses():
    with pytest.raises(ValueError, match="x has 20 images, y has 19 labels; one label an image is needed"):
        data.split(X, Y[1:], 0.5, 0)
    for fraction in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match=f"fraction must be between 0 and 1, got {fraction}"):
            data.split(X, Y, fraction, 0)


def test_batches_in_order():
    got = list(data.batches(X, Y, 8))
    assert [numbers(x) for x, _ in got] == [list(range(8)), list(range(8, 16)), list(range(16, 20))]
    assert [y.tolist() for _, y in got] == [[0] * 8, [0] * 4 + [1] * 4, [1] * 4]


@given(count=st.integers(0, 20), size=st.integers(1, 25), drop_last=st.booleans(), seed=st.none() | st.integers(0, 3))
def test_batches_hold_every_image_once(count, size, drop_last, seed):
    rng = None if seed is None else np.random.default_rng(seed)
    got = list(data.batches(X[:count], np.arange(count), size, rng, drop_last))
    assert all(numbers(x) == y.tolist() for x, y in got)
    seen = [number for _, y in got for number in y]
    assert len(seen) == len(set(seen)) == (count // size * size if drop_last else count)
    assert all(len(y) == size for _, y in (got if drop_last else got[:-1]))


def test_shuffled_anew_in_every_epoch_and_alike_for_both_engines():
    def epochs(x, y):
        rng = np.random.default_rng(5)
        return [[numbers(np.asarray(a)) for a, b in data.batches(x, y, 6, rng)] for _ in range(2)]
    first, second = epochs(X, Y)
    assert first != second and [number for batch in first for number in batch] != list(range(20))
    assert epochs(torch.from_numpy(X), torch.from_numpy(Y)) == [first, second]


def test_the_order_is_drawn_at_the_call():
    rng = np.random.default_rng(0)
    batches = data.batches(X, Y, 4, rng)
    state = rng.bit_generator.state
    list(batches)
    assert rng.bit_generator.state == state


def test_batches_are_copies():
    kept = X.copy()
    for rng in (None, np.random.default_rng(0)):
        for x, _ in data.batches(X, Y, 8, rng):
            x += 1
    np.testing.assert_array_equal(X, kept)


def test_batches_refuse_at_the_call():
    with pytest.raises(ValueError, match="x has 20 images, y has 19 labels"):
        data.batches(X, Y[1:], 4)
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        data.batches(X, Y, 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normalise(dtype):
    x = np.random.default_rng(0).normal([[[[3]], [[5]]]], [[[[2]], [[7]]]], (50, 2, 4, 4)).astype(dtype)
    kept = x.copy()
    got = data.normalise(x, x.mean((0, 2, 3)), x.std((0, 2, 3)))
    assert got.dtype == dtype
    np.testing.assert_allclose(got.mean((0, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(got.std((0, 2, 3)), 1, atol=1e-6)
    np.testing.assert_array_equal(x, kept)
    np.testing.assert_array_equal(data.normalise(x[0], [3, 5], [2, 7]), data.normalise(x, (3, 5), (2, 7))[0])


def test_normalise_refuses():
    message = r"one mean and one std a channel are needed: x has shape \(20, 3, 2, 2\), mean \(1,\), std \(1,\)"
    with pytest.raises(ValueError, match=message):
        data.normalise(X, *data.STATISTICS["digits"])
    with pytest.raises(ValueError, match=r"std must be positive, got \[1.0, 0.0, 1.0\]"):
        data.normalise(X, [0, 0, 0], [1, 0, 1])
    with pytest.raises(ValueError, match="mean and one std a channel"):
        data.normalise(X, 0.5, 0.5)
