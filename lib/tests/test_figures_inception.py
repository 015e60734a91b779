"""The figures of chapter 15 show what the library computes."""
import numpy as np
import pytest
from matplotlib.colors import to_hex

from convbook.figures import check
from convbook.figures import inception as figures
from convbook.numpy_nn import cross_entropy

PANELS = {"naive": {"1x1": 25_690_112, "3x3": 346_816_512}, "reduced": {"1x1": 12_845_056, "3x3": 86_704_128, "pool": 1_000_000}}
MODULES = {"3a": {"1x1": 64, "3x3": 128, "5x5": 32, "pool": 32}, "3b": {"1x1": 128, "3x3": 192, "5x5": 96, "pool": 64}}


def test_costs_are_bars_on_one_scale_with_sums():
    figure = figures.costs(PANELS)
    for axis, lines in zip(figure.axes, PANELS.values(), strict=True):
        np.testing.assert_allclose([bar.get_width() for bar in axis.patches], np.array(list(lines.values())) / 1e6)
        assert [label.get_text() for label in axis.get_yticklabels()] == list(lines)
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    assert [axis.get_title(loc="left") for axis in figure.axes] == ["naive: 372.5 million", "reduced: 100.5 million"]
    assert "naive, together 372.5: 1x1 25.7 and 3x3 346.8" in figure.alt_text
    check(figure)


def test_widths_stack_to_the_sum():
    figure = figures.widths(MODULES)
    axis = figure.axes[0]
    bars = axis.patches
    assert [bar.get_height() for bar in bars] == [64, 128, 128, 192, 32, 96, 32, 64]        # branch after branch
    assert max(bar.get_y() + bar.get_height() for bar in bars) == 480
    assert [text.get_text() for text in axis.texts] == ["256", "480"]
    assert len({bar.get_hatch() for bar in bars}) == 4
    assert "3a 256 (1x1 64, 3x3 128, 5x5 32, pool 32)" in figure.alt_text
    check(figure)


def test_widths_need_the_same_branches():
    with pytest.raises(ValueError, match="branches of 3b"):
        figures.widths({"3a": {"1x1": 1}, "3b": {"3x3": 1}})


def test_gradients_are_logarithmic_lines():
    runs = {"without": [1e-5, 1e-3, 1.0], "with": [1e-2, 1e-1, 1.0]}
    figure = figures.gradients(["stem", "1", "2"], runs, "Heads help")
    axis = figure.axes[0]
    assert axis.get_yscale() == "log"
    assert [line.get_ydata().tolist() for line in axis.lines] == list(runs.values())
    assert [label.get_text() for label in axis.get_xticklabels()] == ["stem", "1", "2"]
    assert len({line.get_linestyle() for line in axis.lines}) == 2
    assert "without: stem 1e−05" in figure.alt_text
    check(figure)


@pytest.mark.parametrize("sizes", [[1.0, 2.0], [1.0, 0.0, 2.0]])
def test_gradients_need_a_size_above_zero_for_each_part(sizes):
    with pytest.raises(ValueError, match="above 0"):
        figures.gradients(["stem", "1", "2"], {"run": sizes}, "No")


def test_smoothing_is_the_library_s_loss_with_its_minimum_marked():
    figure = figures.smoothing([0.0, 0.1, 0.3])
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 401]
    rings = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    for line, share in zip(lines, [0.0, 0.1, 0.3], strict=True):
        for place in (0, 150, 400):
            scores = np.zeros((1, 10))
            scores[0, 3] = line.get_xdata()[place]
            np.testing.assert_allclose(line.get_ydata()[place], cross_entropy(scores, np.array([3]), label_smoothing=share))
    leads = [np.log((1 - share + share / 10) / (share / 10)) for share in (0.1, 0.3)]
    np.testing.assert_allclose([ring.get_xdata()[0] for ring in rings], leads, atol=0.02)
    assert [to_hex(ring.get_markeredgecolor()) for ring in rings] == [to_hex(line.get_color()) for line in lines[1:]]
    assert "ε = 0 falls all the way" in figure.alt_text
    check(figure)
