"""The first page's pictures are to scale and show what the library computes."""
import numpy as np
import pytest

from convbook.figures import check, landing, story
from convbook.figures.landing import Box

NETS = ["lenet5_1998", "alexnet", "vgg16", "googlenet", "resnet50"]


def test_the_boxes_are_the_layers_of_the_papers():
    assert landing.boxes("alexnet") == [
        Box("image", 3, 227), Box("convolution", 96, 55), Box("convolution", 256, 27), *[Box("convolution", 384, 13)] * 2,
        Box("convolution", 256, 13), *[Box("fully connected", 4096, 1)] * 2, Box("fully connected", 1000, 1)]
    vgg = [box for box in landing.boxes("vgg16") if box.kind == "convolution"]
    assert [box.side for box in vgg] == [224] * 2 + [112] * 2 + [56] * 3 + [28] * 3 + [14] * 3
    modules = [box.channels for box in landing.boxes("googlenet") if box.kind == "filters side by side"]
    assert modules == [256, 480, 512, 512, 512, 528, 832, 832, 1024]
    assert len([box for box in landing.boxes("resnet50") if box.kind == "convolution"]) == 49, "the way along the blocks, not the shortcuts"
    assert Box("convolution", 16, 10) in landing.boxes("lenet5_1998"), "C3 is one layer, although its table makes branches of it"


def test_every_box_of_the_strip_has_the_same_scale():
    figure = check(landing.strip(NETS))
    wanted = [box for name in NETS for box in landing.boxes(name)]
    drawn = figure.axes[0].patches[:len(wanted)]
    heights = np.array([max(0.0042 * box.side, 0.016) for box in wanted])
    np.testing.assert_allclose([patch.get_height() for patch in drawn], heights)
    np.testing.assert_allclose([patch.get_width() for patch in drawn], [0.0105 * box.channels ** 0.5 for box in wanted])
    assert max(patch.get_x() + patch.get_width() for patch in drawn) < 6.4
    lines = {round(patch.get_y() + patch.get_height() / 2, 6) for patch in drawn}
    assert len(lines) == 6, "ResNet-50 needs a second line, the others one each"


def test_nothing_of_the_key_lies_over_a_net():
    figure = landing.strip(NETS)
    count = sum(len(landing.boxes(name)) for name in NETS)
    nets, key = figure.axes[0].patches[:count], figure.axes[0].patches[count:]
    left, low = min(patch.get_x() for patch in key) - 0.15, max(patch.get_y() for patch in key) + 0.7
    assert not [patch for patch in nets if patch.get_x() + patch.get_width() > left and patch.get_y() < low]
    assert [patch.get_width() for patch in key[-3:]] == pytest.approx([0.0105 * channels ** 0.5 for channels in (64, 512, 2048)])


def test_the_strip_says_what_it_shows():
    words = landing.strip(["lenet5_1998", "vgg16"]).alt_text
    assert "VGG-16, 2014: 138 M parameters, 15 G MACs, image, side 224: 1 of 3 channels; convolution, side 224: 2 of 64 channels" in words
    assert "fully connected, side 1: 3 of 1000 to 4096 channels" in words
    with pytest.raises(ValueError, match="no 'vgg_16' in the chart"):
        landing.strip(["vgg_16"])
    with pytest.raises(ValueError, match="names is empty"):
        landing.strip([])
    assert set(NETS) <= {net.name for net in story.STORY}


def test_the_filtered_photograph_shows_its_three_parts():
    photo = np.linspace(0, 1, 30).reshape(5, 6)
    weight, result = np.array([[-1.0, 1.0]] * 2), np.array([[0.5, -0.5], [0.0, 0.0], [0.0, 0.5]])
    figure = check(landing.filtered(photo, weight, result, "a ramp"))
    left, middle, right = figure.axes
    np.testing.assert_array_equal(left.images[0].get_array(), photo)
    np.testing.assert_array_equal(right.images[0].get_array(), result)
    assert right.images[0].get_clim() == (-0.5, 0.5)
    assert [text.get_text() for text in middle.texts] == ["−1", "1"] * 2
    assert "a ramp, 5 × 6 pixels. Middle: the filter −1 1 / −1 1. Right: the sums, 3 × 2: " in figure.alt_text
    assert "33 % of them bright, 17 % dark" in figure.alt_text
    with pytest.raises(ValueError, match="weight must have 2 axes"):
        landing.filtered(photo, weight[0], result, "a ramp")
