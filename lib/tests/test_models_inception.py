"""The Inception nets beyond the harness: every module's width, heads halfway, filters' order, scaled residuals, sums on slides."""
from functools import cache

import numpy as np
import pytest
import torch

from convbook import init, models, numpy_nn, torch_nn
from convbook.torch_nn import written_out
from convbook.train import fit

ENGINES = {"numpy": numpy_nn, "torch": torch_nn, "written_out": written_out}
NAMES = ["googlenet", "googlenet_bn", "inception_v2", "inception_v3", "inception_v4", "inception_resnet_v2"]
googlenet, inception_v3, inception_v4 = (models.file_of(name) for name in ("googlenet", "inception_v3", "inception_v4"))
WIDTHS = {
    "googlenet": [256, 480, 512, 512, 512, 528, 832, 832, 1024],
    "googlenet_bn": [256, 480, 512, 512, 512, 528, 832, 832, 1024],
    "inception_v2": [256, 320, 576, 576, 576, 576, 576, 1024, 1024, 1024],
    "inception_v3": [256, 288, 288, 768, 768, 768, 768, 768, 1280, 2048, 2048],
}
GMACS = {"googlenet": 1.583, "googlenet_bn": 1.498, "inception_v3": 5.713}
TIMMS_GMACS = {"inception_v4": 12.28, "inception_resnet_v2": 13.18}
FIRST_LAYERS = {"googlenet": 477_675_520, "googlenet_bn": 477_675_520}
IMAGES = 2              # batch norm wants more than one number a channel, and a head ends in a 1x1 map


@pytest.fixture(params=ENGINES)
def nn(request):
    return ENGINES[request.param]


def run_on_paper(net, *shape):
    """The net, what each part puts out, by name, and how many products that takes; shapes only."""
    shapes, macs = {}, {}
    for name, part in net.named_modules():
        def note(part, inputs, output, name=name):
            shapes[name] = [tuple(y.shape[1:]) for y in (output if isinstance(output, tuple) else (output,))]
            if isinstance(part, torch.nn.Conv2d | torch.nn.Linear):
                macs[name] = output.numel() // IMAGES * part.weight[0].numel()
        part.register_forward_hook(note)
    net(torch.empty(IMAGES, *shape, device="meta"))
    return shapes, macs


@cache
def on_paper(name, **options):
    """A net in evaluation mode, shapes and products as above."""
    with torch.device("meta"):
        net = models.build(name, torch_nn, **options).eval()
    size = models.file_of(name).PUBLISHED[name].size
    return net, *run_on_paper(net, 3, size, size)


def values(tensor):
    return tensor.data if isinstance(tensor, numpy_nn.Tensor) else tensor.detach().numpy()


def double(net, seed=0):
    for module in net.modules():
        if type(module).__name__ == "Dropout":
            module.p = 0.0
    return init.kaiming(net.double(), seed)


def tensor(nn, array):
    return nn.Tensor(array) if nn is numpy_nn else torch.tensor(array)


@pytest.mark.parametrize("name", WIDTHS)
def test_every_module_is_as_wide_as_in_the_paper(name):
    net, shapes, _ = on_paper(name)
    modules = [path for path, _ in net.named_modules() if path.startswith("stages.") and path.rpartition(".")[2].startswith("inception")]
    assert [shapes[path][0][0] for path in modules] == WIDTHS[name]


@pytest.mark.parametrize("name", GMACS | TIMMS_GMACS)
def test_products_are_as_many_as_published(name):
    net, shapes, macs = on_paper(name)
    if name in GMACS:
        assert round(sum(macs.values()) / 1e9, 3) == GMACS[name]
    else:               # timm counts 2 more for every number that is batch-normalised
        normed = sum(np.prod(shapes[path][0]) for path, part in net.named_modules() if isinstance(part, torch.nn.BatchNorm2d))
        assert round((sum(macs.values()) + 2 * normed) / 1e9, 2) == TIMMS_GMACS[name]
    if name in FIRST_LAYERS:
        assert sum(n for path, n in macs.items() if path.startswith("stem")) == FIRST_LAYERS[name]


