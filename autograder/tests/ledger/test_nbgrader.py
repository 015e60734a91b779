"""Releases: what goes out, what stays, and what nbgrader itself may do in a course folder."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from convgrade import _nbgrader, store
from convgrade.errors import ConvgradeError, ReleaseRefused


def nbgrader(course, *arguments):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run([sys.executable, "-m", "nbgrader", *arguments], cwd=course.root, env={**os.environ, "PATH": path},
                          capture_output=True, text=True, timeout=120, check=False)


def exported(course, tmp_path):
    done = nbgrader(course, "export", "--to", str(tmp_path / "marks.csv"))
    assert done.returncode == 0, done.stderr
    with (tmp_path / "marks.csv").open() as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def test_release_twice_gives_the_same_bytes(course, stem):
    first = course.released(stem).read_bytes()
    _nbgrader.generate_assignment(course, stem)
    assert course.released(stem).read_bytes() == first


def test_release_holds_tasks_and_visible_tests_only(course, stem):
    text = course.released(stem).read_text()
    cells = {cell.id: cell.source for cell in nbformat.read(course.released(stem), as_version=4).cells}
    assert 'raise NotImplementedError("Exercise 7.1: double")' in cells["double"]
    assert cells["explain"] == "YOUR ANSWER HERE"
    assert cells["test_double"] == 'assert double(2) == 4, "twice 2 is 4"'
    for secret in ("x + x", "secret_case", "undoes", "BEGIN", "numpy.multiply"):
        assert secret not in text
    assert not list(course.released(stem).parent.glob("release.json"))


def test_release_tells_title_minutes_and_points(course, stem):
    metadata = nbformat.read(course.released(stem), as_version=4).metadata["convgrade"]
    assert metadata == {"title": "Two tiny exercises", "minutes": 5, "exercises": {"double": {"points": 3}, "halve": {"points": 4}}}


def test_new_tests_and_points_can_be_released_after_submissions(course, stem, submit, marked, change_source, source_text):
    notebook, path = submit("ada")
    store.commit(course, marked("ada"), notebook, path)
    change_source(course, source_text.replace("points: 4", "points: 5").replace("half of 2 is 1", "a half of 2 is 1"))
    _nbgrader.generate_assignment(course, stem)
    assert "a half of 2 is 1" in course.released(stem).read_text()
    assert _nbgrader.read_marks(course, [stem])[0].max_score == 10


def test_cells_that_vanish_after_submissions_are_refused(course, stem, submit, marked, change_source, source_text):
    notebook, path = submit("ada")
    store.commit(course, marked("ada"), notebook, path)
    before = course.released(stem).read_bytes()
    change_source(course, source_text.replace("halve", "half_of"))
    with pytest.raises(ReleaseRefused, match="gone: halve, test_halve; new: half_of, test_half_of") as caught:
        _nbgrader.generate_assignment(course, stem)
    assert "nbgrader db assignment remove" in caught.value.hint
    assert course.released(stem).read_bytes() == before
    assert _nbgrader.read_marks(course, [stem])[0].score == 7


def test_cells_may_change_while_nobody_has_submitted(course, stem, change_source, source_text):
    change_source(course, source_text.replace("halve", "half_of"))
    _nbgrader.generate_assignment(course, stem)
    assert "half_of" in course.released(stem).read_text()


def test_a_cell_that_is_no_valid_nbgrader_cell_is_refused(course, stem, change_source, source_text):
    before = course.released(stem).read_bytes()
    change_source(course, source_text.replace("points: 4, schema_version: 3", "schema_version: 3"))
    with pytest.raises(ReleaseRefused, match="'test_halve' does not have points"):
        _nbgrader.generate_assignment(course, stem)
    assert course.released(stem).read_bytes() == before


def test_settings_of_the_teacher_are_kept_and_bad_ones_named(course, stem):
    settings = course.root / "nbgrader_config.py"
    settings.write_text(settings.read_text() + "\n# mine\n")
    _nbgrader.generate_assignment(course, stem)
    assert settings.read_text().endswith("# mine\n")
    settings.write_text("c = get_config(\n")
    with pytest.raises(ConvgradeError, match="cannot be read: SyntaxError"):
        _nbgrader.generate_assignment(course, stem)


def test_nbgrader_exports_the_same_marks(course, submit, marked, tmp_path):
    for student, halve in (("ada", 4), ("ben", 1.5), ("cy", 0)):
        notebook, path = submit(student)
        store.commit(course, marked(student, halve=halve), notebook, path)
    rows = exported(course, tmp_path)
    assert {student: float(row["score"]) for student, row in rows.items()} == {"ada": 7, "ben": 4.5, "cy": 3}
    assert rows["ada"]["timestamp"] == "2026-03-01 12:00:00"
    assert float(rows["ada"]["max_score"]) == 9


def test_plain_nbgrader_autograde_never_marks(course, stem, submit, marked, tmp_path):
    notebook, path = submit("ada")
    store.commit(course, marked("ada", halve=1.5), notebook, path)
    done = nbgrader(course, "autograde", stem, "--force")
    assert done.returncode == 1
    assert "run `convgrade grade 07_tiny`" in done.stderr
    assert float(exported(course, tmp_path)["ada"]["score"]) == 4.5
    store.commit(course, marked("ada", halve=1.5), notebook, path)
    assert course.autograded("ada", stem).is_file()


def test_plain_nbgrader_release_makes_the_same_notebook(course, stem):
    before = course.released(stem).read_bytes()
    course.released(stem).unlink()
    done = nbgrader(course, "generate_assignment", stem, "--force")
    assert done.returncode == 0, done.stderr
    assert course.released(stem).read_bytes() == before


def test_plain_nbgrader_feedback_is_refused(course, stem, submit, marked):
    notebook, path = submit("ada")
    store.commit(course, marked("ada"), notebook, path)
    done = nbgrader(course, "generate_feedback", stem)
    assert done.returncode == 1
    assert "run `convgrade feedback`" in done.stderr
    assert not course.feedback("ada", stem).exists()


def test_nbgrader_accepts_the_release(course, stem):
    cells = json.loads(course.released(stem).read_text())["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    nbformat.validate(nbformat.read(course.released(stem), as_version=4))
