"""The figures of pictures show every tile with the pixels it was given, scaled as the heading says."""
import numpy as np
import pytest

from convbook.figures import check, filters

RANDOM = np.random.default_rng(5)
WEIGHT = RANDOM.normal(size=(10, 3, 5, 5)) * np.arange(1, 11)[:, None, None, None]
MAPS = np.maximum(RANDOM.normal(size=(6, 8, 12)), 0)
MAPS[2] = 0
IMAGES = RANDOM.random((5, 3, 10, 10))
PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.2, 0.5, 0.3], [0.25, 0.3, 0.45], [1.0, 0.0, 0.0]])
NAMES = ["cat", "aeroplane that is much too long for a tile", "dog"]


def tiles(figure):
    """The pixels of every tile, in order."""
    return [np.asarray(image.get_array()) for image in figure.axes[0].images]


def written(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def apart(figure):
    """No two tiles overlap, and all stand on the sheet."""
    width, height = figure.get_size_inches()
    boxes = [image.get_extent() for image in figure.axes[0].images]
    for k, (x0, x1, y1, y0) in enumerate(boxes):
        assert 0 <= x0 < x1 <= width + 1e-9 and 0 <= y0 < y1 <= height + 1e-9
        assert not any(min(x1, b[1]) - max(x0, b[0]) > 1e-9 and min(y1, b[2]) - max(y0, b[3]) > 1e-9 for b in boxes[:k])


def test_filters_on_one_scale_keep_their_strength():
    figure = check(filters.first_layer(WEIGHT, columns=4))
    apart(figure)
    bound = np.abs(WEIGHT).max()
    for tile, weight in zip(tiles(figure), WEIGHT, strict=True):
        np.testing.assert_allclose((tile.transpose(2, 0, 1) - 0.5) * 2 * bound, weight, atol=1e-12)
    assert written(figure) == [f"10 filters of 5 × 5, one scale, ±{bound:.3g}", "0", "4", "8"]
    norms = np.sqrt((WEIGHT ** 2).sum(axis=(1, 2, 3)))
    assert f"strongest is filter {norms.argmax()}, norm {norms.max():.3g}" in figure.alt_text


def test_filters_on_their_own_scales_all_reach_black_or_white_and_zero_stays_grey():
    weight = WEIGHT[:3, :1].copy()
    weight[1] = 0
    first, dead, last = tiles(check(filters.first_layer(weight, scale="each")))
    assert max(first.max(), 1 - first.min()) == max(last.max(), 1 - last.min()) == 1
    np.testing.assert_array_equal(dead, 0.5)


def test_feature_maps_stand_under_their_channels():
    figure = check(filters.feature_maps(MAPS, channels=[5, 2, 0], columns=2))
    apart(figure)
    assert written(figure)[1:] == ["5", "2", "0"] and written(figure)[0].startswith("3 of 6 channels, one scale, 0 to")
    high = np.quantile(MAPS[[5, 2, 0]], 0.995)
    for tile, channel in zip(tiles(figure), [5, 2, 0], strict=True):
        np.testing.assert_allclose(tile * high, np.minimum(MAPS[channel], high), atol=1e-12)
    x0, x1, y1, y0 = figure.axes[0].images[0].get_extent()
    assert (x1 - x0) / (y1 - y0) == pytest.approx(12 / 8), "pixels are squares"
    assert "All zero: channels 2." in figure.alt_text


def test_feature_maps_each_on_its_own_scale_use_it_whole():
    assert all(tile.min() == 0 and tile.max() == pytest.approx(1) for tile in tiles(filters.feature_maps(MAPS[:2], scale="each")))


def test_predictions_say_what_is_true_and_how_sure_the_net_is():
    figure = check(filters.predictions(IMAGES, [0, 2, 0, 1, 0], PROBABILITIES, NAMES, top=2))
    apart(figure)
    assert [text for text in written(figure) if text[0] in "✓✗"][:3] == ["✓ cat", "✓ dog", "✗ cat"]
    bars = figure.axes[0].patches
    side = figure.axes[0].images[0].get_extent()[1] - figure.axes[0].images[0].get_extent()[0]
    best = -np.sort(-PROBABILITIES, axis=1)[:, :2]
    np.testing.assert_allclose([bar.get_width() / side for bar in bars], best.ravel(), atol=1e-12)
    assert [written(figure).count(text) for text in ("70 %", "60 %", "50 %")] == [1, 1, 1]
    blue = bars[0].get_facecolor()
    assert bars[2].get_facecolor() == blue != bars[4].get_facecolor(), "the bar of the true class has its own colour"
    assert "3 right" in figure.alt_text and f"cat taken for {NAMES[1]} (50 %)" in figure.alt_text


def test_of_many_predictions_only_the_mistakes_are_read_out():
    labels = [0, 2, 1, 2, 0] * 3
    figure = filters.predictions(np.tile(IMAGES, (3, 1, 1, 1)), labels, np.tile(PROBABILITIES, (3, 1)), NAMES)
    assert figure.alt_text == "15 images with their predictions, 15 right."


def test_maximal_activations_write_the_value_below_its_patch():
    patches, values = RANDOM.random((2, 4, 1, 6, 6)), -np.sort(-RANDOM.random((2, 4)) * 9, axis=1)
    figure = check(filters.maximal_activations(patches, values, ["channel 7", "channel 300"]))
    apart(figure)
    np.testing.assert_array_equal(np.array(tiles(figure)).reshape(2, 4, 6, 6), patches[:, :, 0])
    numbers = [text for text in figure.axes[0].texts if text.get_ha() == "center"]
    assert [float(text.get_text()) for text in numbers] == pytest.approx(values.ravel(), abs=0.05)
    for text, image in zip(numbers, figure.axes[0].images, strict=True):
        x0, x1, bottom, _ = image.get_extent()
        assert x0 < text.get_position()[0] < x1 and 0 < text.get_position()[1] - bottom < 0.25
    assert "channel 7" in written(figure) and f"channel 300 {values[1, 0]:.3g} to" in figure.alt_text


@pytest.mark.parametrize(("call", "message"), [
    (lambda: filters.first_layer(np.zeros((0, 3, 5, 5))), "weight is empty"),
    (lambda: filters.first_layer(np.zeros((4, 2, 5, 5))), "filters of 1 or 3 channels can be shown, these have 2"),
    (lambda: filters.first_layer(WEIGHT, scale="own"), "scale must be 'joint' or 'each', got 'own'"),
    (lambda: filters.feature_maps(MAPS[0]), r"maps must have 3 axes, got an array of shape \(8, 12\)"),
    (lambda: filters.feature_maps(MAPS, channels=[]), "channels is empty"),
    (lambda: filters.feature_maps(MAPS, channels=[0, 6]), r"channels \[6\] are not among the 6 maps"),
    (lambda: filters.feature_maps(MAPS, scale="own"), "scale must be 'joint' or 'each'"),
    (lambda: filters.predictions(IMAGES * 2, [0] * 5, PROBABILITIES, NAMES), "undo the normalisation first"),
    (lambda: filters.predictions(IMAGES[:, :2], [0] * 5, PROBABILITIES, NAMES), "images must have 1 or 3 channels, got 2"),
    (lambda: filters.predictions(IMAGES, [0] * 4, PROBABILITIES, NAMES), r"\(5, 3\) and 5 labels, got \(5, 3\) and 4"),
    (lambda: filters.predictions(IMAGES, [0] * 5, PROBABILITIES * 4, NAMES), "got 0 to 4; use softmax first"),
    (lambda: filters.maximal_activations(IMAGES[None], np.ones((1, 4)), ["a"]), "need values"),
    (lambda: filters.maximal_activations(IMAGES[None] - 1, np.ones((1, 5)), ["a"]), "pixels must lie in 0 ... 1"),
])
def test_what_cannot_be_drawn_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