def test_sums_of_the_slides_on_inception():
    """28x28x256 in: 854 M products without 1x1 before, 271 M with (the slide says 358 M, which counts a line twice)."""
    def conv(*convs, pool=None):
        return googlenet.branch(torch_nn, googlenet.conv_relu, 256, *convs, pool=pool)
    with torch.device("meta"):
        naive = torch_nn.Concat(conv((128, 1)), conv((192, 3)), conv((96, 5)), torch_nn.MaxPool2d(3, 1, 1))
        reduced = googlenet.inception(torch_nn, googlenet.conv_relu, 256, (128, 64, 192, 64, 96, 64))
    for module, channels, products in ((naive, 672, 854_196_224), (reduced, 480, 271_351_808)):
        shapes, macs = run_on_paper(module, 256, 28, 28)
        assert shapes[""] == [(channels, 28, 28)] and sum(macs.values()) == products
    threes = macs["branch2.conv2.conv"]
    assert sum(macs.values()) + threes == 358_055_936


def test_bn_inception_and_the_caffe_form_differ_by_what_the_file_says():
    net, _, _ = on_paper("inception_v2")
    own = sum(p.numel() for p in net.parameters())
    convs = [part for part in net.modules() if isinstance(part, torch.nn.Conv2d)]
    biases = sum(conv.out_channels for conv in convs[1:]) + 2 * 32                # the separable one is one convolution there
    first = 3 * 64 * 49 - (24 * 49 + 24 * 64)
    pooling = 576 * 32 + 608 * 32 + 2 * 2 * 32                                    # the wider 1x1 of 4c and 4d, and their batch norm
    into_4d, into_4e, into_5a = 32 * (96 + 128 + 160 + 96), 32 * (128 + 192), 32 * (352 + 192 + 160 + 128)
    assert own + biases + first + pooling + into_4d + into_4e + into_5a == 11_295_240


@pytest.mark.parametrize(("name", "places"), [("googlenet", [(512, 14, 14), (528, 14, 14)]),
                                              ("googlenet_bn", [(512, 14, 14), (528, 14, 14)]), ("inception_v3", [(768, 17, 17)])])
def test_heads_sit_where_the_paper_puts_them(name, places):
    with torch.device("meta"):
        net = models.build(name, torch_nn, auxiliary=True, num_classes=7)
    plain = on_paper(name, auxiliary=False, num_classes=7)[0].state_dict()
    heads = [(path, part) for path, part in net.named_modules() if type(part).__name__ == "Auxiliary"]
    shapes, _ = run_on_paper(net, 3, *[models.file_of(name).PUBLISHED[name].size] * 2)
    assert [shapes[path][0] for path, _ in heads] == places, "the head hands on what it gets"
    assert [shapes[f"{path}.head"] for path, _ in heads] == [[(7,)]] * len(heads)
    assert shapes[""] == [(7,)] * (1 + len(heads))
    assert shapes["stages"][1:] == [(7,)] * len(heads) and shapes["head"] == [(7,)]
    assert [key for key in net.state_dict() if ".aux" not in key] == list(plain), "the trunk's weights have the same names"


@pytest.mark.parametrize(("name", "parameters"), [("googlenet", 13_378_280), ("googlenet_bn", 13_004_888)])
def test_parameters_with_both_heads(name, parameters):
    assert sum(p.numel() for p in on_paper(name, auxiliary=True)[0].parameters()) == parameters
    assert sum(p.numel() for p in on_paper("inception_v3", auxiliary=False)[0].parameters()) == 23_834_568


