"""What the student's interpreter sees, what it may take, and that nothing of it is left."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from convgrade.errors import ReleaseRefused, SandboxMissing
from convgrade.result import CRASHED, OUT_OF_MEMORY, TIMEOUT
from convgrade.sandbox import Fault, Limits, Sandbox, process, require_sandbox
from convgrade.sandbox.process import is_running

SMALL = Limits(cell_seconds=2, memory_mb=400, processes=32, patience=2, tmp_mb=8)


@pytest.fixture
def box():
    sandbox = Sandbox(SMALL)
    yield sandbox
    sandbox.close()


def run(sandbox, source, seconds=5.0):
    return sandbox.exchange({"do": "run", "source": source}, [], seconds)[0]


def test_a_cell_runs_and_its_output_comes_back(box):
    assert run(box, "print(6 * 7)") == {"ok": True, "stdout": "42\n", "stderr": ""}
    answer = run(box, "1 / 0")
    assert (answer["ok"], answer["raised"]) == (False, "ZeroDivisionError")


def test_it_is_nobody_and_sees_neither_this_repository_nor_a_home(box):
    repository = Path(__file__).parents[2]
    answer = run(box, f"import os; print(os.getuid(), os.path.exists({str(repository / 'solutions')!r}), os.path.exists({str(Path(__file__))!r}))")
    assert answer["stdout"] == "65534 False False\n"
    assert "SECRET" not in run(box, "import os; print(dict(os.environ))")["stdout"]


@pytest.mark.parametrize("path", ["/x", "/usr/x", "/dev/x", "/dev/shm/x", "/etc/x", "/run/convgrade/x"])
def test_it_cannot_write_outside_its_tmpfs(box, path):
    assert run(box, f"open({path!r}, 'w')")["raised"] in ("OSError", "PermissionError", "FileNotFoundError")


def test_its_tmpfs_is_writable_and_small(box):
    assert run(box, "open('/tmp/x', 'w').write('a')")["ok"]
    assert run(box, "open('/tmp/y', 'wb').write(bytes(9 * 2**20))")["raised"] == "OSError"


def test_the_library_is_there_and_the_grader_is_not(box):
    assert run(box, "import convbook, numpy, torch")["ok"]
    assert run(box, "import convgrade")["raised"] == "ModuleNotFoundError"


def died(source, seconds=2.0, limits=SMALL):
    sandbox = Sandbox(limits)
    pids = sandbox.tree()
    try:
        with pytest.raises(Fault) as caught:
            run(sandbox, source, seconds)
    finally:
        sandbox.close()
    assert not [pid for pid in pids if is_running(pid)]
    return caught.value.state


def test_a_loop_that_swallows_interrupts_is_stopped():
    begin = time.monotonic()
    assert died("import signal\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass", 1) == TIMEOUT
    assert time.monotonic() - begin < 25


def test_sleeping_is_stopped_by_the_clock(monkeypatch):
    monkeypatch.setattr("convgrade.sandbox.process.START_SECONDS", 2)
    assert died("import time; time.sleep(1000)", 0.5) == TIMEOUT


def test_too_much_memory_is_told_from_a_crash():
    assert died("x = bytearray(600 * 2**20)") == OUT_OF_MEMORY
    assert died("import os; os._exit(3)") == CRASHED
    assert died("import ctypes; ctypes.string_at(0)") == CRASHED


def test_a_flood_of_output_is_cut(box):
    answer = run(box, "import os\nfor _ in range(300): print('x' * 10000)\nos.write(1, b'y' * 10**6)\nos.write(2, b'y' * 10**6)")
    assert answer["ok"]
    assert len(answer["stdout"]) <= 20_000


def test_strays_are_ended_before_marking(box):
    run(box, "")
    before = len(box.tree())
    run(box, "import subprocess; p = subprocess.Popen(['sleep', '1000'])")
    assert len(box.tree()) == before + 1
    box.stop_strays()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and run(box, "print(p.poll())")["stdout"] != "-9\n":
        time.sleep(0.05)
    assert run(box, "print(p.poll())")["stdout"] == "-9\n"


def test_without_bubblewrap_grading_refuses_and_says_what_to_do(monkeypatch):
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(SandboxMissing, match="not installed") as caught:
        require_sandbox()
    assert "apt-get install bubblewrap" in caught.value.hint
    assert caught.value.exit_code == 2


def test_limits_are_checked():
    with pytest.raises(ReleaseRefused, match="unknown limit 'seconds'"):
        Limits.of({"seconds": 1})
    with pytest.raises(ReleaseRefused, match="memory_mb is 0"):
        Limits.of({"memory_mb": 0})
    assert Limits.of({"memory_mb": 5}).memory_mb == 5


@pytest.mark.parametrize("threads", [0, 2])
def test_being_told_to_end_while_it_starts_leaves_nothing(monkeypatch, threads):
    Sandbox(SMALL).close()                              # what is looked up once is known now
    done, began = threading.Event(), []
    others = [threading.Thread(target=lambda: [time.sleep(0.001) for _ in iter(done.is_set, True)]) for _ in range(threads)]
    for thread in others:
        thread.start()                                  # the kernel may hand a signal to any of them
    fork = process.subprocess.Popen

    def told_to_end(*arguments, **settings):
        began.append(fork(*arguments, **settings))
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.05)
        return began[0]

    monkeypatch.setattr(process.subprocess, "Popen", told_to_end)
    groups = []
    monkeypatch.setattr(process.ControlGroup, "create", lambda *a, make=process.ControlGroup.create: groups.append(make(*a)) or groups[0])
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    try:
        with pytest.raises(SystemExit):
            Sandbox(SMALL)
    finally:
        signal.signal(signal.SIGTERM, before)
        done.set()
        for thread in others:
            thread.join()
    assert not is_running(began[0].pid)
    assert not [folder for folder in (groups[0].folders if groups[0] else []) if folder.exists()]
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()
