"""What the experiments share: the data, one recipe of training, the results on the disk, and the words about them.

An experiment is a module beside this one with

    docstring       what is asked, what the paper says, the recipe: the README shows it
    measure(...)    trains and returns rows, one an epoch of every run
    picture(rows)   Figure
    findings(rows)  sentences that hold the outcome against the paper, computed, never typed
"""
import csv
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch

from convbook import augment, data, init, machine, train
from convbook import torch_nn as nn
from convbook.models import resnet

RESULTS = Path(__file__).with_name("results")
COLUMNS = ("net", "parameters", "seed", "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "lr")
WIDTHS = (8, 16, 32)                                    # half of the CIFAR nets'
SEEDS = (0, 1, 2)


def small_digits(images=1000, tests=1000, frame=0):
    """Digits of MNIST, averaged to 14 x 14 pixels, for nets that expect three channels.

    frame    so many pixels of paper around each
    returns  (x, y), (x, y)   training and test images (N, 3, 14 + 2 frame, 14 + 2 frame) float32, labels (N,)
    """
    x, y = data.mnist_5k()
    x = data.normalise(x, *data.STATISTICS["mnist_5k"]).reshape(len(x), 1, 14, 2, 14, 2).mean((3, 5)).repeat(3, axis=1)
    x = np.pad(x, ((0, 0), (0, 0), (frame, frame), (frame, frame)), mode="edge")
    return (x[:images], y[:images]), (x[-tests:], y[-tests:])


def small_net(n, block, widths=WIDTHS):
    """A net of the CIFAR plan, 6n + 2 layers with blocks of two; block(channels_in, width, stride, number) makes one."""
    stem = nn.Sequential(**resnet.conv_bn(nn, 3, widths[0], 3), relu=nn.ReLU())
    return nn.Sequential(stem=stem, stages=resnet.stages(nn, [n] * 3, widths, widths[0], block), head=resnet.head(nn, widths[-1], 10))


def residual(channels_in, width, stride, number):
    """The block of the CIFAR ResNets: shortcuts without parameters (option A)."""
    return resnet.basic_block(nn, channels_in, width, stride, shortcuts="A")


def shifted(x, rng):
    """An augmentation: every picture moved by up to 2 pixels, zeros where it was."""
    return augment.pad_and_crop(x, 2, rng)


def run(name, net, seed, sets, epochs, lr, batch_size=50, falls=(2 / 3,), change=shifted, device="cpu"):
    """Train one net: SGD with momentum 0.9 and weight decay 1e-4, first weights of He et al. 2015.

    name    of the net, equal for all seeds
    sets    training and test set, as small_digits gives them
    falls   the shares of the epochs after which the rate falls to a tenth
    change  augmentation of the training batches
    returns rows, one an epoch; if the loss stops being a number the last row says so and the run ends there
    """
    init.kaiming(net, seed)
    optimizer = torch.optim.SGD(net.parameters(), lr, momentum=0.9, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [round(share * epochs) for share in falls])
    start, broken = time.process_time(), []
    try:
        history = train.fit(net, sets[0], epochs, optimizer, batch_size=batch_size, validation=sets[1], augment=change, schedule=schedule,
                            seed=seed, progress=False, device=device, channels_last=True)
    except train.NotFiniteError as error:
        history, broken = error.history, [{"epoch": len(error.history) + 1, "lr": lr}]
    about = {"net": name, "parameters": sum(p.numel() for p in net.parameters()), "seed": seed}
    rows = [about | {column: row.get(column, float("nan")) for column in COLUMNS[3:]} for row in [*history, *broken]]
    print(f"  {name}, seed {seed}: loss {rows[-1]['loss']:.4f}, validation accuracy {rows[-1]['val_accuracy']:.2%}, "
          f"{time.process_time() - start:.0f} s", flush=True)
    return rows


def last(rows, net, column):
    """A column's values in the last epoch of every run of a net; what is no number counts as the worst there can be."""
    ends = {row["seed"]: float(row[column]) for row in rows if row["net"] == net}
    worst = float("-inf" if "accuracy" in column else "inf")
    return [worst if np.isnan(value) else value for value in ends.values()]


def nets(rows):
    """The nets in the order in which they were trained."""
    return list(dict.fromkeys(row["net"] for row in rows))


def spread(values, column):
    """The mean of the seeds, and from which to which they go, as text."""
    if not np.isfinite(values).all():
        return f"not a number in {sum(not np.isfinite(value) for value in values)} of {len(values)} runs"
    factor, digits, unit = (100, 1, " %") if "accuracy" in column else (1, 3, "")
    mean, low, high = (f"{factor * value:.{digits}f}" for value in (statistics.fmean(values), min(values), max(values)))
    return f"{mean}{unit} ({low} to {high})"


def table(rows):
    """Markdown: a line a net, the mean of its seeds in the last epoch and in brackets the lowest and the highest."""
    lines = ["| net | parameters | training loss | training accuracy | validation accuracy |", "|---|---|---|---|---|"]
    for net in nets(rows):
        parameters = next(int(row["parameters"]) for row in rows if row["net"] == net)
        cells = [spread(last(rows, net, column), column) for column in ("loss", "accuracy", "val_accuracy")]
        lines.append(f"| {net} | {parameters:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def curves(rows):
    """{net: history} for figures.compare_runs: the mean of the seeds; a net stops where one of its runs does."""
    means = {}
    for net in nets(rows):
        seeds = [[row for row in rows if row["net"] == net and row["seed"] == seed]
                 for seed in dict.fromkeys(row["seed"] for row in rows)]
        epochs = [epoch for epoch in zip(*seeds, strict=False) if all(np.isfinite(float(row["loss"])) for row in epoch)]
        means[net] = [{"epoch": i} | {column: statistics.fmean(float(row[column]) for row in epoch) for column in COLUMNS[4:]}
                      for i, epoch in enumerate(epochs, start=1)]
    return {net: history for net, history in means.items() if history}


def against(rows, better, worse, column):
    """One sentence: is the net that the paper finds better the better one here, and by more than the seeds differ?"""
    sign = -1 if "accuracy" in column else 1
    good, bad = ([sign * value for value in last(rows, net, column)] for net in (better, worse))
    quantity = {"loss": "Training loss", "accuracy": "Training accuracy", "val_accuracy": "Validation accuracy"}[column]
    shown = [spread([sign * value for value in values], column) for values in (good, bad)]
    outcome = "as in the paper" if statistics.fmean(good) < statistics.fmean(bad) else "**the other way round than in the paper**"
    apart = max(good) < min(bad) or max(bad) < min(good)
    doubt = "" if apart else "; but the seeds' ranges overlap, so this run does not decide it"
    if len(good) == 1:
        doubt = "; one seed only"
    return f"{quantity} of {better}: {shown[0]}, of {worse}: {shown[1]}: {outcome}{doubt}."


def carry_out(experiment, **settings):
    """Run an experiment, print its table and findings, and keep rows, conditions and picture under results/."""
    torch.set_num_threads(1)                            # layers this small lose more than they gain by a second thread
    name, start, cpu = Path(experiment.__file__).stem, time.monotonic(), time.process_time()
    print(f"{name}:", flush=True)
    rows = experiment.measure(**settings)
    about = {"conditions": machine.describe(torch.cuda.get_device_name() if torch.cuda.is_available() else None),
             "processor_seconds": round(time.process_time() - cpu), "seconds": round(time.monotonic() - start)}
    keep(name, rows, about, experiment.picture(rows))
    print("\n".join(["", table(rows), "", *experiment.findings(rows), ""]), flush=True)


def keep(name, rows, about, figure, folder=RESULTS):
    """Write NAME.csv (a row an epoch of every run), NAME.json (where, when, how long) and NAME.png."""
    folder.mkdir(exist_ok=True)
    with open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: f"{value:.6g}" if isinstance(value, float) else value for key, value in row.items()} for row in rows)
    (folder / f"{name}.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    figure.savefig(folder / f"{name}.png", dpi=110)


def kept(name, folder=RESULTS):
    """What `keep` wrote: rows of text, and the dict of where, when and how long. Raises FileNotFoundError if there is nothing."""
    with open(folder / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file)), json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def main(name):
    """A script's last line: carry out the experiment that the script is."""
    carry_out(sys.modules[name])
