"""The benchmark of activations runs, compares like with like and reports what it measured; how fast things are is no test."""
import importlib
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

with mock.patch.object(sys, "path", [str(Path(__file__).parents[1] / "benchmarks"), *sys.path]):     # as when run.py is the script
    benchmark = importlib.import_module("activation")


@pytest.mark.parametrize("name", benchmark.FUNCTIONS)
def test_contestants_compute_the_same(name):
    calls = benchmark.contestants(name, (6, 5))
    for direction in ("forward", "backward"):
        np.testing.assert_allclose(calls[f"numpy {direction}"](), calls[f"torch {direction}"](), rtol=1e-4, atol=1e-6)


def test_measure_times_every_function_both_ways():
    measurements = benchmark.measure(maps=(2, 3, 4, 4), scores=(5, 6), rounds=1)
    assert [m.name for m in measurements] == list(benchmark.FUNCTIONS)
    assert {m.shape for m in measurements if "soft" in m.name or "entropy" in m.name} == {(5, 6)}
    for m in measurements:
        assert set(m.seconds) == {"torch forward", "numpy forward", "torch backward", "numpy backward"}
        assert all(seconds > 0 for seconds in m.seconds.values())


def test_report_gives_ratios_of_speed():
    seconds = {"torch forward": 0.002, "numpy forward": 0.001, "torch backward": 0.003, "numpy backward": 0.006}
    lines = benchmark.report([benchmark.Measurement("relu", (2, 3), seconds), benchmark.Measurement("elu", (2, 3), seconds)]).splitlines()
    assert "| relu | 2x3 | 2.0 | 2.00 | 3.0 | 0.50 | at least 0.3 |" in lines
    assert "| elu | 2x3 | 2.0 | 2.00 | 3.0 | 0.50 |  |" in lines
