"""The figure pool-stepper: its numbers are the library's, and it can be used with the keyboard alone, on a phone and in the dark."""
from itertools import product

import numpy as np
import pytest

from convbook.numpy_nn import avg_pool2d, avg_pool2d_backward, max_pool2d, max_pool2d_backward

TAG = "pool-stepper"
POOLS = {"max": (max_pool2d, max_pool2d_backward), "avg": (avg_pool2d, avg_pool2d_backward)}


def state(figure):
    return figure.evaluate("element => element.state")


def choose(figure, **settings):
    for name, value in settings.items():
        figure.locator(f"select[name={name}]").select_option(str(value))


def shown(figure, name):
    rows = figure.locator(f"table[data-name={name}] tr").evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText))")
    return [[float(text) for text in row] for row in rows]


def test_pooled_values_and_gradients_are_those_of_the_library(figure):
    assert state(figure)["x"] == [[2, 2, 0, 4, 3, 4], [0, 0, 5, 0, 4, 1], [4, 5, 2, 5, 1, 4], [5, 2, 1, 0, 2, 1], [2, 3, 3, 3, 5, 3],
                                  [0, 3, 0, 4, 0, 1]]
    now = state(figure)
    for image, operation, kernel, stride, shift in product(("pencil", "random"), POOLS, (2, 3), (1, 2), (0, 1, 2)):
        wanted = {"image": image, "operation": operation, "kernel": kernel, "stride": stride, "shift": shift}
        choose(figure, **{name: value for name, value in wanted.items() if now[name] != value})
        now, (pool, backward) = state(figure), POOLS[operation]
        assert wanted.items() <= now.items()
        original = np.array(now["original"], float)
        x = np.zeros((1, 1, 6, 6))
        x[0, 0, :, shift:] = original[:, :6 - shift]
        y, before = pool(x, kernel, stride), pool(original[None, None], kernel, stride)
        one = np.zeros_like(y)
        one[0, 0, now["row"], now["column"]] = 1
        expected = {"x": x, "pooled": y, "before": before, "fromOne": backward(one, x, kernel, stride),
                    "fromAll": backward(np.ones_like(y), x, kernel, stride)}
        for name, values in expected.items():
            np.testing.assert_allclose(now[name], values[0, 0], atol=1e-12, err_msg=name)
            np.testing.assert_allclose(shown(figure, name), values[0, 0], atol=0.0051, err_msg=name)
        changed = int((abs(y - before) > 1e-9).sum())
        assert now["changedCount"] == changed == figure.locator("td.changed").count()
        assert now["pixelsChanged"] == int((x[0, 0] != original).sum())
        sentence = figure.get_by_role("status").inner_text()
        assert shift == 0 or f"{now['pixelsChanged']} of 36 pixels and {changed} of {y.size} pooled values" in sentence


def test_picking_an_output_shows_where_its_gradient_goes(figure):
    choose(figure, kernel=3, stride=1)
    for row, column in [(0, 3), (3, 0), (2, 2)]:
        figure.locator(f"td button[data-row='{row}'][data-column='{column}']").click()
        now = state(figure)
        one = np.zeros((1, 1, 4, 4))
        one[0, 0, row, column] = 1
        gradient = max_pool2d_backward(one, np.array(now["x"], float)[None, None], 3, 1)[0, 0]
        np.testing.assert_array_equal(now["fromOne"], gradient)
        winner = ", ".join(str(int(part)) for part in np.argwhere(gradient)[0])
        assert figure.get_by_role("status").inner_text().endswith(f"all of its gradient goes to pixel ({winner}).")
    choose(figure, stride=2)
    assert (state(figure)["row"], state(figure)["column"]) == (1, 1), "the picked output must exist after a change of the settings"


def test_the_keyboard_alone_reaches_everything(figure, page):
    for name in ["image", "operation", "kernel", "stride", "shift", "numbers"]:
        page.keyboard.press("Tab")
        assert figure.evaluate("element => element.shadowRoot.activeElement.name") == name
    page.keyboard.press("Tab")
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    assert (state(figure)["row"], state(figure)["column"]) == (2, 1), "an arrow must stop at the edge of the grid"
    page.keyboard.press("Tab")
    assert figure.evaluate("element => element.shadowRoot.activeElement") is None, "the grid must be one tab stop"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert (state(figure)["image"], state(figure)["seed"]) == ("random", 1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_a_phone_is_wide_enough(alone, axe, page, theme):
    choose(alone(TAG, theme, 390), kernel=3, stride=1, operation="avg", shift=1)
    assert axe() == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