def test_features_need_no_hooks(nn):
    net = double(googlenet.build(nn, batch_norm=True, auxiliary=True, num_classes=5)).eval()
    x = tensor(nn, np.random.default_rng(0).standard_normal((1, 3, 64, 64)))
    stem = net.stem(x)
    assert [tuple(net.stages[:k](stem).shape) for k in range(4)] == [(1, 192, 8, 8), (1, 480, 8, 8), (1, 832, 4, 4), (1, 1024, 2, 2)]
    np.testing.assert_array_equal(values(net.head(net.stages(stem))), values(net(x)))
    heads = net.train().stages[:2](net.stem(x))
    assert [tuple(y.shape) for y in heads] == [(1, 832, 4, 4), (1, 5), (1, 5)]


def test_heads_come_deepest_first(nn):
    net = double(googlenet.build(nn, batch_norm=True, auxiliary=True, num_classes=5))
    seen = {}
    for name in ("aux1", "aux2"):
        getattr(net.stages[1], name).head.register_forward_hook(lambda part, inputs, output, name=name: seen.update({name: output}))
    main, deep, shallow = net(tensor(nn, np.random.default_rng(0).standard_normal((2, 3, 64, 64))))
    assert deep is seen["aux2"] and shallow is seen["aux1"] and tuple(main.shape) == (2, 5)


@pytest.mark.parametrize(("name", "size", "images"), [("googlenet", 224, 1), ("googlenet_bn", 64, 2)])
def test_engines_agree_on_nets_with_heads(name, size, images, assert_close):
    """Training with heads at 0.3 each, as `fit` weighs them, and evaluation: values and gradients in float64."""
    x, y = np.random.default_rng(1).standard_normal((images, 3, size, size)), np.array([0, 3])[:images]
    nets = {nn: double(models.build(name, nn, auxiliary=True, num_classes=5)) for nn in (numpy_nn, torch_nn)}
    outputs = {}
    for nn, net in nets.items():
        main, *heads = net(tensor(nn, x))
        target = y if nn is numpy_nn else torch.tensor(y)
        loss = sum((nn.functional.cross_entropy(head, target) * 0.3 for head in heads), start=nn.functional.cross_entropy(main, target))
        loss.backward()
        outputs[nn] = [*map(values, (main, *heads, loss)), values(net.eval()(tensor(nn, x)))]
    for mine, theirs in zip(outputs[numpy_nn], outputs[torch_nn], strict=True):
        assert_close(mine, theirs, 1e-10)
    theirs = dict(nets[torch_nn].named_parameters())
    largest = max(float(p.grad.abs().max()) for p in theirs.values())
    for key, parameter in nets[numpy_nn].named_parameters():
        np.testing.assert_allclose(parameter.grad, theirs[key].grad.numpy(), rtol=0, atol=1e-10 * largest, err_msg=key)
    trunk, head = "stem.conv1.conv.weight", "stages.1.aux1.head.fc2.weight"
    assert float(theirs[trunk].grad.abs().max()) > 0 and float(theirs[head].grad.abs().max()) > 0


def test_fit_weighs_the_heads(nn):
    """One step's loss is the main one plus 0.3 of each head's."""
    x, y = np.random.default_rng(1).standard_normal((2, 3, 64, 64)), np.array([0, 3])
    net = double(googlenet.build(nn, batch_norm=True, auxiliary=True, num_classes=5))
    target = y if nn is numpy_nn else torch.tensor(y)
    main, deep, shallow = (float(nn.functional.cross_entropy(output, target).data) for output in net(tensor(nn, x)))
    history = fit(net, (x, y), 1, nn.optim.SGD(net.parameters(), lr=0.0), progress=False)
    assert next(iter(history))["loss"] == pytest.approx(main + 0.3 * deep + 0.3 * shallow, rel=1e-9)


def test_the_layout_of_the_paper_and_the_common_one():
    def kernels(name):
        modules = [part for part in on_paper(name)[0].modules() if type(part).__name__ == "Concat"]
        return [part.branch3.conv2.conv.kernel_size for part in modules]
    assert kernels("googlenet") == [(5, 5)] * 9 and kernels("googlenet_bn") == [(3, 3)] * 9
    kinds = {name: {type(part).__name__ for part in on_paper(name)[0].modules()} for name in googlenet.CONFIGS}
    assert {"LocalResponseNorm"} == kinds["googlenet"] - kinds["googlenet_bn"]
    assert {"BatchNorm2d"} == kinds["googlenet_bn"] - kinds["googlenet"]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "googlenet"])
