"""Gradient-Based Learning Applied to Document Recognition, LeCun, Bottou, Bengio and Haffner 1998 (Proceedings of the IEEE).

Idea: let the net find its own features. Small shared filters, then a coarser map, then again; a classifier on top, and one
gradient through all of it.

  stage      lenet5_1998                                                      lenet5
  input      1x32x32                                                          1x28x28
  stem       C1 6x28x28, 5x5; S2 6x14x14, 2x2 sum, coefficient and bias       6x14x14, 5x5 with padding 2, 2x2 mean
  stages.0   C3 16x10x10, 5x5 by a table; S4 16x5x5, as S2                    16x5x5, 5x5, 2x2 mean (all of its stages)
  stages.1   C5 120x1x1, 5x5
  head       F6 84; distances to ten bitmaps of 7x12                          120, 84, the classes, linear layers with tanh between

`lenet5_1998` is the paper's net: 156 + 12 + 1516 + 32 + 48,120 + 10,164 = 60,000 trainable numbers, 340,908 connections.
After C1, S2, C3, S4, C5 and F6 comes 1.7159 tanh(2x/3). The paper draws weights uniformly within 2.4 / fan in.

Differs: the output is minus the squared distance, so that the largest score wins as everywhere else; its cross-entropy is the
paper's second loss without the class for rubbish.
Differs: the bitmaps are drawn after the paper's figure 3, not copied from it, and there are those of the ten digits only.
Differs: `lenet5` is the form that textbooks use, with plain tanh, mean pooling without weights, every map seeing every map
below, C5 and F6 written as linear layers, and a linear output.
"""
from typing import Any

from convbook.models._published import Published

