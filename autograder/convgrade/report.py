"""`convgrade report`: the marks table, the same numbers as `nbgrader export`, as CSV and as one page."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nbformat

from . import _nbgrader, store
from .course import Course, write_atomically
from .pages import fill
from .result import GRADED, STATES, SubmissionResult
from .text import title_above

PARTS = ((0.25, "up to a quarter"), (0.5, "up to half"), (0.75, "up to three quarters"), (1.0, "more, not all"))

COLUMNS = ("assignment", "student_id", "timestamp", "by_tests", "by_hand", "late_submission_penalty", "score", "max_score", "needs_person")


@dataclass(frozen=True)
class Row:
    """One submission: points by tests and by hand, the late penalty, and the total that nbgrader exports."""

    assignment: str
    student: str
    timestamp: str
    auto: float
    manual: float
    late: float
    total: float
    max_score: float
    needs_person: tuple[str, ...]


@dataclass(frozen=True)
class Bar:
    """One bar of a distribution: how many submissions got that much; y and width are in the picture's units."""

    label: str
    count: int
    y: float
    width: float


@dataclass(frozen=True)
class Distribution:
    """How one exercise went: bars from nothing to everything, and the states counted."""

    title: str
    max_score: float
    mean: float
    bars: tuple[Bar, ...]
    states: tuple[tuple[str, int], ...]

    @property
    def words(self) -> str:
        return ", ".join(f"{bar.label}: {bar.count}" for bar in self.bars)


@dataclass(frozen=True)
class ReportResult:
    rows: tuple[Row, ...]
    ungraded: tuple[str, ...]
    csv: Path
    page: Path
    exit_code: int = 0

    def to_dict(self) -> dict[str, Any]:
        return {"rows": [asdict(row) for row in self.rows], "ungraded": list(self.ungraded), "csv": str(self.csv), "page": str(self.page)}


def report(course: Course, stems: list[str]) -> ReportResult:
    """Read the gradebook and write report/marks.csv and report/report.html (stems empty: every assignment)."""
    submissions = course.submissions(stems, [])
    wanted = stems or course.stems()
    marks = _nbgrader.read_marks(course, wanted)
    graded = {(one.assignment, one.student) for one in marks}
    ungraded = tuple(f"{one.student}, {one.assignment}" for one in submissions if (one.assignment, one.student) not in graded)
    rows = tuple(_row(one) for one in marks)
    sections = [_section(course, stem, [one for one in marks if one.assignment == stem]) for stem in wanted]
    folder = course.root / "report"
    write_atomically(folder / "marks.csv", _csv(rows))
    page = fill("report.html", course=course.root.name.lstrip("."), rows=rows, sections=sections, ungraded=ungraded)
    write_atomically(folder / "report.html", page)
    return ReportResult(rows, ungraded, folder / "marks.csv", folder / "report.html")


def _row(one: _nbgrader.SubmissionMarks) -> Row:
    auto = sum(cell.score for cell in one.cells if not cell.by_hand)
    return Row(
        one.assignment, one.student, f"{one.timestamp:%Y-%m-%d %H:%M:%S}" if one.timestamp else "", auto, one.raw_score - auto,
        one.late_penalty, one.score, one.max_score, tuple(cell.grade_id for cell in one.cells if cell.needs_person),
    )


def _csv(rows: tuple[Row, ...]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([row.assignment, row.student, row.timestamp, row.auto, row.manual, row.late, row.total, row.max_score,
                         " ".join(row.needs_person)])
    return file.getvalue()


def _section(course: Course, stem: str, marks: list[_nbgrader.SubmissionMarks]) -> dict[str, Any]:
    """What the page says about one assignment: a distribution for the total and one for each graded cell, in the notebook's order."""
    notebook = nbformat.read(course.source(stem), as_version=4)
    results = [result for one in marks if (result := store.latest(course, stem, one.student)) and result.state == GRADED]
    found: dict[str, list[_nbgrader.Mark]] = {}
    for one in marks:
        for cell in one.cells:
            found.setdefault(cell.grade_id, []).append(cell)
    distributions = []
    for index, cell in enumerate(notebook.cells):
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in found:
            scores = [mark.score for mark in found[name] if not (mark.by_hand and mark.needs_person)]
            title = title_above(notebook.cells, index) or name
            distributions.append(distribution(title, scores, found[name][0].max_score, _states(results, name)))
    if marks:
        distributions.insert(0, distribution("All together", [one.score for one in marks], marks[0].max_score, ()))
    title = notebook.metadata.get("convgrade", {}).get("title", stem)
    return {"stem": stem, "title": title, "count": len(marks), "distributions": distributions}


def _states(results: list[SubmissionResult], name: str) -> tuple[tuple[str, int], ...]:
    counts = Counter(cell.state for result in results for cell in result.cells if cell.grade_id == name)
    return tuple((state.replace("_", " "), counts[state]) for state in STATES if counts[state])


def distribution(title: str, scores: list[float], most: float, states: tuple[tuple[str, int], ...]) -> Distribution:
    """Count the scores into nothing, four parts of the way, and everything."""
    labels = ["nothing", *(label for _, label in PARTS), "all points"]
    counts = Counter(_bin(score / most if most else 1.0) for score in scores)
    longest = max(counts.values(), default=1)
    bars = tuple(Bar(label, counts[place], 4 + 26 * place, 190 * counts[place] / longest) for place, label in enumerate(labels))
    return Distribution(title, most, sum(scores) / len(scores) if scores else 0.0, bars, states)


def _bin(share: float) -> int:
    if share <= 0:
        return 0
    if share >= 1:
        return len(PARTS) + 1
    return next(place for place, (limit, _) in enumerate(PARTS, start=1) if share <= limit)
