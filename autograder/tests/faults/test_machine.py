"""The machine fails: a locked gradebook, a read-only folder, a full disk, Ctrl-C. Nothing is lost, and grading again does the rest."""

import os
import signal
import sqlite3
import subprocess
import time

import pytest


def test_a_locked_gradebook(run, one_line, course, hand_in, stem, marks):
    hand_in("ada")
    other = sqlite3.connect(course.gradebook)
    other.execute("BEGIN EXCLUSIVE")
    code, _, errors = run("grade", "--course", course.root)
    assert code == 1
    assert f"another program is writing to {course.gradebook}" in one_line(errors)
    assert "close formgrader or wait" in one_line(errors)
    other.rollback()
    other.close()
    code, _, errors = run("grade", "--course", course.root)
    assert code == 0, errors
    assert marks(course.root) == {"ada": 10.0}


def test_a_read_only_course(run, one_line, course, hand_in, bubblewrap, marks):
    hand_in("ada")
    assert run("grade", "--course", course.root)[0] == 0
    hand_in("ben", wrong=["mean"])
    locked = [*bubblewrap, "--ro-bind", str(course.root), str(course.root)]
    for verb in ("grade", "report", "feedback"):
        code, _, errors = run(verb, "--course", course.root, before=locked)
        assert code == 1, errors
        assert "Read-only file system" in errors or "readonly" in errors or "unable to open" in errors
        assert "give write permission, then run the same command again" in one_line(errors)
    assert marks(course.root) == {"ada": 10.0}
    assert run("grade", "--course", course.root)[0] == 0
    assert marks(course.root) == {"ada": 10.0, "ben": 8.0}


FULL = """
set -e
cp -r "$1" "$2/course"
dd if=/dev/zero of="$2/filler" bs=4096 status=none 2>/dev/null || true
shift 2
set +e
"$@" >"$KEEP/out" 2>"$KEEP/errors"
echo $? >"$KEEP/code"
rm "$FILLED/filler"
"$@" >"$KEEP/out.again" 2>"$KEEP/errors.again"
echo $? >"$KEEP/code.again"
cp -r "$FILLED/course" "$KEEP/course"
"""


def test_a_full_disk(run, one_line, course, hand_in, bubblewrap, command, tmp_path, marks):
    hand_in("ada")
    assert run("grade", "--course", course.root)[0] == 0
    hand_in("ben", wrong=["mean"])
    disk, keep = tmp_path / "disk", tmp_path / "keep"
    disk.mkdir()
    keep.mkdir()
    subprocess.run(
        [*bubblewrap, "--size", str(8 * 2**20), "--tmpfs", str(disk), "sh", "-c", FULL, "sh", str(course.root), str(disk),
         *command, "grade", "--course", str(disk / "course")],
        env={**os.environ, "KEEP": str(keep), "FILLED": str(disk)}, timeout=200, check=True,
    )
    errors = (keep / "errors").read_text()
    assert (keep / "code").read_text() == "1\n", errors
    assert "Traceback" not in errors
    assert "make room on the disk" in one_line(errors)
    assert (keep / "code.again").read_text() == "0\n", (keep / "errors.again").read_text()
    assert marks(keep / "course") == {"ada": 10.0, "ben": 8.0}


def test_ctrl_c_in_the_middle_of_a_batch(run, course, hand_in, stem, command, marks):
    students = ["ada", "ben", "cy", *(f"s{number:02}" for number in range(5))]    # enough that a batch lasts on a quick machine
    for student in students:
        hand_in(student, wrong=["mean"] if student == "cy" else [])
    batch = subprocess.Popen([*command, "grade", "--course", str(course.root), "--jobs", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True, start_new_session=True)
    end = time.monotonic() + 120
    while not list((course.root / "results" / stem).glob("*/latest")):
        assert batch.poll() is None and time.monotonic() < end, "the batch ended before anything was graded"
        time.sleep(0.02)
    os.killpg(batch.pid, signal.SIGINT)
    _, errors = batch.communicate(timeout=60)
    assert batch.returncode == 130, errors
    assert "Traceback" not in errors
    assert "what was finished is kept; the same command again does the rest" in " ".join(errors.split())
    first = marks(course.root)
    assert 0 < len(first) < len(students)
    finished = {student: course.result(stem, student, course.latest_result(stem, student).stem).stat().st_mtime_ns for student in first}
    code, out, errors = run("grade", "--course", course.root)
    assert code == 0, errors
    assert f"{len(students)} of {len(students)} graded" in out
    assert marks(course.root) == {student: 8.0 if student == "cy" else 10.0 for student in students}
    for student, when in finished.items():
        assert course.latest_result(stem, student).stat().st_mtime_ns == when, f"{student} was marked twice"


@pytest.mark.parametrize("verb", ["grade", "report"])
def test_a_damaged_gradebook(run, one_line, course, hand_in, verb):
    hand_in("ada")
    course.gradebook.write_bytes(b"this is no database, whatever its name says" * 100)
    code, _, errors = run(verb, "--course", course.root)
    assert code == 1
    assert "gradebook.db" in one_line(errors)
    assert "hint:" in errors
