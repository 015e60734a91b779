"""The figures of chapter 12 show what they are given."""
import numpy as np
import pytest

from convbook.figures import check
from convbook.figures import lenet as figures
from convbook.models.lenet import SEEN


def test_stack_draws_every_map_in_its_row_on_the_row_s_own_scale():
    rng = np.random.default_rng(0)
    rows = [("input\n1 × 8²", rng.random((1, 8, 8))), ("C1", rng.standard_normal((14, 6, 6))), ("F6", rng.random((1, 2, 42))),
            ("output", np.array([0.2, 0.9, 0.1]).reshape(3, 1, 1))]
    figure = figures.stack(rows, "A digit on its way", names="abc")
    shown = figure.axes[0].images
    assert len(shown) == 19
    for image, expected in zip(shown, [m for _, maps in rows for m in maps], strict=True):
        np.testing.assert_array_equal(image.get_array(), expected)
    assert shown[1].get_clim() == (rows[1][1].min(), rows[1][1].max())
    tops = [image.get_extent()[3] for image in shown]
    assert tops == sorted(tops) and [tops.count(top) for top in sorted(set(tops))] == [1, 7, 7, 1, 3]
    lefts = [image.get_extent()[0] for image in shown[1:15]]
    assert lefts[:7] == sorted(lefts[:7]) == lefts[7:]
    places = {text.get_text(): text.get_position()[0] for text in figure.axes[0].texts}
    left, right = shown[17].get_extent()[:2]
    assert places["b"] == pytest.approx((left + right) / 2)
    assert figure.alt_text.endswith("The brightest of the last row is b.")
    check(figure)


def test_stack_refuses_names_that_do_not_fit():
    with pytest.raises(ValueError, match="2 names"):
        figures.stack([("x", np.ones((3, 1, 1)))], "t", names="ab")


def test_connection_table_marks_the_pairs_and_counts_them():
    figure = figures.connection_table(SEEN, 6)
    axis = figure.axes[0]
    squares = {name: [patch for patch in axis.patches if patch.get_gid() == name] for name in ("on", "off")}
    assert len(squares["on"]) == 60 and len(squares["off"]) == 36
    lefts, tops = (sorted({round(get(patch), 6) for patch in axis.patches}) for get in (lambda p: p.get_x(), lambda p: p.get_y()))
    pairs = {(lefts.index(round(patch.get_x(), 6)), tops.index(round(patch.get_y(), 6))) for patch in squares["on"]}
    assert pairs == {(k, row) for k, maps in enumerate(SEEN) for row in maps}
    assert [text.get_text() for text in axis.texts].count("10") == 6 + 1          # six sums, and the number of a column
    assert "map 0 sees 0 1 2; 1 sees 1 2 3" in figure.alt_text
    check(figure)


def test_connection_table_refuses_a_map_that_is_not_there():
    with pytest.raises(ValueError, match="maps 0 to 5"):
        figures.connection_table([(0, 6)], 6)


def test_bitmaps_stand_above_what_is_said():
    values = np.sign(np.random.default_rng(1).standard_normal((3, 12, 7)))
    figure = figures.bitmaps(values, 1.7 * values[::-1], "012", "Two of three agree.")
    shown = [np.asarray(image.get_array()) for image in figure.axes[0].images]
    for image, expected in zip(shown, [*values, *values[::-1]], strict=True):
        np.testing.assert_allclose(image, 0.5 - expected / 2)
    assert figure.alt_text.endswith("for 0, 1 and 2. Two of three agree.")
    check(figure)
    with pytest.raises(ValueError, match="two rows"):
        figures.bitmaps(values, values[:2], "012", "x")


def test_misread_shows_dark_ink_and_both_digits():
    images = np.random.default_rng(2).random((11, 1, 28, 28))
    figure = figures.misread(images, [4] * 11, [9] * 10 + [1])
    shown = figure.axes[0].images
    assert len(shown) == 11
    np.testing.assert_allclose(shown[3].get_array(), 1 - images[3, 0])
    assert [text.get_text() for text in figure.axes[0].texts][1:] == ["4 → 9"] * 10 + ["4 → 1"]
    assert "11 misread digits" in figure.alt_text
    check(figure)
    with pytest.raises(ValueError, match="rightly"):
        figures.misread(images[:1], [4], [4])
