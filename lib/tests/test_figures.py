"""The house style, and what every figure keeps to: readable on a phone, alt text, the same bytes every time, nothing left behind."""
import io
from itertools import pairwise

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import rcParams, rcParamsDefault
from matplotlib.colors import to_rgb
from PIL import Image

from convbook.figures import Picture, _draw, blocks, check, filters, functions, house_style, layers, nets, training, with_alt

X = np.linspace(-3, 3, 61)
HISTORY = [{"epoch": e, "loss": 2 / e, "accuracy": 1 - 0.5 / e, "val_loss": 2.1 / e, "val_accuracy": 1 - 0.6 / e, "lr": 0.1}
           for e in (1, 2, 3)]
RANDOM = np.random.default_rng(0)
LAYERS = {"conv1": RANDOM.normal(size=300), "conv2": np.maximum(RANDOM.normal(size=300), 0)}
IMAGES, PROBABILITIES = RANDOM.random((3, 3, 8, 8)), np.array([[0.7, 0.3], [0.4, 0.6], [0.5, 0.5]])
ROWS = [nets.Layer("input", "input", (3, 32, 32)), nets.Layer("conv", "conv", (16, 32, 32), 448), nets.Layer("fc", "linear", (10,), 163850)]
EXAMPLES = {
    functions.activation: (X, np.tanh(X), 1 - np.tanh(X) ** 2, "tanh"),
    functions.activations: (X, {"tanh": (np.tanh(X), 1 - np.tanh(X) ** 2), "relu": (np.maximum(X, 0), (X > 0) * 1.0)}),
    functions.losses: (X, {"cross-entropy": np.log1p(np.exp(-X)), "hinge": np.maximum(0, 1 - X)}),
    functions.temperature: ({1: np.array([0.9, 0.1]), 2: np.array([0.75, 0.25])}, ["cat", "dog"]),
    functions.difference_check: (np.exp, np.e, 1.0, 0.5, "exp"),
    training.learning_curves: (HISTORY,),
    training.compare_runs: ({"SGD": HISTORY, "Adam": HISTORY[:2]},),
    training.confusion_matrix: (np.array([[8, 2], [0, 10]]), ["cat", "dog"]),
    training.schedule: (np.arange(4), {"step": [1, 1, 0.1, 0.1], "constant": [0.5] * 4}),
    training.loss_surface: (X, X, X[:, None] ** 2 + X ** 2, {"SGD": np.array([[2, 2], [1, 1], [0, 0.5]])}),
    layers.gradient_histograms: (LAYERS,),
    layers.activation_statistics: ({"He": LAYERS, "Xavier": LAYERS},),
    filters.first_layer: (RANDOM.normal(size=(10, 3, 5, 5)),),
    filters.feature_maps: (RANDOM.normal(size=(6, 9, 9)),),
    filters.predictions: (IMAGES, [0, 1, 0], PROBABILITIES, ["cat", "dog"]),
    filters.maximal_activations: (IMAGES[None], np.array([[3.0, 2.0, 1.5]]), ["channel 4"]),
    nets.net: (ROWS, "a small net"),
    blocks.block: (("Residual", "3x3 conv, 8", None), "a block"),
}


def example():
    return functions.difference_check(*EXAMPLES[functions.difference_check])


def png(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=60)
    return buffer.getvalue()


def test_every_public_figure_has_an_example():
    public = {getattr(m, name) for m in (functions, training, layers, filters, nets, blocks) for name in m.__all__}
    assert public - {nets.Layer} == set(EXAMPLES)


@pytest.mark.parametrize("draw", EXAMPLES, ids=lambda draw: draw.__name__)
def test_a_figure_is_legible_described_and_the_same_every_time(draw):
    before = dict(rcParams)
    copies = [value.copy() if isinstance(value, np.ndarray) else value for value in EXAMPLES[draw]]
    figure = check(draw(*EXAMPLES[draw]))
    assert isinstance(figure, Picture) and 60 <= len(figure.alt_text) <= 500
    assert figure.get_facecolor() == (1, 1, 1, 1), "dark mode keeps the paper white"
    first = png(figure)
    assert first == png(check(draw(*EXAMPLES[draw])))
    assert plt.get_fignums() == [] and dict(rcParams) == before
    for value, copy in zip(EXAMPLES[draw], copies, strict=True):
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, copy)
    assert Image.open(io.BytesIO(first)).text["Description"] == figure.alt_text


@pytest.mark.parametrize("draw", EXAMPLES, ids=lambda draw: draw.__name__)
def test_a_docstring_says_what_goes_in_what_comes_out_and_what_is_refused(draw):
    for part in ("returns  ", "Raises ", "Chapter"):
        assert part in draw.__doc__, f"{draw.__name__}: {part}"


def test_svg_and_pdf_carry_the_alt_text_and_other_metadata_stays():
    figure = example()
    for kind in ("svg", "pdf"):
        out = io.BytesIO()
        figure.savefig(out, format=kind, metadata={"Title": "a chord"})
        assert (b"exp around x = 1" if kind == "svg" else b"/Subject") in out.getvalue()
        assert b"a chord" in out.getvalue()


