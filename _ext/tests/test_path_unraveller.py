"""The figure path-unraveller: its numbers are those of all subsets; it can be used with the keyboard, on a phone, in the dark."""

from itertools import combinations
from math import prod

import numpy as np

TAG = "path-unraveller"


def expected(on, gain):
    """Paths and shares by length, from a list of all ways through the branches that are there."""
    there = [k for k, left in enumerate(on) if left]
    ways = [list(combinations(there, length)) for length in range(len(there) + 1)]
    brought = np.array([sum(prod(gain for _ in way) for way in same) for same in ways], float)
    return [len(same) for same in ways], brought / brought.sum()


def test_counts_and_shares_are_those_of_every_way(figure):
    off = set()
    for block, gain in ((None, 0.5), (3, 1), (0, 0.1), (7, 2), (5, 0), (3, 1.3)):
        if block is not None:
            figure.locator(f"button[data-block='{block}']").click()
            off ^= {block}
        figure.locator("input").fill(str(gain))
        now = figure.evaluate("element => element.state")
        assert now["on"] == [k not in off for k in range(8)] and now["gain"] == gain
        paths, shares = expected(now["on"], gain)
        assert now["paths"] == paths and sum(paths) == 2 ** (8 - len(off))
        np.testing.assert_allclose(now["shares"], shares, atol=1e-12)
        rows = [row.split("\t") for row in figure.locator("tbody tr").all_inner_texts()]
        assert [[int(row[0]), int(row[1]), row[2].strip()] for row in rows] == [
            [k, count, f"{100 * share:.1f}\u00a0%"] for k, (count, share) in enumerate(zip(paths, now["shares"], strict=True))]
        assert figure.locator("svg rect").count() == 8 - len(off)
        words = figure.get_by_role("status").inner_text()
        assert words.startswith(f"{sum(paths)} path") and f"gradient, {shares @ np.arange(len(paths)):.2f}." in words


def test_the_keyboard_alone_reaches_everything(figure, page):
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert figure.evaluate("element => element.state.on[0]") is False
    for _ in range(8):
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert figure.evaluate("element => element.state.gain") == 0.6


def test_axe_finds_nothing_and_it_fits_on_a_phone(alone, axe, page):
    figure = alone(TAG, "dark", 390)
    figure.locator("button[data-block='2']").click()
    assert axe() == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
