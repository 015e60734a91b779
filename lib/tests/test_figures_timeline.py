"""The timeline is in order, its papers and years are those of the references and of the nets' files, its chapters exist."""
import re
from pathlib import Path

import pytest

from convbook import models
from convbook.analyse._published import analysed
from convbook.figures import check, timeline
from convbook.figures.timeline import EVENTS, LATER

CHAPTERS = Path(__file__).parents[2] / "chapters"
KEYS = {key: int(year) for key, year in
        re.findall(r"@\w+\{(\w+),.*?year = \{(\d{4})\}", (CHAPTERS / "references.bib").read_text(encoding="utf-8"), re.DOTALL)}
EVENT = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)


def test_the_events_are_in_the_order_of_their_years():
    order = [event.year for event in EVENTS]
    assert order == sorted(order)
    assert len({event.name for event in EVENTS}) == len({event.paper for event in EVENTS}) == len(EVENTS)


@EVENT
def test_the_chapter_exists_or_is_announced(event):
    assert (CHAPTERS / f"{event.chapter}.md").exists() != (event.chapter in LATER)


@EVENT
def test_the_paper_is_in_the_references_and_its_year_fits(event):
    assert 0 <= KEYS[event.paper] - event.year <= 1
    if event.model:
        heading = models.file_of(event.model).__doc__.splitlines()[0]
        assert int(re.findall(r"\b(?:19|20)\d\d\b", heading.split("(arXiv")[0])[-1]) == KEYS[event.paper], heading


def test_every_mark_stands_at_its_year_and_later_ones_are_hollow():
    figure = check(timeline.years())
    lines = figure.axes[0].lines
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in lines] == [(event.year, row) for row, event in enumerate(EVENTS)]
    assert [line.get_markerfacecolor() == "white" for line in lines] == [event.chapter in LATER for event in EVENTS]
    assert [line.get_marker() == "s" for line in lines] == [event.kind == "idea" for event in EVENTS]
    names = [text.get_text() for text in figure.axes[0].texts]
    assert "AlexNet · 13" in names and "ConvNeXt V2" in names
    box, legend = max((text.get_window_extent().y1, text.get_window_extent().x1) for text in figure.axes[0].get_legend().get_texts())
    assert not [text for text in figure.axes[0].texts if text.get_window_extent().x0 < legend and text.get_window_extent().y0 < box]


def test_the_alt_text_names_every_event_with_its_chapter():
    words = timeline.years().alt_text
    assert words.startswith("35 events on an axis of years from 1960 to 2025")
    assert "2012 AlexNet, chapter 13; 2013 ZFNet, chapter 13" in words
    assert "2023 ConvNeXt V2, a later chapter." in words


def test_the_list_tells_the_years_that_were_asked_for():
    lines = timeline.told(2012, 2013).split("\n")
    assert [re.match(r"- \*\*(\d+), (\w+)\.", line).groups() for line in lines] == [
        ("2012", "dropout"), ("2012", "AlexNet"), ("2013", "ZFNet"), ("2013", "NIN")]
    size = f"`alexnet` has {analysed('alexnet').parameters:,} parameters."
    assert lines[1].endswith(f" {{cite}}`krizhevsky2012`. {size} Told in {{doc}}`13_alexnet`.")
    assert lines[0].endswith(" {cite}`hinton2012dropout`. Told in {doc}`10_dropout`.")
    assert timeline.told(2022, 2022).endswith(" parameters. *A later chapter: ConvNeXt.*")
