"""Pieces and mirror images."""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convbook.augment._checks import check_between, check_images, check_rng, check_values
from convbook.shapes import at_least, pair


def pad_and_crop(x, padding, rng, size=None):
    """Put a frame of zeros around every image and cut a piece out at a random place (He et al. 2016, for CIFAR: padding 4).

    x        (N, C, H, W)     any dtype
    padding  int or pair      zeros at top and bottom, left and right
    rng      numpy.random.Generator
    size     int or pair      of the piece; None: (H, W)
    returns  (N, C, *size)

    Raises TypeError or ValueError for a wrong argument or a piece larger than the framed image. Chapter 11.
    """
    check_images(x)
    rows, columns = pair(padding, "padding")
    at_least(0, min(rows, columns), "padding")
    framed = np.pad(x, ((0, 0), (0, 0), (rows, rows), (columns, columns)))
    size = x.shape[2:] if size is None else size
    return crop(framed, *random_places(len(x), framed.shape[2:], size, rng), size)


def random_places(count, image_size, size, rng) -> tuple[np.ndarray, np.ndarray]:
    """Draw where a piece lies, every place with equal chance.

    count       of images
    image_size  (H, W)
    size        int or pair, of the piece
    rng         numpy.random.Generator
    returns     tops (count,), lefts (count,), pixels

    Raises ValueError if the piece is larger than the image. Chapter 11.
    """
    check_rng(rng)
    height, width = _piece(image_size, size)
    return (rng.integers(0, image_size[0] - height, count, endpoint=True),
            rng.integers(0, image_size[1] - width, count, endpoint=True))


def crop(x, tops, lefts, size):
    """Cut one piece out of every image.

    x        (N, C, H, W)   any dtype
    tops     (N,)           first row of each piece
    lefts    (N,)           its first column
    size     int or pair    of the piece
    returns  (N, C, *size)

    Raises ValueError if a piece reaches over its image's border. Chapter 11.
    """
    check_images(x)
    size = _piece(x.shape[2:], size)
    tops, lefts = check_values(tops, "tops", x.shape[:1]), check_values(lefts, "lefts", x.shape[:1])
    for name, starts, image, piece in (("tops", tops, x.shape[2], size[0]), ("lefts", lefts, x.shape[3], size[1])):
        if starts.size:
            check_between(0, starts.min(), image - piece, name)
            check_between(0, starts.max(), image - piece, name)
    windows = sliding_window_view(x, size, axis=(2, 3))          # (N, C, places, places, *size), a view
    return np.ascontiguousarray(windows[np.arange(len(x)), :, tops, lefts])


def flip(x, rng, p=0.5):
    """Mirror an image left to right, or not, by the toss of a coin (Krizhevsky et al. 2012).

    x        (N, C, H, W)   any dtype
    rng      numpy.random.Generator
    p        0..1           chance that an image is mirrored
    returns  (N, C, H, W)

    Raises TypeError or ValueError for a wrong argument. Chapter 11.
    """
    check_images(x)
    return flip_chosen(x, random_flips(len(x), rng, p))


def random_flips(count, rng, p=0.5):
    """Toss a coin for every image.

    count    of images
    rng      numpy.random.Generator
    p        0..1            chance of True
    returns  (count,) bool

    Raises TypeError or ValueError for a wrong argument. Chapter 11.
    """
    check_rng(rng)
    check_between(0, p, 1, "p")
    return rng.random(count) < p


def flip_chosen(x, chosen):
    """Mirror the chosen images left to right.

    x        (N, C, H, W)   any dtype
    chosen   (N,)           bool
    returns  (N, C, H, W)

    Raises ValueError if there is not one choice an image. Chapter 11.
    """
    check_images(x)
    chosen = check_values(chosen, "chosen", x.shape[:1])
    return np.where(chosen[:, None, None, None], x[..., ::-1], x)


def ten_crop(x, size):
    """Four corners and the centre of every image, then the same five of its mirror image: for testing (Krizhevsky et al. 2012).

    x        (N, C, H, W)        any dtype
    size     int or pair         of the pieces
    returns  (N, 10, C, *size)   top left, top right, bottom left, bottom right, centre, and so on; a net takes
                                 crops.reshape(-1, *crops.shape[2:]), and its ten outputs are averaged

    Raises ValueError if the pieces are larger than the images. Chapter 11.
    """
    check_images(x)
    height, width = _piece(x.shape[2:], size)
    bottom, right = x.shape[2] - height, x.shape[3] - width
    places = [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom // 2, right // 2)]
    pieces = [image[:, :, top:top + height, left:left + width] for image in (x, x[..., ::-1]) for top, left in places]
    return np.stack(pieces, axis=1)


def _piece(image_size, size):
    size = pair(size, "size")
    at_least(1, min(size), "size")
    if size[0] > image_size[0] or size[1] > image_size[1]:
        raise ValueError(f"the piece {size} is larger than the image {tuple(image_size)}; use a smaller size or more padding")
    return size
