"""LeNet-5 of 1998 part by part, and the nets of 2012 to 2014: too large for float64 as a whole, so compared in two ways."""
import re

import numpy as np
import pytest
import torch

from convbook import init, models, numpy_nn, torch_nn
from convbook.models import lenet, vgg
from convbook.torch_nn import written_out

alexnet = models.file_of("alexnet")
ENGINES = {"numpy": numpy_nn, "torch": torch_nn, "written_out": written_out}
every_engine = pytest.mark.parametrize("nn", ENGINES.values(), ids=ENGINES)


def tensor(nn, array):
    return numpy_nn.Tensor(array) if nn is numpy_nn else torch.from_numpy(array)


def values(y):
    return np.asarray(y.data)


def lenet_1998(nn):
    return init.xavier(models.lenet5_1998(nn).double(), 0)


def on_paper(name):
    with torch.device("meta"):
        return models.build(name, torch_nn)


def count(part):
    return sum(p.numel() for p in part.parameters())


@every_engine
def test_a_map_of_c3_answers_to_the_maps_of_its_row_in_the_table(nn):
    conv = lenet_1998(nn).stages[0].conv
    x = np.zeros((1, 6, 14, 14))
    still, answers = values(conv(tensor(nn, x))), np.zeros((16, 6), bool)
    for seen in range(6):
        poked = x.copy()
        poked[0, seen] = 1
        answers[:, seen] = (values(conv(tensor(nn, poked))) != still).any((0, 2, 3))
    assert [tuple(np.flatnonzero(row)) for row in answers] == list(lenet.SEEN)
    assert np.bincount(answers.sum(1)).tolist() == [0, 0, 0, 6, 9, 0, 1]
    assert answers.sum(0).tolist() == [10] * 6            # ten crosses in every row of the paper's table


def test_the_table_is_made_as_the_paper_says():
    """Six maps take three neighbours (in a circle), six take four, three take four that are no neighbours, one takes all."""
    circle = {size: {frozenset((start + i) % 6 for i in range(size)) for start in range(6)} for size in (3, 4)}
    rows = [frozenset(row) for row in lenet.SEEN]
    assert set(rows[:6]) == circle[3] and set(rows[6:12]) == circle[4] and rows[15] == set(range(6))
    assert {len(row) for row in rows[12:15]} == {4} and not set(rows[12:15]) & circle[4] and len(set(rows)) == 16


def test_the_table_is_a_full_convolution_with_zeros_where_a_map_does_not_see(assert_close):
    conv = lenet_1998(torch_nn).stages[0].conv
    weight, map_number = torch.zeros(16, 6, 5, 5, dtype=torch.float64), 0
    for branch in conv:
        for filters in branch.conv.weight:
            weight[map_number, list(lenet.SEEN[map_number])] = filters
            map_number += 1
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((2, 6, 14, 14)))
    bias = torch.cat([branch.conv.bias for branch in conv])
    assert_close(conv(x).detach(), torch.nn.functional.conv2d(x, weight, bias).detach(), 1e-14)


def test_sixty_thousand_numbers_and_the_papers_connections():
    net = on_paper("lenet5_1998").eval()
    c3 = net.stages[0]
    parts = [net.stem.conv, net.stem.coefficient, c3.conv, c3.coefficient, net.stages[1], net.head]
    assert [count(part) for part in parts] == [156, 12, 1516, 32, 48_120, 10_164]
    assert count(net) == 60_000
    connections = 156 * 28**2 + 6 * (4 + 1) * 14**2 + 1516 * 10**2 + 16 * (4 + 1) * 5**2 + 48_120 + 10_164 + 84 * 10
    assert re.search(r"[\d,]+(?= connections)", lenet.__doc__)[0] == f"{connections:,}" == "340,908"
    assert f"{connections:,}" in lenet.PUBLISHED["lenet5_1998"].note


@every_engine
def test_subsampling_by_hand(nn):
    layer = nn.Sequential(**lenet.subsampling(nn, 2)).double()
    for parameter, value in zip(layer.parameters(), ([[[[0.5]]], [[[-1.0]]]], [0.25, 0.0]), strict=True):
        init._write(parameter, np.array(value))
    x = np.array([[[[1.0, 2.0, 0.0, 0.0], [3.0, 4.0, 0.0, 1.0]], [[1.0, -1.0, 0.0, 0.5], [2.0, -2.0, 0.5, 0.0]]]])
    before = np.array([[[[0.5 * 10 + 0.25, 0.5 * 1 + 0.25]], [[0.0, -1.0]]]])
    np.testing.assert_allclose(values(layer(tensor(nn, x))), 1.7159 * np.tanh(2 / 3 * before), rtol=1e-14)


