"""conv2d in NumPy against torch and against bare matrix products, in the same run.

The calls take turns, round after round, so that a busy moment of the machine meets them alike; the quickest round counts.
What is counted is processor time, so waiting for a core that another program holds does not: everything runs on one thread.
"""
import math
import time
import tracemalloc
from typing import NamedTuple

import numpy as np
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

    def __str__(self):
        options = (f" s{self.stride}" if self.stride > 1 else "") + (f" p{self.padding}" if self.padding else "")
        return f"{self.batch}x{self.channels}x{self.size} -> {self.filters}, {self.kernel}x{self.kernel}{options}"


SHAPES = (Shape(32, 64, 32, 64, 3, padding=1), Shape(8, 256, 14, 256, 3, padding=1), Shape(8, 64, 56, 64, 3, padding=1),
          Shape(8, 256, 28, 64, 1), Shape(4, 3, 224, 96, 11, stride=4), Shape(32, 3, 32, 32, 5, padding=2))
AIMS = {"forward": 0.75, "backward": 0.85}      # of torch, geometric mean over SHAPES
MEMORY_AIM = 64                                 # MB beyond inputs and outputs


class Measurement(NamedTuple):
    """Processor seconds of the quickest round, and the bytes that each pass needs beyond its inputs and outputs."""

    shape: Shape
    seconds: dict[str, float]
    memory: dict[str, int]

    def ratio(self, direction):
        """Speed against torch: 1 is as fast, 0.5 takes twice as long."""
        return self.seconds[f"torch {direction}"] / self.seconds[f"numpy {direction}"]


def measure(shape, passes=4, rounds=12):
    """Time one shape. Each pass makes its arrays anew, because speed also depends on where in memory they happen to lie."""
    seconds = {}
    for _ in range(passes):
        calls = contestants(shape)
        for _ in range(rounds):
            for name, call in calls.items():
                start = time.process_time()
                call()
                seconds[name] = min(seconds.get(name, math.inf), time.process_time() - start)
    return Measurement(shape, seconds, {direction: _memory(calls[f"numpy {direction}"]) for direction in AIMS})


def contestants(shape):
    """What is timed, float32: torch computes the same output and the same three gradients as we do."""
    rng = np.random.default_rng(0)
    N, C, H, filters, kernel, stride, padding = shape
    x, weight = rng.standard_normal((N, C, H, H), dtype=np.float32), rng.standard_normal((filters, C, kernel, kernel), dtype=np.float32)
    bias = rng.standard_normal(filters, dtype=np.float32)
    leaves = [torch.tensor(a, requires_grad=True) for a in (x, weight, bias)]
    plain = [leaf.detach() for leaf in leaves]
    y = F.conv2d(*leaves, stride, padding)
    grad_y = torch.randn(y.shape, generator=torch.Generator().manual_seed(0))
    rows, columns = weight.reshape(filters, -1), np.ones((weight[0].size, y.shape[2] * y.shape[3]), np.float32)
    product = np.empty((filters, columns.shape[1]), np.float32)
    return {
        "torch forward": lambda: F.conv2d(*plain, stride, padding),
        "numpy forward": lambda: conv2d(x, weight, bias, stride, padding),
        "torch backward": lambda: torch.autograd.grad(y, leaves, grad_y, retain_graph=True),
        "numpy backward": lambda: conv2d_backward(grad_y.numpy(), x, weight, bias, stride, padding),
        "products": lambda: [np.matmul(rows, columns, out=product) for _ in range(N)],
    }


def report(measurements):
    """The measurements as lines of Markdown, with the aims they are held against."""
    lines = ["## NumPy's conv2d against torch on the CPU, float32, one thread", "",
             "Ratios are speeds: 1 is as fast as torch, 0.5 takes twice as long. The last column is how fast the forward pass would be",
             "if the columns cost nothing: one bare matrix product an image.", "",
             "| shape (N, C, H -> F, kernel) | torch forward, ms | forward | torch backward, ms | backward | MB extra | products alone |",
             "|---|---|---|---|---|---|---|"]
    for m in measurements:
        forward, backward = 1e3 * m.seconds["torch forward"], 1e3 * m.seconds["torch backward"]
        lines.append(f"| {m.shape} | {forward:.1f} | {m.ratio('forward'):.2f} | {backward:.1f} | {m.ratio('backward'):.2f} "
                     f"| {max(m.memory.values()) / 1e6:.1f} | {m.seconds['torch forward'] / m.seconds['products']:.2f} |")
    lines += ["", "| what | measured | aim |", "|---|---|---|"]
    for direction, aim in AIMS.items():
        mean = math.prod(m.ratio(direction) for m in measurements) ** (1 / len(measurements))
        lines.append(f"| {direction}, geometric mean | {mean:.2f} | at least {aim} |")
    for direction in AIMS:
        most = max(m.memory[direction] for m in measurements) / 1e6
        lines.append(f"| memory of {direction} beyond inputs and outputs, largest | {most:.1f} MB | at most {MEMORY_AIM} MB |")
    return "\n".join(lines) + "\n"


def _memory(call):
    tracemalloc.start()
    outputs = call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - sum(output.nbytes for output in (outputs if isinstance(outputs, tuple) else (outputs,)))
