"""Normalisations in NumPy against torch, in the same run.

timing.py says how it is timed.
"""
import inspect

import numpy as np
import torch
import torch.nn.functional as F
from timing import Measurement, quickest

from convbook import numpy_nn

BATCH = {"running_mean": None, "running_var": None, "training": True}
CASES = (("batch_norm", (32, 64, 32, 32), BATCH), ("batch_norm", (64, 6, 28, 28), BATCH), ("batch_norm", (8, 256, 56, 56), BATCH),
         ("batch_norm", (256, 1024), BATCH), ("layer_norm", (8, 56, 56, 96), {"normalized_shape": (96,)}),
         ("group_norm", (8, 64, 56, 56), {"num_groups": 32}), ("local_response_norm", (8, 96, 27, 27), {"size": 5}))
AIMS = {"batch_norm": 0.3}      # of torch, forward and backward, on images


def measure(cases=CASES, rounds=12):
    """Time every case."""
    return [Measurement(*case[:2], quickest(lambda case=case: contestants(*case), rounds=rounds)) for case in cases]


def contestants(name, shape, options):
    """What is timed, float32: the output, and the gradients of x, weight and bias.

    Backward uses what the forward pass kept, as torch's does: batch norm keeps each channel's mean and variance.
    """
    rng = np.random.default_rng(0)
    tensors = {"x": rng.standard_normal(shape, dtype=np.float32)}
    if name != "local_response_norm":
        sizes = options.get("normalized_shape", shape[1:2])
        tensors |= {"weight": rng.standard_normal(sizes, dtype=np.float32), "bias": rng.standard_normal(sizes, dtype=np.float32)}
    leaves = {key: torch.tensor(value, requires_grad=True) for key, value in tensors.items()}
    plain = {key: leaf.detach() for key, leaf in leaves.items()}
    y = on_torch(name, leaves, options)
    grad_y = torch.randn(y.shape, generator=torch.Generator().manual_seed(0))
    function = getattr(numpy_nn, name)
    _, vjp = getattr(inspect.getmodule(function), f"_{name}")(**tensors, **options)
    return {
        "torch forward": lambda: on_torch(name, plain, options),
        "numpy forward": lambda: function(**tensors, **options),
        "torch backward": lambda: torch.autograd.grad(y, list(leaves.values()), grad_y, retain_graph=True),
        "numpy backward": lambda: vjp(grad_y.numpy()),
    }


def on_torch(name, tensors, options):
    """torch's function; it calls the first argument input."""
    return getattr(F, name)(tensors["x"], **{key: value for key, value in tensors.items() if key != "x"}, **options)


def report(measurements):
    """The measurements as lines of Markdown, with the aims they are held against."""
    lines = ["## NumPy's normalisations against torch on the CPU, float32, one thread", "",
             "Ratios are speeds: 1 is as fast as torch, 0.5 takes twice as long. Batch norm is in training.", "",
             "| function | shape | torch forward, ms | forward | torch backward, ms | backward | aim |",
             "|---|---|---|---|---|---|---|"]
    for m in measurements:
        forward, backward = 1e3 * m.seconds["torch forward"], 1e3 * m.seconds["torch backward"]
        aim = f"at least {AIMS[m.name]}" if m.name in AIMS and len(m.shape) == 4 else ""
        lines.append(f"| {m.name} | {'x'.join(map(str, m.shape))} | {forward:.2f} | {m.ratio('forward'):.2f} "
                     f"| {backward:.2f} | {m.ratio('backward'):.2f} | {aim} |")
    return "\n".join(lines) + "\n"
