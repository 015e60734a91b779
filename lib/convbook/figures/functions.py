"""Pictures of functions: activations with their flat parts, losses, softmax temperature, a finite difference."""
import numpy as np

from convbook.figures._draw import (
    BLUE,
    GREY,
    ORANGE,
    PALE,
    SMALL,
    STYLES,
    WIDTH,
    Picture,
    finite,
    house_style,
    label_ends,
    not_empty,
    number,
    percent,
    series,
    with_alt,
)
from convbook.gradcheck import numerical_gradient, relative_error, verdict

__all__ = ["activation", "activations", "difference_check", "losses", "temperature"]


def activation(x, y, slope, name, flat=0.05):
    """An activation and its derivative side by side; shaded where the unit is saturated.

    x, y, slope   (K,)   where, the function there, its derivative there; x ascending
    flat          a tail is saturated where |slope| stays below this to the edge of the picture
    returns       Figure with two panels

    Raises ValueError if an array is empty, not finite or of another length. Chapter 6.
    """
    x, y, slope = _curve(x, y, slope)
    tails = _tails(x, slope, flat)
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.0))
        axes = figure.subplots(1, 2)
        for axis, values, colour, title in [(axes[0], y, BLUE, name), (axes[1], slope, ORANGE, "its derivative")]:
            _shade(axis, tails)
            axis.plot(x, values, color=colour)
            axis.set(xlim=(x[0], x[-1]), xlabel="x")
            axis.set_title(title)
            _pad(axis, values)
        for low, high in tails:
            if high - low > 0.12 * (x[-1] - x[0]):
                axes[1].text((low + high) / 2, 0.55, "saturated", rotation=90, transform=axes[1].get_xaxis_transform(),
                             ha="center", va="center", fontsize=SMALL)
    return with_alt(figure, f"Left: {name} for x from {number(x[0])} to {number(x[-1])}, {_range(x, y)}. "
                            f"Right: its derivative, {_range(x, slope)}. "
                            f"{_tail_words(x, tails)} Saturated means: a derivative smaller than {number(flat)}.")


def activations(x, curves, flat=0.05, columns=2, limits=(-1.5, 2.5)):
    """Several activations on one scale, each with its derivative; shaded where they are saturated.

    x         (K,)                    ascending
    curves    {name: (y, slope)}      each (K,)
    flat      as in `activation`
    limits    what lies beyond is cut off: on ReLU's scale a sigmoid would look flat
    returns   Figure, one panel a function

    Raises ValueError if there are none, or as `activation` does. Chapter 6.
    """
    not_empty("curves", curves)
    drawn = {name: _curve(x, *pair) for name, pair in curves.items()}
    x = next(iter(drawn.values()))[0]
    rows = -(-len(drawn) // columns)
    with house_style():
        figure = Picture(figsize=(WIDTH, 0.6 + 1.95 * rows))
        axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
        for axis in axes.flat[len(drawn):]:
            axis.set_visible(False)
        for axis, (name, (_, y, slope)) in zip(axes.flat, drawn.items(), strict=False):
            shaded = _shade(axis, _tails(x, slope, flat))
            curve, = axis.plot(x, y, color=BLUE)
            derivative, = axis.plot(x, slope, color=ORANGE, linestyle="--")
            axis.set_title(name)
            axis.xaxis.set_tick_params(labelbottom=True)
        _pad(axes[0, 0], np.clip(np.concatenate([np.concatenate([y, slope]) for _, y, slope in drawn.values()]), *limits))
        axes[0, 0].set_xlim(x[0], x[-1])
        figure.legend([curve, derivative, shaded], ["function", "derivative", "saturated"], loc="outside upper left", ncols=3)
    words = [f"{name}: derivative {number(slope.min())} to {number(slope.max())}. {_tail_words(x, _tails(x, slope, flat))}"
             for name, (_, _, slope) in drawn.items()]
    return with_alt(figure, f"{len(drawn)} activations and their derivatives for x from {number(x[0])} to {number(x[-1])}, "
                            f"saturated where the derivative is smaller than {number(flat)}. {' '.join(words)}")


def losses(scores, curves, xlabel="score of the right class minus the best other", ylabel="loss"):
    """Losses against the score, each named beside its line.

    scores    (K,)             ascending
    curves    {name: (K,)}     the loss at each score
    returns   Figure with one panel

    Raises ValueError if there are no curves or an array is empty, not finite or of another length. Chapter 6.
    """
    not_empty("curves", curves)
    drawn = {name: _curve(scores, values)[1] for name, values in curves.items()}
    scores = finite("scores", scores, 1)
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.6))
        axis = figure.subplots()
        if scores[0] < 0 < scores[-1]:
            axis.axvline(0, color=PALE, linewidth=1.5, zorder=0)
        lines = [axis.plot(scores, values, linestyle=STYLES[k % 4])[0] for k, values in enumerate(drawn.values())]
        axis.set(xlim=(scores[0], scores[-1]), xlabel=xlabel, ylabel=ylabel)
        _pad(axis, np.concatenate(list(drawn.values())))
        ends = [(values[-1], name, line.get_color()) for line, (name, values) in zip(lines, drawn.items(), strict=True)]
        label_ends(figure, {axis: ends})
    middle = int(np.argmin(np.abs(scores)))
    places = sorted({0, middle, len(scores) - 1})
    words = [f"{name}: {series(f'{number(values[k])} at {number(scores[k])}' for k in places)}" for name, values in drawn.items()]
    return with_alt(figure, f"{ylabel.capitalize()} against the {xlabel}. {'; '.join(words)}.")


