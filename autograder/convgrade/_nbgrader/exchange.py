"""What a teacher would do with `nbgrader release_assignment` and `nbgrader db student add`."""

from __future__ import annotations

from pathlib import Path

from nbgrader.exchange import ExchangeFactory
from nbgrader.utils import get_username

from ..course import Course
from .settings import course_directory, log, settings
from .transaction import transaction


def offer(course: Course, stem: str) -> None:
    """Put a released assignment into the exchange, where students fetch it. One that is there already, unchanged, stays."""
    config = settings(course)
    directory = course_directory(course, config, stem)
    release = ExchangeFactory(config=config).ReleaseAssignment(coursedir=directory, config=config, log=log, force=True)
    there = Path(release.root) / directory.course_id / "outbound" / stem / f"{stem}.ipynb"
    if not there.is_file() or there.read_bytes() != course.released(stem).read_bytes():
        release.start()


def add_student(course: Course, student: str) -> None:
    with transaction(course) as gradebook:
        gradebook.update_or_create_student(student)


def student_here() -> str:
    """The name under which the exchange files what is submitted on this machine."""
    return str(get_username())
