"""Small nets and scaled nets: what the papers say about their blocks, and what the harness over all variants cannot see."""
from functools import partial
from itertools import pairwise
from math import ceil

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convbook import init, models, numpy_nn, torch_nn
from convbook.models import convnext, convnext_v2, efficientnet, mobilenet_v3, nasnet
from convbook.torch_nn import written_out

INVERTED = ["mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", *efficientnet.CONFIGS]


def on_paper(name, **options):
    with torch.device("meta"):
        return models.build(name, torch_nn, **options)


def macs(net, shape):
    """Multiplications of convolutions and linear layers: every output number sums over one filter."""
    counts = []
    handles = [m.register_forward_hook(lambda m, _, y: counts.append(y.numel() * m.weight[0].numel()))
               for m in net.modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.Linear))]
    with torch.device("meta"):
        net.to("meta").eval()(torch.empty(shape))
    for handle in handles:
        handle.remove()
    return sum(counts)


def macs_of(name, size=None):
    size = size or models.file_of(name).PUBLISHED[name].size
    return macs(on_paper(name), (1, 3, size, size))


def blocks(net):
    """The body of every block of the stages, in order, and whether its input is added."""
    found = []
    for stage in net.stages:
        for part in stage:
            added = type(part).__name__ == "Residual"
            found.append((part.body if added else part, added))
    return found


@pytest.mark.parametrize(("channels_in", "channels"), [(8, 16), (64, 128), (5, 3)])
def test_a_separable_convolution_costs_the_papers_share(channels_in, channels):
    separable = models.file_of("mobilenet_v1").separable(torch_nn, channels_in, channels)
    full, shape = torch_nn.Conv2d(channels_in, channels, 3, padding=1), (1, channels_in, 12, 10)
    assert macs(separable, shape) / macs(full, shape) == pytest.approx(1 / channels + 1 / 3**2, rel=1e-12)


def test_both_knobs_of_mobilenet_cost_what_the_papers_tables_say():
    for name, millions in {"mobilenet_v1": 569, "mobilenet_v1_075": 325, "mobilenet_v1_050": 149, "mobilenet_v1_025": 41}.items():
        assert abs(macs_of(name) / 1e6 - millions) < 0.7
    for size, millions in {192: 418, 160: 290, 128: 186}.items():
        assert abs(macs_of("mobilenet_v1", size) / 1e6 - millions) < 0.7


@pytest.mark.parametrize(("name", "billions"), [
    ("mobilenet_v2", 0.301), ("mobilenet_v3_small", 0.057), ("mobilenet_v3_large", 0.217), ("efficientnet_b0", 0.386),
    ("efficientnet_b1", 0.687), ("efficientnet_b4", 4.394), ("convnext_tiny", 4.456), ("convnext_small", 8.684),
    ("convnext_base", 15.355), ("convnext_large", 34.361), ("nasnet_a_mobile", 0.564), ("nasnet_a_large", 23.783)])
def test_costs_are_the_published_ones(name, billions):
    assert round(macs_of(name) / 1e9, 3) == billions


@pytest.mark.parametrize("name", INVERTED)
def test_bottlenecks_are_linear_and_filter_every_map_by_itself(name):
    for body, added in blocks(on_paper(name)):
        names = [part for part in body.names if part != "drop_path"]
        assert names[-1] == "project" and body.project.names == ("conv", "bn")       # nothing bent after it
        assert "act" in body.depthwise.names and ("expand" not in names or body.expand.names == ("conv", "bn", "act"))
        wide = body.depthwise.conv
        assert wide.groups == wide.in_channels == wide.out_channels == body.project.conv.in_channels
        if "expand" in names:
            assert body.expand.conv.out_channels > body.expand.conv.in_channels
        start = (body.expand if "expand" in names else body.depthwise).conv.in_channels
        assert added == (wide.stride == (1, 1) and start == body.project.conv.out_channels)


