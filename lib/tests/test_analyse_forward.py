"""Nets with a forward method of their own: reshapes, functions, joins, shared layers; nothing is left behind."""
from fractions import Fraction

import numpy as np
import pytest
import torch

from convbook import numpy_nn, torch_nn
from convbook.analyse import analyse
from convbook.torch_nn import written_out

ENGINES = {"numpy": numpy_nn, "torch": torch_nn, "written_out": written_out}


@pytest.fixture(params=ENGINES.values(), ids=ENGINES)
def nn(request):
    return request.param


def module(nn, forward, **parts):
    """A net whose forward method is forward(net, x)."""
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            for name, part in parts.items():
                setattr(self, name, part)

        def forward(self, x):
            return forward(self, x)
    return Own()


def lenet(nn):
    F = nn.functional

    def forward(net, x):
        x = F.max_pool2d(F.relu(net.conv1(x)), 2)
        x = F.avg_pool2d(F.relu(net.conv2(x)), kernel_size=2, stride=2)
        x = F.dropout(x, 0.25, net.training).reshape(x.shape[0], -1)
        return F.log_softmax(net.fc2(F.relu(net.fc1(x))), dim=1)
    return module(nn, forward, conv1=nn.Conv2d(1, 6, 5, padding=2), conv2=nn.Conv2d(6, 16, 5), fc1=nn.Linear(400, 120),
                  fc2=nn.Linear(120, 10))


@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
def test_a_net_of_functions(nn, training):
    found = analyse(lenet(nn), (1, 28, 28), training)
    kinds = ["input", "Conv2d", "relu", "max_pool2d", "Conv2d", "relu", "avg_pool2d", *["dropout"] * training, "Linear", "relu", "Linear",
             "log_softmax"]
    assert [row.kind for row in found.rows] == kinds
    assert found.macs == 117_600 + 240_000 + 48_000 + 1200
    assert [row.receptive_field[0] for row in found.rows if row.macs] == [5, 14, 32, 32]
    assert found.rows[-1].shape == (10,) and found.last_map.receptive_field == (16, 16) and found.last_map.stride == (4, 4)


