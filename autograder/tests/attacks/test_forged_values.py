"""Objects that answer for themselves: equal to everything, smaller than every tolerance, arrays that are not what they seem.

Each is handed in for all three exercises; what crosses is plain data, and none of it has behaviour.
"""

import numpy as np
import pytest

from convgrade.inside import wire
from convgrade.result import FAILED

YES = """
class Yes:
    shape, dtype, ndim, size = (), np.dtype(float), 0, 1
    def yes(self, *a, **k): return True
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __contains__ = yes
    def same(self, *a, **k): return self
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __abs__ = __neg__ = __getitem__ = __array__ = all = any = same
    __hash__ = None
    def __float__(self): return 3.0
    def __len__(self): return 3
"""
FORGERIES = {    # what: (code before, the value)
    "an object equal to everything": ("", f"{YES}\nVALUE = Yes()"),
    "an object with __array__": ("", "class A:\n    def __array__(self, *a, **k): return expected\nVALUE = A()"),
    "a float that is equal to everything": ("", f"{YES}\nclass F(float):\n    __eq__ = __le__ = __sub__ = __abs__ = Yes.yes\n    __hash__ = None\nVALUE = F(9)"),
    "an int that is below everything": ("", f"{YES}\nclass I(int):\n    __eq__ = __le__ = __sub__ = __abs__ = __index__ = Yes.yes\n    __hash__ = None\nVALUE = I(9)"),
    "a string that is equal to everything": ("", f"{YES}\nclass S(str):\n    __eq__ = __le__ = Yes.yes\n    __hash__ = None\nVALUE = S('9')"),
    "a list that is equal to everything": ("", f"{YES}\nclass L(list):\n    __eq__ = Yes.yes\n    __hash__ = None\nVALUE = L([9])"),
    "an ndarray subclass that is equal to everything":
        ("", f"{YES}\nclass N(np.ndarray):\n    __eq__ = __le__ = __sub__ = all = Yes.yes\nVALUE = np.zeros(3).view(N)"),
    "an ndarray with its own functions":
        ("", "class N(np.ndarray):\n    def __array_function__(self, *a): return True\n    def __array_ufunc__(self, *a, **k): return True\nVALUE = np.zeros(3).view(N)"),
    "a masked array with everything masked": ("", "VALUE = np.ma.array([9.0, 9.0, 9.0], mask=True)"),
    "a matrix": ("", "VALUE = np.matrix([[9.0, 9.0, 9.0]])"),
    "an array of objects": ("", "class Y:\n    __eq__ = lambda self, other: True\n    __hash__ = None\nVALUE = np.array([Y(), Y(), Y()], dtype=object)"),
    "not a number": ("", "VALUE = float('nan')"),
    "an array of nan": ("", "VALUE = np.full(3, np.nan)"),
    "infinity": ("", "VALUE = float('inf')"),
    "an empty array": ("", "VALUE = np.zeros((0,))"),
    "an array with a zero axis": ("", "VALUE = np.zeros((3, 0))"),
    "True": ("", "VALUE = True"),
    "nothing": ("", "VALUE = None"),
    "a dict with the answer's words": ("", "VALUE = {'t': 'array', 'passed': True, 'points': 5, 'v': 3.0}"),
    "the function itself": ("", "VALUE = abs"),
    "a set": ("", "VALUE = {0, 1, 2}"),
    "an exception object": ("", "VALUE = StopIteration()"),
}  # fmt: skip


@pytest.fixture(scope="module", params=["total", "ramp", "smooth"])
def marked_forgeries(request, gallery):
    make = "import numpy as np\n{0}\n{1}\ndef {2}(x, VALUE=VALUE):\n    return VALUE"
    return gallery(request.param, {what: make.format(*FORGERIES[what], request.param) for what in FORGERIES})


@pytest.mark.parametrize("what", FORGERIES)
def test_no_value_answers_for_itself(marked_forgeries, what):
    got = marked_forgeries[what]
    assert (got.state, got.points) == (FAILED, 0)
    assert "your cell stopped" not in got.message    # the forgery itself was made and returned


def test_an_exception_cannot_end_the_checks_in_silence(attack):
    """StopIteration from a function inside `zip(map(f, cases), cases)` would leave the loop, and the test would have passed."""
    got = attack(ramp="def ramp(n):\n    if n == 3: return [0, 1, 2]\n    raise StopIteration")
    assert (got.cells["ramp"].state, got.cells["ramp"].points) == (FAILED, 0)


NAMES = ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseException", "AssertionError", "StopIteration", "Warning", "SyntaxError"]


@pytest.fixture(scope="module")
def raised(gallery):
    return gallery("total", {name: f"def total(x):\n    raise {name}" for name in NAMES})


@pytest.mark.parametrize("name", NAMES)
def test_no_exception_is_worth_points(raised, name):
    assert (raised[name].state, raised[name].points) == (FAILED, 0)


def test_a_truth_value_is_true_or_false_and_nothing_between():
    head = {"t": "array", "d": "|b1", "s": [3], "b": 0}
    got = wire.Decoder([b"\x00\x02\xff"])(head)
    assert got.tobytes() == b"\x00\x01\x01"
    assert np.count_nonzero(got == np.array([False, True, True])) == 3


BOMBS = {
    "an endless range": ({"t": "range", "v": [0, 10**12, 1]}, "a range of more than"),
    "numbers that collide in a set": ({"t": "set", "v": [{"t": "int", "v": hex(n * (2**61 - 1))} for n in range(6000)]}, "a set with more than"),
    "numbers that collide in a dict": ({"t": "dict", "v": [[n, 0] for n in range(6000)]}, "a dict with more than"),
    "an array larger than its bytes": ({"t": "array", "d": "<f8", "s": [2**39], "b": 0}, "in 8 bytes"),
    "a shape whose product wraps around": ({"t": "array", "d": "<f8", "s": [2**32, 2**32, 2**32], "b": 0}, "in 8 bytes"),
    "a negative shape": ({"t": "array", "d": "<f8", "s": [-1], "b": 0}, "an array of shape"),
    "a shape of true": ({"t": "array", "d": "<f8", "s": [True], "b": 0}, "an array of shape"),
    "objects": ({"t": "array", "d": "|O", "s": [1], "b": 0}, "an array of dtype"),
    "fields": ({"t": "array", "d": [["a", "<f8"]], "s": [1], "b": 0}, "an array of dtype"),
    "nested too deep": (eval("[" * 60 + "]" * 60), "nested too deeply"),
    "a buffer that is not there": ({"t": "array", "d": "<f8", "s": [1], "b": 7}, "in buffer 7 of 1"),
    "an unknown kind": ({"t": "pickle", "v": "gASV"}, "an unknown kind"),
    "a kind that is a list": ({"t": [], "v": []}, "does not fit together"),
    "a reference to nobody": ({"t": "handle", "id": 0}, "does not fit together"),
}  # fmt: skip


@pytest.mark.parametrize("what", BOMBS)
def test_no_value_grows_or_turns_into_something_else_when_it_is_read(what):
    tree, message = BOMBS[what]
    with pytest.raises(wire.WireError, match=message):
        wire.Decoder([bytes(8)])(tree)
