"""The figures of a training run and of its layers plot the numbers they were given and say the ones that matter."""
import numpy as np
import pytest

from convbook.figures import check, layers, training

LOSS, VAL = [1.0, 0.5, 0.3, 0.2], [1.1, 0.6, 0.55, 0.7]
HISTORY = [{"epoch": e, "loss": LOSS[e - 1], "val_loss": VAL[e - 1], "accuracy": 1 - LOSS[e - 1] / 2, "val_accuracy": 1 - VAL[e - 1] / 2,
            "lr": 0.1 if e < 3 else 0.01} for e in (1, 2, 3, 4)]
COUNTS = np.array([[8, 2, 0], [1, 9, 0], [0, 5, 15]])


def names_beside(axis):
    """The names at the right of a panel, from top to bottom."""
    return [text.get_text() for text in sorted(axis.texts, key=lambda text: -text.get_position()[1])]


def test_learning_curves_plot_both_sets_and_mark_best_and_falling_rate():
    figure = check(training.learning_curves(HISTORY))
    loss, accuracy = figure.axes
    np.testing.assert_array_equal(loss.lines[0].get_ydata(), LOSS)
    np.testing.assert_array_equal(loss.lines[1].get_ydata(), VAL)
    np.testing.assert_allclose(accuracy.lines[1].get_ydata(), 1 - np.array(VAL) / 2)
    assert names_beside(loss) == ["validation", "training"] and names_beside(accuracy) == ["training", "validation"]
    mark, drop = loss.lines[2:]
    assert (mark.get_xdata(), mark.get_ydata()) == ([3], [0.55])
    assert list(drop.get_xdata()) == [3, 3] and "falls to 0.01" in accuracy.get_xlabel()
    assert loss.get_title(loc="left") == "loss: best on validation 0.55 in epoch 3"
    assert "best 72.5 % in epoch 3" in figure.alt_text and "falls to 0.01 in epoch 3" in figure.alt_text


def test_many_falls_of_the_learning_rate_are_counted():
    history = [{"epoch": e, "loss": 1 / e, "lr": 0.5 ** e} for e in range(1, 10)]
    figure = check(training.learning_curves(history))
    assert figure.axes[-1].get_xlabel() == "epoch (dotted: learning rate falls 8 times, to 0.00195)"


def test_one_epoch_has_a_whole_number():
    figure = check(training.learning_curves(HISTORY[:1]))
    assert [label.get_text() for label in figure.axes[-1].get_xticklabels()].count("1") == 1
    assert not any("." in label.get_text() for label in figure.axes[-1].get_xticklabels())


def test_learning_curves_make_do_with_the_loss_alone():
    figure = check(training.learning_curves([{"epoch": 0, "loss": 2.0, "val_loss": None}, {"epoch": 1, "loss": 1.0, "val_loss": 1.5}]))
    axis, = figure.axes
    assert len(axis.lines) == 1 and names_beside(axis) == ["training"] and "validation" not in figure.alt_text


def test_compare_runs_names_each_line_at_its_end():
    figure = check(training.compare_runs({"worse": HISTORY[:2], "better": HISTORY}, "loss", log=True))
    axis, = figure.axes
    assert [len(line.get_xdata()) for line in axis.lines] == [2, 4] and axis.get_yscale() == "log"
    assert names_beside(axis) == ["worse", "better"] and axis.get_title(loc="left") == "training loss"
    assert "worse from 1 to 0.5 in epoch 2; better from 1 to 0.2 in epoch 4" in figure.alt_text


def test_many_runs_with_one_end_keep_their_names_apart():
    check(training.compare_runs({f"run {k}": HISTORY for k in range(7)}))


@pytest.mark.parametrize("as_percent", [False, True])
def test_confusion_matrix_writes_every_count_and_names_the_worst(as_percent):
    figure = check(training.confusion_matrix(COUNTS, ["cat", "dog", "automobile"], as_percent))
    axis, = figure.axes
    shares = COUNTS / COUNTS.sum(axis=1, keepdims=True)
    shown = {text.get_position()[::-1]: float(text.get_text()) for text in axis.texts}
    assert shown == {at: round(100 * shares[at]) if as_percent else COUNTS[at] for at in np.ndindex(3, 3) if COUNTS[at]}
    np.testing.assert_allclose(axis.images[0].get_array() ** 2, shares)
    assert [label.get_text() for label in axis.get_yticklabels()] == ["cat", "dog", "automobile"]
    assert "The largest confusions: automobile taken for dog 5 times (25 %); cat taken for dog 2 times (20 %)" in figure.alt_text
    assert "80 % of 40 are right" in figure.alt_text


def test_confusion_matrix_without_confusions_says_so():
    assert "Nothing is confused" in training.confusion_matrix(np.eye(2), ["a", "b"]).alt_text


def test_schedule_plots_the_rates():
    rates = {"step": [0.1, 0.1, 0.01], "warm-up": [0.0, 0.2, 0.1]}
    figure = check(training.schedule([0, 1, 2], rates))
    axis, = figure.axes
    assert [line.get_ydata().tolist() for line in axis.lines] == list(rates.values())
    assert names_beside(axis) == ["warm-up", "step"] and "warm-up from 0, highest 0.2 at epoch 1, to 0.1" in figure.alt_text


