"""Architectures: one paper, one file, one definition that every engine runs.

    net = models.resnet18(numpy_nn, num_classes=10)         # or torch_nn, or torch_nn.written_out
    net = models.build("resnet18", torch_nn)
    models.names()                                          # every variant there is

A file of this folder is an architecture if it has CONFIGS, {variant: keyword arguments}, and `build(nn, ..., num_classes)`.
Nothing else has to be told about it. Weights are drawn by convbook.init, not here.
"""
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from pkgutil import iter_modules

_FILES = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__) if not found.name.startswith("_")]
_VARIANTS = {name: file for file in _FILES for name in file.CONFIGS}


def names():
    """The names of all variants, in alphabetical order."""
    return sorted(_VARIANTS)


def build(name, nn, **options):
    """Make one net.

    name     a variant, see names()
    nn       numpy_nn, torch_nn or torch_nn.written_out
    options  what the paper's file takes, such as num_classes=10
    returns  a module of that engine with the parts stem, stages and head

    Raises ValueError for a name that does not exist, with the nearest ones.
    """
    config = file_of(name).CONFIGS[name]
    return _VARIANTS[name].build(nn, **{**config, **options})


def file_of(name):
    """The module that defines a variant: its docstring names the paper, PUBLISHED holds the paper's figures.

    Raises ValueError for a name that does not exist, with the nearest ones.
    """
    if name not in _VARIANTS:
        near = get_close_matches(name, _VARIANTS, n=3, cutoff=0.5)
        raise ValueError(f"there is no net {name!r}; " + (f"did you mean {' or '.join(near)}?" if near else "see convbook.models.names()"))
    return _VARIANTS[name]


globals().update({name: partial(build, name) for name in _VARIANTS})        # models.alexnet is the net, also where its file has its name
