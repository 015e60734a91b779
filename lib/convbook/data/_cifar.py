"""CIFAR-10: 60,000 small colour photographs."""
import io
import tarfile
import zipfile
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from convbook.data._files import DataError, check_sha256, download, find, remedy

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

FOLDER, ARCHIVE, UNPACKED, JPEG = "cifar10", "cifar-10-binary.tar.gz", "cifar-10-batches-bin", "cifar10_jpeg.npz"
ADDRESS = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"    # the Python version's batches are pickles: those can run code
SHA256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
BATCHES = {"train": [f"data_batch_{i}.bin" for i in range(1, 6)], "test": ["test_batch.bin"]}
PER_CLASS = {"train": 5000, "test": 1000}
RECORD = 1 + 3 * 32 * 32                                               # a label, then the red, green and blue pixels


def cifar10(split="train"):
    """CIFAR-10: 60,000 photographs of ten kinds of things, CIFAR10_CLASSES (Krizhevsky 2009).

    split    "train" or "test"
    returns  x (50000 or 10000, 3, 32, 32)   float32, red, green, blue 0..1; training set:
                                             mean 0.4914, 0.4822, 0.4465, std 0.2470, 0.2435, 0.2616
             y (50000 or 10000,)             int64, 0 to 9

    From CONVBOOK_DATA/cifar10, else downloaded. One of these is enough:
      cifar-10-batches-bin     a folder, the unpacked binary version
      cifar-10-binary.tar.gz   the binary version as its author gives it away, 170 MB
      cifar10_jpeg.npz         a smaller copy, JPEG compressed, so a net scores a little less: for both splits the arrays
                               train_jpeg (uint8, the files one after another), train_offsets (N + 1: where each begins and the
                               last ends), train_labels (N), and class_names
    Raises ValueError for another split, DataError if a file is damaged or cannot be had.
    """
    if split not in BATCHES:
        raise ValueError(f'split must be "train" or "test", got {split!r}')
    advice = "delete it; then " + remedy(FOLDER, ARCHIVE, ADDRESS)
    path = find(FOLDER, (UNPACKED, ARCHIVE, JPEG))
    if path is None:
        path = download(FOLDER, ARCHIVE, ADDRESS, lambda part: check_sha256(part, SHA256, advice))
    x, y = {UNPACKED: _read_folder, ARCHIVE: _read_archive, JPEG: _read_jpeg}[path.name](path, split, advice)
    counts = [int((y == label).sum()) for label in range(len(CIFAR10_CLASSES))]
    if counts != [PER_CLASS[split]] * len(counts) or sum(counts) != len(y):
        raise DataError(path, f"should hold {PER_CLASS[split]} images of each class, it has {counts} among {len(y)}", advice)
    return np.divide(x, 255, dtype=np.float32), y.astype(np.int64)


def _read_folder(path, split, advice):
    try:
        return _records([(path / name).read_bytes() for name in BATCHES[split]], path, advice)
    except OSError as error:
        raise DataError(path, f"cannot be read: {error}", advice) from error


def _read_archive(path, split, advice):
    check_sha256(path, SHA256, advice)
    try:
        with tarfile.open(path) as archive:
            files = [archive.extractfile(f"{UNPACKED}/{name}") for name in BATCHES[split]]
            return _records([file.read() for file in files if file], path, advice)
    except (tarfile.TarError, KeyError, OSError, EOFError, zlib.error) as error:
        raise DataError(path, f"cannot be read: {error}", advice) from error


def _records(parts, path, advice):
    content = b"".join(parts)
    if len(content) % RECORD:
        raise DataError(path, f"is cut short: its {len(content)} bytes are no multiple of the {RECORD} of one image", advice)
    table = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    return table[:, 1:].reshape(-1, 3, 32, 32), table[:, 0]


def _read_jpeg(path: Path, split, advice):
    try:
        with path.open("rb") as file, np.load(file) as arrays:
            names = tuple(arrays["class_names"].tolist())
            content, offsets, labels = (arrays[f"{split}_{part}"] for part in ("jpeg", "offsets", "labels"))
        files = [content[a:b].tobytes() for a, b in pairwise(offsets)]
        images = [np.asarray(Image.open(io.BytesIO(file)).convert("RGB")) for file in files]
        x = np.ascontiguousarray(np.stack(images).transpose(0, 3, 1, 2))
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(path, f"cannot be read: {error}", advice) from error
    if names != CIFAR10_CLASSES or x.shape[1:] != (3, 32, 32) or len(x) != len(labels):
        raise DataError(path, f"does not hold CIFAR-10: {len(labels)} labels of {names}, images of shape {x.shape}", advice)
    return x, labels
