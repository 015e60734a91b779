"""The release notebook, made by nbgrader's own GenerateAssignment with two steps of ours in place of two of its own."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from nbgrader import utils
from nbgrader.converters import GenerateAssignment
from nbgrader.nbgraderformat import ValidationError
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions, InstantiateTests

from ..course import Course, clear_disk_errors
from ..errors import ReleaseRefused
from ..markers import exercise_title, stub_source, without_hidden_tests
from .settings import OneAssignment, course_directory, log, settings
from .transaction import transaction


class StubSolutions(ClearSolutions):
    """Each solution becomes an error that names its exercise; answers in words become nbgrader's usual invitation."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        titles = [exercise_title(nb.cells, index) for index in range(len(nb.cells))]
        for index, (cell, title) in enumerate(zip(nb.cells, titles, strict=True)):
            cell.id = cell.metadata.get("nbgrader", {}).get("grade_id", "").replace(".", "-") or f"cell-{index}"
            if utils.is_solution(cell):
                cell.source = stub_source(cell.source, title) if cell.cell_type == "code" else self.text_stub
        _only_public(nb)
        return nb, resources


class HideTests(ClearHiddenTests):
    """Hidden tests leave the release by the rule that the grader itself uses."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> Any:
        if utils.is_grade(cell) and cell.cell_type == "code":
            cell.source = without_hidden_tests(cell.source)
        elif without_hidden_tests(cell.source) != cell.source.rstrip("\n"):
            raise ReleaseRefused("there are hidden tests outside a test cell", "move them into a cell with grade: true")
        return cell, resources


REPLACED = {ClearSolutions: StubSolutions, ClearHiddenTests: HideTests}
# InstantiateTests is left out: it starts a kernel on this machine for tests that a machine writes, and we write ours.
STEPS = GenerateAssignment.class_traits()["preprocessors"].default()
GENERATE = [REPLACED.get(step, step) for step in STEPS if step is not InstantiateTests]


def _only_public(nb: Any) -> None:
    """Title, minutes and points go out; forbidden calls and limits stay here."""
    data = nb.metadata.get("convgrade")
    if data:
        exercises = {name: {"points": one["points"]} for name, one in data.get("exercises", {}).items()}
        nb.metadata["convgrade"] = {**{key: data[key] for key in ("title", "minutes") if key in data}, "exercises": exercises}


class _Generate(OneAssignment, GenerateAssignment):
    pass


def generate_assignment(course: Course, stem: str) -> None:
    """Make the student's notebook of one assignment and enter its cells into the gradebook.

    Reads course.source(stem), writes course.released(stem); two runs write the same bytes. The old release stays until the new one is
    whole. ReleaseRefused if cells came or went after students had submitted, or if the source is not a valid assignment.
    """
    config = settings(course)
    with clear_disk_errors(f"release {stem}"), tempfile.TemporaryDirectory(dir=course.root, prefix=".releasing-") as staging:
        directory = course_directory(course, config, stem, release_directory=Path(staging).name)
        with transaction(course, directory.course_id or "default_course") as gradebook:
            _refuse_other_cells(course, stem, gradebook)
            try:
                converter = _Generate(coursedir=directory, config=config, log=log)
                converter.preprocessors = GENERATE
                converter.start()
            except (RuntimeError, ValueError, KeyError, ValidationError) as error:
                reason = error.__context__ or error
                raise ReleaseRefused(f"nbgrader cannot release {stem}: {reason}", "mend that cell and release again") from error
        target = course.released(stem).parent
        made = Path(staging) / stem
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted(path for path in made.rglob("*") if path.is_file()):
            place = target / path.relative_to(made)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, place)


def _refuse_other_cells(course: Course, stem: str, gradebook: Any) -> None:
    """nbgrader cannot change the list of cells once there are marks for them: say which cells, and what to do."""
    known = [notebook for one in gradebook.assignments if one.name == stem for notebook in one.notebooks if notebook.submissions]
    if not known:
        return
    old = {cell.name for cell in known[0].source_cells}
    cells = json.loads(course.source(stem).read_text(encoding="utf-8"))["cells"]
    roles = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    new = {role["grade_id"] for role in roles if any(role.get(kind) for kind in ("grade", "solution", "locked", "task"))}
    if old != new:
        changes = [f"gone: {', '.join(sorted(old - new))}"] * bool(old - new) + [f"new: {', '.join(sorted(new - old))}"] * bool(new - old)
        raise ReleaseRefused(
            f"{stem} has marked submissions, and its cells changed ({'; '.join(changes)})",
            f"give the cells their old names back, or drop all marks of {stem} with `nbgrader db assignment remove {stem} --force`",
        )
