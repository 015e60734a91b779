"""Marks into the gradebook: exact, all or none, twice the same, and never over a person's mark."""


import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.utils import determine_grade

from convgrade import _nbgrader, store
from convgrade.result import FAILED, HARNESS_ERROR


def in_gradebook(course, student="ada"):
    (marks,) = _nbgrader.read_marks(course, ["07_tiny"], [student])
    return {cell.grade_id: cell for cell in marks.cells}, marks


def by_hand(course, cell, score, comment=None, student="ada"):
    """What formgrader does when a person saves a mark."""
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        grade = gradebook.find_grade(cell, "07_tiny", "07_tiny", student)
        grade.manual_score, grade.needs_manual_grade = score, False
        if comment:
            gradebook.find_comment(cell, "07_tiny", "07_tiny", student).manual_comment = comment
        gradebook.db.commit()


@pytest.mark.parametrize(("double", "halve"), [(3, 4), (3, 0), (0, 1.3333333333333333), (0.1, 3.9999), (0, 0)])
def test_every_mark_arrives_exactly(course, submit, marked, double, halve):
    notebook, path = submit("ada")
    store.commit(course, marked("ada", double, halve), notebook, path)
    cells, marks = in_gradebook(course)
    assert (cells["test_double"].auto, cells["test_halve"].auto, marks.score) == (double, halve, double + halve)
    assert cells["explain"].needs_person
    assert cells["explain"].auto is None


def test_nbgrader_reads_the_same_points_from_the_autograded_notebook(course, submit, marked, stem):
    notebook, path = submit("ada")
    store.commit(course, marked("ada", 3, 1.5), notebook, path)
    cells = {cell.id: cell for cell in nbformat.read(course.autograded("ada", stem), as_version=4).cells}
    assert determine_grade(cells["test_double"]) == (3, 3)
    assert determine_grade(cells["test_halve"]) == (1.5, 4)
    assert "halve is not right yet" in cells["test_halve"].outputs[0].text


def test_a_lost_mark_shows_the_message(course, submit, marked, stem):
    notebook, path = submit("ada")
    store.commit(course, marked("ada", halve=0, messages={"halve": "half of 2 is 1"}), notebook, path)
    cells = {cell.id: cell for cell in nbformat.read(course.autograded("ada", stem), as_version=4).cells}
    (output,) = cells["test_halve"].outputs
    assert (output.output_type, output.ename, output.evalue) == ("error", FAILED, "half of 2 is 1")


def test_no_answer_to_the_question_is_no_response(course, submit, marked):
    notebook, path = submit("ada", answer=None)
    store.commit(course, marked("ada"), notebook, path)
    cells, _ = in_gradebook(course)
    assert (cells["explain"].auto, cells["explain"].needs_person, cells["explain"].comment) == (0, False, "No response.")


def test_committing_twice_changes_nothing(course, submit, marked, stem):
    notebook, path = submit("ada")
    result = marked("ada", halve=1.5)
    store.commit(course, result, notebook, path)
    by_hand(course, "explain", 1.5, "One undoes the other: yes.")
    before, files = in_gradebook(course), course.autograded("ada", stem).read_bytes()
    store.commit(course, result, notebook, path)
    assert in_gradebook(course) == before
    assert course.autograded("ada", stem).read_bytes() == files


def test_a_manual_mark_and_comment_survive_a_new_marking(course, submit, marked):
    notebook, path = submit("ada")
    store.commit(course, marked("ada", halve=0), notebook, path)
    by_hand(course, "explain", 1.5, "Say which undoes which.")
    by_hand(course, "test_halve", 2.0)
    store.commit(course, marked("ada", halve=1, key="k2"), notebook, path)
    cells, marks = in_gradebook(course)
    assert (cells["explain"].manual, cells["explain"].comment) == (1.5, "Say which undoes which.")
    assert not cells["explain"].needs_person
    assert (cells["test_halve"].auto, cells["test_halve"].score, cells["test_halve"].needs_person) == (1, 2, True)
    assert marks.score == 3 + 2 + 1.5


def test_a_changed_answer_asks_for_the_person_again(course, submit, marked):
    notebook, path = submit("ada")
    store.commit(course, marked("ada"), notebook, path)
    by_hand(course, "explain", 1.5)
    notebook, path = submit("ada", answer="Because I say so.")
    store.commit(course, marked("ada", key="k2"), notebook, path)
    cells, _ = in_gradebook(course)
    assert (cells["explain"].score, cells["explain"].needs_person) == (1.5, True)


def test_a_cell_that_could_not_be_marked_keeps_its_mark_and_asks_for_a_person(course, submit, marked):
    notebook, path = submit("ada")
    store.commit(course, marked("ada", halve=1.5), notebook, path)
    store.commit(course, marked("ada", halve=0, key="k2", states={"halve": HARNESS_ERROR}), notebook, path)
    cells, marks = in_gradebook(course)
    assert (cells["test_halve"].auto, cells["test_halve"].needs_person, marks.score) == (1.5, True, 4.5)


def test_a_cell_that_was_never_marked_has_no_mark(course, submit, marked):
    notebook, path = submit("ada")
    store.commit(course, marked("ada", halve=0, states={"halve": HARNESS_ERROR}), notebook, path)
    cells, marks = in_gradebook(course)
    assert (cells["test_halve"].auto, cells["test_halve"].needs_person, marks.score) == (None, True, 3)


def test_full_points_of_a_cell_that_could_not_be_marked_do_not_count(course, submit, marked):
    notebook, path = submit("ada")
    store.commit(course, marked("ada", halve=4, states={"halve": HARNESS_ERROR}), notebook, path)
    assert in_gradebook(course)[0]["test_halve"].auto is None


def test_late_penalties_are_nbgraders_own(course, submit, marked):
    settings = course.root / "nbgrader_config.py"
    (course.root / "rule_of_half.py").write_text(
        "from nbgrader.plugins import LateSubmissionPlugin\n\n\nclass Half(LateSubmissionPlugin):\n"
        "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n        return score / 2\n")
    settings.write_text(f"import sys\nsys.path.insert(0, {str(course.root)!r})\n" + settings.read_text()
                        + "\nc.AssignLatePenalties.plugin_class = 'rule_of_half.Half'\n")
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        gradebook.update_or_create_assignment("07_tiny", duedate="2026-02-28 12:00:00 UTC")
    notebook, path = submit("ada")
    store.commit(course, marked("ada"), notebook, path)
    _, marks = in_gradebook(course)
    assert (marks.raw_score, marks.late_penalty, marks.score) == (7, 3.5, 3.5)
