"""The benchmark of pooling compares like with like and reports what it measured; how fast things are is no test."""
import importlib
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

with mock.patch.object(sys, "path", [str(Path(__file__).parents[1] / "benchmarks"), *sys.path]):     # as when run.py is the script
    pool = importlib.import_module("pool")
TINY = pool.Shape("nowhere", 2, 3, 9, 3, 2, 1)


@pytest.mark.parametrize("name", pool.FUNCTIONS)
def test_contestants_compute_the_same(name):
    calls = pool.contestants(name, TINY)
    for ours, torchs in (("numpy forward", "torch forward"), ("numpy alone", "torch forward"), ("numpy backward", "torch backward")):
        np.testing.assert_allclose(calls[ours](), calls[torchs](), rtol=1e-5, atol=1e-6)


def test_measure_times_everything():
    measured = pool.measure([TINY], rounds=2)
    assert [m.name for m in measured] == list(pool.FUNCTIONS)
    assert all(seconds > 0 for m in measured for seconds in m.seconds.values())


def test_report_gives_ratios_of_speed():
    seconds = {"torch forward": 0.002, "numpy forward": 0.004, "numpy alone": 0.001, "torch backward": 0.003, "numpy backward": 0.002}
    text = pool.report([pool.Measurement("max_pool2d", TINY, seconds)])
    assert "| max_pool2d | 2x3x9x9, 3x3 s2 p1 (nowhere) | 2.00 | 0.50 | 2.00 | 3.00 | 1.50 | at least 0.3 |" in text
