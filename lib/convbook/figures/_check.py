"""What would a reader stumble over? Text that leaves the figure, overlaps or is too small, and missing alt text."""
from itertools import combinations

from matplotlib.text import Text

PHONE, LETTERS = 340, 8                                 # pixels: a figure's width on a phone, and the smallest letters there


def check(figure):
    """Look at a finished figure as a reader would.

    returns  the figure

    Raises ValueError naming every fault: no alt text; text outside the figure, over other text, or (titles and labels) over a
    panel; letters that would be smaller than 8 pixels on a phone.
    """
    found = faults(figure)
    if found:
        raise ValueError("; ".join(found))
    return figure


def faults(figure):
    """The faults that check names, as a list of sentences."""
    found = [] if getattr(figure, "alt_text", "") else ["no alt text: use with_alt"]
    figure.draw_without_rendering()
    texts = [(text, text.get_window_extent()) for text in visible_texts(figure)]
    panels = [axis for axis in figure.axes if axis.axison]
    width, height = figure.bbox.width, figure.bbox.height
    for text, box in texts:
        if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1:
            found.append(f"{text.get_text()!r} leaves the figure")
        pixels = text.get_fontsize() / 72 / figure.get_figwidth() * PHONE
        if pixels < LETTERS:
            found.append(f"{text.get_text()!r} has letters of {pixels:.1f} pixels on a phone")
        for axis in panels:
            inside = text in axis.texts or (axis.get_legend() and text in axis.get_legend().get_texts())
            if not inside and overlap(box, axis.get_window_extent()):
                found.append(f"{text.get_text()!r} lies over a panel")
    for (one, box), (other, other_box) in combinations(texts, 2):
        if overlap(box, other_box):
            found.append(f"{one.get_text()!r} and {other.get_text()!r} overlap")
    return found


def visible_texts(figure):
    """Every text that is drawn; ticks outside the limits and the labels of a panel without axes are not."""
    hidden = set()
    for axis in figure.axes:
        for direction in (axis.xaxis, axis.yaxis):
            low, high = sorted(direction.get_view_interval())
            for tick in [*direction.get_major_ticks(), *direction.get_minor_ticks()]:
                if not axis.axison or not low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                    hidden |= {tick.label1, tick.label2}
            if not axis.axison:
                hidden |= {direction.label, direction.offsetText}
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip() and text not in hidden]


def overlap(one, other, slack=1.0):
    """Do two boxes share more than `slack` pixels both ways?"""
    return min(one.x1, other.x1) - max(one.x0, other.x0) > slack and min(one.y1, other.y1) - max(one.y0, other.y0) > slack
