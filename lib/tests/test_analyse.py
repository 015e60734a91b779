"""The analysis against real passes: shapes, MACs, and what torch keeps for the way back."""
import tracemalloc

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from convbook import models, numpy_nn, torch_nn
from convbook.analyse import analyse, summary
from convbook.analyse._rules import LAYERS
from convbook.torch_nn import written_out

ENGINES = {"numpy": numpy_nn, "torch": torch_nn, "written_out": written_out}
IMAGES, FEATURES = (4, 7, 6), (5,)
CASES = {
    "Linear": (lambda nn: nn.Linear(5, 4), FEATURES), "Linear on the last axis": (lambda nn: nn.Linear(6, 3), IMAGES),
    "Conv2d": (lambda nn: nn.Conv2d(4, 6, 3, stride=2, padding=1), IMAGES),
    "Conv2d same": (lambda nn: nn.Conv2d(4, 6, (3, 5), padding="same"), IMAGES),
    "Conv2d groups": (lambda nn: nn.Conv2d(4, 6, (3, 2), groups=2, dilation=(1, 2)), IMAGES),
    "ConvTranspose2d": (lambda nn: nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2), IMAGES),
    "LocallyConnected2d": (lambda nn: nn.LocallyConnected2d(4, 2, (7, 6), 3, padding=1), IMAGES),
    "BatchNorm2d": (lambda nn: nn.BatchNorm2d(4), IMAGES), "BatchNorm1d": (lambda nn: nn.BatchNorm1d(5), FEATURES),
    "BatchNorm2d bare": (lambda nn: nn.BatchNorm2d(4, affine=False, track_running_stats=False), IMAGES),
    "LayerNorm": (lambda nn: nn.LayerNorm((7, 6)), IMAGES), "LayerNorm2d": (lambda nn: nn.LayerNorm2d(4), IMAGES),
    "GroupNorm": (lambda nn: nn.GroupNorm(2, 4), IMAGES), "GRN": (lambda nn: nn.GRN(4), IMAGES),
    "LocalResponseNorm": (lambda nn: nn.LocalResponseNorm(3), IMAGES), "LayerScale": (lambda nn: nn.LayerScale(4), IMAGES),
    "MaxPool2d": (lambda nn: nn.MaxPool2d(3, 2, padding=1, ceil_mode=True), IMAGES),
    "AvgPool2d": (lambda nn: nn.AvgPool2d((3, 2), padding=1), IMAGES),
    "AdaptiveAvgPool2d": (lambda nn: nn.AdaptiveAvgPool2d((3, 2)), IMAGES), "GlobalAvgPool2d": (lambda nn: nn.GlobalAvgPool2d(), IMAGES),
    "ZeroPad2d": (lambda nn: nn.ZeroPad2d((1, 2, 3, -1)), IMAGES), "Flatten": (lambda nn: nn.Flatten(), IMAGES),
    "Softmax": (lambda nn: nn.Softmax(dim=1), IMAGES), "LogSoftmax": (lambda nn: nn.LogSoftmax(dim=1), FEATURES),
    "DropPath": (lambda nn: nn.DropPath(0.5), IMAGES), "Residual": (lambda nn: nn.Residual(nn.Conv2d(4, 4, 3, padding=1)), IMAGES),
    "Concat": (lambda nn: nn.Concat(nn.Conv2d(4, 2, 1), pool=nn.AvgPool2d(3, 1, 1)), IMAGES),
    "Fork and Mean": (lambda nn: nn.Sequential(nn.Fork(nn.ReLU(), nn.Fork(nn.Tanh(), nn.Conv2d(4, 4, 1))), nn.Mean()), IMAGES),
    "Scale": (lambda nn: nn.Scale(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 4, 1), nn.Sigmoid())), IMAGES),
    **{name: (lambda nn, name=name: getattr(nn, name)(), IMAGES) for name in (
        "ReLU", "ReLU6", "LeakyReLU", "ELU", "GELU", "SiLU", "Sigmoid", "Tanh", "ScaledTanh", "Hardsigmoid", "Hardswish", "Dropout",
        "Dropout2d", "Identity")},
}


def on_paper(name, **options):
    with torch.device("meta"):
        return models.build(name, torch_nn, **options)


@pytest.fixture(params=ENGINES.values(), ids=ENGINES)
def nn(request):
    return request.param


@pytest.mark.parametrize("name", CASES)
def test_shapes_are_those_of_a_real_pass(nn, name):
    build, shape = CASES[name]
    net = nn.Sequential(build(nn))
    got = analyse(net, shape)
    x = np.zeros((1, *shape), np.float32)
    real = net.eval()(x if nn is numpy_nn else torch.from_numpy(x))
    assert (1, *got.at("").shape) == tuple(real.shape)
    assert got.parameters == sum(int(np.prod(p.shape)) for p in net.parameters())
    assert got.unused == 0


def test_every_layer_of_the_engines_has_a_rule():
    tried = {type(module).__name__ for build, _ in CASES.values() for module in build(torch_nn).modules()}
    losses = {"CrossEntropyLoss", "MSELoss"}
    layers = {name for name in torch_nn.__all__ if isinstance(getattr(torch_nn, name), type)
              and issubclass(getattr(torch_nn, name), torch.nn.Module) and getattr(torch_nn, name).__module__ != "convbook.combine"}
    assert layers - losses - {"Module", "ModuleList", "Identity"} <= tried & set(LAYERS)


def operations(build, shape):
    """torch's own count: two for each multiply-accumulate."""
    net = build(torch_nn).eval()
    with FlopCounterMode(display=False) as counter:
        net(torch.zeros(1, *shape))
    return counter.get_total_flops()


