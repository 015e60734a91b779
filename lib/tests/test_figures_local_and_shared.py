"""The figures of chapter 2 show the layers and the numbers that they were given."""
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgba

from convbook.figures import check
from convbook.figures import local_and_shared as figures

RNG = np.random.default_rng(2)
PICTURES = RNG.random((3, 5, 4))
ROWS = {"as it is": PICTURES, "shuffled": PICTURES[:, ::-1]}
LINES = {"cat": [0.9, 0.5, -0.1], "shuffled": [0.0, 0.01, 0.0]}
RUNS = {"in the middle": {"dense": [[0.5, 0.8], [0.6, 0.9]], "shared": [[0.4, 0.8]]},
        "anywhere": {"dense": [[0.1, 0.2]], "shared": [[0.6, 0.7]]}}
DRAW = {
    "wiring": lambda: figures.wiring(6, 3),
    "matrices": lambda: figures.matrices(6, 3),
    "shuffled": lambda: figures.shuffled(ROWS, ["cat", "cup", "3"]),
    "correlation": lambda: figures.correlation_against_distance([1, 2, 8], LINES),
    "places": lambda: figures.places({"photographs": PICTURES[0], "digits": PICTURES[1]}),
    "samples": lambda: figures.accuracy_against_samples([100, 1000], RUNS),
}


@pytest.mark.parametrize("name", DRAW)
def test_a_reader_stumbles_over_nothing(name):
    check(DRAW[name]())


def wires(axis):
    """(pixel, unit, colour) of every line between the rows; the units stand in the middle above the pixels."""
    return [(line.get_xdata()[0], line.get_xdata()[1], to_hex(line.get_color())) for line in axis.lines if list(line.get_ydata()) == [0, 1]]


def test_wiring_draws_each_connection_once_and_shared_weights_alike():
    dense, local, shared = DRAW["wiring"]().axes
    assert len(set(wires(dense))) == 24
    expected = [(unit + tap, unit + 1) for unit in range(4) for tap in range(3)]
    assert [(pixel, unit) for pixel, unit, _ in wires(local)] == expected
    assert [(pixel, unit) for pixel, unit, _ in wires(shared)] == expected
    colours = np.array([colour for *_, colour in wires(shared)]).reshape(4, 3)
    assert (colours == colours[0]).all() and len(set(colours[0])) == 3


def test_wiring_counts_its_weights():
    assert [axis.get_title(loc="left").split(", ")[-1] for axis in figures.wiring(5, 2).axes] == ["20 weights", "8 weights", "2 weights"]


def test_matrices_put_the_letters_where_the_layer_has_weights():
    dense, local, shared = DRAW["matrices"]().axes
    assert not dense.texts and sum(patch.get_facecolor() != (1, 1, 1, 1) for patch in dense.patches) == 24
    for axis, letters in ((local, [f"${'abc'[tap]}_{unit}$" for unit in range(4) for tap in range(3)]), (shared, list("abc") * 4)):
        found = [(text.get_position(), text.get_text()) for text in axis.texts]
        places = [(unit + tap, unit) for unit in range(4) for tap in range(3)]
        assert found == list(zip(places, letters, strict=True))
        empty = [patch.get_xy() for patch in axis.patches if patch.get_facecolor() == to_rgba("white")]
        assert len(empty) == 12 and (-0.5, 0.5) in empty


@pytest.mark.parametrize(("pixels", "window"), [(2, 3), (6, 0), (9, 5)])
def test_a_window_that_does_not_fit_is_refused(pixels, window):
    for draw in (figures.wiring, figures.matrices):
        with pytest.raises(ValueError, match="a window of 1 to"):
            draw(pixels, window)


def test_shuffled_shows_every_picture_in_every_row():
    panels = DRAW["shuffled"]().axes
    np.testing.assert_array_equal(panels[1].images[0].get_array(), PICTURES[1])
    np.testing.assert_array_equal(panels[5].images[0].get_array(), PICTURES[2, ::-1])
    assert panels[3].get_ylabel() == "shuffled"
    with pytest.raises(ValueError, match="one picture a name, 2"):
        figures.shuffled(ROWS, ["cat", "cup"])


def test_correlation_draws_the_values_with_their_labels():
    axis = DRAW["correlation"]().axes[0]
    drawn = [line for line in axis.lines if len(line.get_xdata()) == 3]
    np.testing.assert_array_equal([line.get_ydata() for line in drawn], list(LINES.values()))
    assert [text.get_text() for text in axis.texts] == list(LINES)
    assert "cat: 0.9 at distance 1, −0.1 at 8" in DRAW["correlation"]().alt_text
    with pytest.raises(ValueError, match="cat has 3 correlations for 2 distances"):
        figures.correlation_against_distance([1, 2], LINES)


def test_places_shows_maps_from_zero_and_says_their_range():
    figure = DRAW["places"]()
    np.testing.assert_array_equal(figure.axes[1].images[0].get_array(), PICTURES[1])
    assert figure.axes[1].images[0].get_clim() == (0, PICTURES[1].max())
    assert f"to {PICTURES[1].max():.2g}" in figure.axes[1].get_xlabel()
    with pytest.raises(ValueError, match="negative"):
        figures.places({"one": -PICTURES[0]})


def test_samples_draws_means_and_runs():
    middle, anywhere = DRAW["samples"]().axes
    np.testing.assert_allclose(middle.lines[0].get_ydata(), [0.55, 0.85])
    np.testing.assert_allclose(middle.lines[1].get_ydata(), [0.5, 0.8, 0.6, 0.9])
    np.testing.assert_allclose(anywhere.lines[2].get_ydata(), [0.6, 0.7])
    assert [text.get_text() for text in anywhere.texts] == ["dense", "shared"]
    with pytest.raises(ValueError, match="dense has 2 accuracies a run for 3"):
        figures.accuracy_against_samples([1, 2, 3], RUNS)
