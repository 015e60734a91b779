"""Rows and trees for the drawings: every net of combinators can be drawn, forks and shortcuts where they are."""
import pytest
import torch

from convbook import models, numpy_nn, torch_nn
from convbook.analyse import rows, tree
from convbook.figures import blocks, check, nets


def on_paper(name):
    with torch.device("meta"):
        return models.build(name, torch_nn)


def test_a_plain_net():
    drawn = rows(models.lenet5(numpy_nn), (1, 28, 28))
    assert [row["name"] for row in drawn] == ["input", "conv", "pool", "stages.conv", "stages.pool", "fc1", "fc2", "fc3"]
    assert [row["kind"] for row in drawn] == ["input", "conv", "mean pool", "conv", "mean pool", "linear", "linear", "linear"]
    assert drawn[2]["shape"] == (6, 14, 14) and drawn[5] == {
        "name": "fc1", "kind": "linear", "shape": (120,), "parameters": 48_120, "branch": None, "skip": None}


def test_shortcuts_and_projections():
    drawn = rows(on_paper("resnet18"), (3, 224, 224))
    assert [(row["name"], row["branch"], row["skip"]) for row in drawn[3:13]] == [
        ("0.0.conv1", None, None), ("0.0.conv2", None, None), ("add 0.0", None, "pool"),
        ("0.1.conv1", None, None), ("0.1.conv2", None, None), ("add 0.1", None, "add 0.0"),
        ("3x3", 0, None), ("3x3", 0, None), ("1x1", 1, None), ("add 1.0", None, None)]
    assert drawn[3]["parameters"] == 36_864 + 128, "with its batch norm"


def test_forks():
    net = torch_nn.Sequential(conv=torch_nn.Conv2d(3, 4, 1), module=torch_nn.Concat(
        torch_nn.Conv2d(4, 2, 1), torch_nn.Sequential(torch_nn.MaxPool2d(3, 1, 1), torch_nn.Conv2d(4, 6, (3, 1), padding=(1, 0)))))
    drawn = rows(net, (3, 8, 8))
    assert [(row["name"], row["kind"], row["branch"]) for row in drawn[2:]] == [
        ("1x1", "conv", 0), ("pool", "max pool", 1), ("3x1", "conv", 1), ("concat module", "concat", None)]
    fork = torch_nn.Fork(torch_nn.Conv2d(3, 4, 1), torch_nn.Conv2d(3, 4, 3, padding=1))
    mean = rows(torch_nn.Sequential(fork, torch_nn.Mean()), (3, 8, 8))
    assert [(row["kind"], row["branch"]) for row in mean] == [("input", None), ("conv", 0), ("conv", 1), ("add", None)]
    dense = rows(torch_nn.Concat(torch_nn.Identity(), torch_nn.Conv2d(3, 4, 1)), (3, 8, 8))
    assert [(row["kind"], row["branch"], row["skip"]) for row in dense[1:]] == [("conv", None, None), ("concat", None, "input")]


def test_gates_and_heads():
    gate = torch_nn.Sequential(torch_nn.GlobalAvgPool2d(), torch_nn.Conv2d(3, 3, 1), torch_nn.Sigmoid())
    drawn = rows(torch_nn.Sequential(se=torch_nn.Scale(gate), aux=torch_nn.Auxiliary(torch_nn.Conv2d(3, 9, 1), torch_nn.Conv2d(3, 4, 1))),
                 (3, 8, 8))
    assert [(row["name"], row["kind"], row["parameters"]) for row in drawn[1:]] == [("scale se", "other", 12), ("aux.rest", "conv", 16)]


@pytest.mark.parametrize("name", ["lenet5", "alexnet", "vgg16", "resnet18", "googlenet", "squeezenet1_1", "seresnet18", "mobilenet_v1",
                                  "fractalnet20", "densenet40_k12_cifar", "inception_resnet_v2"])
def test_every_kind_of_net_can_be_drawn(name):
    net, size = on_paper(name), models.file_of(name).PUBLISHED[name].size
    channels = 1 if name == "lenet5" else 3
    for folded in (False, True):
        drawn = rows(net, (channels, size, size), folded)
        assert sum(row["parameters"] for row in drawn) == sum(p.numel() for p in net.parameters())
        assert len(drawn) < 25 if folded and "resnet18" in name else len(drawn) > 3
    figure = nets.net(drawn, name)
    assert f"{sum(p.numel() for p in net.parameters()):,}" in figure.alt_text


def test_blocks_are_boxes():
    drawn = rows(on_paper("resnet152"), (3, 224, 224), blocks=True)
    assert [row["kind"] for row in drawn] == ["input", "conv", "max pool", *["block"] * 50, "mean pool", "linear"]
    assert drawn[3]["name"] == "bottleneck 64 0.0" and drawn[3]["shape"] == (256, 56, 56)
    check(nets.net(drawn, "ResNet-152"))


@pytest.mark.parametrize("nn", [numpy_nn, torch_nn], ids=["numpy", "torch"])
def test_trees(nn):
    nets_of_blocks = models.resnet18(nn).stages
    body = ("Sequential", "", ["3x3 conv, 64", "batch norm", "ReLU", "3x3 conv, 64", "batch norm"])
    assert tree(nets_of_blocks[0][0])[2] == [("Residual", body, None), "ReLU"]
    assert tree(nets_of_blocks[1][0])[2][0][2] == ("Sequential", "projection", ["1x1 conv, 128, stride 2", "batch norm"])
    gate = nn.Scale(nn.Sequential(nn.GlobalAvgPool2d(), nn.Conv2d(8, 8, 1), nn.Sigmoid()))
    assert tree(gate) == ("Scale", ("Sequential", "", ["mean pool", "1x1 conv, 8", "Sigmoid"]))
    assert tree(nn.Concat(nn.Conv2d(8, 8, (1, 3), 2, groups=8), nn.AvgPool2d(2), nn.Identity())) == (
        "Concat", ["1x3 depthwise conv, 8, stride 2", "2x2 mean pool, stride 2", ("Sequential", "", [])])
    assert tree(nn.Sequential(nn.Conv2d(8, 8, 1, groups=4), label="1x1 conv, 8, 4 groups")) == ("Sequential", "", ["1x1 conv, 8, 4 groups"])
    fork = nn.Sequential(nn.Fork(nn.ReLU(), nn.Tanh()), nn.Mean(), nn.Auxiliary(nn.ReLU(), nn.Linear(8, 3)))
    assert tree(fork) == ("Sequential", "", [("Residual", "ReLU", "Tanh"), "linear, 3"])
    for part in (nets_of_blocks[1][0], gate, fork):
        check(blocks.block(tree(part)))