def test_loss_surface_draws_the_paths_and_finds_the_lowest_point():
    xs, ys = np.linspace(-1, 3, 41), np.linspace(-2, 2, 21)
    path = np.array([[2.0, 1.5], [1.0, 0.5], [0.5, 0.1]])
    figure = check(training.loss_surface(xs, ys, (xs - 1) ** 2 + ys[:, None] ** 2, {"SGD": path}))
    axis, = figure.axes
    star, line, end, start = axis.lines
    np.testing.assert_allclose(star.get_xydata(), [[1, 0]], atol=1e-12)
    np.testing.assert_array_equal(line.get_xydata(), path)
    assert (start.get_xydata() == path[:1]).all() and (end.get_xydata() == path[-1:]).all()
    assert "lowest, 0, at (1, 0). SGD: 2 steps from (2, 1.5) to (0.5, 0.1)" in figure.alt_text


def test_gradient_histograms_stand_at_their_medians_and_count_zeros():
    gradients = {"conv1": 1e-5 * np.array([0.5, 1, 2, 0.0]), "fc": np.array([[0.05, -0.1], [0.2, 0.1]])}
    figure = check(layers.gradient_histograms(gradients))
    axis, = figure.axes
    medians = [line.get_xdata()[0] for line in axis.lines if line.get_xdata()[0] == line.get_xdata()[1]]
    np.testing.assert_allclose(medians, [-5, -1], atol=1e-12)
    assert [label.get_text() for label in axis.get_yticklabels()] == ["conv1", "fc"]
    assert [text.get_text() for text in axis.texts] == ["25 %", "zeros"]
    assert axis.get_ylim()[0] > axis.get_ylim()[1], "the first layer stands on top"
    assert "conv1 1e−05 (25 % zero), fc 0.1" in figure.alt_text


def test_activation_statistics_plot_spread_and_zeros():
    runs = {"He": {"a": np.array([0, 2.0]), "b": np.array([0, 0, 0, 4.0])},
            "small": {"a": np.array([0.1, 0.3]), "b": np.array([0.01, 0.03])}}
    figure = check(layers.activation_statistics(runs))
    spread, zeros = figure.axes
    np.testing.assert_allclose(spread.lines[0].get_ydata(), [1, np.sqrt(3)])
    np.testing.assert_allclose(spread.lines[1].get_ydata(), [0.1, 0.01])
    np.testing.assert_allclose(zeros.lines[0].get_ydata(), [0.5, 0.75])
    assert spread.get_yscale() == "log" and zeros.get_xlabel() == "layer, from a to b"
    assert "He: 1 in a, 1.73 in b, zeros 50 % and 75 %; small: 0.1 in a, 0.01 in b" in figure.alt_text


def test_activation_statistics_of_a_dead_layer_stay_linear_and_without_zeros_need_one_panel():
    assert layers.activation_statistics({"dead": {"a": np.zeros(3)}}).axes[0].get_yscale() == "linear"
    assert len(layers.activation_statistics({"tanh": {"a": np.array([0.1, 0.5])}}).axes) == 1


@pytest.mark.parametrize(("call", "message"), [
    (lambda: training.learning_curves([]), "history is empty"),
    (lambda: training.learning_curves([{"epoch": 1, "accuracy": 1}]), "the history lacks 'loss'; it has 'epoch' and 'accuracy'"),
    (lambda: training.learning_curves([{"epoch": 1, "loss": np.nan}]), "'loss' of the history holds 1 values that are NaN"),
    (lambda: training.compare_runs({}), "runs is empty"),
    (lambda: training.compare_runs({"a": [{"epoch": 1, "loss": 1}]}), "the history lacks 'val_accuracy'"),
    (lambda: training.confusion_matrix(COUNTS, ["a", "b"]), r"counts must be \(2, 2\) for 2 names, got \(3, 3\)"),
    (lambda: training.confusion_matrix(-COUNTS, ["a", "b", "c"]), "counts must be at least 0"),
    (lambda: training.confusion_matrix(0 * COUNTS, ["a", "b", "c"]), "not all 0"),
    (lambda: training.schedule([1, 2], {}), "rates is empty"),
    (lambda: training.schedule([1, 2], {"a": [1]}), "a has 1 rates for 2 steps"),
    (lambda: training.schedule([1, 2], {"a": [1, -1]}), "must be at least 0, the smallest is -1"),
    (lambda: training.schedule([1, 2], {"a": [1, 0]}, log=True), "must be positive, the smallest is 0"),
    (lambda: training.loss_surface([0, 1], [0, 1, 2], np.ones((2, 3)), {}), r"= \(3, 2\) and at least 2 by 2, got \(2, 3\)"),
    (lambda: training.loss_surface([0, 1], [0, 1], np.ones((2, 2)), {"a": np.ones((4, 3))}),
     r"the path of a must be \(T, 2\), got \(4, 3\)"),
    (lambda: layers.gradient_histograms({}), "gradients is empty"),
    (lambda: layers.gradient_histograms({"a": np.zeros(3)}), "every gradient is exactly zero"),
    (lambda: layers.gradient_histograms({"a": np.array([np.inf])}), "the gradient of a holds 1 values that are NaN or infinite"),
    (lambda: layers.activation_statistics({}), "runs is empty"),
    (lambda: layers.activation_statistics({"a": {"x": [1.0]}, "b": {"y": [1.0]}}),
     r"the layers of 'b' are \['y'\], those of the first run \['x'\]"),
])
def test_what_cannot_be_drawn_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
