"""`lab.py` without a browser: what it prepares, what it refuses, with what it starts JupyterLab."""

import importlib.util
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from convgrade.course import Course
from convgrade.sample_class import LabCourse

PROGRAM = Path(__file__).resolve().parents[2] / "lab.py"
spec = importlib.util.spec_from_file_location("lab_program", PROGRAM)
program = importlib.util.module_from_spec(spec)
spec.loader.exec_module(program)


@pytest.fixture
def empty_lab(tmp_path):
    return LabCourse(Course(tmp_path), tmp_path / "work", tmp_path / "settings", "ada")


def start(*arguments):
    return subprocess.run([sys.executable, PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)


def test_nothing_released_is_said_clearly(tmp_path):
    done = start(tmp_path / "lab", "--port", 0)
    assert done.returncode == 2
    assert f"nothing has been released in {tmp_path}" in done.stderr and "make release" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_is_said_clearly(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = start(tmp_path / "lab", "--port", port)
    assert done.returncode == 2
    assert f"port {port} is taken" in done.stderr and f"--port {port + 1}" in done.stderr


def test_a_chapter_that_the_student_changed_is_kept_the_others_follow(empty_lab, tmp_path, monkeypatch):
    chapters = tmp_path / "project"
    chapters.mkdir()
    monkeypatch.setattr(program, "CHAPTERS", chapters)
    for name in ("03_mine", "04_untouched", "index"):
        (chapters / f"{name}.md").write_text("as given")
    program.copy_chapters(empty_lab)
    mine = empty_lab.work / "chapters"
    assert sorted(path.name for path in mine.iterdir()) == ["03_mine.md", "04_untouched.md"]
    (mine / "03_mine.md").write_text("my experiment")
    for name in ("03_mine", "04_untouched"):
        (chapters / f"{name}.md").write_text("a new edition")
    program.copy_chapters(empty_lab)
    program.copy_chapters(empty_lab)
    assert (mine / "03_mine.md").read_text() == "my experiment"
    assert (mine / "04_untouched.md").read_text() == "a new edition"


@pytest.mark.parametrize(("user", "found"), [(0, True), (1000, False)])
def test_root_is_allowed_only_for_root(empty_lab, monkeypatch, user, found):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert ("--allow-root" in program.flags(empty_lab, program.parser().parse_args(["lab"]))) == found


def test_a_browser_opens_unless_one_says_no(empty_lab):
    flags = [program.flags(empty_lab, program.parser().parse_args(["lab", *more])) for more in ([], ["--no-browser"])]
    assert ["--no-browser" in one for one in flags] == [False, True]
