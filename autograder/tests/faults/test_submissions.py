"""Bad submissions: each is named with a remedy, the good one beside them is marked, the exit code says that something is left."""

import json
import os

import pytest

OTHER = {"cells": [{"cell_type": "code", "source": "x", "metadata": {"nbgrader": {"grade_id": "conv2d", "solution": True}}, "outputs": []}],
         "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
BAD = {
    "not_json": (b"hello {", "is not JSON", "submit the .ipynb file"),
    "no_notebook": (b'{"a": 1}', "not a notebook", "open it in JupyterLab"),
    "old_format": (b'{"nbformat": 3, "worksheets": [], "cells": []}', "not a notebook of format 4", "open it in JupyterLab"),
    "binary": (bytes(range(256)), "is not JSON", "submit the .ipynb file"),
    "deep": (b"[" * 100_000, "is not JSON", "submit the .ipynb file"),
    "empty": (b"", "is empty (0 bytes)", "ask for the file once more"),
    "other": (json.dumps(OTHER).encode(), "none of the cells of 00_mean", "submit the one named 00_mean.ipynb"),
}


@pytest.fixture(scope="module")
def graded(given_out, tmp_path_factory, run):
    """One batch with every bad submission and a good one."""
    import shutil

    import nbformat

    from convgrade.course import Course

    root = tmp_path_factory.mktemp("bad") / "course"
    shutil.copytree(given_out, root)
    course = Course.open(root)
    for student, (content, _, _) in BAD.items():
        path = course.submitted(student, "00_mean")
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    huge = course.submitted("huge", "00_mean")
    huge.parent.mkdir(parents=True)
    huge.touch()
    os.truncate(huge, 200 * 2**20)
    course.submitted("missing", "00_mean").parent.mkdir(parents=True)
    course.submitted("folder", "00_mean").mkdir(parents=True)
    spaced = root / "submitted" / "ada smith" / "00_mean"
    spaced.mkdir(parents=True)
    good = course.submitted("good", "00_mean")
    good.parent.mkdir(parents=True)
    nbformat.write(nbformat.read(course.released("00_mean"), as_version=4), good)
    for folder in (spaced,):
        shutil.copy(good, folder)
    code, out, errors = run("grade", "--course", root, "--json")
    return course, code, {one["student"]: one for one in json.loads(out)["results"]}, errors


@pytest.mark.parametrize("student", BAD)
def test_each_bad_submission_is_named_with_a_remedy(graded, student):
    _, _, results, _ = graded
    _, message, hint = BAD[student]
    assert results[student]["state"] == "not_graded"
    assert message in results[student]["message"]
    assert hint in results[student]["hint"]


def test_a_submission_of_200_mb_is_not_read(graded):
    _, _, results, _ = graded
    assert "is 200 MB" in results["huge"]["message"]
    assert "clear all outputs" in results["huge"]["hint"]


@pytest.mark.parametrize("student", ["missing", "folder"])
def test_a_folder_without_the_notebook_is_named(graded, student):
    _, _, results, _ = graded
    assert "there is no 00_mean.ipynb" in results[student]["message"]


def test_a_folder_whose_name_is_no_student_is_named(graded):
    _, _, results, _ = graded
    assert "'ada smith'" in results["ada smith"]["message"]
    assert "rename the folder" in results["ada smith"]["hint"]


def test_the_others_go_on_and_the_exit_code_says_that_something_is_left(graded, marks):
    course, code, results, errors = graded
    assert (code, errors) == (1, "")
    assert results["good"]["state"] == "graded"
    assert marks(course.root) == {"good": 0.0}


def test_nothing_that_came_in_was_changed(graded):
    course, *_ = graded
    for student, (content, _, _) in BAD.items():
        assert course.submitted(student, "00_mean").read_bytes() == content


def test_the_report_names_who_is_not_graded(graded, run):
    course, *_ = graded
    _, out, _ = run("report", "--course", course.root, "--json")
    assert {"empty, 00_mean", "huge, 00_mean"} <= set(json.loads(out)["ungraded"])


def test_feedback_for_the_good_one_only(graded, run):
    course, *_ = graded
    code, out, _ = run("feedback", "--course", course.root, "--json")
    answer = json.loads(out)
    assert code == 1
    assert answer["pages"] == [str(course.feedback("good", "00_mean"))]
    assert "empty, 00_mean: not graded yet, run `convgrade grade`" in answer["missing"]
