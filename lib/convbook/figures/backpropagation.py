"""Pictures of chapter 7: a graph with what travels along its edges, and what checkpoints save."""
import numpy as np
from matplotlib.patches import FancyBboxPatch

from convbook.figures._draw import (
    BLUE,
    GREY,
    ORANGE,
    PALE,
    SMALL,
    WIDTH,
    Picture,
    finite,
    house_style,
    ink,
    not_empty,
    number,
    series,
    sheet,
    wire,
    with_alt,
)

__all__ = ["checkpoints", "graph"]

BOX, TALL, LIFT = 0.92, 0.5, 1.15                           # inches: a node's width and height, from one row to the next


def graph(nodes, gradients=None, title=""):
    """An expression as a graph, inputs on the left: values in the nodes, local derivatives on the edges.

    nodes      list of dicts: "name", "formula" (such as "a · b", "" for a leaf), "at" (column, row), "value", and "inputs",
               {name of an earlier node: derivative of this node by it}
    gradients  {name: gradient} written below the nodes, or None
    returns    Figure

    Raises ValueError if there are no nodes, or a gradient is missing. Chapter 7.
    """
    not_empty("nodes", nodes)
    if gradients is not None and (missing := [node["name"] for node in nodes if node["name"] not in gradients]):
        raise ValueError(f"no gradient for {series(missing)}")
    columns, rows = (1 + max(node["at"][k] for node in nodes) for k in (0, 1))
    step = (WIDTH - BOX - 0.2) / max(columns - 1, 1)
    with house_style():
        figure, axis = sheet(WIDTH, 0.2 + LIFT * rows)
        middle = {node["name"]: (0.1 + BOX / 2 + step * node["at"][0], 0.8 + LIFT * node["at"][1]) for node in nodes}
        axis.text(0.1, 0.2, title, ha="left", va="center", fontweight="bold")
        for node in nodes:
            x, y = middle[node["name"]]
            for source, slope in node["inputs"].items():
                _edge(axis, middle[source], (x, y), number(slope))
            axis.add_patch(FancyBboxPatch((x - BOX / 2, y - TALL / 2), BOX, TALL, boxstyle="round,pad=0,rounding_size=0.08", zorder=3,
                                          facecolor=PALE if node["inputs"] else "white", edgecolor=GREY, linewidth=1.2))
            label = f"{node['name']} = {node['formula']}" if node["formula"] else node["name"]
            axis.text(x, y - 0.11, label, ha="center", va="center", fontsize=SMALL, zorder=4)
            axis.text(x, y + 0.12, number(node["value"]), ha="center", va="center", fontsize=SMALL, fontweight="bold", zorder=4)
            if gradients is not None:
                axis.text(x, y + TALL / 2 + 0.14, f"gradient {number(gradients[node['name']])}", ha="center", va="center",
                          fontsize=SMALL, color=ink(ORANGE), zorder=4)
    words = [_told(node, gradients) for node in nodes]
    return with_alt(figure, f"A graph of {len(nodes)} nodes, from left to right. {' '.join(words)}")


def checkpoints(spacing, kept, evaluations):
    """How many values are kept at most, and how many layers are computed, against the distance of checkpoints in a chain.

    spacing      (K,)  layers from one checkpoint to the next, ascending
    kept         (K,)  largest number of values held at a time
    evaluations  (K,)  layers computed forwards, those that are computed again included
    returns      Figure with two panels

    Raises ValueError if the lengths differ or a value is not finite. Chapter 7.
    """
    spacing, kept, evaluations = (finite(name, values, 1) for name, values in
                                  (("spacing", spacing), ("kept", kept), ("evaluations", evaluations)))
    if not spacing.size == kept.size == evaluations.size:
        raise ValueError(f"{spacing.size} distances, {kept.size} and {evaluations.size} counts; they must be equally many")
    best = int(np.argmin(kept))
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.2))
        left, right = figure.subplots(1, 2)
        left.plot(spacing, kept, marker="o", color=BLUE)
        left.plot(spacing[best], kept[best], "o", markersize=11, fillstyle="none", color=BLUE)
        left.set(title=f"kept: fewest, {number(kept[best])}, at {number(spacing[best])}", ylabel="values kept at most", ylim=(0, None))
        right.plot(spacing, evaluations, marker="s", linestyle="--", color=ORANGE)
        right.set(title=f"computed: at most {number(evaluations.max())}", ylabel="layers computed forwards", ylim=(0, None))
        for axis in (left, right):
            axis.set_xscale("log", base=2)
            axis.set_xticks(spacing[::2], [number(s) for s in spacing[::2]])
            axis.set_xlabel("layers between checkpoints")
    pairs = "; ".join(f"{number(s)}: {number(k)} and {number(e)}" for s, k, e in zip(spacing, kept, evaluations, strict=True))
    return with_alt(figure, f"Left: values kept at most against the number of layers between checkpoints, fewest, {number(kept[best])}, at "
                            f"{number(spacing[best])}. Right: layers computed forwards. Distance: kept and computed. {pairs}.")


def _edge(axis, start, end, slope):
    """An arrow from a node's right side to another's left side, with a number near its head."""
    (x0, y0), (x1, y1) = (start[0] + BOX / 2, start[1]), (end[0] - BOX / 2, end[1])
    wire(axis, [(x0, y0), (x1, y1)], colour=GREY, width=1.2)
    share = 0.5 if y0 == y1 else 0.42
    axis.text(x0 + share * (x1 - x0), y0 + share * (y1 - y0), slope, ha="center", va="center", fontsize=SMALL, color=ink(BLUE), zorder=3,
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})


def _told(node, gradients):
    made = f" = {node['formula']}" if node["formula"] else ""
    slopes = ", derivative " + series(f"{number(slope)} by {source}" for source, slope in node["inputs"].items()) if node["inputs"] else ""
    gradient = f", gradient {number(gradients[node['name']])}" if gradients is not None else ""
    return f"{node['name']}{made} is {number(node['value'])}{slopes}{gradient}."
