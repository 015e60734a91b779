"""The lab: a student's way through the exchange, with nbgrader's own commands."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from convgrade import store
from convgrade.feedback import feedback
from convgrade.notebook import from_json, read_submission, restore
from convgrade.progress import Silent
from convgrade.sample_class import lab_course


@pytest.fixture
def lab(course, tmp_path):
    return lab_course(tmp_path / "lab", course)


def nbgrader(lab, *arguments, folder=None):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run([sys.executable, "-m", "nbgrader", *arguments], cwd=folder or lab.course.root, env={**os.environ, "PATH": path},
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_fetch_submit_collect_grade_and_fetch_feedback(lab, stem, marked):
    nbgrader(lab, "fetch_assignment", stem)
    mine = lab.work / stem / f"{stem}.ipynb"
    assert mine.read_bytes() == lab.course.released(stem).read_bytes()
    nbgrader(lab, "submit", stem)
    nbgrader(lab, "collect", stem)
    path = lab.course.submitted(lab.student, stem)
    source = from_json(lab.course.source(stem).read_text())
    result = marked(lab.student, halve=0)
    store.save_result(lab.course, result)
    store.commit(lab.course, result, restore(source, read_submission(path), stem).notebook, path)
    (page,) = feedback(lab.course, [stem], [], Silent()).pages
    nbgrader(lab, "release_feedback", stem)
    nbgrader(lab, "fetch_feedback", stem)
    (fetched,) = (lab.work / stem / "feedback").glob("*/*.html")
    assert fetched.read_text() == page.read_text()


def test_opening_it_again_keeps_the_students_work(lab, course, stem):
    nbgrader(lab, "fetch_assignment", stem)
    mine = lab.work / stem / f"{stem}.ipynb"
    mine.write_text("my work")
    settings = (lab.course.root / "nbgrader_config.py").read_text()
    again = lab_course(lab.course.root, course)
    assert again == lab
    assert mine.read_text() == "my work"
    assert (lab.course.root / "nbgrader_config.py").read_text() == settings


def test_a_lost_release_comes_back(lab, course, stem):
    shutil.rmtree(lab.course.released(stem).parent)
    lab_course(lab.course.root, course)
    assert lab.course.released(stem).is_file()
