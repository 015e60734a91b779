"""Grading a class: every submission gets its mark, each marking is done once, and nothing stops the batch."""

import json
import shutil

import pytest

from convgrade import grade as verb
from convgrade.course import Course
from convgrade.errors import UnknownStudent
from convgrade.markers import stub_source
from convgrade.notebook import Role, read_source, to_json, with_answers
from convgrade.progress import Silent
from convgrade.release import release
from convgrade.result import GRADED, HARNESS_ERROR, NOT_GRADED


@pytest.fixture(scope="module")
def released(tmp_path_factory, source_path):
    root = tmp_path_factory.mktemp("released")
    release(root / "course", [], source_path.parent, None, None, Silent())
    return root / "course"


@pytest.fixture
def course(released, tmp_path):
    shutil.copytree(released, tmp_path / "course")
    return Course.open(tmp_path / "course")


def hand_in(course, source, student, **answers):
    path = course.submitted(student, "00_mean")
    path.parent.mkdir(parents=True, exist_ok=True)
    answers = {**{cell.id: stub_source(cell.source, "t") for cell in source.cells if Role.of(cell).is_answer}, **answers}
    path.write_text(to_json(with_answers(source, answers)))
    return path


def run(course, students=(), jobs=2):
    return verb.grade(course, [], list(students), jobs, True, Silent())


def test_each_submission_gets_its_mark_and_a_second_run_marks_nothing(course, source_path, monkeypatch):
    source = read_source(source_path)
    hand_in(course, source, "ada", mean="def mean(x): return sum(x) / len(x)", scale="def scale(x, f): x *= f")
    hand_in(course, source, "bob")
    course.submitted("eve", "00_mean").parent.mkdir(parents=True)
    course.submitted("eve", "00_mean").write_text("no notebook")
    (course.root / "submitted" / "a b" / "00_mean").mkdir(parents=True)
    first = run(course)
    assert [(one.student, one.state, one.score, one.max_score) for one in first.results] == [
        ("a b", NOT_GRADED, 0, 10), ("ada", GRADED, 3, 10), ("bob", GRADED, 0, 10), ("eve", NOT_GRADED, 0, 10),
    ]  # fmt: skip
    assert first.exit_code == 1
    assert "not JSON" in first.results[3].message and first.results[3].hint
    assert "'a b'" in first.results[0].message
    monkeypatch.setattr(verb, "_job", None)
    assert run(course) == first


def test_a_changed_answer_is_marked_again_and_a_lost_gradebook_filled_again(course, source_path):
    source = read_source(source_path)
    path = hand_in(course, source, "ada")
    assert run(course).results[0].score == 0
    hand_in(course, source, "ada", mean="def mean(x): return sum(x) / len(x)")
    assert run(course).results[0].score == 2
    course.gradebook.unlink()
    release(course.root, [], source_path.parent, None, None, Silent())
    assert run(course).results[0].score == 2
    assert course.autograded("ada", "00_mean").is_file()
    assert json.loads(path.read_text())["cells"], "the submission itself is never changed"


def test_a_failing_marker_costs_no_mark_and_is_tried_twice(course, source_path, monkeypatch):
    hand_in(course, read_source(source_path), "ada", mean="def mean(x): return sum(x) / len(x)")
    assert run(course).results[0].score == 2
    calls = []

    def broken(jobs, workers):
        for job in jobs:
            calls.append(job.name)
            yield job, verb.pool.Failure("the marking process ended with code -9")

    monkeypatch.setattr(verb.pool, "run", broken)
    monkeypatch.setattr(verb, "examiner_version", lambda: "another")
    result = run(course).results[0]
    assert (result.state, result.score) == (NOT_GRADED, 0)
    assert {cell.state for cell in result.cells} == {HARNESS_ERROR}
    assert "its earlier mark stands" in result.hint
    assert calls == ["ada/00_mean"] * 2
    assert course.latest_result("00_mean", "ada") is not None


def test_unknown_students_and_impossible_names_are_refused(course):
    with pytest.raises(UnknownStudent, match="has submitted nothing"):
        run(course, ["nobody"])
    with pytest.raises(UnknownStudent, match="a/b"):
        run(course, ["a/b"])
