"""The figures of data show the pictures they were given and say what was drawn, above each and in the alt text."""
import io
import re

import numpy as np
import pytest
from matplotlib.image import AxesImage

from convbook import augment
from convbook.figures import check, data

PHOTO = np.random.default_rng(0).uniform(0.3, 0.7, (3, 40, 50))
GREY = PHOTO[:1]
VALUES, VECTORS = augment.colour_pca(PHOTO[None])
X, Y = np.random.default_rng(1).random((7, 3, 8, 8)), [0, 2, 1, 1, 0, 2, 2]


def rng():
    return np.random.default_rng(3)


DRAW = {
    "examples": lambda: data.examples(X, Y, ("cat", "dog", "frog")),
    "pad_and_crop": lambda: data.pad_and_crop(PHOTO, rng(), 6),
    "flip": lambda: data.flip(PHOTO, rng()),
    "random_resized_crop": lambda: data.random_resized_crop(PHOTO, rng()),
    "pca_colour": lambda: data.pca_colour(PHOTO, rng(), VALUES, VECTORS, 5),
    "colour_jitter": lambda: data.colour_jitter(PHOTO, rng()),
    "mixup": lambda: data.mixup(np.stack([PHOTO, PHOTO[::-1]]), ("cat", "dog"), rng(), 1.0),
}
VERSIONS = [name for name in DRAW if name not in ("examples", "mixup")]


def pictures(figure):
    return [image.get_array() for image in figure.findobj(AxesImage)]


def titles(figure):
    return [ax.get_title(loc="left") for ax in figure.axes]


