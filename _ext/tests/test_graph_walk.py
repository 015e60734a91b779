"""The figure graph-walk: its numbers are those of lib's tape, and it can be used with the keyboard alone, on a phone and in the dark."""
from itertools import pairwise

import numpy as np
import pytest

from convbook.numpy_nn import functional
from convbook.numpy_nn.tape import Tensor

TAG = "graph-walk"
EXPRESSIONS = {
    "twice": lambda a, b, c: (a * b + c) * b,
    "neuron": lambda w, x, b, t: (functional.relu(w * x + b) - t) ** 2,
    "shared": lambda x, w: (w * (w * x)) ** 2,
    "entropy": lambda u, v: (u.exp() + v.exp()).log() - u,
}


def state(figure):
    return figure.evaluate("element => element.state")


def press(figure, name):
    figure.locator(f"button[name={name}]").click()


def number(text):
    return float(text.replace("−", "-"))


def by_the_tape(now):
    """Value of the expression, and the gradients of its leaves."""
    leaves = {name: Tensor(np.array(value, float), requires_grad=True) for name, value in now["leaves"].items()}
    loss = EXPRESSIONS[now["preset"]](**leaves)
    loss.backward()
    return loss.item(), {name: float(leaf.grad) for name, leaf in leaves.items()}


def test_at_the_end_the_leaves_have_the_gradients_of_the_tape(figure):
    for preset, other in [("twice", {"a": "-1.5", "c": "4"}), ("neuron", {"b": "-4"}), ("neuron", {"t": "-2", "w": "3"}),
                          ("shared", {"w": "-0.5"}), ("entropy", {"u": "-3", "v": "0.5"})]:
        figure.locator("select").select_option("shared" if preset != "shared" else "twice")
        figure.locator("select").select_option(preset)
        press(figure, "end")
        for change in ({}, other):
            for name, value in change.items():
                figure.locator(f"input[name={name}]").fill(value)
                figure.locator(f"input[name={name}]").blur()
            now = state(figure)
            assert {name: now["leaves"][name] for name in change} == {name: float(value) for name, value in change.items()}
            assert now["at"] == now["last"] and not any(node["waiting"] for node in now["nodes"])
            value, gradients = by_the_tape(now)
            nodes = {node["name"]: node for node in now["nodes"]}
            np.testing.assert_allclose(now["nodes"][-1]["value"], value, rtol=1e-12)
            for name, gradient in gradients.items():
                np.testing.assert_allclose(nodes[name]["gradient"], gradient, rtol=1e-12, err_msg=f"{preset}, {name}")
                written = figure.locator(f"tr[data-name={name}] td").nth(1).inner_text()
                np.testing.assert_allclose(number(written), gradient, rtol=1e-3, err_msg=f"{preset}, {name} in the table")


def test_each_step_computes_a_node_or_sends_one_message_and_back_undoes_it(figure):
    seen = [state(figure)]
    while seen[-1]["at"] < seen[-1]["last"]:
        press(figure, "step")
        seen.append(state(figure))
    assert [now["computed"] for now in seen[1:4]] == ["p", "s", "f"] and seen[4]["phase"] == "backward" and seen[4]["message"] is None
    sent = [(now["message"]["to"], now["message"]["from"], now["message"]["sends"]) for now in seen[5:]]
    assert sent == [("f", "s", 3), ("f", "b", 5), ("s", "p", 3), ("s", "c", 3), ("p", "a", 9), ("p", "b", 6)]
    for before, now in pairwise(seen[4:]):
        old, new = ({node["name"]: node["gradient"] for node in picture["nodes"]} for picture in (before, now))
        old[now["message"]["from"]] += now["message"]["sends"]
        assert old == new
    for k, now in enumerate(seen[4:]):
        assert {node["name"] for node in now["nodes"] if node["waiting"]} == {name for _, name, _ in sent[k:]}, f"after {k} messages"
    assert figure.get_by_role("status").inner_text().startswith("Backward: p has gradient 3 and sends 3 · 2 = 6 to b. b now has 11")
    press(figure, "back")
    assert state(figure) == seen[-2]


def test_the_keyboard_alone_reaches_everything(figure, page):
    for name in ["preset", "back", "step", "start", "end", "a", "b", "c"]:
        page.keyboard.press("Tab")
        assert figure.evaluate("element => element.shadowRoot.activeElement.name") == name
    figure.locator("input[name=a]").fill("")
    page.keyboard.press("Tab")
    assert state(figure)["leaves"]["a"] == 2, "an empty field must leave the number as it was"
    figure.locator("button[name=step]").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert state(figure)["at"] == 2 and figure.evaluate("element => element.shadowRoot.activeElement.name") == "step"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_a_phone_is_wide_enough(alone, axe, page, theme):
    figure = alone(TAG, theme, 390)
    for preset in EXPRESSIONS:
        figure.locator("select").select_option(preset)
        press(figure, "end")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, preset
        boxes, labels = (figure.locator(f"svg {tag}").evaluate_all("all => all.map(e => e.getBBox().width)") for tag in ("rect", "g text"))
        assert max(labels) <= min(boxes), preset
    assert axe() == ""