@pytest.mark.parametrize(("name", "gated"), [
    ("mobilenet_v2", ""), ("mobilenet_v3_large", "...xxx....xxxxx"), ("mobilenet_v3_small", "x..xxxxxxxx"),
    ("efficientnet_b0", "x" * 16), ("efficientnet_lite0", "")])
def test_squeeze_and_excitation_is_where_the_paper_has_it(name, gated):
    bodies = [body for body, _ in blocks(on_paper(name))]
    assert [hasattr(body, "se") for body in bodies] == [mark == "x" for mark in gated or "." * len(bodies)]
    for body in bodies:
        if hasattr(body, "se"):
            wide, gate = body.depthwise.conv.out_channels, body.se.gate
            start = (body.expand if hasattr(body, "expand") else body.depthwise).conv.in_channels
            assert body.names.index("se") == body.names.index("depthwise") + 1
            assert gate.fc1.in_channels == gate.fc2.out_channels == wide
            if name.startswith("efficientnet"):
                assert gate.fc1.out_channels == start // 4
                assert isinstance(gate.act, torch.nn.SiLU) and isinstance(gate.gate, torch.nn.Sigmoid)
            else:
                assert gate.fc1.out_channels % 8 == 0 and 0.9 * wide / 4 <= gate.fc1.out_channels <= wide / 4 + 8
                assert isinstance(gate.act, torch.nn.ReLU) and isinstance(gate.gate, torch.nn.Hardsigmoid)


@pytest.mark.parametrize(("name", "hard"), [("mobilenet_v3_large", "......xxxxxxxxx"), ("mobilenet_v3_small", "...xxxxxxxx")])
def test_hardswish_only_where_maps_are_small(name, hard):
    net = on_paper(name)
    kinds = [type(body.depthwise.act).__name__ for body, _ in blocks(net)]
    assert kinds == ["Hardswish" if mark == "x" else "ReLU" for mark in hard]
    assert isinstance(net.stem.act, torch.nn.Hardswish) and isinstance(net.head.conv.act, torch.nn.Hardswish)


@pytest.mark.parametrize(("name", "eps", "momentum"), [
    ("mobilenet_v1", 1e-5, 0.1), ("mobilenet_v2", 1e-5, 0.1), ("mobilenet_v3_large", 1e-3, 0.01), ("mobilenet_v3_small", 1e-3, 0.01),
    ("efficientnet_b0", 1e-5, 0.1), ("efficientnet_b4", 1e-5, 0.1), ("efficientnet_b5", 1e-3, 0.01), ("efficientnet_b7", 1e-3, 0.01),
    ("efficientnet_lite0", 1e-3, 0.01), ("nasnet_a_mobile", 1e-3, 0.1)])
