"""The figures of chapter 14 show what they are given."""
import numpy as np
import pytest

from convbook.figures import check
from convbook.figures import vgg as figures


def test_cones_draw_every_weight_of_the_cross_section():
    figure = figures.cones({"three": [3, 3, 3], "one": [7]}, "Both see seven pixels")
    three, one = figure.axes
    assert (len(three.patches), len(three.lines)) == (7 + 5 + 3 + 1, 3 * (5 + 3 + 1))
    assert (len(one.patches), len(one.lines)) == (7 + 1, 7)
    top = one.lines[0].get_xdata()[0]
    assert sorted(line.get_xdata()[1] - top for line in one.lines) == [-3, -2, -1, 0, 1, 2, 3]
    assert "three: layers of 3, 3 and 3, 9 weights" in figure.alt_text and "sees 7 pixels" in figure.alt_text
    check(figure)


def test_cones_refuse_fields_that_differ():
    with pytest.raises(ValueError, match="two 5, one 7"):
        figures.cones({"two": [3, 3], "one": [7]}, "title")


def test_shares_are_parts_of_each_column():
    figure = figures.shares({"conv": (30, 1), "fc": (10, 99)}, "Memory here, weights there")
    memory, weights = figure.axes
    assert [bar.get_width() for bar in memory.patches] == [0.75, 0.25]
    assert [bar.get_width() for bar in weights.patches] == [0.01, 0.99]
    assert [text.get_text() for text in weights.texts] == ["99 %"], "small shares are not written"
    assert "conv 75 % of the activations and 1 % of the weights" in figure.alt_text
    check(figure)


def test_profiles_draw_measured_dots_and_computed_lines():
    xs = np.arange(-2, 3)
    figure = figures.profiles({"5 layers": (xs, {"measured": xs**2}, {"counted": xs + 2, "Gaussian": xs * 0})}, "column", "share")
    dots, counted, gaussian = figure.axes[0].lines
    np.testing.assert_array_equal(dots.get_ydata(), xs**2)
    np.testing.assert_array_equal(counted.get_ydata(), xs + 2)
    assert (dots.get_linestyle(), counted.get_linestyle(), gaussian.get_linestyle()) == ("None", "-", "--")
    assert "measured from 4 over 4 to 4; counted from 0 over 4 to 4" in figure.alt_text
    check(figure)


def test_profiles_refuse_another_length():
    with pytest.raises(ValueError, match="measured has 2 values for 3 places"):
        figures.profiles({"a": ([0, 1, 2], {"measured": [1, 2]}, {})}, "x", "y")


def test_the_field_map_frames_both_squares():
    rng = np.random.default_rng(0)
    figure = figures.field_map(rng.random((20, 20)), rng.random((20, 20)), (2, 3, 14), (6, 7, 5, 0.9))
    for axis in figure.axes:
        assert [(p.get_y(), p.get_x(), p.get_width()) for p in axis.patches] == [(1.5, 2.5, 14), (5.5, 6.5, 5)]
    assert figure.axes[1].images[0].get_array().max() == 1
    assert "5 by 5 holds 90 % of the squared gradient" in figure.alt_text
    check(figure)
    with pytest.raises(ValueError, match=r"the image is \(3, 3\)"):
        figures.field_map(np.zeros((3, 3)), np.ones((2, 2)), (0, 0, 1), (0, 0, 1, 1))


def test_heat_maps_show_canvas_and_maps_on_one_scale():
    canvas, maps = np.zeros((12, 20)), {"a 3": np.eye(3, 6), "nothing": np.full((3, 6), 0.25)}
    canvas[2, 3] = 1
    figure = figures.heat_maps(canvas, maps, "A net for one finds many")
    pictures = [axis.images[0] for axis in figure.get_axes() if axis.images]
    np.testing.assert_array_equal(pictures[0].get_array(), 1 - canvas)
    for picture, values in zip(pictures[1:], maps.values(), strict=True):
        np.testing.assert_array_equal(picture.get_array(), values)
        assert picture.get_clim() == (0, 1)
    assert "nothing: highest 25 % at row 0, column 0" in figure.alt_text
    check(figure)
