"""A released course, made once by the command line itself; every test spoils a copy of it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from convgrade.cli import main
from convgrade.course import Course
from convgrade.markers import without_markers

STEM = "00_mean"
COMMAND = [sys.executable, "-m", "convgrade.cli"]


def convgrade(*arguments, before=(), **environment):
    """Run the command line; returns (exit code, stdout, stderr)."""
    done = subprocess.run([*before, *COMMAND, *map(str, arguments)], env={**os.environ, **environment}, capture_output=True, text=True,
                          timeout=240, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def told(text):
    """A message as one line, however wide the terminal is."""
    return " ".join(text.split())


@pytest.fixture(scope="session")
def run():
    return convgrade


@pytest.fixture
def run_here(monkeypatch):
    """The same in this process, for calls that start no marking: quicker."""

    def call(*arguments, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        done = CliRunner().invoke(main, [str(one) for one in arguments])
        assert "Traceback" not in done.stderr
        return done.exit_code, done.stdout, done.stderr

    return call


@pytest.fixture(scope="session")
def one_line():
    return told


@pytest.fixture(scope="session")
def command():
    return COMMAND


@pytest.fixture(scope="session")
def given_out(tmp_path_factory, source_path):
    root = tmp_path_factory.mktemp("faults") / "course"
    code, _, errors = convgrade("release", STEM, "--course", root, "--solutions", source_path.parent)
    assert code == 0, errors
    return root


@pytest.fixture
def course(given_out, tmp_path):
    shutil.copytree(given_out, tmp_path / "course")
    return Course.open(tmp_path / "course")


@pytest.fixture
def hand_in(course):
    """hand_in("ada") submits the right answers; content replaces the file, wrong leaves one exercise as it was given out."""

    def make(student, content=None, wrong=(), stem=STEM):
        path = course.root / "submitted" / student / stem / f"{stem}.ipynb"
        path.parent.mkdir(parents=True)
        if content is not None:
            path.write_bytes(content)
            return path
        notebook = nbformat.read(course.released(STEM), as_version=4)
        source = {cell.id: cell for cell in nbformat.read(course.source(STEM), as_version=4).cells}
        for cell in notebook.cells:
            role = cell.metadata.get("nbgrader", {})
            if role.get("solution") and not role.get("grade") and role["grade_id"] not in wrong:
                cell.source = without_markers(source[cell.id].source)
        path.write_text(json.dumps(notebook))
        return path

    return make


@pytest.fixture
def stem():
    return STEM


@pytest.fixture
def marks(run):
    """marks(course) -> {student: points by tests} in the gradebook."""

    def read(root):
        code, out, errors = run("report", "--course", root, "--json")
        assert code == 0, out + errors
        return {row["student"]: row["auto"] for row in json.loads(out)["rows"]}

    return read


@pytest.fixture(scope="session")
def bubblewrap():
    program = shutil.which("bwrap")
    if program is None:
        pytest.skip("bubblewrap is not installed")
    return [program, "--dev-bind", "/", "/"]


@pytest.fixture(scope="session")
def programs_without_bubblewrap(tmp_path_factory):
    """A PATH on which everything is found but bubblewrap."""
    folder = tmp_path_factory.mktemp("bin")
    for name in ("env", "sh", "uname"):
        (folder / name).symlink_to(Path("/usr/bin") / name)
    return str(folder)
