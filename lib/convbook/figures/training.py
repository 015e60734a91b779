"""Pictures of a training run: its curves, confusions, learning rates, paths on a loss surface.

A history is a list of rows, one an epoch: {"epoch": 1, "loss": 0.9, "accuracy": 0.7, "val_loss": ..., "val_accuracy": ..., "lr": ...};
"epoch" and "loss" must be there, the others may be missing or None.
"""
import numpy as np
from matplotlib.ticker import MaxNLocator, PercentFormatter

from convbook.figures._draw import (
    BLUE,
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
    percent,
    series,
    with_alt,
)

__all__ = ["compare_runs", "confusion_matrix", "learning_curves", "loss_surface", "schedule"]

QUANTITIES = {"loss": "training loss", "val_loss": "validation loss", "accuracy": "training accuracy",
              "val_accuracy": "validation accuracy", "lr": "learning rate"}


def learning_curves(history):
    """Loss and, if the history has it, accuracy against the epoch, on the training and the validation set.

    history   list of rows (see the module)
    returns   Figure with one or two panels; the best validation epoch is marked, dotted lines mark falls of the learning rate

    Raises ValueError if the history is empty, lacks "epoch" or "loss", or holds NaN. Chapter 11.
    """
    epochs, columns = _table(history)
    kinds = [kind for kind in ("loss", "accuracy") if kind in columns]
    drops = _drops(epochs, columns.get("lr"))
    words = []
    with house_style():
        figure = Picture(figsize=(WIDTH, 0.5 + 2.5 * len(kinds)))
        axes = figure.subplots(len(kinds), 1, squeeze=False, sharex=True)[:, 0]
        for axis, kind in zip(axes, kinds, strict=True):
            for column, colour, style in ((kind, BLUE, "-"), (f"val_{kind}", ORANGE, "--")):
                if column in columns:
                    axis.plot(epochs, columns[column], color=colour, linestyle=style, marker="o", markersize=3)
            title, sentence = _best(epochs, columns, kind)
            words.append(sentence)
            axis.set_title(title)
            if f"val_{kind}" in columns:
                at = _best_row(columns[f"val_{kind}"], kind)
                axis.plot(epochs[at], columns[f"val_{kind}"][at], "o", color=ORANGE, markersize=9, fillstyle="none")
            for epoch, _ in drops:
                axis.axvline(epoch, color="#999999", linestyle=":", linewidth=1.2, zorder=0)
            if kind == "accuracy":
                axis.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        axes[-1].set_xlabel("epoch")
        if drops:
            rates = [number(lr) for _, lr in drops]
            falls = f"to {series(rates)}" if len(rates) <= 3 else f"{len(rates)} times, to {rates[-1]}"
            axes[-1].set_xlabel(f"epoch (dotted: learning rate falls {falls})")
        axes[-1].xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
        label_ends(figure, {axis: [(columns[column][-1], name, colour) for name, column, colour in
                                   (("training", kind, BLUE), ("validation", f"val_{kind}", ORANGE)) if column in columns]
                            for axis, kind in zip(axes, kinds, strict=True)})
    if drops:
        words.append("The learning rate falls to " + series(f"{number(lr)} in epoch {number(epoch)}" for epoch, lr in drops) + ".")
    return with_alt(figure, f"{len(epochs)} epochs of training. {' '.join(words)}")


def compare_runs(runs, column="val_accuracy", log=False):
    """One quantity of several runs against the epoch, each run named beside its line.

    runs      {label: history}   rows as the module says; the runs may differ in length
    column    which of "loss", "accuracy", "val_loss", "val_accuracy", "lr"
    log       a logarithmic vertical axis
    returns   Figure with one panel

    Raises ValueError if there are no runs, or one is empty or lacks the column. Chapter 11.
    """
    not_empty("runs", runs)
    tables = {label: _table(history, ("epoch", column)) for label, history in runs.items()}
    quantity = QUANTITIES.get(column, column)
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.8))
        axis = figure.subplots()
        lines = [axis.plot(epochs, columns[column], linestyle=STYLES[k % 4])[0] for k, (epochs, columns) in enumerate(tables.values())]
        if log:
            logarithmic(axis)
        elif column.endswith("accuracy"):
            axis.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        axis.set(xlabel="epoch", title=quantity)
        axis.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
        ends = [columns[column][-1] for _, columns in tables.values()]
        label_ends(figure, {axis: [(y, label, line.get_color()) for y, label, line in zip(ends, tables, lines, strict=True)]})
    show = percent if column.endswith("accuracy") else number
    words = [f"{label} from {show(columns[column][0])} to {show(columns[column][-1])} in epoch {number(epochs[-1])}"
             for label, (epochs, columns) in tables.items()]
    return with_alt(figure, f"{quantity.capitalize()} of {len(runs)} runs against the epoch: {'; '.join(words)}.")


