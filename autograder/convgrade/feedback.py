"""`convgrade feedback`: a page for each student that says what each exercise was worth and why.

Hidden tests appear by name and hint only; what a teacher alone may read (`CellResult.detail`) is never used here.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from . import _nbgrader, store
from .course import Course, write_atomically
from .pages import fill
from .result import (
    CRASHED,
    FAILED,
    FORBIDDEN,
    GRADED,
    HARNESS_ERROR,
    HIDDEN_CHECK,
    OUT_OF_MEMORY,
    PASSED,
    TIMEOUT,
    CellResult,
    SubmissionResult,
)
from .text import number, printable, title_above

WORDS = {
    PASSED: ("good", "All checks passed."),
    FAILED: ("bad", "A check failed."),
    TIMEOUT: ("bad", "It took too long and was stopped."),
    OUT_OF_MEMORY: ("bad", "It took more memory than there is and was stopped."),
    CRASHED: ("bad", "It ended the Python process."),
    FORBIDDEN: ("bad", "It calls something that this exercise wants you to write yourself."),
    HARNESS_ERROR: ("wait", "It could not be marked yet, and that is not your fault. A person will look at it."),
}
NO_NOTE = {"timestamp.txt": lambda: "1970-01-01 00:00:00 UTC", "submission_secret.txt": lambda: secrets.token_hex(32)}


@dataclass(frozen=True)
class FeedbackResult:
    """pages: the files written; missing: "student, assignment: why there is none"."""

    pages: tuple[Path, ...]
    missing: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        return 1 if self.missing else 0

    def to_dict(self) -> dict[str, Any]:
        return {"pages": [str(page) for page in self.pages], "missing": list(self.missing)}


@dataclass(frozen=True)
class Part:
    """One card on the page."""

    title: str
    points: str
    state: str
    colour: str
    lead: str = ""
    message: str = ""
    comment: str = ""


def feedback(course: Course, stems: list[str], students: list[str], progress: Any) -> FeedbackResult:
    """Write course.feedback(student, stem) for every graded submission (empty lists: all), ready for `nbgrader release_feedback`."""
    submissions = course.submissions(stems, students)
    names = sorted({one.assignment for one in submissions})
    marks = {(one.assignment, one.student): one for one in _nbgrader.read_marks(course, names, students)}
    sources = {stem: nbformat.read(course.source(stem), as_version=4) for stem in names}
    pages, missing = [], []
    progress.start(len(submissions), "feedback pages")
    for one in submissions:
        result, mark = store.latest(course, one.assignment, one.student), marks.get((one.assignment, one.student))
        if result is None or result.state != GRADED or mark is None:
            missing.append(f"{one.student}, {one.assignment}: not graded yet, run `convgrade grade`")
        else:
            target = course.feedback(one.student, one.assignment)
            write_atomically(target, page(sources[one.assignment], result, mark))
            _copy_notes(course.autograded(one.student, one.assignment).parent, target.parent)
            pages.append(target)
        progress.advance(f"{one.student}, {one.assignment}")
    return FeedbackResult(tuple(pages), tuple(missing))


def page(source: Any, result: SubmissionResult, marks: _nbgrader.SubmissionMarks) -> str:
    """The page of one submission.

    source   the assignment's notebook: its headings name the parts, its order is theirs
    """
    in_gradebook = {cell.grade_id: cell for cell in marks.cells}
    cells = {cell.grade_id: cell for cell in result.cells}
    parts = []
    for index, cell in enumerate(source.cells):
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name not in in_gradebook:
            continue
        title = title_above(source.cells, index) or name
        mark = in_gradebook[name]
        parts.append(_exercise(title, cells[name], mark) if name in cells else _question(title, mark))
    return fill(
        "feedback.html", title=source.metadata.get("convgrade", {}).get("title", result.assignment), student=result.student,
        assignment=result.assignment, timestamp=f"{marks.timestamp:%Y-%m-%d %H:%M} UTC" if marks.timestamp else "",
        total=marks.score, raw=marks.raw_score, late=marks.late_penalty, max_score=marks.max_score,
        open=sum(cell.needs_person for cell in marks.cells), parts=parts, repaired=[printable(one, 200) for one in result.repaired],
    )


def _exercise(title: str, cell: CellResult, mark: _nbgrader.Mark) -> Part:
    colour, state = WORDS[cell.state]
    if cell.state == FAILED and cell.points > 0:
        colour, state = "part", "Some checks passed."
    lead = ""
    if cell.state in (FAILED, FORBIDDEN, TIMEOUT, OUT_OF_MEMORY, CRASHED):
        lead = "A hidden check failed:" if cell.hidden else "The first check that failed says:" if cell.state == FAILED else ""
    if mark.manual is not None:
        state += " A person has set the points."
    message = "" if cell.state in (PASSED, HARNESS_ERROR) else printable(cell.message.removeprefix(HIDDEN_CHECK))
    return Part(title, _points(mark), state, colour, lead if message else "", message, printable(mark.comment))


def _question(title: str, mark: _nbgrader.Mark) -> Part:
    if mark.needs_person:
        return Part(title, f"- of {number(mark.max_score)}", "Not read yet.", "wait")
    if mark.manual is None:
        return Part(title, _points(mark), "Nothing was written here.", "bad")
    colour = "good" if mark.score >= mark.max_score else "part" if mark.score > 0 else "bad"
    return Part(title, _points(mark), "Read by a person.", colour, comment=printable(mark.comment))


def _points(mark: _nbgrader.Mark) -> str:
    return f"{number(mark.score)} of {number(mark.max_score)}"


def _copy_notes(autograded: Path, target: Path) -> None:
    """`nbgrader release_feedback` needs both notes beside every page, also for submissions that did not come through the exchange."""
    for name, invent in NO_NOTE.items():
        if (autograded / name).is_file():
            write_atomically(target / name, (autograded / name).read_text(encoding="utf-8"))
        elif not (target / name).exists():
            write_atomically(target / name, invent())
