"""Figures of data: examples with their labels, and what each augmentation makes of a photograph."""
import numpy as np

from convbook import augment
from convbook.figures._draw import SMALL, WIDTH, Picture, finite, house_style, series, with_alt
from convbook.figures._tiles import checked_images, tiles
from convbook.shapes import pair

__all__ = ["colour_jitter", "examples", "flip", "mixup", "pad_and_crop", "pca_colour", "random_resized_crop"]

VERSIONS = 8
TOP, HEAD, GAP = 0.34, 0.26, 0.07                       # inches: the heading, the words above a picture, between pictures


def examples(x, y, names, columns=6):
    """Images with the names of their classes above them.

    x        (N, C, H, W)   in 0 ... 1, C = 3 or 1
    y        (N,)           classes, as indices
    names    K class names
    returns  Figure

    Raises ValueError if there is not one class an image, if a class has no name, or if pixels leave 0 ... 1. Chapter 11.
    """
    x = checked_images(x)
    labels = [int(k) for k in y]
    if len(labels) != len(x):
        raise ValueError(f"{len(x)} images need {len(x)} classes, got {len(labels)}")
    nameless = sorted({k for k in labels if not 0 <= k < len(names)})
    if nameless:
        raise ValueError(f"the classes {nameless} have no name among the {len(names)}")
    said = [str(names[k]) for k in labels]
    count, C, H, W = x.shape
    with house_style():
        figure, _ = tiles(x, f"{count} images of {H} × {W} pixels", columns, above=[[name] for name in said])
    return with_alt(figure, f"{count} images of {H} by {W} pixels, {'in colour' if C == 3 else 'in grey'}, row by row: {', '.join(said)}.")


def pad_and_crop(photo, rng, padding):
    """A photograph in a frame of zeros, and what eight random places of a window of its own size see.

    photo    (C, H, W)      in 0 ... 1, C = 3 or 1
    rng      numpy.random.Generator
    padding  int or pair    width of the frame, pixels
    returns  Figure; how far the picture moved stands above each

    Raises TypeError or ValueError for a wrong argument or pixels outside 0 ... 1. Chapter 11.
    """
    photo, many = _many(photo)
    rows, columns = pair(padding, "padding")
    framed = np.pad(many, ((0, 0), (0, 0), (rows, rows), (columns, columns)))
    tops, lefts = augment.random_places(VERSIONS, framed.shape[2:], photo.shape[1:], rng)
    words = [f"{_moved(down, 'down', 'up')}, {_moved(right, 'right', 'left')}"
             for down, right in zip(rows - tops, columns - lefts, strict=True)]
    return _versions(photo, augment.crop(framed, tops, lefts, photo.shape[1:]), words,
                     f"pad by {_pair(rows, columns)} and crop", f"moved within a frame of {_pair(rows, columns)} zeros")


def flip(photo, rng, p=0.5):
    """A photograph, and eight tosses of a coin that decide whether it is mirrored.

    photo    (C, H, W)   in 0 ... 1, C = 3 or 1
    rng      numpy.random.Generator
    p        0..1        chance that it is
    returns  Figure

    Raises TypeError or ValueError for a wrong argument or pixels outside 0 ... 1. Chapter 11.
    """
    photo, many = _many(photo)
    chosen = augment.random_flips(VERSIONS, rng, p)
    words = ["mirrored" if toss else "as it is" for toss in chosen]
    return _versions(photo, augment.flip_chosen(many, chosen), words, f"flip, p = {p:g}", f"{chosen.sum()} of them mirrored left to right")


def random_resized_crop(photo, rng, scale=(0.08, 1), ratio=(3 / 4, 4 / 3)):
    """A photograph, and eight random parts of it, each brought to the photograph's size.

    photo    (C, H, W)     in 0 ... 1, C = 3 or 1
    rng      numpy.random.Generator
    scale    (low, high)   share of the area
    ratio    (low, high)   width / height
    returns  Figure; share and size of the part stand above each

    Raises TypeError or ValueError for a wrong argument or pixels outside 0 ... 1. Chapter 11.
    """
    photo, many = _many(photo)
    boxes = augment.random_boxes(VERSIONS, photo.shape[1:], rng, scale, ratio)
    words = [f"{height * width / photo[0].size:.0%}, {height} × {width}".replace("%", " %") for _, _, height, width in boxes]
    return _versions(photo, augment.resized_crop(many, boxes, photo.shape[1:]), words, "random resized crop",
                     "parts of it enlarged to its size, with their share of the area and their height and width in pixels")


