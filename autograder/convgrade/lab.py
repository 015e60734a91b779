"""The course with one student that JupyterLab opens: the user of this machine is student and teacher at once."""

from __future__ import annotations

import getpass
import json
from dataclasses import dataclass
from pathlib import Path

from . import _nbgrader
from .course import Course, write_atomically

SETTINGS = '''
# The lab: fetched assignments lie in work/, and nothing is written outside this folder.
c.Exchange.assignment_dir = str(root / "work")
c.Exchange.cache = str(root / "cache")
'''
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Jupytext Notebook", "myst": "Jupytext Notebook"}},
}


@dataclass(frozen=True)
class LabCourse:
    """course: start JupyterLab in its folder; work: what the student sees; settings: for --LabApp.app_settings_dir."""

    course: Course
    work: Path
    settings: Path
    student: str


def lab_course(root: Path, released: Course) -> LabCourse:
    """Make or refresh the lab in `root` with every assignment that has been released in another course.

    The student's own work and the marks in it are left alone.
    """
    course = Course.create(root)
    fresh = not (course.root / "nbgrader_config.py").exists()
    _nbgrader.install_settings(course)
    if fresh:
        config = course.root / "nbgrader_config.py"
        write_atomically(config, config.read_text(encoding="utf-8") + SETTINGS)
    for folder in ("work", "cache"):
        (course.root / folder).mkdir(exist_ok=True)
    settings = course.root / "settings"
    write_atomically(settings / "overrides.json", json.dumps(OVERRIDES, indent=1) + "\n")
    student = getpass.getuser()
    _nbgrader.add_student(course, student)
    for stem in released.stems():
        changed = [_copy(released.source(stem), course.source(stem)), _copy(released.release_record(stem), course.release_record(stem))]
        if any(changed) or not course.released(stem).is_file():
            _nbgrader.generate_assignment(course, stem)
        _nbgrader.offer(course, stem)
    return LabCourse(course, course.root / "work", settings, student)


def _copy(there: Path, here: Path) -> bool:
    """Copy a text file if it differs; say whether it did."""
    text = there.read_text(encoding="utf-8")
    if here.is_file() and here.read_text(encoding="utf-8") == text:
        return False
    write_atomically(here, text)
    return True
