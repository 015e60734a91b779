"""Marks into the gradebook: nbgrader's own Autograde, with the marking already done.

Only Execute is replaced. `TakeMarks` stands in its place and writes into each test cell the output that nbgrader's own rule
(`nbgrader.utils.determine_grade`) turns into exactly the points that the examiner gave. Everything behind it is nbgrader's: gradebook,
comments, late penalties.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute, NbGraderPreprocessor, SaveAutoGrades
from traitlets import Instance

from ..course import Course
from ..errors import ConvgradeError
from ..result import HARNESS_ERROR, CellResult, SubmissionResult
from ..text import printable
from .generate import generate_assignment
from .settings import OneAssignment, course_directory, log, settings
from .transaction import transaction


class MarksFromElsewhere(ConvgradeError):
    """nbgrader was asked to mark or to explain by itself."""

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}"    # nbgrader's log shows nothing else


class TakeMarks(NbGraderPreprocessor):
    """Puts the examiner's marks where nbgrader looks for them. Without a result it refuses: nbgrader does not mark by itself here."""

    result = Instance(SubmissionResult, allow_none=True)
    ran = False

    def preprocess(self, nb: NotebookNode, resources: Any) -> Any:
        where = resources["nbgrader"]
        if self.result is None:
            raise MarksFromElsewhere(
                f"nbgrader's autograde does not mark {where['assignment']} here",
                f"run `convgrade grade {where['assignment']}`: it marks in the sandbox and fills this gradebook",
            )
        marks = {cell.grade_id: cell for cell in self.result.cells}
        tests = [cell for cell in nb.cells if utils.is_grade(cell) and not utils.is_solution(cell) and cell.cell_type == "code"]
        if sorted(cell.metadata.nbgrader.grade_id for cell in tests) != sorted(marks):
            raise ConvgradeError(
                f"the result of {where['student']}, {where['assignment']} has other test cells than the notebook",
                "the assignment was released anew in between: grade again",
            )
        for cell in tests:
            mark = marks[cell.metadata.nbgrader.grade_id]
            cell.outputs = outputs(mark)
            found, most = utils.determine_grade(cell, self.log)
            if mark.state != HARNESS_ERROR and (found, most) != (mark.points, mark.max_points):
                raise ConvgradeError(
                    f"{mark.grade_id}: the examiner gave {mark.points} of {mark.max_points} points, nbgrader would read {found} of {most}",
                    "the assignment was released anew in between: grade again",
                )
        self.ran = True
        return nb, resources


def outputs(mark: CellResult) -> list[NotebookNode]:
    """The output from which nbgrader reads the points of one test cell."""
    if not 0 <= mark.points <= mark.max_points:
        raise ConvgradeError(f"{mark.grade_id}: {mark.points} of {mark.max_points} points is no mark", "please report this fault")
    message = printable(mark.message) or mark.state
    if mark.state == HARNESS_ERROR or mark.points == 0 < mark.max_points:
        return [nbformat.v4.new_output("error", ename=mark.state, evalue=message, traceback=[f"{mark.state}: {message}"])]
    if mark.points == mark.max_points:
        return []
    return [
        nbformat.v4.new_output("stream", name="stdout", text=f"{message}\n"),
        nbformat.v4.new_output("execute_result", data={"text/plain": repr(float(mark.points))}),
    ]


@dataclass(frozen=True)
class _Before:
    """What the gradebook held for one cell before this commit, and what the student had written there."""

    auto: float | None
    manual: float | None
    needs_person: bool
    answer: str | None


class KeepWhatStands(NbGraderPreprocessor):
    """Runs right behind SaveAutoGrades.

    A cell that could not be marked keeps its earlier mark and asks for a person. A mark that a person gave stays settled if nothing
    changed since (nbgrader would ask for it again after every grading).
    """

    result = Instance(SubmissionResult)
    before = Instance(dict)
    gradebook = Instance(Gradebook)

    def preprocess(self, nb: NotebookNode, resources: Any) -> Any:
        answers = {cell.metadata.nbgrader.grade_id: cell.source for cell in nb.cells if utils.is_grade(cell)}
        states = {cell.grade_id: cell.state for cell in self.result.cells}
        where = resources["nbgrader"]
        for grade in self.gradebook.find_submission_notebook(where["notebook"], where["assignment"], where["student"]).grades:
            before = self.before.get(grade.name, _Before(None, None, True, None))
            if states.get(grade.name) == HARNESS_ERROR:
                grade.auto_score = None if before.auto is None else min(before.auto, grade.max_score)
                grade.needs_manual_grade = True
            elif grade.manual_score is not None and grade.auto_score == before.auto and answers.get(grade.name) == before.answer:
                grade.needs_manual_grade = before.needs_person
        self.gradebook.db.commit()
        return nb, resources


