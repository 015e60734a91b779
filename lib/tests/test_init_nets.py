"""The walk gives the same net on every engine, and states go from one engine to another."""
from functools import partial

import numpy as np
import pytest
import torch

from convbook import init, numpy_nn, torch_nn

ENGINES = {"numpy": numpy_nn, "torch": torch_nn, "written_out": torch_nn.written_out}


@pytest.fixture(params=ENGINES.values(), ids=ENGINES)
def nn(request):
    return request.param


def net(nn):
    """Every layer with parameters, one of them twice."""
    shared = nn.Conv2d(8, 8, 3, padding=1, groups=4)
    return nn.Sequential(
        stem=nn.Conv2d(3, 8, 3, padding=1),
        norm=nn.BatchNorm2d(8),
        once=shared,
        again=shared,
        block=nn.Residual(nn.Sequential(conv=nn.Conv2d(8, 8, 1, bias=False), bn2=nn.BatchNorm2d(8), relu=nn.ReLU())),
        up=nn.ConvTranspose2d(8, 6, 2, stride=2, groups=2),
        group=nn.GroupNorm(2, 6),
        layer=nn.LayerNorm2d(6),
        grn=nn.GRN(6),
        scale=nn.LayerScale(6, init=0.25),
        local=nn.LocallyConnected2d(6, 2, (8, 8), 3),
        flat=nn.Flatten(),
        bn1=nn.BatchNorm1d(72),
        head=nn.Linear(72, 10),
        last=nn.LayerNorm(10),
    )


def values(net):
    return {name: np.array(p.detach().numpy() if isinstance(p, torch.Tensor) else p.data) for name, p in net.named_parameters()}


def disturb(net):
    """Every parameter and every buffer away from what it is at the start."""
    rng = np.random.default_rng(9)
    for value in net.state_dict(keep_vars=True).values() if isinstance(net, torch.nn.Module) else [a for _, a in net._state()]:
        noise = rng.integers(1, 9, tuple(value.shape))
        value.data.copy_(torch.from_numpy(np.asarray(noise))) if isinstance(value, torch.Tensor) else np.copyto(value, noise)
    return net


WALKS = {
    "kaiming": init.kaiming,
    "kaiming options": partial(init.kaiming, mode="fan_out", nonlinearity="leaky_relu", a=0.1, uniform=True),
    "xavier": init.xavier,
    "xavier options": partial(init.xavier, gain=2.0, uniform=False),
    "normal": partial(init.normal, std=0.01),
    "trunc_normal": partial(init.apply, draw=partial(init.trunc_normal, std=0.02)),
    "constants": partial(init.kaiming, constants={"block.*.bn2.weight": 0, "head.bias": np.arange(10.0), "stem.bias": 1}),
}


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
def test_the_same_seed_gives_the_same_net_on_every_engine(walk):
    ours, *others = (values(walk(disturb(net(nn)), 5)) for nn in ENGINES.values())
    for other in others:
        assert list(other) == list(ours)
        for name, value in ours.items():
            assert value.dtype == other[name].dtype == np.float32
            np.testing.assert_array_equal(value, other[name], err_msg=name)
    again, another = values(walk(net(numpy_nn), np.random.default_rng(5))), values(walk(net(numpy_nn), 6))
    assert all(np.array_equal(again[name], ours[name]) for name in ours)
    assert not np.array_equal(another["stem.weight"], ours["stem.weight"])


def test_biases_and_norms_start_where_they_change_nothing(nn):
    got = values(init.kaiming(disturb(net(nn).double()), 0))
    norms = {"norm", "block.body.bn2", "group", "layer", "bn1", "last"}
    for name, value in got.items():
        layer, _, kind = name.rpartition(".")
        if kind == "bias" or layer == "grn":
            assert not value.any(), name
        elif layer == "scale":
            assert (value == 0.25).all(), name
        elif layer in norms:
            assert (value == 1).all(), name
        else:
            assert len(np.unique(value)) == value.size, name        # drawn, each on its own
    assert np.unique(np.stack([got["stem.weight"].ravel()[:64], got["once.weight"].ravel()[:64]])).size == 128


