"""Figures of the chapters: pure functions that return a matplotlib Figure, drawn in the house style."""

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
import matplotlib.pyplot as plt


@contextmanager
def house_style() -> Iterator[None]:
    """The course's look while a figure is drawn: `with house_style(): figure, axes = plt.subplots()`.

    plt.style.use("convbook.figures.house") sets the same look for a whole page.
    """
    with plt.style.context("convbook.figures.house"):
        yield
        interactive = matplotlib.is_interactive()    # a notebook's first figure turns it on ...
    matplotlib.interactive(interactive)              # ... and leaving the style must not turn it off: later figures would not show
