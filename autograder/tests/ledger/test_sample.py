"""The sample class: twelve submissions over both assignments, and a comparison that notices every difference."""

import dataclasses
import json
from pathlib import Path

import nbformat
import pytest

import convgrade
from convgrade import _nbgrader, sample_class, store
from convgrade.assignment import make_record
from convgrade.course import Course, write_atomically
from convgrade.errors import UnknownAssignment
from convgrade.notebook import from_json, read_source, read_submission, restore, to_json
from convgrade.result import GRADED, PASSED, CellResult, SubmissionResult
from convgrade.sample import STUDENTS

SOLUTIONS = Path(convgrade.__file__).parents[2] / "solutions"


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """Both assignments given out without running them, the class's submissions handed in."""
    course = Course.create(tmp_path_factory.mktemp("sample") / "course")
    for stem in sorted({one.assignment for one in STUDENTS}):
        source = read_source(SOLUTIONS / f"{stem}.md")
        write_atomically(course.source(stem), to_json(source))
        write_atomically(course.release_record(stem), json.dumps(make_record(source, stem)))
        _nbgrader.generate_assignment(course, stem)
    sample_class.sample_class(course, SOLUTIONS)
    return course


def perfect(course, sample):
    """The result that this submission must get."""
    paper = sample_class._paper(course, SOLUTIONS, sample)
    points = {name: one["points"] for name, one in course.release(sample.assignment)["exercises"].items()}
    cells = []
    for name, most in points.items():
        state = paper.expected.get(name, PASSED)
        cells.append(CellResult(f"test_{name}", name, state, most if state == PASSED else 0.0, most))
    return SubmissionResult(sample.assignment, sample.student, GRADED, 0, sum(points.values()), tuple(cells), tuple(paper.repaired), key="k")


def commit(course, result):
    path = course.submitted(result.student, result.assignment)
    source = from_json(course.source(result.assignment).read_text())
    store.save_result(course, result)
    store.commit(course, result, restore(source, read_submission(path), result.assignment).notebook, path)


def test_twelve_students_and_both_assignments():
    assert len({one.student for one in STUDENTS}) == 12
    counts = [sum(one.assignment == stem for one in STUDENTS) for stem in ("03_convolution", "04_convolution_backward")]
    assert min(counts) >= 4


@pytest.mark.parametrize("sample", STUDENTS, ids=lambda one: one.student)
def test_every_submission_is_a_notebook_that_can_be_restored_as_expected(handed_in, sample):
    path = handed_in.submitted(sample.student, sample.assignment)
    nbformat.validate(nbformat.read(path, as_version=4))
    source = from_json(handed_in.source(sample.assignment).read_text())
    restored = restore(source, read_submission(path), sample.assignment)
    assert set(restored.repaired) == sample_class._paper(handed_in, SOLUTIONS, sample).repaired
    for cell in restored.notebook.cells:
        if cell.cell_type == "code":
            compile(cell.source, cell.id, "exec")


def test_no_submission_but_the_right_ones_expects_everything(handed_in):
    everything = {one.student for one in STUDENTS if not sample_class._paper(handed_in, SOLUTIONS, one).expected}
    assert everything == {"ada", "bo", "chen"}


def test_handing_in_again_changes_no_file(handed_in):
    paths = [handed_in.submitted(one.student, one.assignment) for one in STUDENTS]
    before = [path.stat().st_mtime_ns for path in paths]
    sample_class.sample_class(handed_in, SOLUTIONS)
    assert [path.stat().st_mtime_ns for path in paths] == before


def test_as_expected_and_every_difference_is_noticed(handed_in):
    for sample in STUDENTS:
        commit(handed_in, perfect(handed_in, sample))
    result = sample_class.verify(handed_in, SOLUTIONS)
    assert [one.difference for one in result.comparisons] == [""] * 12
    assert (result.exit_code, len(result.to_dict()["comparisons"])) == (0, 12)

    forger = next(one for one in STUDENTS if one.student == "kim")
    right = perfect(handed_in, forger)
    forged = dataclasses.replace(right.cells[0], state=PASSED, points=right.cells[0].max_points)
    most = f"{forged.points:g}"
    for changed, words in (
        (dataclasses.replace(right, cells=(forged, *right.cells[1:])), f"got passed with {most} points; the gradebook says {most}"),
        (dataclasses.replace(right, cells=(dataclasses.replace(right.cells[0], state="crashed"), *right.cells[1:])), "got crashed"),
        (dataclasses.replace(right, repaired=("deleted: setup",)), "expected repairs [], got ['deleted: setup']"),
    ):
        commit(handed_in, changed)
        result = sample_class.verify(handed_in, SOLUTIONS)
        (different,) = [one for one in result.comparisons if not one.ok]
        assert result.exit_code == 1
        assert different.student == "kim"
        assert words in different.difference
    commit(handed_in, right)


def test_a_mark_in_the_gradebook_alone_is_noticed(handed_in):
    from nbgrader.api import Gradebook

    right = perfect(handed_in, STUDENTS[0])
    commit(handed_in, right)
    with Gradebook(f"sqlite:///{handed_in.gradebook}") as gradebook:
        grade = gradebook.find_grade("test_zero_pad", "03_convolution", "03_convolution", "ada")
        grade.auto_score -= 0.5
        gradebook.db.commit()
    ada = sample_class.verify(handed_in, SOLUTIONS).comparisons[0]
    assert ada.difference == f"the gradebook says {right.max_score - 0.5:g}"


def test_what_is_not_graded_is_not_as_expected(handed_in, tmp_path):
    fresh = Course.create(tmp_path / "fresh")
    with pytest.raises(UnknownAssignment):
        sample_class.sample_class(fresh, SOLUTIONS)
    (handed_in.results("03_convolution", "lou") / "latest").unlink(missing_ok=True)
    lou = sample_class.verify(handed_in, SOLUTIONS).comparisons[-1]
    assert (lou.got, lou.difference, lou.ok) == (None, "not graded", False)
