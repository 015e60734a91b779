"""Twelve students. What each hands in is said in terms of exercises by their place, so that an assignment may change under them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from nbformat import NotebookNode

from ..assignment import Variant
from ..result import FAILED, OUT_OF_MEMORY, TIMEOUT
from .cheats import AGREES_WITH_EVERYTHING, FORGES_OUTPUTS, LOOKS_AROUND, LOOPS_FOR_EVER, TAKES_8_GB

FIRST, SECOND = "03_convolution", "04_convolution_backward"
WARNS = '''\
import sys
import warnings
warnings.warn("this right answer warns")
print("and writes to stderr", file=sys.stderr)
'''


@dataclass
class Builder:
    """A released notebook on its way to becoming a submission.

    exercises      names of the graded functions, in order
    key            {exercise: the right answer}
    mutants, alternatives   {exercise: answers of that kind}
    """

    notebook: NotebookNode
    exercises: list[str]
    key: dict[str, str]
    mutants: dict[str, list[Variant]]
    alternatives: dict[str, list[Variant]]
    expected: dict[str, str] = field(default_factory=dict)
    repaired: set[str] = field(default_factory=set)

    def cell(self, name: str) -> NotebookNode:
        return next(cell for cell in self.notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)

    def answer(self, name: str, source: str, state: str | None = None) -> None:
        """Write an answer; `state` is what the exercise must get if it is not to pass."""
        self.cell(name).source = source
        if state:
            self.expected[name] = state

    def right(self, *names: str) -> None:
        for name in names or self.exercises:
            self.answer(name, self.key[name])

    def mistake(self, name: str) -> None:
        self.answer(name, self.mutants[name][0].source, FAILED)

    def cheat(self, source: str, state: str = FAILED) -> None:
        for name in self.exercises:
            self.answer(name, source.replace("{name}", name), state)

    def explain(self, text: str) -> None:
        for cell in self.notebook.cells:
            role = cell.metadata.get("nbgrader", {})
            if role.get("grade") and role.get("solution"):
                cell.source = text


@dataclass(frozen=True)
class Sample:
    student: str
    assignment: str
    about: str
    build: Callable[[Builder], None]


def _all_right(paper: Builder) -> None:
    paper.right()
    paper.explain("Every second place is kept, and after a move by one pixel these are other places.")


def _right_and_noisy(paper: Builder) -> None:
    paper.right()
    for name in paper.exercises:
        paper.answer(name, WARNS + paper.key[name])
    paper.explain("The check asks the function about itself and nobody else.")


def _right_otherwise(paper: Builder) -> None:
    for name in paper.exercises:
        paper.answer(name, paper.alternatives[name][0].source)


def _half(paper: Builder) -> None:
    """Every second exercise; the others are left as they were given out."""
    paper.right(*paper.exercises[::2])
    paper.expected |= dict.fromkeys(paper.exercises[1::2], FAILED)


def _mistakes(paper: Builder) -> None:
    paper.right()
    for name in paper.exercises[1:4]:
        paper.mistake(name)
    paper.explain("I believe it is because of the padding.")


def _loops(paper: Builder) -> None:
    paper.right()
    name = paper.exercises[2]
    paper.answer(name, LOOPS_FOR_EVER.replace("{name}", name), TIMEOUT)


def _hoards(paper: Builder) -> None:
    paper.right()
    name = paper.exercises[1]
    paper.answer(name, TAKES_8_GB.replace("{name}", name), OUT_OF_MEMORY)


def _torn(paper: Builder) -> None:
    """Set-up and one test deleted, an answer and another test handed in twice. The wrong answer stays wrong without its test."""
    paper.right()
    wrong, answered, tested = paper.exercises[3], paper.exercises[2], paper.exercises[4]
    paper.mistake(wrong)
    deleted = ["setup", f"test_{wrong}"]
    twice = [answered, f"test_{tested}"]
    copies = [cell.copy() for cell in paper.notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") in twice]
    for number, cell in enumerate(copies):
        cell.id = f"copy-{number}"
    kept = [cell for cell in paper.notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") not in deleted]
    paper.notebook.cells = kept + copies
    paper.repaired = {f"deleted: {name}" for name in deleted} | {f"duplicated: {name}" for name in twice}


def _edits_tests(paper: Builder) -> None:
    """Answers half, empties every test and makes it worth 100 points."""
    _half(paper)
    for name in paper.exercises:
        cell = paper.cell(f"test_{name}")
        cell.source = "True"
        cell.metadata["nbgrader"]["points"] = 100
        paper.repaired |= {f"edited: test_{name}", f"edited: points of test_{name}"}


STUDENTS = (
    Sample("ada", FIRST, "right answers", _all_right),
    Sample("bo", SECOND, "right answers that warn on stderr", _right_and_noisy),
    Sample("chen", FIRST, "right answers written otherwise", _right_otherwise),
    Sample("dana", SECOND, "half of the exercises", _half),
    Sample("emil", SECOND, "three typical mistakes", _mistakes),
    Sample("fay", FIRST, "a loop that swallows interrupts", _loops),
    Sample("gil", SECOND, "an answer that takes 8 GB", _hoards),
    Sample("hana", FIRST, "cells deleted and duplicated", _torn),
    Sample("ivo", SECOND, "tests and points edited", _edits_tests),
    Sample("jan", FIRST, "forger: takes the assertions away", lambda paper: paper.cheat(FORGES_OUTPUTS)),
    Sample("kim", SECOND, "forger: an object that equals everything", lambda paper: paper.cheat(AGREES_WITH_EVERYTHING)),
    Sample("lou", FIRST, "forger: looks for tests and gradebook", lambda paper: paper.cheat(LOOKS_AROUND)),
)
