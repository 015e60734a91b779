"""Marks out of the gradebook: the ones that `nbgrader export` writes, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nbgrader.api import Grade, SubmittedAssignment

from ..course import Course
from .transaction import transaction


@dataclass(frozen=True)
class Mark:
    """One cell. `score` is what counts: the manual mark if there is one, plus extra credit. `needs_person`: formgrader asks for one."""

    grade_id: str
    cell_type: str
    auto: float | None
    manual: float | None
    extra: float
    score: float
    max_score: float
    needs_person: bool
    comment: str

    @property
    def by_hand(self) -> bool:
        """A question that a person reads."""
        return self.cell_type == "markdown"


@dataclass(frozen=True)
class SubmissionMarks:
    """One submission. `score` is what nbgrader exports: `raw_score` less the late penalty, not below 0."""

    assignment: str
    student: str
    timestamp: datetime | None
    raw_score: float
    late_penalty: float
    score: float
    max_score: float
    cells: tuple[Mark, ...]

    @property
    def needs_person(self) -> bool:
        return any(cell.needs_person for cell in self.cells)


def read_marks(course: Course, stems: list[str], students: list[str] | None = None) -> list[SubmissionMarks]:
    """Every submission of these assignments in the gradebook, by assignment and student (students None or empty: all)."""
    if not course.gradebook.exists():
        return []
    with transaction(course, writing=False) as gradebook:
        found = [one for stem in stems for one in gradebook.assignment_submissions(stem)]
        chosen = [_submission(one) for one in found if not students or one.student_id in students]
    return sorted(chosen, key=lambda one: (one.assignment, one.student))


def _submission(one: SubmittedAssignment) -> SubmissionMarks:
    penalty = one.late_submission_penalty or 0.0
    cells = tuple(_mark(grade, notebook) for notebook in one.notebooks for grade in notebook.grades)
    return SubmissionMarks(
        one.assignment.name, one.student_id, one.timestamp,
        one.score, penalty, max(0.0, one.score - penalty), one.assignment.max_score, cells,
    )


def _mark(grade: Grade, notebook) -> Mark:
    comments = [comment.comment for comment in notebook.comments if comment.name == grade.name and comment.comment]
    return Mark(
        grade.name, grade.cell_type, grade.auto_score, grade.manual_score, grade.extra_credit or 0.0, grade.score, grade.max_score,
        grade.needs_manual_grade, "\n".join(comments),
    )
