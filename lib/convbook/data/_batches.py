"""From a data set to minibatches."""
from collections.abc import Iterator
from typing import Any

import numpy as np

from convbook.shapes import at_least


def split(x, y, fraction, seed):
    """Hold a part out, with the same share of every class (stratified).

    x         (N, ...)   arrays of either engine
    y         (N,)       classes, integers
    fraction  0..1       the share to hold out; of N (and of each class) it is rounded
                         to whole images
    seed      int or numpy.random.Generator
    returns   (x, y), (x_held, y_held)   copies, each in the order of the original;
                         every image is in exactly one of them

    Raises ValueError if the lengths differ or the fraction is not between 0 and 1.
    """
    _check_pair(x, y)
    if not 0 <= fraction <= 1:
        raise ValueError(f"fraction must be between 0 and 1, got {fraction}")
    classes = np.asarray(y)
    order = np.random.default_rng(seed).permutation(len(classes))
    order = order[np.argsort(classes[order], kind="stable")]    # class by class, shuffled
    marks = np.floor(np.arange(len(order) + 1) * fraction + 0.5)
    held = np.zeros(len(order), dtype=bool)
    held[order] = np.diff(marks) > 0    # marks rise by one at evenly spaced places: each
                                        # class gives its share, within one image
    return (x[~held], y[~held]), (x[held], y[held])


def batches(x, y, batch_size, rng=None, drop_last=False) -> Iterator[tuple[Any, Any]]:
    """Go once through the data, a minibatch at a time (chapter 8).

    x, y        (N, ...)   arrays of either engine: from the same rng both give the same batches
    batch_size  images a batch; the last has what is left, or is dropped with drop_last=True
    rng         numpy.random.Generator that shuffles, drawn from once and at the call; None: in the order given
    returns     iterator over (x, y), copies

    Raises ValueError if the lengths differ or batch_size is below 1.
    """
    _check_pair(x, y)
    at_least(1, batch_size, "batch_size")
    order = np.arange(len(x)) if rng is None else rng.permutation(len(x))
    stop = len(x) // batch_size * batch_size if drop_last else len(x)
    return ((x[order[i:i + batch_size]], y[order[i:i + batch_size]]) for i in range(0, stop, batch_size))


def normalise(x, mean, std):
    """Give every channel mean 0 and standard deviation 1: (x - mean) / std.

    x          (..., C, H, W)   images, floats
    mean, std  C values each    of the training set: STATISTICS has them
    returns    new array of x's shape and dtype

    Raises ValueError if there is not one value a channel or a std is not positive. Chapter 9.
    """
    mean, std = (np.asarray(value, dtype=x.dtype) for value in (mean, std))
    if mean.shape != x.shape[-3:-2] or std.shape != x.shape[-3:-2]:
        raise ValueError(f"one mean and one std a channel are needed: x has shape {x.shape}, mean {mean.shape}, std {std.shape}")
    if not (std > 0).all():
        raise ValueError(f"std must be positive, got {std.tolist()}")
    return (x - mean[:, None, None]) / std[:, None, None]


def _check_pair(x, y):
    if len(x) != len(y):
        raise ValueError(f"x has {len(x)} images, y has {len(y)} labels; one label an image is needed")
