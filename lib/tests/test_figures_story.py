"""The chart that grows shows what analyse computes and the published errors, and says so."""
import re

import pytest

from convbook import models
from convbook.analyse._published import analysed
from convbook.figures import check, story

TOP5 = {"AlexNet": 79.066, "VGG-16": 90.382, "VGG-19": 90.876, "GoogLeNet": 89.530, "Inception v3": 93.450, "ResNet-18": 89.078,
        "ResNet-50": 92.862, "ResNet-152": 94.046}                          # torchvision's tables
ENTRIES = {"AlexNet": 15.3, "ZFNet": 14.8, "VGG-16": 7.3, "GoogLeNet": 6.7, "ResNet-152": 3.57}
LAST = story.STORY[-1].name


def rows(axis):
    return [label.get_text().rsplit("  ", 1)[0] for label in axis.get_yticklabels()]


def drawn(figure, panel):
    """{net: [(value, label of its mark)]} of one panel."""
    names, found = rows(figure.axes[0]), {}
    for line in figure.axes[panel].lines:
        found.setdefault(names[int(line.get_ydata()[0])], []).append((line.get_xdata()[0], line.get_label()))
    return found


def test_costs_are_those_that_analyse_computes():
    figure = check(story.growing_chart(LAST))
    for panel, quantity in enumerate((lambda a: a.parameters, lambda a: a.macs, lambda a: 4 * a.memory), start=1):
        assert {name: values[0][0] for name, values in drawn(figure, panel).items()} == {
            net.label: quantity(analysed(net.name)) for net in story.STORY}
        assert figure.axes[panel].get_xscale() == "log"
    assert [text.get_text() for text in figure.axes[1].texts][4:6] == ["138 M", "144 M"]
    assert "61 MB" in [text.get_text() for text in figure.axes[3].texts]


def test_errors_are_the_published_ones_each_kind_with_its_mark():
    errors = drawn(story.growing_chart(LAST), 0)
    single = {name: value for name, marks in errors.items() for value, kind in marks if kind == "one net"}
    assert single == pytest.approx({name: 100 - top5 for name, top5 in TOP5.items()})
    assert {name: value for name, marks in errors.items() for value, kind in marks if kind == "entry"} == ENTRIES
    assert errors["LeNet-5"] == [(0.95, "MNIST")]
    lines = story.growing_chart(LAST).axes[0].lines
    marks = {(line.get_label(), line.get_marker(), line.get_markerfacecolor() == "white") for line in lines}
    assert len({mark[1:] for mark in marks}) == 3 == len({mark[0] for mark in marks})


@pytest.mark.parametrize("newest", ["lenet5_1998", "zfnet", "vgg19", "inception_v4", LAST])
def test_the_chart_grows_and_its_chapter_stands_out(newest):
    figure = check(story.growing_chart(newest))
    number = [net.name for net in story.STORY].index(newest)
    assert sorted(rows(figure.axes[0])) == sorted(net.label for net in story.STORY[:number + 1])
    years = [int(label.get_text()[-4:]) for label in figure.axes[0].get_yticklabels()]
    assert years == sorted(years)
    bold = [label.get_text().rsplit("  ", 1)[0] for label in figure.axes[0].get_yticklabels() if label.get_fontweight() == "bold"]
    assert bold == [net.label for net in story.STORY[:number + 1] if net.chapter == story.STORY[number].chapter]
    assert len(figure.axes[0].patches) == len(bold)
    assert figure.axes[1].get_xlim() == story.growing_chart(LAST).axes[1].get_xlim(), "a net moved when the chart grew"


def test_the_alt_text_tells_every_row():
    words = story.growing_chart("vgg19").alt_text
    assert "Standing out: VGG-16 and VGG-19." in words
    assert "VGG-16 2014: 9.6 % error (one net, central crop, torchvision) and 7.3 % error (several nets" in words
    assert "138 M parameters, 15 G MACs, 61 MB" in words
    assert "LeNet-5 1998: 0.95 % error (on MNIST, not comparable" in words
    assert "ResNet" not in words


def test_the_rows_are_nets_of_the_library_known_by_the_year_of_their_paper():
    for net in story.STORY:
        paper = models.file_of(net.name).__doc__.splitlines()[0]
        assert 0 <= int(re.findall(r"\b(?:19|20)\d\d\b", paper)[-1]) - net.year <= 1, f"{net.label}: {paper}"


@pytest.mark.parametrize(("value", "text"), [(60_000, "60 k"), (7_595_176, "7.6 M"), (6_998_552, "7 M"), (15_470_264_320, "15 G")])
def test_large_numbers_in_few_letters(value, text):
    assert story.short(value) == text


def test_an_unknown_net_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"no 'vgg_16' in the chart; its nets are lenet5_1998, .*resnet152"):
        story.growing_chart("vgg_16")
