"""DenseNets of two growth rates and ResNets with as many parameters

Question: what is a parameter worth in a dense net, and what in a residual net?

Paper: Huang et al. 2017, table 2 and figure 4. On CIFAR-10 with augmentation DenseNet-BC 100 with growth rate 12 (0.8 M
parameters) has 4.51 % error, as few as the pre-activation ResNet-1001 with 10.2 M (4.62 %); larger growth rates are better.

Recipe: DenseNet-BC of 28 layers, three blocks of 4 dense layers with growth rate 6 and 12, and residual nets of 20 layers whose
channels (5, 10, 20 and 10, 20, 40) make the number of parameters equal to 3 %. 1000 digits of 14 x 14 pixels, shifted by up to
2 pixels at random, batches of 50, 12 epochs, which are 240 steps; SGD with momentum 0.9, weight decay 1e-4, rate 0.1, from two
thirds of the epochs on 0.01. Three seeds.
"""
from _common import SEEDS, against, curves, main, residual, run, small_digits, small_net

from convbook import torch_nn as nn
from convbook.analyse import analyse
from convbook.figures.training import compare_runs
from convbook.models import densenet

PAIRS = {6: 5, 12: 10}                                  # growth rate: channels of the ResNet with as many parameters


def dense(growth):
    """DenseNet-BC, 28 layers."""
    return densenet.build(nn, growth, (4, 4, 4), 2 * growth, 10)


def resnet(channels):
    """20 layers."""
    return small_net(3, residual, (channels, 2 * channels, 4 * channels))


def measure(pairs=PAIRS, seeds=SEEDS, images=1000, tests=1000, epochs=12, lr=0.1):
    """Rows of every net and seed."""
    sets = small_digits(images, tests)
    kinds = [pair for growth, channels in pairs.items()
             for pair in ((f"DenseNet k={growth}", dense, growth), (f"ResNet {channels} wide", resnet, channels))]
    return [row for name, build, size in kinds for seed in seeds for row in run(name, build(size), seed, sets, epochs, lr)]


def picture(rows):
    """The validation accuracies."""
    return compare_runs(curves(rows), "val_accuracy")


def work(net):
    """Multiply-accumulates for one digit."""
    return analyse(net, (3, 14, 14)).macs


def findings(rows, pairs=PAIRS):
    """Dense against residual at equal parameters, the growth rates against one another, and what the parameters do not tell."""
    small, large = pairs
    return [*(against(rows, f"DenseNet k={growth}", f"ResNet {channels} wide", "val_accuracy") for growth, channels in pairs.items()),
            against(rows, f"DenseNet k={large}", f"DenseNet k={small}", "val_accuracy"),
            "Equal parameters are not equal work: " + ", ".join(
                f"DenseNet k={growth} computes {work(dense(growth)) / work(resnet(channels)):.1f} times the multiply-accumulates of "
                f"ResNet {channels} wide" for growth, channels in pairs.items()) + "."]


if __name__ == "__main__":
    main(__name__)
