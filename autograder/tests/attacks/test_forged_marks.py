"""Changing the judge: patched asserts, rewritten test cells, hooks, frames. The judge is in another process, so nothing is there to change.

Every attack runs in a cell above all others, with wrong answers below it.
"""

import pytest

from convgrade.result import FAILED

NOTHING = {"total": 0, "ramp": 0, "smooth": 0}
ATTACKS = {
    "numpy.testing says yes": "import numpy as np\nfor name in dir(np.testing):\n    if name.startswith('assert'): setattr(np.testing, name, lambda *a, **k: None)",
    "builtins say yes":
        "import builtins\nbuiltins.AssertionError = type('Never', (Exception,), {})\nbuiltins.abs = lambda x: -1.0",
    "asserts are taken out of the syntax tree":
        "import ast\nclass Out(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\nget_ipython().ast_transformers.append(Out())",
    "asserts are taken out of the text": "get_ipython().input_transformers_cleanup.append(lambda lines: [l for l in lines if 'assert' not in l])",
    "compile leaves out asserts": "import builtins\nold = compile\nbuiltins.compile = lambda s, f, m, *a, **k: old(s, f, m, *a, **{**k, 'optimize': 2})",
    "displayhook and outputs":
        "import sys\nsys.displayhook = lambda value: None\nfrom IPython.display import display\n"
        "display({'text/plain': '5.0'}, raw=True)\nprint('{\"points\": 5}')\nget_ipython().execution_count = 5",
    "exceptions are swallowed": "get_ipython().set_custom_exc((BaseException,), lambda *a, **k: None)\nimport sys\nsys.excepthook = lambda *a: None",
    "hooks after every cell": "get_ipython().events.register('post_run_cell', lambda r: setattr(r, 'error_in_exec', None))",
    "run_cell is another": "shell = get_ipython()\nclass R:\n    error_before_exec = error_in_exec = None\n    result = 5.0\nshell.run_cell = lambda *a, **k: R()",
    "something runs at the end": "import atexit, os\natexit.register(os._exit, 0)",
    "grader's modules stand in sys.modules":
        "import sys, types\nfor name in ('convgrade', 'convgrade.marking', 'convgrade.result', 'conftest'):\n    sys.modules[name] = types.ModuleType(name)",
    "the runner calls another target": "runner().target = lambda message: (lambda *a, **k: True)",
    "the runner says that all is well":
        "type(runner()).do_call = lambda self, m, b, e: {'value': True, 'ok': True, 'state': 'passed', 'points': 99, 'max_points': 99}",
    "the encoder is another": "import sys\nsys.modules['wire'].Encoder.__call__ = lambda self, value, depth=0: {'t': 'passed', 'v': [1]}",
    "gc looks for expected values":
        "import gc\nfound = [o for o in gc.get_objects() if isinstance(o, dict) and ('expected' in o or 'hidden_canary' in o)]\nprint(len(found))",
    "frames look for the test": "import sys\nframe = sys._getframe()\nwhile frame:\n    print(sorted(frame.f_locals)[:40])\n    frame = frame.f_back",
    "names of the test are set beforehand": "got = expected = x = 0\nsizes = []\nzip = map = lambda *a: []\n__name__ = '__examiner__'",
}  # fmt: skip


@pytest.mark.parametrize("what", ATTACKS)
def test_nothing_in_the_students_interpreter_changes_the_mark(attack, what):
    got = attack(first=ATTACKS[what])
    assert got.points == NOTHING
    assert set(got.states.values()) == {FAILED}
    assert "hidden_canary" not in got.readable
    assert "27182818" not in got.readable


def test_the_fixture_gives_full_marks_to_right_answers(attack):
    got = attack(
        total="def total(x):\n    return sum(x)", ramp="def ramp(n):\n    return list(range(n))", smooth="def smooth(x):\n    return x[1:] + x[:-1]",
    )  # fmt: skip
    assert got.points == {"total": 3, "ramp": 2, "smooth": 5}