@pytest.mark.parametrize(("layer", "fan_in", "fan_out"), [
    (lambda nn: nn.Linear(300, 200), 300, 200),
    (lambda nn: nn.Conv2d(100, 50, (3, 5)), 1500, 750),
    (lambda nn: nn.Conv2d(120, 240, 3, groups=10), 12 * 9, 24 * 9),
    (lambda nn: nn.ConvTranspose2d(100, 50, (3, 5)), 1500, 750),
    (lambda nn: nn.ConvTranspose2d(240, 120, 3, groups=10), 24 * 9, 12 * 9),
    (lambda nn: nn.LocallyConnected2d(20, 30, 7, 3), 20 * 9, 30 * 9),
], ids=["linear", "conv", "groups", "transposed", "transposed, groups", "unshared"])
def test_the_spread_is_that_of_the_layers_true_fans(nn, layer, fan_in, fan_out):
    """Within five standard errors of a normal's variance, variance sqrt(2 / n)."""
    for mode, fan in (("fan_in", fan_in), ("fan_out", fan_out)):
        weight = values(init.kaiming(layer(nn), 0, mode=mode))["weight"].astype(np.float64)
        assert abs(weight.var() * fan / 2 - 1) <= 5 * np.sqrt(2 / weight.size)


def test_a_draw_sees_the_filters_of_one_group_or_place_as_out_in_taps(nn):
    """A draw that counts tells where its entries went: a transposed convolution keeps (in, out), so they are swapped back."""
    shapes = []

    def count(shape, rng):
        shapes.append(shape)
        return np.arange(float(np.prod(shape))).reshape(shape)
    conv, up, local = nn.Conv2d(4, 6, 3, groups=2), nn.ConvTranspose2d(4, 6, 3, groups=2), nn.LocallyConnected2d(4, 3, (3, 4), 3)
    conv, up, local = (values(init.apply(layer, 0, count))["weight"] for layer in (conv, up, local))
    assert shapes == [(3, 2, 3, 3)] * 4 + [(3, 4, 3, 3)] * 2
    of_group = np.arange(54.0).reshape(3, 2, 3, 3)
    np.testing.assert_array_equal(conv, np.concatenate([of_group, of_group]))
    np.testing.assert_array_equal(up, np.concatenate([of_group.swapaxes(0, 1)] * 2))
    np.testing.assert_array_equal(local, np.broadcast_to(np.arange(108.0).reshape(3, 4, 3, 3), (1, 2, 3, 4, 3, 3)))


@pytest.mark.parametrize("groups", [1, 4])
def test_a_transposed_convolution_keeps_the_signal(groups):
    """At stride 1, away from the border: 64 channels in, 32 out; the mean square within 10 % (4096 weights a group)."""
    rng = np.random.default_rng(0)
    layer = init.kaiming(numpy_nn.ConvTranspose2d(64, 32, 3, groups=groups), rng, nonlinearity="linear")
    y = layer(rng.normal(size=(8, 64, 12, 12)).astype(np.float32)).data[:, :, 2:-2, 2:-2]
    assert abs((y**2).mean() - 1) < 0.1


def test_alexnets_start_is_two_lines(nn):
    got = values(init.normal(net(nn), 0, 0.01, constants={"once.bias": 1, "head.bias": 1}))
    assert (got["once.bias"] == 1).all()
    assert not got["stem.bias"].any()
    assert abs(got["head.weight"].std() - 0.01) <= 5 * 0.01 / np.sqrt(2 * 720)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_dtype_device_and_storage_stay(dtype):
    layer = torch_nn.Linear(4, 3).to(dtype)
    before = layer.weight.data_ptr()
    init.xavier(layer, 0)
    assert (layer.weight.dtype, layer.weight.data_ptr()) == (dtype, before)
    np.testing.assert_array_equal(layer.weight.detach().double(), torch.from_numpy(init.xavier_uniform((3, 4), 0)).to(dtype).double())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here: weights on it stay untested")
def test_the_same_net_on_a_gpu():
    on_gpu, on_cpu = init.kaiming(net(torch_nn).cuda(), 5), values(init.kaiming(net(numpy_nn), 5))
    for name, parameter in on_gpu.named_parameters():
        np.testing.assert_array_equal(parameter.detach().cpu().numpy(), on_cpu[name])
    copied = init.copy_state(disturb(net(numpy_nn)), net(torch_nn).cuda())
    assert next(copied.parameters()).is_cuda


def test_numpys_arrays_are_written_in_place():
    layer = numpy_nn.Linear(4, 3).double()
    array = layer.weight.data
    init.xavier(layer, 0)
    assert layer.weight.data is array
    np.testing.assert_array_equal(array, init.xavier_uniform((3, 4), 0))        # float64 all the way