def reshapes(nn):
    def forward(net, x):
        N, C, H, W = x.size()
        x = x.view(N, 2, C // 2, H, W).transpose(1, 2).reshape(N, C, H, W)                       # a shuffle of channels
        y = x.flatten(2).permute(0, 2, 1)                                                       # places in a row
        y = net.fc(y).permute(0, 2, 1).reshape(N, 6, H, W)
        past = x[:, 1:2] + x[:, :1] * 0.5 - x[:, [0]] / 2
        return nn.cat([net.conv(y), past[..., 1:-1, 1:-1]], dim=1)[:, None, :, 0], y.mean((2, 3)), -y
    return module(nn, forward, fc=nn.Linear(4, 6), conv=nn.Conv2d(6, 3, 3))


def test_reshapes_keep_track_of_the_image(nn):
    net = reshapes(nn)
    found = analyse(net, (4, 7, 6))
    x = np.zeros((1, 4, 7, 6), np.float32)
    real = net(x if nn is numpy_nn else torch.from_numpy(x))[0]
    assert (1, *found.parts[0].shape) == tuple(real.shape) == (1, 1, 4, 4)
    assert found.at("fc").receptive_field == (1, 1) and found.at("fc").shape == (42, 6), "a linear layer on channels sees one place"
    assert found.at("conv").receptive_field == (3, 3) and found.macs == 42 * 24 + 3 * 5 * 4 * 54
    assert next(row for row in found.rows if row.kind == "mean").receptive_field == (7, 6)


def test_parts_of_a_map_that_are_flattened(nn):
    net = module(nn, lambda net, x: net.fc(x[:, :, 2:5].reshape(1, -1)), fc=nn.Linear(18, 2))
    assert analyse(net, (1, 7, 6)).rows[-1].receptive_field == (3, 6)
    net = module(nn, lambda net, x: net.fc(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2), fc=nn.Linear(2, 3))
    assert analyse(nn.Sequential(net, nn.Conv2d(3, 1, 3)), (2, 7, 6)).rows[-1].receptive_field == (3, 3)
    net = module(nn, lambda net, x: net.fc(x), fc=nn.Linear(6, 3))
    assert analyse(net, (2, 7, 6)).rows[-1].receptive_field == (1, 6), "a linear layer along the width sees a row"


def test_fields_grow_and_meet(nn):
    net = nn.Concat(nn.Conv2d(1, 1, (3, 5), 2, (1, 2)), nn.Sequential(nn.MaxPool2d((3, 1), 2, (1, 0)), nn.Conv2d(1, 1, 3, padding=1)))
    found = analyse(net, (1, 9, 9))
    assert found.rows[-1].kind == "concat" and found.rows[-1].receptive_field == (7, 5) and found.rows[-1].stride == (2, 2)
    dilated = analyse(nn.Sequential(nn.Conv2d(1, 1, 3, 2, dilation=(1, 2)), nn.Conv2d(1, 1, 3)), (1, 15, 15))
    assert dilated.rows[-1].receptive_field == (7, 9)
    there_and_back = analyse(nn.Sequential(nn.Conv2d(1, 1, 2, 2), nn.ConvTranspose2d(1, 1, 3, 2)), (1, 8, 8))
    assert there_and_back.rows[-1].receptive_field == (4, 4) and there_and_back.rows[-1].stride == (1, 1)
    assert analyse(nn.Sequential(nn.Conv2d(1, 1, 2, 2), nn.ConvTranspose2d(1, 1, 4, 2)), (1, 8, 8)).rows[-1].receptive_field == (4, 4)
    adaptive = analyse(nn.AdaptiveAvgPool2d((3, 2)), (1, 8, 8))
    assert adaptive.rows[-1].receptive_field == (4, 4) and adaptive.rows[-1].stride == (Fraction(8, 3), 4)
    assert "2.67 x 4" in str(adaptive)


def test_a_gate_is_left_out_of_the_field(nn):
    gate = nn.Sequential(nn.GlobalAvgPool2d(), nn.Conv2d(4, 4, 1), nn.Sigmoid())
    found = analyse(nn.Sequential(nn.Conv2d(1, 4, 3), nn.Scale(gate)), (1, 9, 9))
    assert found.rows[-1].receptive_field == (3, 3) and found.at("1.gate").receptive_field == (9, 9)
    assert found.last_map.receptive_field == (3, 3)
    head = analyse(nn.Sequential(nn.Conv2d(1, 4, 3), nn.GlobalAvgPool2d(), nn.Conv2d(4, 9, 1)), (1, 9, 8))
    assert head.rows[-1].receptive_field == (9, 8) and head.last_map.name == "0", "a convolution after global pooling sees no map"


def test_a_shared_layer_has_two_rows_and_its_parameters_once(nn):
    shared = nn.Conv2d(4, 4, 3, padding=1)
    found = analyse(nn.Sequential(a=shared, tanh=nn.Tanh(), b=shared), (4, 5, 5))
    assert [row.parameters for row in found.rows] == [0, 148, 0, 0] and found.parameters == 148 and found.unused == 0
    assert [row.macs for row in found.rows] == [0, 3600, 0, 3600]


def test_parameters_that_a_forward_method_uses_itself(nn):
    inner = nn.Conv2d(4, 4, 1)
    F = nn.functional
    net = module(nn, lambda net, x: net.inner.weight.reshape(1, 4, 4, 1)[:, :, :1] * F.conv2d(x, net.inner.weight, stride=2), inner=inner)
    found = analyse(net, (4, 5, 5))
    assert [(row.kind, row.parameters, row.macs) for row in found.rows[1:]] == [("conv2d", 16, 144)]
    assert found.unused == 4

    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(np.ones((4, 1, 1), np.float32)) if nn is numpy_nn else nn.Parameter(torch.ones(4, 1, 1))

        def forward(self, x):
            return nn.functional.relu(x) * (self.weight * 2)
    found = analyse(nn.Sequential(own=Scaled()), (4, 5, 5))
    assert [(row.name, row.kind, row.parameters) for row in found.rows[1:]] == [("own", "relu", 0), ("own", "Scaled", 4)]


def test_somebodys_own_layer_of_a_known_name_runs_its_own_forward(nn):
    class Conv2d(nn.Conv2d):
        def forward(self, x):
            return super().forward(nn.functional.relu(x))
    assert [row.kind for row in analyse(nn.Sequential(Conv2d(1, 1, 3)), (1, 5, 5)).rows] == ["input", "relu", "conv2d"]


def test_a_matrix_product_counts(nn):
    found = analyse(module(nn, lambda net, x: x @ x.transpose(1, 2)), (3, 5))
    assert found.macs == 3 * 3 * 5 and found.rows[-1].shape == (3, 3)


def state_of(net):
    return {name: dict(vars(part)) for name, part in net.named_modules()}


def test_the_net_is_left_as_it_was(nn):
    net = lenet(nn)
    net.fc1.train(False)
    before = state_of(net)
    analyse(net, (1, 28, 28), training=True)
    with pytest.raises(ValueError, match=r"takes 400 features, gets 784, in fc1 \(Linear\)"):
        analyse(net, (1, 36, 36))
    assert state_of(net) == before and not net.fc1.training and net.training


def test_what_it_cannot_say_it_names(nn):
    inner = module(nn, lambda net, x: x.cumsum(1))
    with pytest.raises(AttributeError, match=r"analyse has no rule for 'cumsum' of a tensor, in stem\.0 \(Own\)"):
        analyse(nn.Sequential(stem=nn.Sequential(inner)), (1, 5, 5))
    with pytest.raises(ValueError, match=r"takes 3 channels, gets 1, in stem\.0 \(Conv2d\)"):
        analyse(nn.Sequential(stem=nn.Sequential(nn.Conv2d(3, 4, 3))), (1, 5, 5))
    with pytest.raises(ValueError, match=r"the filter reaches over 3 pixels .* in 0 \(Conv2d\)"):
        analyse(nn.Sequential(nn.Conv2d(1, 4, 3)), (1, 2, 5))
    with pytest.raises(TypeError, match=r"takes one tensor, got tuple, in 1 \(ReLU\)"):
        analyse(nn.Sequential(nn.Fork(nn.Identity(), nn.Identity()), nn.ReLU()), (1, 2, 5))
    with pytest.raises(TypeError, match="no tensor came out, in Own"):
        analyse(module(nn, lambda net, x: None), (1, 2, 5))
    with pytest.raises(ValueError, match=r"10 numbers of shape .* cannot take the shape"):
        analyse(module(nn, lambda net, x: x.reshape(1, 3, -1)), (1, 2, 5))
    with pytest.raises(ValueError, match="cannot be joined along axis 2"):
        analyse(module(nn, lambda net, x: nn.cat([x, x[:, :, :, 1:]], 2)), (1, 2, 5))


def test_torchs_own_ways_of_saying_it():
    def forward(net, x):
        a, b = torch.chunk(torch.relu(x), 2, dim=1)
        x = torch.cat((a, b.contiguous()), dim=-3).unsqueeze(1).squeeze(1)
        x = torch.nn.functional.pad(x, (1, 1, 1, 1)).float()
        return torch.flatten(torch.nn.functional.adaptive_avg_pool2d(torch.add(x, x).expand(-1, -1, -1, -1), 1), 1).softmax(dim=1)
    found = analyse(module(torch_nn, forward), (4, 5, 5))
    assert [row.kind for row in found.rows] == ["input", "relu", "concat", "pad", "add", "adaptive_avg_pool2d", "softmax"]
    assert found.rows[3].shape == (4, 7, 7) and found.rows[-1].shape == (4,) and found.rows[-1].receptive_field == (7, 7)
    with pytest.raises(NotImplementedError, match=r"no rule for the function 'interpolate', in Own; write one"):
        analyse(module(torch_nn, lambda net, x: torch.nn.functional.interpolate(x, scale_factor=2)), (4, 5, 5))
    with pytest.raises(ValueError, match="no rule for the indices"):
        analyse(torch.nn.MaxPool2d(2, return_indices=True), (4, 5, 5))
