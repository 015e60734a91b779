"""Layers and combinators of the NumPy engine and of written_out against torch.nn: same state, same values, same gradients."""
from inspect import isclass, signature

import numpy as np
import pytest
import torch

from convbook import numpy_nn, torch_nn
from convbook.init import copy_state
from convbook.torch_nn import written_out

IMAGES, FEATURES = (2, 4, 7, 6), (3, 5)
LAYERS = {
    "Linear": (lambda nn: nn.Linear(5, 4), FEATURES), "Linear without bias": (lambda nn: nn.Linear(6, 3, bias=False), IMAGES),
    "Conv2d": (lambda nn: nn.Conv2d(4, 6, 3, stride=2, padding=1), IMAGES),
    "Conv2d same": (lambda nn: nn.Conv2d(4, 6, (3, 5), padding="same", bias=False), IMAGES),
    "Conv2d groups": (lambda nn: nn.Conv2d(4, 6, (3, 2), groups=2, dilation=(1, 2)), IMAGES),
    "Conv2d depthwise": (lambda nn: nn.Conv2d(4, 4, 3, padding=1, groups=4), IMAGES),
    "ConvTranspose2d": (lambda nn: nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2), IMAGES),
    "LocallyConnected2d": (lambda nn: nn.LocallyConnected2d(4, 2, (7, 6), 3, padding=1), IMAGES),
    "BatchNorm2d": (lambda nn: nn.BatchNorm2d(4, momentum=0.3), IMAGES), "BatchNorm1d": (lambda nn: nn.BatchNorm1d(5), FEATURES),
    "BatchNorm2d without parameters": (lambda nn: nn.BatchNorm2d(4, affine=False, track_running_stats=False), IMAGES),
    "LayerNorm": (lambda nn: nn.LayerNorm((7, 6)), IMAGES), "LayerNorm2d": (lambda nn: nn.LayerNorm2d(4, eps=1e-6), IMAGES),
    "GroupNorm": (lambda nn: nn.GroupNorm(2, 4), IMAGES), "GRN": (lambda nn: nn.GRN(4), IMAGES),
    "LocalResponseNorm": (lambda nn: nn.LocalResponseNorm(3, alpha=0.1, k=2.0), IMAGES),
    "ReLU": (lambda nn: nn.ReLU(inplace=False), IMAGES), "ReLU6": (lambda nn: nn.ReLU6(), IMAGES),
    "LeakyReLU": (lambda nn: nn.LeakyReLU(0.2), IMAGES), "ELU": (lambda nn: nn.ELU(1.5), IMAGES), "GELU": (lambda nn: nn.GELU(), IMAGES),
    "SiLU": (lambda nn: nn.SiLU(), IMAGES), "Sigmoid": (lambda nn: nn.Sigmoid(), IMAGES), "Tanh": (lambda nn: nn.Tanh(), IMAGES),
    "ScaledTanh": (lambda nn: nn.ScaledTanh(), IMAGES), "Hardsigmoid": (lambda nn: nn.Hardsigmoid(), IMAGES),
    "Hardswish": (lambda nn: nn.Hardswish(), IMAGES), "Softmax": (lambda nn: nn.Softmax(dim=1), IMAGES),
    "LogSoftmax": (lambda nn: nn.LogSoftmax(dim=1), FEATURES),
    "MaxPool2d": (lambda nn: nn.MaxPool2d(3, 2, padding=1, ceil_mode=True), IMAGES),
    "AvgPool2d": (lambda nn: nn.AvgPool2d((3, 2), padding=1, count_include_pad=False), IMAGES),
    "AdaptiveAvgPool2d": (lambda nn: nn.AdaptiveAvgPool2d((3, 2)), IMAGES), "GlobalAvgPool2d": (lambda nn: nn.GlobalAvgPool2d(), IMAGES),
    "Dropout not dropping": (lambda nn: nn.Dropout(0.0), IMAGES), "Dropout2d not dropping": (lambda nn: nn.Dropout2d(0.0), IMAGES),
    "DropPath not dropping": (lambda nn: nn.DropPath(0.0), IMAGES), "Flatten": (lambda nn: nn.Flatten(), IMAGES),
    "Identity": (lambda nn: nn.Identity(), IMAGES), "LayerScale": (lambda nn: nn.LayerScale(4, init=0.1), IMAGES),
    "ZeroPad2d": (lambda nn: nn.ZeroPad2d((1, 0, 2, 3)), IMAGES), "ZeroPad2d all around": (lambda nn: nn.ZeroPad2d(2), IMAGES),
    "ZeroPad2d that cuts": (lambda nn: nn.ZeroPad2d((-1, 1, 2, -3)), IMAGES),
    "Sequential": (lambda nn: nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU(), label="pointwise"), IMAGES),
    "Sequential of names": (lambda nn: nn.Sequential(conv=nn.Conv2d(4, 4, 1), relu=nn.ReLU()), IMAGES),
    "WithHeads": (lambda nn: nn.WithHeads(conv=nn.Conv2d(4, 4, 1), relu=nn.ReLU()), IMAGES),
    "Residual": (lambda nn: nn.Residual(nn.Conv2d(4, 4, 3, padding=1)), IMAGES),
    "Residual with shortcut": (lambda nn: nn.Residual(nn.Conv2d(4, 6, 3, 2, 1), nn.Conv2d(4, 6, 1, 2)), IMAGES),
    "Concat": (lambda nn: nn.Concat(nn.Conv2d(4, 2, 1), pool=nn.AvgPool2d(3, 1, 1)), IMAGES),
    "Fork and Mean": (lambda nn: nn.Sequential(nn.Fork(nn.ReLU(), nn.Fork(nn.Tanh(), nn.Conv2d(4, 4, 1))), nn.Mean()), IMAGES),
    "Scale": (lambda nn: nn.Scale(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 4, 1), nn.Sigmoid())), IMAGES),
    "ModuleList": (lambda nn: twice_in_a_list(nn), IMAGES), "used twice": (lambda nn: used_twice(nn), IMAGES),
}
TORCHS_OWN_ERROR = {"Hardsigmoid": 3e-8}        # torch's way back multiplies by a sixth that was rounded to float32


