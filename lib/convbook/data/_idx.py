"""MNIST and Fashion-MNIST, all of them: four files in the idx format."""
import gzip
import hashlib
import math
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from convbook.data._files import DataError, download, find, remedy

FASHION_MNIST_CLASSES = ("T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")


class IdxFile(NamedTuple):
    name: str                  # as its authors call it, without .gz
    shape: tuple[int, ...]     # what it holds, bytes
    sha256: str                # of the unpacked file: packed anew, the packed one differs


class IdxSet(NamedTuple):
    folder: str                # below CONVBOOK_DATA and the cache
    address: str               # where NAME.gz can be had
    files: dict[str, tuple[IdxFile, IdxFile]]     # {split: (images, labels)}


def _set(folder, address, hashes):
    names = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    shapes = ((60000, 28, 28), (60000,), (10000, 28, 28), (10000,))
    files = [IdxFile(*row) for row in zip(names, shapes, hashes, strict=True)]
    return IdxSet(folder, address, {"train": (files[0], files[1]), "test": (files[2], files[3])})


SETS = {
    # yann.lecun.com no longer gives its files away; this is the mirror that PyTorch keeps
    "mnist": _set("mnist", "https://ossci-datasets.s3.amazonaws.com/mnist/", (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2")),
    "fashion_mnist": _set("fashion_mnist", "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/", (
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34")),
}


def mnist(split="train"):
    """MNIST: 70,000 handwritten digits (LeCun et al. 1998).

    split    "train" or "test"
    returns  x (60000 or 10000, 1, 28, 28)   float32, ink 0..1; training set: mean 0.1307, std 0.3081
             y (60000 or 10000,)             int64, 0 to 9

    From CONVBOOK_DATA/mnist (train-images-idx3-ubyte and its three sisters, packed with gzip or not), else downloaded.
    Raises ValueError for another split, DataError if a file is damaged or cannot be had.
    """
    return _load(SETS["mnist"], split)


def fashion_mnist(split="train"):
    """Fashion-MNIST: 70,000 photographs of clothes in MNIST's format, ten kinds, FASHION_MNIST_CLASSES (Xiao et al. 2017).

    split    "train" or "test"
    returns  x (60000 or 10000, 1, 28, 28)   float32, brightness 0..1; training set: mean 0.2860, std 0.3530
             y (60000 or 10000,)             int64, 0 to 9

    From CONVBOOK_DATA/fashion_mnist (file names as for mnist), from Debian's package dataset-fashion-mnist, else downloaded.
    Raises ValueError for another split, DataError if a file is damaged or cannot be had.
    """
    return _load(SETS["fashion_mnist"], split)


def _load(idx_set, split):
    if split not in idx_set.files:
        raise ValueError(f'split must be "train" or "test", got {split!r}')
    images, labels = (_obtain(idx_set, file) for file in idx_set.files[split])
    return np.divide(images[:, None], 255, dtype=np.float32), labels.astype(np.int64)


def _obtain(idx_set, file):
    packed = f"{file.name}.gz"
    address = idx_set.address + packed
    advice = "delete it; then " + remedy(idx_set.folder, packed, address)
    path = find(idx_set.folder, (file.name, packed))
    if path is None:
        path = download(idx_set.folder, packed, address, lambda part: read_idx(part, file, advice))
    return read_idx(path, file, advice)


def read_idx(path: Path, file: IdxFile, advice: str) -> np.ndarray:
    """What an idx file holds.

    path     the file, packed with gzip or not
    file     what it should be
    advice   the last line of the error
    returns  uint8 array of file.shape

    Raises DataError unless kind, shape, length and sha256 are those of `file`.
    """
    header = 4 * (1 + len(file.shape))
    size = header + math.prod(file.shape)
    content = _unpacked(path, size + 1, advice)           # one byte more: enough to see that it is too long
    magic = 0x0800 + len(file.shape)                      # 8: unsigned bytes; then the number of axes
    if len(content) < header or int.from_bytes(content[:4]) != magic:
        begin = content[:4].hex() or "nothing"
        raise DataError(path, f"is no idx file of {len(file.shape)} axes: it begins with {begin}, not {magic:08x}", advice)
    shape = tuple(int.from_bytes(content[i:i + 4]) for i in range(4, header, 4))
    if shape != file.shape:
        raise DataError(path, f"holds an array of shape {shape}, expected is {file.shape}", advice)
    if len(content) != size:
        wrong = f"is cut short: it has {len(content)} of {size} bytes" if len(content) < size else f"is longer than its {size} bytes"
        raise DataError(path, wrong, advice)
    if (got := hashlib.sha256(content).hexdigest()) != file.sha256:
        wrong = f"is damaged or another set: unpacked, its sha256 is {got[:16]}..., the published one {file.sha256[:16]}..."
        raise DataError(path, wrong, advice)
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def _unpacked(path, limit, advice):
    """At most `limit` bytes of the file, unpacked if it begins as gzip does."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            return file.read(limit)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(path, f"cannot be read: {error}", advice) from error
