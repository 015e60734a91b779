"""One bad submission never stops the others: links, pipes, replays, surrogates, deaths, all in one batch with an honest student."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from convgrade import _nbgrader
from convgrade.course import Course, write_atomically
from convgrade.grade import grade
from convgrade.notebook import to_json, with_answers
from convgrade.progress import Silent

STEM = "target"
RIGHT = {
    "total": "def total(x):\n    return sum(x)", "ramp": "def ramp(n):\n    return list(range(n))", "smooth": "def smooth(x):\n    return x[1:] + x[:-1]",
}  # fmt: skip


@pytest.fixture
def course(tmp_path, source, record):
    course = Course.create(tmp_path / "course")
    write_atomically(course.source(STEM), to_json(source))
    write_atomically(course.release_record(STEM), json.dumps(record))
    _nbgrader.generate_assignment(course, STEM)
    return course


@pytest.fixture
def submit(course):
    def make(student, **answers):
        notebook = with_answers(nbformat.read(course.released(STEM), as_version=4), answers)
        write_atomically(course.submitted(student, STEM), to_json(notebook))
        return course.submitted(student, STEM)

    return make


def test_the_others_are_marked_whatever_one_hands_in(course, submit, tmp_path, nothing_left):
    (tmp_path / "secret").write_text("CANARY-51c2")
    ada = submit("ada", **RIGHT)
    submit("zoe", **RIGHT)
    submit("printer", **RIGHT | {"ramp": r"print('\ud800\x1b[2J\0')" + "\n" + RIGHT["ramp"]})
    submit("quitter", **RIGHT | {"ramp": "import os\nos._exit(0)"})
    submit("thinker", **RIGHT)
    path = course.submitted("thinker", STEM)
    path.write_text(path.read_text().replace("YOUR ANSWER HERE", r"\ud83d <script>alert(1)</script> \ud800"))
    for student, make in {
        "link": lambda path: path.symlink_to(ada),
        "key": lambda path: path.symlink_to(course.source(STEM)),
        "passwd": lambda path: path.symlink_to("/etc/passwd"),
        "secret": lambda path: path.symlink_to(tmp_path / "secret"),
        "loop": lambda path: path.symlink_to(path),
        "pipe": os.mkfifo,
        "zero": lambda path: path.symlink_to("/dev/zero"),
        "folder": lambda path: path.mkdir(),
        "empty": lambda path: path.touch(),
        "garbage": lambda path: path.write_bytes(os.urandom(5000)),
        "nothing": lambda path: None,
    }.items():
        (path := course.submitted(student, STEM)).parent.mkdir(parents=True)
        make(path)
    (course.root / "submitted" / "friend").symlink_to(ada.parents[1])
    (course.root / "submitted" / "half").mkdir()
    (course.root / "submitted" / "half" / STEM).symlink_to(ada.parent)
    results = {one.student: one for one in grade(course, [], [], jobs=2, sandbox=True, progress=Silent()).results}
    scores = {student: (one.state, one.score) for student, one in results.items()}
    assert {student: score for student, score in scores.items() if score[0] == "graded"} == {
        "ada": ("graded", 10), "zoe": ("graded", 10), "printer": ("graded", 10), "quitter": ("graded", 8), "thinker": ("graded", 10),
    }  # fmt: skip
    refused = {student for student, score in scores.items() if score == ("not_graded", 0)}
    assert refused == {"link", "key", "passwd", "secret", "loop", "pipe", "zero", "folder", "empty", "garbage", "nothing", "friend", "half"}
    assert all(results[student].message and results[student].hint for student in refused)
    assert "CANARY" not in json.dumps([one.to_dict() for one in results.values()])
    marks = {one.student: one.score for one in _nbgrader.read_marks(course, [STEM])}
    assert marks == {"ada": 10, "zoe": 10, "printer": 10, "quitter": 8, "thinker": 10}


def test_a_result_of_another_student_or_of_another_notebook_is_not_taken(course, submit, nothing_left):
    """A result file is named by what it depends on and says whose it is; copied elsewhere it counts for nobody."""
    submit("ada", **RIGHT)
    grade(course, [], ["ada"], jobs=1, sandbox=True, progress=Silent())
    submit("eve")
    shutil.copytree(course.results(STEM, "ada"), course.results(STEM, "eve"))
    assert grade(course, [], ["eve"], jobs=1, sandbox=True, progress=Silent()).results[0].score == 0
    key = (course.results(STEM, "eve") / "latest").read_text().strip()
    stolen = json.loads(course.latest_result(STEM, "ada").read_text())
    course.result(STEM, "eve", key).write_text(json.dumps(stolen))
    assert grade(course, [], ["eve"], jobs=1, sandbox=True, progress=Silent()).results[0].score == 0
    course.submitted("eve", STEM).write_bytes(course.submitted("ada", STEM).read_bytes() + b" ")
    assert grade(course, [], ["eve"], jobs=1, sandbox=True, progress=Silent()).results[0].score == 10


def test_ctrl_c_ends_everything_and_what_is_done_stays(course, submit):
    submit("ada", **RIGHT)
    submit("bob", **RIGHT | {"ramp": "def ramp(n):\n    import time\n    time.sleep(99)"})
    record = json.loads(course.release_record(STEM).read_text())
    write_atomically(course.release_record(STEM), json.dumps(record | {"limits": record["limits"] | {"cell_seconds": 30}}))
    groups = _empty_groups()
    program = [sys.executable, "-m", "convgrade.cli", "grade", "--course", str(course.root), "--jobs", "1", "--json"]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    end = time.monotonic() + 60
    while not (course.results(STEM, "ada") / "latest").exists() and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(1)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode not in (0, None)
    assert [(one.student, one.score) for one in _nbgrader.read_marks(course, [STEM])] == [("ada", 10)]
    end = time.monotonic() + 10
    while (left := _group(process.pid)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not left
    first = _empty_groups() - groups
    time.sleep(1)    # another marking on this machine may just be beginning or ending
    assert not first & _empty_groups()


def _empty_groups():
    """Control groups of markings, in which nothing runs."""
    found = set()
    for path in Path("/sys/fs/cgroup").glob("**/convgrade-*"):
        with contextlib.suppress(OSError):
            found |= set() if (path / "cgroup.procs").read_text() else {path}
    return found


def _group(leader):
    """Processes of that session that are still there."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as file:
                words = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[3]) == leader and words[0] != "Z":
            found.append(int(pid))
    return found
