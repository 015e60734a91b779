"""Taking everything: time, memory, processes, threads, disk, output. Each costs its own exercise alone, and nothing is left of it."""

import time

import pytest

from convgrade.result import CRASHED, FAILED, OUT_OF_MEMORY, PASSED, TIMEOUT

SHORT = {"cell_seconds": 1, "patience": 2}
RIGHT = "def smooth(x):\n    return x[1:] + x[:-1]"
FORKS = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
TAKES = {    # what: (body of the function, limits, the state it must get)
    "a loop": ("while True: pass", {"cell_seconds": 1, "patience": 90}, TIMEOUT),    # stopped for its processor time, not by the clock
    "a loop that swallows interrupts": ("while True:\n        try:\n            while True: pass\n        except BaseException: pass", SHORT, TIMEOUT),
    "a loop deaf to signals": ("import signal\n    for n in range(1, 32):\n        try: signal.signal(n, signal.SIG_IGN)\n        except OSError: pass\n    while True: pass", SHORT, TIMEOUT),
    "a loop in C": ("return sum(range(10**12))", SHORT, TIMEOUT),
    "sleep": ("import time; time.sleep(3600)", SHORT, TIMEOUT),
    "a lock that nobody opens": ("import threading; l = threading.Lock(); l.acquire(); l.acquire()", SHORT, TIMEOUT),
    "reading from the keyboard": ("return input()", SHORT, FAILED),
    "memory in Python": ("return [bytearray(10**6) for _ in range(10**6)]", {}, OUT_OF_MEMORY),
    "memory in C": ("import ctypes\n    for _ in range(99):\n        ctypes.memset(ctypes.c_char_p((ctypes.c_char * 10**8)().raw), 1, 10**8)\n        globals().setdefault('k', []).append(b'1' * 10**8)", {}, OUT_OF_MEMORY),
    "memory in NumPy": ("return np.ones((10**5, 10**4))", {}, OUT_OF_MEMORY),
    "memory in a file without a name": ("import os\n    f = os.memfd_create('m')\n    while True: os.write(f, b'1' * 10**7)", {}, OUT_OF_MEMORY),
    "the disk": ("open('/tmp/f', 'wb').write(bytes(10**8))", {}, FAILED),
    "many files": ("import os\n    for n in range(10**5): os.mkdir(f'/tmp/home/{n}')\n    raise ValueError", {}, FAILED),
    "processes without end": (FORKS.replace("\n", "\n    "), SHORT, OUT_OF_MEMORY),
    "threads without end": ("import threading, time\n    for _ in range(5000): threading.Thread(target=time.sleep, args=(99,), daemon=True).start()", {}, FAILED),
    "a flood of printed text": ("for _ in range(2000): print('x' * 10**4)\n    return 'no'", {}, FAILED),
    "a flood on the descriptors": ("import os\n    for _ in range(500): os.write(1, b'x' * 10**5); os.write(2, b'x' * 10**5)\n    return 'no'", {}, FAILED),
    "a huge value": ("return np.ones(10**7)", {}, FAILED),
    "a value with too many parts": ("return list(range(10**6))", {}, FAILED),
    "a value in itself": ("l = []; l.append(l); return l", {}, FAILED),
    "recursion": ("return ramp(n)", {}, FAILED),
    "exit": ("exit(0)", {}, FAILED),
    "quit": ("quit()", {}, FAILED),
    "sys.exit": ("import sys; sys.exit(0)", {}, FAILED),
    "os._exit": ("import os; os._exit(0)", {}, CRASHED),
    "sys.exit in a thread": ("import sys, threading\n    t = threading.Thread(target=sys.exit); t.start(); t.join(); return 'no'", {}, FAILED),
    "a segmentation fault": ("import ctypes; ctypes.string_at(0)", {}, CRASHED),
    "an abort": ("import os; os.abort()", {}, CRASHED),
    "killing itself": ("import os; os.kill(os.getpid(), 9)", {}, CRASHED),
    "killing everything": ("import os; os.kill(-1, 9); return 'no'", {}, FAILED),
    "stopping itself": ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", SHORT, TIMEOUT),
    "a program left running": ("import subprocess; subprocess.Popen(['sleep', '999'], start_new_session=True); return 'no'", {}, FAILED),
    "a daemon left running": ("import os\n    if not os.fork():\n        os.setsid()\n        if not os.fork():\n            import time; time.sleep(999)\n        os._exit(0)\n    return 'no'", {}, FAILED),
    "the line closed": ("import os, sys; os.close(int(sys.argv[1])); return 'no'", {}, CRASHED),
    "the line taken by another": ("import os\n    if os.fork(): time.sleep(99)\n    return 'no'", SHORT, FAILED),
}  # fmt: skip


@pytest.mark.parametrize("what", TAKES)
def test_it_costs_its_own_exercise_and_leaves_nothing(attack, what):
    body, limits, state = TAKES[what]
    begin = time.monotonic()
    got = attack(limits=limits, ramp=f"import numpy as np\ndef ramp(n):\n    {body}", smooth=RIGHT)
    assert (got.cells["ramp"].state, got.cells["ramp"].points) == (state, 0)
    if what != "the line taken by another":
        assert (got.cells["smooth"].state, got.cells["smooth"].points) == (PASSED, 5)
    assert len(got.printed) < 100_000
    assert time.monotonic() - begin < 60


@pytest.mark.parametrize("body", ["while True: pass", "import os; os._exit(0)", FORKS, "import time; time.sleep(99)"])
def test_a_cell_that_does_it_while_it_is_defined_is_left_out(attack, body):
    got = attack(limits=SHORT, ramp=f"{body}\ndef ramp(n):\n    pass", smooth=RIGHT)
    assert got.cells["ramp"].state in (TIMEOUT, CRASHED, OUT_OF_MEMORY)
    assert got.points == {"total": 0, "ramp": 0, "smooth": 5}


def test_cells_that_take_turns_share_one_allowance(attack):
    """Each waits a little less than it may; together they would hold a marking for a long time."""
    waits = "\n".join(f"def wait{n}(): pass" for n in range(3)) + "\nimport time\ntime.sleep(1.6)"
    begin = time.monotonic()
    got = attack(limits={"cell_seconds": 1, "patience": 2, "submission_seconds": 1.5}, first=waits, extra=waits, total=waits, smooth=RIGHT)
    assert time.monotonic() - begin < 15
    assert set(got.points.values()) == {0}
    assert TIMEOUT in got.states.values()
    assert "harness_error" not in got.states.values()
