"""Reading what students must not know: tests, hidden inputs, the source, other students, this machine; and carrying it out.

The answer of `total` is right until the hidden check hands it 27182818.25 and 31415926.5; then every attack tries to get these out,
into anything that the student may read: messages, printed text, names of repairs.
"""

import os
import re

import pytest

from convgrade.result import FAILED
from convgrade.sandbox.bubblewrap import environment

SPY = "seen = []\ndef total(x):\n    seen.extend(float(v) for v in x)\n    return sum(x)"
CARRIERS = {
    "the text of an exception": ("", "raise ValueError(f'{seen}')"),
    "the name of an exception": ("", "raise type('E' + '_'.join(map(str, seen)).replace('.', '_'), (ValueError,), {})"),
    "the exception's class by name": ("", "say({'raised': str(seen)[:40], 'text': ''}); os._exit(0)"),
    "a value of the next visible check": ("", "return seen"),
    "the shape of a value": ("", "return np.zeros((0, *map(int, seen)))"),
    "an object of that name": ("", "return type('T' + '_'.join(str(int(v)) for v in seen), (), {})()"),
    "a dtype of that name": ("", "say({'value': {'t': 'array', 'd': str(seen), 's': [1], 'b': 0}}, bytes(8)); os._exit(0)"),
    "printed text": ("", "print(seen); sys.stderr.write(f'{seen}'); return 0"),
    "a warning": ("", "import warnings; warnings.warn(f'{seen}'); return 0"),
    "a forbidden call of that name": ("", "say({'forbidden': str(seen)}); os._exit(0)"),
    "a refusal": ("", "say({'refused': str(seen)}); os._exit(0)"),
    "the length of a frame": ("", "say({}, b'', (int(sum(seen)) * 10**6, 0)); time.sleep(9)"),
    "output after a death": ("", "open('/tmp/home/seen', 'w').write(str(seen)); os._exit(0)"),
    "the interpreter's end": ("import atexit\natexit.register(lambda: print(seen))", "sys.exit(str(seen))"),
}


@pytest.mark.parametrize("what", CARRIERS)
def test_no_hidden_input_leaves_by_a_later_check(attack, what):
    before, carrier = CARRIERS[what]
    after = "import os\nif os.path.exists('/tmp/home/seen'): print(open('/tmp/home/seen').read())\n"
    got = attack(first=f"import numpy as np\n{after}{before}", total=SPY, ramp=f"def ramp(n):\n    {carrier}")
    assert got.cells["total"].points == 3
    assert got.cells["ramp"].points == 0
    assert not re.search("2718281|3141592|5859874", got.readable)


OWN = {
    "the text of an exception": "raise ValueError(f'{x}')",
    "the returned value": "return float(x[0])",
    "a value that is almost right, for a helper's message": "return sum(x) + 1e-7",
    "the shape": "return np.zeros((0, *map(int, x)))",
    "the type": "return type('T' + str(int(x[0])), (), {})()",
    "a string": "return f'{list(x)}'",
    "the length of a frame": "say({}, b'', (int(x[0]) * 10**6, 0)); time.sleep(9)",
    "a forbidden call": "say({'forbidden': str(x)}); os._exit(0)",
    "an exception's class": "say({'raised': str(x)[:40]}); os._exit(0)",
}


@pytest.mark.parametrize("what", OWN)
def test_no_hidden_input_leaves_by_the_hidden_check_itself(attack, what):
    got = attack(first="import numpy as np", total=f"def total(x):\n    if x[0] < 9: return 3.0\n    {OWN[what]}")
    assert got.cells["total"].points == 0
    assert not re.search("2718281|3141592|5859874", got.readable)


def test_the_fixture_would_see_a_leak(attack):
    """What the visible check handed over may be told, so the same way out is open there."""
    got = attack(total="def total(x):\n    raise ValueError(f'27182818.25 {x}')")
    assert re.search("2718281", got.readable)
    assert got.cells["total"].state == FAILED


def test_a_lookup_table_of_an_earlier_marking_is_not_there(attack):
    """The first marking writes down what it was asked; the second finds nothing, so it cannot answer from a table."""
    spy = "import glob\nprint('FOUND' if [f for f in glob.glob('/tmp/**/table*', recursive=True)] else 'nothing')\nimport shelve, os\n"
    keep = "def total(x):\n    open('/tmp/home/table', 'a').write(str(list(x)))\n    open('/tmp/table', 'a').write(str(list(x)))\n    return sum(x)"
    assert "FOUND" not in attack(first=spy, total=keep).printed
    assert "FOUND" not in attack(first=spy, total=keep).printed


def test_right_only_while_the_visible_test_runs_is_wrong(attack):
    got = attack(total="count = 0\ndef total(x):\n    global count\n    count += 1\n    return 3.0 if count == 1 else 0.0")
    assert (got.cells["total"].state, got.cells["total"].hidden, got.cells["total"].points) == (FAILED, True, 0)


def test_an_answer_that_looks_who_asks_sees_no_one(attack):
    looks = "import sys, inspect\ndef total(x):\n    names = [f.function for f in inspect.stack()]\n    return sum(x) if 'mark' in names or 'test_total' in names else 0.0"
    assert attack(total=looks).cells["total"].points == 0


SECRETS = {
    "this repository": f"{__file__!r}",
    "the solutions": f"{os.path.abspath(os.path.join(os.path.dirname(__file__), '../../../solutions'))!r}",
    "the grader": f"{os.path.abspath(os.path.join(os.path.dirname(__file__), '../../convgrade/marking'))!r}",
    "the password file": "'/etc/passwd'",
    "the shadow file": "'/etc/shadow'",
    "home": f"{os.path.expanduser('~/.bashrc')!r}",
    "control groups": "'/sys/fs/cgroup'",
    "the machine's memory": "'/dev/mem'",
    "the kernel's log": "'/dev/kmsg'",
}


@pytest.mark.parametrize("what", SECRETS)
def test_no_file_of_this_machine_is_there(probe, what):
    got = probe(f"import os\np = {SECRETS[what]}\ntry: print('READ', os.listdir(p) if os.path.isdir(p) else len(open(p, 'rb').read(50)))\nexcept OSError: print('no')")
    assert got in ("no\n", "READ 0\n")


def test_the_submitted_and_the_graded_of_others_are_nowhere(probe, tmp_path):
    course = tmp_path / "course"
    for place in ("source/target", "submitted/ada/target", "results/target/ada"):
        (course / place).mkdir(parents=True)
        (course / place / "target.ipynb").write_text("CANARY-7f3a")
    (course / "gradebook.db").write_text("CANARY-7f3a")
    found = probe("""
import os
hits = []
for folder, folders, files in os.walk("/"):
    folders[:] = [one for one in folders if os.path.join(folder, one) not in ("/proc", "/usr", "/dev") and "site-packages" not in folder]
    hits += [one for one in files if one.endswith((".ipynb", ".db", ".md")) and "gradebook" in one or one == "target.ipynb"]
print(hits)
""")
    assert found == "[]\n"


def test_the_environment_holds_nothing_of_ours(probe):
    told = probe("import os; print(sorted(os.environ), open('/proc/1/environ').read(), open('/proc/self/environ').read())")
    for name in set(os.environ) - {*environment(0), "PWD", "TERM"}:
        assert f"{name}=" not in told
    assert "PYTEST_CURRENT_TEST" not in told
