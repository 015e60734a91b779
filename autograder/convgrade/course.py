"""Where a running course keeps its things. Nothing here runs or marks anything.

    DIR/course.json                          says that this folder is a course
    DIR/source/STEM/STEM.ipynb               the teacher's notebook: solutions and hidden tests
    DIR/source/STEM/release.json             points, limits, forbidden calls and what may cross the border (written by `release`)
    DIR/release/STEM/STEM.ipynb              the student's notebook
    DIR/submitted/STUDENT/STEM/STEM.ipynb    what came in, never changed by the grader
    DIR/restored/STUDENT/STEM/STEM.ipynb     the same with everything but the student's own cells put back
    DIR/results/STEM/STUDENT/KEY.json        one marking, named by what it depends on
    DIR/autograded, DIR/feedback, DIR/gradebook.db     nbgrader's own
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import NotACourse, StorageError, UnknownAssignment, UnknownStudent

STUDENT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]*")


@contextmanager
def clear_disk_errors(doing: str):
    """Turn what the operating system says about a disk into an error that names the folder and the remedy."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot {doing}: {error.strerror or error} ({error.filename or 'no file named'})",
            "make room on the disk or give write permission, then run the same command again; finished work is kept",
        ) from error


def write_atomically(path: Path, text: str) -> None:
    """Write a whole file or none of it, so that a full disk or Ctrl-C leaves the old one."""
    with clear_disk_errors(f"write {path.name}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def check_student(name: str) -> str:
    """Return the name if it can be a folder and an nbgrader id, else raise UnknownStudent."""
    if not STUDENT_NAME.fullmatch(name):
        raise UnknownStudent(
            f"the student name {name!r} has a character that a folder and a gradebook cannot share",
            "use letters, digits and . _ @ + - only, starting with a letter or digit; rename the folder under submitted/",
        )
    return name


@dataclass(frozen=True)
class Submission:
    assignment: str
    student: str
    path: Path


@dataclass(frozen=True)
class Course:
    root: Path

    @classmethod
    def create(cls, root: Path) -> Course:
        """Make the folder a course, or open it if it is one already."""
        root = root.resolve()
        marker = root / "course.json"
        if not marker.exists():
            write_atomically(marker, json.dumps({"course": root.name.lstrip(".") or "course", "made by": "convgrade"}, indent=1) + "\n")
        return cls(root)

    @classmethod
    def open(cls, root: Path) -> Course:
        root = root.resolve()
        if not (root / "course.json").is_file():
            hint = "name the course with --course DIR, or make one with `convgrade release`"
            raise NotACourse(f"{root} is not a course: it has no course.json", hint)
        return cls(root)

    @property
    def gradebook(self) -> Path:
        return self.root / "gradebook.db"

    def source(self, stem: str) -> Path:
        return self.root / "source" / stem / f"{stem}.ipynb"

    def release_record(self, stem: str) -> Path:
        return self.root / "source" / stem / "release.json"

    def released(self, stem: str) -> Path:
        return self.root / "release" / stem / f"{stem}.ipynb"

    def submitted(self, student: str, stem: str) -> Path:
        return self.root / "submitted" / student / stem / f"{stem}.ipynb"

    def restored(self, student: str, stem: str) -> Path:
        return self.root / "restored" / student / stem / f"{stem}.ipynb"

    def autograded(self, student: str, stem: str) -> Path:
        return self.root / "autograded" / student / stem / f"{stem}.ipynb"

    def feedback(self, student: str, stem: str) -> Path:
        return self.root / "feedback" / student / stem / f"{stem}.html"

    def results(self, stem: str, student: str) -> Path:
        return self.root / "results" / stem / student

    def result(self, stem: str, student: str, key: str) -> Path:
        return self.results(stem, student) / f"{key}.json"

    def latest_result(self, stem: str, student: str) -> Path | None:
        """The result that was committed last: the file that `latest` names."""
        pointer = self.results(stem, student) / "latest"
        return self.result(stem, student, pointer.read_text().strip()) if pointer.is_file() else None

    def stems(self) -> list[str]:
        return sorted(path.parent.name for path in (self.root / "source").glob("*/release.json"))

    def release(self, stem: str) -> dict[str, Any]:
        """The record that `release` wrote for one assignment."""
        if stem not in (known := self.stems()):
            raise UnknownAssignment(
                f"no assignment {stem!r} has been released in {self.root}",
                f"released are: {', '.join(known)}" if known else "run `convgrade release` first",
            )
        return json.loads(self.release_record(stem).read_text(encoding="utf-8"))

    def submissions(self, stems: list[str], students: list[str]) -> list[Submission]:
        """Every submission of these assignments and students (empty list: all), in a fixed order.

        A folder without a notebook of the assignment's name counts too: it is reported, not passed over.
        """
        for stem in stems:
            self.release(stem)
        for student in students:
            check_student(student)
            if not (self.root / "submitted" / student).is_dir():
                raise UnknownStudent(f"{student!r} has submitted nothing in {self.root}", f"look into {self.root / 'submitted'}")
        wanted = stems or self.stems()
        folders = sorted(path for path in (self.root / "submitted").glob("*/*") if path.is_dir() and path.name in wanted)
        found = [Submission(path.name, path.parent.name, path / f"{path.name}.ipynb") for path in folders]
        return sorted((one for one in found if not students or one.student in students), key=lambda one: (one.assignment, one.student))
