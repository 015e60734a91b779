"""Figures of the chapters: pure functions that return a matplotlib Figure, drawn in the house style."""
import matplotlib.pyplot as plt


def house_style():
    """The course's look while a figure is drawn: `with house_style(): figure, axes = plt.subplots()`.

    returns  a context manager; plt.style.use("convbook.figures.house") sets the same look for a whole page
    """
    return plt.style.context("convbook.figures.house")
