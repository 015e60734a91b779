"""The figures of chapter 13 show what they are given, and say so."""
import numpy as np
import pytest

from convbook.figures import alexnet as figures
from convbook.figures import check

ROWS = [(2011, "XRCE", 25.8, False), (2012, "SuperVision", 15.3, True)]


def test_each_winner_has_a_bar_as_long_as_its_error():
    figure = check(figures.winners(ROWS, 5.1))
    axis = figure.axes[0]
    assert [patch.get_width() for patch in axis.patches] == [25.8, 15.3]
    assert [bool(patch.get_hatch()) for patch in axis.patches] == [True, False]
    assert axis.lines[0].get_xdata()[0] == 5.1
    assert "2012 SuperVision 15.3 % (a convolutional net). A dashed line" in figure.alt_text
    assert not check(figures.winners(ROWS)).axes[0].lines


def test_errors_are_per_cent():
    with pytest.raises(ValueError, match="per cent"):
        figures.winners([(2012, "SuperVision", 153, True)])


def test_lines_cross_only_where_a_layer_sees_both_cards():
    figure = check(figures.streams([("conv1", 96, "own"), ("conv2", 256, "own"), ("conv3", 384, "both")]))
    arrows = [patch for patch in figure.axes[0].patches if hasattr(patch, "get_arrowstyle")]
    crossing = [arrow for arrow in arrows if np.ptp(arrow.get_extents().intervalx) > 60]
    assert (len(arrows), len(crossing)) == (2 + 4, 2)
    assert "cross between the cards only into conv3." in figure.alt_text
    assert [text.get_text() for text in figure.axes[0].texts][-2:] == ["192", "192"]
    assert "into no layer" in figures.streams([("conv1", 96, "own")]).alt_text
    with pytest.raises(ValueError, match="conv2"):
        figures.streams([("conv1", 96, "own"), ("conv2", 256, "none")])


def test_stripes_that_a_stride_cannot_hold_come_out_coarser():
    row = np.cos(2 * np.pi * np.arange(160) / 5)
    maps = [np.tile(row[::step], (40 // step, 1)) for step in (1, 2, 4)]
    np.testing.assert_allclose(figures.periods(maps, (1, 2, 4)), [5, 5, 20], rtol=0.02)
    picture = np.tile(0.5 + 0.5 * row, (160, 1))[None]
    figure = check(figures.strided(picture, maps, (1, 2, 4), "Coarse at last."))
    shown = [image.get_array() for image in figure.axes[0].images]
    np.testing.assert_allclose(shown[3][:4, 4:8], (maps[2][0, 1] - maps[2].min()) / np.ptp(maps[2]))
    assert "10 by 40 at stride 4" in figure.alt_text and figure.alt_text.endswith("Coarse at last.")
    with pytest.raises(ValueError, match="as many strides"):
        figures.strided(picture, maps, (1, 2), "")
