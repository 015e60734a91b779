"""The figure piece-counter: its net, its bends and its count are NumPy's, and it can be used with the keyboard, on a phone, in the dark."""

import numpy as np
import pytest

from convbook.figures.why_deep import forward, linear_pieces, zigzag

TAG = "piece-counter"


def choose(figure, units, width, weights):
    figure.locator("input").fill(str(units))
    figure.locator("select[name=width]").select_option(width)
    figure.locator("select[name=weights]").select_option(weights)
    return figure.evaluate("element => element.state")


def layers_of(now):
    return [(np.array(layer["weight"], float), np.array(layer["bias"], float)) for layer in now["layers"]]


@pytest.mark.parametrize("width", ["all", "4", "3", "2"])
def test_folding_nets_are_those_of_the_chapter(figure, width):
    for units in (1, 2, 5, 12):
        now = choose(figure, units, width, "folding")
        assert sum(now["widths"]) == now["units"] == units and max(now["widths"]) <= (units if width == "all" else int(width))
        for ours, shown in zip(zigzag(now["widths"]), layers_of(now), strict=True):
            np.testing.assert_allclose(shown[0], ours[0])
            np.testing.assert_allclose(shown[1], ours[1])
        assert now["pieces"] == np.prod(now["widths"]) == len(linear_pieces(layers_of(now), [0], [1])[0]) - 1
        words = figure.get_by_role("status").inner_text()
        assert f" {now['pieces']} linear piece" in words and f"more than {np.prod(np.add(now['widths'], 1))}" in words
        assert figure.locator("circle").count() == now["pieces"] - 1


def test_random_nets_bend_where_numpy_says(figure):
    seen = set()
    for units, width in ((7, "all"), (12, "4"), (11, "3"), (12, "2")):
        choose(figure, units, width, "random")
        for _ in range(4):
            figure.get_by_role("button", name="Draw again").click()
            now = figure.evaluate("element => element.state")
            layers = layers_of(now)
            t, y = linear_pieces(layers, [0], [1])
            np.testing.assert_allclose(now["t"], t, atol=1e-9)
            np.testing.assert_allclose(now["y"], y, atol=1e-9)
            x = np.linspace(0, 1, 301)
            np.testing.assert_allclose(np.interp(x, now["t"], now["y"]), forward(layers, x[:, None])[:, 0], atol=1e-8)
            seen.add(tuple(now["y"]))
    assert len(seen) == 16, "every draw is another net"


def test_the_keyboard_alone_reaches_everything(figure, page):
    for name in ["units", "width", "weights"]:
        page.keyboard.press("Tab")
        assert figure.evaluate("element => element.shadowRoot.activeElement.name") == name
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert figure.evaluate("element => [element.state.weights, element.state.seed]") == ["random", 1]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowRight")
    assert figure.evaluate("element => element.state.units") == 7


def test_axe_finds_nothing_and_it_fits_on_a_phone(alone, axe, page):
    figure = alone(TAG, "dark", 390)
    for weights in ("folding", "random"):
        choose(figure, 12, "3", weights)
        assert axe() == ""
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
