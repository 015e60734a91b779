"""FractalNet: the rule that makes it, and drop-path, local and global."""
import copy

import numpy as np
import pytest
import torch

from convbook import numpy_nn, torch_nn
from convbook.models import fractalnet
from convbook.torch_nn import written_out

ENGINES = [pytest.param(nn, id=name) for name, nn in (("numpy", numpy_nn), ("torch", torch_nn), ("written_out", written_out))]

WIDTHS = (3, 4, 4, 5, 5)


def small(nn, columns, **options):
    return fractalnet.build(nn, columns, WIDTHS, **options)


def tensor(nn, values):
    return numpy_nn.Tensor(values) if nn is numpy_nn else torch.from_numpy(values)


def number(value):
    return float(np.asarray(value.data).reshape(()))


def paths(part):
    """Lengths, in convolutions, of all paths through a fractal."""
    if not hasattr(part, "shallow"):
        return [1]
    return [1] + [a + b for a in paths(part.deep.first) for b in paths(part.deep.second)]


def column(part, number):
    """The convolutions of one column in order; 0 is the shallowest."""
    if number == 0:
        return [part.shallow] if hasattr(part, "shallow") else [part]
    return column(part.deep.first, number - 1) + column(part.deep.second, number - 1)


def joins(net):
    return [m for m in net.modules() if type(m).__name__ == "Join"]


@pytest.mark.parametrize(("columns", "number"), [(1, 1), (2, 2), (3, 5), (4, 26)])
def test_the_fractal_rule(columns, number):
    net = small(torch_nn, columns)
    for block in net.stages:
        lengths = paths(block.fractal)
        assert (max(lengths), min(lengths), len(lengths)) == (2 ** (columns - 1), 1, number)       # paths: p(C + 1) = p(C)^2 + 1
        assert sum(isinstance(m, torch.nn.Conv2d) for m in block.modules()) == 2**columns - 1
        assert [len(column(block.fractal, c)) for c in range(columns)] == [2**c for c in range(columns)]
        assert len(joins(block)) == (2 ** (columns - 2) if columns > 1 else 0)


def weights_drawn(nn, net, draws):
    """Weights of one join of every number of inputs, draw after draw: {inputs: (draws, inputs)}."""
    x, found = tensor(nn, np.full((2, 3, 4, 4), 7.0)), {}
    for _ in range(draws):
        net.stem(x)
        for join, count in ((net.stages[0].join, 3), (net.stages[0].fractal.deep.join, 2)):
            found.setdefault(count, []).append([number(w) for w in join.weights((x,) * count)])
    return {count: np.array(rows) for count, rows in found.items()}


@pytest.mark.parametrize("nn", ENGINES)
def test_local_draws_keep_at_least_one_path_and_favour_none(nn):
    nn.manual_seed(0)
    draws, p = 600, 0.6
    for count, rows in weights_drawn(nn, small(nn, 3, drop_path_rate=p, global_rate=0.0), draws).items():
        np.testing.assert_allclose(rows.sum(1), 1, rtol=0, atol=1e-12)
        kept = rows > 0
        assert kept.any(1).all()
        assert all(len(set(row[row > 0])) == 1 for row in rows)             # a plain mean of those that are left
        np.testing.assert_allclose(rows.mean(0), 1 / count, rtol=0, atol=0.09)
        expected = (1 - p) + p**count / count                               # left by its own draw, or rescued
        np.testing.assert_allclose(kept.mean(0), expected, rtol=0, atol=5 * (0.25 / draws) ** 0.5)


@pytest.mark.parametrize("nn", ENGINES)
def test_global_draws_take_every_column_equally_often(nn):
    nn.manual_seed(0)
    draws, net = 300, small(nn, 3, global_rate=1.0)
    rows = weights_drawn(nn, net, draws)
    assert set(map(tuple, rows[3])) == {(1, 0, 0), (0, 1, 0), (0, 0, 1)}
    np.testing.assert_allclose(rows[3].mean(0), 1 / 3, rtol=0, atol=5 * (2 / 9 / draws) ** 0.5)
    for outer, inner in zip(rows[3], rows[2], strict=True):
        np.testing.assert_array_equal(inner, outer[1:] if outer[0] == 0 else (0.5, 0.5))


