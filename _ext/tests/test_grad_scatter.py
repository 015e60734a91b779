"""The figure grad-scatter: its numbers are the library's, and it can be used with the keyboard alone, on a phone and in the dark."""
from itertools import product

import numpy as np
import pytest

from convbook.numpy_nn import conv2d, conv2d_backward

TAG = "grad-scatter"


def state(figure):
    return figure.evaluate("element => element.state")


def choose(figure, **settings):
    for name, value in settings.items():
        figure.locator(f"select[name={name}]").select_option(str(value))


def shown(figure, name):
    """The numbers of one grid, as they stand on the screen."""
    rows = figure.locator(f"table[data-name={name}] tr").evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText))")
    return [[int(text.replace("−", "-")) for text in row] for row in rows]


def expected(now, grad_y):
    """The library's gradients for the picture and the filter that the figure shows."""
    x, weight = np.array(now["x"], float)[None, None], np.array(now["weight"], float)[None, None]
    settings = {"stride": now["stride"], "padding": now["padding"]}
    assert conv2d(x, weight, **settings).shape[2:] == np.shape(now["gradY"])
    grad_x, grad_weight, grad_bias = conv2d_backward(np.array(grad_y, float)[None, None], x, weight, np.zeros(1), **settings)
    return {"gradX": grad_x[0, 0].tolist(), "gradWeight": grad_weight[0, 0].tolist(), "gradBias": grad_bias[0]}


@pytest.mark.parametrize(("size", "kernel"), list(product((3, 4, 5), (2, 3))))
def test_all_gradients_are_those_of_the_library(figure, size, kernel):
    choose(figure, size=size, kernel=kernel, mode="pixel")
    for stride, padding in product((1, 2, 3), (0, 1, 2)):
        choose(figure, stride=stride, padding=padding)
        now = state(figure)
        assert (now["size"], now["kernel"], now["stride"], now["padding"]) == (size, kernel, stride, padding)
        assert len(now["x"]) == size and len(now["weight"]) == kernel
        for name, values in expected(now, now["gradY"]).items():
            assert now[name] == values, (name, stride, padding)
            assert shown(figure, name) == (values if name != "gradBias" else [[values]]), (name, stride, padding)
        figure.get_by_role("button", name="New numbers").click()
        assert state(figure)["x"] != now["x"]


def test_it_opens_with_the_example_of_the_page(figure):
    now = state(figure)
    assert now["x"] == [[2, 0, 1], [1, 3, 0], [0, 1, 2]] and now["weight"] == [[1, 2], [-1, 3]] and now["gradY"] == [[1, 2], [0, -1]]


@pytest.mark.parametrize("settings", [{"size": 4, "kernel": 2}, {"size": 4, "kernel": 3, "stride": 2, "padding": 1}])
def test_each_output_adds_its_share_and_the_last_completes_the_sum(figure, settings):
    choose(figure, **settings)
    places = state(figure)["places"]
    for n in range(places**2):
        now = state(figure)
        assert (now["row"], now["column"], now["counted"]) == (n // places, n % places, n + 1)
        so_far = np.where(np.arange(places**2).reshape(places, places) <= n, now["gradY"], 0)
        for name, values in expected(now, so_far).items():
            assert now[name] == values, (n, name)
        assert shown(figure, "gradX") == now["gradX"] and shown(figure, "gradWeight") == now["gradWeight"]
        figure.get_by_role("button", name="Next").click()
    assert state(figure)["counted"] == 1


@pytest.mark.parametrize("mode", ["output", "pixel", "weight"])
def test_the_products_on_the_screen_add_up_to_the_gradient(figure, mode):
    choose(figure, size=4, kernel=3, padding=1, mode=mode)
    side = {"output": 4, "pixel": 4, "weight": 3}[mode]
    for row, column in product(range(side), repeat=2):
        figure.locator(f"td button[data-row='{row}'][data-column='{column}']").click()
        now = state(figure)
        products = [int(text.replace("−", "-")) for text in figure.locator(".terms td b").all_inner_texts()]
        if mode == "output":
            only = np.zeros_like(now["gradY"])
            only[row, column] = now["gradY"][row][column]
            alone = expected(now, only)
            assert sum(products) == np.sum(alone["gradX"]) + np.sum(alone["gradWeight"])
        else:
            full = expected(now, now["gradY"])
            gradient = full["gradX" if mode == "pixel" else "gradWeight"][row][column]
            assert sum(products) == gradient
            assert figure.get_by_role("status").inner_text().endswith(f"= {gradient:.0f}.".replace("-", "−"))


def test_a_pixel_that_no_window_reaches_says_so(figure):
    choose(figure, size=4, kernel=3, stride=2, mode="pixel")
    figure.locator("td button[data-row='3'][data-column='3']").click()
    assert figure.get_by_role("status").inner_text() == "No window reaches pixel (3, 3). Its gradient is 0."
    assert figure.locator(".terms td b").count() == 0


def test_the_keyboard_alone_reaches_everything(figure, page):
    for name in ["mode", "size", "kernel", "stride", "padding", "previous", "next", "numbers"]:
        page.keyboard.press("Tab")
        assert figure.evaluate("element => element.shadowRoot.activeElement.name") == name
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    now = state(figure)
    assert (now["row"], now["column"]) == (1, 1)
    assert figure.evaluate("element => element.shadowRoot.activeElement.getAttribute('aria-pressed')") == "true"
    page.keyboard.press("ArrowDown")
    assert state(figure)["row"] == 1, "an arrow must stop at the edge of the grid"
    page.keyboard.press("Tab")
    assert figure.evaluate("element => element.shadowRoot.activeElement") is None, "the grid must be one tab stop"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert state(figure)["seed"] == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("mode", ["output", "pixel", "weight"])
def test_axe_finds_nothing(alone, axe, page, theme, mode):
    page.emulate_media(reduced_motion="reduce")
    choose(alone(TAG, theme), padding=1, size=4, mode=mode)
    assert axe() == ""


def test_the_largest_setting_fits_on_a_phone(alone, page):
    figure = alone(TAG, width=390)
    for mode in ("output", "pixel", "weight"):
        choose(figure, size=5, kernel=2, padding=2, mode=mode)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, mode
