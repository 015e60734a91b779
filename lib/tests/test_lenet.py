"""LeNet-5 on real digits: three engines, one story; and it reads digits it has not seen."""
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from convbook import init, models, numpy_nn, torch_nn
from convbook.data import STATISTICS, batches, mnist, mnist_5k, normalise, split
from convbook.torch_nn import written_out
from convbook.train import evaluate, fit

ENGINES = {"numpy": numpy_nn, "torch": torch_nn, "written_out": written_out}


@pytest.fixture(scope="module")
def digits():
    x, y = mnist_5k()
    return normalise(x, *STATISTICS["mnist"]), y


def first_losses(nn, x, y, steps=20):
    net = models.lenet5(nn).double()
    init.xavier(net, 0)
    optimizer, losses = nn.optim.SGD(net.parameters(), lr=0.05, momentum=0.9), []
    tensor = numpy_nn.Tensor if nn is numpy_nn else torch.from_numpy
    for _, (xb, yb) in zip(range(steps), batches(x.astype(np.float64), y, 64, np.random.default_rng(0)), strict=False):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(tensor(xb)), yb if nn is numpy_nn else torch.from_numpy(yb))
        loss.backward()
        optimizer.step()
        losses.append(float(loss.data))
    return losses


def test_same_weights_and_batches_give_the_same_losses_on_every_engine(digits):
    stories = {name: np.array(first_losses(nn, *digits)) for name, nn in ENGINES.items()}
    assert len(stories["torch"]) == 20
    assert stories["torch"][-1] < 0.5 * stories["torch"][0]
    for story in stories.values():
        assert np.abs(story - stories["torch"]).max() <= 1e-6


@pytest.mark.parametrize("nn", [pytest.param(nn, id=name) for name, nn in ENGINES.items()])
def test_it_reads_digits_it_has_not_seen(nn, digits):
    """On MNIST's own test set where it is present (CONVBOOK_DATA), else on a held-out fifth of the 5,000."""
    if (Path(os.environ.get("CONVBOOK_DATA", "")) / "mnist").is_dir():
        (x, y), (held_x, held_y), least = digits, mnist("test"), 0.95
        held_x = normalise(held_x, *STATISTICS["mnist"])
    else:
        ((x, y), (held_x, held_y)), least = split(*digits, 0.2, 0), 0.94
    net = models.lenet5(nn)
    init.xavier(net, 0)
    fit(net, (x, y), 6, nn.optim.SGD(net.parameters(), lr=0.05, momentum=0.9), progress=False)
    assert evaluate(net, held_x, held_y)[1] >= least
