"""The figures of chapter 11 show what they are given, and say so."""
import numpy as np
import pytest

from convbook.augment import ten_crop
from convbook.figures import check
from convbook.figures import training_a_net as figures


def history(*pairs):
    return [{"epoch": k, "loss": a, "val_loss": b} for k, (a, b) in enumerate(pairs, start=1)]


def test_parts_are_as_wide_as_they_are_large():
    figure = check(figures.parts([600, 200, 200]))
    widths = [patch.get_width() for patch in figure.axes[0].patches]
    np.testing.assert_allclose(np.divide(widths, sum(widths)), [0.6, 0.2, 0.2])
    assert "600 for training (60 %)" in figure.alt_text
    with pytest.raises(ValueError, match="three positive counts"):
        figures.parts([600, 0, 200])


def test_each_run_has_a_panel_with_its_losses_and_the_healthy_one():
    runs = {"A": history((2.0, 2.1), (1.0, 1.5)), "B": history((2.0, 2.0), (5e5, 1e-9)), "C": history((1, 1), (1, 1)),
            "D": history((2, 2), (1, 1))}
    figure = check(figures.losses(runs, healthy=history((2.0, 1.9), (0.5, 0.4))))
    drawn = {axis.get_title(loc="left"): [line.get_ydata().tolist() for line in axis.lines] for axis in figure.axes if axis.axison}
    assert drawn["A"] == [[1.9, 0.4], [2.1, 1.5], [2.0, 1.0]]
    assert drawn["B"][1:] == [[2.0, 0.01], [2.0, 100.0]]                    # drawn at the border
    assert list(drawn) == list("ABCD")
    assert [label.get_text() for label in figure.axes[3].get_yticklabels()] == ["0.01", "0.1", "1", "10", "100"]
    assert len(figure.axes) == 6 and len(figures.losses(runs, columns=2).axes) == 4
    assert "B: training loss 2 to 500,000" in figure.alt_text
    assert "ends at 0.4" in figure.alt_text


def test_a_run_that_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        figures.losses({"A": history((np.nan, 1.0))})


def test_errors_leave_out_what_was_not_measured():
    figure = check(figures.errors_by_size([100, 200, 400], {"plain": [0.3, 0.2, 0.1], "moved": [0.25, 0.15, None]}))
    lines = [np.column_stack([line.get_xdata(), line.get_ydata()]).tolist() for line in figure.axes[0].lines]
    assert lines == [[[100, 0.3], [200, 0.2], [400, 0.1]], [[100, 0.25], [200, 0.15]]]
    assert "moved: 25 % at 100, 15 % at 200." in figure.alt_text
    with pytest.raises(ValueError, match="2 errors for 3 sizes"):
        figures.errors_by_size([100, 200, 400], {"plain": [0.3, 0.2]})


def test_the_best_of_many_stands_between_truth_and_bound():
    figure = check(figures.best_of([1, 10, 100], [0.9, 0.92, 0.94], [0.9, 0.93, 0.96], 0.9))
    bound, best, truth = (line.get_ydata() for line in figure.axes[0].lines)
    assert [list(bound), list(best), list(truth)] == [[0.9, 0.93, 0.96], [0.9, 0.92, 0.94], [0.9, 0.9]]
    assert "94 % for 100" in figure.alt_text
    with pytest.raises(ValueError, match="equally long"):
        figures.best_of([1, 10], [0.9], [0.9, 0.93], 0.9)


def test_ten_crops_are_shown_in_their_order_with_their_probabilities():
    photo = np.random.default_rng(0).random((1, 3, 12, 14))
    crops = ten_crop(photo, (8, 8))[0]
    figure = check(figures.ten_crops(crops, np.arange(10) / 10, "cup"))
    shown = [image.get_array() for image in figure.axes[0].images]
    np.testing.assert_array_equal(shown[5], crops[5].transpose(1, 2, 0))
    assert [text.get_text() for text in figure.axes[0].texts][1:4] == ["0 %", "10 %", "20 %"]
    assert "their mean is 45 %" in figure.alt_text
    with pytest.raises(ValueError, match="ten crops and ten probabilities"):
        figures.ten_crops(crops[:9], np.ones(9), "cup")