@pytest.mark.parametrize("name", ["Linear", "Linear on the last axis", "Conv2d", "Conv2d same", "Conv2d groups", "Residual", "Concat",
                                  "Scale", "Fork and Mean", "MaxPool2d", "ReLU", "LocallyConnected2d"])
def test_macs_are_half_the_operations_that_torch_counts(name):
    build, shape = CASES[name]
    assert 2 * analyse(build(torch_nn), shape).macs == operations(build, shape)


def test_macs_of_a_transposed_convolution_are_those_of_the_convolution_that_it_undoes():
    transposed = analyse(torch_nn.ConvTranspose2d(6, 4, 3, 2, 1, groups=2), (6, 4, 5))
    assert transposed.macs == analyse(torch_nn.Conv2d(4, 6, 3, 2, 1, groups=2), (4, 7, 9)).macs == 4 * 5 * 6 * 2 * 9


def kept_by_torch(net, x):
    """How many numbers of one image torch keeps for the way back, each tensor once, and the output."""
    ours = {t.untyped_storage().data_ptr() for t in (*net.parameters(), *net.buffers())}
    kept = {}

    def pack(t):
        if t.is_floating_point() and t.ndim in (2, 4) and t.untyped_storage().data_ptr() not in ours:
            kept[t.untyped_storage().data_ptr()] = t.detach()       # held, so that no other tensor takes its place
        return t
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        y = net(x)
    kept[y.untyped_storage().data_ptr()] = y
    return sum(t.untyped_storage().nbytes() // 4 for t in kept.values()) // len(x)


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "resnet50", "resnet20_cifar", "squeezenet1_1", "mobilenet_v2",
                                  "densenet40_k12_cifar", "seresnet18"])
def test_the_way_back_needs_what_torch_keeps(name):
    net = models.build(name, torch_nn).train()
    size = 28 if name == "lenet5" else 32 if "cifar" in name else 64
    for module in net.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    channels = 1 if name == "lenet5" else 3
    got = analyse(net, (channels, size, size))
    assert got.training_memory == 2 * kept_by_torch(net, torch.rand(2, channels, size, size))


def test_nothing_is_computed():
    net = models.resnet18(numpy_nn)
    analyse(net, (3, 224, 224))
    tracemalloc.start()
    try:
        found = analyse(net, (3, 2240, 2240))
        assert tracemalloc.get_traced_memory()[1] <= 5e6
    finally:
        tracemalloc.stop()
    assert found.memory * 4 >= 1e9


def test_the_largest_nets_take_shapes_only():
    tracemalloc.start()
    try:
        net = on_paper("resnet152")
        assert analyse(net, (3, 224, 224)).macs == 11_513_626_624
        assert tracemalloc.get_traced_memory()[1] <= 50e6
    finally:
        tracemalloc.stop()


def test_the_engines_agree():
    found = [analyse(models.resnet18(nn), (3, 224, 224)) for nn in ENGINES.values()]
    assert found[0] == found[1] == found[2]


def test_summary_is_the_layers_with_their_parameters(nn):
    told = summary(models.lenet5(nn), (1, 28, 28))
    lines = str(told).splitlines()
    assert lines[0].split() == ["name", "layer", "output", "parameters"]
    assert [line.split()[0] for line in lines[3:-2]] == [
        "stem.conv", "stem.tanh", "stem.pool", "stages.conv", "stages.tanh", "stages.pool", "head.flatten", "head.fc1", "head.tanh1",
        "head.fc2", "head.tanh2", "head.fc3"]
    assert lines[3] == "stem.conv     Conv2d (5x5, padding 2)    6 x 28 x 28          156"
    assert lines[-1].split() == ["61,706"] and "1 x 28 x 28" in lines[2]
    assert all(row.name for row in told.rows[1:])
    with pytest.raises(TypeError, match="only a net can be analysed, got int"):
        summary(3, (1, 28, 28))


def test_summary_leaves_out_what_is_no_layer(nn):
    told = summary(nn.Sequential(nn.Residual(nn.ReLU())), IMAGES)
    assert [row.kind for row in told.rows] == ["input", "ReLU"]


def test_a_frame_has_a_row_a_layer(monkeypatch):
    analysis = analyse(models.lenet5(torch_nn), (1, 28, 28))
    frame = analysis.to_frame()
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    records = analysis.to_frame()
    assert [r["name"] for r in records] == [row.name for row in analysis.rows]
    assert sum(r["macs"] for r in records) == analysis.macs == 416_520
    if not isinstance(frame, list):
        assert list(frame.columns) == list(analysis.rows[0]._fields) and frame["macs"].sum() == 416_520


def test_the_table_sums_up():
    analysis = analyse(on_paper("resnet18"), (3, 224, 224))
    text = analysis.table(rows=analysis.stages())
    assert [line.split()[0] for line in text.splitlines()[2:-3]] == ["input", "stem", *[f"stages.{k}" for k in range(4)], "head"]
    assert text.splitlines()[-2].split() == ["11,689,512", "1,814,073,344", "2,836,456", "10,289,104"]
    assert text.splitlines()[-1] == "One image at 4 bytes a number: forward 11.35 MB, forward and backward 41.16 MB."
    assert [row.macs for row in analysis.stages()] == [0, 118_013_952, 462_422_016, 411_041_792, 411_041_792, 411_041_792, 512_000]
    assert sum(row.parameters for row in analysis.stages()) == analysis.parameters
    with pytest.raises(KeyError, match=r"nothing was computed at 'tail'; there are stem, stages, stages\.0"):
        analysis.at("tail")