# Table I of the paper: which of the six maps of S2 each of the sixteen maps of C3 sees.
SEEN = ((0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
        (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5), (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
        (0, 1, 2, 3, 4, 5))
# What the 84 units of F6 should show for each digit: 12 rows of 7, # for 1 and . for -1.
BITMAPS = """
    ..###.. ...##.. .#####. ####### ....##. ####### ..####. ####### .#####. ..###..
    .##.##. ..###.. ##...## ####### ...###. ####### .##..## ####### ##...## .##.##.
    ##...## .####.. ##...## .....## ..####. ##..... ##..... .....## ##...## ##...##
    ##...## ...##.. .....## ....##. ..#.##. ##..... ##..... ....##. ##...## ##...##
    ##...## ...##.. ....##. ...##.. .##.##. ######. ##..... ....##. .##.##. ##...##
    ##...## ...##.. ...##.. ..####. .#..##. ##...## ##.###. ...##.. ..###.. ##..###
    ##...## ...##.. ..##... .....## ##..##. .....## ###..## ...##.. .##.##. .###.##
    ##...## ...##.. .##.... .....## ####### .....## ##...## ..##... ##...## .....##
    ##...## ...##.. ##..... .....## ####### .....## ##...## ..##... ##...## .....##
    ##...## ...##.. ##..... ##...## ....##. ##...## ##...## .##.... ##...## .....##
    .##.##. .###### ####### ##...## ....##. ##...## .##.##. .##.... ##...## ##..##.
    ..###.. .###### ####### .#####. ....##. .#####. ..###.. .##.... .#####. .####..
"""


def sum_pool(nn: Any):
    """The sum of every 2x2 window."""
    class SumPool2d(nn.AvgPool2d):
        def forward(self, x):
            return 4 * super().forward(x)
    return SumPool2d(2)


def subsampling(nn, channels):
    """S2, S4: sums of 2x2, times a coefficient, plus a bias; then the tanh."""
    coefficient = nn.Conv2d(channels, channels, 1, groups=channels)
    return {"sum": sum_pool(nn), "coefficient": coefficient, "tanh2": nn.ScaledTanh()}


def picked(nn: Any, maps):
    """These maps of the input, in this order."""
    class Pick(nn.Identity):
        def forward(self, x):
            return x[:, maps]

        def extra_repr(self):
            return f"maps {maps}"
    return Pick()


def partial_convolution(nn, seen):
    """C3: maps see only some below; those that see equally many are one layer."""
    branches = {}
    for size in sorted({len(maps) for maps in seen}):
        alike = [maps for maps in seen if len(maps) == size]
        conv = nn.Conv2d(size * len(alike), len(alike), 5, groups=len(alike))
        pick = picked(nn, [i for maps in alike for i in maps])
        label = f"maps that see {size}"
        branches[f"see{size}"] = nn.Sequential(pick=pick, conv=conv, label=label)
    return nn.Concat(**branches, label="partial connections")


def radial_basis(nn: Any, num_classes):
    """Minus the squared distance to every class's bitmap: (N, 84) to (N, classes). Nothing here is trained."""
    rows = [row.split() for row in BITMAPS.split("\n") if row]

    class RadialBasis(nn.Module):
        def __init__(self):
            super().__init__()
            bitmaps = nn.Linear(84, num_classes, bias=False).weight.data        # an array of this engine, written over
            for digit in range(num_classes):
                for place, pixel in enumerate("".join(row[digit] for row in rows)):
                    bitmaps[digit, place] = 1.0 if pixel == "#" else -1.0
            self.register_buffer("bitmaps", bitmaps)

        def forward(self, x):
            return -((x[:, None] - self.bitmaps) ** 2).sum(2)
    return RadialBasis()


def original(nn, num_classes):
    """The net of 1998; images (N, 1, 32, 32).

    Raises ValueError for more than ten classes: there are ten bitmaps.
    """
    if num_classes > 10:
        raise ValueError("the net of 1998 has bitmaps for ten digits, "
                         f"got num_classes={num_classes}; take lenet5")
    stem = nn.Sequential(conv=nn.Conv2d(1, 6, 5), tanh1=nn.ScaledTanh(),
                         **subsampling(nn, 6), label="C1, S2")
    stages = nn.Sequential(
        nn.Sequential(conv=partial_convolution(nn, SEEN), tanh1=nn.ScaledTanh(),
                      **subsampling(nn, 16), label="C3, S4"),
        nn.Sequential(conv=nn.Conv2d(16, 120, 5), tanh=nn.ScaledTanh(), label="C5"))
    head = nn.Sequential(flatten=nn.Flatten(), fc=nn.Linear(120, 84),
                         tanh=nn.ScaledTanh(),
                         distances=radial_basis(nn, num_classes))
    return nn.Sequential(stem=stem, stages=stages, head=head)


def modern(nn, num_classes):
    """The textbooks' form; images (N, 1, 28, 28)."""
    stem = nn.Sequential(conv=nn.Conv2d(1, 6, 5, padding=2), tanh=nn.Tanh(), pool=nn.AvgPool2d(2))
    stages = nn.Sequential(conv=nn.Conv2d(6, 16, 5), tanh=nn.Tanh(), pool=nn.AvgPool2d(2))
    head = nn.Sequential(flatten=nn.Flatten(), fc1=nn.Linear(400, 120), tanh1=nn.Tanh(), fc2=nn.Linear(120, 84), tanh2=nn.Tanh(),
                         fc3=nn.Linear(84, num_classes))
    return nn.Sequential(stem=stem, stages=stages, head=head)


CONFIGS = {"lenet5": {"form": modern}, "lenet5_1998": {"form": original}}
STAGES = {
    "lenet5": {"stem": (6, 14, 14), "stages": (16, 5, 5), "head": (10,)},
    "lenet5_1998": {"stem.conv": (6, 28, 28), "stem": (6, 14, 14), "stages.0.conv": (16, 10, 10), "stages.0": (16, 5, 5),
                    "stages.1": (120, 1, 1), "head.fc": (84,), "head": (10,)},
}
PUBLISHED = {
    "lenet5": Published(size=28, parameters=61_706, macs=416_520, receptive_field=16, source="derived"),
    "lenet5_1998": Published(size=32, parameters=60_000, macs=327_256, receptive_field=32, source="derived",
                             note="The paper counts 340,908 connections: biases, every addend of S2 and S4, and the 840 of the output."),
}


def build(nn, form, num_classes=10):
    """A net with parts stem, stages and head; images of one channel."""
    return form(nn, num_classes)
