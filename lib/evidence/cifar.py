"""ResNet-20 and 56 on CIFAR-10 by the paper's recipe

Question: do our nets reach the accuracies that the paper reports?

Paper: He et al. 2016, table 6. Test error 8.75 % with 20 layers, 6.97 % with 56.

Recipe: 164 epochs of 50,000 images in batches of 128, which are the paper's 64,000 steps; SGD with momentum 0.9, weight decay
1e-4, rate 0.1, a tenth of it after a half and a hundredth after three quarters; padded by 4, cropped and flipped at random.
Colours are normalised channel by channel (the paper takes away the mean of each pixel). From the copy of CIFAR-10 whose pictures
are JPEGs expect 1 to 2 points less. This one needs a GPU and CIFAR-10 in the folder that CONVBOOK_DATA names.
"""
import os
import statistics

import torch
from _common import against, curves, last, main, nets, run

from convbook import augment, data, models
from convbook import torch_nn as nn
from convbook.figures.training import compare_runs

ERRORS = {"ResNet-20": 0.0875, "ResNet-56": 0.0697}     # the paper's


def missing():
    """What keeps this experiment from running here, or nothing."""
    if not torch.cuda.is_available():
        return "there is no GPU"
    return "" if os.environ.get("CONVBOOK_DATA") else "CONVBOOK_DATA names no folder with CIFAR-10"


def change(x, rng):
    """The paper's augmentation."""
    return augment.flip(augment.pad_and_crop(x, 4, rng), rng)


def sets():
    """CIFAR-10, training and test set."""
    normal = data.STATISTICS["cifar10"]
    return [(data.normalise(x, *normal), y) for x, y in map(data.cifar10, ("train", "test"))]


def measure(pictures=None, seeds=(0,), epochs=164, device="cuda"):
    """Rows of both nets; pictures: another training and test set."""
    pictures = pictures or sets()
    return [row for name in ERRORS for seed in seeds
            for row in run(name, models.build(f"{name.lower().replace('-', '')}_cifar", nn), seed, pictures, epochs, 0.1,
                           batch_size=128, falls=(1 / 2, 3 / 4), change=change, device=device)]


def picture(rows):
    """The validation accuracies."""
    return compare_runs(curves(rows), "val_accuracy")


def findings(rows):
    """Our errors beside the paper's, and the deep net beside the shallow one."""
    ours = {net: 1 - statistics.fmean(last(rows, net, "val_accuracy")) for net in nets(rows)}
    return [*(f"Test error of {net}: {100 * error:.2f} %, the paper's {100 * ERRORS[net]:.2f} %." for net, error in ours.items()),
            against(rows, "ResNet-56", "ResNet-20", "val_accuracy")]


if __name__ == "__main__":
    print(f"nothing is done: {reason}") if (reason := missing()) else main(__name__)
