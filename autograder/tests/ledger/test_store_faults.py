"""Marks into the gradebook when something is wrong: nothing false, nothing half, and it is said."""


import dataclasses
import os
import signal
import sqlite3
import subprocess
import sys
import time

import nbformat
import pytest

from convgrade import _nbgrader, store
from convgrade._nbgrader import autograde
from convgrade.errors import ConvgradeError, GradebookLocked, StorageError
from convgrade.result import NOT_GRADED


def in_gradebook(course, student="ada"):
    (marks,) = _nbgrader.read_marks(course, ["07_tiny"], [student])
    return {cell.grade_id: cell for cell in marks.cells}, marks


def test_what_was_not_graded_is_not_stored(course, submit, marked):
    notebook, path = submit("ada")
    with pytest.raises(ConvgradeError, match="not graded"):
        store.commit(course, marked("ada", state=NOT_GRADED), notebook, path)
    assert _nbgrader.read_marks(course, ["07_tiny"]) == []


@pytest.mark.parametrize("points", [float("nan"), float("inf"), -1.0, 4.5])
def test_no_impossible_mark_is_stored(course, submit, marked, points):
    notebook, path = submit("ada")
    with pytest.raises(ConvgradeError, match="is no mark"):
        store.commit(course, marked("ada", halve=points), notebook, path)
    assert _nbgrader.read_marks(course, ["07_tiny"]) == []


def test_a_result_of_other_cells_is_not_stored(course, submit, marked):
    notebook, path = submit("ada")
    result = marked("ada")
    with pytest.raises(ConvgradeError, match="other test cells"):
        store.commit(course, dataclasses.replace(result, cells=result.cells[:1]), notebook, path)
    assert _nbgrader.read_marks(course, ["07_tiny"]) == []


def test_a_result_of_an_older_release_is_not_stored(course, submit, marked, stem, change_source, source_text):
    notebook, path = submit("ada")
    change_source(course, source_text.replace("points: 4", "points: 5"))
    _nbgrader.generate_assignment(course, stem)
    with pytest.raises(ConvgradeError, match="nbgrader would read"):
        store.commit(course, marked("ada"), notebook, path)


def test_a_marking_by_nbgraders_execute_is_an_error(course, submit, marked, monkeypatch):
    notebook, path = submit("ada")
    monkeypatch.setattr(autograde, "_with_marks", lambda steps, take, keep: [step for step in steps if step is not autograde.TakeMarks])
    with pytest.raises(_nbgrader.MarksFromElsewhere, match="own Execute"):
        store.commit(course, marked("ada", halve=0), notebook, path)
    assert _nbgrader.read_marks(course, ["07_tiny"]) == []


def test_a_step_that_changes_marks_is_an_error(course, submit, marked):
    settings = course.root / "nbgrader_config.py"
    settings.write_text(settings.read_text() + """
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
class Generous(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        for cell in nb.cells:
            cell.pop("outputs", None) if cell.cell_type != "code" else cell.update(outputs=[])
        return nb, resources
c.Autograde.autograde_preprocessors = [_nbgrader.TakeMarks, Generous, SaveAutoGrades]
""")
    notebook, path = submit("ada")
    with pytest.raises(_nbgrader.MarksFromElsewhere, match=r"gave 0\.0 points, the gradebook would say 4\.0"):
        store.commit(course, marked("ada", halve=0), notebook, path)
    assert _nbgrader.read_marks(course, ["07_tiny"]) == []


def test_a_locked_gradebook_is_named_and_nothing_is_half_written(course, submit, marked, stem):
    notebook, path = submit("ada")
    store.commit(course, marked("ada"), notebook, path)
    before, files = in_gradebook(course), course.autograded("ada", stem).read_bytes()
    other = sqlite3.connect(course.gradebook)
    other.execute("BEGIN EXCLUSIVE")
    started = time.monotonic()
    with pytest.raises(GradebookLocked) as caught:
        store.commit(course, marked("ada", halve=0, key="k2"), notebook, path, wait=0.3)
    assert time.monotonic() - started < 5
    assert "formgrader" in caught.value.hint
    with pytest.raises(GradebookLocked):
        _read(course, stem)
    other.close()
    assert (in_gradebook(course), course.autograded("ada", stem).read_bytes()) == (before, files)
    assert course.latest_result(stem, "ada").stem == "k1"


def test_ctrl_c_while_storing_waits_until_it_is_stored(course, submit, marked, stem, monkeypatch):
    notebook, path = submit("ada")
    check = autograde._check_marks

    def interrupted(*arguments):
        os.kill(os.getpid(), signal.SIGINT)
        check(*arguments)

    monkeypatch.setattr(autograde, "_check_marks", interrupted)
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        store.commit(course, marked("ada"), notebook, path)
    assert in_gradebook(course)[1].score == 7
    assert course.latest_result(stem, "ada").stem == "k1"
    assert signal.getsignal(signal.SIGINT) is handler


TWO = """
import sys
from pathlib import Path
from convgrade import store
from convgrade.course import Course
from convgrade.notebook import from_json, read_submission, restore
course, stem = Course.open(Path(sys.argv[1])), sys.argv[2]
source = from_json(course.source(stem).read_text())
for student in sys.argv[3:]:
    path = course.submitted(student, stem)
    result = store.load_result(course, stem, student, "k1")
    store.commit(course, result, restore(source, read_submission(path), stem).notebook, path)
"""


def test_two_graders_at_once_both_get_everything_in(course, submit, marked, stem):
    students = [f"s{number}" for number in range(12)]
    for student in students:
        submit(student)
        store.save_result(course, marked(student, halve=1.5))
    graders = [subprocess.Popen([sys.executable, "-c", TWO, str(course.root), stem, *half], stderr=subprocess.PIPE, text=True)
               for half in (students[::2], students[1::2])]
    for grader in graders:
        _, errors = grader.communicate(timeout=120)
        assert grader.returncode == 0, errors
    assert [(one.student, one.score) for one in _nbgrader.read_marks(course, [stem])] == [(student, 4.5) for student in sorted(students)]


