"""The figures of chapter 1 show what they were given, and the pieces of a ReLU net are counted exactly."""
import numpy as np
import pytest
from matplotlib.colors import to_rgba

from convbook.figures import check
from convbook.figures import why_deep as figures


def random_net(widths, seed, inputs=1):
    rng, layers = np.random.default_rng(seed), []
    for w in [*widths, 1]:
        layers.append((rng.standard_normal((w, inputs)), rng.standard_normal(w)))
        inputs = w
    return layers


@pytest.mark.parametrize("widths", [[1], [2], [7], [2, 2, 2], [3, 3, 3, 3], [5, 4], [2, 3, 1], [2] * 10])
def test_zigzag_lays_a_layers_pieces_over_each_piece_before(widths):
    t, y = figures.linear_pieces(figures.zigzag(widths), [0], [1])
    count = np.prod(widths)
    np.testing.assert_allclose(t, np.arange(count + 1) / count, atol=1e-9)
    np.testing.assert_allclose(y, np.arange(count + 1) % 2, atol=1e-7)


@pytest.mark.parametrize(("widths", "inputs"), [([6], 1), ([5, 4], 1), ([4, 4, 4], 3)])
def test_between_its_pieces_a_net_is_linear_and_at_their_ends_it_bends(widths, inputs):
    rng = np.random.default_rng(1)
    for seed in range(5):
        layers, (start, end) = random_net(widths, seed, inputs), rng.uniform(-3, 3, (2, inputs))
        t, y = figures.linear_pieces(layers, start, end)
        s = np.linspace(0, 1, 2001)
        np.testing.assert_allclose(np.interp(s, t, y), figures.forward(layers, start + s[:, None] * (end - start))[:, 0], atol=1e-8)
        slopes = np.diff(y) / np.diff(t)
        assert (np.abs(np.diff(slopes)) > 1e-9).all()


def test_bends_that_cancel_are_not_counted():
    same = (np.ones((2, 1)), np.array([-0.5, -0.5]))
    t, y = figures.linear_pieces([same, (np.array([[1.0, -1.0]]), np.array([2.0]))], [0], [1])
    assert t.tolist() == [0, 1] and y.tolist() == [2, 2]


def test_patterns_tell_the_quarters_of_the_plane_apart():
    cross = [(np.eye(2), np.zeros(2)), (np.ones((1, 2)), np.zeros(1))]
    at = figures.patterns(cross, np.array([[1.0, 1], [2, 3], [-1, 1], [-1, -1], [1, -1], [-5, -9]]))
    assert at[0] == at[1] and at[3] == at[5] and len(set(at.tolist())) == 4


def test_regions_counts_the_patterns_of_its_grid():
    cross = [(np.eye(2), np.array([0.01, 0.01])), (np.ones((1, 2)), np.zeros(1))]
    one = [(np.eye(2)[:1], np.array([0.01])), (np.ones((1, 1)), np.zeros(1))]
    figure = check(figures.regions({"cross": cross, "line": one}, 1, resolution=40))
    assert [len(np.unique(axis.images[0].get_array())) for axis in figure.axes] == [4, 2]
    assert [axis.get_title(loc="left") for axis in figure.axes] == ["cross:\n4 regions", "line:\n2 regions"]
    assert "cross: 4 regions and line: 2 regions" in figure.alt_text


def test_templates_shows_weights_images_and_scores():
    rng = np.random.default_rng(2)
    weight, images, scores = rng.standard_normal((10, 28, 28)), rng.random((2, 28, 28)), rng.standard_normal((2, 10))
    scores[0, 3], scores[1, 8] = 5, 4
    figure = check(figures.templates(weight, *images, scores, (3, 3, 8)))
    assert len(figure.axes) == 14
    for k, axis in enumerate(figure.axes[:10]):
        np.testing.assert_array_equal(axis.images[0].get_array(), weight[k])
        assert axis.get_title() == str(k) and axis.images[0].get_clim()[0] == -axis.images[0].get_clim()[1]
    for which, said in ((0, 3), (1, 8)):
        image, bars = figure.axes[10 + 2 * which:12 + 2 * which]
        np.testing.assert_array_equal(image.images[0].get_array(), images[which])
        np.testing.assert_allclose([bar.get_width() for bar in bars.patches], scores[which])
        assert image.get_title() == f"taken for {said}"
        assert [k for k, bar in enumerate(bars.patches) if bar.get_facecolor() == to_rgba(figures.ORANGE)] == [said]
    assert "is that of 8" in figure.alt_text


def test_shift_curves_plots_shares():
    curves = {"one": [0.1, 0.9, 0.2], "two": [0.5, 0.6, 0.4]}
    figure = check(figures.shift_curves([-1, 0, 1], curves, guess=0.1))
    axis, = figure.axes
    for line, values in zip(axis.lines, curves.values(), strict=False):
        assert line.get_xdata().tolist() == [-1, 0, 1] and line.get_ydata().tolist() == values
    assert axis.lines[2].get_ydata() == [0.1, 0.1] and {text.get_text() for text in axis.texts} == {"one", "two"}
    assert "one 90 % at 0, 10 % at −1, 20 % at 1" in figure.alt_text


def test_paradigms_says_who_makes_each_step():
    figure = check(figures.paradigms())
    boxes = [text for text in figure.axes[0].texts if text.get_text() in ("rules", "features", "classifier", "edges")]
    assert [text.get_text() for text in boxes].count("classifier") == 3
    assert "hand-made features: features (by hand) and classifier (learned)" in figure.alt_text


def test_interpolation_draws_the_sum_and_its_ramps():
    x, knots = np.linspace(0, 1, 101), np.array([0, 0.5, 1])
    layers = [(np.ones((2, 1)), -knots[:2]), (np.array([[1.0, -3.0]]), np.array([0.25]))]
    figure = check(figures.interpolation(x, x**2, knots, layers))
    above, below = figure.axes
    net = figures.forward(layers, x[:, None])[:, 0]
    np.testing.assert_allclose(above.lines[1].get_ydata(), net)
    np.testing.assert_allclose(sum(line.get_ydata() for line in below.lines[:2]) + 0.25, net)
    assert f"at most {np.abs(x**2 - net).max():.2g} apart" in figure.alt_text


def test_sawteeth_counts_pieces():
    figure = check(figures.sawteeth([1, 2, 3, 4]))
    assert [len(axis.lines[0].get_xdata()) for axis in figure.axes] == [3, 5, 9, 17]
    assert figure.axes[3].get_title(loc="left") == "8 units, 16 pieces" and "16 pieces from 8 units" in figure.alt_text


def test_two_nets_counts_its_nodes():
    figure = check(figures.two_nets(8))
    assert "8 inputs at the bottom, then 4, 2 and 1 nodes" in figure.alt_text
    circles = [patch for patch in figure.axes[0].patches if hasattr(patch, "radius")]
    assert len(circles) == 8 + 7 + 8 + 16 + 1
