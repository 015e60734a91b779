"""What the verbs return: frozen records that one place prints, as a table or as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

PASSED, FAILED, TIMEOUT, OUT_OF_MEMORY = "passed", "failed", "timeout", "out_of_memory"
CRASHED, FORBIDDEN, HARNESS_ERROR = "crashed", "forbidden", "harness_error"
STATES = (PASSED, FAILED, TIMEOUT, OUT_OF_MEMORY, CRASHED, FORBIDDEN, HARNESS_ERROR)

HIDDEN_CHECK = "a hidden check failed: "    # begins the message of a hidden check, so that a table tells it too

GRADED, NOT_GRADED = "graded", "not_graded"


@dataclass(frozen=True)
class CellResult:
    """One test cell: its state, its points, and the message that the student may read.

    `hidden` says that the failed check was a hidden one; `detail` is for the teacher alone and never reaches the feedback.
    """

    grade_id: str
    exercise: str
    state: str
    points: float
    max_points: float
    message: str = ""
    hidden: bool = False
    detail: str = ""


@dataclass(frozen=True)
class SubmissionResult:
    """One marked submission. `score` counts the test cells; questions that a person reads are in the gradebook alone."""

    assignment: str
    student: str
    state: str
    score: float
    max_score: float
    cells: tuple[CellResult, ...] = ()
    repaired: tuple[str, ...] = ()
    seconds: float = 0.0
    key: str = ""
    sandboxed: bool = True
    message: str = ""
    hint: str = ""

    @property
    def complete(self) -> bool:
        return self.state == GRADED and all(cell.state != HARNESS_ERROR for cell in self.cells)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SubmissionResult:
        cells = tuple(CellResult(**cell) for cell in data["cells"])
        return cls(**{**data, "cells": cells, "repaired": tuple(data["repaired"])})


@dataclass(frozen=True)
class GradeResult:
    results: tuple[SubmissionResult, ...]

    @property
    def exit_code(self) -> int:
        return 0 if all(result.complete for result in self.results) else 1

    def to_dict(self) -> dict[str, Any]:
        return {"results": [result.to_dict() for result in self.results]}


@dataclass(frozen=True)
class ReleasedAssignment:
    assignment: str
    title: str
    points: float
    exercises: dict[str, float]
    unchanged: bool


@dataclass(frozen=True)
class ReleaseResult:
    released: tuple[ReleasedAssignment, ...]
    exit_code: int = 0

    def to_dict(self) -> dict[str, Any]:
        return {"released": [asdict(one) for one in self.released]}


@dataclass(frozen=True)
class AssignmentCheck:
    """The gate's verdict on one assignment.

    key            points of the reference solution (must be `max_score`)
    stub           points of the released stub (must be 0)
    mutants        name -> {"lost": exercises that lost points} (must be its own exercise and no other)
    alternatives   name -> points (must be `max_score`)
    problems       what is wrong, in words; empty when the gate is open
    """

    assignment: str
    max_score: float
    key: float
    stub: float
    mutants: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    alternatives: dict[str, float] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems


@dataclass(frozen=True)
class CheckResult:
    assignments: tuple[AssignmentCheck, ...]

    @property
    def exit_code(self) -> int:
        return 0 if all(one.ok for one in self.assignments) else 1

    def to_dict(self) -> dict[str, Any]:
        return {"assignments": [{**asdict(one), "ok": one.ok} for one in self.assignments]}
