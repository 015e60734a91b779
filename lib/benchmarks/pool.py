"""Pooling in NumPy against torch on the CPU, in the same run.

timing.py says how it is timed.
"""
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from timing import Measurement, quickest

from convbook.numpy_nn import pool


class Shape(NamedTuple):
    where: str
    batch: int
    channels: int
    size: int
    kernel: int
    stride: int
    padding: int = 0

    def __str__(self):
        return (f"{self.batch}x{self.channels}x{self.size}x{self.size}, {self.kernel}x{self.kernel} s{self.stride}"
                f"{f' p{self.padding}' if self.padding else ''} ({self.where})")


SHAPES = (Shape("LeNet", 64, 6, 28, 2, 2), Shape("ResNet stem", 8, 64, 112, 3, 2, 1), Shape("AlexNet", 16, 96, 55, 3, 2))
FUNCTIONS = {"max_pool2d": F.max_pool2d, "avg_pool2d": F.avg_pool2d}
AIMS = {"max_pool2d": 0.3}      # of torch at every shape, forward and backward


def measure(shapes=SHAPES, rounds=7):
    """Time both functions at every shape."""
    return [Measurement(name, shape, quickest(lambda name=name, shape=shape: contestants(name, shape), rounds=rounds))
            for name in FUNCTIONS for shape in shapes]


def contestants(name, shape):
    """What is timed, float32, as training does it: the forward pass keeps what the way back needs, the backward pass finds it there."""
    where = shape.kernel, shape.stride, shape.padding
    x = np.random.default_rng(0).standard_normal((shape.batch, shape.channels, shape.size, shape.size), dtype=np.float32)
    leaf = torch.tensor(x, requires_grad=True)
    y = FUNCTIONS[name](leaf, *where)
    grad_y = torch.randn(y.shape, generator=torch.Generator().manual_seed(0))
    primitive, function = getattr(pool, f"_{name}"), getattr(pool, name)
    _, vjp = primitive(x, *where)
    return {
        "torch forward": lambda: FUNCTIONS[name](leaf, *where).detach(),
        "numpy forward": lambda: primitive(x, *where)[0],
        "numpy alone": lambda: function(x, *where),
        "torch backward": lambda: torch.autograd.grad(y, leaf, grad_y, retain_graph=True)[0],
        "numpy backward": lambda: vjp(grad_y.numpy()),
    }


def report(measurements):
    """The measurements as lines of Markdown, with the aims they are held against."""
    lines = ["## NumPy's pooling against torch on the CPU, float32, one thread", "",
             "Ratios are speeds: 1 is as fast as torch, 0.5 takes twice as long. The forward pass is that of training, which keeps",
             "the place of each maximum; `alone` is the same without keeping anything, against the same time of torch.", "",
             "| function | shape | torch forward, ms | forward | alone | torch backward, ms | backward | aim |",
             "|---|---|---|---|---|---|---|---|"]
    for m in measurements:
        forward, backward = m.seconds["torch forward"], m.seconds["torch backward"]
        aim = f"at least {AIMS[m.name]}" if m.name in AIMS else ""
        lines.append(f"| {m.name} | {m.shape} | {1e3 * forward:.2f} | {m.ratio('forward'):.2f} | {forward / m.seconds['numpy alone']:.2f} "
                     f"| {1e3 * backward:.2f} | {m.ratio('backward'):.2f} | {aim} |")
    return "\n".join(lines) + "\n"
