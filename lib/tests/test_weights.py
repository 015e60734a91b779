"""Weights of others into our nets: what belongs where, all or nothing, on every engine."""
import numpy as np
import pytest
import torch

from convbook import init, models, numpy_nn, torch_nn, weights
from convbook.torch_nn import written_out

ENGINES = {"numpy": numpy_nn, "torch": torch_nn, "written_out": written_out}


@pytest.fixture(params=ENGINES)
def nn(request):
    return ENGINES[request.param]


def small(nn, seed, classes=10):
    """A net with two convolutions of one shape, batch norm and a linear layer."""
    net = nn.Sequential(conv1=nn.Conv2d(3, 3, 3), bn1=nn.BatchNorm2d(3), conv2=nn.Conv2d(3, 3, 3, bias=False), pool=nn.GlobalAvgPool2d(),
                        flatten=nn.Flatten(), fc=nn.Linear(3, classes))
    return init.kaiming(net, seed)


def numbers(state):
    return {key: (value.double().numpy() if isinstance(value, torch.Tensor) else value).copy() for key, value in state.items()}


def theirs(seed=1, names=("a.0", "a.1", "b", "c"), classes=10):
    """The state of a net like `small` whose parts have other names."""
    ours = ("conv1", "bn1", "conv2", "fc")
    state = numbers(small(numpy_nn, seed, classes).state_dict())
    state["bn1.running_mean"] += 3
    return {next(name + key.removeprefix(own) for own, name in zip(ours, names, strict=True) if key.startswith(own)): value
            for key, value in state.items()}


def on_paper(builder, *arguments, **options):
    with torch.device("meta"):
        return builder(*arguments, **options)


def assert_same(net, state):
    for (key, value), expected in zip(numbers(net.state_dict()).items(), numbers(state).values(), strict=True):
        np.testing.assert_array_equal(value, expected, err_msg=key)


def test_same_keys_in_any_order(nn):
    state = theirs(names=("conv1", "bn1", "conv2", "fc"))
    net = small(nn, 0)
    found = weights.load(net, dict(reversed(state.items())))
    assert found.how == "the same keys" and all(our == their for our, their in found.pairs.items())
    assert_same(net, state)


def test_same_shapes_in_the_same_order(nn):
    state, net = theirs(), small(nn, 0)
    found = weights.load(net, state)
    assert found.how == "the same shapes in the same order"
    assert found.pairs["conv2.weight"] == "b.weight" and found.pairs["bn1.running_var"] == "a.1.running_var"
    assert_same(net, state)


def test_tensors_arrays_dtypes_and_axes_of_length_one(nn):
    """A linear layer's (10, 3) is a 1x1 convolution's (10, 3, 1, 1); the net keeps its dtype."""
    state, net = theirs(), small(nn, 0).double()
    given = {key: torch.tensor(value).bfloat16() if value.ndim else torch.tensor(value) for key, value in state.items()}
    given["c.weight"] = given["c.weight"].reshape(10, 3, 1, 1)
    weights.load(net, given)
    assert {str(value.dtype).removeprefix("torch.") for value in net.state_dict().values()} == {"float64", "int64"}
    assert_same(net, given | {"c.weight": given["c.weight"].reshape(10, 3)})


def test_names_that_are_given(nn):
    state = theirs()
    shuffled = dict(sorted(state.items()))
    table = {key: key.replace("a.0.", "conv1.").replace("a.1.", "bn1.").replace("b.", "conv2.").replace("c.", "fc.") for key in state}
    for rename in (table, table.__getitem__):
        net = small(nn, 0)
        assert weights.load(net, shuffled, rename=rename).how == "the names given"
        assert_same(net, state)
    with pytest.raises(ValueError, match=r"rename: the weights have no 'd\.weight'; they have a\.0\.weight \(3, 3, 3, 3\)"):
        weights.load(small(nn, 0), state, rename={"d.weight": "fc.weight"})


