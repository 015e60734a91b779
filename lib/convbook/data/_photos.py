"""Photographs that come inside packages."""
import io
from typing import NamedTuple

import numpy as np
from PIL import Image

from convbook.data._files import package_file


class Photo(NamedTuple):
    package: str        # that brings it
    path: str           # inside the package
    licence: str
    attribution: str    # to be shown with the photograph where the licence is CC BY


def _skimage(file, licence, attribution):
    return Photo("skimage", f"data/{file}", licence, attribution)


PHOTOS = {
    "astronaut": _skimage("astronaut.png", "public domain", "NASA: Eileen Collins"),
    "brick": _skimage("brick.png", "CC0", "cc0textures.com, Bricks25"),
    "camera": _skimage("camera.png", "CC0", "Lav Varshney"),
    "chelsea": _skimage("chelsea.png", "CC0", "Stefan van der Walt"),
    "china": Photo("sklearn", "datasets/images/china.jpg", "CC BY 2.0", "danielbuechele, flickr.com/photos/danielbuechele/6061409035"),
    "coffee": _skimage("coffee.png", "CC0", "Rachel Michetti, Pikolo Espresso Bar"),
    "flower": Photo("sklearn", "datasets/images/flower.jpg", "CC BY 2.0", "vultilion, flickr.com/photos/vultilion/6056698931"),
    "grass": _skimage("grass.png", "CC0", "linolafett, DeviantArt"),
    "gravel": _skimage("gravel.png", "CC0", "cc0textures.com, Gravel04"),
    "rocket": _skimage("rocket.jpg", "public domain", "SpaceX: launch of DSCOVR"),
}


def photos(name):
    """One photograph from PHOTOS, a table {name: (package, path, licence, attribution)}.

    name     "chelsea" (a cat), "coffee", "astronaut", "rocket", "china" (a temple), "flower";
             grey: "camera" (a photographer), and the textures "brick", "grass", "gravel"
    returns  (3, H, W) float32, red, green, blue 0..1; a grey one has three equal channels

    Raises ValueError for a name that PHOTOS does not have, DataError if its package is missing.
    """
    if name not in PHOTOS:
        raise ValueError(f"there is no photo {name!r}; there are {', '.join(PHOTOS)}")
    with Image.open(io.BytesIO(package_file(PHOTOS[name].package, PHOTOS[name].path))) as image:
        pixels = np.asarray(image.convert("RGB"))
    return np.divide(np.ascontiguousarray(pixels.transpose(2, 0, 1)), 255, dtype=np.float32)
