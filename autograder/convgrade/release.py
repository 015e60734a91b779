"""`convgrade release`: from the text notebook of an assignment to what students get, if the assignment deserves it."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from . import _nbgrader
from .assignment import announce_forbidden, known_stems, make_record
from .course import Course, clear_disk_errors, write_atomically
from .errors import ReleaseRefused
from .fingerprint import fingerprint, release_version
from .markers import without_hidden_tests
from .marking import mark
from .marking.session import Session
from .notebook import Role, read_source, stub, to_json, with_answers
from .result import PASSED, CellResult, ReleasedAssignment, ReleaseResult
from .rules import broken_rules
from .sandbox import Limits, require_sandbox


def release(course_root: Path, stems: list[str], solutions: Path, notebooks: Path | None, zip_to: Path | None,
            progress: Any) -> ReleaseResult:  # fmt: skip
    """Release these assignments (empty: all of `solutions`) into the course.

    Refuses one whose tests break a rule, whose own key does not get full marks, whose stub gets a point, or whose cells do not run as
    ordinary Python. `notebooks`: a folder that gets a copy of each student notebook; `zip_to`: a zip for students' own machines.
    """
    stems = known_stems(solutions, stems)
    require_sandbox()
    course = Course.create(course_root)
    progress.start(len(stems), "assignments")
    released = []
    for stem in stems:
        released.append(_release_one(course, solutions / f"{stem}.md", stem))
        if notebooks is not None:
            write_atomically(notebooks / f"{stem}.ipynb", course.released(stem).read_text(encoding="utf-8"))
        progress.advance(stem)
    progress.finish()
    if zip_to is not None:
        _write_zip(course, stems, zip_to)
    return ReleaseResult(tuple(released))


def _release_one(course: Course, path: Path, stem: str) -> ReleasedAssignment:
    source = read_source(path)
    record = make_record(source, stem)
    if broken := broken_rules(source):
        raise ReleaseRefused(_listed(f"{path.name} breaks a rule for tests:", broken), "mend the source, then release again")
    verified = fingerprint(record["hash"], release_version())
    unchanged = _same(course, stem, verified)
    if not unchanged:
        record["handles"] = _verify(source, record, path.name)
        record["verified"] = verified
        exercises = {name: {"points": one["points"]} for name, one in record["exercises"].items()}
        announce_forbidden(source, record)
        source.metadata["convgrade"] = {"title": record["title"], "minutes": record["minutes"], "exercises": exercises}
        _generate(course, stem, to_json(source))
        write_atomically(course.release_record(stem), json.dumps(record, indent=1) + "\n")
    points = {name: one["points"] for name, one in record["exercises"].items()}
    return ReleasedAssignment(stem, record["title"], record["points"], points, unchanged)


def _generate(course: Course, stem: str, text: str) -> None:
    """Make the students' notebook. If nbgrader refuses, the source of the earlier release is put back."""
    place = course.source(stem)
    earlier = place.read_text(encoding="utf-8") if place.is_file() else None
    write_atomically(place, text)
    try:
        _nbgrader.generate_assignment(course, stem)
    except BaseException:
        if earlier is None:
            place.unlink()
        else:
            write_atomically(place, earlier)
        raise


def _same(course: Course, stem: str, verified: str) -> bool:
    try:
        record = json.loads(course.release_record(stem).read_text(encoding="utf-8"))
        return record["verified"] == verified and course.released(stem).is_file()
    except (OSError, ValueError, KeyError):
        return False


def _verify(source: NotebookNode, record: dict[str, Any], name: str) -> dict[str, list[str]]:
    """Mark the key and the stub, and run both as a student's kernel would. Returns the calls of the key that gave back an object."""
    handles: dict[str, list[str]] = {}
    problems = [f"the key fails {_told(cell)}" for cell in mark(source, source, record, handles_seen=handles) if not _full(cell)]
    empty = stub(source)
    marked = mark(source, empty, {**record, "handles": handles})
    problems += [f"the stub gets {cell.points:g} points for {cell.grade_id}" for cell in marked if cell.points]
    problems += [f"the key stops in {cell} when it runs as ordinary Python" for cell in failing_cells(source)]
    tests = {Role.of(cell).grade_id: cell.source for cell in source.cells if Role.of(cell).is_test}
    visible = with_answers(empty, {name: without_hidden_tests(text) for name, text in tests.items()})
    problems += [f"the stub passes the visible part of {cell}" for cell in sorted(set(tests) - set(failing_cells(visible)))]
    if problems:
        raise ReleaseRefused(_listed(f"{name} cannot be released:", problems), "mend the key or the tests, then release again")
    return handles


def _listed(head: str, lines: list[str]) -> str:
    return "\n".join([head, *(f"  {line}" for line in lines)])


def _full(cell: CellResult) -> bool:
    return cell.state == PASSED and cell.points == cell.max_points


def _told(cell: CellResult) -> str:
    return f"{cell.grade_id} ({cell.state}, {cell.points:g} of {cell.max_points:g}): {cell.message} {cell.detail}".strip()


def failing_cells(notebook: NotebookNode) -> list[str]:
    """Names of the cells that stop when the whole notebook, tests included, runs in one interpreter as in JupyterLab."""
    plain = with_answers(notebook, {})
    for cell in plain.cells:
        if Role.of(cell).is_test:
            cell.metadata["nbgrader"]["grade"] = False
    session = Session(plain, Limits.of(notebook.metadata.get("convgrade", {}).get("limits")))
    try:
        session.start()
    finally:
        session.close()
    names = {cell.id: Role.of(cell).grade_id for cell in plain.cells}
    return [names[cell_id] for cell_id, run in session.runs.items() if not run.ok]


def _write_zip(course: Course, stems: list[str], path: Path) -> None:
    """Notebooks, the library and a requirements file: all that a student needs on a machine without this repository."""
    import convbook

    library = Path(convbook.__file__).parent
    with clear_disk_errors(f"write {path.name}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".part")
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for stem in stems:
                archive.write(course.released(stem), f"assignments/{stem}.ipynb")
            for file in sorted(library.rglob("*")):
                if file.suffix in (".py", ".mplstyle"):
                    archive.write(file, f"assignments/convbook/{file.relative_to(library)}")
            archive.writestr("requirements.txt", (Path(__file__).parent / "templates" / "requirements.txt").read_text())
        shutil.move(temporary, path)
