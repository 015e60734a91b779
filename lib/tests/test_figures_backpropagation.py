"""The figures of chapter 7 show what they are given, and what they are given is what the tape computes."""
import numpy as np
import pytest

from convbook.figures import backpropagation as figures
from convbook.figures import check
from convbook.numpy_nn.tape import Tensor

NODES = [{"name": "a", "formula": "", "at": (0, 0), "value": 2, "inputs": {}},
         {"name": "b", "formula": "", "at": (0, 1), "value": -3, "inputs": {}},
         {"name": "p", "formula": "a · b", "at": (1, 0), "value": -6, "inputs": {"a": -3, "b": 2}},
         {"name": "f", "formula": "p + b", "at": (2, 0.5), "value": -9, "inputs": {"p": 1, "b": 1}}]


def gradients():
    a, b = (Tensor(np.array(value), requires_grad=True) for value in (2.0, -3.0))
    (a * b + b).backward()
    return {"a": a.grad, "b": b.grad, "p": 1, "f": 1}


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_a_graph_shows_every_value_slope_and_gradient():
    figure = check(figures.graph(NODES, gradients(), "A title"))
    assert sorted(texts(figure)) == sorted(["A title", "a", "b", "p = a · b", "f = p + b", "2", "−3", "−6", "−9", "−3", "2", "1", "1",
                                            "gradient −3", "gradient 3", "gradient 1", "gradient 1"])
    assert "p = a · b is −6, derivative −3 by a and 2 by b, gradient 1." in figure.alt_text


def test_arrows_point_from_inputs_to_what_was_made_from_them():
    figure = figures.graph(NODES)
    arrows = [patch for patch in figure.axes[0].patches if hasattr(patch, "get_arrowstyle")]
    paths = [arrow._path_original.vertices for arrow in arrows]
    assert len(arrows) == 4 and all(path[0][0] < path[-1][0] for path in paths)
    assert not any(text.startswith("gradient") for text in texts(figure)) and "gradient" not in figure.alt_text


def test_a_graph_refuses_missing_gradients_and_no_nodes():
    with pytest.raises(ValueError, match="no gradient for b and p"):
        figures.graph(NODES, {"a": 1, "f": 1})
    with pytest.raises(ValueError, match="empty"):
        figures.graph([])


def test_checkpoints_draw_both_counts_and_name_the_fewest():
    spacing, kept, evaluations = [1, 2, 4, 8, 16], [17, 11, 9, 11, 17], [31, 30, 28, 24, 16]
    figure = check(figures.checkpoints(spacing, kept, evaluations))
    left, right = figure.axes
    np.testing.assert_array_equal(left.lines[0].get_xydata(), list(zip(spacing, kept, strict=True)))
    np.testing.assert_array_equal(right.lines[0].get_xydata(), list(zip(spacing, evaluations, strict=True)))
    np.testing.assert_array_equal(left.lines[1].get_xydata(), [[4, 9]])
    assert left.get_title(loc="left") == "kept: fewest, 9, at 4" and "4: 9 and 28" in figure.alt_text
    with pytest.raises(ValueError, match="equally many"):
        figures.checkpoints(spacing, kept[:-1], evaluations)
