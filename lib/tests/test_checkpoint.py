"""Checkpoints: what goes in comes out, nothing is half written, nothing in them can run."""
import os
import pickle

import numpy as np
import pytest
import torch

from convbook.train import checkpoint

TREE = {"state": {0: {"step": torch.tensor(3.0), "exp_avg": np.arange(6.0).reshape(2, 3)}}, "betas": (0.9, 0.999), "name": "a/b",
        "none": None, "flags": [True, 2, 2.5], "empty": {}, "number": np.float32(1.5)}


def test_what_goes_in_comes_out(tmp_path):
    checkpoint.save(tmp_path / "new" / "last.npz", TREE)
    got = checkpoint.load(tmp_path / "new" / "last.npz")
    np.testing.assert_array_equal(got["state"][0].pop("exp_avg"), np.arange(6.0).reshape(2, 3))
    assert got["state"][0].pop("step").dtype == np.float32
    assert got.pop("number") == 1.5
    assert got == {"state": {0: {}}, "betas": [0.9, 0.999], "name": "a/b", "none": None, "flags": [True, 2, 2.5], "empty": {}}


@pytest.mark.parametrize("stop", ["full disk", "interrupt", "bad value"])
def test_the_old_file_stays_if_the_new_one_cannot_be_written(tmp_path, monkeypatch, stop):
    path, errors = tmp_path / "last.npz", {"full disk": OSError("No space left"), "interrupt": KeyboardInterrupt()}
    checkpoint.save(path, {"epoch": 1})
    if stop in errors:
        def fail(*_):
            raise errors[stop]
        monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((OSError, KeyboardInterrupt, TypeError)):
        checkpoint.save(path, {"epoch": 2, "value": object() if stop == "bad value" else 1})
    assert checkpoint.load(path) == {"epoch": 1}
    assert os.listdir(tmp_path) == ["last.npz"]


def test_a_damaged_file_says_so(tmp_path):
    path = tmp_path / "last.npz"
    checkpoint.save(path, TREE)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"last\.npz is damaged or no checkpoint .* delete it and train again"):
        checkpoint.load(path)
    with pytest.raises(FileNotFoundError, match="there is no checkpoint"):
        checkpoint.load(tmp_path / "other.npz")


def test_nothing_is_unpickled(tmp_path):
    ran = tmp_path / "ran"

    class Trap:
        def __reduce__(self):
            return (ran.touch, ())
    np.savez(tmp_path / "trap.npz", tree=np.array([Trap()], dtype=object))
    (tmp_path / "plain.npz").write_bytes(pickle.dumps(Trap()))
    for name in ("trap.npz", "plain.npz"):
        with pytest.raises(ValueError, match="damaged or no checkpoint"):
            checkpoint.load(tmp_path / name)
    assert not ran.exists()


def test_bfloat16_is_refused_with_a_remedy(tmp_path):
    with pytest.raises(TypeError, match="NumPy has no bfloat16; keep the net in float32 and use autocast"):
        checkpoint.save(tmp_path / "x.npz", {"w": torch.ones(2, dtype=torch.bfloat16)})
