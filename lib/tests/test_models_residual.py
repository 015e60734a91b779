"""What a table of shapes cannot see in residual nets: shortcuts, orders, depths, drop rates, and how gradients get back."""
import numpy as np
import pytest
import torch

from convbook import init, models, numpy_nn, torch_nn
from convbook.models import preresnet, resnet, resnet_cifar, stochastic_depth
from convbook.torch_nn import written_out

LAYERS = ("Conv2d", "Linear")


def on_paper(name, **options):
    with torch.device("meta"):
        return models.build(name, torch_nn, **options)


def size_of(net):
    return sum(p.numel() for p in net.parameters())


def kinds(net):
    """Names of the parts that compute something, in the order in which they were put together."""
    return [type(m).__name__ for m in net.modules() if type(m).__name__ not in ("Sequential", "Residual")]


def weighted_layers(net):
    """Convolutions and linear layers on the way through the branches; projections beside them do not count."""
    return sum(type(m).__name__ in LAYERS for path, m in net.named_modules() if ".shortcut" not in path)


@pytest.fixture(params=[numpy_nn, torch_nn, written_out], ids=["numpy", "torch", "written_out"])
def nn(request):
    return request.param


def tensor(nn, array, **options):
    return (numpy_nn.Tensor if nn is numpy_nn else torch.tensor)(array, **options)


def array(value):
    return value.data if isinstance(value, numpy_nn.Tensor) else value if isinstance(value, np.ndarray) else value.detach().numpy()


def test_option_a_takes_every_other_pixel_and_adds_channels_of_zeros(nn):
    shortcut = resnet.shortcut(nn, 2, 6, 2, "A")
    x = np.random.default_rng(0).standard_normal((2, 2, 5, 6))
    leaf = tensor(nn, x, requires_grad=True)
    y = shortcut(leaf)
    assert y.shape == (2, 6, 3, 3)
    np.testing.assert_array_equal(array(y)[:, :2], x[:, :, ::2, ::2])
    np.testing.assert_array_equal(array(y)[:, 2:], 0)
    assert not list(shortcut.parameters()) and not shortcut.state_dict()
    grad_y = np.random.default_rng(1).standard_normal(y.shape)
    y.backward(grad_y if nn is numpy_nn else torch.tensor(grad_y))
    expected = np.zeros_like(x)
    expected[:, :, ::2, ::2] = grad_y[:, :2]
    np.testing.assert_array_equal(array(leaf.grad), expected)


def test_stochastic_depths_shortcut_takes_means_of_four_pixels(nn):
    x = np.arange(32.0).reshape(1, 2, 4, 4)
    y = array(stochastic_depth.shortcut(nn, 2, 4, 2)(tensor(nn, x)))
    np.testing.assert_allclose(y[:, :2], x.reshape(1, 2, 2, 2, 2, 2).mean((3, 5)), rtol=1e-12)
    np.testing.assert_array_equal(y[:, 2:], 0)


def test_options_a_b_and_c_put_projections_where_the_paper_says():
    projections = {option: [path for path, m in on_paper("resnet20_cifar", shortcuts=option).named_modules()
                            if path.endswith("shortcut") and isinstance(getattr(m, "conv", None), torch.nn.Conv2d)] for option in "ABC"}
    changing = ["stages.1.0.residual.shortcut", "stages.2.0.residual.shortcut"]
    assert projections["A"] == [] and projections["B"] == changing
    assert len(projections["C"]) == 9 and set(changing) <= set(projections["C"])
    with pytest.raises(ValueError, match=r'shortcuts are "A", "B" or "C", got \'D\''):
        on_paper("resnet20_cifar", shortcuts="D")


def test_with_option_a_a_plain_net_has_as_many_parameters():
    for plain, residual in (("plain18", "resnet18"), ("plain34", "resnet34"), ("plain56_cifar", "resnet56_cifar")):
        assert size_of(on_paper(plain)) == size_of(on_paper(residual, shortcuts="A")) < size_of(on_paper(residual, shortcuts="B"))


def test_a_plain_net_is_the_residual_net_without_additions():
    plain, residual = kinds(on_paper("plain20_cifar")), kinds(on_paper("resnet20_cifar"))
    assert plain == [kind for kind in residual if kind not in ("AvgPool2d", "ZeroChannels")]
    assert "Residual" not in {type(m).__name__ for m in on_paper("plain34").modules()}


@pytest.mark.parametrize("name", [name for name in models.names() if models.file_of(name) in (resnet_cifar, preresnet, stochastic_depth)
                                  or name.startswith(("plain", "resnet", "wide_resnet"))])
def test_the_name_says_how_many_layers_there_are(name):
    """6n + 2 with basic blocks, 9n + 2 with bottlenecks; a wide CIFAR net's name counts its projections as well."""
    depth = int("".join(c if c.isdigit() else " " for c in name.split("resnet")[-1].removeprefix("plain")).split()[0])
    net = on_paper(name)
    projections = sum(".shortcut" in path and type(m).__name__ == "Conv2d" for path, m in net.named_modules())
    if name.startswith("wide") and "cifar" in name:
        assert weighted_layers(net) + projections - 1 == depth      # the paper counts the stem, all convolutions of blocks and projections
    else:
        assert weighted_layers(net) == depth


