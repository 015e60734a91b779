"""How much course there is: pages, exercises, points, wrong and right answers that test the tests. `make count` prints it."""

import sys
from pathlib import Path

import yaml

from convgrade.assignment import known_stems, make_record, read_variants
from convgrade.notebook import read_source

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = ("exercises", "questions", "points", "minutes", "mutants", "alternatives")


def pages(toc):
    """The files that _toc.yml names, in their order."""
    chapters = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [toc["root"], *chapters]


def count(solutions, stem):
    """One assignment's numbers, in the order of COLUMNS; points are those of the tests and of the questions."""
    record = make_record(read_source(solutions / f"{stem}.md"), stem)
    variants = [len(read_variants(solutions / kind / f"{stem}.py")) for kind in ("mutants", "alternatives")]
    questions = record["manual"]
    return [len(record["exercises"]), len(questions), int(record["points"] + sum(questions.values())), record["minutes"], *variants]


def main():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    rows = {stem: count(ROOT / "solutions", stem) for stem in known_stems(ROOT / "solutions", [])}
    rows["all"] = [sum(column) for column in zip(*rows.values(), strict=True)]
    width = max(map(len, rows))
    print(" " * width, *(f"{name:>12}" for name in COLUMNS))
    for stem, numbers in rows.items():
        print(f"{stem:<{width}}", *(f"{number:>12}" for number in numbers))
    print(f"{len(pages(toc))} pages, {len(rows) - 1} of them chapters with an assignment")


if __name__ == "__main__":
    sys.exit(main())