def pca_colour(photo, rng, eigenvalues, eigenvectors, std=0.1):
    """A photograph, and eight random shifts of its colours along the main directions of a set's colours.

    photo         (3, H, W)   in 0 ... 1
    rng           numpy.random.Generator
    eigenvalues   (3,)        both from augment.colour_pca
    eigenvectors  (3, 3)
    std           of the random amounts
    returns       Figure; the shift of red, green and blue stands above each, in per cent of the full range; clipped to 0 ... 1

    Raises TypeError or ValueError for a wrong argument or pixels outside 0 ... 1. Chapter 11.
    """
    photo, many = _many(photo, channels=(3,))
    amounts = augment.random_amounts(VERSIONS, 3, rng, std)
    shifts = augment.add_colours(np.zeros((VERSIONS, 3, 1, 1)), amounts, eigenvalues, eigenvectors)[:, :, 0, 0]
    words = [" ".join(f"{letter} {round(100 * part):+d}" for letter, part in zip("RGB", shift, strict=True)) for shift in shifts]
    words = [text.replace("-", "−") for text in words]
    return _versions(photo, np.clip(augment.add_colours(many, amounts, eigenvalues, eigenvectors), 0, 1), words,
                     f"PCA colour, std {std:g} (shift in % of the range)", "red, green and blue shifted, in per cent of the range")


def colour_jitter(photo, rng, brightness=0.4, contrast=0.4, saturation=0.4):
    """A photograph, and eight random changes of its light, contrast and saturation.

    photo    (C, H, W)   in 0 ... 1, C = 3 or 1
    rng      numpy.random.Generator
    brightness, contrast, saturation   0..1, how far the factors may be from 1
    returns  Figure; the three factors stand above each

    Raises TypeError or ValueError for a wrong argument or pixels outside 0 ... 1. Chapter 11.
    """
    photo, many = _many(photo)
    factors = augment.random_factors(VERSIONS, rng, brightness, contrast, saturation)
    words = [" ".join(f"× {factor:.2f}" for factor in three) for three in zip(*factors, strict=True)]
    return _versions(photo, augment.scale_colours(many, *factors), words, "colour jitter: brightness, contrast, saturation",
                     "brightness, contrast and saturation multiplied")


def mixup(photos, names, rng, alpha):
    """Two photographs, and eight mixtures of them.

    photos   (2, C, H, W)   in 0 ... 1, C = 3 or 1
    names    of the two
    rng      numpy.random.Generator
    alpha    above 0        of the Beta distribution that the first one's share is drawn from
    returns  Figure; the shares, which are the targets of training, stand above each

    Raises TypeError or ValueError for a wrong argument or pixels outside 0 ... 1. Chapter 11.
    """
    photos = checked_images(photos)
    if len(photos) != 2 or len(names) != 2:
        raise ValueError(f"two photos and two names are needed, got {len(photos)} and {len(names)}")
    shares = augment.random_shares(VERSIONS, rng, alpha)
    firsts, second = np.repeat(photos[:1], VERSIONS, axis=0), np.full(VERSIONS, VERSIONS)
    mixed, _ = augment.mix(np.concatenate([firsts, photos[1:]]), np.zeros(VERSIONS + 1, int), np.append(second, 0), np.append(shares, 1), 1)
    percents = [f"{100 * share:.0f} % {names[0]}" for share in shares]
    with house_style():
        figure, _ = tiles(np.concatenate([photos, mixed[:VERSIONS]]), f"mixup, alpha = {alpha:g}", 5,
                           above=[[names[0]], [names[1]], *[[text] for text in percents]])
    return with_alt(figure, f"Two photographs of {photos.shape[2]} by {photos.shape[3]} pixels, {names[0]} and {names[1]}, and eight "
                            f"mixtures of them: {series(percents)}, the rest {names[1]}.")


def _many(photo, channels=(1, 3)):
    """The photograph, checked, and a batch with eight copies of it."""
    photo = finite("photo", photo, 3)
    if photo.shape[0] not in channels:
        raise ValueError(f"the photo must have {' or '.join(map(str, channels))} channels, got {photo.shape[0]}")
    return photo, np.repeat(checked_images(photo[None]), VERSIONS, axis=0)


def _versions(photo, versions, words, heading, said):
    """The photograph and its versions in three rows, each with its words above, and the alt text."""
    _, H, W = photo.shape
    with house_style():
        side = (WIDTH - 4 * GAP) / 3
        tall = side * H / W
        height = TOP + 3 * (HEAD + tall) + GAP
        figure = Picture(figsize=(WIDTH, height))
        figure.set_layout_engine("none")
        places = {"left": GAP / WIDTH, "right": 1 - GAP / WIDTH, "bottom": GAP / height, "top": 1 - (TOP + HEAD) / height,
                  "wspace": GAP / side, "hspace": HEAD / tall}
        panels = figure.subplots(3, 3, gridspec_kw=places).flat
        for ax, image, text in zip(panels, [photo, *versions], ["the photograph", *words], strict=True):
            ax.imshow(image.transpose(1, 2, 0) if len(image) == 3 else image[0], cmap="gray", vmin=0, vmax=1)
            ax.set_title(text, fontsize=SMALL, pad=4)
            ax.axis("off")
        figure.suptitle(heading, x=GAP / WIDTH, y=1 - 0.08 / height, ha="left", va="top", fontsize=13)
    return with_alt(figure, f"A photograph of {H} by {W} pixels and eight versions of it, {said}: {'; '.join(words)}.")


def _moved(pixels, forth, back):
    return f"{forth if pixels >= 0 else back} {abs(pixels)}"


def _pair(rows, columns):
    return str(rows) if rows == columns else f"{rows} and {columns}"