@every_engine
def test_the_output_is_minus_the_squared_distance_to_each_bitmap(nn):
    layer = lenet.radial_basis(nn, 10).double()
    bitmaps = np.asarray(layer.bitmaps)
    assert bitmaps.shape == (10, 84) and set(np.unique(bitmaps)) == {-1, 1}
    assert "".join("#" if pixel > 0 else "." for pixel in bitmaps[7][:7]) == "#######"        # the bar of the seven
    x = np.random.default_rng(0).standard_normal((3, 84))
    expected = [[-sum((a - b) ** 2 for a, b in zip(row, bitmap, strict=True)) for bitmap in bitmaps] for row in x]
    np.testing.assert_allclose(values(layer(tensor(nn, x))), expected, rtol=1e-13)
    own = values(layer(tensor(nn, bitmaps.copy())))
    assert own.argmax(1).tolist() == list(range(10)) and (own.max(1) == 0).all()
    assert -np.sort(own, 1)[:, -2].max() >= 4 * 9            # two digits differ in nine pixels at least; a pixel counts 2^2
    assert list(layer.parameters()) == [] and list(layer.state_dict()) == ["bitmaps"]


def test_eleven_classes_have_no_bitmaps():
    with pytest.raises(ValueError, match="bitmaps for ten digits, got num_classes=11; take lenet5"):
        models.lenet5_1998(torch_nn, num_classes=11)


def test_receptive_fields_are_the_papers():
    """By the gradient of one unit: nothing in this net has a gradient of exactly 0 but what a unit does not see."""
    net = lenet_1998(torch_nn)
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((1, 1, 64, 64))).requires_grad_()
    outputs, extents = [], []
    for part in (net.stem.conv, net.stem, net.stages[0].conv, net.stages[0], net.stages[1]):
        part.register_forward_hook(lambda module, inputs, y: outputs.append(y))
    net.stages(net.stem(x))
    for y in outputs:
        grad_x, = torch.autograd.grad(y[0, -1, 1, 1], x, retain_graph=True)
        extents.append(int((grad_x[0, 0] != 0).any(0).sum()))
    assert extents == [5, 6, 14, 16, 32]


def test_a_step_of_training_is_the_same_on_every_engine(assert_close):
    rng = np.random.default_rng(0)
    x, y, losses, keys = rng.standard_normal((8, 1, 32, 32)), rng.integers(0, 10, 8), {}, []
    for name, nn in ENGINES.items():
        net = lenet_1998(nn)
        optimizer, target = nn.optim.SGD(net.parameters(), lr=1e-3), y if nn is numpy_nn else torch.from_numpy(y)
        for step in range(3):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(tensor(nn, x)), target)
            loss.backward()
            optimizer.step()
            losses[name, step] = float(loss.data)
        keys.append(list(net.state_dict()))
        assert losses[name, 2] < losses[name, 1] < losses[name, 0]
        assert losses[name, 2] == pytest.approx(losses["numpy", 2], rel=1e-12)
    assert keys[0] == keys[1] == keys[2]


def test_lenet_of_1998_compiles_to_one_graph_and_exports():
    net, x = lenet_1998(torch_nn).eval(), torch.from_numpy(np.random.default_rng(0).standard_normal((2, 1, 32, 32)))
    assert torch.equal(torch.compile(net, fullgraph=True, backend="eager")(x), net(x))
    assert torch.equal(torch.export.export(net, (x,)).module()(x), net(x))


def test_the_sums_on_alexnets_first_layer():
    net = on_paper("alexnet")
    assert count(net.stem.conv) == (11 * 11 * 3 + 1) * 96 == 34_944
    assert np.prod(alexnet.STAGES["alexnet"]["stem.conv"]) == 290_400 and "290,400" in alexnet.__doc__
    layers = [net.stem, *net.stages]
    assert [layer.conv.groups for layer in layers] == [1, 2, 1, 2, 2]
    assert [tuple(layer.conv.weight.shape[:2]) for layer in layers] == [(96, 3), (256, 48), (384, 256), (384, 192), (256, 192)]
    pools = {name: (part.kernel_size, part.stride) for name, part in net.named_modules() if name.endswith("pool")}
    assert pools == dict.fromkeys(["stem.pool", "stages.0.pool", "stages.3.pool"], (3, 2))        # windows overlap


