"""The single writer: results as files, marks into the gradebook."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from . import _nbgrader
from .course import Course, clear_disk_errors, write_atomically
from .errors import ConvgradeError
from .notebook import to_json
from .result import GRADED, HARNESS_ERROR, SubmissionResult

LONGEST_NOTE = 1000


def save_result(course: Course, result: SubmissionResult) -> None:
    """Write one marking under the name that says what it depends on."""
    text = json.dumps(result.to_dict(), indent=1, sort_keys=True) + "\n"
    write_atomically(course.result(result.assignment, result.student, result.key), text)


def load_result(course: Course, stem: str, student: str, key: str) -> SubmissionResult | None:
    """The marking of that name, or None if there is none or its file is damaged."""
    try:
        result = SubmissionResult.from_dict(json.loads(course.result(stem, student, key).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return result if (result.assignment, result.student, result.key) == (stem, student, key) else None


def latest(course: Course, stem: str, student: str) -> SubmissionResult | None:
    """The marking whose points are in the gradebook."""
    path = course.latest_result(stem, student)
    return load_result(course, stem, student, path.stem) if path else None


def committed(course: Course, stems: list[str]) -> set[tuple[str, str, str]]:
    """(assignment, student, key) of every marking whose points stand in the gradebook, with nbgrader's notebook beside it.

    One look into the gradebook. A marking that is not in here has to be committed (again): the gradebook may be new, or restored.
    """
    found = set()
    for marks in _nbgrader.read_marks(course, stems):
        result = latest(course, marks.assignment, marks.student)
        if result is None or not course.autograded(marks.student, marks.assignment).is_file():
            continue
        given = {cell.grade_id: cell.auto for cell in marks.cells}
        if all(given.get(cell.grade_id, -1) == cell.points for cell in result.cells if cell.state != HARNESS_ERROR):
            found.add((marks.assignment, marks.student, result.key))
    return found


def commit(course: Course, result: SubmissionResult, notebook: NotebookNode, timestamp_from: Path, wait: float | None = None) -> None:
    """Enter one marking into nbgrader's gradebook and write nbgrader's autograded notebook.

    notebook         the restored notebook: the source's cells with the student's answers
    timestamp_from   the submission (its notebook or its folder); a timestamp.txt there tells nbgrader when it came
    wait             seconds to wait for a locked gradebook (default: the gradebook's own)

    Doing it twice changes nothing; marks and comments that a person gave stay. If it fails, the gradebook and the autograded notebook
    are as they were. Raises GradebookLocked, StorageError, ConvgradeError.
    """
    if result.state != GRADED:
        raise ConvgradeError(f"{result.student}, {result.assignment} was not graded, so there is nothing to store", result.hint)
    folder = timestamp_from if timestamp_from.is_dir() else timestamp_from.parent
    place = Path(result.student) / result.assignment
    staged = tempfile.TemporaryDirectory
    doing = f"store the marks of {result.student}"
    with _finished_before_ctrl_c(), clear_disk_errors(doing), staged(dir=course.root, prefix=".storing-") as staging:
        restored, autograded = Path(staging) / "restored" / place, Path(staging) / "autograded" / place
        restored.mkdir(parents=True)
        (restored / f"{result.assignment}.ipynb").write_text(to_json(notebook), encoding="utf-8")
        _copy_notes(folder, restored)
        inside = Path(staging).name
        _nbgrader.record(course, result, f"{inside}/restored", f"{inside}/autograded", wait)
        _replace(restored, course.restored(result.student, result.assignment).parent)
        _replace(autograded, course.autograded(result.student, result.assignment).parent)
        write_atomically(course.results(result.assignment, result.student) / "latest", result.key + "\n")


@contextmanager
def _finished_before_ctrl_c() -> Iterator[None]:
    """Let a first Ctrl-C wait for the tenth of a second that storing takes; a second one does not wait."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []
    before = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: Any) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


def _copy_notes(submitted: Path, restored: Path) -> None:
    """What nbgrader's exchange wrote beside the submission: when it came, and the secret under which feedback is fetched.

    A timestamp that is no time (a student can write one) counts as the file's own time, so it can neither stop the batch nor hide lateness.
    """
    when = _note(submitted / "timestamp.txt")
    if when is not None:
        if not _nbgrader.is_time(when):
            when = datetime.fromtimestamp((submitted / "timestamp.txt").stat().st_mtime, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        (restored / "timestamp.txt").write_text(when, encoding="utf-8")
    secret = _note(submitted / "submission_secret.txt")
    if secret:
        (restored / "submission_secret.txt").write_text(secret, encoding="utf-8")


def _note(path: Path) -> str | None:
    """The text of a small file, "" if it is none, None if it is not there or a link to somewhere else."""
    if path.is_symlink() or not path.is_file():
        return None
    with path.open("rb") as file:
        data = file.read(LONGEST_NOTE + 1)
    try:
        return data.decode("utf-8") if len(data) <= LONGEST_NOTE else ""
    except UnicodeDecodeError:
        return ""


def _replace(made: Path, target: Path) -> None:
    """Put a folder's files in the place of another's; what has no successor goes."""
    target.mkdir(parents=True, exist_ok=True)
    new = {path.name for path in made.iterdir()}
    for name in new:
        os.replace(made / name, target / name)
    for path in target.iterdir():
        if path.name not in new and path.is_file():
            path.unlink()