def twice_in_a_list(nn):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.convs = nn.ModuleList([nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 2, 3)])

        def forward(self, x):
            for conv in self.convs:
                x = nn.functional.relu(conv(x))
            return nn.cat([x, x * 2], 1)
    return Net()


def used_twice(nn):
    shared = nn.Conv2d(4, 4, 3, padding=1)
    return nn.Sequential(shared, nn.Tanh(), shared)


def run(nn, net, x, device="cpu"):
    """Output, gradients of the input and of every parameter, and the state after it, as arrays."""
    numpy = nn is numpy_nn
    leaf = numpy_nn.Tensor(x, requires_grad=True) if numpy else torch.tensor(x, requires_grad=True, device=device)
    y = net(leaf)
    grad_y = np.random.default_rng(1).standard_normal(tuple(y.shape))
    y.backward(grad_y if numpy else torch.tensor(grad_y, device=device))
    values = [y, *(t.grad for t in (leaf, *net.parameters()))]
    arrays = [v.data if isinstance(v, numpy_nn.Tensor) else v if isinstance(v, np.ndarray) else v.detach().cpu().numpy() for v in values]
    return arrays, {key: value if numpy else value.cpu() for key, value in net.state_dict().items()}


def pair_of(nn, device, build):
    """The same layer for torch_nn and for `nn`, float64, with the same random parameters."""
    torch.manual_seed(0)
    ours, judge = build(nn).double(), build(torch_nn).double()
    ours = ours if nn is numpy_nn else ours.to(device)
    for i, p in enumerate(judge.parameters()):
        p.data = torch.from_numpy(np.random.default_rng(i).uniform(0.5, 1.5, tuple(p.shape)))
    copy_state(judge, ours)
    return ours, judge


@pytest.fixture(params=[numpy_nn, written_out], ids=["numpy", "written_out"])
def nn(request):
    return request.param


NO_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here: written_out on cuda stays untested")


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize(("nn", "device"), [pytest.param(numpy_nn, "cpu", id="numpy"), pytest.param(written_out, "cpu", id="written_out"),
                                            pytest.param(written_out, "cuda", id="written_out-cuda", marks=NO_GPU)])
def test_layers_agree_with_torch(nn, device, name, training, assert_close):
    build, shape = LAYERS[name]
    ours, judge = pair_of(nn, device, build)
    if isinstance(judge, torch.nn.BatchNorm2d) and not training and judge.track_running_stats:
        run(torch_nn, judge, np.random.default_rng(5).standard_normal(shape))          # statistics worth using
        copy_state(judge, ours)
        judge.zero_grad(), ours.zero_grad()
    ours.train(training), judge.train(training)
    x = np.random.default_rng(2).standard_normal(shape)
    before = x.copy()
    got, state = run(nn, ours, x, device)
    expected, expected_state = run(torch_nn, judge, x)
    np.testing.assert_array_equal(x, before)
    assert_close(got[0], expected[0], 1e-12)
    for mine, theirs in zip(got[1:], expected[1:], strict=True):
        assert_close(mine, theirs, TORCHS_OWN_ERROR.get(name, 1e-10))
    assert list(state) == list(expected_state)
    for key, value in expected_state.items():
        assert_close(np.asarray(state[key]), value.numpy(), 1e-12)


def classes(nn):
    return {name: getattr(nn, name) for name in nn.__all__ if isclass(getattr(nn, name)) and issubclass(getattr(nn, name), nn.Module)}