@every_engine
def test_alexnets_response_norm_is_the_papers_formula(nn):
    x = 40 * np.random.default_rng(0).standard_normal((2, 7, 3, 3))            # large enough for alpha to matter
    expected = np.empty_like(x)
    for i in range(7):
        energy = (x[:, max(0, i - 2):min(6, i + 2) + 1] ** 2).sum(1)
        expected[:, i] = x[:, i] / (2 + 1e-4 * energy) ** 0.75
    np.testing.assert_allclose(values(alexnet.response_norm(nn)(tensor(nn, x))), expected, rtol=1e-13)


def test_alexnets_first_biases_are_the_papers():
    net = init.apply(models.build("alexnet", torch_nn), 0, lambda shape, rng: np.zeros(shape, np.float32), alexnet.ONES)
    ones = {"stages.0.conv.bias", "stages.2.conv.bias", "stages.3.conv.bias", "head.fc6.bias", "head.fc7.bias"}
    assert {name for name, p in net.named_parameters() if bool((p == 1).all())} == ones


def test_vggs_sums():
    net = on_paper("vgg16")
    assert (count(net.stem) + count(net.stages), count(net.head)) == (14_714_688, 123_642_856)
    c = 256
    assert 3 * net.stages[1].conv2.weight.numel() == 27 * c**2
    kernels = [conv.kernel_size[0] for conv in on_paper("vgg16_1x1").modules() if type(conv).__name__ == "Conv2d"]
    assert kernels == [3, 3, 3, 3, *[3, 3, 1] * 3]
    assert [sum(config["depths"]) + 3 for config in vgg.PLAIN.values()] == [11, 13, 16, 16, 19]


@pytest.mark.parametrize(("name", "size"), [("alexnet", 67), ("alexnet_owt", 63), ("zfnet", 64), ("vgg11_lrn", 32), ("vgg16_1x1_bn", 32)])
def test_without_the_linear_layers_outputs_and_gradients_agree_in_float64(name, size, assert_close):
    nets = [trunk(name, nn).double() for nn in (numpy_nn, torch_nn)]
    init.kaiming(nets[1], 0)
    init.copy_state(nets[1], nets[0])
    x = np.random.default_rng(1).standard_normal((2, 3, size, size))
    outputs = [net(tensor(nn, x)) for net, nn in zip(nets, (numpy_nn, torch_nn), strict=True)]
    assert_close(outputs[0].data, outputs[1].detach(), 1e-10)
    grad_y = np.random.default_rng(2).standard_normal(outputs[0].shape)
    outputs[0].backward(grad_y)
    outputs[1].backward(torch.from_numpy(grad_y))
    theirs = dict(nets[1].named_parameters())
    largest = max(float(p.grad.abs().max()) for p in theirs.values())
    for key, parameter in nets[0].named_parameters():
        np.testing.assert_allclose(parameter.grad, theirs[key].grad, rtol=0, atol=1e-10 * largest, err_msg=key)


def trunk(name, nn):
    net = models.build(name, nn)
    return nn.Sequential(stem=net.stem, stages=net.stages)


@pytest.mark.parametrize("name", ["alexnet", "vgg11"])
def test_whole_nets_agree_in_float32(name):
    """One image, evaluation mode: within 1e-5 of the largest score. About 2 GB for VGG's 133 million weights, twice."""
    nets = [models.build(name, nn).eval() for nn in (torch_nn, numpy_nn)]
    generator = torch.Generator().manual_seed(0)
    for parameter in nets[0].parameters():
        if parameter.ndim > 1:
            torch.nn.init.kaiming_uniform_(parameter, nonlinearity="relu", generator=generator)
    init.copy_state(*nets)
    size = models.file_of(name).PUBLISHED[name].size
    x = np.random.default_rng(0).standard_normal((1, 3, size, size)).astype(np.float32)
    with torch.no_grad(), numpy_nn.no_grad():
        expected, got = nets[0](torch.from_numpy(x)).numpy(), nets[1](numpy_nn.Tensor(x)).data
    assert got.dtype == np.float32 and got.shape == expected.shape == (1, 1000)
    assert np.abs(expected).max() > 0.1                   # the signal has come through, so there is something to compare
    assert np.abs(got - expected).max() <= 1e-5 * np.abs(expected).max()