def temperature(probabilities, names):
    """Softmax of the same scores at several temperatures, one panel of bars each.

    probabilities   {temperature: (K,)}   each adds up to 1
    names           K class names
    returns         Figure, one panel a temperature, in the order given

    Raises ValueError if there are none, if they do not add up to 1, or if the names are more or fewer. Chapter 6.
    """
    not_empty("probabilities", probabilities)
    rows = {T: finite(f"probabilities at temperature {T}", values, 1) for T, values in probabilities.items()}
    for T, values in rows.items():
        if len(values) != len(names):
            raise ValueError(f"{len(names)} names for {len(values)} probabilities at temperature {T}")
        if abs(values.sum() - 1) > 1e-3 or values.min() < 0:
            raise ValueError(f"probabilities at temperature {T} must add up to 1, got {values.sum():g}; use softmax first")
    with house_style():
        figure = Picture(figsize=(WIDTH, 1.3 + 0.32 * len(names)))
        axes = figure.subplots(1, len(rows), squeeze=False, sharey=True)[0]
        for axis, (T, values) in zip(axes, rows.items(), strict=True):
            axis.barh(range(len(names)), values, color=BLUE, height=0.7)
            for k, value in enumerate(values):
                axis.text(value + 0.04, k, f"{100 * value:.0f} %", va="center", fontsize=SMALL)
            axis.set(xlim=(0, 1.55), xticks=[], yticks=range(len(names)), yticklabels=names)
            axis.spines.bottom.set_visible(False)
            axis.tick_params(length=0)
            axis.set_title(f"T = {T:g}")
        axes[0].invert_yaxis()
    words = [f"T = {T:g}: " + series(f"{name} {percent(value)}" for name, value in zip(names, values, strict=True))
             for T, values in rows.items()]
    return with_alt(figure, f"Bars: softmax of the same scores at {len(rows)} temperatures. {'. '.join(words)}.")


