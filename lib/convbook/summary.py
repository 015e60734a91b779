"""What a net is made of, as a table that a person wants to read; for nets of every engine."""
from typing import NamedTuple

import numpy as np
import torch

from convbook.numpy_nn.tape import no_grad


class Row(NamedTuple):
    """One layer as it was called: path in the net, what it is, shape of its output without the batch, parameters of its own."""

    name: str
    layer: str
    output_shape: tuple[int, ...]
    parameters: int


class Summary(NamedTuple):
    """The rows of a net in the order of computation; str() is the table."""

    rows: tuple[Row, ...]
    input_shape: tuple[int, ...]
    parameters: int

    def __str__(self):
        cells = [("", "input", _by(self.input_shape), "")]
        cells += [(row.name, row.layer, _by(row.output_shape), f"{row.parameters:,}" if row.parameters else "") for row in self.rows]
        cells += [("", "", "", f"{self.parameters:,}")]
        titles = ("name", "layer", "output", "parameters")
        widths = [max(len(title), *(len(line[i]) for line in cells)) for i, title in enumerate(titles)]
        rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
        lines = [_line(titles, widths), rule, *(_line(line, widths) for line in cells[:-1]), rule, _line(cells[-1], widths)]
        return "\n".join(lines)


def summary(net, input_shape):
    """Send one example through a net and note every layer that computes.

    net          a module of any engine
    input_shape  shape of one example, such as (1, 28, 28)
    returns      Summary; print it. A layer that is used twice has two rows and its parameters once.

    The net is left as it was: nothing is recorded, running statistics and training mode are kept.
    Raises TypeError if net is no module; what a layer says about a wrong shape comes through. Chapter 11.
    """
    if not hasattr(net, "named_modules"):
        raise TypeError(f"a summary is made of a net, got {type(net).__name__}")
    rows: list[Row] = []
    seen: set[int] = set()
    leaves = [(name, module) for name, module in net.named_modules() if not list(module.children())]
    modes = [(module, module.training) for module in net.modules()]

    def note(name):
        def hook(module, inputs, output):
            counted = 0 if id(module) in seen else sum(_size(p) for p in module.parameters())
            seen.add(id(module))
            rows.append(Row(name, _described(module), tuple(output.shape[1:]), counted))
        return hook

    handles = [module.register_forward_hook(note(name)) for name, module in leaves]
    try:
        net.eval()
        with no_grad(), torch.no_grad():
            net(_example(net, input_shape))
    finally:
        for handle in handles:
            handle.remove()
        for module, mode in modes:
            module.training = mode
    return Summary(tuple(rows), tuple(input_shape), sum(_size(p) for p in net.parameters()))


def _example(net, shape):
    """One example of zeros in the net's own dtype, on its own device."""
    first = next(net.parameters(), None)
    if isinstance(net, torch.nn.Module):
        return torch.zeros(1, *shape, dtype=getattr(first, "dtype", None), device=getattr(first, "device", None))
    return np.zeros((1, *shape), getattr(first, "dtype", np.float32))


def _described(module):
    return f"{type(module).__name__}({module.extra_repr()})" if module.extra_repr() else type(module).__name__


def _size(parameter):
    return int(np.prod(tuple(parameter.shape)))


def _by(shape):
    return " x ".join(map(str, shape))


def _line(cells, widths):
    *words, number = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    return "  ".join([*words, number.strip().rjust(widths[-1])]).rstrip()
