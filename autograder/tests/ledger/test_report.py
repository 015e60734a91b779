"""The marks table: nbgrader's numbers, with who needs a person and how each exercise went."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from convgrade import store
from convgrade.report import distribution, report
from convgrade.result import HARNESS_ERROR, TIMEOUT


@pytest.fixture
def graded(course, submit, marked):
    """ada all, ben part and late, cy nothing and no answer, dot with a cell that could not be marked, eve not graded."""
    (course.root / "rule_of_one.py").write_text(
        "from nbgrader.plugins import LateSubmissionPlugin\n\n\nclass One(LateSubmissionPlugin):\n"
        "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n        return 1\n")
    settings = course.root / "nbgrader_config.py"
    settings.write_text(f"import sys\nsys.path.insert(0, {str(course.root)!r})\n" + settings.read_text()
                        + "\nc.AssignLatePenalties.plugin_class = 'rule_of_one.One'\n")
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        gradebook.update_or_create_assignment("07_tiny", duedate="2026-03-02 00:00:00 UTC")
    for result, options in (
        (marked("ada"), {}),
        (marked("ben", halve=1.5), {"timestamp": "2026-03-03 00:00:00 UTC"}),
        (marked("cy", 0, 0, states={"halve": TIMEOUT}), {"answer": None}),
        (marked("dot", halve=0, states={"halve": HARNESS_ERROR}), {}),
    ):
        notebook, path = submit(result.student, **options)
        store.save_result(course, result)
        store.commit(course, result, notebook, path)
    submit("eve")
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        grade = gradebook.find_grade("explain", "07_tiny", "07_tiny", "ada")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    return course


def test_rows(graded):
    rows = {row.student: row for row in report(graded, []).rows}
    got = {name: (row.auto, row.manual, row.late, row.total, row.max_score) for name, row in rows.items()}
    assert got == {"ada": (7, 1.5, 0, 8.5, 9), "ben": (4.5, 0, 1, 3.5, 9), "cy": (0, 0, 0, 0, 9), "dot": (3, 0, 0, 3, 9)}
    assert {name: row.needs_person for name, row in rows.items()} == {
        "ada": (), "ben": ("explain",), "cy": (), "dot": ("test_halve", "explain")}


def test_the_same_numbers_as_nbgrader_export(graded, tmp_path):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run([sys.executable, "-m", "nbgrader", "export", "--to", str(tmp_path / "theirs.csv")], cwd=graded.root,
                   env={**os.environ, "PATH": path}, capture_output=True, timeout=120, check=True)
    result = report(graded, ["07_tiny"])
    with (tmp_path / "theirs.csv").open() as theirs, result.csv.open() as ours:
        columns = ("assignment", "student_id", "timestamp", "late_submission_penalty", "score", "max_score")
        expected = [[row[name] for name in columns] for row in csv.DictReader(theirs)]
        got = [[row[name] for name in columns] for row in csv.DictReader(ours)]
    assert got == expected


def test_who_needs_a_person_is_named(graded):
    result = report(graded, [])
    assert result.ungraded == ("eve, 07_tiny",)
    page = result.page.read_text()
    assert "eve, 07_tiny: not graded" in page
    assert "dot, 07_tiny: test_halve, explain" in page
    assert "cy, 07_tiny" not in page


def test_the_page_counts_states_and_points(graded):
    page = report(graded, []).page.read_text()
    assert re.findall(r"<h3>(.*?)</h3>", page) == ["All together", "Exercise 7.1: twice", "Exercise 7.2: half", "Question 7.3"]
    assert "passed 1, failed 1, timeout 1, harness error 1" in page
    labels = re.findall(r'aria-label="Exercise 7.2: half, submissions by points. (.*?)\."', page)
    assert labels == ["nothing: 2, up to a quarter: 0, up to half: 1, up to three quarters: 0, more, not all: 0, all points: 1"]
    assert not re.findall(r"(?:src|href)\s*=|@import|url\(|<script", page)


@pytest.mark.parametrize(("score", "place"), [(0, 0), (0.01, 1), (1, 1), (1.1, 2), (2, 2), (3, 3), (3.9, 4), (4, 5), (4.5, 5)])
def test_each_score_falls_into_one_bar(score, place):
    counts = [bar.count for bar in distribution("", [score], 4, ()).bars]
    assert counts == [int(number == place) for number in range(6)]


def test_a_course_without_submissions_has_an_empty_report(course):
    result = report(course, [])
    assert (result.rows, result.ungraded) == ((), ())
    assert "Nobody." in result.page.read_text()


def test_json_holds_plain_values(graded):
    data = report(graded, []).to_dict()
    assert data["rows"][0]["total"] == 8.5
    assert data["csv"].endswith("report/marks.csv")