def test_batch_norms_settings(name, eps, momentum):
    norms = [m for m in on_paper(name).modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert {(m.eps, m.momentum) for m in norms} == {(eps, momentum)}


SCALED = {      # blocks a stage, channels of stem, stages and head, pixels, billions of operations, dropout: the paper and its code
    "b0": ((1, 2, 2, 3, 3, 4, 1), (32, 16, 24, 40, 80, 112, 192, 320, 1280), 224, 0.39, 0.2),
    "b1": ((2, 3, 3, 4, 4, 5, 2), (32, 16, 24, 40, 80, 112, 192, 320, 1280), 240, 0.70, 0.2),
    "b2": ((2, 3, 3, 4, 4, 5, 2), (32, 16, 24, 48, 88, 120, 208, 352, 1408), 260, 1.0, 0.3),
    "b3": ((2, 3, 3, 5, 5, 6, 2), (40, 24, 32, 48, 96, 136, 232, 384, 1536), 300, 1.8, 0.3),
    "b4": ((2, 4, 4, 6, 6, 8, 2), (48, 24, 32, 56, 112, 160, 272, 448, 1792), 380, 4.2, 0.4),
    "b5": ((3, 5, 5, 7, 7, 9, 3), (48, 24, 40, 64, 128, 176, 304, 512, 2048), 456, 9.9, 0.4),
    "b6": ((3, 6, 6, 8, 8, 11, 3), (56, 32, 40, 72, 144, 200, 344, 576, 2304), 528, 19, 0.5),
    "b7": ((4, 7, 7, 10, 10, 13, 4), (64, 32, 48, 80, 160, 224, 384, 640, 2560), 600, 37, 0.5)}


@pytest.mark.parametrize("letter", SCALED)
def test_compound_scaling_gives_the_published_depths_widths_and_sizes(letter):
    depths, widths, size, billions, dropout = SCALED[letter]
    net = on_paper(f"efficientnet_{letter}")
    assert tuple(map(len, net.stages)) == depths
    ends = [list(stage)[-1] for stage in net.stages]
    last = [(end.body if hasattr(end, "body") else end).project.conv.out_channels for end in ends]
    assert (net.stem.conv.out_channels, *last, net.head.conv.conv.out_channels) == widths
    assert efficientnet.PUBLISHED[f"efficientnet_{letter}"].size == size and net.head.dropout.p == dropout
    assert macs_of(f"efficientnet_{letter}") / 1e9 == pytest.approx(billions, rel=0.05)


def test_every_step_of_scaling_costs_about_twice():
    costs = [macs_of(f"efficientnet_{letter}") for letter in SCALED]
    steps = [after / before for before, after in pairwise(costs)]
    assert all(1.4 < step < 2.5 for step in steps) and 1.8 < np.prod(steps) ** (1 / 7) < 2.1


def drop_rates(net):
    """By block: the rate at which it is dropped, 0 if it never is; None if its input is not added."""
    return [(body.drop_path.p if hasattr(body, "drop_path") else 0) if added else None for body, added in blocks(net)]


@pytest.mark.parametrize("name", ["efficientnet_b0", "efficientnet_b3", "efficientnet_lite0"])
def test_efficientnets_blocks_are_dropped_more_often_the_later_they_come(name):
    rates = drop_rates(on_paper(name))
    for i, rate in enumerate(rates):
        assert rate is None or rate == pytest.approx(0.2 * i / len(rates), rel=1e-12)
    assert any(rates) and not any(hasattr(body, "drop_path") for body, added in blocks(on_paper(name)) if not added)


@pytest.mark.parametrize(("name", "last"), [
    ("convnext_tiny", 0.1), ("convnext_small", 0.4), ("convnext_base", 0.5), ("convnext_large", 0.5), ("convnext_v2_atto", 0.1),
    ("convnext_v2_tiny", 0.2)])
def test_convnexts_blocks_are_dropped_more_often_the_later_they_come(name, last):
    rates = [part.body.drop_path.p if hasattr(part.body, "drop_path") else 0
             for stage in on_paper(name).stages for part in stage if hasattr(part, "body")]
    np.testing.assert_allclose(rates, np.linspace(0, last, len(rates)), rtol=1e-12)


@pytest.mark.parametrize("name", ["efficientnet_b0", "convnext_tiny", "convnext_v2_atto", "nasnet_a_large"])
def test_at_rate_zero_nothing_is_left_of_stochastic_depth(name):
    kinds = {type(m).__name__ for m in on_paper(name, drop_path=0.0).modules()}
    assert "DropPath" not in kinds and "DropPath" in {type(m).__name__ for m in on_paper(name).modules()}


@pytest.mark.parametrize("nn", [numpy_nn, torch_nn, written_out], ids=["numpy", "torch", "written_out"])
def test_layer_scale_starts_small_and_the_walk_leaves_it_so(nn):
    block = convnext.block(nn, 8)
    for net in (block, init.kaiming(block, 0)):
        scale = np.asarray(net.body.layer_scale.weight.data)
        assert scale.shape == (8, 1, 1) and (scale == np.float32(1e-6)).all()
    x = np.random.default_rng(0).standard_normal((2, 8, 7, 7)).astype(np.float32)
    y = np.asarray(block(x if nn is numpy_nn else torch.from_numpy(x)).data)
    assert 0 < np.abs(y - x).max() < 1e-4           # hardly more than its shortcut


@pytest.mark.parametrize("nn", [numpy_nn, torch_nn, written_out], ids=["numpy", "torch", "written_out"])
def test_global_response_norm_stands_after_gelu_and_starts_as_the_identity(nn):
    body = convnext_v2.block(nn, 8).body
    assert body.names == ("dwconv", "norm", "pwconv1", "act", "grn", "pwconv2")
    assert not np.asarray(body.grn.weight.data).any() and not np.asarray(body.grn.bias.data).any()
    assert tuple(body.grn.weight.shape) == (32,) and convnext.block(nn, 8).body.names[3:5] == ("act", "pwconv2")


def gradients(nn, net, x):
    y = net(numpy_nn.Tensor(x) if nn is numpy_nn else torch.tensor(x))
    grad_y = np.random.default_rng(1).standard_normal(tuple(y.shape))
    y.backward(grad_y if nn is numpy_nn else torch.tensor(grad_y))
    return [np.asarray(y.data)] + [np.asarray(p.grad) for p in net.parameters()]


@pytest.mark.parametrize(("name", "others"), [
    ("mobilenet_v3_small", [written_out]),          # torch's hardsigmoid has an error of its own, ours has none
    ("convnext_v2_atto", [torch_nn, written_out]), ("efficientnet_lite0", [written_out]), ("nasnet_a_mobile", [written_out])])
def test_engines_agree_with_every_weight_awake(name, others, assert_close):
    """Layer scale and response norms far from where they start, so that each block counts."""
    size, expected = {"efficientnet_lite0": 64, "nasnet_a_mobile": 35}.get(name, 64), None
    for nn in (numpy_nn, *others):
        net = init.kaiming(models.build(name, nn, num_classes=3).double(), 0).eval()
        for i, (path, p) in enumerate(net.named_parameters()):
            if "grn" in path or "bias" in path:
                value = np.random.default_rng(i).uniform(0.3, 0.6, tuple(p.shape))
                p.data[...] = value if nn is numpy_nn else torch.from_numpy(value)
        got = gradients(nn, net, np.random.default_rng(2).standard_normal((2, 3, size, size)))
        expected = expected or got
        largest = max(np.abs(g).max() for g in expected[1:])
        assert_close(got[0], expected[0], 1e-10)
        for mine, theirs in zip(got[1:], expected[1:], strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-10 * largest)


@pytest.mark.parametrize("nn", [numpy_nn, written_out], ids=["numpy", "written_out"])
def test_a_small_convnext_agrees_once_its_layer_scales_have_grown(nn, assert_close):
    nets = [init.kaiming(convnext.build(engine, (1, 1, 2, 1), 8, num_classes=3).double(), 0, constants={"*layer_scale.weight": 0.7}).eval()
            for engine in (torch_nn, nn)]
    x = np.random.default_rng(2).standard_normal((2, 3, 64, 64))
    for theirs, mine in zip(gradients(torch_nn, nets[0], x), gradients(nn, nets[1], x), strict=True):
        assert_close(mine, theirs, 1e-10)


@pytest.mark.parametrize("kernel_size", [3, 5])
@pytest.mark.parametrize("size", [8, 14, 32])
def test_lites_padding_is_tensorflows_same(kernel_size, size):
    layer = efficientnet.conv_bn_same(torch_nn, 2, 3, kernel_size, 2, act=torch_nn.Identity, norm=lambda _: torch_nn.Identity()).double()
    x = torch.randn(1, 2, size, size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    total = max((ceil(size / 2) - 1) * 2 + kernel_size - size, 0)       # TensorFlow's rule: the odd zero goes to the far end
    before, after = total // 2, total - total // 2
    wide = F.pad(x, (before, after, before, after))
    torch.testing.assert_close(layer(x), F.conv2d(wide, layer.conv.weight, stride=2), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("size", [6, 7])
def test_halving_sees_even_pixels_on_one_path_and_odd_ones_on_the_other(size):
    layer = nasnet.halve(torch_nn, 2, 4).eval()
    for path in layer.paths:
        path.conv.weight.data = torch.eye(2)[:, :, None, None]
    x = torch.rand(1, 2, size, size) + 1
    y = layer.paths(x)
    odd = F.pad(x, (0, 1, 0, 1))[:, :, 1:, 1:][:, :, ::2, ::2]
    torch.testing.assert_close(y, torch.cat([x[:, :, ::2, ::2], odd], 1))


@pytest.mark.parametrize("reduction", [False, True])
def test_nasnets_cells_are_wired_as_the_papers_figure_4(reduction):
    torch.manual_seed(0)
    net = init.kaiming(models.build("nasnet_a_mobile", torch_nn, num_classes=3), 0).eval()
    cell = net.stages[2][0].out if reduction else net.stages[1][1].out
    h, p = torch.rand(1, 264, 6, 6), torch.rand(1, 264 if reduction else 88, 6, 6)
    now, before = cell.inputs((h, p))
    op = [[branch.op for branch in (fork.new.body, fork.new.shortcut) if hasattr(branch, "op")] for fork in list(cell)[1:6]]
    s, mean, largest = 2 if reduction else 1, partial(F.avg_pool2d, count_include_pad=False), F.max_pool2d
    if reduction:
        first = op[0][0](now) + op[0][1](before)
        second = largest(now, 3, s, 1) + op[1][1](before)
        third = mean(now, 3, s, 1) + op[2][1](before)
        expected = [second, third, mean(first, 3, 1, 1) + second, op[4][0](first) + largest(now, 3, s, 1)]
        kernels = [5, 7, 7, 5, 3]
    else:
        expected = [before, op[0][0](now) + op[0][1](before), op[1][0](before) + op[1][1](before), mean(now, 3, 1, 1) + before,
                    2 * mean(before, 3, 1, 1), op[4][0](now) + now]
        kernels = [5, 3, 5, 3, 3]
    torch.testing.assert_close(cell((h, p)), torch.cat(expected, 1))
    found = [m.kernel_size[0] for m in cell.modules() if isinstance(m, torch.nn.Conv2d) and m.groups > 1]
    assert found[::2] == found[1::2] == kernels


def test_nasnets_operations_are_dropped_in_proportion_to_their_cell():
    cells = [part if hasattr(part, "inputs") else part.out for stage in on_paper("nasnet_a_large").stages for part in stage]
    assert len(cells) == 22 == 2 + 3 * 6 + 2
    for i, cell in enumerate(cells, 1):
        drops = [m.p for m in cell.modules() if isinstance(m, torch_nn.DropPath)]
        operations = [m for m in cell.modules() if hasattr(m, "op")]
        assert len(drops) == len(operations) and drops == pytest.approx([0.3 * i / 22] * len(drops), rel=1e-12)


def test_rounded_channels_lose_at_most_a_tenth():
    assert [mobilenet_v3.rounded(c) for c in (1, 12, 18, 19, 20, 35.2, 38.4, 123.2, 18.9)] == [8, 16, 24, 24, 24, 32, 40, 120, 24]
    assert all(mobilenet_v3.rounded(c) % 8 == 0 and mobilenet_v3.rounded(c) >= 0.9 * c for c in np.linspace(1, 500, 997))


@pytest.mark.parametrize("skip", [True, False])
def test_a_large_nasnets_reduction_cell_hands_on_the_map_it_had_itself(skip):
    net = nasnet.build(torch_nn, 2, 8, 8, skip=skip).eval()
    pair = net.stages[:2](net.stem(torch.rand(1, 3, 67, 67)))
    assert net.stages[2][0](pair)[1] is pair[1 if skip else 0]
