"""What is special in DenseNet, SqueezeNet, ResNeXt and SENet, beside what every net is tested for."""
import numpy as np
import pytest
import torch

from convbook import init, models, numpy_nn, torch_nn
from convbook.models import densenet, resnet, resnext, senet, squeezenet
from convbook.torch_nn import written_out

ENGINES = [pytest.param(nn, id=name) for name, nn in (("numpy", numpy_nn), ("torch", torch_nn), ("written_out", written_out))]


def on_paper(name):
    with torch.device("meta"):
        return models.build(name, torch_nn).eval()


def shapes(name):
    """{path: shape of its output without the batch} for every part of a net."""
    net, found = on_paper(name), {}
    for path, module in net.named_modules():
        module.register_forward_hook(lambda module, inputs, output, path=path: found.update({path: tuple(output[0].shape)}))
    size = models.file_of(name).PUBLISHED[name].size
    net(torch.empty(1, 3, size, size, device="meta"))
    return found


def tensor(nn, values, dtype=np.float64):
    values = np.asarray(values, dtype)
    return numpy_nn.Tensor(values) if nn is numpy_nn else torch.from_numpy(values)


def array(value):
    return value.data if isinstance(value, numpy_nn.Tensor) else value.detach().numpy()


def images(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def parameters(net):
    return sum(p.numel() for p in net.parameters())


# DenseNet

@pytest.mark.parametrize("name", densenet.CONFIGS)
def test_every_dense_layer_adds_k_maps(name):
    config, got = densenet.CONFIGS[name], shapes(name)
    channels, size = config["channels"], 32 if "cifar" in name else 56
    for block, depth in enumerate(config["depths"], 1):
        for layer in range(1, depth + 1):
            channels += config["growth"]
            assert got[f"stages.denseblock{block}.denselayer{layer}"] == (channels, size, size)
            assert got[f"stages.denseblock{block}.denselayer{layer}.new"] == (config["growth"], size, size)
        if block < len(config["depths"]):
            channels, size = channels if name == "densenet40_k12_cifar" else channels // 2, size // 2
            assert got[f"stages.transition{block}"] == (channels, size, size)


def test_only_bc_has_bottlenecks():
    got = shapes("densenet121")
    assert got["stages.denseblock1.denselayer1.new.conv1"] == (128, 56, 56)
    assert not [path for path in shapes("densenet40_k12_cifar") if path.endswith("conv1")]
    layers = [m for m in on_paper("densenet40_k12_cifar").modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    assert len(layers) == 40
    assert len([m for m in on_paper("densenet_bc100_k12_cifar").modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]) == 100


@pytest.mark.parametrize("nn", ENGINES)
def test_what_is_known_stays_as_it_is(nn):
    layer, x = densenet.dense_layer(nn, 6, 4).double(), images(2, 6, 5, 5)
    y = array(layer(tensor(nn, x)))
    assert y.shape == (2, 10, 5, 5)
    np.testing.assert_array_equal(y[:, :6], x)


@pytest.mark.parametrize("depth", [1, 4, 9])
def test_a_block_keeps_what_its_file_says(depth):
    """Maps that torch keeps for the way back, counted while it computes."""
    channels, growth, size, kept = 8, 4, 5, {}

    def keep(saved):
        if saved.ndim == 4 and saved.shape[2:] == (size, size):
            kept[saved.data_ptr(), saved.shape[1]] = saved
        return saved

    block = densenet.dense_block(torch_nn, channels, growth, depth)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda saved: saved):
        y = block(torch.randn(2, channels, size, size, requires_grad=True))
    maps = sum(saved.shape[1] for saved in kept.values())
    assert maps == 2 * (depth * channels + growth * depth * (depth - 1) // 2) + 8 * growth * depth
    assert y.shape[1] == channels + depth * growth


def test_dropout_comes_where_the_paper_has_it():
    net = models.build("densenet_bc100_k12_cifar", torch_nn, dropout=0.2)
    assert sum(isinstance(m, torch.nn.Dropout) for m in net.modules()) == 98        # all convolutions but the first; 1 of 100 is linear
    assert list(net.state_dict()) == list(on_paper("densenet_bc100_k12_cifar").state_dict())


# SqueezeNet

def test_bypasses_cost_what_the_paper_says():
    plain, simple, complex_ = (on_paper(f"squeezenet1_0{bypass}") for bypass in ("", "_simple_bypass", "_complex_bypass"))
    assert parameters(simple) == parameters(plain)
    past = {name: module for name, module in complex_.named_modules() if name.endswith("shortcut")}
    assert list(past) == [f"stages.fire{i}.shortcut" for i in (2, 4, 6, 8)]
    assert [(m.in_channels, m.out_channels) for m in past.values()] == [(96, 128), (128, 256), (256, 384), (384, 512)]
    assert parameters(complex_) - parameters(plain) == sum(i * o + o for i, o in ((96, 128), (128, 256), (256, 384), (384, 512))) == 341_248
    for net, bypassed in ((plain, ()), (simple, (3, 5, 7, 9)), (complex_, range(2, 10))):
        assert [f"fire{i}" for i in bypassed] == [name for name, m in net.stages.named_children() if isinstance(m, torch_nn.Residual)]


@pytest.mark.parametrize("nn", ENGINES)
def test_a_simple_bypass_adds_the_input(nn, assert_close):
    module, x = squeezenet.bypassed(nn, 128, 16, "simple").double(), images(2, 128, 4, 4)
    assert_close(array(module(tensor(nn, x))), x + array(module.body(tensor(nn, x))), 1e-12)


def test_layers_have_the_names_of_published_weights():
    keys = [key.removesuffix(".weight") for key in on_paper("squeezenet1_1").state_dict() if key.endswith(".weight")]
    published = ["conv1", *(f"fire{i}/{part}" for i in range(2, 10) for part in ("squeeze1x1", "expand1x1", "expand3x3")), "conv10"]
    assert [key.split(".", 1)[1].replace(".expand.", ".").replace(".", "/") for key in keys] == published
    assert on_paper("squeezenet1_1").stem.conv1.padding == (0, 0)


def test_an_unknown_bypass_is_refused():
    with pytest.raises(ValueError, match=r"bypass is None, \"simple\" or \"complex\", got 'both'"):
        models.squeezenet1_0(torch_nn, bypass="both")


# ResNeXt

def copy_paths(source, target, form, groups, width):
    """The weights of the grouped block (c) into form "a" or "b": every path gets its rows, in (a) its columns of the last one too."""
    given, taken = source.state_dict(), {}
    for key in target.state_dict():
        head, found, rest = key.partition("paths.")
        if not found:
            taken[key] = given[key]
            continue
        number, name = rest.split(".", 1)
        mine, value = slice(int(number) * width, (int(number) + 1) * width), given[head + name]
        if "num_batches" in name:
            taken[key] = value
        else:
            taken[key] = value[:, mine] if name.startswith("conv3") else value[mine]
    target.load_state_dict(taken)


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize(("channels_in", "stride"), [(64, 1), (32, 2)])
@pytest.mark.parametrize("nn", ENGINES)
def test_the_three_forms_of_the_block_compute_the_same(nn, channels_in, stride, training, assert_close):
    groups, width, x = 8, 4, images(3, channels_in, 6, 6)
    forms = {"c": resnext.grouped, "a": resnext.split_transform_sum, "b": resnext.early_concatenation}
    blocks = {form: make(nn, channels_in, 64, stride, groups, width).double() for form, make in forms.items()}
    rng = np.random.default_rng(1)
    start = {key: rng.uniform(0.5, 1.5, tuple(value.shape)) for key, value in blocks["c"].state_dict().items()}
    blocks["c"].load_state_dict(start if nn is numpy_nn else {key: torch.as_tensor(value) for key, value in start.items()})
    results = {}
    for form, block in blocks.items():
        if form != "c":
            copy_paths(blocks["c"], block, form, groups, width)
    for form, block in blocks.items():
        leaf = tensor(nn, x)
        leaf.requires_grad = True
        y = block.train(training)(leaf)
        weights = images(*y.shape, seed=2)
        (y * tensor(nn, weights)).sum().backward()
        results[form] = array(y), np.asarray(leaf.grad)
    for form in "ab":
        assert_close(results[form][0], results["c"][0], 1e-12)
        assert_close(results[form][1], results["c"][1], 1e-10)
    assert len({sum(int(np.prod(tuple(p.shape))) for p in block.parameters()) for block in blocks.values()}) == 1


def test_paths_of_32x4d_double_from_stage_to_stage():
    net = on_paper("resnext50_32x4d")
    assert [stage[0].residual.body.conv2.weight.shape[:2] for stage in net.stages] == [(128, 4), (256, 8), (512, 16), (1024, 32)]


def test_a_grouped_block_is_a_bottleneck():
    block = resnext.grouped(torch_nn, 64, 256)
    assert list(block.state_dict()) == list(resnet.bottleneck(torch_nn, 64, 64).state_dict())


# SENet

@pytest.mark.parametrize("nn", ENGINES)
def test_a_gate_gives_one_number_between_0_and_1_a_channel(nn, assert_close):
    gate, x = senet.gate(nn, 32).double(), 5 * images(4, 32, 3, 5)
    numbers = array(gate(tensor(nn, x)))
    assert numbers.shape == (4, 32, 1, 1)
    assert ((numbers > 0) & (numbers < 1)).all()
    assert np.ptp(numbers) > 0.01
    assert_close(array(gate(tensor(nn, x[:, :, ::-1, ::-1].copy()))), numbers, 1e-12)      # it knows what is in the image, not where
    assert_close(array(nn.Scale(gate)(tensor(nn, x))), x * numbers, 1e-12)


def test_open_gates_leave_a_residual_net(assert_close):
    excited, plain = (models.build(name, torch_nn, num_classes=5).double().eval() for name in ("seresnet18", "resnet18"))
    init.kaiming(excited, 0)
    for name, parameter in excited.named_parameters():
        if ".gate.fc2." in name:
            torch.nn.init.constant_(parameter, 40.0 if name.endswith("bias") else 0.0)
    plain.load_state_dict({key: value for key, value in excited.state_dict().items() if ".gate." not in key})
    x = torch.from_numpy(images(2, 3, 64, 64))
    assert_close(excited(x).detach().numpy(), plain(x).detach().numpy(), 1e-12)
    added = sum(2 * c * c // 16 + c // 16 + c for c in (64, 64, 128, 128, 256, 256, 512, 512))
    assert parameters(on_paper("seresnet18")) - parameters(on_paper("resnet18")) == added


def test_senet_154_has_its_deviations():
    net = on_paper("senet154")
    assert [m.kernel_size for m in net.stem if isinstance(m, torch.nn.Conv2d)] == [(3, 3)] * 3
    assert [stage[0].residual.shortcut.conv.kernel_size for stage in net.stages] == [(1, 1), (3, 3), (3, 3), (3, 3)]
    middle = [block.residual.body.conv2 for stage in net.stages for block in stage]
    assert all((conv.groups, 2 * conv.in_channels) == (64, conv.out_channels) for conv in middle)
    assert net.head.dropout.p == 0.2
    assert 3 * len(middle) + 3 + 1 == 154           # ResNet-152's stacking, two more layers in the stem
