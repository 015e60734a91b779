"""conv2d in NumPy against torch and against bare matrix products, in the same run (timing.py says how)."""
from typing import NamedTuple

import numpy as np
import timing
import torch
import torch.nn.functional as F

from convbook.numpy_nn import conv2d, conv2d_backward


class Shape(NamedTuple):
    batch: int
    channels: int
    size: int
    filters: int
    kernel: int
    stride: int = 1
    padding: int = 0
    groups: int = 1

    def __str__(self):
        options = ((f" s{self.stride}" if self.stride > 1 else "") + (f" p{self.padding}" if self.padding else "")
                   + (f" g{self.groups}" if self.groups > 1 else ""))
        return f"{self.batch}x{self.channels}x{self.size} -> {self.filters}, {self.kernel}x{self.kernel}{options}"


SHAPES = {
    "The six shapes that the code was tuned on": (
        Shape(32, 64, 32, 64, 3, padding=1), Shape(8, 256, 14, 256, 3, padding=1), Shape(8, 64, 56, 64, 3, padding=1),
        Shape(8, 256, 28, 64, 1), Shape(4, 3, 224, 96, 11, stride=4), Shape(32, 3, 32, 32, 5, padding=2)),
    # layers of VGG-16, MobileNet, ResNet (twice), DenseNet-121 and AlexNet (conv4 of the paper's two groups)
    "Six other shapes, never tuned on": (
        Shape(2, 128, 112, 128, 3, padding=1), Shape(8, 512, 14, 512, 1), Shape(8, 128, 56, 128, 3, stride=2, padding=1),
        Shape(8, 256, 56, 512, 1, stride=2), Shape(16, 128, 14, 32, 3, padding=1), Shape(8, 384, 13, 384, 3, padding=1, groups=2)),
    "Depthwise": (
        Shape(8, 32, 112, 32, 3, padding=1, groups=32), Shape(8, 32, 112, 32, 3, stride=2, padding=1, groups=32),
        Shape(32, 512, 14, 512, 3, padding=1, groups=512)),
    "The two layers of LeNet-5": (Shape(64, 1, 28, 6, 5, padding=2), Shape(64, 6, 14, 16, 5)),
}
AIMS = {"forward": 0.75, "backward": 0.85}      # of torch, geometric mean over the first six shapes
MEMORY_AIM = 64                                 # MB beyond inputs and outputs
HEADER = "| shape (N, C, H -> F, kernel) | torch forward, ms | forward | torch backward, ms | backward | MB extra | products alone |"


class Measurement(NamedTuple):
    """Processor seconds of the quickest round, and the bytes that each pass needs beyond its inputs and outputs."""

    shape: Shape
    seconds: dict[str, float]
    memory: dict[str, int]

    def ratio(self, direction):
        """Speed against torch: 1 is as fast, 0.5 takes twice as long."""
        return self.seconds[f"torch {direction}"] / self.seconds[f"numpy {direction}"]


def measure(sections=SHAPES, passes=3, rounds=8):
    """Every shape, by section."""
    return {title: [measure_one(shape, passes, rounds) for shape in shapes] for title, shapes in sections.items()}


def measure_one(shape, passes, rounds):
    calls = contestants(shape)
    memory = {direction: timing.bytes_beyond_outputs(calls[f"numpy {direction}"]) for direction in AIMS}
    return Measurement(shape, timing.quickest(lambda: contestants(shape), passes, rounds), memory)


def contestants(shape):
    """What is timed, float32: torch computes the same output and the same three gradients as we do."""
    rng = np.random.default_rng(0)
    N, C, H, filters, kernel, stride, padding, groups = shape
    x = rng.standard_normal((N, C, H, H), dtype=np.float32)
    weight = rng.standard_normal((filters, C // groups, kernel, kernel), dtype=np.float32)
    bias = rng.standard_normal(filters, dtype=np.float32)
    leaves = [torch.tensor(a, requires_grad=True) for a in (x, weight, bias)]
    plain = [leaf.detach() for leaf in leaves]
    y = F.conv2d(*leaves, stride, padding, 1, groups)
    grad_y = torch.randn(y.shape, generator=torch.Generator().manual_seed(0))
    rows = weight.reshape(groups, filters // groups, -1)
    columns = np.ones((groups, weight[0].size, y.shape[2] * y.shape[3]), np.float32)
    product = np.empty((groups, filters // groups, columns.shape[2]), np.float32)
    return {
        "torch forward": lambda: F.conv2d(*plain, stride, padding, 1, groups),
        "numpy forward": lambda: conv2d(x, weight, bias, stride, padding, 1, groups),
        "torch backward": lambda: torch.autograd.grad(y, leaves, grad_y, retain_graph=True),
        "numpy backward": lambda: conv2d_backward(grad_y.numpy(), x, weight, bias, stride, padding, 1, groups),
        "products": lambda: [np.matmul(rows, columns, out=product) for _ in range(N)],
    }


def report(measurements):
    """The measurements as lines of Markdown, the first section with the aims it is held against."""
    lines = ["## NumPy's conv2d against torch on the CPU, float32, one thread", "",
             "Ratios are speeds: 1 is as fast as torch, 0.5 takes twice as long. The last column is how fast the forward pass would be",
             "if it were one bare matrix product an image, with columns that cost nothing."]
    for title, section in measurements.items():
        lines += ["", f"### {title}", "", HEADER, "|---|---|---|---|---|---|---|", *map(row, section)]
        means = [timing.geometric_mean(m.ratio(direction) for m in section) for direction in AIMS]
        lines.append(f"| geometric mean | | {means[0]:.2f} | | {means[1]:.2f} | | |")
        if title == next(iter(measurements)):
            lines += ["", "| what | measured | aim |", "|---|---|---|"]
            for direction, mean in zip(AIMS, means, strict=True):
                lines.append(f"| {direction}, geometric mean | {mean:.2f} | at least {AIMS[direction]} |")
            for direction in AIMS:
                most = max(m.memory[direction] for m in section) / 1e6
                lines.append(f"| memory of {direction} beyond inputs and outputs, largest | {most:.1f} MB | at most {MEMORY_AIM} MB |")
    return "\n".join(lines) + "\n"


def row(m):
    forward, backward = m.seconds["torch forward"], m.seconds["torch backward"]
    return (f"| {m.shape} | {1e3 * forward:.1f} | {m.ratio('forward'):.2f} | {1e3 * backward:.1f} | {m.ratio('backward'):.2f} "
            f"| {max(m.memory.values()) / 1e6:.1f} | {forward / m.seconds['products']:.2f} |")