STEPS = Autograde.class_traits()["autograde_preprocessors"].default()
AUTOGRADE = [TakeMarks if step is Execute else step for step in STEPS]


class OwnFeedbackOnly(NbGraderPreprocessor):
    """Stands in nbgrader's feedback, which would show the hidden tests."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> Any:
        raise MarksFromElsewhere(
            "nbgrader's own feedback would show the hidden tests",
            "run `convgrade feedback`, then `nbgrader release_feedback`",
        )


FEEDBACK = [OwnFeedbackOnly]


class _Record(OneAssignment, Autograde):
    pass


def record(course: Course, result: SubmissionResult, restored: str, autograded: str, wait: float | None = None) -> None:
    """Enter one result into the gradebook and write nbgrader's autograded notebook.

    restored     folder below the course folder where STUDENT/STEM/STEM.ipynb (and timestamp.txt) lie
    autograded   folder below the course folder to write STUDENT/STEM/ into; must not hold it yet

    All marks of the submission are entered, or none. Raises GradebookLocked, StorageError, and ConvgradeError where nbgrader
    ends up with other points than the examiner gave.
    """
    config = settings(course)
    directory = course_directory(
        course, config, result.assignment, result.student, submitted_directory=restored, autograded_directory=autograded,
    )
    if not _knows(course, result.assignment, wait):
        generate_assignment(course, result.assignment)
    with transaction(course, directory.course_id or "default_course", wait) as gradebook:
        take = TakeMarks(result=result)
        keep = KeepWhatStands(result=result, before=_before(course, gradebook, result), gradebook=gradebook)
        converter = _Record(coursedir=directory, config=config, log=log)
        converter.autograde_preprocessors = _with_marks(converter.autograde_preprocessors, take, keep)
        converter.start()
        _check_marks(gradebook, result, take)


def _knows(course: Course, stem: str, wait: float | None) -> bool:
    """Whether the gradebook has this assignment: a new or an older gradebook may not."""
    if not course.gradebook.exists():
        return False
    with transaction(course, wait=wait, writing=False) as gradebook:
        return any(one.name == stem for one in gradebook.assignments)


def _with_marks(steps: list[Any], take: TakeMarks, keep: KeepWhatStands) -> list[Any]:
    """The steps of the course's settings with the marks put in. Steps that a teacher added stay where they are."""
    put = {Execute: [take], TakeMarks: [take], SaveAutoGrades: [SaveAutoGrades, keep]}
    return [new for step in steps for new in put.get(step, [step])]


def _before(course: Course, gradebook: Gradebook, result: SubmissionResult) -> dict[str, _Before]:
    submissions = {one.student_id: one for one in gradebook.find_assignment(result.assignment).submissions}
    if result.student not in submissions:
        return {}
    path = course.autograded(result.student, result.assignment)
    notebook = nbformat.read(path, as_version=4) if path.is_file() else nbformat.v4.new_notebook()
    answers = {cell.metadata.nbgrader.grade_id: cell.source for cell in notebook.cells if utils.is_grade(cell)}
    return {
        grade.name: _Before(grade.auto_score, grade.manual_score, grade.needs_manual_grade, answers.get(grade.name))
        for one in submissions[result.student].notebooks
        for grade in one.grades
    }


def is_time(text: str) -> bool:
    """Whether nbgrader can read this as the time of a submission."""
    try:
        return utils.parse_utc(text.strip()) is not None
    except (ValueError, OverflowError, TypeError):
        return False


def _check_marks(gradebook: Gradebook, result: SubmissionResult, take: TakeMarks) -> None:
    """Believe nothing: the gradebook must now say what the examiner said."""
    if not take.ran:
        raise MarksFromElsewhere(
            "nbgrader ran its own Execute instead of taking the examiner's marks; nothing was stored",
            "c.Autograde.autograde_preprocessors in the course's nbgrader_config.py must be the list that convgrade put there",
        )
    for cell in result.cells:
        grade = gradebook.find_grade(cell.grade_id, result.assignment, result.assignment, result.student)
        if cell.state != HARNESS_ERROR and grade.auto_score != cell.points:
            raise MarksFromElsewhere(
                f"{cell.grade_id}: the examiner gave {cell.points} points, the gradebook would say {grade.auto_score}; nothing was stored",
                "a step that was added to c.Autograde.autograde_preprocessors changes marks: take it out",
            )
