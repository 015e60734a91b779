"""The figures of chapter 16 show what they are given; the paths are all subsets of the branches."""
from math import comb

import numpy as np
import pytest
from matplotlib.patches import FancyBboxPatch

from convbook.figures import check
from convbook.figures import resnet as figures

RUNS = {"plain": {8: [0.98, 0.96], 32: [0.4, 0.5]}, "residual": {8: [0.97, 0.99], 32: [0.99, 0.97]}}


def test_against_depth_draws_means_and_ranges():
    figure = figures.against_depth({"training": RUNS, "new": {"plain": {8: [0.9], 32: [0.3]}}}, "Deeper is worse")
    left, right = figure.axes
    assert [axis.get_title(loc="left") for axis in figure.axes] == ["training", "new"]
    for line, runs in zip(left.lines, RUNS.values(), strict=True):
        np.testing.assert_allclose(line.get_xydata(), [[depth, np.mean(values)] for depth, values in runs.items()])
    ends = [segment[:, 1].tolist() for bars in left.collections for segment in bars.get_segments()]
    assert ends == [sorted(values) for runs in RUNS.values() for values in runs.values()]
    np.testing.assert_allclose(right.lines[0].get_ydata(), [0.9, 0.3])
    assert figure.alt_text.startswith("Deeper is worse. training, plain: 97 % with 8 layers, 45 % with 32 layers.")
    check(figure)


@pytest.mark.parametrize("blocks", [1, 3, 4])
def test_unravelled_draws_every_subset_of_the_branches_once(blocks):
    figure = figures.unravelled(blocks)
    axis, = figure.axes
    boxes = [patch for patch in axis.patches if isinstance(patch, FancyBboxPatch)]
    chain, rows = [], {}
    for box in boxes:
        middle, height = box.get_x() + box.get_width() / 2, round(box.get_y() + box.get_height() / 2, 6)
        if height == 1.25:
            chain.append(round(middle, 6))
        else:
            rows.setdefault(height, []).append(round(middle, 6))
    assert len(chain) == blocks
    assert len({tuple(row) for row in rows.values()}) == len(rows) == 2**blocks - 1      # the path of length 0 has no box
    assert all(set(row) <= set(chain) for row in rows.values())
    lengths = [text.get_text() for text in axis.texts if text.get_text().startswith("length")]
    assert lengths == [f"length {k}" for k in range(blocks + 1) for _ in range(comb(blocks, k))]
    check(figure)


@pytest.mark.parametrize("blocks", [0, 5])
def test_unravelled_refuses(blocks):
    with pytest.raises(ValueError, match="from 1 to 4"):
        figures.unravelled(blocks)


def test_path_lengths_has_binomial_bars():
    shares = {"fresh": np.array([0.5, 0.3, 0.2, 0.0]), "trained": np.array([0.1, 0.6, 0.2, 0.1])}
    figure = figures.path_lengths(shares, "Short paths carry it")
    axis, = figure.axes
    assert [bar.get_height() for bar in axis.patches] == [1 / 8, 3 / 8, 3 / 8, 1 / 8]
    assert [line.get_ydata().tolist() for line in axis.lines] == [values.tolist() for values in shares.values()]
    assert "paths: most, 37.5 %, at length 1, mean length 1.5; fresh: most, 50 %, at length 0, mean length 0.7" in figure.alt_text
    check(figure)


def test_path_lengths_refuses_nets_of_different_depth():
    with pytest.raises(ValueError, match="n \\+ 1 shares"):
        figures.path_lengths({"a": [0.5, 0.5], "b": [1.0]}, "title")


def test_lesions_draws_a_dot_a_block():
    nets = {"plain": (0.95, [0.1, 0.2, 0.3]), "residual": (0.98, [0.9, 0.95])}
    figure = figures.lesions(nets, "One block less")
    axis, = figure.axes
    lines = {line.get_label(): line for line in axis.lines if line.get_label() in nets}
    for label, (_, without) in nets.items():
        np.testing.assert_allclose(lines[label].get_xydata(), [[k + 1, value] for k, value in enumerate(without)])
    assert sorted(line.get_ydata()[0] for line in axis.lines if line not in lines.values()) == [0.95, 0.98]
    assert "residual, whole 98 %, without a block 90 %, 95 %" in figure.alt_text
    check(figure)


@pytest.mark.parametrize("draw, nothing", [(figures.against_depth, {}), (figures.against_depth, {"training": {}}),
                                           (figures.path_lengths, {}), (figures.lesions, {})])
def test_nothing_to_draw_is_refused(draw, nothing):
    with pytest.raises(ValueError, match="empty"):
        draw(nothing, "title")
