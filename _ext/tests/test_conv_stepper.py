"""The interactive figure of chapter 3: what it shows is what convbook.numpy_nn computes, and it works from the keyboard."""
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from convbook.numpy_nn import conv2d
from convbook.shapes import conv_output_size

SCRIPT = (Path(__file__).parents[2] / "chapters" / "figures" / "conv-stepper.js").read_text(encoding="utf-8")
BLANK = """<!doctype html><html lang="en"><head><title>Stepper</title></head><body><main><h1>Stepper</h1>
<conv-stepper role="group" aria-label="A filter steps over an image"><p>static view</p></conv-stepper></main></body></html>"""
STATE = "document.querySelector('conv-stepper').state"
CHOOSE = """([name, value]) => {
    const control = document.querySelector('conv-stepper').shadowRoot.querySelector(`[name=${name}]`);
    if (typeof value === 'boolean') control.checked = value; else control.value = value;
    control.dispatchEvent(new Event('change'));
}"""

SWEEP = f"""(settings) => settings.map((setting) => {{
    const root = document.querySelector('conv-stepper').shadowRoot;
    for (const [name, value] of Object.entries(setting)) ({CHOOSE})([name, String(value)]);
    root.querySelector('[name=end]').click();
    return [{STATE}, [...root.querySelectorAll('table.output td')].map((cell) => cell.textContent)];
}})"""


@pytest.fixture
def stepper(page):
    def open_it(**media):
        if media:
            page.emulate_media(**media)
        page.set_content(BLANK)
        page.add_script_tag(content=SCRIPT)
        return page
    return open_it


def press(page, name):
    """Click a button, also one that has nothing to do: it must do no harm."""
    page.get_by_role("button", name=name, exact=True).click(force=True)


def choose(page, **choices):
    for name, value in choices.items():
        page.evaluate(CHOOSE, [name, value if isinstance(value, bool) else str(value)])


def expected_output(state):
    """What the library computes from the image and weights that the figure shows; None where it refuses."""
    weight = np.array(state["weights"], dtype=float)
    if state["flipped"]:
        weight = weight[::-1, ::-1].copy()
    image = np.array(state["image"], dtype=float)[None, None]
    try:
        return conv2d(image, weight[None, None], stride=state["stride"], padding=state["padding"], dilation=state["dilation"])[0, 0]
    except ValueError:
        return None


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("name", ["edges, left and right", "edges, top and bottom", "outlines", "sharpen", "sum of the window",
                                  "copy of the left neighbour"])
def test_every_output_of_every_setting_is_the_library_s(stepper, name, flipped):
    page, refused = stepper(), 0
    choose(page, filter=name, flipped=flipped)
    settings = [dict(zip(("stride", "padding", "dilation"), values, strict=True)) for values in product((1, 2, 3), (0, 1, 2), (1, 2, 3))]
    for setting, (state, shown) in zip(settings, page.evaluate(SWEEP, settings), strict=True):
        assert {key: state[key] for key in setting} == setting and state["flipped"] == flipped
        expected = expected_output(state)
        assert state["fits"] == (expected is not None)
        if expected is None:
            refused += 1
            assert state["output"] == shown == [] and state["place"] is None
            continue
        assert state["outputSize"] == list(expected.shape)
        np.testing.assert_array_equal(np.array(state["output"], dtype=float), expected)
        np.testing.assert_array_equal(np.array([text.replace("−", "-") for text in shown], dtype=float), expected.ravel())
    assert refused == 3                                     # six rows, dilation 3, no padding: at each of the three strides


def test_each_step_shows_nine_products_their_sum_and_one_more_output(stepper):
    page = stepper()
    choose(page, stride=2, padding=1, dilation=2)
    expected = expected_output(page.evaluate(STATE))
    for step, (i, j) in enumerate(np.ndindex(expected.shape)):
        state = page.evaluate(STATE)
        assert (state["step"], state["place"]) == (step, [i, j])
        assert state["sum"] == sum(tap["weight"] * tap["pixel"] for tap in state["taps"]) == expected[i, j]
        done = [value for row in state["output"] for value in row if value is not None]
        assert done == expected.ravel()[:step + 1].tolist()
        text = page.locator(".sum").inner_text().replace("−", "-")
        assert text.startswith(f"Place {step + 1} of {expected.size}, row {i}, column {j}:") and text.endswith(f"= {expected[i, j]:g}")
        inside = [tap for tap in state["taps"] if 0 <= tap["row"] < 6 and 0 <= tap["column"] < 7]
        assert all(tap["pixel"] == state["image"][tap["row"]][tap["column"]] for tap in inside)
        on_grid = [tap for tap in state["taps"] if -1 <= tap["row"] <= 6 and -1 <= tap["column"] <= 7]
        assert page.locator("table.image td.touched").count() == len(on_grid) == 9
        press(page, "Step")
    assert page.evaluate(STATE)["step"] == expected.size - 1        # the last step stays where it is
    press(page, "Back")
    assert page.evaluate(STATE)["step"] == expected.size - 2
    press(page, "Start")
    assert page.evaluate(STATE)["step"] == 0


