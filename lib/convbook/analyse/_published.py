"""Our figures beside the published ones, for every net of convbook.models."""
from functools import cache
from typing import NamedTuple

import torch

from convbook import models, torch_nn
from convbook.analyse._table import Analysis, aligned, bytes_in_words
from convbook.analyse._walk import Walk

TITLES = ("net", "image", "parameters", "published", "difference", "MACs", "published", "difference", "forward", "and backward", "field",
          "published", "difference", "note")


class Comparison(NamedTuple):
    """One net; `differences` are ours minus the published, for parameters, MACs and receptive field; None where nobody says."""

    name: str
    analysis: Analysis
    differences: tuple

    @property
    def published(self):
        return models.file_of(self.name).PUBLISHED[self.name]

    @property
    def explained(self) -> bool:
        """Is every difference zero, or does the file say why it is not?"""
        return not any(self.differences) or bool(self.published.note)

    def cells(self):
        a, p = self.analysis, self.published
        rounded = p.macs is None and p.gmacs is not None
        said = [f"{a.parameters:,}", _exact(p.parameters), _signed(self.differences[0]), f"{a.macs:,}",
                f"{p.gmacs} G" if rounded else _exact(p.macs), _signed(self.differences[1], " G" if rounded else ""),
                *(bytes_in_words(n * a.bytes_per_number) for n in (a.memory, a.training_memory)), str(a.last_map.receptive_field[0]),
                _exact(p.receptive_field), _signed(self.differences[2])]
        note = p.note if any(self.differences) or p.parameters is None else ""
        return [self.name, str(p.size), *said, note if self.explained else "NOT EXPLAINED"]


@cache
def analysed(name: str, size: int | None = None) -> Analysis:
    """The Analysis of a variant, built without numbers, so that a large net takes no longer.

    name   see models.names()
    size   height and width of the image; without it the paper's

    Raises ValueError for a name that does not exist, or an image that is too small.
    """
    net, shape = without_numbers(name, size)
    return Walk(net).run(shape, training=False)


def without_numbers(name: str, size: int | None = None):
    """(net, (C, H, W)): a variant whose weights have shapes and no values, and the shape of its images.

    Raises ValueError for a name that does not exist.
    """
    published = models.file_of(name).PUBLISHED[name]
    with torch.device("meta"):
        net = models.build(name, torch_nn)
    return net, image_shape(net, size or published.size)


def compare(name) -> Comparison:
    """Analyse one variant and hold it against its file's PUBLISHED.

    Figures that are published rounded are compared after rounding. Raises ValueError for a name that does not exist.
    """
    published = models.file_of(name).PUBLISHED[name]
    analysis = analysed(name)
    of_macs = None if published.macs is None else analysis.macs - published.macs
    if of_macs is None and published.gmacs is not None:
        of_macs = round(rounded_as(analysis.macs / 1e9, published.gmacs) - float(published.gmacs), 6)
    return Comparison(name, analysis, (
        None if published.parameters is None else analysis.parameters - published.parameters, of_macs,
        None if published.receptive_field is None else analysis.last_map.receptive_field[0] - published.receptive_field))


def image_shape(net, size):
    """(C, H, W) of the images that a net of convbook.models takes."""
    return next(m.in_channels for m in net.modules() if hasattr(m, "in_channels")), size, size


def rounded_as(value, text):
    """A number with as many digits as a printed one has."""
    return round(value, len(text.partition(".")[2]))


def all_nets(names):
    """The table of all comparisons as text, and whether every difference is explained."""
    found = [compare(name) for name in names]
    unexplained = sum(not each.explained for each in found)
    differ = sum(any(each.differences) for each in found)
    last = [f"{len(found)} nets", *[""] * (len(TITLES) - 2), f"{differ} differ, {unexplained} of them without a reason"]
    return aligned(TITLES, [*(each.cells() for each in found), last], (0, len(TITLES) - 1)), not unexplained


def _exact(value):
    return "-" if value is None else f"{value:,}"


def _signed(difference, unit=""):
    return "-" if difference is None else f"{difference:+,}{unit}" if difference else "0"
