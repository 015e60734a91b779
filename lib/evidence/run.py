"""Carry out the experiments and write README.md from their results: python lib/evidence/run.py [NAME ...]

With names, only these are carried out; the others' results stay as they are. README.md is written from results/ alone.
"""
import importlib
import sys
from pathlib import Path

from _common import RESULTS, carry_out, kept, table

EXPERIMENTS = ("degradation", "batch_norm", "stochastic_depth", "dense_or_residual", "cifar")
INTRODUCTION = """# Evidence that they learn

Small experiments with the nets of `convbook.models`, trained by `convbook.train.fit`, on data that come inside packages. They ask
what the papers ask, at a size that two processor cores do in minutes, so they can agree or disagree with a paper but neither prove
nor refute it. Tables give the mean of the seeds in the last epoch, in brackets the lowest and the highest; training loss and
accuracy are those of the augmented batches as they came; validation accuracy is on 1000 digits that no net was trained on. Each net
has one curve in a plot, the mean of its seeds. The sentences below the tables are computed from the same files.

Get all of it again with `make evidence`, one experiment with `python lib/evidence/run.py {name}`; the figures below took {seconds}
processor seconds together. The same seeds give the same numbers on the same machine; another one rounds differently.
"""


def main(names):
    for name in names or EXPERIMENTS:
        experiment = importlib.import_module(name)
        if reason := getattr(experiment, "missing", str)():
            print(f"{name} is left out: {reason}\n")
        else:
            carry_out(experiment)
    Path(__file__).with_name("README.md").write_text(readme(), encoding="utf-8")


def readme(folder=RESULTS):
    """README.md, made from the results that lie in a folder."""
    measured = {name: kept(name, folder) for name in EXPERIMENTS if (folder / f"{name}.csv").exists()}
    seconds = [about["processor_seconds"] for _, about in measured.values()]
    introduction = INTRODUCTION.format(name=EXPERIMENTS[0], seconds=sum(seconds))
    return "\n".join([introduction, *(section(name, *measured.get(name, (None, None))) for name in EXPERIMENTS)])


def section(name, rows, about):
    """One experiment: what its docstring says, its plot, its table, what came out, where and when."""
    experiment = importlib.import_module(name)
    title, *paragraphs = experiment.__doc__.strip().split("\n\n")
    labelled = [paragraph.split(": ", 1) for paragraph in paragraphs]
    parts = [f"## {title}", *(f"**{label}.** {text[0].upper()}{text[1:]}" for label, text in labelled)]
    if rows is None:
        return "\n\n".join([*parts, "**Outcome.** None yet: it has not been run on a machine that has what it needs.\n"])
    picture = f"![{experiment.picture(rows).alt_text}](results/{name}.png)"
    outcome = "**Outcome.**\n" + "".join(f"\n- {sentence}" for sentence in experiment.findings(rows))
    where = (f"{about['conditions']}; {about['processor_seconds']} processor seconds on one thread. "
             f"Every epoch of every run: [{name}.csv](results/{name}.csv).")
    return "\n\n".join([*parts, picture, table(rows), outcome, where]) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])
