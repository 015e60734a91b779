"""The figures of chapter 10 show the numbers they are given, and say them."""
import numpy as np
import pytest
from matplotlib.patches import Circle

from convbook.figures import check
from convbook.figures import dropout as figures


def test_thinned_nets_lose_units_with_all_their_connections():
    figure = figures.thinned({"whole": [(1, 1, 1), (1, 1), (1,)], "thinned": [(1, 0, 1), (0, 1), (1,)]}, (3, 2, 1))
    check(figure)
    axis = figure.axes[0]
    rings = [patch for patch in axis.patches if isinstance(patch, Circle)]
    empty = [ring.center for ring in rings if ring.get_facecolor()[:3] == (1, 1, 1)]
    assert len(rings) == 12 and len(empty) == 2
    assert len(axis.lines) == (3 * 2 + 2) + (2 + 1)
    for line in axis.lines:
        for end in zip(*line.get_data(), strict=True):
            assert min(np.hypot(*np.subtract(end, ring)) for ring in empty) > 0.1
    assert "whole: 3, 2 and 1 units and 8 connections; thinned: 2, 1 and 1 units and 3 connections" in figure.alt_text
    with pytest.raises(ValueError, match="expected"):
        figures.thinned({"wrong": [(1, 1), (1, 1), (1,)]}, (3, 2, 1))


def test_answers_are_drawn_ringed_and_told():
    probabilities = np.array([[0.2, 0.7, 0.1], [0.5, 0.25, 0.25]])
    figure = figures.answers(np.eye(4), probabilities, ["first", "second"], "Two answers")
    check(figure)
    picture, grid = figure.axes
    np.testing.assert_array_equal(picture.images[0].get_array(), np.eye(4))
    np.testing.assert_array_equal(grid.images[0].get_array(), probabilities)
    assert grid.images[0].get_clim() == (0, 1) and grid.get_title("left") == "Two answers"
    assert [label.get_text() for label in grid.get_yticklabels()] == ["first", "second"]
    assert grid.lines[0].get_xydata().tolist() == [[1, 0], [0, 1]]
    assert "first: 1 with 70 %; second: 0 with 50 %" in figure.alt_text
    with pytest.raises(ValueError, match="1 names for 2 answers"):
        figures.answers(np.eye(4), probabilities, ["first"], "Two answers")


def test_members_weigh_each_net_by_its_chance():
    figure = figures.members([0.5, 0.9, 0.9], [0.2, 0.3, 0.5], {"together": 0.95, "whole": 0.85})
    check(figure)
    bars = {round(bar.get_x() + bar.get_width() / 2, 2): bar.get_height() for bar in figure.axes[0].patches if bar.get_height() > 0}
    assert sorted(bars.values()) == [0.2, 0.8]
    assert [(line.get_xdata()[0], line.get_label()) for line in figure.axes[0].lines] == [(0.95, "together: 95 %"), (0.85, "whole: 85 %")]
    assert "of 3 thinned nets, from 50 % to 90 %, mean 82 %. Marked: together 95 % and whole 85 %" in figure.alt_text
    with pytest.raises(ValueError, match="3 accuracies for 2 chances"):
        figures.members([0.5, 0.9, 0.9], [0.2, 0.8], {})
