"""The figure field-walker: fields, strides and ways are the library's; it works by keyboard, on a phone and in the dark."""
import numpy as np
import pytest

from convbook import numpy_nn
from convbook.analyse import analyse

TAG = "field-walker"
STACKS = [[(3, 1, 1)] * 3, [(7, 1, 1)], [(3, 1, 1), (2, 2, 1), (3, 1, 1)], [(5, 2, 1), (3, 1, 2), (1, 1, 1), (3, 1, 1)],
          [(3, 1, 1), (3, 1, 2), (3, 1, 4)], [(2, 2, 2), (3, 2, 1)]]


def state(figure):
    return figure.evaluate("element => element.state")


def build(figure, layers):
    """Make the stack by the menus, as a reader does."""
    figure.locator("select[name=stack]").select_option("seven")
    for at, layer in enumerate(layers):
        if at:
            figure.locator("button[name=add]").click()
        for name, value in zip(("kernel", "stride", "dilation"), layer, strict=True):
            figure.locator(f"select[name={name}][data-layer='{at}']").select_option(str(value))


def expected(layers, output):
    """The net's last row, and the ways: the gradient of one output where all weights are 1."""
    net = numpy_nn.Sequential(**{f"conv{i}": numpy_nn.Conv2d(1, 1, k, s, dilation=d, bias=False) for i, (k, s, d) in enumerate(layers)})
    x = numpy_nn.Parameter(np.zeros((1, 1, 33, 33)))
    for parameter in net.parameters():
        parameter.data = np.ones(parameter.data.shape)
    y = net(x)
    hot = np.zeros(y.shape)
    hot[0, 0, output, output] = 1
    (y * hot).sum().backward()
    return analyse(net, (1, 33, 33)).rows[-1], x.grad[0, 0]


@pytest.mark.parametrize("layers", STACKS)
def test_field_stride_sizes_and_ways_are_those_of_the_library(figure, layers):
    build(figure, layers)
    for output in range(2):
        now = state(figure)
        row, ways = expected(layers, output)
        assert now["output"] == output and [tuple(layer.values()) for layer in now["layers"]] == layers
        assert (now["field"], now["jump"], now["sizes"][-1]) == (row.receptive_field[0], row.stride[0], row.shape[1])
        np.testing.assert_array_equal(np.outer(now["ways"], now["ways"]), ways)
        assert now["start"] == output * now["jump"] == np.nonzero(ways.sum(1))[0][0]
        assert figure.locator(".square rect.seen").count() == np.count_nonzero(ways) == now["seen"] ** 2
        figure.get_by_role("button", name="Output to the right").click()


def test_the_sentence_says_field_and_weights(figure):
    assert figure.get_by_role("status").inner_text() == (
        "Output 0 sees pixels 0 to 6 in both directions: a field of 7 × 7. Its neighbour looks 1 pixel further. "
        "Weights for C channels: 27 C² in the stack, 49 C² in one 7 × 7 filter (44.9\u00a0% fewer).")
    figure.locator("select[name=stack]").select_option("holes")
    assert "It looks at only 25 of these 81 pixels." in figure.get_by_role("status").inner_text()


def test_a_stack_that_does_not_fit_is_refused(figure):
    build(figure, [(7, 2, 4)])
    before = state(figure)
    assert before["field"] == 25
    figure.locator("button[name=add]").click()
    figure.locator("select[name=kernel][data-layer='1']").select_option("7")
    assert state(figure)["layers"][1]["kernel"] == 3, "the old filter stays"
    assert figure.locator("select[name=kernel][data-layer='1']").input_value() == "3"
    assert "more than 33 pixels" in figure.get_by_role("status").inner_text()


def test_the_keyboard_alone_reaches_everything(figure, page):
    names = ["stack", "add", "remove", "next", "kernel", "stride", "dilation"]       # the first output has nothing to its left
    for name in names:
        page.keyboard.press("Tab")
        assert figure.evaluate("element => element.shadowRoot.activeElement.name") == name
    page.keyboard.press("ArrowDown")
    assert state(figure)["layers"][0]["dilation"] == 2
    assert figure.evaluate("element => element.shadowRoot.activeElement.name") == "dilation", "the menu keeps the focus"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_a_phone_has_room(alone, axe, page, theme):
    figure = alone(TAG, theme, width=390)
    build(figure, [(3, 1, 1), (3, 1, 2), (3, 1, 4)])
    assert axe() == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
