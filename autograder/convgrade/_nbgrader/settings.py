"""The course folder's own nbgrader_config.py, read the way nbgrader reads it, and what the grader adds for one piece of work."""

from __future__ import annotations

import logging
from pathlib import Path

from nbconvert.writers import FilesWriter
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from ..course import Course, write_atomically
from ..errors import ConvgradeError

SETTINGS = "nbgrader_config.py"
TEMPLATE = Path(__file__).resolve().parents[2] / SETTINGS

log = logging.getLogger("convgrade.nbgrader")
log.addHandler(logging.NullHandler())
log.propagate = False


class OneAssignment(BaseConverter):
    """Mixed into nbgrader's converters: one known notebook, no change of the working folder, errors come out as they are."""

    def start(self) -> None:
        stem, student = self.coursedir.assignment_id, self.coursedir.student_id
        self.notebooks = [f"{self._format_source(stem, student)}/{stem}.ipynb"]    # as text: nbgrader finds "/./" in it again
        self.writer = FilesWriter(parent=self, config=self.config)
        self.exporter = self.exporter_class(parent=self, config=self.config)
        for step in self.preprocessors:
            self.exporter.register_preprocessor(step)
        self.init_assignment(stem, student)
        for notebook in self.notebooks:
            self.convert_single_notebook(notebook)
        self.set_permissions(stem, student)


def install_settings(course: Course) -> None:
    """Put our nbgrader_config.py and the exchange's folder into the course folder, unless the teacher has them there already."""
    target = course.root / SETTINGS
    if not target.exists():
        write_atomically(target, TEMPLATE.read_text(encoding="utf-8"))
        (course.root / "exchange").mkdir(exist_ok=True)


def settings(course: Course) -> Config:
    """The course's settings. ConvgradeError if the file cannot be read."""
    install_settings(course)
    try:
        return PyFileConfigLoader(SETTINGS, path=str(course.root)).load_config()
    except Exception as error:
        raise ConvgradeError(
            f"{course.root / SETTINGS} cannot be read: {type(error).__name__}: {error}",
            "mend that line, or delete the file: the next command writes a fresh one",
        ) from error


def course_directory(course: Course, config: Config, stem: str, student: str = ".", **folders: str) -> CourseDirectory:
    """nbgrader's idea of the course, for one assignment. The release record never leaves the source folder, whatever the settings say."""
    directory = CourseDirectory(
        config=config, log=log, root=str(course.root), db_url=f"sqlite:///{course.gradebook}",
        assignment_id=stem, notebook_id=stem, student_id=student, **folders,
    )
    directory.ignore = [*directory.ignore, course.release_record(stem).name]
    return directory
