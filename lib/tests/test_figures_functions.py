"""The figures of functions plot the numbers they were given, shade what is saturated and say it."""
import numpy as np
import pytest

from convbook.figures import check, functions

X = np.linspace(-6, 6, 241)
SIGMOID = 1 / (1 + np.exp(-X))
SLOPE = SIGMOID * (1 - SIGMOID)
RELU = np.maximum(X, 0), (X > 0) * 1.0


def shaded(axis):
    """The shaded intervals of a panel, as (start, end)."""
    return [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in axis.patches if patch.get_width() > 0]


def named(axis):
    """The texts at the right of a panel from top to bottom."""
    return [text.get_text() for text in sorted(axis.texts, key=lambda text: -text.get_position()[1]) if text.get_position()[0] > 1]


def test_activation_plots_function_and_derivative_and_shades_where_the_slope_is_small():
    figure = check(functions.activation(X, SIGMOID, SLOPE, "sigmoid"))
    left, right = figure.axes
    np.testing.assert_array_equal(left.lines[-1].get_xydata(), np.stack([X, SIGMOID], 1))
    np.testing.assert_array_equal(right.lines[-1].get_ydata(), SLOPE)
    assert (left.get_title(loc="left"), right.get_title(loc="left")) == ("sigmoid", "its derivative")
    edge = np.log((1 - 2 * 0.05 + np.sqrt(1 - 4 * 0.05)) / (2 * 0.05))              # where s (1 - s) = 0.05
    for axis in (left, right):
        np.testing.assert_allclose(shaded(axis), [(-6, -edge), (edge, 6)], atol=0.05)
    assert "0.25 at 0" in figure.alt_text and "below −2.9 and above 2.9" in figure.alt_text


def test_only_tails_are_saturated_not_a_turning_point():
    x = np.linspace(-2, 2, 401)
    figure = functions.activation(x, x ** 2, 2 * x, "square")
    assert shaded(figure.axes[0]) == [] and "Nowhere saturated" in figure.alt_text
    figure = functions.activation(x, np.zeros_like(x), np.zeros_like(x), "zero")
    assert shaded(figure.axes[0]) == [(-2, 2)] and "Saturated everywhere" in figure.alt_text


def test_activations_share_one_scale_and_each_shows_both_curves():
    figure = check(functions.activations(X, {"relu": RELU, "sigmoid": (SIGMOID, SLOPE), "zero": (0 * X, 0 * X)}))
    panels = [axis for axis in figure.axes if axis.get_visible()]
    assert [axis.get_title(loc="left") for axis in panels] == ["relu", "sigmoid", "zero"]
    assert len({(axis.get_xlim(), axis.get_ylim()) for axis in panels}) == 1
    np.testing.assert_array_equal(panels[0].lines[-2].get_ydata(), RELU[0])
    np.testing.assert_array_equal(panels[0].lines[-1].get_ydata(), RELU[1])
    assert shaded(panels[0]) == [(-6, 0)]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["function", "derivative", "saturated"]
    assert "relu: derivative 0 to 1. Saturated below 0." in figure.alt_text


def test_losses_are_named_at_their_ends_from_top_to_bottom():
    margin = np.linspace(-2, 2, 41)
    curves = {"zero-one": (margin < 0) * 1.0, "hinge": np.maximum(0, 1 - margin), "squared": (1 - margin) ** 2}
    figure = check(functions.losses(margin, curves))
    axis, = figure.axes
    for line, values in zip([line for line in axis.lines if len(line.get_xdata()) == 41], curves.values(), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), values)
    assert named(axis)[0] == "squared" and set(named(axis)) == set(curves)
    assert "hinge: 3 at −2, 1 at 0 and 0 at 2" in figure.alt_text


def test_temperature_draws_a_bar_for_every_class():
    table = {0.5: np.array([0.9, 0.1]), 5.0: np.array([0.6, 0.4])}
    figure = check(functions.temperature(table, ["cat", "dog"]))
    for axis, (T, values) in zip(figure.axes, table.items(), strict=True):
        assert [bar.get_width() for bar in axis.patches] == values.tolist()
        assert axis.get_title(loc="left") == f"T = {T:g}"
        assert [text.get_text() for text in axis.texts] == [f"{100 * value:.0f} %" for value in values]
    assert "T = 0.5: cat 90 % and dog 10 %. T = 5: cat 60 % and dog 40 %." in figure.alt_text


def test_difference_check_draws_chord_and_tangent_and_judges_the_slope():
    figure = check(functions.difference_check(np.square, 4.0, 2.0, 0.5, "square"))
    axis, = figure.axes
    curve, tangent, chord = axis.lines[:3]
    np.testing.assert_allclose(np.gradient(tangent.get_ydata(), tangent.get_xdata()), 4)
    np.testing.assert_allclose(np.gradient(chord.get_ydata(), chord.get_xdata()), 4)    # exact for a square
    np.testing.assert_allclose(curve.get_ydata(), curve.get_xdata() ** 2)
    np.testing.assert_array_equal(axis.lines[3].get_xydata(), [[1.5, 2.25], [2.5, 6.25]])
    assert axis.get_title(loc="left").endswith("right") and "by the finite difference 4" in figure.alt_text
    assert functions.difference_check(np.square, 3.0, 2.0, 0.5).axes[0].get_title(loc="left").endswith("wrong")


@pytest.mark.parametrize(("call", "message"), [
    (lambda: functions.activation([], [], [], "f"), "x is empty"),
    (lambda: functions.activation(X, SIGMOID[:5], SLOPE, "f"), "x has 241 values, a curve 5"),
    (lambda: functions.activation(X[::-1], SIGMOID, SLOPE, "f"), "x must be ascending"),
    (lambda: functions.activation(X, SIGMOID * np.nan, SLOPE, "f"), "241 values that are NaN or infinite"),
    (lambda: functions.activations(X, {}), "curves is empty"),
    (lambda: functions.losses(X, {}), "curves is empty"),
    (lambda: functions.losses(X[None], {"a": X}), r"x must have 1 axes, got an array of shape \(1, 241\)"),
    (lambda: functions.temperature({}, []), "probabilities is empty"),
    (lambda: functions.temperature({1: [2.0, 1.0]}, ["a", "b"]), "must add up to 1, got 3; use softmax first"),
    (lambda: functions.temperature({1: [0.5, 0.5]}, ["a"]), "1 names for 2 probabilities at temperature 1"),
    (lambda: functions.difference_check(np.exp, 1.0, 0.0, 0.0), "the nudge h must be positive, got 0"),
    (lambda: functions.difference_check(lambda x: x * np.inf, 1.0, 1.0, 0.1), "values that are NaN or infinite"),
])
def test_what_cannot_be_drawn_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
