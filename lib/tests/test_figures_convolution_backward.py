"""The figures of chapter 4 show what the library computes."""
import numpy as np

from convbook.figures import check
from convbook.figures import convolution_backward as figures
from convbook.numpy_nn import conv2d_backward

X = np.array([[2.0, 0.0, 1.0], [1.0, 3.0, 0.0], [0.0, 1.0, 2.0]])
WEIGHT = np.array([[1.0, 2.0], [-1.0, 3.0]])
GRAD_Y = np.array([[1.0, 2.0], [0.0, -1.0]])


def backward(grad_y):
    grad_x, grad_weight, grad_bias = conv2d_backward(grad_y[None, None], X[None, None], WEIGHT[None, None], np.zeros(1))
    return grad_x[0, 0], grad_weight[0, 0], grad_bias[0]


def written(axis):
    """The numbers in a panel's squares, row by row; None where a square is empty."""
    rows, columns = sorted({p.get_y() for p in axis.patches}), sorted({p.get_x() for p in axis.patches})
    texts = {(round(t.get_position()[1]), round(t.get_position()[0])): float(t.get_text().replace("−", "-")) for t in axis.texts}
    return [[texts.get((r, c)) for c in range(len(columns))] for r in range(len(rows))]


def test_one_output_sends_back_the_shares_that_the_library_computes():
    figure = figures.one_output(X, WEIGHT, GRAD_Y, 0, 1)
    panels = [written(axis) for axis in figure.axes]
    alone = np.zeros_like(GRAD_Y)
    alone[0, 1] = GRAD_Y[0, 1]
    grad_x, grad_weight, grad_bias = backward(alone)
    assert panels == [X.tolist(), WEIGHT.tolist(), GRAD_Y.tolist(), grad_x.tolist(), grad_weight.tolist(), [[grad_bias]]]
    assert "the window of the output in row 0, column 1 tinted" in figure.alt_text
    assert figure.alt_text.endswith("To the image 0 2 4 / 0 −2 6 / 0 0 0; to the filter 0 2 / 6 0; to the bias 2.")


def test_one_output_tints_its_window_and_nothing_else():
    axis = figures.one_output(X, WEIGHT, GRAD_Y, 1, 0).axes[0]
    tinted = {(round(p.get_y() + 0.5), round(p.get_x() + 0.5)) for p in axis.patches if p.get_facecolor()[:3] != (1.0, 1.0, 1.0)}
    assert tinted == {(1, 0), (1, 1), (2, 0), (2, 1)}


def test_the_stamps_add_up_to_the_gradient_of_the_image():
    figure = figures.stamps(WEIGHT, GRAD_Y)
    panels = {axis.get_title(loc="left"): np.array(written(axis)) for axis in figure.axes}
    total = panels.pop("their sum")
    assert list(panels) == ["1 × filter", "2 × filter", "0 × filter", "−1 × filter"]
    np.testing.assert_array_equal(sum(panels.values()), backward(GRAD_Y)[0])
    np.testing.assert_array_equal(total, backward(GRAD_Y)[0])
    assert figure.alt_text.endswith("the gradients are 1 2 / 0 −1. A last grid holds their sum: 1 4 4 / −1 0 4 / 0 1 −3.")


def test_the_two_matrices_are_transposes_and_leave_zeros_empty():
    matrix = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 2.0]])
    figure = figures.matrix_and_transpose(matrix)
    left, right = [written(axis) for axis in figure.axes]
    assert left == [[1.0, 2.0, None], [None, 1.0, 2.0]]
    assert right == [list(column) for column in zip(*left, strict=True)]
    assert [(axis.get_xlabel(), axis.get_ylabel()) for axis in figure.axes] == [("pixel", "output"), ("output", "pixel")]
    assert "2 rows, the outputs, and 3 columns, the pixels, row by row: 1 2 0 / 0 1 2; " in figure.alt_text


def test_error_curve_draws_every_line_and_marks_its_smallest_error():
    steps, errors = np.array([1e-3, 1e-2, 1e-1]), {"one-sided": [3e-3, 1e-3, 2e-2], "central": [1e-6, 2e-5, 3e-3]}
    figure = figures.error_against_step(steps, errors)
    axis, = figure.axes
    curves, marks = axis.lines[::2], axis.lines[1::2]
    for curve, mark, values in zip(curves, marks, errors.values(), strict=True):
        np.testing.assert_array_equal(curve.get_ydata(), values)
        assert mark.get_ydata()[0] == min(values) and mark.get_xdata()[0] == steps[np.argmin(values)]
    assert [text.get_text() for text in axis.get_legend().get_texts()] == list(errors)
    assert axis.get_xscale() == axis.get_yscale() == "log"
    assert len({curve.get_linestyle() for curve in curves}) == 2
    assert "one-sided 0.003 at the smallest nudge, lowest 0.001 at a nudge of 0.01, 0.02 at the largest; central 1e−06" in figure.alt_text


def drawings():
    return [figures.one_output(X, WEIGHT, GRAD_Y, 0, 1), figures.stamps(WEIGHT, GRAD_Y), figures.matrix_and_transpose(WEIGHT),
            figures.error_against_step([0.1, 1.0], {"central": [1.0, 2.0]})]


def test_every_figure_has_a_title_and_is_drawn_the_same_twice():
    for first, second in zip(drawings(), drawings(), strict=True):
        check(first)
        titles = [first.get_suptitle(), first.axes[0].get_title(loc="left")]
        assert any(len(title) > 20 for title in titles), titles
        assert first._repr_png_() == second._repr_png_()
