"""Forbidden functions reached by other ways. Each answer is right, so that without the watch it would get its points.

What the watch cannot see, by design: it lives in the student's interpreter. A student who takes the interpreter apart (writes into the
watch through frames, gc or ctypes), or who pastes a library's source into a cell, is not found by it. Such answers still have to be right.
"""

import pytest

from convgrade.result import FORBIDDEN, PASSED

WAYS = {
    "its own name": "def smooth(x):\n    return np.convolve(x, np.ones(2), 'valid')",
    "another name": "from numpy import convolve as friendly\ndef smooth(x):\n    return friendly(x, np.ones(2), 'valid')",
    "a name from another cell": ("hidden_helper = np.convolve", "def smooth(x):\n    return hidden_helper(x, np.ones(2), 'valid')"),
    "getattr": "def smooth(x):\n    return getattr(np, 'con' + 'volve')(x, np.ones(2), 'valid')",
    "vars": "def smooth(x):\n    return vars(np)['convolve'](x, np.ones(2), 'valid')",
    "importlib": "def smooth(x):\n    import importlib\n    return importlib.import_module('nu' + 'mpy').__dict__['correlate'](x, np.ones(2), 'valid')",
    "sys.modules": "import sys\ndef smooth(x):\n    return sys.modules['numpy'].__dict__['convolve'](x, np.ones(2), 'valid')",
    "eval": "def smooth(x):\n    return eval('np.con' + 'volve')(x, np.ones(2), 'valid')",
    "exec": "def smooth(x):\n    space = {'x': x}\n    exec('import numpy\\ny = numpy.con' + 'volve(x, [1, 1], \"valid\")', space)\n    return space['y']",
    "__wrapped__": "def smooth(x):\n    return vars(np)['convolve'].__wrapped__(x, np.ones(2), 'valid')",
    "_implementation": "def smooth(x):\n    return vars(np)['convolve']._implementation(x, np.ones(2), 'valid')",
    "the compiled function below": "def smooth(x):\n    return np._core.multiarray.correlate(x, np.ones(2), 0)",
    "the other one below": "from numpy._core import _multiarray_umath as m\ndef smooth(x):\n    return m.correlate2(x, np.ones(2), 0)",
    "a partial": "import functools\nc = functools.partial(vars(np)['convolve'], v=np.ones(2), mode='valid')\ndef smooth(x):\n    return c(x)",
    "map": "c = vars(np)['convolve']\ndef smooth(x):\n    return list(map(c, [x], [np.ones(2)], ['valid']))[0]",
    "a class": "c = vars(np)['convolve']\nclass S:\n    def __call__(self, x): return c(x, np.ones(2), 'valid')\nsmooth = S()",
    "a decorator": "c = vars(np)['convolve']\ndef instead(f): return lambda x: c(x, np.ones(2), 'valid')\n@instead\ndef smooth(x):\n    pass",
    "a generator": "c = vars(np)['convolve']\ndef gen(x):\n    yield c(x, np.ones(2), 'valid')\ndef smooth(x):\n    return next(gen(x))",
    "a sort key": "c = vars(np)['convolve']\ndef smooth(x):\n    out = []\n    sorted([x], key=lambda x: out.append(c(x, np.ones(2), 'valid')))\n    return out[0]",
    "an operator of an object": "c = vars(np)['convolve']\nclass S:\n    def __add__(self, x): return c(x, np.ones(2), 'valid')\ndef smooth(x):\n    return S() + x",
    "a destructor": "c = vars(np)['convolve']\nclass S:\n    def __del__(self): self.out.append(c(self.x, np.ones(2), 'valid'))\n"
                    "def smooth(x):\n    s = S(); s.out = out = []; s.x = x\n    del s\n    return out[0]",
    "scipy's compiled function": ("import scipy.ndimage", "import sys\nc = sys.modules['scipy.ndimage._nd_image'].correlate1d\n"
                                  "def smooth(x):\n    out = np.zeros_like(x)\n    c(x, np.ones(2), -1, out, 0, 0.0, 0)\n    return out[1:]"),
    "the course's library": "def smooth(x):\n    import importlib\n    f = importlib.import_module('convbook.numpy_nn').conv2d\n"
                            "    return f(x[None, None, None], np.ones((1, 1, 1, 2)))[0, 0, 0]",
    "another process in the call": "def smooth(x):\n    import subprocess, sys\n    subprocess.run([sys.executable, '-c', ''])\n    return x[1:] + x[:-1]",
    "a fork in the call": "def smooth(x):\n    import os\n    if not os.fork(): os._exit(0)\n    return x[1:] + x[:-1]",
    "a thread in the call": "def smooth(x):\n    import threading\n    out = []\n    t = threading.Thread(target=lambda: out.append(x[1:] + x[:-1]))\n    t.start(); t.join()\n    return out[0]",
    "a bare thread in the call": "def smooth(x):\n    import _thread\n    _thread.start_new_thread(print, ())\n    return x[1:] + x[:-1]",
    "no profiler": "import sys\nc = vars(np)['convolve']\ndef smooth(x):\n    sys.setprofile(None)\n    return c(x, np.ones(2), 'valid')",
    "no profiler for a while": "import sys\nc = vars(np)['convolve']\ndef smooth(x):\n    old = sys.getprofile(); sys.setprofile(None)\n    y = c(x, np.ones(2), 'valid')\n    sys.setprofile(old)\n    return y",
    "no profiler by way of C": "import ctypes\nc = vars(np)['convolve']\ndef smooth(x):\n    ctypes.pythonapi.PyEval_SetProfile(None, None)\n    return c(x, np.ones(2), 'valid')",
}  # fmt: skip


