"""Pieces of any size and shape, brought to one size."""
import math

import numpy as np

from convbook.augment._checks import check_float_images, check_range, check_rng, check_values
from convbook.shapes import at_least, pair

ATTEMPTS = 10     # draws of a box that may turn out larger than its image


def random_resized_crop(x, rng, size, scale=(0.08, 1), ratio=(3 / 4, 4 / 3)):
    """Cut a random part of random shape out of every image and bring it to one size (Szegedy et al. 2015).

    x        (N, C, H, W)    floats
    rng      numpy.random.Generator
    size     int or pair     of the result
    scale    (low, high)     share of the image's area that a piece covers, 0..1
    ratio    (low, high)     width / height of a piece
    returns  (N, C, *size)

    Raises TypeError or ValueError for a wrong argument. Chapter 11.
    """
    check_float_images(x)
    return resized_crop(x, random_boxes(len(x), x.shape[2:], rng, scale, ratio), size)


def random_boxes(count, image_size, rng, scale=(0.08, 1), ratio=(3 / 4, 4 / 3)):
    """Draw boxes: area evenly in `scale`, logarithm of width / height evenly in that of `ratio`, place evenly among those it has.

    count       of boxes
    image_size  (H, W)
    rng         numpy.random.Generator
    scale       (low, high)   share of the image's area, 0..1
    ratio       (low, high)   width / height
    returns     (count, 4)    int, rows (top, left, height, width), pixels

    What does not fit into the image is drawn again, ten times in all; then the box is the largest in the middle whose shape is allowed.
    Raises TypeError or ValueError for a wrong argument. Chapter 11.
    """
    check_rng(rng)
    check_range(scale, "scale", most=1)
    check_range(ratio, "ratio")
    H, W = pair(image_size, "image_size")
    at_least(1, min(H, W), "image_size")
    area = H * W * rng.uniform(*scale, (count, ATTEMPTS))
    shape = np.exp(rng.uniform(math.log(ratio[0]), math.log(ratio[1]), (count, ATTEMPTS)))
    height, width = np.rint(np.sqrt(area / shape)), np.rint(np.sqrt(area * shape))
    fits = (height >= 1) & (width >= 1) & (height <= H) & (width <= W)
    found, first = fits.any(axis=1), fits.argmax(axis=1)
    best = min(max(W / H, ratio[0]), ratio[1])
    largest = (min(H, max(1, round(W / best))), min(W, max(1, round(H * best))))
    rows = np.arange(count)
    height = np.where(found, height[rows, first], largest[0]).astype(np.int64)
    width = np.where(found, width[rows, first], largest[1]).astype(np.int64)
    top = np.where(found, rng.integers(0, H - height, endpoint=True), (H - height) // 2)
    left = np.where(found, rng.integers(0, W - width, endpoint=True), (W - width) // 2)
    return np.stack([top, left, height, width], axis=1)


def resized_crop(x, boxes, size):
    """Cut one box out of every image and bring it to `size` by bilinear interpolation.

    x        (N, C, H, W)    floats
    boxes    (N, 4)          int, rows (top, left, height, width)
    size     int or pair
    returns  (N, C, *size)

    A pixel is a square with its value in the middle (torch's align_corners=False); nothing outside the box is looked at. Where a box
    shrinks to less than half, pixels between the taps are left out, as torch does without antialias.
    Raises TypeError or ValueError for a wrong argument or a box that reaches over its image's border. Chapter 11.
    """
    check_float_images(x)
    boxes = check_values(boxes, "boxes", (len(x), 4))
    OH, OW = pair(size, "size")
    at_least(1, min(OH, OW), "size")
    top, left, height, width = boxes.T
    bad = (top < 0) | (left < 0) | (height < 1) | (width < 1) | (top + height > x.shape[2]) | (left + width > x.shape[3])
    if bad.any():
        raise ValueError(f"box {bad.argmax()}, (top, left, height, width) = {tuple(boxes[bad.argmax()].tolist())}, "
                         f"does not lie in the image of {x.shape[2:]}")
    rows = _between(2, x, *_taps(top, height, OH))
    return np.ascontiguousarray(_between(3, rows, *_taps(left, width, OW)))


def _taps(start, length, size) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The two pixels nearest to each place, (N, size) twice, and how far each place is from the first to the second, 0..1."""
    place = np.maximum((np.arange(size) + 0.5) * (length[:, None] / size) - 0.5, 0)
    first = np.floor(place).astype(np.int64)
    return start[:, None] + first, start[:, None] + np.minimum(first + 1, length[:, None] - 1), place - first


def _between(axis, x, first, second, weight):
    others = (1, 5 - axis)                                       # channels, and columns or rows
    a, b = (np.take_along_axis(x, np.expand_dims(taps, others), axis) for taps in (first, second))
    return a + (b - a) * np.expand_dims(weight, others).astype(x.dtype)
