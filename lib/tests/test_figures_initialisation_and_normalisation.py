"""The figures of chapter 9 show what they are given, and the cubes tint what the library's norms average over."""
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from convbook import numpy_nn
from convbook.figures import check
from convbook.figures import initialisation_and_normalisation as figures
from convbook.figures._draw import ORANGE

RUNS = {"too small": ([1.0, 0.5, 0.25], [0.1, 0.2, 0.4]), "right": ([1.0, 1.1, 0.9], [0.5, 0.45, 0.4])}


def test_through_depth_draws_every_line_against_the_layer():
    figure = figures.through_depth(RUNS, ["forward", "backward"])
    assert [axis.get_title(loc="left") or axis.get_title() for axis in figure.axes] == ["forward", "backward"]
    for which, axis in enumerate(figure.axes):
        assert [line.get_ydata().tolist() for line in axis.lines] == [lines[which] for lines in RUNS.values()]
        assert all(line.get_xdata().tolist() == [1, 2, 3] for line in axis.lines)
        assert axis.get_yscale() == "log"
        assert {text.get_text() for text in axis.texts} == set(RUNS)
    assert "forward: too small from 1 in the first layer to 0.25 in the last" in figure.alt_text
    check(figure)


def test_through_depth_over_fifty_powers_of_ten():
    figure = figures.through_depth({"vanishes": [10.0 ** np.arange(0, -51, -1)], "grows": [10.0 ** np.arange(0, 51)]}, ["spread"])
    axis, = figure.axes
    low, high = axis.get_ylim()
    seen = [tick for tick in axis.get_yticks() if low <= tick <= high]
    assert np.allclose(np.log10(seen), [-40, -20, 0, 20, 40])
    check(figure)


def test_lines_that_meet_at_the_right_are_named_in_the_order_of_their_left_ends():
    runs = {"low": ([1.0, 1e-9], [1e-9, 1.0]), "high": ([1.0, 1e9], [1e9, 0.9]), "level": ([1.0, 1.1], [1.0, 1.1])}
    figure = figures.through_depth(runs, ["forward", "backward"])
    for axis in figure.axes:
        height = {text.get_text(): text.get_position()[1] for text in axis.texts}
        assert height["low"] < height["level"] < height["high"]
        assert {text.get_text(): text.get_color() for text in axis.texts} == {
            name: text.get_color() for name in runs for text in figure.axes[0].texts if text.get_text() == name}


@pytest.mark.parametrize("runs, complaint", [
    ({}, "empty"), ({"a": ([1.0, 2.0], [1.0])}, r"lines of \[2, 1\] layers"), ({"a": ([1.0],)}, "for 2 titles"),
    ({"a": ([1.0], [0.0])}, "not above 0")])
def test_through_depth_refuses(runs, complaint):
    with pytest.raises(ValueError, match=complaint):
        figures.through_depth(runs, ["forward", "backward"])


NORMS = {
    "batch norm": lambda x: numpy_nn.batch_norm(x, None, None, training=True),
    "layer norm": lambda x: numpy_nn.layer_norm(x, x.shape[1:]),
    "instance norm": lambda x: numpy_nn.group_norm(x, x.shape[1]),
    "group norm, 3 groups": lambda x: numpy_nn.group_norm(x, 3),
}


def test_the_tinted_values_are_those_that_move_the_first_images_last_channel():
    figure = figures.norm_axes(3, 6, 4, 3)
    assert [axis.get_title(loc="left") or axis.get_title() for axis in figure.axes] == list(NORMS)
    x = np.random.default_rng(0).standard_normal((3, 6, 2, 2))
    for axis, norm in zip(figure.axes, NORMS.values(), strict=True):
        moved = np.zeros((3, 6), dtype=bool)
        for n, c in np.ndindex(3, 6):
            nudged = x.copy()
            nudged[n, c, 0, 1] += 0.1
            moved[n, c] = abs(norm(nudged) - norm(x))[0, -1, 1, 0] > 1e-9
        colours = [patch.get_facecolor()[:3] == to_rgb(ORANGE) for patch in axis.patches]
        front_and_right, top = colours[:4 * (6 + 3)], colours[4 * (6 + 3):]
        assert np.reshape(top, (3, 6)).tolist() == moved.tolist()
        for row in np.reshape(front_and_right, (4, 9)):
            assert row.tolist() == [*moved[0], *moved[:, -1]]
    check(figure)


def test_the_cube_refuses_groups_that_do_not_fit():
    with pytest.raises(ValueError, match="6 channels cannot be shared out into 4"):
        figures.norm_axes(groups=4)


def test_accuracies_stand_at_their_batch_size():
    lines = {"one": [0.2, 0.9, 0.95], "other": [0.6, 0.8, 0.94]}
    figure = figures.against_batch_size([1, 4, 32], lines)
    axis, = figure.axes
    assert [line.get_xdata().tolist() for line in axis.lines] == [[1, 4, 32]] * 2
    assert [line.get_ydata().tolist() for line in axis.lines] == list(lines.values())
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["1", "4", "32"]
    assert "one: 20 % at 1, 90 % at 4, 95 % at 32" in figure.alt_text
    check(figure)


@pytest.mark.parametrize("lines, complaint", [({}, "empty"), ({"a": [0.1]}, "1 values for 2")])
def test_accuracies_refuse(lines, complaint):
    with pytest.raises(ValueError, match=complaint):
        figures.against_batch_size([1, 2], lines)
