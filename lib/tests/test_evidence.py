"""The experiments run, say what came out whichever way it comes out, and README.md shows the results that lie beside it."""
import importlib
import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from convbook import data

FOLDER = Path(__file__).parents[1] / "evidence"
SMALL = [("degradation", {"layers": (8, 14)}, ["plain 8", "residual 8", "plain 14", "residual 14"]),
         ("batch_norm", {"rates": (0.01, 0.3)}, ["no norm at 0.01", "batch norm at 0.01", "no norm at 0.3", "batch norm at 0.3"]),
         ("stochastic_depth", {"layers": 8}, ["all branches", "stochastic depth"]),
         ("dense_or_residual", {"pairs": {2: 3}}, ["DenseNet k=2", "ResNet 3 wide"])]


@pytest.fixture(scope="module")
def evidence():
    """A function that imports a script of the folder by its name, as it is imported when run.py is the script."""
    digits = data.mnist_5k()

    def script(name):
        spec = importlib.util.spec_from_file_location(f"evidence_{name}", FOLDER / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        patch.setattr(data, "mnist_5k", lambda: digits)         # reading them takes longer than a tiny experiment
        yield script
        for name in [name for name, module in sys.modules.items() if Path(getattr(module, "__file__", None) or "/").parent == FOLDER]:
            del sys.modules[name]


@pytest.fixture(scope="module")
def common(evidence):
    return importlib.import_module("_common")


@pytest.mark.parametrize(("name", "settings", "nets"), SMALL, ids=[name for name, *_ in SMALL])
def test_an_experiment_trains_every_net_with_every_seed(evidence, common, name, settings, nets):
    experiment = evidence(name)
    rows = experiment.measure(**settings, seeds=(3, 4), images=60, tests=30, epochs=2)
    assert common.nets(rows) == nets
    assert [(row["net"], row["seed"], row["epoch"]) for row in rows] == [(net, seed, epoch) for net in nets for seed in (3, 4)
                                                                          for epoch in (1, 2)]
    assert all(np.isfinite(row[column]) for row in rows for column in common.COLUMNS[1:])
    assert all(row["lr"] == pytest.approx(rows[i - 1]["lr"] / 10) for i, row in enumerate(rows) if row["epoch"] == 2)
    assert len(common.table(rows).splitlines()) == 2 + len(nets)
    assert all(net in experiment.picture(rows).alt_text for net in nets)


def test_equal_seeds_give_equal_rows(evidence):
    experiment = evidence("stochastic_depth")
    first, second, other = (experiment.measure(layers=8, seeds=(seed,), images=60, tests=30, epochs=1) for seed in (1, 1, 2))
    assert first == second
    assert all(row["loss"] != its["loss"] for row, its in zip(first, other, strict=True))


def test_a_seed_draws_the_first_weights_too(common):
    nets, sets = [common.small_net(1, common.residual) for _ in range(3)], common.small_digits(20, 10)
    for net, seed in zip(nets, (1, 1, 2), strict=True):
        common.run("still", net, seed, sets, 1, 0.0)            # at rate 0 they stay as they were drawn
    first, second, other = (net.stem.conv.weight for net in nets)
    assert torch.equal(first, second) and not torch.equal(first, other)


def test_plain_and_residual_nets_have_as_many_parameters_and_the_layers_they_say(evidence, common):
    experiment = evidence("degradation")
    for depth in experiment.LAYERS:
        plain, residual = (common.small_net((depth - 2) // 6, block) for block in (experiment.plain_pair, common.residual))
        weighted = [sum(isinstance(layer, torch.nn.Conv2d | torch.nn.Linear) for layer in net.modules()) for net in (plain, residual)]
        assert weighted == [depth, depth]
        assert count(plain) == count(residual)


def test_dense_and_residual_nets_have_equally_many_parameters(evidence):
    experiment = evidence("dense_or_residual")
    for growth, channels in experiment.PAIRS.items():
        assert count(experiment.dense(growth)) / count(experiment.resnet(channels)) == pytest.approx(1, abs=0.035)


def test_only_one_of_the_two_has_batch_norm_or_drops_branches(evidence):
    def kinds(net):
        return {type(layer).__name__ for layer in net.modules()}
    normed, bare = map(evidence("batch_norm").net, (True, False))
    assert kinds(normed) - kinds(bare) == {"BatchNorm2d"}
    assert all(layer.bias is not None for layer in bare.modules() if isinstance(layer, torch.nn.Conv2d))
    stochastic = evidence("stochastic_depth")
    assert kinds(stochastic.net(1, 0.5)) - kinds(stochastic.net(1, 0.0)) == {"DropPath"}


def test_a_run_that_breaks_is_told_and_counts_as_worst(common):
    sets = common.small_digits(60, 30)
    rows = [row for name, lr in (("wild", 1e30), ("tame", 0.01)) for seed in (0, 1)
            for row in common.run(name, common.small_net(1, common.residual), seed, sets, 2, lr)]
    assert common.last(rows, "wild", "loss") == [np.inf, np.inf] and common.last(rows, "wild", "accuracy") == [-np.inf, -np.inf]
    assert f"| wild | 19,218 |{' not a number in 2 of 2 runs |' * 3}" in common.table(rows)
    for column in ("loss", "val_accuracy"):
        assert common.against(rows, "tame", "wild", column).endswith("of wild: not a number in 2 of 2 runs: as in the paper.")
    assert {net: len(history) for net, history in common.curves(rows).items()} == {"tame": 2}


@pytest.mark.parametrize(("good", "bad", "ending"), [
    ((0.1, 0.2), (0.3, 0.4), ": as in the paper."),
    ((0.3, 0.4), (0.1, 0.2), ": **the other way round than in the paper**."),
    ((0.1, 0.4), (0.3, 0.5), ": as in the paper; but the seeds' ranges overlap, so this run does not decide it."),
    ((0.1,), (0.3,), ": as in the paper; one seed only."),
])
def test_an_outcome_is_said_as_it_is(common, good, bad, ending):
    rows = [{"net": net, "seed": seed, "epoch": 1, "loss": value, "val_accuracy": 1 - value}
            for net, values in (("a", good), ("b", bad)) for seed, value in enumerate(values)]
    assert common.against(rows, "a", "b", "loss").endswith(ending)
    assert common.against(rows, "a", "b", "val_accuracy").endswith(ending)
    mean = sum(good) / len(good)
    assert common.against(rows, "a", "b", "loss").startswith(f"Training loss of a: {mean:.3f} ({min(good):.3f} to {max(good):.3f})")


def test_kept_results_come_back(evidence, common, tmp_path):
    experiment = evidence("stochastic_depth")
    rows = experiment.measure(layers=8, seeds=(0,), images=50, tests=20, epochs=1)
    common.keep("some", rows, {"seconds": 3}, experiment.picture(rows), tmp_path / "new")
    back, about = common.kept("some", tmp_path / "new")
    assert about == {"seconds": 3} and common.table(back) == common.table(rows)
    assert [float(row["loss"]) for row in back] == pytest.approx([row["loss"] for row in rows], rel=1e-5)
    assert (tmp_path / "new" / "some.png").read_bytes().startswith(b"\x89PNG")


def test_cifar_says_what_is_missing_and_runs_where_nothing_is(evidence, common, monkeypatch):
    experiment = evidence("cifar")
    monkeypatch.delenv("CONVBOOK_DATA", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert experiment.missing() == "there is no GPU"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert "CONVBOOK_DATA" in experiment.missing()
    monkeypatch.setenv("CONVBOOK_DATA", "somewhere")
    assert not experiment.missing()
    pictures = np.random.default_rng(0).normal(size=(10, 3, 8, 8)).astype(np.float32), np.arange(10)
    rows = experiment.measure((pictures, pictures), epochs=4, device="cpu")
    assert [(row["net"], round(row["lr"], 6)) for row in rows] == [(net, lr) for net in experiment.ERRORS for lr in (0.1, 0.1, 0.01, 0.001)]
    assert "the paper's 8.75 %" in experiment.findings(rows)[0]


def test_readme_is_what_the_results_make(evidence, common):
    script = evidence("run")
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert text == script.readme(), "README.md is not of these results; write it again with lib/evidence/run.py"
    for name, *_ in SMALL:
        rows, about = common.kept(name)
        assert common.table(rows) in text and about["conditions"] in text
        assert {row["seed"] for row in rows} == {"0", "1", "2"}
    assert all((FOLDER / link).is_file() for link in re.findall(r"\]\((results/[^)]+)\)", text))
    assert all(path.stat().st_size <= 150_000 for path in (FOLDER / "results").iterdir())


def count(net):
    return sum(parameter.numel() for parameter in net.parameters())
