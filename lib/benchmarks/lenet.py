"""A training step of LeNet-5 on 64 digits: the NumPy engine and written_out against torch's own layers, in the same run."""
import numpy as np
import torch
from timing import quickest

from convbook import init, models, numpy_nn, torch_nn
from convbook.torch_nn import written_out

AIMS = {"numpy_nn": 0.5, "written_out": None}       # of torch_nn
BATCH = 64


def measure(passes=3, rounds=20):
    """Processor seconds of the quickest step of each engine: forward, loss, backward, and the optimiser's move."""
    return quickest(contestants, passes, rounds)


def contestants():
    """One step of each engine, from the same weights, on the same images."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((BATCH, 1, 28, 28), dtype=np.float32), rng.integers(0, 10, BATCH)
    return {name: step(nn, x, y) for name, nn in (("torch_nn", torch_nn), ("numpy_nn", numpy_nn), ("written_out", written_out))}


def step(nn, x, y):
    """A call that trains a net of this engine by one step."""
    net = models.lenet5(nn)
    init.xavier(net, 0)
    optimizer = nn.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    images, labels = (numpy_nn.Tensor(x), y) if nn is numpy_nn else (torch.from_numpy(x), torch.from_numpy(y))

    def train():
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(images), labels).backward()
        optimizer.step()
    return train


def report(seconds):
    """The steps as lines of Markdown; ratios are speeds against torch_nn."""
    lines = ["## A training step of LeNet-5, batch 64, float32, one thread", "",
             "| engine | ms a step | of torch | aim |", "|---|---|---|---|"]
    for name, value in seconds.items():
        aim = AIMS.get(name)
        lines.append(f"| {name} | {1e3 * value:.1f} | {seconds['torch_nn'] / value:.2f} | {f'at least {aim}' if aim else ''} |")
    return "\n".join(lines) + "\n"