@pytest.fixture(scope="module")
def marked_ways(gallery):
    ways = {what: way if isinstance(way, str) else way[1] for what, way in WAYS.items()}
    before = "\n".join(way[0] for way in WAYS.values() if not isinstance(way, str))
    return gallery("smooth", ways | {"an honest answer beside them": "def smooth(x):\n    return x[1:] + x[:-1]"}, first=before)


@pytest.mark.parametrize("what", WAYS)
def test_a_forbidden_function_is_found_by_any_way(marked_ways, what):
    assert (marked_ways[what].state, marked_ways[what].points) == (FORBIDDEN, 0)


def test_the_exercises_beside_a_forbidden_call_are_marked_as_ever(marked_ways):
    assert (marked_ways["an honest answer beside them"].state, marked_ways["an honest answer beside them"].points) == (PASSED, 5)


ATEN = "torch.ops.aten.convolution(a, b, None, [1], [0], [1], False, [0], 1)"
TORCH = {
    "an operator below": f"y = {ATEN}",
    "another table of the same functions": "y = torch._C._VariableFunctions.conv1d(a, b)",
    "a layer": "c = torch.nn.Conv1d(1, 1, 2, bias=False, dtype=a.dtype)\n    c.weight = torch.nn.Parameter(b)\n    y = c(a).detach()",
    "map": "y = next(map(torch.conv1d, [a], [b]))",
    "no dispatch mode": f"from torch.utils import _python_dispatch as d\n    with d._disable_current_modes(): y = {ATEN}",
    "no dispatch at all": f"with torch._C._DisableTorchDispatch(): y = {ATEN}",
}


@pytest.fixture(scope="module")
def marked_torch(gallery):
    head = "def smooth(x):\n    a, b = torch.tensor(x)[None, None], torch.ones(1, 1, 2, dtype=torch.float64)\n    "
    ways = {what: f"import torch\n{head}{way}\n    return y[0, 0].numpy()" for what, way in TORCH.items()}
    return gallery("smooth", ways | {"a sum": "import torch\ndef smooth(x):\n    a = torch.tensor(x)\n    return (a[1:] + a[:-1]).numpy()"})


@pytest.mark.parametrize("what", TORCH)
def test_torchs_convolution_is_found_by_any_way(marked_torch, what):
    assert (marked_torch[what].state, marked_torch[what].points) == (FORBIDDEN, 0)


def test_torchs_addition_is_not_suspected(marked_torch):
    assert (marked_torch["a sum"].state, marked_torch["a sum"].points) == (PASSED, 5)