@pytest.mark.parametrize("depth", [2, 21, 111])
def test_a_depth_that_is_not_6n_plus_2_is_refused(depth):
    with pytest.raises(ValueError, match=rf"the depth is 6n \+ 2, such as 8 or 20, got {depth}"):
        models.build("resnet20_cifar", torch_nn, depth=depth)


@pytest.mark.parametrize("depth", [50, 101, 152])
def test_v1_has_its_stride_in_the_first_1x1_and_v1_5_in_the_3x3(depth):
    def strides(name):
        return {path.rsplit(".", 1)[1] for path, m in on_paper(name).stages.named_modules()
                if isinstance(m, torch.nn.Conv2d) and m.stride == (2, 2) and ".body." in path}
    assert strides(f"resnet{depth}_v1") == {"conv1"} and strides(f"resnet{depth}") == strides(f"preresnet{depth}") == {"conv2"}
    assert strides("preresnet164_cifar") == {"conv1"}


def test_a_wide_bottleneck_is_wider_inside_only():
    thin, wide = on_paper("resnet50").stages[2][1].residual.body, on_paper("wide_resnet50_2").stages[2][1].residual.body
    assert [(c.in_channels, c.out_channels) for c in (thin.conv1, thin.conv2, thin.conv3)] == [(1024, 256), (256, 256), (256, 1024)]
    assert [(c.in_channels, c.out_channels) for c in (wide.conv1, wide.conv2, wide.conv3)] == [(1024, 512), (512, 512), (512, 1024)]


def test_a_wide_net_takes_dropout_between_its_convolutions():
    net = on_paper("wide_resnet16_8_cifar", dropout=0.3)
    assert [m.p for m in net.modules() if isinstance(m, torch.nn.Dropout)] == [0.3] * 6
    assert list(net.stages[0][1].residual.body.names) == ["bn1", "relu1", "conv1", "bn2", "relu2", "dropout", "conv2"]
    assert "Dropout" not in kinds(on_paper("wide_resnet16_8_cifar"))
    with pytest.raises(ValueError, match=r"have no dropout, got dropout=0\.3"):
        on_paper("wide_resnet50_2", dropout=0.3)


@pytest.mark.parametrize(("name", "constants", "lowest"), [
    ("resnet20_cifar", {"*.bn2.weight": 0}, 0), ("preresnet110_cifar", {"*.conv2.weight": 0}, -3), ("resnet50", {"*.bn3.weight": 0}, 0)])
def test_blocks_whose_last_layer_starts_at_zero_are_the_identity(name, constants, lowest):
    """A pre-activation block passes negative numbers too; behind an original block there is a ReLU."""
    net = init.kaiming(models.build(name, torch_nn), 0, constants=constants)
    blocks = net.stages[2][1:]
    x = torch.empty(2, models.file_of(name).STAGES[name]["stages.2"][0], 4, 4).uniform_(lowest, 3)
    torch.testing.assert_close(blocks(x), x, rtol=0, atol=0)
    assert not torch.equal(init.kaiming(net, 0).stages[2][1:](x), x)


ORDER = {       # figure 4 of He et al. 2016: a unit in the middle of a stage, "+" is the addition
    "preresnet110_cifar_original": "conv bn relu conv bn + relu",
    "preresnet110_cifar_bn_after": "conv bn relu conv + bn relu",
    "preresnet110_cifar_relu_before": "conv bn relu conv bn relu +",
    "preresnet110_cifar_relu_only": "relu conv bn relu conv bn +",
    "preresnet110_cifar": "bn relu conv bn relu conv +",
}
SHORT = {"Conv2d": "conv", "BatchNorm2d": "bn", "ReLU": "relu"}


@pytest.mark.parametrize("name", ORDER)
def test_the_five_orders_are_those_of_the_figure(name):
    unit = on_paper(name).stages[1][5]
    inside, after = [[SHORT[kind] for kind in kinds(part)] for part in (unit.residual.body, unit[1:])]
    assert " ".join([*inside, "+", *after]) == ORDER[name]


@pytest.mark.parametrize("name", ORDER)
def test_every_order_activates_its_first_input_once_and_its_last_output(name):
    net = on_paper(name)
    assert [SHORT[kind] for kind in kinds(net.stem)] == ["conv", "bn", "relu"]
    assert kinds(net.stages[0][0].residual.body)[0] == "Conv2d"
    before_pooling = kinds(net.head)[:kinds(net.head).index("GlobalAvgPool2d")]
    assert [SHORT[kind] for kind in before_pooling] == {"preresnet110_cifar": ["bn", "relu"],
                                                        "preresnet110_cifar_relu_only": ["relu"]}.get(name, [])


