"""Stochastic depth against none

Question: does leaving out branches at random while training make a residual net better on what it has not seen?

Paper: Huang et al. 2016, table 1 and figure 3. ResNet-110 on CIFAR-10 with the last branch left out half of the time: test error
5.25 % against 6.41 % without, at a higher training loss; on CIFAR-100 24.98 % against 27.76 %. After 500 epochs on 45,000 images.

Recipe: residual nets of 20 layers and 8, 16, 32 channels; branch l of L left out with probability l/L * 0.5. Only 500 digits of
14 x 14 pixels in a frame of 1, so that there is something to overfit, shifted by up to 2 pixels at random, batches of 50, 60
epochs, which are 600 steps; SGD with momentum 0.9, weight decay 1e-4, rate 0.1, from two thirds of the epochs on 0.01. Three
seeds. The training loss with stochastic depth is that of the shortened nets as they were trained. Tried before with 32 layers
and half as many epochs: there the net with stochastic depth was far behind when the training ended.
"""
from _common import SEEDS, against, curves, main, run, small_digits, small_net

from convbook import torch_nn as nn
from convbook.figures.training import compare_runs
from convbook.models import stochastic_depth

RATES = {"all branches": 0.0, "stochastic depth": 0.5}


def net(n, last_rate):
    """6n + 2 layers; last_rate: how often the last branch is left out."""
    rates = [rate if last_rate else 0.0 for rate in stochastic_depth.drop_rates(3 * n, last_rate)]
    return small_net(n, lambda channels_in, width, stride, number: stochastic_depth.block(nn, channels_in, width, stride, rates[number]))


def measure(layers=20, seeds=SEEDS, images=500, tests=1000, epochs=60, lr=0.1):
    """Rows of both nets and every seed."""
    sets = small_digits(images, tests, frame=1)       # halved twice: the size must be a multiple of 4
    return [row for name, rate in RATES.items() for seed in seeds
            for row in run(name, net((layers - 2) // 6, rate), seed, sets, epochs, lr)]


def picture(rows):
    """The validation accuracies."""
    return compare_runs(curves(rows), "val_accuracy")


def findings(rows):
    """Validation accuracy; and the training loss, which the paper finds lower without."""
    return [against(rows, "stochastic depth", "all branches", "val_accuracy"),
            against(rows, "all branches", "stochastic depth", "loss")]


if __name__ == "__main__":
    main(__name__)
