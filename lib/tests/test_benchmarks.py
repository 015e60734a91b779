"""The benchmarks run, compare like with like and report what they measured; how fast things are is no test."""
import importlib
import os
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"
with mock.patch.dict(os.environ), mock.patch.object(sys, "path", [str(FOLDER), *sys.path]):      # as when run.py is the script
    conv, run, timing = map(importlib.import_module, ("conv", "run", "timing"))

TINY = conv.Shape(2, 3, 8, 6, 3, 2, 1, 3)


def test_contestants_compute_the_same():
    calls = conv.contestants(TINY)
    np.testing.assert_allclose(calls["numpy forward"](), calls["torch forward"](), rtol=1e-4, atol=1e-5)
    for ours, torchs in zip(calls["numpy backward"](), calls["torch backward"](), strict=True):
        np.testing.assert_allclose(ours, torchs, rtol=1e-4, atol=1e-5)


def test_measure_times_all_and_counts_memory():
    (title, (measured,)), = conv.measure({"tiny": [TINY]}, passes=1, rounds=2).items()
    assert title == "tiny"
    assert set(measured.seconds) == {"torch forward", "numpy forward", "torch backward", "numpy backward", "products"}
    assert all(seconds > 0 for seconds in measured.seconds.values())
    assert all(0 < extra < 1e6 for extra in measured.memory.values())


def test_the_quickest_round_counts(monkeypatch):
    clock = iter([0, 5, 10, 11, 20, 23])
    monkeypatch.setattr(timing.page.time, "process_time", lambda: next(clock))
    made = []
    assert timing.quickest(lambda: made.append(1) or {"call": lambda: None}, passes=3, rounds=1) == {"call": 1}
    assert len(made) == 3


def test_bytes_beyond_outputs():
    def call():
        spare = np.ones(10**6)
        return spare[:10].copy(), None
    assert 8e6 <= timing.bytes_beyond_outputs(call) <= 8.1e6


def test_report_gives_ratios_of_speed_and_their_geometric_mean():
    seconds = {"torch forward": 0.002, "torch backward": 0.006, "products": 0.001}
    quick = conv.Measurement(TINY, {**seconds, "numpy forward": 0.001, "numpy backward": 0.006}, {"forward": 10**6, "backward": 3 * 10**6})
    slow = conv.Measurement(TINY, {**seconds, "numpy forward": 0.004, "numpy backward": 0.024}, {"forward": 10**6, "backward": 10**6})
    assert (quick.ratio("forward"), slow.ratio("forward")) == pytest.approx((2, 0.5))
    text = conv.report({"tuned": [quick, slow], "other": [slow]})
    assert "| 2x3x8 -> 6, 3x3 s2 p1 g3 | 2.0 | 2.00 | 6.0 | 1.00 | 3.0 | 2.00 |" in text
    assert "| forward, geometric mean | 1.00 | at least 0.75 |" in text
    assert "| backward, geometric mean | 0.50 | at least 0.85 |" in text
    assert "| memory of backward beyond inputs and outputs, largest | 3.0 MB | at most 64 MB |" in text
    assert text.split("### other")[1].endswith("| geometric mean | | 0.50 | | 0.25 | | |\n")
    assert text.count("at least") == 2, "the aims belong to the first section alone"


def test_every_section_has_its_own_shapes():
    shapes = [shape for section in conv.SHAPES.values() for shape in section]
    assert len(shapes) == len(set(shapes))
    assert [len(section) for section in conv.SHAPES.values()][:2] == [6, 6]


@pytest.mark.parametrize("name", run.BENCHMARKS)
def test_registered_benchmarks_exist(name):
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    assert "\ndef measure(" in text and "\ndef report(" in text


def test_results_come_from_every_benchmark(capsys, tmp_path, monkeypatch):
    class Fake:
        measure, report = staticmethod(lambda: 7), staticmethod("## Fake\n\n{} measured\n".format)
    monkeypatch.setattr(run.importlib, "import_module", lambda name: Fake)
    monkeypatch.setattr(run, "__file__", str(tmp_path / "run.py"))
    run.main(["one"])
    assert "7 measured" in capsys.readouterr().out and not list(tmp_path.iterdir())
    run.main([])
    written = (tmp_path / "RESULTS.md").read_text()
    assert written.startswith("# Measured speed\n\n") and written.count("\n## Fake\n\n7 measured\n") == len(run.BENCHMARKS)