def test_a_notebook_can_show_a_picture_without_pyplot():
    assert example()._repr_png_().startswith(b"\x89PNG")


def test_with_alt_puts_the_text_on_one_line_and_refuses_none():
    assert with_alt(Picture(), " two\n  words ").alt_text == "two words"
    with pytest.raises(ValueError, match="alt text is empty"):
        with_alt(Picture(), " ")


@pytest.mark.parametrize(("spoil", "message"), [
    (lambda figure, axis: setattr(figure, "alt_text", ""), "no alt text"),
    (lambda figure, axis: figure.text(0.99, 0.5, "too far right"), "'too far right' leaves the figure"),
    (lambda figure, axis: figure.text(0.01, 0.5, "too far left", ha="right"), "'too far left' leaves the figure"),
    (lambda figure, axis: figure.text(0.5, 0.99, "too high", va="bottom"), "'too high' leaves the figure"),
    (lambda figure, axis: figure.text(0.5, 0.01, "too low", va="top"), "'too low' leaves the figure"),
    (lambda figure, axis: axis.text(0.5, 0.5, "tiny", fontsize=6), "'tiny' has letters of 4"),
    (lambda figure, axis: [axis.text(0.5, 0.5, word, transform=axis.transAxes) for word in ("one", "two")], "'one' and 'two' overlap"),
    (lambda figure, axis: figure.text(0.5, 0.5, "note"), "'note' lies over a panel"),
])
def test_check_names_what_a_reader_would_stumble_over(spoil, message):
    with house_style():
        figure = with_alt(Picture(figsize=(6.4, 3)), "a line")
        axis = figure.subplots()
        axis.plot([0, 1])
    check(figure)
    spoil(figure, axis)
    with pytest.raises(ValueError, match=message):
        check(figure)


@pytest.mark.parametrize(("value", "text"), [(0.25, "0.25"), (-3, "−3"), (1234567, "1,234,567"), (2.14e-5, "2.14e−05"), (-0.0, "0"),
                                             (float("nan"), "not a number"), (float("-inf"), "−infinity")])
def test_numbers_are_written_as_by_hand(value, text):
    assert _draw.number(value) == text


def test_shares_and_lists_are_written_as_by_hand():
    assert [_draw.percent(share) for share in (1, 0.955, 0.0312)] == ["100 %", "95.5 %", "3.1 %"]
    assert [_draw.series(words) for words in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_labels_stand_apart_in_their_order_and_move_no_further_than_needed(places):
    gap = 0.1
    moved = np.array(_draw.spread(places, gap))
    order = np.argsort(places, kind="stable")
    assert np.all(np.diff(moved[order]) >= gap - 1e-6)
    assert moved.min() >= -1e-6 and moved.max() <= 1 + 1e-6
    if np.all(np.diff(np.sort(places)) >= gap):
        np.testing.assert_allclose(moved, places)


def test_coloured_letters_stand_out_from_paper():
    with house_style():
        for entry in rcParams["axes.prop_cycle"]:
            assert 1.05 / (0.05 + _draw._luminance(np.array(_draw.ink(entry["color"])))) >= 4.5
    assert _draw.ink("#000000") == to_rgb("#000000")


def test_a_text_is_cut_to_its_room():
    assert _draw.fit("cat", 1.0) == "cat"
    cut = _draw.fit("a very long name of a class", 1.0)
    assert cut.endswith("…") and _draw.text_width(cut) <= 1.0 < _draw.text_width(cut + " very")


def test_style_holds_only_inside():
    before = rcParams["axes.titlelocation"]
    with house_style():
        assert rcParams["axes.titlelocation"] == "left"
        assert not rcParams["axes.spines.top"]
        assert not rcParams["axes.spines.right"]
    assert rcParams["axes.titlelocation"] == before == rcParamsDefault["axes.titlelocation"]


def test_what_the_first_figure_switches_on_stays_on():
    assert not matplotlib.is_interactive()
    try:
        with house_style():
            matplotlib.interactive(True)
        assert matplotlib.is_interactive()
    finally:
        matplotlib.interactive(False)


def test_letters_are_at_least_8_pixels_on_a_phone():
    with house_style():
        sizes = [rcParams[name] for name in ("font.size", "xtick.labelsize", "ytick.labelsize", "legend.fontsize", "axes.labelsize")]
        assert min(sizes) / 72 * 340 / rcParams["figure.figsize"][0] >= 8


def test_neighbouring_colours_differ_in_grey():
    with house_style():
        colours = [tuple(int(c["color"].lstrip("#")[i:i + 2], 16) for i in (0, 2, 4)) for c in rcParams["axes.prop_cycle"]]
    grey = [0.299 * r + 0.587 * g + 0.114 * b for r, g, b in colours]
    assert len(set(colours)) == len(colours) >= 6
    assert all(abs(a - b) >= 8 for a, b in pairwise(grey))


def test_svg_is_the_same_every_time():
    def svg():
        with house_style():
            figure, axes = plt.subplots()
            axes.plot([0, 1], marker="o")
            axes.set_title("a line")
            out = io.StringIO()
            figure.savefig(out, format="svg", metadata={"Date": None})
            plt.close(figure)
        return out.getvalue()
    assert svg() == svg()