def test_files_of_old_have_no_counters(nn):
    state, net = theirs(), small(nn, 0)
    del state["a.1.num_batches_tracked"]
    found = weights.load(net, state)
    assert found.kept == ("bn1.num_batches_tracked",) and "kept as they were: bn1.num_batches_tracked" in str(found)
    np.testing.assert_array_equal(numbers(net.state_dict())["bn1.running_mean"], state["a.1.running_mean"])


def test_parts_of_either_side_can_stay_out(nn):
    """Another number of classes, and a head that only the file has."""
    state, net = theirs(classes=1000) | {"aux.weight": np.zeros((2, 3))}, small(nn, 0)
    before = numbers(net.state_dict())
    found = weights.load(net, state, leave_out=["c.*", "aux*"], keep=["fc.*"])
    after = numbers(net.state_dict())
    assert found.unused == ("c.weight", "c.bias", "aux.weight") and "not taken over: c.weight, c.bias, aux.weight" in str(found)
    np.testing.assert_array_equal(after["fc.weight"], before["fc.weight"])
    np.testing.assert_array_equal(after["conv2.weight"], state["b.weight"])
    for argument in ("leave_out", "keep"):
        with pytest.raises(ValueError, match=rf"{argument}: no key is called 'x\*'; there are "):
            weights.match(net, state, **{argument: ["x*"]})


def refused(net, state, **options):
    """The error, after a look that nothing was loaded."""
    before = numbers(net.state_dict())
    with pytest.raises(weights.MismatchError) as caught:
        weights.load(net, state, **options)
    assert_same(net, before)
    assert "nothing is loaded" in str(caught.value)
    return caught.value


def test_what_does_not_match_is_named_on_both_sides(nn):
    by_order = refused(small(nn, 0), theirs(classes=1000))
    assert by_order.ours == {"fc.weight": (10, 3), "fc.bias": (10,)} and by_order.theirs == {"c.weight": (1000, 3), "c.bias": (1000,)}
    assert "only the net has fc.weight (10, 3), fc.bias (10,)\n  only the weights have c.weight (1000, 3)" in str(by_order)
    missing = theirs()
    del missing["b.weight"]
    assert (refused(small(nn, 0), missing).ours, refused(small(nn, 0), missing).theirs) == ({"conv2.weight": (3, 3, 3, 3)}, {})
    by_name = refused(small(nn, 0), {key: value for key, value in small(nn, 1).state_dict().items() if key != "bn1.weight"})
    assert by_name.ours == {"bn1.weight": (3,)} and "Compared by their keys" in str(by_name)
    given = refused(small(nn, 0), theirs(), rename={"c.weight": "fc.weight", "c.bias": "fc.bias"})
    assert "fc.weight" not in given.ours and "a.0.weight" in given.theirs
    twice = refused(small(nn, 0), theirs() | {"more": np.zeros(3)}, rename=lambda key: "fc.bias")
    assert "conv1.weight" in twice.ours


def test_a_large_net_is_compared_to_the_point():
    state = {f"net.{key}": value for key, value in on_paper(models.resnet50, torch_nn).state_dict().items()}
    with pytest.raises(weights.MismatchError) as caught:
        weights.match(on_paper(models.resnet50, torch_nn, num_classes=10), state)
    assert caught.value.ours.keys() == {"head.fc.weight", "head.fc.bias"}
    assert caught.value.theirs.keys() == {"net.head.fc.weight", "net.head.fc.bias"}


def test_an_order_that_is_not_the_nets_is_refused():
    """Equal shapes alone would put biases into weights, or the tenth layer where the second belongs."""
    state = theirs()
    keys = list(state)
    first, second = keys.index("a.1.weight"), keys.index("a.1.bias")
    keys[first], keys[second] = keys[second], keys[first]
    swapped = refused(small(numpy_nn, 0), {key: state[key] for key in keys})
    assert swapped.ours.keys() <= {"bn1.weight", "bn1.bias"} and swapped.theirs.keys() <= {"a.1.weight", "a.1.bias"}
    net = numpy_nn.Sequential(*(numpy_nn.Conv2d(3, 3, 3, bias=False) for _ in range(12)))
    features = {f"features.{i}.weight": np.full((3, 3, 3, 3), i) for i in range(12)}
    weights.load(net, features)
    assert "sorted by name" in str(refused(net, dict(sorted(features.items()))))
    assert [float(part.weight.data.mean()) for part in net] == list(range(12))


