"""The net of the figure lenet-explorer: python lib/explorer/explorer.py trains it and writes chapters/figures/lenet-explorer.weights.js.

LeNet-5 in the textbooks' form, 4,000 digits of mnist_5k, ink 0..1 as it is. A digit drawn with a mouse is not one of MNIST's: lines of
one width, straighter, bolder or thinner, larger curves. So every batch is turned, slanted, stretched, moved and its lines made bolder or
thinner at random. One thread takes about two minutes; the same seed gives the same weights on the same machine.

The file holds the weights rounded to float16 (123 KB instead of 247), and everybody computes with the rounded ones: the figure, the
tests and `read`. It is a script, not JSON, because a page opened from the disk may load scripts and nothing else. With the weights come
ten of the 1,000 digits that were held out, one of each class, and how many of the 1,000 the net reads rightly.
"""
import base64
import json
import math
from pathlib import Path

import numpy as np
import torch

from convbook import data, init, models, train
from convbook import torch_nn as nn

FILE = Path(__file__).resolve().parents[2] / "chapters" / "figures" / "lenet-explorer.weights.js"
SEED = 12
EPOCHS = 120


def sets():
    """(x, y), (x, y): 4,000 digits to train on and 1,000 held out, as `data.mnist_5k` says they may be cut."""
    x, y = data.mnist_5k()
    return (x[:4000], y[:4000]), (x[4000:], y[4000:])


def redrawn(x, rng):
    """An augmentation: every digit as another hand and another pen might have drawn it.

    x        (N, 1, 28, 28)   ink 0..1, float32
    rng      numpy.random.Generator
    returns  (N, 1, 28, 28)   turned by up to 14 degrees, slanted by up to 0.25, stretched by 0.85 to 1.15 each way, moved by up to 2.5
                              pixels; the lines of a quarter bolder, of a quarter thinner, and all of it more or less sharp
    """
    turn, slant = rng.uniform(-0.25, 0.25, (2, len(x)))
    wide, high = rng.uniform(0.87, 1.18, (2, len(x)))
    across, down = rng.uniform(-2.5, 2.5, (2, len(x))) / 14                 # the sampling grid goes from -1 to 1
    cosine, sine = np.cos(turn), np.sin(turn)
    rows = [[wide * cosine, high * (slant * cosine - sine), across], [wide * sine, high * (slant * sine + cosine), down]]
    places = torch.nn.functional.affine_grid(torch.tensor(np.moveaxis(np.array(rows, x.dtype), 2, 0)), x.shape, align_corners=False)
    moved = torch.nn.functional.grid_sample(torch.tensor(x), places, align_corners=False)
    bolder = torch.nn.functional.max_pool2d(torch.nn.functional.pad(moved, (0, 1, 0, 1)), 2, 1)
    thinner = -torch.nn.functional.max_pool2d(torch.nn.functional.pad(-moved, (0, 1, 0, 1)), 2, 1)
    pen = torch.tensor(rng.integers(4, size=(len(x), 1, 1, 1)))
    sharper = torch.tensor(rng.uniform(1, 1.6, (len(x), 1, 1, 1)).astype(x.dtype))
    return (torch.where(pen == 0, bolder, torch.where(pen == 1, thinner, moved)) * sharper).clamp(0, 1).numpy()


def trained(digits, epochs=EPOCHS, seed=SEED, progress=True):
    """lenet5 trained by Adam, the rate falling from 0.002 to 0 along half a cosine; first weights of Glorot and Bengio 2010."""
    net = models.lenet5(nn)
    init.xavier(net, seed)
    optimizer = torch.optim.Adam(net.parameters(), 2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * math.ceil(len(digits[0]) / 64))
    train.fit(net, digits, epochs, optimizer, augment=redrawn, schedule=schedule, per_batch=True, seed=seed, progress=progress,
              device="cpu")
    return net


def write(weights, examples, right, held, file=FILE):
    """The script for the figure.

    weights      {name: array}, in the order of the net's state_dict
    examples     (x, y)   ten held-out digits
    right, held  so many of so many held-out digits are read rightly
    """
    packed = np.concatenate([array.astype("<f2").ravel() for array in weights.values()])
    ink = np.rint(examples[0] * 255).astype(np.uint8)
    content = {"shapes": {name: list(array.shape) for name, array in weights.items()}, "right": right, "held": held,
               "labels": examples[1].tolist(), "examples": base64.b64encode(ink.tobytes()).decode(),
               "float16": base64.b64encode(packed.tobytes()).decode()}
    file.write_text("/* Written by lib/explorer/explorer.py. */\n(window.lenetExplorer ??= {}).weights = " + json.dumps(content) + ";\n",
                    encoding="utf-8")


def read(file=FILE):
    """What `write` wrote.

    returns  weights   {name: float32 array}, rounded to float16
             examples  (x (10, 1, 28, 28) float32 0..1, y (10,))
             about     {"right": ..., "held": ...}
    """
    content = json.loads(file.read_text(encoding="utf-8").split(" = ", 1)[1].rstrip(";\n"))
    packed = np.frombuffer(base64.b64decode(content["float16"]), "<f2").astype(np.float32)
    ends = np.cumsum([math.prod(shape) for shape in content["shapes"].values()])
    weights = {name: part.reshape(shape) for (name, shape), part in
               zip(content["shapes"].items(), np.split(packed, ends[:-1]), strict=True)}
    ink = np.frombuffer(base64.b64decode(content["examples"]), np.uint8).reshape(-1, 1, 28, 28)
    examples = ink.astype(np.float32) / 255, np.array(content["labels"])
    return weights, examples, {name: content[name] for name in ("right", "held")}


def net_of(weights, engine=nn):
    """lenet5 of an engine with these weights."""
    net = models.lenet5(engine)
    arrays = weights if engine is not nn else {name: torch.tensor(array) for name, array in weights.items()}
    net.load_state_dict(arrays)
    return net


def main():
    torch.set_num_threads(1)
    digits, held = sets()
    net = trained(digits)
    weights = {name: value.numpy().astype(np.float16) for name, value in net.state_dict().items()}
    rounded = net_of({name: array.astype(np.float32) for name, array in weights.items()})
    _, accuracy = train.evaluate(rounded, *held, device="cpu")
    chosen = [int(np.flatnonzero(held[1] == digit)[0]) for digit in range(10)]
    write(weights, (held[0][chosen], held[1][chosen]), round(accuracy * len(held[0])), len(held[0]))
    print(f"{accuracy:.2%} of {len(held[0])} held-out digits; {FILE} has {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