def test_all_engines_have_the_same_layers():
    assert sorted(classes(numpy_nn)) == sorted(classes(torch_nn)) == sorted(classes(written_out))


@pytest.mark.parametrize("name", sorted(classes(torch_nn)))
def test_layers_take_torchs_arguments(name):
    ours, torchs = (list(signature(classes(nn)[name].__init__).parameters.values())[1:] for nn in (numpy_nn, torch_nn))
    theirs = {p.name: p for p in torchs}
    for p in ours:
        if p.kind is p.POSITIONAL_OR_KEYWORD:
            assert p.name in theirs, f"{name} has no argument {p.name} in torch"
            assert p.default == theirs[p.name].default or p.name == "dim"
    shared = [p.name for p in torchs if p.name in {q.name for q in ours}]
    assert [p.name for p in ours if p.name in theirs] == shared, "the order is torch's"


def test_fresh_weights_lie_where_torchs_do():
    numpy_nn.manual_seed(0)
    for layer in (numpy_nn.Conv2d(8, 64, 3), numpy_nn.Linear(72, 500)):
        for values in (layer.weight.data, layer.bias.data):
            assert values.dtype == np.float32
            bound = 1 / np.sqrt(72)
            assert 0.9 * bound <= np.abs(values).max() <= bound
            assert abs(values.mean()) <= 4 * bound / np.sqrt(3 * values.size)


def test_the_same_seed_gives_the_same_net():
    def made(seed):
        numpy_nn.manual_seed(seed)
        return numpy_nn.Linear(3, 4).weight.data
    np.testing.assert_array_equal(made(1), made(1))
    assert not np.array_equal(made(1), made(2))


def test_dropping_layers_drop_while_training_and_only_then(nn):
    (numpy_nn.manual_seed if nn is numpy_nn else torch.manual_seed)(0)
    x = np.ones((64, 4, 5, 5), np.float32)
    for layer, kept_together in ((nn.Dropout(0.2), ()), (nn.Dropout2d(0.2), (2, 3)), (nn.DropPath(0.2), (1, 2, 3))):
        y = np.asarray(layer(x if nn is numpy_nn else torch.from_numpy(x)).data)
        assert set(np.unique(y)) == {np.float32(0), np.float32(1 / 0.8)}
        assert (y.min(kept_together) == y.max(kept_together)).all()
        assert abs((y == 0).mean() - 0.2) <= 4 * np.sqrt(0.16 / (y.size / np.prod([y.shape[a] for a in kept_together])))
        layer.eval()
        np.testing.assert_array_equal(np.asarray(layer(x if nn is numpy_nn else torch.from_numpy(x)).data), x)


@pytest.mark.parametrize("nn", [numpy_nn, torch_nn, written_out], ids=["numpy", "torch", "written_out"])
def test_combinators_say_what_does_not_fit(nn):
    with pytest.raises(ValueError, match=r"the body makes \(2, 6, 7, 6\) of \(2, 4, 7, 6\), the shortcut \(2, 4, 7, 6\)"):
        run(nn, nn.Residual(nn.Conv2d(4, 6, 1)).double(), np.ones(IMAGES))
    with pytest.raises(ValueError, match="a part cannot be called 'forward', every module has a forward of its own"):
        nn.Sequential(forward=nn.ReLU())
    net = nn.Sequential(a=nn.ReLU(), b=nn.Tanh(), c=nn.Identity(), label="three")
    assert len(net) == 3 and [type(part).__name__ for part in net[1:]] == ["Tanh", "Identity"]
    assert net[-1] is net.c and net[:2].names == ("a", "b") and net[:2].label == "three"


@pytest.mark.parametrize("nn", [numpy_nn, torch_nn, written_out], ids=["numpy", "torch", "written_out"])
def test_auxiliary_heads_speak_while_training(nn):
    net = nn.Auxiliary(nn.ReLU(), nn.Sequential(nn.Tanh(), nn.Auxiliary(nn.Sigmoid(), nn.Identity())))
    x = np.array([[0.5, -0.5]])
    x_in = x if nn is numpy_nn else torch.tensor(x)
    main, deep, shallow = (np.asarray(y.data) for y in net(x_in))
    np.testing.assert_allclose(main, np.tanh(x))
    np.testing.assert_allclose(deep, 1 / (1 + np.exp(-np.tanh(x))))
    np.testing.assert_allclose(shallow, [[0.5, 0]])
    np.testing.assert_allclose(np.asarray(net.eval()(x_in).data), np.tanh(x))


def test_conv2d_layer_refuses_uneven_groups():
    with pytest.raises(ValueError, match="out_channels=5 cannot be shared out evenly among groups=2"):
        numpy_nn.Conv2d(4, 5, 3, groups=2)
