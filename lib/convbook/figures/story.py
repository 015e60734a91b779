"""The nets of the course side by side, in the order of their years: what each got wrong, weighs, computes and keeps in memory."""
from typing import NamedTuple

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter

from convbook.analyse._published import analysed
from convbook.figures._draw import GREY, PALE, SMALL, WIDTH, Picture, house_style, series, text_width, with_alt

__all__ = ["growing_chart"]


class Error(NamedTuple):
    """A published error in per cent; top-5 on ImageNet unless it says otherwise.

    kind     "one net" (published weights, one central crop), "entry" (several nets, on ILSVRC's test images) or "MNIST"
    source   who says so
    """

    percent: float
    kind: str
    source: str


class Net(NamedTuple):
    """One row of the chart: a variant of convbook.models, its label, when it became known, its chapter, its errors.

    later_form   the published weights belong to another form of the net, as `source` says
    """

    name: str
    label: str
    year: int
    chapter: str
    errors: tuple[Error, ...] = ()
    later_form: bool = False


def _weights(top5, who="torchvision"):
    return Error(round(100 - top5, 3), "one net", who)


STORY = (
    Net("lenet5_1998", "LeNet-5", 1998, "12_lenet", (Error(0.95, "MNIST", "its paper, without distorted images"),)),
    Net("alexnet", "AlexNet", 2012, "13_alexnet",
        (_weights(79.066, "torchvision, the form of 2014"), Error(15.3, "entry", "its paper, 7 nets")), later_form=True),
    Net("zfnet", "ZFNet", 2013, "13_alexnet", (Error(14.8, "entry", "its paper"),)),
    Net("vgg16", "VGG-16", 2014, "14_vgg", (_weights(90.382), Error(7.3, "entry", "its paper, 7 nets"))),
    Net("vgg19", "VGG-19", 2014, "14_vgg", (_weights(90.876),)),
    Net("nin_imagenet", "NIN", 2013, "15_inception"),
    Net("googlenet", "GoogLeNet", 2014, "15_inception",
        (_weights(89.530, "torchvision, with batch norm"), Error(6.7, "entry", "its paper, 7 nets")), later_form=True),
    Net("inception_v3", "Inception v3", 2015, "15_inception", (_weights(93.450),)),
    Net("inception_v4", "Inception v4", 2016, "15_inception"),
    Net("resnet18", "ResNet-18", 2015, "16_resnet", (_weights(89.078),)),
    Net("resnet50", "ResNet-50", 2015, "16_resnet", (_weights(92.862),)),
    Net("resnet152", "ResNet-152", 2015, "16_resnet", (_weights(94.046), Error(3.57, "entry", "its paper, 6 nets of different depth"))),
)
NEW = "#005A8C"                                       # readable on white and on the pale band
MARKS = {"one net": "o", "entry": "D", "MNIST": "o"}
LEFT, PANEL, FIRST, GAP, LINE = 1.74, 1.02, 1.38, 0.05, 0.26     # inches: names, a panel, the panel of errors, between them, a row


def growing_chart(newest):
    """Error, parameters, MACs and memory of the course's nets up to and with one, by year; those of its chapter stand out.

    newest    a name of STORY: the newest net of a chapter
    returns   Figure with four panels; every axis covers all of STORY, so that a net stays where it was when the chart grows

    Parameters, MACs and memory are computed for one image of the paper's size, 4 bytes a number. Errors are published ones; they
    can be compared only where the marks are the same. Raises ValueError for a name that is not in STORY. Chapters 12 to 16.
    """
    names = [net.name for net in STORY]
    if newest not in names:
        raise ValueError(f"there is no {newest!r} in the chart; its nets are {', '.join(names)}")
    shown = sorted(STORY[:names.index(newest) + 1], key=lambda net: net.year)
    chapter = STORY[names.index(newest)].chapter
    high = LINE * len(shown)
    with house_style():
        figure = Picture(figsize=(WIDTH, high + 1.55))
        figure.set_layout_engine("none")
        panels = []
        left = LEFT
        for title, width in [("top-5 error", FIRST), ("parameters", PANEL), ("MACs", PANEL), ("memory", PANEL)]:
            axis = figure.add_axes((left / WIDTH, 0.92 / (high + 1.55), width / WIDTH, high / (high + 1.55)))
            axis.set_title(title, fontsize=12)
            axis.patch.set_visible(False)
            axis.set(ylim=(len(shown) - 0.5, -0.5), yticks=[])
            axis.spines["left"].set_visible(False)
            panels.append(axis)
            left += width + GAP
        for row, net in enumerate(shown):
            if net.chapter == chapter:
                panels[0].add_patch(Rectangle((0, row - 0.5), (WIDTH - LEFT - 0.05) / FIRST, 1, transform=panels[0].get_yaxis_transform(),
                                              color=PALE, linewidth=0, zorder=0, clip_on=False))
        panels[0].set_yticks(range(len(shown)), [f"{net.label}  {net.year}" for net in shown])
        panels[0].tick_params(axis="y", length=0)
        for label, net in zip(panels[0].get_yticklabels(), shown, strict=True):
            label.set(color="black" if net.chapter == chapter else GREY, fontweight="bold" if net.chapter == chapter else "normal")
        _errors(panels[0], shown, chapter)
        for axis, quantity in zip(panels[1:], ("parameters", "macs", "bytes"), strict=True):
            _costs(axis, shown, chapter, quantity)
        _key(figure, shown, high + 1.55)
        new = [net.label for net in shown if net.chapter == chapter]
        figure.text(0.02 / WIDTH, 1 - 0.2 / (high + 1.55), _heading(new, shown), fontsize=13, va="center")
    return with_alt(figure, _words(shown, new))