def test_the_original_order_is_resnet_110():
    """The same weights, the same answer; so the five orders are judged on the net that they came from."""
    ours, judge = models.build("preresnet110_cifar_original", torch_nn).eval(), models.build("resnet110_cifar", torch_nn).eval()
    init.kaiming(judge, 0)
    values = list(judge.state_dict().values())
    ours.load_state_dict(dict(zip(ours.state_dict(), values, strict=True)))
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((2, 3, 8, 8), np.float32))
    torch.testing.assert_close(ours(x), judge(x), rtol=0, atol=0)


def test_where_the_shape_changes_a_bottlenecks_projection_sees_the_activated_input():
    stage = on_paper("preresnet50").stages[1]
    assert stage[0].names == ("bn1", "relu1", "residual") and isinstance(stage[0].residual.shortcut, torch.nn.Conv2d)
    assert stage[1].names == ("residual",) and stage[1].residual.shortcut is None
    assert on_paper("preresnet50").stages[0][0].names == ("residual",)


def rates(net):
    return [m.p for m in net.modules() if type(m).__name__ == "DropPath"]


@pytest.mark.parametrize(("name", "blocks"), [("resnet110_stochastic", 54), ("resnet1202_stochastic", 600)])
def test_drop_rates_grow_in_a_straight_line_to_a_half(name, blocks):
    found = rates(on_paper(name))
    assert len(found) == blocks and found[0] == pytest.approx(0.5 / blocks) and found[-1] == 0.5
    np.testing.assert_allclose(np.diff(found), 0.5 / blocks, rtol=1e-9)


def test_at_rate_0_nothing_is_left_of_stochastic_depth():
    assert rates(on_paper("resnet110_stochastic", drop_path=0)) == []
    assert on_paper("resnet110_stochastic").state_dict().keys() == on_paper("resnet110_cifar").state_dict().keys()


def test_a_dropped_branch_leaves_the_shortcut_and_on_average_nothing_is_lost(nn):
    rate, images = 0.25, 4000
    block = stochastic_depth.block(nn, 2, 2, 1, rate)
    init.kaiming(block, 0, constants={"*.bn2.bias": 1.0})
    x = np.repeat(np.random.default_rng(0).uniform(5, 9, (1, 2, 3, 3)), images, 0).astype(np.float32)
    residual = block.residual.eval()
    branch = array(residual(tensor(nn, x))) - x
    residual.body.drop_path.train()
    nn.manual_seed(0)
    got = array(residual(tensor(nn, x))) - x
    dropped = np.abs(got).max((1, 2, 3)) < 1e-5
    np.testing.assert_allclose(got[~dropped], branch[~dropped] / (1 - rate), rtol=0, atol=1e-4)
    assert dropped.mean() == pytest.approx(rate, abs=4 * (rate * (1 - rate) / images) ** 0.5)
    assert np.abs(branch).max() > 0.5


def first_gradient(net, x):
    """The loss's gradient at the first convolution, and how large it is compared with the last one's."""
    net.zero_grad()
    torch.nn.functional.cross_entropy(net(x), torch.arange(len(x))).backward()
    grads = [p.grad for p in net.parameters() if p.ndim == 4]
    return grads[0].flatten().clone(), float(grads[0].norm() / grads[-1].norm())


@pytest.mark.parametrize("seed", [0, 1])
def test_gradients_reach_the_first_of_110_layers_along_shortcuts_only(seed):
    """Fresh nets, and the same images with a thousandth of noise: does the first layer still hear the same thing?

    Measured: plain 4e6 times the last layer's gradient and cosine between -0.12 and 0.05; pre-activation 20 times and 0.93 or more.
    """
    rng = np.random.default_rng(seed)
    x, noise = (torch.from_numpy(rng.standard_normal((8, 3, 16, 16), np.float32)) for _ in range(2))
    ratio, cosine = {}, {}
    for name in ("plain110_cifar", "preresnet110_cifar"):
        net = init.kaiming(models.build(name, torch_nn), seed)
        (grad, ratio[name]), (near, _) = first_gradient(net, x), first_gradient(net, x * (1 + 1e-3 * noise))
        cosine[name] = float(torch.nn.functional.cosine_similarity(grad, near, 0))
    assert ratio["plain110_cifar"] > 1e5 and 1 < ratio["preresnet110_cifar"] < 100
    assert abs(cosine["plain110_cifar"]) < 0.3 and cosine["preresnet110_cifar"] > 0.8


def test_the_tape_takes_1001_layers():
    """Deeper than Python's stack: building, the way there and the way back."""
    net = models.build("preresnet1001_cifar", numpy_nn)
    x = np.random.default_rng(0).standard_normal((2, 3, 8, 8), np.float32)
    numpy_nn.functional.cross_entropy(net(x), np.array([1, 2])).backward()
    assert all(p.grad is not None and np.isfinite(p.grad).all() for p in net.parameters())
