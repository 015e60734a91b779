"""Every architecture: shapes stage by stage, counts, and the same net on every engine."""
import re

import numpy as np
import pytest
import torch

from convbook import init, models, numpy_nn, torch_nn
from convbook.torch_nn import written_out

LARGEST = 60_000_000            # parameters up to which a net is run in float64 on two engines at once
NAMES = models.names()


def count(name):
    return sum(p.numel() for p in on_paper(name).parameters())


def on_paper(name, **options):
    """A net that has shapes but no numbers."""
    with torch.device("meta"):
        return models.build(name, torch_nn, **options)


def stage_shapes(name):
    """Shape of the output of every part that STAGES names, without the batch."""
    file = models.file_of(name)
    net, shapes, size = on_paper(name).eval(), {}, file.PUBLISHED[name].size
    parts = dict(net.named_modules())
    for path in file.STAGES[name]:
        parts[path].register_forward_hook(lambda module, inputs, output, path=path: shapes.update({path: tuple(output.shape[1:])}))
    net(torch.empty(1, channels_in(net), size, size, device="meta"))
    return shapes


def channels_in(net):
    return next(m for m in net.modules() if isinstance(m, torch.nn.Conv2d)).in_channels


@pytest.mark.parametrize("name", NAMES)
def test_shape_after_every_stage_is_the_papers(name):
    stages = models.file_of(name).STAGES[name]
    assert {"stem", "head"} <= set(stages) and any(path.startswith("stages") for path in stages)
    assert stage_shapes(name) == stages


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_the_published_ones(name):
    published = models.file_of(name).PUBLISHED[name]
    if published.parameters is None:
        assert published.note, "no published figure: a note says so"
    else:
        assert count(name) == published.parameters


@pytest.mark.parametrize("name", NAMES)
def test_every_engine_has_the_same_keys_and_parts(name):
    if count(name) > 3 * LARGEST:
        pytest.skip(f"{count(name):,} parameters would need {4 * count(name) / 1e9:.1f} GB for the names alone")
    expected = on_paper(name)
    for nn in (numpy_nn, written_out):
        with torch.device("meta"):
            net = models.build(name, nn)
        assert list(net.state_dict()) == list(expected.state_dict())
        assert {key: tuple(value.shape) for key, value in net.state_dict().items()} == {
            key: tuple(value.shape) for key, value in expected.state_dict().items()}
        assert [part for part, _ in net.named_children()] == ["stem", "stages", "head"]


@pytest.mark.parametrize("name", NAMES)
def test_numpy_and_torch_agree_and_a_step_of_training_helps(name, assert_close):
    """Same weights, same images: outputs and gradients in float64, training mode, dropout switched off."""
    file, rng = models.file_of(name), np.random.default_rng(0)
    with torch.device("meta"):
        size = sum(p.numel() for p in bounded(name, torch_nn).parameters())
    if size > LARGEST:
        pytest.skip(f"{size:,} parameters: too many to compare in float64 within the memory and time of a test")
    nets = [undropped(bounded(name, nn)).double() for nn in (numpy_nn, torch_nn)]
    init.kaiming(nets[1], 1)
    init.copy_state(nets[1], nets[0])
    size = getattr(file, "SMALLEST", {}).get(name, min(64, file.PUBLISHED[name].size))
    x, y = rng.standard_normal((2, channels_in(nets[1]), size, size)), np.array([0, 3])
    losses = []
    outputs = nets[0](numpy_nn.Tensor(x)), nets[1](torch.tensor(x))
    for nn, output, target in zip((numpy_nn, torch_nn), outputs, (y, torch.tensor(y)), strict=True):
        heads = output if isinstance(output, tuple) else (output,)
        loss = sum((nn.functional.cross_entropy(head, target) for head in heads[1:]), start=nn.functional.cross_entropy(heads[0], target))
        loss.backward()
        losses.append(float(loss.data))
    first = [o[0] if isinstance(o, tuple) else o for o in outputs]
    assert_close(first[0].data, first[1].detach().numpy(), 1e-10)
    assert losses[0] == pytest.approx(losses[1], rel=1e-10)
    theirs = dict(nets[1].named_parameters())
    largest = max(float(p.grad.abs().max()) for p in theirs.values() if p.grad is not None)
    tolerance = 3e-8 if any(isinstance(m, torch.nn.Hardsigmoid) for m in nets[1].modules()) else 1e-10    # torch's own error, test_layers
    for key, parameter in nets[0].named_parameters():
        grad = theirs[key].grad
        assert (parameter.grad is None) == (grad is None), key
        if grad is not None:
            np.testing.assert_allclose(parameter.grad, grad.numpy(), rtol=0, atol=tolerance * largest, err_msg=key)
    assert loss_after_a_step(nets[1], x, y, losses[1]) < losses[1]