def confusion_matrix(counts, names, as_percent=False):
    """Which classes are taken for which.

    counts       (K, K) whole numbers: row = true class, column = predicted class
    names        K class names
    as_percent   write each cell as per cent of its row instead of as a count; the shade is the root of the row's share either way
    returns      Figure with one panel; the diagonal is what was right

    Raises ValueError if counts is not square, negative or all zero, or if the names are more or fewer. Chapter 11.
    """
    counts = finite("counts", counts, 2)
    if counts.shape != (len(names), len(names)):
        raise ValueError(f"counts must be ({len(names)}, {len(names)}) for {len(names)} names, got {counts.shape}")
    if counts.min() < 0 or counts.sum() == 0:
        raise ValueError("counts must be at least 0 and not all 0")
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    accuracy = float(np.trace(counts) / counts.sum())
    with house_style():
        figure = Picture(figsize=(WIDTH, 1.2 + 0.47 * len(names)))
        axis = figure.subplots()
        axis.imshow(np.sqrt(shares), cmap="Blues", vmin=0, vmax=1, aspect="auto")      # the root: one confusion in fifty still shows
        for (row, column), count in np.ndenumerate(counts):
            text = f"{100 * shares[row, column]:.0f}" if as_percent else f"{count:.0f}"
            if count:
                colour = "white" if shares[row, column] > 0.3 else "black"
                axis.text(column, row, text, ha="center", va="center", fontsize=SMALL, color=colour)
        axis.set(xticks=range(len(names)), yticks=range(len(names)), xlabel="predicted class", ylabel="true class")
        long = max(map(len, names)) > 4
        axis.set_xticklabels(names, rotation=90 if long else 0)
        axis.set_yticklabels(names)
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
        axis.set_title(f"{percent(accuracy)} right" + (", per cent of each row" if as_percent else f" of {number(counts.sum())}"))
    off = counts * (1 - np.eye(len(names)))
    worst = [np.unravel_index(k, off.shape) for k in np.argsort(-off, axis=None, kind="stable")[:3]]
    words = [f"{names[true]} taken for {names[guess]} {number(off[true, guess])} times ({percent(shares[true, guess])})"
             for true, guess in worst if off[true, guess]]
    said = f"The largest confusions: {'; '.join(words)}." if words else "Nothing is confused."
    return with_alt(figure, f"Confusion matrix of {len(names)} classes, rows the true class, columns the prediction. "
                            f"{percent(accuracy)} of {number(counts.sum())} are right. {said}")


def schedule(steps, rates, unit="epoch", log=False):
    """The learning rate over a run, each schedule named beside its line.

    steps     (K,)
    rates     {name: (K,)}
    log       a logarithmic vertical axis
    returns   Figure with one panel

    Raises ValueError if there are none, if a length differs, or if a rate is negative (or 0 on a logarithmic axis). Chapter 8.
    """
    not_empty("rates", rates)
    steps = finite("steps", steps, 1)
    drawn = {name: finite(f"the rates of {name}", values, 1) for name, values in rates.items()}
    for name, values in drawn.items():
        if values.shape != steps.shape:
            raise ValueError(f"{name} has {values.size} rates for {steps.size} steps")
        if values.min() < 0 or (log and values.min() == 0):
            raise ValueError(f"the rates of {name} must be {'positive' if log else 'at least 0'}, the smallest is {values.min():g}")
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.4))
        axis = figure.subplots()
        lines = [axis.plot(steps, values, linestyle=STYLES[k % 4])[0] for k, values in enumerate(drawn.values())]
        axis.set(xlabel=unit, title="learning rate")
        if log:
            logarithmic(axis)
        ends = [(values[-1], name, line.get_color()) for line, (name, values) in zip(lines, drawn.items(), strict=True)]
        label_ends(figure, {axis: ends})
    words = [f"{name} from {number(values[0])}, highest {number(values.max())} at {unit} {number(steps[np.argmax(values)])}, "
             f"to {number(values[-1])}" for name, values in drawn.items()]
    return with_alt(figure, f"Learning rate from {unit} {number(steps[0])} to {number(steps[-1])}. {'; '.join(words)}.")


