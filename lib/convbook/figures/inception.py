"""The figures of chapter 15: what the lines of a module cost, how wide modules are, gradients with heads, a smoothed loss."""
import numpy as np

from convbook.figures._draw import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SMALL,
    STYLES,
    WIDTH,
    Picture,
    finite,
    house_style,
    label_ends,
    logarithmic,
    not_empty,
    number,
    series,
    with_alt,
)

__all__ = ["costs", "gradients", "smoothing", "widths"]

COLOURS, HATCHES = (BLUE, ORANGE, GREEN, "#CC79A7"), ("", "///", "...", "xxx")


def costs(panels):
    """What each line of a layer costs, as bars on one scale.

    panels    {title: {line: MACs}}
    returns   Figure, the panels one below the other; each title tells the sum

    Raises ValueError if there are no panels, or one has no lines.
    """
    not_empty("panels", panels)
    for title, lines in panels.items():
        not_empty(title, lines)
    largest = max(max(lines.values()) for lines in panels.values()) / 1e6
    sums = {title: sum(lines.values()) / 1e6 for title, lines in panels.items()}
    with house_style():
        figure = Picture(figsize=(WIDTH, sum(0.65 + 0.32 * len(lines) for lines in panels.values()) + 0.35))
        heights = [len(lines) + 1 for lines in panels.values()]
        axes = figure.subplots(len(panels), 1, squeeze=False, sharex=True, height_ratios=heights)[:, 0]
        for axis, (title, lines), colour, hatch in zip(axes, panels.items(), COLOURS, HATCHES, strict=False):
            values = [macs / 1e6 for macs in lines.values()]
            axis.barh(range(len(lines)), values, color=colour, hatch=hatch, edgecolor="white", height=0.7)
            for k, value in enumerate(values):
                axis.text(value + 0.01 * largest, k, f"{value:,.1f}", va="center", ha="left", fontsize=SMALL)
            axis.set(title=f"{title}: {sums[title]:,.1f} million", xlim=(0, 1.15 * largest), ylim=(len(lines) - 0.4, -0.6))
            axis.set_yticks(range(len(lines)), list(lines))
            axis.tick_params(axis="y", length=0)
            axis.grid(visible=False, axis="y")
        axes[-1].set_xlabel("million MACs")
    words = "; ".join(f"{title}, together {sums[title]:,.1f}: " + series(f"{line} {macs / 1e6:,.1f}" for line, macs in lines.items())
                      for title, lines in panels.items())
    return with_alt(figure, f"Bars of million MACs, line by line. {words}.")


def widths(modules):
    """How many channels each branch of each module gives, one on top of the other, and the sum above.

    modules   {module: {branch: channels}}, the same branches in all
    returns   Figure

    Raises ValueError if there are none, or a module has other branches than the first.
    """
    not_empty("modules", modules)
    branches = list(next(iter(modules.values())))
    for name, parts in modules.items():
        if list(parts) != branches:
            raise ValueError(f"the branches of {name} are {list(parts)}, those of the first module {branches}")
    counts = np.array([[parts[branch] for branch in branches] for parts in modules.values()])
    ends = counts.cumsum(axis=1)
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.7))
        axis = figure.subplots()
        for k, branch in enumerate(branches):
            axis.bar(range(len(modules)), counts[:, k], bottom=ends[:, k] - counts[:, k], color=COLOURS[k % 4], hatch=HATCHES[k % 4],
                     edgecolor="white", width=0.75, label=branch)
        for k, end in enumerate(ends[:, -1]):
            axis.text(k, end + 0.01 * ends.max(), f"{end:,}", ha="center", va="bottom", fontsize=SMALL)
        axis.set_xticks(range(len(modules)), list(modules))
        axis.set(xlabel="module", ylabel="channels out", ylim=(0, 1.1 * ends.max()),
                 title="No branch is wider than 3x3, and the depth grows slowly")
        axis.grid(visible=False, axis="x")
        figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=min(len(branches), 4), frameon=False)
    words = "; ".join(f"{name} {end:,} ({', '.join(f'{branch} {parts[branch]}' for branch in branches)})"
                      for (name, parts), end in zip(modules.items(), ends[:, -1], strict=True))
    return with_alt(figure, f"Stacked bars of the channels that come out of {len(modules)} modules: {words}.")


def gradients(names, runs, title):
    """The size of a gradient in each part of a net, on a logarithmic scale, a line for each run.

    names     of the parts, first part first
    runs      {label: (parts,) sizes}, all above 0
    returns   Figure

    Raises ValueError if there are none, a run has not one size for each part, or a size is not above 0.
    """
    not_empty("runs", runs)
    places = range(len(names))
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.4))
        axis = figure.subplots()
        ends = []
        for k, (label, sizes) in enumerate(runs.items()):
            values = finite(label, sizes, 1)
            if len(values) != len(names) or values.min() <= 0:
                raise ValueError(f"{label} needs a size above 0 for each of {len(names)} parts, got {values}")
            line, = axis.plot(places, values, linestyle=STYLES[k % 4], marker="os^D"[k % 4], markersize=5)
            ends.append((values[-1], label, line.get_color()))
        logarithmic(axis)
        axis.set_xticks(places, names)
        axis.set(title=title, xlabel="part of the net, from the image upwards", ylabel="norm of the gradient")
        label_ends(figure, {axis: ends})
    words = "; ".join(f"{label}: " + ", ".join(f"{name} {number(size, 2)}" for name, size in zip(names, sizes, strict=True))
                      for label, sizes in runs.items())
    return with_alt(figure, f"{title}. Norm of the gradient, part by part. {words}.")


def smoothing(shares, classes=10, largest=8.0):
    """The loss against the lead of the right class, for several shares of label smoothing; a ring marks the smallest.

    shares    epsilon of each line, the first of them perhaps 0
    classes   K; all wrong classes have the same score
    largest   the lead at the right edge
    returns   Figure
    """
    not_empty("shares", shares)
    lead = np.linspace(0, largest, 401)
    wrong = -np.log(np.exp(lead) + classes - 1)                         # log-probability of each wrong class
    words, ends = [], []
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.4))
        axis = figure.subplots()
        for k, share in enumerate(shares):
            rest = share / classes
            loss = -(1 - share + rest) * (wrong + lead) - (classes - 1) * rest * wrong
            line, = axis.plot(lead, loss, linestyle=STYLES[k % 4])
            best = int(loss.argmin())
            ends.append((loss[-1], f"ε = {share:g}", line.get_color()))
            if 0 < best < len(lead) - 1:
                axis.plot(lead[best], loss[best], marker="o", markersize=9, markerfacecolor="white", markeredgecolor=line.get_color(),
                          markeredgewidth=2)
                words.append(f"ε = {share:g} is smallest, {number(loss[best])}, at a lead of {number(lead[best], 2)}")
            else:
                words.append(f"ε = {share:g} falls all the way to {number(loss[-1], 2)}")
        axis.axhline(0, color=GREY, linewidth=0.8)
        axis.set(xlabel="lead of the right class's score over the others", ylabel="loss", ylim=(-0.1, None),
                 title="With smoothing there is a lead that is large enough")
        label_ends(figure, {axis: ends})
    return with_alt(figure, f"Loss against the lead of the right class from 0 to {largest:g}, {classes} classes: {'; '.join(words)}.")
