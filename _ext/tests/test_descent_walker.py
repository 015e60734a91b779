"""The figure descent-walker: its walks are the library's, and it can be used with the keyboard alone, on a phone and in the dark."""

import numpy as np
import pytest

from convbook.numpy_nn import Parameter, optim

TAG = "descent-walker"

SURFACES = {
    "valley": (lambda x, y, k: (x**2 + k * y**2) / 2, lambda x, y, k: (x, k * y)),
    "tilted": (lambda x, y, k: ((x + y)**2 + k * (y - x)**2) / 4, lambda x, y, k: ((x + y - k * (y - x)) / 2, (x + y + k * (y - x)) / 2)),
    "wells": (lambda x, y, k: (x**2 - 1)**2 + 0.3 * x + 2 * y**2, lambda x, y, k: (4 * x * (x**2 - 1) + 0.3, 4 * y)),
}
OPTIMISERS = {
    "sgd": lambda w, lr, mu: optim.SGD([w], lr),
    "momentum": lambda w, lr, mu: optim.SGD([w], lr, momentum=mu),
    "nesterov": lambda w, lr, mu: optim.SGD([w], lr, momentum=mu, nesterov=True),
    "rmsprop": lambda w, lr, mu: optim.RMSprop([w], lr),
    "adam": lambda w, lr, mu: optim.Adam([w], lr, betas=(mu, 0.999)),
}


def state(figure):
    return figure.evaluate("element => element.state")


def choose(figure, **settings):
    for name, value in settings.items():
        figure.locator(f"select[name={name}]").select_option(str(value))


def walked(now):
    """Path and losses of the library's optimiser with the settings of the figure, from the same start, over as many steps."""
    loss, gradient = SURFACES[now["surface"]]
    w = Parameter(np.array(now["path"][0]))
    optimiser = OPTIMISERS[now["rule"]](w, now["lr"], now["mu"])
    path = [w.data.copy()]
    for _ in now["path"][1:]:
        w.grad = np.array(gradient(*w.data, now["condition"]))
        optimiser.step()
        path.append(w.data.copy())
    return path, [loss(*point, now["condition"]) for point in path]


@pytest.mark.parametrize("rule", OPTIMISERS)
def test_every_rule_walks_as_the_library_does(figure, rule):
    for surface, condition, lr in [("valley", 9, 0.05), ("tilted", 30, 0.02), ("wells", 9, 0.01)]:
        choose(figure, surface=surface, rule=rule, lr=lr)
        if surface != "wells":
            choose(figure, condition=condition)
        if rule in ("momentum", "nesterov", "adam"):
            choose(figure, mu=0.8)
        figure.get_by_role("button", name="Run 50 steps").click()
        figure.get_by_role("button", name="Step", exact=True).click()
        now = state(figure)
        assert (now["surface"], now["rule"], now["lr"], len(now["path"])) == (surface, rule, lr, 52)
        path, losses = walked(now)
        np.testing.assert_allclose(now["path"], path, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(now["losses"], losses, rtol=1e-9, atol=1e-9)


def test_it_says_where_the_walker_stands_and_when_it_runs_away(figure):
    assert figure.get_by_role("status").inner_text().startswith("SGD stands at (−5, 1.5), loss 22.6.")
    figure.get_by_role("button", name="Step", exact=True).click()
    assert figure.get_by_role("status").inner_text() == "1 step of SGD: at (−4.75, 0.825), loss 14.3, at the start 22.6."
    choose(figure, lr=0.3)
    assert len(state(figure)["path"]) == 1, "a new setting starts a new walk"
    figure.get_by_role("button", name="Run 50 steps").click()
    assert figure.get_by_role("status").inner_text().endswith("It is running away.")
    assert figure.get_by_role("button", name="Run 50 steps").is_disabled()
    figure.get_by_role("button", name="Reset").click()
    assert len(state(figure)["path"]) == 1


def test_the_keyboard_alone_reaches_everything(figure, page):
    for name in ["surface", "condition", "rule", "lr", "step", "run", "reset"]:
        page.keyboard.press("Tab")
        assert figure.evaluate("element => element.shadowRoot.activeElement.name") == name
        if name == "step":
            page.keyboard.press("Enter")
            assert figure.evaluate("element => element.shadowRoot.activeElement.name") == "step", "a step must not lose the focus"
    assert len(state(figure)["path"]) == 2


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_it_fits_on_a_phone(alone, axe, page, theme):
    figure = alone(TAG, theme, 390)
    for surface in SURFACES:
        choose(figure, surface=surface, rule="momentum")
        figure.get_by_role("button", name="Run 50 steps").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, surface
    assert axe() == ""