WORKER = """
import queue, threading, _thread, sys, numpy as np
asked, told = queue.Queue(), queue.Queue()
convolve = vars(np)["convolve"]
def work():
    BEGIN
    while True: told.put(convolve(asked.get(), np.ones(2), "valid"))
def smooth(x):
    asked.put(x)
    return told.get()
"""
THREADS = {
    "a thread with a profiler": ("", "threading.Thread(target=work, daemon=True).start()"),
    "a thread without": ("", "_thread.start_new_thread(work, ())"),
    "a thread that takes its profiler off": ("sys.setprofile(None)", "threading.Thread(target=work, daemon=True).start()"),
    "a thread of another class": ("", "class T(threading.Thread):\n    def _bootstrap(self): self.run()\nT(target=work, daemon=True)._bootstrap\n"
                                      "t = T(target=work, daemon=True); _thread.start_new_thread(t._bootstrap, ())"),
    "a thread started while nobody profiles": ("", "threading.setprofile(None); threading.Thread(target=work, daemon=True).start(); threading.setprofile(print)"),
}  # fmt: skip


@pytest.mark.parametrize("what", THREADS)
def test_a_thread_that_began_before_is_seen(attack, what):
    begin, start = THREADS[what]
    got = attack(smooth=f"{WORKER.replace('BEGIN', begin or 'pass')}\n{start}")
    assert (got.cells["smooth"].state, got.cells["smooth"].points) == (FORBIDDEN, 0)


PROCESS = """
import json, os, subprocess, sys, numpy as np
asks, asked = os.pipe()
tells, told = os.pipe()
CODE = '''
import os, sys, json, numpy
asks, told = map(int, sys.argv[1:3])
while True: os.write(told, json.dumps(list(numpy.convolve(json.loads(os.read(asks, 99999)), [1, 1], "valid"))).encode())
'''
def smooth(x):
    os.write(asked, json.dumps(list(x)).encode())
    return json.loads(os.read(tells, 99999))
"""
PROCESSES = {
    "a program": "subprocess.Popen([sys.executable, '-c', CODE, str(asks), str(told)], pass_fds=[asks, told])",
    "a program that looks like the runner": "subprocess.Popen([sys.executable, '-c', CODE, str(asks), str(told), 'runner.py'], pass_fds=[asks, told])",
    "a fork of the runner": "if not os.fork():\n    sys.argv = ['', str(asks), str(told)]\n    exec(CODE)",
    "a fork of a fork": "if not os.fork():\n    if os.fork(): os._exit(0)\n    os.setsid(); sys.argv = ['', str(asks), str(told)]\n    exec(CODE)",
}


@pytest.mark.parametrize("what", PROCESSES)
def test_a_process_that_began_before_is_ended(attack, what):
    """It would answer from outside the watch. Without it the function waits for ever, or its pipe is closed."""
    got = attack(limits={"cell_seconds": 1, "patience": 2}, smooth=f"{PROCESS}\n{PROCESSES[what]}")
    assert got.cells["smooth"].points == 0
    assert got.cells["smooth"].state == "timeout"


HONEST = {
    "a cell that ran a program": ("%%bash\necho hello", "def smooth(x):\n    return x[1:] + x[:-1]"),
    "a line that ran a program": ("!echo hello", "def smooth(x):\n    return x[1:] + x[:-1]"),
    "a pool of threads used before": ("from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(2)\nlist(pool.map(abs, [1, 2]))",
                                      "def smooth(x):\n    return x[1:] + x[:-1]"),
    "a profile taken before": ("import cProfile\np = cProfile.Profile()\np.enable(); p.disable()", "def smooth(x):\n    return x[1:] + x[:-1]"),
    "an event loop": ("import asyncio\nasync def one(): return 1\nawait one()", "def smooth(x):\n    return x[1:] + x[:-1]"),
    "a library that forbidden ones use too": ("", "def smooth(x):\n    return np.lib.stride_tricks.sliding_window_view(x, 2).sum(axis=1)"),
}  # fmt: skip


@pytest.mark.parametrize("what", HONEST)
def test_an_honest_answer_is_not_suspected(attack, what):
    first, answer = HONEST[what]
    got = attack(notebook=None, smooth=answer) if not first else attack(extra=first, smooth=answer)
    assert (got.cells["smooth"].state, got.cells["smooth"].points) == (PASSED, 5)
