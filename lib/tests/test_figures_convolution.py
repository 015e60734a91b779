"""The figures of chapter 3 show the numbers they were given, with a title for each panel, and look the same every time."""
import io

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from convbook.figures import convolution as figures
from convbook.numpy_nn import im2col

IMAGE = np.linspace(0, 1, 30).reshape(5, 6)
SETTINGS = [{"size": 6, "kernel_size": 3}, {"size": 6, "kernel_size": 3, "padding": 1}, {"size": 6, "kernel_size": 3, "stride": 2},
            {"size": 6, "kernel_size": 2, "dilation": 3}]
SMALL = np.arange(12.0).reshape(3, 4)
DRAW = {
    "filter_gallery": lambda: figures.filter_gallery(IMAGE, {"edges": IMAGE - 0.5, "blur": IMAGE / 2}),
    "number_grids": lambda: figures.number_grids({"window": SMALL, "filter": np.array([[0.5, -2.0]])}, "a sum"),
    "places": lambda: figures.places(SETTINGS),
    "window_columns": lambda: figures.window_columns(SMALL, im2col(SMALL[None, None], 2, stride=2)[0]),
    "shift_errors": lambda: figures.shift_errors({"stride 1": [0, 0, 0], "stride 2": [0, 0.5, 0.25]}, np.eye(4)),
}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def written(ax):
    return [text.get_text() for text in ax.texts]


def png(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


@pytest.mark.parametrize("name", DRAW)
def test_drawn_twice_it_is_the_same_picture(name):
    assert png(DRAW[name]()) == png(DRAW[name]())


@pytest.mark.parametrize("name", DRAW)
def test_every_panel_with_content_has_a_title(name):
    for ax in DRAW[name]().axes:
        if ax.get_label() != "<colorbar>" and ax.has_data():
            assert ax.get_title(loc="left"), f"{name}: a panel without a title"


def test_filter_gallery_shows_signed_maps_around_grey_and_others_from_black():
    photograph, edges, blur = DRAW["filter_gallery"]().axes
    assert [ax.get_title(loc="left") for ax in (photograph, edges, blur)] == ["the photograph", "edges", "blur"]
    np.testing.assert_array_equal(photograph.images[0].get_array(), IMAGE)
    low, high = edges.images[0].get_clim()
    assert low == -high < 0
    assert blur.images[0].get_clim() == (0, 0.5)


def test_number_grids_writes_every_number_where_it_belongs():
    figure = DRAW["number_grids"]()
    assert figure.get_suptitle() == "a sum"
    assert written(figure.axes[0]) == [str(n) for n in range(12)]
    assert written(figure.axes[1]) == ["0.5", "-2"]
    assert [text.get_position() for text in figure.axes[1].texts] == [(0, 0), (1, 0)]


def test_places_touches_the_pixels_that_the_filter_touches():
    panels = DRAW["places"]().axes
    expected = [
        [{0, 1, 2}, {1, 2, 3}, {2, 3, 4}, {3, 4, 5}],
        [{-1, 0, 1}, {0, 1, 2}, {1, 2, 3}, {2, 3, 4}, {3, 4, 5}, {4, 5, 6}],
        [{0, 1, 2}, {2, 3, 4}],
        [{0, 3}, {1, 4}, {2, 5}],
    ]
    blue = matplotlib.colors.to_rgb(figures.TAP)
    for ax, rows in zip(panels, expected, strict=True):
        touched = [{round(p.get_x()) for p in ax.patches if p.get_y() == row and p.get_facecolor()[:3] == blue} for row in range(len(rows))]
        assert touched == rows
        assert ax.get_title(loc="left").endswith(f": {len(rows)} places")
    outside = [p for p in panels[1].patches if p.get_hatch()]
    assert {round(p.get_x()) for p in outside} == {-1, 6}


def test_window_columns_shows_image_and_columns_on_one_scale():
    left, right = DRAW["window_columns"]().axes
    assert written(left) == [str(n) for n in range(12)]
    np.testing.assert_array_equal(right.images[0].get_array()[:, 0], [0, 1, 4, 5])
    assert left.images[0].get_clim() == right.images[0].get_clim() == (0, 11)
    assert (right.get_xlabel(), right.get_ylabel()) == ("place of the filter", "pixel of the filter")


def test_shift_errors_plots_each_label_and_masks_what_is_equal():
    left, right, _ = DRAW["shift_errors"]().axes
    assert [line.get_label() for line in left.lines] == ["stride 1", "stride 2"]
    np.testing.assert_array_equal(left.lines[1].get_ydata(), [0, 0.5, 0.25])
    assert (left.get_xlabel(), left.get_ylabel()) == ("shift of the image (pixels)", "relative difference")
    np.testing.assert_array_equal(np.ma.getmaskarray(right.images[0].get_array()), np.eye(4) == 0)
