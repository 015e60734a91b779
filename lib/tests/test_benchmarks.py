"""The benchmark runs, compares like with like and reports what it measured; how fast things are is no test."""
import importlib.util
from pathlib import Path

import numpy as np
import pytest

spec = importlib.util.spec_from_file_location("benchmark_conv", Path(__file__).parents[1] / "benchmarks" / "conv.py")
conv = importlib.util.module_from_spec(spec)
spec.loader.exec_module(conv)
TINY = conv.Shape(2, 3, 8, 4, 3, 2, 1)


def test_contestants_compute_the_same():
    calls = conv.contestants(TINY)
    np.testing.assert_allclose(calls["numpy forward"](), calls["torch forward"](), rtol=1e-4, atol=1e-5)
    for ours, torchs in zip(calls["numpy backward"](), calls["torch backward"](), strict=True):
        np.testing.assert_allclose(ours, torchs, rtol=1e-4, atol=1e-5)


def test_measure_times_both_and_counts_memory():
    measured = conv.measure(TINY, passes=1, rounds=2)
    assert set(measured.seconds) == {"torch forward", "numpy forward", "torch backward", "numpy backward", "products"}
    assert all(seconds > 0 for seconds in measured.seconds.values())
    assert all(0 < extra < 1e6 for extra in measured.memory.values())


def test_report_gives_ratios_of_speed_and_their_geometric_mean():
    seconds = {"torch forward": 0.002, "torch backward": 0.006, "products": 0.001}
    quick = conv.Measurement(TINY, {**seconds, "numpy forward": 0.001, "numpy backward": 0.006}, {"forward": 10**6, "backward": 3 * 10**6})
    slow = conv.Measurement(TINY, {**seconds, "numpy forward": 0.004, "numpy backward": 0.024}, {"forward": 10**6, "backward": 10**6})
    assert (quick.ratio("forward"), slow.ratio("forward")) == pytest.approx((2, 0.5))
    text = conv.report([quick, slow])
    assert "| 2x3x8 -> 4, 3x3 s2 p1 | 2.0 | 2.00 | 6.0 | 1.00 | 3.0 | 2.00 |" in text
    assert "| forward, geometric mean | 1.00 | at least 0.75 |" in text
    assert "| backward, geometric mean | 0.50 | at least 0.85 |" in text
    assert "| memory of backward beyond inputs and outputs, largest | 3.0 MB | at most 64 MB |" in text
