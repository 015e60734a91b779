"""The net of the figure lenet-explorer: its file holds lenet5, the digits were held out, and it reads as many as the file says."""
import importlib
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch

from convbook import models, numpy_nn, train
from convbook import torch_nn as nn

with mock.patch.object(sys, "path", [str(Path(__file__).parents[1] / "explorer"), *sys.path]):     # as when explorer.py is the script
    explorer = importlib.import_module("explorer")


@pytest.fixture(scope="module")
def sets():
    return explorer.sets()


@pytest.fixture(scope="module")
def kept():
    return explorer.read()


def test_the_file_holds_lenet5_in_half_precision(kept):
    weights, _, _ = kept
    assert {name: array.shape for name, array in weights.items()} == {
        name: tuple(value.shape) for name, value in models.lenet5(nn).state_dict().items()}
    assert all((array == array.astype(np.float16)).all() for array in weights.values())
    assert explorer.FILE.stat().st_size < 200_000


@pytest.mark.parametrize("engine", [nn, numpy_nn])
def test_it_reads_as_many_held_out_digits_as_the_file_says(kept, sets, engine):
    weights, _, about = kept
    x, y = sets[1]
    options = {"device": "cpu"} if engine is nn else {}
    _, accuracy = train.evaluate(explorer.net_of(weights, engine), x, y, **options)
    assert about["held"] == len(x) == 1000
    assert abs(accuracy * len(x) - about["right"]) < 1.5            # a digit between two classes may fall to either side
    assert accuracy >= 0.975


def test_the_examples_are_held_out_digits_one_of_each(kept, sets):
    _, (x, y), _ = kept
    (seen, _), (held, labels) = sets
    assert y.tolist() == list(range(10))
    for digit, label in zip(x, y, strict=True):
        assert not (seen == digit).all((1, 2, 3)).any()
        assert label in labels[(held == digit).all((1, 2, 3))]


def test_what_is_written_is_read_again(kept, tmp_path):
    weights, (x, y), _ = kept
    file = tmp_path / "weights.js"
    explorer.write({name: -array.astype(np.float16) for name, array in weights.items()}, (x[:2], y[:2]), 3, 4, file)
    again, (digits, labels), about = explorer.read(file)
    assert about == {"right": 3, "held": 4} and labels.tolist() == [0, 1]
    np.testing.assert_array_equal(digits, x[:2])
    for name, array in weights.items():
        np.testing.assert_array_equal(again[name], -array)


def test_a_redrawn_digit_is_another_picture_of_it(sets):
    x = sets[0][0][:64]
    before = x.copy()
    first, second, other = (explorer.redrawn(x, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(first, second)
    assert first.shape == x.shape and first.dtype == x.dtype and first.min() >= 0 and first.max() <= 1
    assert (np.abs(first - x).mean((1, 2, 3)) > 0.005).all() and (first != other).any((1, 2, 3)).all()
    assert first.sum((1, 2, 3)).min() > 10                          # no digit is lost
    bar = np.zeros_like(x)
    bar[:, :, 4:24, 12:16] = 1
    ink = explorer.redrawn(bar, np.random.default_rng(0)).sum((1, 2, 3)) / 80
    assert 0.4 < ink.min() < 0.65 and 1.5 < ink.max() < 2           # lines are thinner and bolder than stretching alone makes them
    empty = np.zeros((1, 1, 28, 28), np.float32)
    assert not explorer.redrawn(empty, np.random.default_rng(0)).any()


def test_equal_seeds_train_equal_nets(sets):
    few = sets[0][0][:80], sets[0][1][:80]
    first, second, other = (explorer.trained(few, epochs=1, seed=seed, progress=False).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["head.fc3.weight"], other["head.fc3.weight"])
