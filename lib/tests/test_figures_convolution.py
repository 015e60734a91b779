"""The figures of chapter 3 show the numbers they were given, say them in their alt text, and look the same every time."""
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from convbook.figures import check
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


def written(ax):
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("name", DRAW)
def test_drawn_twice_it_is_the_same_picture(name):
    assert DRAW[name]()._repr_png_() == DRAW[name]()._repr_png_()


@pytest.mark.parametrize("name", DRAW)
def test_a_reader_stumbles_over_nothing(name):
    check(DRAW[name]())


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


def test_filter_gallery_says_what_is_on_the_photograph_and_the_range_of_each_map():
    text = figures.filter_gallery(IMAGE, {"edges": IMAGE - 0.5, "blur": IMAGE / 2}, what="a ramp").alt_text
    assert text.startswith("The photograph (a ramp), and 2 pictures")
    assert "edges, from −0.5 to 0.5, around grey; 7 % of it" in text      # 2 of 30 values are nearer to 0 than 0.05
    assert text.endswith("blur, from 0 to 0.5.")


def test_number_grids_writes_every_number_where_it_belongs():
    figure = DRAW["number_grids"]()
    assert figure.get_suptitle() == "a sum"
    assert written(figure.axes[0]) == [str(n) for n in range(12)]
    assert written(figure.axes[1]) == ["0.5", "−2"]
    assert [text.get_position() for text in figure.axes[1].texts] == [(0, 0), (1, 0)]
    assert figure.alt_text == "a sum. Grids of numbers, row by row. window: 0 1 2 3 / 4 5 6 7 / 8 9 10 11; filter: 0.5 −2."


def test_places_touches_the_pixels_that_the_filter_touches():
    figure = DRAW["places"]()
    panels = figure.axes
    expected = [
        [{0, 1, 2}, {1, 2, 3}, {2, 3, 4}, {3, 4, 5}],
        [{-1, 0, 1}, {0, 1, 2}, {1, 2, 3}, {2, 3, 4}, {3, 4, 5}, {4, 5, 6}],
        [{0, 1, 2}, {2, 3, 4}],
        [{0, 3}, {1, 4}, {2, 5}],
    ]
    blue = to_rgb(figures.BLUE)
    for ax, rows in zip(panels, expected, strict=True):
        touched = [{round(p.get_x()) for p in ax.patches if p.get_y() == row and p.get_facecolor()[:3] == blue} for row in range(len(rows))]
        assert touched == rows
        assert ax.get_title(loc="left").endswith(f": {len(rows)} places")
    outside = [p for p in panels[1].patches if p.get_hatch()]
    assert {round(p.get_x()) for p in outside} == {-1, 6}
    assert "6 pixels, filter of 3, padding 1: 6 places, the first on −1, 0 and 1, the last on 4, 5 and 6. " in figure.alt_text
    assert "stride 2: 2 places, the first on 0, 1 and 2, the last on 2, 3 and 4; never touched: 5. " in figure.alt_text
    assert figure.alt_text.count("never touched") == 1


def test_a_single_place_is_not_called_places():
    assert figures.places([{"size": 3, "kernel_size": 3}]).axes[0].get_title(loc="left").endswith(": 1 place")


def test_window_columns_shows_image_and_columns_on_one_scale():
    figure = DRAW["window_columns"]()
    left, right = figure.axes
    assert written(left) == [str(n) for n in range(12)]
    np.testing.assert_array_equal(right.images[0].get_array()[:, 0], [0, 1, 4, 5])
    assert left.images[0].get_clim() == right.images[0].get_clim() == (0, 11)
    assert (right.get_xlabel(), right.get_ylabel()) == ("place of the filter", "pixel of the filter")
    assert figure.alt_text.endswith("4 rows and 2 columns; the columns, from left to right: 0 1 4 5 / 2 3 6 7.")


def test_shift_errors_plots_each_label_and_masks_what_is_equal():
    figure = DRAW["shift_errors"]()
    left, right, _ = figure.axes
    assert [line.get_label() for line in left.lines] == ["stride 1", "stride 2"]
    np.testing.assert_array_equal(left.lines[1].get_ydata(), [0, 0.5, 0.25])
    assert (left.get_xlabel(), left.get_ylabel()) == ("shift of the image (pixels)", "relative difference")
    np.testing.assert_array_equal(np.ma.getmaskarray(right.images[0].get_array()), np.eye(4) == 0)
    assert "stride 1: 0, 0, 0; stride 2: 0, 0.5, 0.25. " in figure.alt_text
    assert "25 % of the values, by at most 1, all equal ones in rows 0 to 3 and columns 0 to 3." in figure.alt_text


def test_shift_errors_says_how_wide_the_spoiled_frame_is():
    border = np.pad(np.zeros((2, 3)), ((1, 3), (2, 4)), constant_values=0.5)
    text = figures.shift_errors({"stride 1": [0, 0]}, border).alt_text
    assert text.endswith("by at most 0.5, all equal ones in rows 1 to 2 and columns 2 to 4.")
    assert text.count("differ after") == 1 and "6 × 9 values" in text
    everywhere = figures.shift_errors({"stride 1": [0, 0]}, np.ones((3, 3))).alt_text
    assert everywhere.endswith("100 % of the values, by at most 1.")