def bounded(name, nn):
    """A net of five classes; a large one with fewer blocks if its file offers that (SHALLOW), or with channel means for its head."""
    net = models.build(name, nn, num_classes=5, **getattr(models.file_of(name), "SHALLOW", {}).get(name, {}))
    if count(name) <= LARGEST:
        return net
    return nn.Sequential(stem=net.stem, stages=net.stages, head=nn.Sequential(nn.GlobalAvgPool2d(), nn.Flatten()))


def undropped(net):
    """Nothing random: engines draw other numbers. What is switched off here has tests of its own."""
    for module in net.modules():
        if type(module).__name__ in ("Dropout", "Dropout2d", "DropPath", "Choose", "Join"):
            module.p = 0.0
    return net


def loss_after_a_step(net, x, y, before):
    """The smallest loss along the gradient: some step is short enough."""
    steps = [2.0**-k for k in range(2, 30, 3)]
    start = [p.detach().clone() for p in net.parameters()]
    scale = sum(float((p.grad**2).sum()) for p in net.parameters() if p.grad is not None) ** 0.5
    for step in steps:
        with torch.no_grad():
            for p, origin in zip(net.parameters(), start, strict=True):
                p.copy_(origin if p.grad is None else origin - step / scale * p.grad)
            output = net(torch.tensor(x))
            heads = output if isinstance(output, tuple) else (output,)
            after = sum(float(torch.nn.functional.cross_entropy(head, torch.tensor(y))) for head in heads)
        if after < before:
            return after
    return after


@pytest.mark.parametrize("name", NAMES)
def test_other_numbers_of_classes(name):
    assert tuple(on_paper(name, num_classes=7).eval()(
        torch.empty(1, channels_in(on_paper(name)), *[models.file_of(name).PUBLISHED[name].size] * 2, device="meta")).shape) == (1, 7)


def test_a_wrong_name_suggests_the_nearest():
    with pytest.raises(ValueError, match=r"there is no net 'resnet-50'; did you mean resnet50"):
        models.build("resnet-50", torch_nn)
    with pytest.raises(ValueError, match=r"there is no net '!'; see convbook\.models\.names\(\)"):
        models.build("!", torch_nn)
    assert not hasattr(models, "resnet19")


@pytest.mark.parametrize("name", NAMES)
def test_a_net_has_the_name_of_its_variant_also_where_a_file_has_it(name):
    with torch.device("meta"):
        net = getattr(models, name)(torch_nn, num_classes=3)
    assert [part for part, _ in net.named_children()] == ["stem", "stages", "head"]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_opens_with_its_paper(name):
    file = models.file_of(name)
    text = file.__doc__
    assert re.search(r"\b(19|20)\d\d\b", text.splitlines()[0]), "the first line names the paper and its year"
    for part in ("Idea: ", "stage ", "Differs: "):
        assert part in text
    assert file.CONFIGS.keys() == file.STAGES.keys() == file.PUBLISHED.keys()
