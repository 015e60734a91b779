"""The GPU's benchmark measures ResNet-50's layers, compares like with like, and says so where there is no GPU."""
import importlib.util
from pathlib import Path

import pytest
import torch

spec = importlib.util.spec_from_file_location("benchmark_gpu", Path(__file__).parents[1] / "benchmarks" / "gpu.py")
gpu = importlib.util.module_from_spec(spec)
spec.loader.exec_module(gpu)


def test_the_shapes_are_resnet50s():
    shapes = gpu.resnet50()
    places = {shape: ((shape.size + 2 * shape.padding - shape.kernel) // shape.stride + 1) ** 2 for shape in shapes}
    weights = {shape: shape.channels * shape.filters * shape.kernel**2 for shape in shapes}
    assert sum(shape.count for shape in shapes) == 53
    assert sum(shape.count * weights[shape] for shape in shapes) == 25_557_032 - 2_049_000 - 2 * 26_560    # without head, norms
    macs = sum(shape.count * weights[shape] * places[shape] for shape in shapes) + 2048 * 1000
    assert round(macs / 1e9, 3) == 4.089
    assert str(shapes[0]) == "3x224 -> 64, 7x7 s2"


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("shape", [(3, 12, 4, 7, 2, 1), (6, 8, 5, 1, 2, 1), (24, 8, 5, 3, 1, 1)], ids=str)
def test_contestants_compute_the_same(shape, dtype):
    calls = gpu.contestants(gpu.Shape(*shape), dtype, "cpu", batch=2)
    for direction in ("forward", "backward"):
        ours, torchs = calls[f"ours {direction}"](), calls[f"torch {direction}"]()
        assert {t.dtype for t in (*ours, *torchs)} == {gpu.DTYPES[dtype]}
        assert gpu.difference(ours, torchs) <= (1e-5 if dtype == "float32" else 0.02)


def test_report_weighs_layers_by_how_often_the_net_has_them():
    once, thrice = gpu.Shape(8, 4, 8, 1, 1, 1), gpu.Shape(8, 4, 8, 3, 2, 3)
    seconds = {"torch forward": 0.001, "ours forward": 0.002, "torch backward": 0.002, "ours backward": 0.002}
    measured = [gpu.Measurement(once, "float32", "a device", seconds, 3 * 10**6, 1e-7),
                gpu.Measurement(thrice, "float32", "a device", {**seconds, "ours forward": 0.001}, 0, 1e-7),
                gpu.Measurement(once, "bfloat16", "a device", seconds, 0, 1e-2)]
    text = gpu.report(measured)
    assert "a device" in text
    assert "| 8x4 -> 8, 1x1 | 1 | float32 | 1.000 | 0.50 | 2.000 | 1.00 | 3 | 1e-07 |" in text
    assert "| 8x4 -> 8, 3x3 s2 | 3 | float32 |" in text
    assert "| forward of ResNet-50's convolutions, float32 | 0.80 | at least 0.7 |" in text
    assert "| backward of ResNet-50's convolutions, bfloat16 | 1.00 | at least 0.7 |" in text


def test_without_a_gpu_it_says_so(capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu.measure() == []
    assert capsys.readouterr().out == "no GPU\n"
    assert "Not measured: no GPU here." in gpu.report([])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here: its benchmark stays unmeasured")
def test_measures_on_the_gpu(monkeypatch):
    monkeypatch.setattr(gpu, "resnet50", lambda: [gpu.Shape(8, 8, 8, 3, 1, 1)])
    measurements = gpu.measure(calls=1, rounds=1)
    assert [m.dtype for m in measurements] == ["float32", "bfloat16"]
    assert all(seconds > 0 for m in measurements for seconds in m.seconds.values())
    assert measurements[0].error <= 1e-5
    assert measurements[1].error <= 0.02