@pytest.mark.parametrize("nn", ENGINES)
def test_local_and_global_take_turns(nn):
    nn.manual_seed(0)
    net, x = small(nn, 4), tensor(nn, np.ones((1, 3, 4, 4)))
    whole = []
    for _ in range(300):
        net.stem(x)
        whole.append(sum(number(c) for c in net.stem.choose.draw.columns))
    assert set(whole) == {0.0, 1.0}
    assert abs(np.mean(whole) - 0.5) <= 5 * (0.25 / 300) ** 0.5


@pytest.mark.parametrize("nn", ENGINES)
def test_a_global_draw_leaves_one_plain_net(nn, assert_close):
    """With a column drawn, the whole net is that column's convolutions one after the other, and only they get a gradient."""
    nn.manual_seed(3)
    net, x, seen = small(nn, 3, global_rate=1.0).double(), np.random.default_rng(0).standard_normal((2, 3, 32, 32)), set()
    while len(seen) < 3:
        net.zero_grad()
        y = net(tensor(nn, x))
        drawn = [number(c) for c in net.stem.choose.draw.columns].index(1)
        seen.add(drawn)
        y.sum().backward()
        mine, plain = set(), tensor(nn, x)
        for block in net.stages:
            for conv in column(block.fractal, drawn):
                plain = conv(plain)
                mine |= {id(p) for p in conv.parameters()}
            plain = block.pool(plain)
        assert_close(np.asarray(net.head(plain).data), np.asarray(y.data), 1e-12)
        for name, parameter in net.stages.named_parameters():
            grad = 0 if parameter.grad is None else np.abs(np.asarray(parameter.grad)).max()
            assert id(parameter) in mine or grad == 0, name


@pytest.mark.parametrize("nn", ENGINES)
def test_evaluation_is_the_mean_of_all_every_time(nn, assert_close):
    net, x = small(nn, 3).double().eval(), np.random.default_rng(0).standard_normal((2, 3, 32, 32))
    first = np.asarray(net(tensor(nn, x)).data)
    np.testing.assert_array_equal(np.asarray(net(tensor(nn, x)).data), first)
    undropped = small(nn, 3, drop_path_rate=0.0, global_rate=0.0).double()
    undropped.load_state_dict(net.state_dict())
    for module in undropped.modules():              # joins that train but drop nothing, batch norm as in evaluation
        module.training = type(module).__name__ in ("Join", "Choose")
    assert_close(np.asarray(undropped(tensor(nn, x)).data), first, 1e-12)


def test_joins_of_a_copy_follow_the_copys_draw():
    twin = copy.deepcopy(small(torch_nn, 3))
    assert {id(join.draw) for join in joins(twin)} == {id(twin.stem.choose.draw)}


@pytest.mark.parametrize("global_rate", [0.0, 1.0])
def test_joins_keep_the_dtype_that_autocast_gave(global_rate):
    net, found = small(torch_nn, 3, global_rate=global_rate), set()
    for join in joins(net):
        join.register_forward_hook(lambda module, inputs, output: found.add(output.dtype))
    with torch.autocast("cpu", torch.bfloat16):
        net(torch.randn(2, 3, 32, 32))
    assert found == {torch.bfloat16}


def test_drop_path_keeps_one_graph():
    net, x = fractalnet.build(torch_nn, 3, WIDTHS[:2]).train(), torch.randn(2, 3, 4, 4)
    compiled, outputs = torch.compile(net, fullgraph=True, backend="aot_eager"), set()
    for seed in range(12):
        torch.manual_seed(seed)
        outputs.add(round(float(compiled(x).detach().sum()), 3))
    assert len(outputs) > 3             # drawn again for every batch
    compiled(x).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
