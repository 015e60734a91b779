"""The figure score-lab: its numbers are the library's, and it can be used with the keyboard alone, on a phone and in the dark."""

import numpy as np
import pytest

from convbook import numpy_nn

TAG = "score-lab"


def state(figure):
    return figure.evaluate("element => element.state")


def move(figure, scores):
    for k, score in enumerate(scores):
        figure.locator(f"input[data-class='{k}']").fill(str(score))


def shown(figure, column):
    texts = figure.locator(f"tbody td:nth-child({column})").all_inner_texts()
    return [float(text.replace("−", "-")) for text in texts]


def test_probabilities_losses_and_gradients_are_those_of_the_library(figure):
    cases = [([0, 1, 3, 2], 1, 1), ([10, -10, 10, -10], 3, 0.5), ([2, 1, 0.5, -3], 0, 2), ([4, 4, 4, 4], 2, 10),
             ([-2, 9.5, 8.5, 8], 1, 0.5)]
    for scores, right, temperature in cases:
        move(figure, scores)
        figure.locator("select[name=right]").select_option(str(right))
        figure.locator("select[name=temperature]").select_option(str(temperature))
        now, x, target, one = state(figure), np.array([scores], float), np.array([right]), np.ones(())
        assert (now["scores"], now["right"], now["temperature"]) == (scores, right, temperature)
        gradient = numpy_nn.cross_entropy_backward(one, x / temperature, target)[0] / temperature
        pulls = numpy_nn.hinge_loss_backward(one, x, target)[0]
        np.testing.assert_allclose(now["p"], numpy_nn.softmax(x / temperature, 1)[0], atol=1e-12)
        np.testing.assert_allclose(now["crossEntropy"], numpy_nn.cross_entropy(x / temperature, target), atol=1e-12)
        np.testing.assert_allclose(now["gradient"], gradient, atol=1e-12)
        np.testing.assert_allclose(now["hinge"], numpy_nn.hinge_loss(x, target), atol=1e-12)
        assert now["hingeGradient"] == pulls.tolist()
        np.testing.assert_allclose(shown(figure, 4), now["p"], atol=6e-4)
        np.testing.assert_allclose(shown(figure, 5), gradient, atol=6e-4)
        assert shown(figure, 6) == pulls.tolist()


def test_a_shift_changes_nothing_but_the_scores_and_stops_at_the_ends(figure):
    before = state(figure)
    for name, shift in (("Add 1 to all", 1), ("Take 1 off all", 0)):
        figure.get_by_role("button", name=name).click()
        now = state(figure)
        assert now["scores"] == [score + shift for score in before["scores"]]
        np.testing.assert_allclose(now["p"], before["p"], atol=1e-12)
        assert now["hinge"] == before["hinge"]
    move(figure, [10, 0, 0, 0])
    figure.get_by_role("button", name="Add 1 to all").click()
    assert state(figure)["scores"] == [10, 0, 0, 0]
    figure.get_by_role("button", name="Start again").click()
    assert state(figure) == before


def test_the_sentence_says_when_the_hinge_stops_and_the_cross_entropy_does_not(figure):
    said = figure.get_by_role("status")
    assert said.inner_text().startswith("dog is not ahead.")
    move(figure, [0, 3, 2.5, 0])
    loss = numpy_nn.cross_entropy(np.array([[0, 3, 2.5, 0]]), np.array([1]))
    assert said.inner_text() == f"dog is ahead of the others. Cross-entropy {loss:.3f}, hinge 0.500."
    move(figure, [0, 3, 2, 0])
    assert said.inner_text().endswith("hinge 0.000: the margin of 1 is met, the hinge no longer pulls.")
    assert state(figure)["gradient"][1] < -0.1


def test_the_keyboard_alone_reaches_everything(figure, page):
    for name in ("right", "temperature", "up", "down", "reset"):
        page.keyboard.press("Tab")
        assert figure.evaluate("element => element.shadowRoot.activeElement.name") == name
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert state(figure)["scores"] == [0, 1.5, 3, 2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_it_fits_on_a_phone(alone, axe, page, theme):
    figure = alone(TAG, theme, 390, column=344)
    move(figure, [-10, -10, -10, -10])
    box = figure.evaluate("element => { const b = element.shadowRoot.querySelector('.box'); "
                          "return b.scrollWidth - b.clientWidth; }")
    assert box <= 0 and page.evaluate("document.documentElement.scrollWidth") <= 390
    assert axe() == ""
