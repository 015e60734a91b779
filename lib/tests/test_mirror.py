"""Two engines, one set of names and signatures, and torch.nn.functional's order of arguments."""
from inspect import getdoc, signature

import pytest
import torch.nn.functional as F

from convbook import numpy_nn, torch_nn
from convbook.numpy_nn import loops


def names(function):
    return list(signature(function).parameters)


def test_both_engines_have_the_same_functions():
    assert sorted(set(numpy_nn.__all__) - {"loops"}) == sorted(torch_nn.__all__)


@pytest.mark.parametrize("name", torch_nn.__all__)
def test_signatures_are_the_same(name):
    expected = signature(getattr(torch_nn, name))
    assert signature(getattr(numpy_nn, name)) == expected
    if hasattr(loops, name):
        assert signature(getattr(loops, name)) == expected


def test_conv2d_takes_torchs_arguments():
    assert "conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)" in F.conv2d.__doc__
    assert str(signature(numpy_nn.conv2d)) == "(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)"


@pytest.mark.parametrize(("ours", "torchs"), [(numpy_nn.im2col, F.unfold), (numpy_nn.col2im, F.fold)])
def test_im2col_and_col2im_take_torchs_arguments(ours, torchs):
    ours, torchs = list(signature(ours).parameters.values()), list(signature(torchs).parameters.values())
    assert [(p.name, p.default) for p in ours[1:]] == [(p.name, p.default) for p in torchs[1:]]


@pytest.mark.parametrize("engine", [numpy_nn, torch_nn, loops], ids=lambda module: module.__name__)
def test_backward_takes_the_gradient_and_then_what_forward_takes(engine):
    assert names(engine.conv2d_backward) == ["grad_y", *names(engine.conv2d)]


@pytest.mark.parametrize("name", torch_nn.__all__)
@pytest.mark.parametrize("engine", [numpy_nn, torch_nn], ids=lambda module: module.__name__)
def test_docstrings_give_shapes_errors_and_chapter(engine, name):
    text = getdoc(getattr(engine, name))
    for part in ("(N, ", "returns  ", "Raises ", "Chapter "):
        assert part in text
