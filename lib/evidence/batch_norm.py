"""With and without batch norm, at two learning rates

Question: does batch norm let a net train faster, and at rates where it would not train at all without?

Paper: Ioffe and Szegedy 2015, section 4.2. With batch norm Inception reaches the same accuracy in less than half of the steps
at the same rate, and in 14 times fewer at 5 times the rate; 30 times the rate still trains. Without, the rate could not be
raised: already at 5 times the rate the parameters grew beyond all numbers.

Recipe: a plain net of 14 layers, 8, 16 and 32 channels; without batch norm its convolutions have a bias instead. The same first
weights (He et al. 2015). 1000 digits of 14 x 14 pixels, shifted by up to 2 pixels at random, batches of 50, 12 epochs, which
are 240 steps; SGD with momentum 0.9, weight decay 1e-4, rate 0.01 and 30 times as much, from two thirds of the epochs on a
tenth of it. Three seeds.
"""
from _common import SEEDS, WIDTHS, against, curves, main, run, small_digits

from convbook import torch_nn as nn
from convbook.figures.training import compare_runs
from convbook.models import resnet

RATES = (0.01, 0.3)


def layer(channels_in, channels, stride, norm):
    """3x3 convolution, batch norm or not, ReLU."""
    conv = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=not norm)
    return nn.Sequential(conv=conv, **({"bn": nn.BatchNorm2d(channels)} if norm else {}), relu=nn.ReLU())


def net(norm, n=2):
    """6n + 2 layers."""
    def pair(channels_in, width, stride, number):
        return nn.Sequential(layer(channels_in, width, stride, norm), layer(width, width, 1, norm))

    stages = resnet.stages(nn, [n] * 3, WIDTHS, WIDTHS[0], pair)
    return nn.Sequential(stem=layer(3, WIDTHS[0], 1, norm), stages=stages, head=resnet.head(nn, WIDTHS[-1], 10))


def measure(rates=RATES, seeds=SEEDS, images=1000, tests=1000, epochs=12):
    """Rows of every net, rate and seed."""
    sets = small_digits(images, tests)
    return [row for rate in rates for norm in (False, True) for seed in seeds
            for row in run(f"{'batch' if norm else 'no'} norm at {rate:g}", net(norm), seed, sets, epochs, rate)]


def picture(rows):
    """The training losses."""
    return compare_runs(curves(rows), "loss", log=True)


def findings(rows, rates=RATES):
    """Batch norm against none at each rate, and the rates against one another."""
    low, high = rates
    return [against(rows, f"batch norm at {low:g}", f"no norm at {low:g}", "val_accuracy"),
            against(rows, f"batch norm at {high:g}", f"no norm at {high:g}", "val_accuracy"),
            against(rows, f"no norm at {low:g}", f"no norm at {high:g}", "val_accuracy"),
            against(rows, f"batch norm at {high:g}", f"batch norm at {low:g}", "val_accuracy"),
            against(rows, f"batch norm at {high:g}", f"no norm at {low:g}", "val_accuracy")]


if __name__ == "__main__":
    main(__name__)
