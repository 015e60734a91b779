"""`convgrade sample-class`: a small class whose marks are known, and the course that JupyterLab opens."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nbformat

from . import _nbgrader, store
from .assignment import Variant, read_variants
from .course import Course, write_atomically
from .errors import ConvgradeError, UnknownAssignment
from .markers import without_markers
from .notebook import Role, to_json
from .result import GRADED, PASSED
from .sample import STUDENTS, Builder, Sample

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
class Made:
    student: str
    assignment: str
    about: str


@dataclass(frozen=True)
class SampleResult:
    submissions: tuple[Made, ...]
    exit_code: int = 0

    def to_dict(self) -> dict[str, Any]:
        return {"submissions": [asdict(one) for one in self.submissions]}


@dataclass(frozen=True)
class Comparison:
    """One submission: the points that its tests must give and the ones in the gradebook (None: not graded)."""

    student: str
    assignment: str
    about: str
    expected: float
    got: float | None
    difference: str

    @property
    def ok(self) -> bool:
        return not self.difference


@dataclass(frozen=True)
class VerifyResult:
    comparisons: tuple[Comparison, ...]

    @property
    def exit_code(self) -> int:
        return 0 if all(one.ok for one in self.comparisons) else 1

    def to_dict(self) -> dict[str, Any]:
        return {"comparisons": [{**asdict(one), "ok": one.ok} for one in self.comparisons]}


def sample_class(course: Course, definitions: Path, samples: tuple[Sample, ...] = STUDENTS) -> SampleResult:
    """Write the submissions of the sample class into the course.

    definitions   the folder of the assignments' sources: wrong and alternative answers come from its `mutants` and `alternatives`

    A submission that is there already, byte for byte, is left alone. UnknownAssignment if the assignments have not been released.
    """
    made = []
    for sample in samples:
        text = to_json(_paper(course, definitions, sample).notebook)
        target = course.submitted(sample.student, sample.assignment)
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            write_atomically(target, text)
        made.append(Made(sample.student, sample.assignment, sample.about))
    return SampleResult(tuple(made))


def verify(course: Course, definitions: Path, samples: tuple[Sample, ...] = STUDENTS) -> VerifyResult:
    """Compare what the sample class got with what each of them must get: state and points of every exercise, repairs, gradebook."""
    marks = {(one.assignment, one.student): one for one in _nbgrader.read_marks(course, sorted({one.assignment for one in samples}))}
    return VerifyResult(tuple(_compare(course, definitions, sample, marks.get((sample.assignment, sample.student))) for sample in samples))


def _paper(course: Course, definitions: Path, sample: Sample) -> Builder:
    stem = sample.assignment
    record = course.release(stem)
    source = nbformat.read(course.source(stem), as_version=4)
    key = {Role.of(cell).grade_id: without_markers(cell.source) for cell in source.cells if Role.of(cell).is_answer}
    wrong = _by_exercise(definitions / "mutants" / f"{stem}.py", record["exercises"])
    otherwise = _by_exercise(definitions / "alternatives" / f"{stem}.py", record["exercises"])
    paper = Builder(nbformat.read(course.released(stem), as_version=4), list(record["exercises"]), key, wrong, otherwise)
    sample.build(paper)
    return paper


def _by_exercise(path: Path, exercises: dict[str, Any]) -> dict[str, list[Variant]]:
    if not path.is_file():
        raise UnknownAssignment(f"there is no {path}", "name the folder of the assignments' sources with --solutions")
    found: dict[str, list[Variant]] = {name: [] for name in exercises}
    for variant in read_variants(path):
        found.setdefault(variant.exercise, []).append(variant)
    if empty := [name for name in exercises if not found[name]]:
        raise ConvgradeError(f"{path} has no answer to {', '.join(empty)}", "the sample class needs one of each kind for every exercise")
    return found


def _compare(course: Course, definitions: Path, sample: Sample, marks: _nbgrader.SubmissionMarks | None) -> Comparison:
    paper = _paper(course, definitions, sample)
    points = {name: one["points"] for name, one in course.release(sample.assignment)["exercises"].items()}
    states = {name: paper.expected.get(name, PASSED) for name in points}
    expected = sum(points[name] for name, state in states.items() if state == PASSED)
    about = (sample.student, sample.assignment, sample.about, expected)
    result = store.latest(course, sample.assignment, sample.student)
    if result is None or result.state != GRADED or marks is None:
        return Comparison(*about, None, "not graded")
    got = sum(cell.auto or 0.0 for cell in marks.cells if not cell.by_hand)
    differences = [
        f"{cell.exercise}: expected {states[cell.exercise]}, got {cell.state} with {cell.points:g} points"
        for cell in result.cells
        if cell.state != states[cell.exercise] or cell.points != (points[cell.exercise] if cell.state == PASSED else 0)
    ]
    if set(result.repaired) != paper.repaired:
        differences.append(f"expected repairs {sorted(paper.repaired)}, got {sorted(result.repaired)}")
    if got != expected:
        differences.append(f"the gradebook says {got:g}")
    return Comparison(*about, got, "; ".join(differences))


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
    student = _nbgrader.student_here()
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
