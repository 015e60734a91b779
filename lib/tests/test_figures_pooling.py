"""The figures of chapter 5 show what the library computes."""
import numpy as np
import pytest

from convbook.figures import check
from convbook.figures import pooling as figures
from convbook.numpy_nn import max_pool2d

IMAGE = np.array([[2, 2, 0, 4], [0, 0, 5, 0], [4, 5, 2, 5], [5, 2, 1, 0]], float)


def written(axis):
    """The numbers in a panel's squares, row by row; None where a square is empty."""
    squares = [patch for patch in axis.patches if patch.get_gid() != "winner"]
    size = len({patch.get_y() for patch in squares}), len({patch.get_x() for patch in squares})
    texts = {tuple(map(round, reversed(text.get_position()))): float(text.get_text().replace("−", "-")) for text in axis.texts}
    return [[texts.get((row, column)) for column in range(size[1])] for row in range(size[0])]


def framed(axis):
    return {(round(patch.get_y() + 0.4), round(patch.get_x() + 0.4)) for patch in axis.patches if patch.get_gid() == "winner"}


def tinted(axis):
    return {(round(patch.get_y() + 0.5), round(patch.get_x() + 0.5)) for patch in axis.patches
            if patch.get_gid() != "winner" and patch.get_facecolor()[:3] != (1.0, 1.0, 1.0)}


def test_winners_frames_the_first_of_the_largest_and_writes_the_maxima():
    figure = figures.winners(IMAGE, 2)
    left, right = figure.axes
    assert written(left) == IMAGE.tolist()
    assert written(right) == max_pool2d(IMAGE[None, None], 2)[0, 0].tolist() == [[2, 5], [5, 5]]
    assert framed(left) == {(0, 0), (1, 2), (2, 1), (2, 3)}
    assert tinted(left) == {(r, c) for r in range(4) for c in range(4) if (r // 2 + c // 2) % 2 == 0}
    assert figure.alt_text.endswith("these maxima: 2 5 / 5 5.")
    check(figure)


def test_winners_refuses_windows_that_leave_a_remainder():
    with pytest.raises(ValueError, match="do not cover"):
        figures.winners(IMAGE, 3)


def test_moved_tints_and_counts_what_differs_from_the_first():
    images = {"here": np.eye(4), "there": np.eye(4)[::-1]}
    pooled = {"here": np.array([[1.0, 0.0], [0.0, 1.0]]), "there": np.array([[1.0, 1.0], [1.0, 1.0]])}
    figure = figures.moved(images, pooled)
    above = {axis.get_title(loc="left"): axis for axis in figure.axes[:2]}
    below = figure.axes[2:]
    assert {title: written(axis) for title, axis in above.items()} == {label: image.tolist() for label, image in images.items()}
    assert tinted(above["there"]) == {(0, 3), (1, 2), (2, 1), (3, 0)}
    assert [axis.get_title(loc="left") for axis in below] == ["0 of 4 differ", "2 of 4 differ"]
    assert [tinted(axis) for axis in below] == [set(), {(0, 1), (1, 0)}]
    assert "there: 2 of 4 values differ" in figure.alt_text
    check(figure)


def test_matrices_leave_zeros_empty():
    figure = figures.matrices({"max": np.array([[0, 1, 0.0], [0, 1, 0]]), "mean": np.array([[0.5, 0.5, 0], [0, 0.5, 0.5]])}, "Two of them")
    assert [written(axis) for axis in figure.axes] == [[[None, 1, None], [None, 1, None]], [[0.5, 0.5, None], [None, 0.5, 0.5]]]
    assert tinted(figure.axes[1]) == {(0, 0), (0, 1), (1, 1), (1, 2)}
    assert "mean, row by row: 0.5 0.5 0 / 0 0.5 0.5." in figure.alt_text
    check(figure)


def test_pictures_share_one_grey_scale():
    panels = {"dark": np.full((4, 4), 0.2), "small": np.eye(2), "third": np.ones((3, 3)), "fourth": np.zeros((2, 2))}
    figure = figures.pictures(panels, "Some pictures")
    shown = {axis.get_title(loc="left"): axis.images[0] for axis in figure.axes if axis.images}
    assert list(shown) == list(panels)
    for name, image in shown.items():
        np.testing.assert_array_equal(image.get_array(), panels[name])
        assert image.get_clim() == (0, 1)
    assert "small (2 × 2)" in figure.alt_text
    check(figure)


def test_curves_draw_every_line_and_say_its_values():
    panels = {"One": ("shift", [0, 1, 2], {"max": [0, 0.5, 0.75], "mean": [0, 0.25, 1.0]}), "Two": ("angle", [0, 10], {"max": [1.0, 0.5]})}
    figure = figures.curves(panels, "right", as_percent=True)
    for axis, (title, (xlabel, xs, lines)) in zip(figure.axes, panels.items(), strict=True):
        assert (axis.get_title(loc="left"), axis.get_xlabel(), axis.get_ylabel()) == (title, xlabel, "right")
        assert [text.get_text() for text in axis.texts] == list(lines)
        assert axis.get_xticks().tolist() == xs
        for line, ys in zip(axis.lines, lines.values(), strict=True):
            np.testing.assert_array_equal(line.get_xdata(), xs)
            np.testing.assert_array_equal(line.get_ydata(), ys)
        assert len({line.get_linestyle() for line in axis.lines}) == len(lines)
    assert "max 0 %, 50 %, 75 %; mean 0 %, 25 %, 100 %" in figure.alt_text
    assert figures.curves({"One": ("x", [0, 1], {"a": [0, 0.5]})}, "y").alt_text.endswith("a 0, 0.5.")
    check(figure)


def test_curves_refuse_a_line_of_another_length():
    with pytest.raises(ValueError, match="max has 2 values for 3 places"):
        figures.curves({"One": ("shift", [0, 1, 2], {"max": [0, 1]})}, "y")