def _read(course, stem):
    with _nbgrader.transaction(course, wait=0.1, writing=False) as gradebook:
        return gradebook.assignment_submissions(stem)


def test_a_failure_in_the_middle_stores_nothing(course, submit, marked, stem, monkeypatch):
    notebook, path = submit("ada")
    store.commit(course, marked("ada"), notebook, path)
    before, files = in_gradebook(course), course.autograded("ada", stem).read_bytes()

    def interrupted(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(autograde, "_check_marks", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.commit(course, marked("ada", halve=0, key="k2"), notebook, path)
    assert (in_gradebook(course), course.autograded("ada", stem).read_bytes()) == (before, files)
    assert [one.name for one in course.root.iterdir() if one.name.startswith(".")] == []


def test_a_gradebook_that_cannot_be_opened_is_a_storage_error(course, submit, marked):
    notebook, path = submit("ada")
    course.gradebook.unlink()
    course.gradebook.mkdir()
    with pytest.raises(StorageError, match=r"gradebook\.db"):
        store.commit(course, marked("ada"), notebook, path)


@pytest.mark.parametrize("text", ["yesterday, I swear", "", "9" * 5000, "99999-99-99", "\udcff"])
def test_a_timestamp_that_is_no_time_counts_as_the_time_it_was_written(course, submit, marked, text):
    notebook, path = submit("ada", timestamp=None)
    (path.parent / "timestamp.txt").write_bytes(text.encode("utf-8", "surrogateescape"))
    os.utime(path.parent / "timestamp.txt", (1e9, 1e9))
    store.commit(course, marked("ada"), notebook, path)
    assert str(in_gradebook(course)[1].timestamp) == "2001-09-09 01:46:40"


def test_a_timestamp_that_is_a_link_is_not_read(course, submit, marked, tmp_path):
    notebook, path = submit("ada", timestamp=None)
    (tmp_path / "elsewhere.txt").write_text("2001-01-01 00:00:00 UTC")
    (path.parent / "timestamp.txt").symlink_to(tmp_path / "elsewhere.txt")
    store.commit(course, marked("ada"), notebook, path)
    assert in_gradebook(course)[1].timestamp is None


def test_a_submission_without_a_timestamp_is_fine(course, submit, marked):
    notebook, path = submit("ada", timestamp=None)
    store.commit(course, marked("ada"), notebook, path.parent)
    assert in_gradebook(course)[1].timestamp is None


def test_results_are_kept_and_the_latest_is_named(course, submit, marked, stem):
    notebook, path = submit("ada")
    first, second = marked("ada", halve=0), marked("ada", halve=1.5, key="k2", messages={"halve": "Größe ≠ 1"})
    for result in (first, second):
        store.save_result(course, result)
        store.commit(course, result, notebook, path)
    assert store.load_result(course, stem, "ada", "k1") == first
    assert store.latest(course, stem, "ada") == second


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"{}", b"\xff\xfe", b'{"cells": 3}'])
def test_a_damaged_result_counts_as_absent(course, marked, stem, damage):
    store.save_result(course, marked("ada"))
    course.result(stem, "ada", "k1").write_bytes(damage)
    assert store.load_result(course, stem, "ada", "k1") is None


def test_a_result_under_a_wrong_name_counts_as_absent(course, marked, stem):
    store.save_result(course, marked("ada"))
    (course.results(stem, "ben")).mkdir()
    course.result(stem, "ada", "k1").rename(course.result(stem, "ben", "k1"))
    assert store.load_result(course, stem, "ben", "k1") is None


def test_a_message_that_no_file_can_hold_is_stored_readable(course, submit, marked, stem):
    notebook, path = submit("ada")
    result = marked("ada", halve=0, messages={"halve": "got '\udcff' \x1b[31mred\x00"})
    store.save_result(course, result)
    store.commit(course, result, notebook, path)
    assert store.latest(course, stem, "ada") == result
    cells = {cell.id: cell for cell in nbformat.read(course.autograded("ada", stem), as_version=4).cells}
    assert cells["test_halve"].outputs[0].evalue == "got '?' red"


def test_committed_names_what_stands_in_the_gradebook(course, submit, marked, stem):
    notebook, path = submit("ada")
    result = marked("ada")
    store.save_result(course, result)
    assert store.committed(course, [stem]) == set()
    store.commit(course, result, notebook, path)
    assert store.committed(course, [stem]) == {(stem, "ada", "k1")}
    course.gradebook.unlink()
    _nbgrader.generate_assignment(course, stem)
    assert store.committed(course, [stem]) == set()


def test_a_lost_gradebook_is_made_again(course, submit, marked, stem):
    notebook, path = submit("ada")
    course.gradebook.unlink()
    store.commit(course, marked("ada"), notebook, path)
    assert in_gradebook(course)[1].score == 7


def test_committed_misses_a_lost_notebook(course, submit, marked, stem):
    notebook, path = submit("ada")
    store.save_result(course, marked("ada"))
    store.commit(course, marked("ada"), notebook, path)
    course.autograded("ada", stem).unlink()
    assert store.committed(course, [stem]) == set()


def test_a_commit_is_quick(course, submit, marked):
    notebook, path = submit("ada")
    store.commit(course, marked("ada"), notebook, path)
    started = time.process_time()
    for number in range(3):
        store.commit(course, marked("ada", key=f"k{number}"), notebook, path)
    assert (time.process_time() - started) / 3 < 0.5
