"""fit, evaluate and predict: the same lines for numpy_nn, torch_nn and written_out (chapter 11)."""
import time
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

from convbook.data import batches
from convbook.train import checkpoint as files
from convbook.train.engine import engine_of
from convbook.train.finite import check_finite
from convbook.train.history import Display, History


def fit(net, data, epochs, optimizer, *, batch_size=64, validation=None, loss=None, augment=None, schedule=None, per_batch=False,
        seed=0, checkpoint=None, resume=False, progress=True, auxiliary_weight=0.3, **engine_options):
    """Train a net and tell how it went.

    net         a module of numpy_nn, torch_nn or written_out; moved to the GPU if there is one
    data        (x, y): images (N, C, H, W) and class indices (N,)
    epochs      how often every image is seen
    optimizer   of the net's engine, made from net.parameters()
    validation  (x, y) to measure after every epoch, or None
    loss        loss(output, target) in the net's engine; None: cross_entropy, and heads of Auxiliary count auxiliary_weight each
    augment     augment(x, rng) -> x, or augment(x, y, rng) -> (x, y), of NumPy arrays, applied to every training batch; or None
    schedule    learning-rate schedule; its step() is called after each epoch, or after each batch if per_batch
    seed        the order of batches, augmentation and dropout of epoch e depend on (seed, e) alone
    checkpoint  folder for last.npz and best.npz (by validation accuracy, else by training loss); None: keep nothing
    resume      go on from last.npz of that folder; the numbers are those of a run that was not stopped
    progress    a bar on a terminal, a line an epoch elsewhere
    device, compile, autocast, channels_last   options of torch's nets: "cuda:1", True (or a backend's name), "bfloat16", True
    returns     History, a plain table with a row an epoch

    Raises ValueError if the folder holds a run and resume is False, or settings differ from it; NotFiniteError with the name of the
    layer if the loss is no number. Chapter 11.
    """
    x, y = _checked(data, "data")
    engine = engine_of(net, **engine_options)
    settings = {"seed": seed, "batch_size": batch_size, "images": len(x)}
    folder = None if checkpoint is None else Path(checkpoint)
    parts = {"net": net, "optimizer": optimizer, **({} if schedule is None else {"schedule": schedule})}
    history, best = _resumed(engine, parts, settings, folder, resume)
    steps = -(-len(x) // batch_size)
    with Display(epochs * steps, len(history) * steps, engine.name, progress) as display:
        for epoch in range(len(history) + 1, epochs + 1):
            started = time.perf_counter()
            each = schedule if per_batch else None
            row = {"epoch": epoch} | _epoch(engine, x, y, optimizer, epoch, batch_size, loss, augment, each, seed, auxiliary_weight,
                                            history, display)
            if validation is not None:
                row["val_loss"], row["val_accuracy"] = _evaluate(engine, *_checked(validation, "validation"), loss, batch_size)
            row |= {"lr": optimizer.param_groups[0]["lr"], "seconds": time.perf_counter() - started}
            history.append(row)
            if schedule is not None and not per_batch:
                _step(schedule, row)
            if folder is not None:
                best = _keep(engine, parts, settings, history, best, folder)
            display.epoch(row)
    return history


def evaluate(net, x, y, *, loss=None, batch_size=256, **engine_options):
    """Mean loss and accuracy of a net in evaluation mode; the net's mode is left as it was.

    x, y     images (N, C, H, W) and class indices (N,)
    returns  loss, accuracy

    Raises ValueError if there are no images, or not as many labels. Chapter 11.
    """
    return _evaluate(engine_of(net, **engine_options), *_checked((x, y), "data"), loss, batch_size)


def predict(net, x, *, batch_size=256, **engine_options):
    """What a net in evaluation mode says about images; the net's mode is left as it was.

    x        (N, C, H, W)   images
    returns  (N, K)         its outputs as one NumPy array

    Raises TypeError if net is no net. Chapter 11.
    """
    engine = engine_of(net, **engine_options)
    return np.concatenate([engine.numpy(output) for output in _outputs(engine, x, batch_size)])


def load_net(net, folder, which="best"):
    """Take over the weights that fit kept in a folder: those of its "best" or of its "last" epoch. Returns the net.

    Raises FileNotFoundError if there is no such run, ValueError or KeyError that names what does not fit. Chapter 11.
    """
    engine_of(net).restore(net, files.load(Path(folder) / f"{which}.npz")["parts"]["net"])
    return net


def _epoch(engine, x, y, optimizer, epoch, batch_size, loss, augment, schedule,
           seed, auxiliary_weight, history, display):
    """Every image once; the mean loss and the accuracy of the batches as they came."""
    order, changes, draws = np.random.SeedSequence([seed, epoch]).spawn(3)
    rng = np.random.default_rng(changes)
    engine.seed(int(draws.generate_state(1)[0]))
    engine.net.train()
    total, right, seen = 0.0, 0.0, 0
    shuffled = batches(x, y, batch_size, np.random.default_rng(order))
    for number, (xb, yb) in enumerate(shuffled, start=1):
        if augment is not None:
            images_only = len(signature(augment).parameters) == 2
            xb, yb = (augment(xb, rng), yb) if images_only else augment(xb, yb, rng)
        output, target = engine.forward(xb), engine.target(yb)
        of_batch = _loss(engine, output, target, loss, auxiliary_weight)
        value = float(engine.numpy(of_batch))
        check_finite(value, engine.net, lambda xb=xb: engine.forward(xb, plainly=True),
                     f"epoch {epoch}, batch {number}", history)
        engine.backward(of_batch, optimizer)
        if schedule is not None:
            schedule.step()
        total, seen = total + value * len(xb), seen + len(xb)
        right += _right(engine, output, yb)
        display.step(epoch, total / seen, right / seen)
    return {"loss": total / seen, "accuracy": right / seen}


def _evaluate(engine, x, y, loss, batch_size):
    total, right = 0.0, 0.0
    outputs = _outputs(engine, x, batch_size)
    for (_, yb), output in zip(batches(x, y, batch_size), outputs, strict=True):
        with engine.no_grad():
            total += float(engine.numpy(_loss(engine, output, engine.target(yb), loss, 0.0))) * len(yb)
        right += _right(engine, output, yb)
    return total / len(x), right / len(x)


def _outputs(engine, x, batch_size):
    """Batch by batch in evaluation mode, in the given order."""
    modes = [(module, module.training) for module in engine.net.modules()]
    engine.net.eval()
    try:
        with engine.no_grad():
            for start in range(0, len(x), batch_size):
                yield engine.forward(x[start:start + batch_size])
    finally:
        for module, mode in modes:
            module.training = mode


def _loss(engine, output, target, loss, auxiliary_weight):
    if loss is not None:
        return loss(output, target)
    main, *heads = output if isinstance(output, tuple) else (output,)
    return sum((engine.cross_entropy(head, target) * auxiliary_weight for head in heads), start=engine.cross_entropy(main, target))


def _right(engine, output, y):
    """How many of a batch are right; of mixed labels (N, K) the largest counts."""
    scores = engine.numpy(output[0] if isinstance(output, tuple) else output)
    return int((scores.argmax(1) == (y if y.ndim == 1 else y.argmax(1))).sum())


def _step(schedule, row):
    """Plateau schedules want to see the loss."""
    if "metrics" in signature(schedule.step).parameters:
        schedule.step(row.get("val_loss", row["loss"]))
    else:
        schedule.step()


def _resumed(engine, parts, settings, folder, resume):
    """The history so far, and the best figure in it."""
    if folder is None or not (folder / "last.npz").exists():
        return History(), None
    kept = files.load(folder / "last.npz")
    if not resume:
        raise ValueError(f"{folder} holds a run of {len(kept['history'])} epochs; go on with resume=True, or choose another folder")
    were = kept["settings"]
    if different := [f"{name} was {were[name]}, is {value}" for name, value in settings.items() if were[name] != value]:
        raise ValueError(f"the run in {folder} cannot be resumed with other settings: {'; '.join(different)}")
    if missing := parts.keys() ^ kept["parts"].keys():
        raise ValueError(f"the run in {folder} and this one differ in: {', '.join(sorted(missing))}")
    for name, part in parts.items():
        engine.restore(part, kept["parts"][name])
    return History(kept["history"]), kept["best"]


def _keep(engine, parts, settings, history, best, folder):
    """Write last.npz, and best.npz if this epoch is the best so far; returns the best figure."""
    row = history[-1]
    figure = row["val_accuracy"] if "val_accuracy" in row else -row["loss"]
    is_best = best is None or figure > best
    best = figure if is_best else best
    states = {name: engine.state(part) for name, part in parts.items()}
    tree = {"parts": states, "settings": settings, "history": list(history), "best": best}
    if is_best:
        files.save(folder / "best.npz", tree)
    files.save(folder / "last.npz", tree)
    return best


def _checked(data, name) -> tuple[Any, Any]:
    x, y = data
    if len(x) != len(y) or not len(x):
        raise ValueError(f"{name} needs as many labels as images, and at least one; got {len(x)} images and {len(y)} labels")
    return x, y
