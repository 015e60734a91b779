"""Two engines, one set of names and signatures, and torch.nn.functional's order of arguments."""
from inspect import getdoc, isfunction, signature

import pytest
import torch.nn.functional as F

from convbook import numpy_nn, torch_nn
from convbook.numpy_nn import functions, loops

FUNCTIONS = sorted(name for name, value in vars(functions).items() if isfunction(value))
BACKWARD = [name for name in FUNCTIONS if name.endswith("_backward")]
LOOPS = sorted(name for name, value in vars(loops).items() if isfunction(value) and name in FUNCTIONS)


def names(function):
    return list(signature(function).parameters)


def test_both_engines_have_the_same_functions():
    assert sorted(name for name, value in vars(torch_nn.functions).items() if isfunction(value)) == FUNCTIONS
    for engine in (numpy_nn, torch_nn):
        assert set(FUNCTIONS) <= set(engine.__all__)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_signatures_are_the_same(name):
    assert str(signature(getattr(numpy_nn, name))) == str(signature(getattr(torch_nn, name)))


@pytest.mark.parametrize("name", LOOPS)
def test_loops_take_the_same_arguments(name):
    assert signature(getattr(loops, name)) == signature(getattr(numpy_nn, name))


def test_conv2d_takes_torchs_arguments():
    assert "conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)" in F.conv2d.__doc__
    assert str(signature(numpy_nn.conv2d)) == "(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)"


@pytest.mark.parametrize(("ours", "torchs"), [(numpy_nn.im2col, F.unfold), (numpy_nn.col2im, F.fold)])
def test_im2col_and_col2im_take_torchs_arguments(ours, torchs):
    ours, torchs = list(signature(ours).parameters.values()), list(signature(torchs).parameters.values())
    assert [(p.name, p.default) for p in ours[1:]] == [(p.name, p.default) for p in torchs[1:]]


@pytest.mark.parametrize("name", BACKWARD)
def test_backward_takes_the_gradient_first(name):
    assert names(getattr(numpy_nn, name))[0] == "grad_y"


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("engine", [numpy_nn, torch_nn], ids=lambda module: module.__name__)
def test_docstrings_give_shapes_errors_and_source(engine, name):
    text = getdoc(getattr(engine, name))
    assert "returns  " in text
    for part in ("(", "Raises "):
        assert part in text, f"{name}: {part!r} is missing from the docstring"
    assert "Chapter " in text or "et al" in text or "19" in text or "20" in text, f"{name} names no chapter and no paper"