def with_a_scale(nn):
    class Scaled(nn.Linear):
        def __init__(self):
            super().__init__(4, 3)
            self.gamma = nn.Parameter(np.ones(3, np.float32) if nn is numpy_nn else torch.ones(3))
    return nn.Sequential(first=nn.Linear(4, 4), scaled=Scaled())


def test_a_layer_that_is_not_known_is_refused_unless_its_value_is_said(nn):
    made = with_a_scale(nn)
    before = values(made)
    with pytest.raises(ValueError, match=r'scaled.gamma belongs to a Scaled, a layer whose first values are not known here; '
                                         r'say constants={"scaled.gamma": value}'):
        init.kaiming(made, 0)
    assert all(np.array_equal(before[name], value) for name, value in values(made).items())
    got = values(init.kaiming(made, 0, constants={"*.gamma": 1e-6}))
    assert (got["scaled.gamma"] == np.float32(1e-6)).all()
    assert not np.array_equal(got["scaled.weight"], before["scaled.weight"])       # a layer made from a known one is known


def test_a_pattern_that_fits_nothing_is_refused(nn):
    with pytest.raises(ValueError, match=r"no parameter is called \*\.bn9\.weight; the net has stem\.weight, stem\.bias, "):
        init.kaiming(net(nn), 0, constants={"*.bn9.weight": 0})


def test_the_first_pattern_that_fits_counts():
    got = values(init.kaiming(net(numpy_nn), 0, constants={"head.bias": 2, "*.bias": 3}))
    assert (got["head.bias"] == 2).all() and (got["stem.bias"] == 3).all()


@pytest.mark.parametrize("source", ENGINES.values(), ids=ENGINES)
def test_states_go_from_any_engine_to_any_other(source, nn):
    given = disturb(net(source))
    target = init.copy_state(given, net(nn))
    for key, value in given.state_dict().items():
        np.testing.assert_array_equal(np.asarray(value), np.asarray(target.state_dict()[key]), err_msg=key)
    assert "norm.running_mean" in target.state_dict()
    target.load_state_dict(net(nn).state_dict())                # copied, not shared
    assert (np.asarray(given.state_dict()["stem.bias"]) >= 1).all()


def test_copied_states_give_the_same_outputs():
    x = np.random.default_rng(0).normal(size=(4, 3, 4, 4)).astype(np.float32)
    source = net(numpy_nn)
    outputs = [init.copy_state(source, net(nn)).eval()(x if nn is numpy_nn else torch.from_numpy(x)) for nn in ENGINES.values()]
    ours, *others = (np.asarray(y.data if isinstance(y, numpy_nn.Tensor) else y.detach()) for y in outputs)
    for y in others:
        np.testing.assert_allclose(y, ours, rtol=1e-4, atol=1e-5)


def test_dtypes_are_the_targets():
    source = torch_nn.Linear(4, 3).to(torch.bfloat16)
    target = init.copy_state(source, numpy_nn.Linear(4, 3).double())
    assert target.weight.data.dtype == np.float64
    np.testing.assert_array_equal(target.weight.data, source.weight.detach().double().numpy())
    back = init.copy_state(target, torch_nn.Linear(4, 3).to(torch.bfloat16))
    assert torch.equal(back.weight, source.weight)


def test_states_that_differ_are_refused_by_name_and_shape(nn):
    source, target = numpy_nn.Sequential(a=numpy_nn.Linear(4, 3)), nn.Sequential(b=nn.Linear(4, 3))
    before = values(target)
    with pytest.raises(KeyError, match=r"only in source \['a.bias', 'a.weight'\], only in target \['b.bias', 'b.weight'\]"):
        init.copy_state(source, target)
    with pytest.raises(KeyError, match=r"only in source \['a.bias', 'a.weight'\], only in target nothing"):
        init.copy_state(numpy_nn.Sequential(a=numpy_nn.Linear(4, 3), b=numpy_nn.Linear(4, 3)), target)
    with pytest.raises(ValueError, match=r"shapes differ: b.weight: source \(3, 5\), target \(3, 4\)"):
        init.copy_state(numpy_nn.Sequential(b=numpy_nn.Linear(5, 3)), target)
    assert all(np.array_equal(before[name], value) for name, value in values(target).items())