def costs(name):
    """Parameters, MACs and bytes of one net's forward pass, for one image of the paper's size."""
    found = analysed(name)
    return {"parameters": found.parameters, "macs": found.macs, "bytes": found.memory * found.bytes_per_number}


def _errors(axis, shown, chapter):
    for row, net in enumerate(shown):
        colour = NEW if net.chapter == chapter else GREY
        for error in net.errors:
            filled = colour if error.kind == "one net" else "white"
            axis.plot(error.percent, row, MARKS[error.kind], color=colour, markerfacecolor=filled, zorder=3, label=error.kind)
            before = error.kind == "entry"
            axis.annotate(_said(error, net), (error.percent, row), (-6 if before else 6, 0), textcoords="offset points",
                          ha="right" if before else "left", va="center_baseline", fontsize=SMALL, color=colour)
        if not net.errors:
            axis.annotate("–", (0, row), va="center_baseline", fontsize=SMALL, color=colour)
    axis.set(xlim=(-8, 37), xticks=[0, 10, 20], xticklabels=["0", "", "20 %"])


def _costs(axis, shown, chapter, quantity):
    everything = [costs(net.name)[quantity] for net in STORY]
    low, high = np.log10(min(everything)) - 0.5, np.log10(max(everything)) + 0.15
    unit = "B" if quantity == "bytes" else ""
    for row, net in enumerate(shown):
        value = costs(net.name)[quantity]
        colour = NEW if net.chapter == chapter else GREY
        axis.plot(value, row, "o", color=colour, zorder=3, clip_on=False)
        text = short(value, unit)
        right = (high - np.log10(value)) / (high - low) * PANEL > text_width(text) + 0.2
        axis.annotate(text, (value, row), (6 if right else -6, 0), textcoords="offset points", ha="left" if right else "right",
                      va="center_baseline", fontsize=SMALL, color=colour)
    axis.set(xscale="log", xlim=(10 ** low, 10 ** high))
    decades = [10 ** power for power in range(int(np.ceil(low)), int(np.floor(high)) + 1)]
    axis.xaxis.set_major_locator(FixedLocator(decades[::max(2, len(decades) - 2)]))
    axis.xaxis.set_minor_locator(FixedLocator(decades))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axis.xaxis.set_minor_formatter(FuncFormatter(lambda value, _: ""))


def _said(error, net):
    if error.kind == "MNIST":
        return f"{error.percent:g}, MNIST"
    return f"{error.percent:.1f}" + ("*" if net.later_form and error.kind == "one net" else "")


def _key(figure, shown, high):
    """What the marks mean, below the panels."""
    drawn = {error.kind for net in shown for error in net.errors}
    lines = [("o", GREY, "one net, one central crop" + (" (* weights of a later form)" if any(net.later_form for net in shown) else "")),
             ("D", "white", "several nets together, as entered in ILSVRC"), ("o", "white", "other data (MNIST): not to be compared")]
    wanted = [line for line, kind in zip(lines, ("one net", "entry", "MNIST"), strict=True) if kind in drawn]
    axis = figure.add_axes((0, 0, 1, 0.62 / high))
    axis.axis("off")
    axis.set(xlim=(0, WIDTH), ylim=(0.62, 0))
    for place, (mark, face, text) in enumerate(wanted):
        axis.plot(0.12, 0.1 + 0.2 * place, mark, color=GREY, markerfacecolor=face)
        axis.text(0.26, 0.1 + 0.2 * place, text, fontsize=SMALL, va="center")


def _heading(new, shown):
    """The new nets; of many the first and the last."""
    labels = series(new) if len(new) < 3 else f"{new[0]} to {new[-1]}"
    return f"{labels} among the nets so far" if len(shown) > len(new) else f"{labels}, where the chart begins"


def short(value, unit=""):
    """A large number in few letters: 60 k, 7.6 M, 138 M, 15 G."""
    power = min(int(np.log10(value)) // 3, 3)
    value = value / 1000 ** power
    digits = f"{value:.1f}".removesuffix(".0") if value < 9.95 else f"{value:.0f}"
    return f"{digits} {'kMG'[power - 1] if power else ''}{unit}".rstrip()


def _words(shown, new):
    rows = []
    for net in shown:
        paid = costs(net.name)
        kinds = {"one net": "one net, central crop", "entry": "several nets, as entered in ILSVRC", "MNIST": "on MNIST, not comparable"}
        wrong = [f"{_said(error, net).split(',')[0]} % error ({kinds[error.kind]}, {error.source})" for error in net.errors]
        rows.append(f"{net.label} {net.year}: {series(wrong) if wrong else 'no error given'}, {short(paid['parameters'])} parameters, "
                    f"{short(paid['macs'])} MACs, {short(paid['bytes'], 'B')}")
    return (f"Four panels share {len(shown)} nets by year: top-5 error on ImageNet, parameters, MACs and memory forward for one image, "
            f"the last three on logarithmic axes. Standing out: {series(new)}. {'; '.join(rows)}.")
