"""`convgrade grade`: mark what has been submitted and enter the marks into the gradebook."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from nbformat import NotebookNode

from . import pool, store
from .course import Course, Submission, check_student
from .errors import BadSubmission, ConvgradeError, GradebookLocked, StorageError
from .fingerprint import examiner_version, fingerprint
from .marking.submission import Marked, mark_file
from .notebook import from_json, read_submission
from .result import GRADED, HARNESS_ERROR, NOT_GRADED, CellResult, GradeResult, SubmissionResult
from .sandbox import Limits, require_sandbox

TRIES = 2


def grade(course: Course, stems: list[str], students: list[str], jobs: int, sandbox: bool, progress: Any, seed: int = 0) -> GradeResult:
    """Mark every submission of these assignments and students (empty: all).

    A marking that has been done before is not done again: results are named by what they depend on (submission, release, examiner, seed).
    One that cannot be read or marked is reported and the others go on. Raises UsageError before anything is marked; storage errors and
    Ctrl-C leave what is finished in the gradebook, and grading again does the rest.
    """
    submissions = course.submissions(stems, students)
    if sandbox:
        require_sandbox()
    records = {stem: course.release(stem) for stem in {one.assignment for one in submissions}}
    found: dict[tuple[str, str], SubmissionResult] = {}
    todo: list[tuple[Submission, str]] = []
    committed = store.committed(course, sorted(records))
    progress.start(len(submissions), "submissions")
    for one in submissions:
        ready = _ready(course, one, records[one.assignment], committed, sandbox, seed)
        if isinstance(ready, str):
            todo.append((one, ready))
        else:
            found[one.assignment, one.student] = ready
            progress.advance(f"{one.student}, {one.assignment}")
    for one, result in _mark_all(course, todo, records, jobs, sandbox, seed):
        found[one.assignment, one.student] = result
        progress.advance(f"{one.student}, {one.assignment}")
    progress.finish()
    return GradeResult(tuple(found[one.assignment, one.student] for one in submissions))


def _ready(course: Course, one: Submission, record: dict[str, Any], committed: set[tuple[str, str, str]], sandbox: bool,
           seed: int) -> SubmissionResult | str:  # fmt: skip
    """The result, if it stands in the gradebook; else the key of the marking to be done."""
    try:
        check_student(one.student)
        read_submission(one.path)
        key = fingerprint(one.path.read_bytes(), record["hash"], examiner_version(), str(seed), str(sandbox))
    except ConvgradeError as error:
        return _not_graded(one, record, error)
    except OSError as error:
        unreadable = BadSubmission(f"{one.path} cannot be read: {error.strerror}", "give read permission and grade again")
        return _not_graded(one, record, unreadable)
    known = store.load_result(course, one.assignment, one.student, key)
    done = known is not None and known.complete and (one.assignment, one.student, key) in committed
    return known if done and known is not None else key


def _not_graded(one: Submission, record: dict[str, Any], error: ConvgradeError) -> SubmissionResult:
    return SubmissionResult(one.assignment, one.student, NOT_GRADED, 0.0, record["points"], message=error.message, hint=error.hint)


def _mark_all(course: Course, todo: list[tuple[Submission, str]], records: dict[str, Any], jobs: int, sandbox: bool, seed: int):
    keys = {_name(one): (one, key) for one, key in todo}
    waiting = [_job(course, one, records[one.assignment], sandbox, seed) for one, _ in todo]
    for attempt in range(1, TRIES + 1):
        again = []
        with contextlib.closing(pool.run(waiting, jobs)) as finished:
            for job, answer in finished:
                one, key = keys[job.name]
                result, notebook = _result(one, key, records[one.assignment], answer, sandbox)
                if attempt < TRIES and any(cell.state == HARNESS_ERROR for cell in result.cells):
                    again.append(job)
                    continue
                if notebook is not None:
                    result = _commit(course, one, result, notebook, records[one.assignment])
                yield one, result
        waiting = again


def _commit(course: Course, one: Submission, result: SubmissionResult, notebook: NotebookNode, record: dict[str, Any]) -> SubmissionResult:
    """Save and enter one marking. What stops only this submission is reported; a full disk or a locked gradebook stops the batch."""
    try:
        store.save_result(course, result)
        store.commit(course, result, notebook, one.path)
    except (StorageError, GradebookLocked):
        raise
    except ConvgradeError as error:
        return _not_graded(one, record, error)
    return result


def _name(one: Submission) -> str:
    return f"{one.student}/{one.assignment}"


def _job(course: Course, one: Submission, record: dict[str, Any], sandbox: bool, seed: int) -> pool.Job:
    limits = Limits.of(record.get("limits"))
    seconds = 300 + limits.submission_seconds * limits.patience
    return pool.Job(_name(one), mark_file, (course.source(one.assignment), one.path, record, sandbox, seed), seconds)


def _result(one: Submission, key: str, record: dict[str, Any], answer: Any, sandbox: bool) -> tuple[SubmissionResult, NotebookNode | None]:
    if isinstance(answer, Marked):
        score = round(sum(cell.points for cell in answer.cells), 6)
        result = SubmissionResult(one.assignment, one.student, GRADED, score, record["points"], answer.cells, answer.repaired,
                                  answer.seconds, key, sandbox)  # fmt: skip
        return result, from_json(answer.notebook)
    if isinstance(answer.error, ConvgradeError):
        return _not_graded(one, record, answer.error), None
    error = ConvgradeError(f"the grader failed on it ({answer.message})", "its earlier mark stands; report this to whoever runs the grader")
    exercises = record["exercises"].items()
    cells = tuple(CellResult(f"test_{name}", name, HARNESS_ERROR, 0.0, one["points"], detail=answer.message) for name, one in exercises)
    return replace(_not_graded(one, record, error), cells=cells, key=key), None
