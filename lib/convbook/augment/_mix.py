"""Two pictures in one."""
import numpy as np

from convbook.augment._checks import check_float_images, check_rng, check_values
from convbook.shapes import at_least


def mixup(x, y, rng, alpha, num_classes):
    """Lay a second image of the batch over every image, and mix the labels in the same proportion (Zhang et al. 2018).

    x            (N, C, H, W)           floats
    y            (N,)                   classes, integers
    rng          numpy.random.Generator
    alpha        above 0                the first image's share is drawn from the Beta(alpha, alpha) distribution:
                                        alpha = 1 evenly from 0..1, less: mostly near 0 or 1
    num_classes
    returns      (N, C, H, W), (N, num_classes)   images, and targets of x's dtype: probabilities for cross_entropy

    Here every image has its own share; the paper's program draws one a batch.
    Raises TypeError or ValueError for a wrong argument. Chapter 11.
    """
    check_float_images(x)
    shares = random_shares(len(x), rng, alpha)
    return mix(x, y, rng.permutation(len(x)), shares, num_classes)


def random_shares(count, rng, alpha):
    """Draw the share of the first of two images from the Beta(alpha, alpha) distribution (Zhang et al. 2018).

    count    of pairs
    rng      numpy.random.Generator
    alpha    above 0
    returns  (count,), 0..1

    Raises TypeError or ValueError for a wrong argument. Chapter 11.
    """
    check_rng(rng)
    if not alpha > 0:
        raise ValueError(f"alpha must be above 0, got {alpha}; without mixup leave the call out")
    return rng.beta(alpha, alpha, count)


def mix(x, y, partners, shares, num_classes):
    """share * image + (1 - share) * its partner, and the same of their labels written as 0 and 1 (Zhang et al. 2018).

    x         (N, C, H, W)   floats
    y         (N,)           classes, integers
    partners  (N,)           number of the image to lay over each
    shares    (N,)           0..1, of the first image
    num_classes
    returns   (N, C, H, W), (N, num_classes)   of x's dtype

    Raises TypeError or ValueError for a wrong argument. Chapter 11.
    """
    check_float_images(x)
    at_least(1, num_classes, "num_classes")
    y, partners, shares = (check_values(value, name, x.shape[:1]) for name, value in (("y", y), ("partners", partners), ("shares", shares)))
    if y.dtype.kind not in "iu":
        raise TypeError(f"y must be classes, integers, got dtype {y.dtype}")
    if y.size and not 0 <= y.min() <= y.max() < num_classes:
        raise ValueError(f"y must lie between 0 and num_classes - 1 = {num_classes - 1}, got {y.min()} to {y.max()}")
    shares = shares.astype(x.dtype)
    share = shares[:, None, None, None]
    targets = np.zeros((len(x), num_classes), x.dtype)
    rows = np.arange(len(x))
    np.add.at(targets, (rows, y), shares)
    np.add.at(targets, (rows, y[partners]), 1 - shares)             # add.at: both may be the same class
    return share * x + (1 - share) * x[partners], targets
