"""The house style: readable on a phone, distinguishable without red and green, the same bytes every time."""
import io
from itertools import pairwise

import matplotlib
import matplotlib.pyplot as plt
from matplotlib import rcParams, rcParamsDefault

from convbook.figures import house_style


def test_style_holds_only_inside():
    before = rcParams["axes.titlelocation"]
    with house_style():
        assert rcParams["axes.titlelocation"] == "left"
        assert not rcParams["axes.spines.top"]
        assert not rcParams["axes.spines.right"]
    assert rcParams["axes.titlelocation"] == before == rcParamsDefault["axes.titlelocation"]


def test_what_the_first_figure_switches_on_stays_on():
    assert not matplotlib.is_interactive()
    try:
        with house_style():
            matplotlib.interactive(True)
        assert matplotlib.is_interactive()
    finally:
        matplotlib.interactive(False)


def test_letters_are_at_least_8_pixels_on_a_phone():
    with house_style():
        sizes = [rcParams[name] for name in ("font.size", "xtick.labelsize", "ytick.labelsize", "legend.fontsize", "axes.labelsize")]
        assert min(sizes) / 72 * 340 / rcParams["figure.figsize"][0] >= 8


def test_neighbouring_colours_differ_in_grey():
    with house_style():
        colours = [tuple(int(c["color"].lstrip("#")[i:i + 2], 16) for i in (0, 2, 4)) for c in rcParams["axes.prop_cycle"]]
    grey = [0.299 * r + 0.587 * g + 0.114 * b for r, g, b in colours]
    assert len(set(colours)) == len(colours) >= 6
    assert all(abs(a - b) >= 8 for a, b in pairwise(grey))


def test_svg_is_the_same_every_time():
    def svg():
        with house_style():
            figure, axes = plt.subplots()
            axes.plot([0, 1], marker="o")
            axes.set_title("a line")
            out = io.StringIO()
            figure.savefig(out, format="svg", metadata={"Date": None})
            plt.close(figure)
        return out.getvalue()
    assert svg() == svg()
