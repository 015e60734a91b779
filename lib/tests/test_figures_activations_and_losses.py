"""The figures of chapter 6 show what they are given."""
import numpy as np
import pytest

from convbook.figures import activations_and_losses as figures
from convbook.figures import check

PHOTO = np.linspace(0, 1, 24).reshape(4, 6)
MAP = np.array([[-2.0, -1.0, 0.0, 1.0, 2.0, 2.0]] * 4)
ROWS = {"small": {"layer 1": np.array([0.0, 0.5, -0.5, 0.1]), "layer 2": np.array([0.0, 0.1, 0.2, 0.3])},
        "large": {"layer 1": np.array([[1.0, -1.0], [0.0, 1.0]]), "layer 2": np.array([1.0, 1.0, 1.0, -1.0])}}


def saturated(values):
    return np.abs(values) > 0.95


def test_maps_are_drawn_around_mid_grey_on_the_scale_of_the_first():
    figure = figures.before_and_after(PHOTO, ("edges", MAP), {"ReLU": np.maximum(MAP, 0)})
    photo, edges, relu = [np.asarray(image.get_array()) for image in figure.axes[0].images]
    np.testing.assert_array_equal(photo, PHOTO)
    np.testing.assert_allclose(edges[0], [0, 0.25, 0.5, 0.75, 1, 1])
    np.testing.assert_allclose(relu[0], [0.5, 0.5, 0.5, 0.75, 1, 1])
    assert "edges: from −2 to 2, 33.3 % negative, 16.7 % exactly zero" in figure.alt_text
    assert "ReLU: from 0 to 2, 0 % negative, 50 % exactly zero" in figure.alt_text


def test_histograms_count_every_value_once_and_mark_the_marked():
    figure = figures.histograms(ROWS, saturated, "saturated", "activation")
    shares = []
    for axis, values in zip(figure.axes, [v for row in ROWS.values() for v in row.values()], strict=True):
        quiet, marked = [sum(bar.get_height() for bar in bars) for bars in axis.containers]
        assert quiet + marked == values.size and marked == saturated(values).sum()
        shares.append(axis.texts[0].get_text())
    assert shares == ["0 %", "0 %", "75 %", "100 %"]
    assert "large: layer 1 75 % and layer 2 100 %" in figure.alt_text


@pytest.mark.parametrize("draw", [
    lambda: figures.before_and_after(PHOTO, ("edges", MAP[:2]), {"ReLU": MAP}),
    lambda: figures.before_and_after(PHOTO, ("edges", 0 * MAP), {"ReLU": MAP}),
    lambda: figures.before_and_after(PHOTO, ("edges", MAP), {}),
    lambda: figures.histograms({}, saturated, "saturated", "activation"),
    lambda: figures.histograms({**ROWS, "other": {"layer 1": MAP}}, saturated, "saturated", "activation"),
    lambda: figures.histograms({"one": {"layer 1": np.array([np.nan])}}, saturated, "saturated", "activation"),
])
def test_what_cannot_be_drawn_is_refused(draw):
    with pytest.raises(ValueError):
        draw()


def test_a_reader_stumbles_over_nothing():
    check(figures.before_and_after(PHOTO, ("edges", MAP), {"ReLU": np.maximum(MAP, 0), "tanh": np.tanh(MAP)}))
    check(figures.histograms(ROWS, saturated, "saturated", "activation"))
