"""Activations, softmax and cross-entropy in NumPy against torch, in the same run.

timing.py says how it is timed.
"""

import numpy as np
import torch
import torch.nn.functional as F
from timing import Measurement, quickest

from convbook import numpy_nn

MAPS, SCORES = (64, 64, 56, 56), (4096, 1000)
FUNCTIONS = {
    "relu": F.relu, "relu6": F.relu6, "leaky_relu": F.leaky_relu, "elu": F.elu, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
    "scaled_tanh": lambda x: 1.7159 * torch.tanh(2 / 3 * x), "silu": F.silu, "gelu": F.gelu, "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish, "softmax": F.softmax, "log_softmax": F.log_softmax, "cross_entropy": F.cross_entropy}
AIMS = {"relu": 0.3}        # of torch, forward and backward


def measure(maps=MAPS, scores=SCORES, rounds=3):
    """Time every function once: those of single values on feature maps, the others on the scores of a batch."""
    shapes = {name: scores if "soft" in name or "entropy" in name else maps for name in FUNCTIONS}
    return [Measurement(name, shape, quickest(lambda name=name, shape=shape: contestants(name, shape), rounds=rounds))
            for name, shape in shapes.items()]


def contestants(name, shape):
    """What is timed, float32: outputs, and the gradient of x from that of the output."""
    rng = np.random.default_rng(0)
    x, target = rng.standard_normal(shape, dtype=np.float32), rng.integers(0, shape[1], shape[0])
    options = {"cross_entropy": (target,), "softmax": (1,), "log_softmax": (1,)}.get(name, ())
    torch_options = tuple(torch.from_numpy(o) if isinstance(o, np.ndarray) else o for o in options)
    leaf = torch.tensor(x, requires_grad=True)
    y = FUNCTIONS[name](leaf, *torch_options)
    grad_y = torch.randn(y.shape, generator=torch.Generator().manual_seed(0))
    forward, backward = getattr(numpy_nn, name), getattr(numpy_nn, f"{name}_backward")
    return {
        "torch forward": lambda: FUNCTIONS[name](leaf.detach(), *torch_options),
        "numpy forward": lambda: forward(x, *options),
        "torch backward": lambda: torch.autograd.grad(y, leaf, grad_y, retain_graph=True)[0],
        "numpy backward": lambda: backward(grad_y.numpy(), x, *options),
    }


def report(measurements):
    """The measurements as lines of Markdown, with the aims they are held against."""
    lines = ["## NumPy's activations and losses against torch on the CPU, float32, one thread", "",
             "Ratios are speeds: 1 is as fast as torch, 0.5 takes twice as long. NumPy's backward functions start from x;",
             "where the forward pass leaves its output for them (softmax and its like), they compute it again here.", "",
             "| function | shape | torch forward, ms | forward | torch backward, ms | backward | aim |",
             "|---|---|---|---|---|---|---|"]
    for m in measurements:
        forward, backward = 1e3 * m.seconds["torch forward"], 1e3 * m.seconds["torch backward"]
        aim = f"at least {AIMS[m.name]}" if m.name in AIMS else ""
        lines.append(f"| {m.name} | {'x'.join(map(str, m.shape))} | {forward:.1f} | {m.ratio('forward'):.2f} "
                     f"| {backward:.1f} | {m.ratio('backward'):.2f} | {aim} |")
    return "\n".join(lines) + "\n"