def test_batch_norm_guards_against_a_thousandth(name):
    convs = [part for part in on_paper(name)[0].modules() if isinstance(part, torch.nn.BatchNorm2d)]
    assert len(convs) > 50 and all(part.eps == 1e-3 for part in convs)


def kernel_sizes(module):
    return [part.kernel_size for part in module.modules() if type(part).__name__ == "Conv2d"]


def test_long_filters_stand_in_the_order_of_the_authors_code(nn):
    one, wide, tall = (1, 1), (1, 7), (7, 1)
    v3 = inception_v3.module_17(nn, 8, 4, "m")
    assert kernel_sizes(v3.branch7x7) == [one, wide, tall] and kernel_sizes(v3.branch7x7dbl) == [one, tall, wide, tall, wide]
    assert kernel_sizes(inception_v3.halving_17(nn, 8, "m").branch7x7x3) == [one, wide, tall, (3, 3)]
    b, c = inception_v4.inception_b(nn), inception_v4.inception_c(nn)
    assert kernel_sizes(b.branch2) == [one, wide, tall] and kernel_sizes(b.branch3) == [one, tall, wide, tall, wide]
    assert kernel_sizes(c.branch2) == [one, (1, 3), (3, 1)] and kernel_sizes(c.branch3) == [one, (3, 1), (1, 3), (1, 3), (3, 1)]
    assert kernel_sizes(inception_v4.stem_v4(nn).mixed4.branch2) == [one, wide, tall, (3, 3)]
    block = inception_v4.block17(nn)[0].body.branches
    assert kernel_sizes(block.branch2) == [one, wide, tall]


def test_what_is_opened_sees_the_same_input(nn, assert_close):
    """1x3 and 3x1 are side by side, not in a row."""
    part = double(inception_v3.opened(nn, 3, 4)).eval()
    x = tensor(nn, np.random.default_rng(0).standard_normal((2, 3, 5, 6)))
    assert_close(values(part(x)), np.concatenate([values(part.flat(x)), values(part.tall(x))], 1), 1e-12)


@pytest.mark.parametrize(("block", "channels", "scale"), [(inception_v4.block35, 320, 0.17), (inception_v4.block17, 1088, 0.10),
                                                          (inception_v4.block8, 2080, 0.20)])
def test_what_is_added_is_scaled_down(nn, block, channels, scale, assert_close):
    part = double(block(nn)).eval()
    x = tensor(nn, np.random.default_rng(0).standard_normal((1, channels, 3, 3)))
    body = part[0].body
    added = body.conv(body.branches(x))
    assert_close(values(part(x)), np.maximum(values(x) + scale * values(added), 0), 1e-12)


def test_the_last_block_is_neither_scaled_nor_cut_off(nn):
    last = inception_v4.block8(nn, 1, last=True)
    assert last.names == ("residual",) and last[0].body.names == ("branches", "conv")
    net, shapes, _ = on_paper("inception_resnet_v2")
    blocks = [[name for name in stage.names if name.startswith("block")] for stage in net.stages]
    assert [len(stage) for stage in blocks] == [10, 20, 10] and net.stages[2].block10.names == ("residual",)
    scales = [part.factor for part in net.modules() if hasattr(part, "factor")]
    assert scales == [0.17] * 10 + [0.10] * 20 + [0.20] * 9
    assert shapes["stages.2.block10"] == [(2080, 8, 8)]


def test_numbers_outside_the_image_do_not_count_in_v4(nn, assert_close):
    """A mean over fewer numbers at the edge, so a constant image stays constant."""
    pool = inception_v4.pooled(nn, 4, 2).pool
    assert_close(values(pool(tensor(nn, np.ones((1, 4, 3, 3))))), np.ones((1, 4, 3, 3)), 1e-12)