def loss_surface(xs, ys, loss, paths, names=("first weight", "second weight")):
    """A loss over two weights as contours, and the ways that optimisers took.

    xs, ys    (W,), (H,)          ascending
    loss      (H, W)              loss[i, j] belongs to (xs[j], ys[i])
    paths     {label: (T, 2)}     the points visited, the start first; what lies outside the map is cut off
    names     of the two weights
    returns   Figure with one panel; a ring marks each start, a dot each end, a star the lowest point of the map

    Raises ValueError if a shape does not fit or a value is not finite. Chapter 8.
    """
    xs, ys, loss = finite("xs", xs, 1), finite("ys", ys, 1), finite("loss", loss, 2)
    if loss.shape != (ys.size, xs.size) or min(loss.shape) < 2:
        raise ValueError(f"loss must be (len(ys), len(xs)) = ({ys.size}, {xs.size}) and at least 2 by 2, got {loss.shape}")
    drawn = {label: finite(f"the path of {label}", path, 2) for label, path in paths.items()}
    for label, path in drawn.items():
        if path.shape[1] != 2:
            raise ValueError(f"the path of {label} must be (T, 2), got {path.shape}")
    i, j = np.unravel_index(int(np.argmin(loss)), loss.shape)
    levels = np.unique(np.quantile(loss, np.linspace(0, 1, 16) ** 1.5))                # as much ink in the valley as on the slopes
    with house_style():
        figure = Picture(figsize=(WIDTH, 4.6))
        axis = figure.subplots()
        if levels.size > 1:
            axis.contourf(xs, ys, loss, levels=levels, cmap="Greys", alpha=0.45)
            axis.contour(xs, ys, loss, levels=levels, colors="#999999", linewidths=0.6)
        axis.plot(xs[j], ys[i], "*", color="black", markersize=13)
        for (label, path), style in zip(drawn.items(), STYLES * len(drawn), strict=False):
            line, = axis.plot(path[:, 0], path[:, 1], linestyle=style, linewidth=1.8, label=label)
            axis.plot(*path[-1], "o", color=line.get_color(), markersize=7)
            axis.plot(*path[0], "o", color=line.get_color(), markersize=10, fillstyle="none")
        axis.set(xlim=(xs[0], xs[-1]), ylim=(ys[0], ys[-1]), xlabel=names[0], ylabel=names[1])
        if drawn:
            figure.legend(loc="outside upper left", ncols=3, handlelength=2.4)
    words = [f"{label}: {len(path) - 1} steps from {_point(path[0])} to {_point(path[-1])}" for label, path in drawn.items()]
    return with_alt(figure, f"Contours of a loss over {names[0]} and {names[1]}, "
                            f"lowest, {number(loss[i, j])}, at {_point((xs[j], ys[i]))}. "
                            f"{'; '.join(words)}{'.' if words else ''}")


def _point(pair):
    return f"({number(pair[0])}, {number(pair[1])})"


def _table(history, needed=("epoch", "loss")):
    """A history as columns: (epochs, {name: (K,) values}) of those that every row has."""
    not_empty("history", history)
    missing = [name for name in needed if any(row.get(name) is None for row in history)]
    if missing:
        raise ValueError(f"the history lacks {series(map(repr, missing))}; it has {series(map(repr, history[0]))}")
    full = [name for name in history[0] if name in QUANTITIES and all(row.get(name) is not None for row in history)]
    columns = {name: finite(f"{name!r} of the history", [row[name] for row in history], 1) for name in {*full, *needed} - {"epoch"}}
    return finite("'epoch' of the history", [row["epoch"] for row in history], 1), columns


def _drops(epochs, rates):
    """(epoch, new rate) where the learning rate falls at once to half or less."""
    if rates is None:
        return []
    return [(epochs[k], rates[k]) for k in range(1, len(rates)) if 0 < rates[k] <= rates[k - 1] / 2]


def _best_row(values, kind):
    return int(np.argmin(values) if kind == "loss" else np.argmax(values))


def _best(epochs, columns, kind):
    """A panel's title and a sentence for the alt text."""
    show = percent if kind == "accuracy" else number
    sentence = f"Training {kind} goes from {show(columns[kind][0])} to {show(columns[kind][-1])}"
    column = f"val_{kind}"
    if column not in columns:
        return f"{kind}: {show(columns[kind][-1])} at the end", f"{sentence}."
    at = _best_row(columns[column], kind)
    best = f"{show(columns[column][at])} in epoch {number(epochs[at])}"
    return f"{kind}: best on validation {best}", f"{sentence}, validation {kind} to {show(columns[column][-1])}, best {best}."