def difference_check(f, slope, x, h, name="f"):
    """A function near x, the tangent by its derivative, and the chord that the finite difference takes for it.

    f         function of an array, elementwise
    slope     the derivative at x that is to be checked
    x, h      where, and the nudge: large enough to see, as 0.5
    returns   Figure with one panel; its title gives both slopes, their relative error, and the error and verdict of a small nudge

    Raises ValueError if h is not positive or f is not finite around x. Chapter 4.
    """
    if not h > 0:
        raise ValueError(f"the nudge h must be positive, got {h}")
    around = np.linspace(x - 2.5 * h, x + 2.5 * h, 201)
    curve = finite(f"{name} around {x:g}", f(around), 1)
    ends = finite(f"{name} at {x:g} ± {h:g}", f(np.array([x - h, x + h])), 1)
    middle = float(np.ravel(f(np.array([x])))[0])
    difference = (ends[1] - ends[0]) / (2 * h)
    small = float(numerical_gradient(lambda at: np.ravel(f(at))[0], np.array([x], dtype=float))[0])
    error, small_error = (relative_error(np.array(float(slope)), np.array(got)) for got in (difference, small))
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.9))
        axis = figure.subplots()
        axis.plot(around, curve, color=GREY)
        tangent, chord = middle + slope * (around - x), ends.mean() + difference * (around - x)
        axis.plot(around, tangent, color=BLUE, linewidth=1.6)
        axis.plot(around, chord, color=ORANGE, linewidth=1.6, linestyle="--")
        axis.plot([x - h, x + h], ends, "o", color=ORANGE)
        axis.plot([x], [middle], "o", color=BLUE)
        axis.set_xticks([x - h, x, x + h], [f"x − h\n{number(x - h)}", f"x\n{number(x)}", f"x + h\n{number(x + h)}"])
        _pad(axis, np.concatenate([curve, tangent, chord]))
        axis.set_xlim(around[0], around[-1])
        axis.set_title(f"tangent {number(slope, 4)}, chord {number(difference, 4)}: relative error {number(error, 2)}\n"
                       f"with a nudge of 1e−5: {number(small_error, 2)}, {verdict(small_error)}", fontsize=SMALL + 1)
        label_ends(figure, {axis: [(curve[-1], name, GREY), (tangent[-1], "tangent", BLUE), (chord[-1], "chord", ORANGE)]})
    return with_alt(figure, f"{name} around x = {number(x)}, its tangent and the chord through x − h and x + h, h = {number(h)}. "
                            f"Slope by the derivative {number(slope, 4)}, by the finite difference {number(difference, 4)}; "
                            f"relative error {number(error, 2)}. "
                            f"With a nudge of 1e−5 it is {number(small_error, 2)}: {verdict(small_error)}.")


def _curve(x, *columns):
    arrays = [finite("x", x, 1), *(finite("a curve", column, 1) for column in columns)]
    for array in arrays[1:]:
        if array.shape != arrays[0].shape:
            raise ValueError(f"x has {arrays[0].size} values, a curve {array.size}")
    if np.any(np.diff(arrays[0]) <= 0):
        raise ValueError("x must be ascending")
    return arrays


def _tails(x, slope, flat):
    """Intervals at the edges of x where |slope| stays below flat; the whole line is one."""
    steep = np.flatnonzero(np.abs(slope) >= flat)
    if steep.size == 0:
        return [(x[0], x[-1])]
    tails = [(x[0], x[steep[0] - 1])] if steep[0] > 1 else []
    return tails + ([(x[steep[-1] + 1], x[-1])] if steep[-1] < len(x) - 2 else [])


def _tail_words(x, tails):
    if not tails:
        return "Nowhere saturated."
    if tails == [(x[0], x[-1])]:
        return "Saturated everywhere."
    sides = [f"below {number(high)}" if low == x[0] else f"above {number(low)}" for low, high in tails]
    return f"Saturated {series(sides)}."


def _range(x, y):
    low, high = int(np.argmin(y)), int(np.argmax(y))
    return f"from {number(y[low])} at {number(x[low])} to {number(y[high])} at {number(x[high])}"


def _shade(axis, tails):
    spans = [axis.axvspan(low, high, color=PALE, linewidth=0, zorder=0) for low, high in tails]
    axis.axhline(0, color="#BBBBBB", linewidth=0.8, zorder=0.5)
    return spans[0] if spans else axis.axvspan(0, 0, color=PALE, linewidth=0, zorder=0)


def _pad(axis, values):
    """Limits a little beyond the values."""
    low, high = float(np.min(values)), float(np.max(values))
    margin = 0.06 * (high - low or 1.0)
    axis.set_ylim(low - margin, high + margin)

