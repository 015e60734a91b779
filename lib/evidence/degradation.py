"""Plain and residual nets of growing depth

Question: do more layers train worse, also on the training set, and do shortcuts repair it?

Paper: He et al. 2016, section 4.2 and figure 6. On CIFAR-10 plain nets of 20 to 56 layers reach the higher training error the
deeper they are; residual nets of 20 to 110 layers the lower.

Recipe: nets of the paper's plan for CIFAR-10 with 8, 16, 32 instead of 16, 32, 64 channels, shortcuts without parameters, so
that both kinds have equally many. 1000 digits of 14 x 14 pixels, shifted by up to 2 pixels at random, batches of 50, 24 epochs,
which are 480 steps (the paper's take 64,000); SGD with momentum 0.9, weight decay 1e-4, rate 0.1, from two thirds of the epochs
on 0.01. Three seeds. Tried before with half as many epochs: the same degradation, and the deep residual net further behind.
"""
from _common import SEEDS, against, curves, main, residual, run, small_digits, small_net

from convbook import torch_nn as nn
from convbook.figures.training import compare_runs
from convbook.models import plain

LAYERS = (8, 20, 44)


def plain_pair(channels_in, width, stride, number):
    """The residual block without its shortcut."""
    return plain.pair(nn, channels_in, width, stride)


def measure(layers=LAYERS, seeds=SEEDS, images=1000, tests=1000, epochs=24, lr=0.1):
    """Rows of every net and seed."""
    sets = small_digits(images, tests)
    return [row for depth in layers for kind, block in (("plain", plain_pair), ("residual", residual)) for seed in seeds
            for row in run(f"{kind} {depth}", small_net((depth - 2) // 6, block), seed, sets, epochs, lr)]


def picture(rows):
    """The training losses."""
    return compare_runs(curves(rows), "loss", log=True)


def findings(rows, layers=LAYERS):
    """The degradation, its repair, and the nets of one depth side by side."""
    shallow, middle, deep = layers
    return [against(rows, f"plain {shallow}", f"plain {deep}", "accuracy"),
            against(rows, f"plain {middle}", f"plain {deep}", "accuracy"),
            against(rows, f"residual {middle}", f"plain {middle}", "accuracy"),
            against(rows, f"residual {deep}", f"plain {deep}", "accuracy"),
            against(rows, f"residual {deep}", f"plain {deep}", "val_accuracy"),
            against(rows, f"residual {middle}", f"residual {shallow}", "accuracy"),
            against(rows, f"residual {deep}", f"residual {shallow}", "accuracy")]


if __name__ == "__main__":
    main(__name__)
