"""The figures of chapter 8 show the numbers they are given, and say them."""
import numpy as np
import pytest

from convbook.figures import check
from convbook.figures import optimisation as figures

STEPS = np.arange(1.0, 6.0)
FALLING, RISING = np.array([5.0, 4.0, 1.0, 2.0, 3.0]), np.linspace(0.5, 2.5, 5)


def drawn(figure):
    """The points of all lines that are more than a vertical mark or a single ring."""
    return [np.asarray(line.get_xydata()) for line in figure.axes[0].lines if len(line.get_xdata()) > 2]


@pytest.mark.parametrize("log", [False, True])
def test_curves_are_drawn_and_told(log):
    figure = figures.curves(STEPS, {"one": FALLING, "two": RISING}, "One falls", "step", log=log, marks={"here": 3})
    check(figure)
    for points, values in zip(drawn(figure), (FALLING, RISING), strict=True):
        np.testing.assert_array_equal(points, np.stack([STEPS, values], axis=1))
    assert figure.axes[0].get_yscale() == ("log" if log else "linear")
    assert [line.get_xdata()[0] for line in figure.axes[0].lines if len(line.get_xdata()) == 2] == [3]
    assert "one from 5 to 3, lowest 1 at 3, highest 5 at 1; two from 0.5 to 2.5" in figure.alt_text
    assert figure.alt_text.endswith("Marked: here at 3.")


def test_curves_refuse_lines_of_another_length():
    with pytest.raises(ValueError, match="one has 4 values for 5 places"):
        figures.curves(STEPS, {"one": FALLING[:4]}, "title", "step")
    with pytest.raises(ValueError, match="empty"):
        figures.curves(STEPS, {}, "title", "step")


def test_noise_shows_points_and_lines_and_leaves_out_zero():
    sizes, measured = np.array([1.0, 10.0, 100.0]), {"a": np.array([3.0, 0.3, 0.03]), "b": np.array([2.0, 0.2, 0.001])}
    figure = figures.batch_noise(sizes, measured, {"a": measured["a"], "b": np.array([2.0, 0.2, 0.0])})
    check(figure)
    shown = [np.asarray(line.get_ydata()).tolist() for line in figure.axes[0].lines]
    assert shown == [[3.0, 0.3, 0.03], [3.0, 0.3, 0.03], [2.0, 0.2], [2.0, 0.2, 0.001]]
    assert "a from 3 at 1 images to 0.03 at 100; b from 2 at 1 images to 0.001 at 100" in figure.alt_text
    with pytest.raises(ValueError, match="same names"):
        figures.batch_noise(sizes, measured, {"a": measured["a"]})
    with pytest.raises(ValueError, match="not positive"):
        figures.batch_noise(sizes, {"a": np.array([1.0, 0.0, 1.0])}, {"a": sizes})


def test_a_search_rings_the_best_rate_and_cuts_what_failed():
    rates = np.array([0.01, 0.1, 1.0])
    figure = figures.rate_search(rates, {"SGD": [2.0, 0.5, np.nan], "Adam": [0.4, 3.0, 900.0]}, ceiling=5.0)
    check(figure)
    lines = figure.axes[0].lines
    rings = [(line.get_xdata()[0], line.get_ydata()[0]) for line in lines if len(line.get_xdata()) == 1]
    assert rings == [(0.1, 0.5), (0.01, 0.4)]
    assert [points[:, 1].tolist() for points in drawn(figure)] == [[2.0, 0.5, 5.0], [0.4, 3.0, 5.0]]
    assert figure.alt_text.endswith("Best: SGD 0.5 at rate 0.1; Adam 0.4 at rate 0.01.")
    with pytest.raises(ValueError, match="SGD needs 3 losses"):
        figures.rate_search(rates, {"SGD": [np.nan, np.nan, np.inf]}, ceiling=5.0)