def png(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def test_all_figures_are_here():
    assert sorted(DRAW) == data.__all__


@pytest.mark.parametrize("name", DRAW)
def test_a_reader_stumbles_over_nothing_and_the_bytes_are_the_same(name):
    assert png(check(DRAW[name]())) == png(DRAW[name]())


@pytest.mark.parametrize("name", VERSIONS)
def test_the_photograph_and_eight_versions_with_their_draws(name):
    figure = DRAW[name]()
    shown, words = pictures(figure), titles(figure)
    assert len(shown) == 9 and words[0] == "the photograph"
    np.testing.assert_array_equal(shown[0], PHOTO.transpose(1, 2, 0))
    assert all(picture.shape == (40, 50, 3) for picture in shown)
    assert figure.alt_text.startswith("A photograph of 40 by 50 pixels and eight versions of it, ")
    assert figure.alt_text.endswith(f": {'; '.join(words[1:])}.")


@pytest.mark.parametrize("name", ["pad_and_crop", "flip", "random_resized_crop", "colour_jitter"])
def test_grey_photographs_too(name):
    figure = check(getattr(data, name)(GREY, rng(), *([6] if name == "pad_and_crop" else [])))
    assert all(picture.shape == (40, 50) for picture in pictures(figure))


def versions(figure):
    return np.stack(pictures(figure)[1:]).transpose(0, 3, 1, 2), titles(figure)[1:]


def test_pad_and_crop_says_how_far_the_picture_moved():
    shown, words = versions(data.pad_and_crop(PHOTO, rng(), (6, 9)))
    for image, text in zip(shown, words, strict=True):
        vertical, down, horizontal, right = re.fullmatch(r"(up|down) (\d+), (left|right) (\d+)", text).groups()
        down, right = int(down) * (1 if vertical == "down" else -1), int(right) * (1 if horizontal == "right" else -1)
        expected = np.zeros_like(PHOTO)
        expected[:, max(down, 0):40 + min(down, 0), max(right, 0):50 + min(right, 0)] = PHOTO[
            :, max(-down, 0):40 + min(-down, 0), max(-right, 0):50 + min(-right, 0)]
        np.testing.assert_array_equal(image, expected)
    assert len(set(words)) > 4
    assert data.pad_and_crop(PHOTO, rng(), (6, 9)).get_suptitle() == "pad by 6 and 9 and crop"


def test_flip_says_which_are_mirrored():
    figure = data.flip(PHOTO, rng())
    shown, words = versions(figure)
    assert {"mirrored", "as it is"} == set(words)
    for image, text in zip(shown, words, strict=True):
        np.testing.assert_array_equal(image, PHOTO[..., ::-1] if text == "mirrored" else PHOTO)
    assert f"{words.count('mirrored')} of them mirrored left to right" in figure.alt_text


def test_random_resized_crop_says_how_large_the_part_was():
    shown, words = versions(data.random_resized_crop(PHOTO, rng()))
    boxes = augment.random_boxes(8, (40, 50), rng())
    assert words == [f"{100 * h * w / 2000:.0f} %, {h} × {w}" for _, _, h, w in boxes]
    np.testing.assert_array_equal(shown, augment.resized_crop(np.repeat(PHOTO[None], 8, axis=0), boxes, (40, 50)))


def test_pca_colour_says_the_shift():
    shown, words = versions(DRAW["pca_colour"]())
    for image, text in zip(shown, words, strict=True):
        numbers = [int(n) for n in re.fullmatch(r"R ([+-]\d+) G ([+-]\d+) B ([+-]\d+)", text.replace("−", "-")).groups()]
        np.testing.assert_allclose(100 * (image - PHOTO).mean(axis=(1, 2)), numbers, atol=0.51)
    clipped = pictures(data.pca_colour(PHOTO, rng(), VALUES, VECTORS, 200))
    assert min(map(np.min, clipped)) == 0 and max(map(np.max, clipped)) == 1


def test_colour_jitter_says_the_factors():
    shown, words = versions(DRAW["colour_jitter"]())
    for image, text in zip(shown, words, strict=True):
        factors = [[float(factor)] for factor in text.removeprefix("× ").split(" × ")]
        np.testing.assert_allclose(image, augment.scale_colours(PHOTO[None], *factors)[0], atol=0.01)


def test_mixup_shows_both_and_says_the_shares():
    figure = DRAW["mixup"]()
    shown = pictures(figure)
    assert len(shown) == 10
    np.testing.assert_array_equal(shown[1], PHOTO[::-1].transpose(1, 2, 0))
    shares = augment.random_shares(8, rng(), 1.0)
    for picture, share in zip(shown[2:], shares, strict=True):
        np.testing.assert_allclose(picture, share * shown[0] + (1 - share) * shown[1])
        assert f"{100 * share:.0f} % cat" in figure.alt_text
    assert [text.get_text() for text in figure.axes[0].texts][1:4] == ["cat", "dog", f"{100 * shares[0]:.0f} % cat"]


def test_examples_name_every_image():
    figure = DRAW["examples"]()
    said = ["cat", "frog", "dog", "dog", "cat", "frog", "frog"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["7 images of 8 × 8 pixels", *said]
    assert figure.alt_text == f"7 images of 8 by 8 pixels, in colour, row by row: {', '.join(said)}."
    for picture, image in zip(pictures(figure), X, strict=True):
        np.testing.assert_array_equal(picture, image.transpose(1, 2, 0))
    assert "in grey" in data.examples(X[:, :1], Y, ("cat", "dog", "frog")).alt_text


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda: data.examples(X, Y[1:], "abc"), ValueError, "7 images need 7 classes, got 6"),
    (lambda: data.examples(X, Y, "ab"), ValueError, r"the classes \[2\] have no name among the 2"),
    (lambda: data.examples(X * 2, Y, "abc"), ValueError, r"pixels must lie in 0 \.\.\. 1"),
    (lambda: data.flip(PHOTO[:2], rng()), ValueError, "the photo must have 1 or 3 channels, got 2"),
    (lambda: data.flip(PHOTO[0], rng()), ValueError, "photo must have 3 axes"),
    (lambda: data.flip(PHOTO - 1, rng()), ValueError, r"pixels must lie in 0 \.\.\. 1"),
    (lambda: data.flip(PHOTO, 3), TypeError, "rng must be a numpy.random.Generator"),
    (lambda: data.pad_and_crop(PHOTO, rng(), 1.5), TypeError, "padding must be an int or a pair"),
    (lambda: data.pca_colour(GREY, rng(), VALUES, VECTORS), ValueError, "the photo must have 3 channels, got 1"),
    (lambda: data.mixup(PHOTO[None], ("cat", "dog"), rng(), 1), ValueError, "two photos and two names are needed, got 1 and 2"),
])
def test_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()