def test_it_shows_the_formula_and_says_when_the_filter_does_not_fit(stepper):
    page = stepper()
    choose(page, padding=1, stride=2)
    assert page.locator(".size").inner_text() == (
        f"Places: rows ⌊(6 + 2 · 1 − 1 · (3 − 1) − 1) / 2⌋ + 1 = {conv_output_size(6, 3, 2, 1)}; "
        f"columns ⌊(7 + 2 · 1 − 1 · (3 − 1) − 1) / 2⌋ + 1 = {conv_output_size(7, 3, 2, 1)}.")
    choose(page, padding=0, dilation=3)
    assert "does not fit: it reaches over 7 pixels, and the image has 6 rows and 7 columns" in page.locator(".sum").inner_text()
    for name in ("Start", "Back", "Step", "Play", "End"):
        button = page.get_by_role("button", name=name, exact=True)
        assert button.get_attribute("aria-disabled") == "true"
        press(page, name)
    assert page.evaluate(STATE)["output"] == []


def test_everything_is_reached_and_done_from_the_keyboard(stepper):
    page = stepper()
    focused = "document.activeElement.shadowRoot?.activeElement?.name || document.activeElement.localName"
    order = []
    for _ in range(10):
        page.keyboard.press("Tab")
        order.append(page.evaluate(focused))
    assert order == ["filter", "stride", "padding", "dilation", "flipped", "start", "back", "forward", "play", "end"]
    page.keyboard.press("Enter")
    assert page.evaluate(STATE)["step"] == 19
    assert page.evaluate(focused) == "end"                          # the focus is not lost at the end of the road
    page.keyboard.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("2.5")
    page.keyboard.press("Tab")
    state = page.evaluate(STATE)
    assert state["weights"][0][0] == 2.5 and state["step"] == 0
    assert page.get_by_label("Filter", exact=True).input_value() == "your own numbers"
    press(page, "End")
    state = page.evaluate(STATE)
    np.testing.assert_allclose(np.array(state["output"], dtype=float), expected_output(state), rtol=1e-12)
    page.get_by_label("Stride").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate(STATE)["stride"] == 2


def test_a_number_typed_into_the_flipped_filter_goes_to_the_tap_it_stands_on(stepper):
    page = stepper()
    choose(page, flipped=True)
    page.get_by_label("weight in row 1, column 3").fill("7")
    page.get_by_label("weight in row 1, column 3").press("Enter")
    state = page.evaluate(STATE)
    assert state["weights"][2][0] == 7 and state["applied"][0][2] == 7


def test_play_runs_to_the_end_and_can_be_stopped(stepper):
    page = stepper()
    page.clock.install()
    press(page, "Play")
    page.clock.run_for(1500)
    assert (page.evaluate(STATE)["step"], page.evaluate(STATE)["playing"]) == (2, True)
    assert page.locator(".sum").get_attribute("aria-live") == "off"
    press(page, "Pause")
    page.clock.run_for(5000)
    assert (page.evaluate(STATE)["step"], page.evaluate(STATE)["playing"]) == (2, False)
    assert page.locator(".sum").get_attribute("aria-live") == "polite"
    press(page, "Play")
    page.clock.run_for(60_000)
    assert (page.evaluate(STATE)["step"], page.evaluate(STATE)["playing"]) == (19, False)


def test_nothing_moves_by_itself_for_readers_who_asked_for_that(stepper):
    page = stepper(reduced_motion="reduce")
    assert page.locator("button[name=play]").is_hidden()
    assert page.locator("button[name=forward]").is_visible()


def test_it_fits_a_phone_and_its_static_view_makes_room(stepper):
    page = stepper()
    page.set_viewport_size({"width": 390, "height": 800})
    choose(page, padding=2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.get_by_text("static view", exact=True).is_hidden()


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(stepper, width):
    page = stepper()
    page.set_viewport_size({"width": width, "height": 900})
    choose(page, padding=1, flipped=True)
    press(page, "Step")
    assert [violation["id"] for violation in Axe().run(page).response["violations"]] == []
