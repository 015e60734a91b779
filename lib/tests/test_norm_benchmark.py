"""The benchmark of normalisations runs, compares like with like and reports what it measured."""
import importlib
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

with mock.patch.object(sys, "path", [str(Path(__file__).parents[1] / "benchmarks"), *sys.path]):     # as when run.py is the script
    norm = importlib.import_module("norm")
BATCH = {"running_mean": None, "running_var": None, "training": True}
TINY = [("batch_norm", (3, 4, 5, 6), BATCH), ("batch_norm", (5, 4), BATCH), ("layer_norm", (2, 3, 8), {"normalized_shape": (8,)}),
        ("group_norm", (2, 6, 3, 3), {"num_groups": 2}), ("local_response_norm", (2, 6, 3, 3), {"size": 5})]


@pytest.mark.parametrize("case", TINY, ids=lambda case: f"{case[0]}{case[1]}")
def test_contestants_compute_the_same(case):
    calls = norm.contestants(*case)
    np.testing.assert_allclose(calls["numpy forward"](), calls["torch forward"](), rtol=1e-4, atol=1e-4)
    ours, torchs = calls["numpy backward"](), calls["torch backward"]()
    for got, expected in zip(ours if isinstance(ours, tuple) else (ours,), torchs, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_measure_and_report():
    measured = norm.measure(TINY[:1], rounds=2)[0]
    assert all(seconds > 0 for seconds in measured.seconds.values())
    seconds = {"torch forward": 0.002, "numpy forward": 0.001, "torch backward": 0.003, "numpy backward": 0.012}
    text = norm.report([norm.Measurement("batch_norm", (2, 3, 4, 5), seconds), norm.Measurement("batch_norm", (2, 3), seconds)])
    assert "| batch_norm | 2x3x4x5 | 2.00 | 2.00 | 3.00 | 0.25 | at least 0.3 |" in text
    assert "| batch_norm | 2x3 | 2.00 | 2.00 | 3.00 | 0.25 |  |" in text