def test_a_match_can_be_printed():
    found = weights.match(small(numpy_nn, 0), theirs())
    text = str(found)
    assert repr(found) == text
    assert text.splitlines()[:3] == ["10 arrays matched by the same shapes in the same order",
                                     "conv1.weight             3x3x3x3  a.0.weight", "conv1.bias               3        a.0.bias"]


@pytest.mark.parametrize("theirs", ["resnet18", "resnet50", "resnext50_32x4d"])
def test_resnets_sorted_by_name(torchvision, theirs):
    """As safetensors holds them: torchvision's names tell what the order no longer does."""
    judge = on_paper(torchvision.models.get_model, theirs)
    state = dict(sorted(judge.state_dict().items()))
    net = on_paper(models.build, theirs, torch_nn)
    found = weights.match(net, state)
    assert found.how == "torchvision's and timm's names of ResNet"
    assert found.pairs == weights.match(net, judge.state_dict()).pairs


def test_torchvisions_convnext(torchvision):
    judge = on_paper(torchvision.models.convnext_tiny)
    found = weights.match(on_paper(models.convnext_tiny, torch_nn), judge.state_dict())
    assert found.how == "torchvision's names of ConvNeXt"
    assert found.pairs["stages.2.block9.body.pwconv2.bias"] == "features.5.8.block.5.bias"
    assert found.pairs["stages.3.downsample.conv.weight"] == "features.6.1.weight"


def convnext_names(source, name):
    """The keys and shapes of the authors or of timm for one of our nets, from their source."""
    net, state = on_paper(models.build, name, torch_nn), {}
    for key, value in net.state_dict().items():
        stage, *rest = key.split(".")
        if stage == "stem":
            start = "downsample_layers.0" if source == "authors" else "stem"
            new = f"{start}.{('conv', 'norm').index(rest[0])}.{rest[1]}"
        elif stage == "head":
            new = key if source == "timm" else key.replace("head.norm", "norm").replace("head.fc", "head")
        elif rest[1] == "downsample":
            i = ("norm", "conv").index(rest[2])
            new = f"downsample_layers.{rest[0]}.{i}.{rest[3]}" if source == "authors" else f"stages.{rest[0]}.downsample.{i}.{rest[3]}"
        else:
            block, part = int(rest[1].removeprefix("block")) - 1, ".".join(rest[3:])
            changes = {"layer_scale.weight": "gamma"} | (
                {"grn.weight": "grn.gamma", "grn.bias": "grn.beta"} if source == "authors" else
                {"dwconv": "conv_dw", "pwconv1": "mlp.fc1", "pwconv2": "mlp.fc2", "grn": "mlp.grn"})
            for ours, other in changes.items():
                part = part.replace(ours, other)
            new = f"stages.{rest[0]}.{'' if source == 'authors' else 'blocks.'}{block}.{part}"
        state[new] = value.squeeze() if "pwconv" in key or "layer_scale" in key else value
    return net, state


@pytest.mark.parametrize("name", ["convnext_tiny", "convnext_v2_atto"])
@pytest.mark.parametrize("source", ["authors", "timm"])
def test_convnexts_of_the_authors_and_of_timm(source, name):
    net, state = convnext_names(source, name)
    found = weights.match(net, dict(sorted(state.items())))
    assert found.how == "the authors' and timm's names of ConvNeXt"
    assert list(found.pairs.items()) == list(zip(net.state_dict(), state, strict=True))


def test_auxiliary_heads_of_torchvision_are_left_out(torchvision):
    judge = on_paper(torchvision.models.googlenet, init_weights=False)
    net = on_paper(models.googlenet_bn, torch_nn)
    with pytest.raises(weights.MismatchError):
        weights.match(net, judge.state_dict())
    assert len(weights.match(net, judge.state_dict(), leave_out=["aux1.*", "aux2.*"]).unused) == 2 * 10
