"""Speaking to the examiner in the runner's place: over the same socket, with whatever the format allows and what it does not."""

import pytest

from convgrade.result import CRASHED, FAILED, FORBIDDEN, PASSED, TIMEOUT

DIE = "\n    os._exit(0)"
FRAMES = {
    "noise": ("line.sendall(bytes(range(256)) * 9)", CRASHED),
    "a head of 2**63 bytes": ("say({}, b'', (2**63, 0))", CRASHED),
    "a body of 2**63 bytes": ("say({}, b'', (2, 2**63))", CRASHED),
    "half a frame": ("line.sendall(frame({'value': 3.0})[:20]); time.sleep(60)", TIMEOUT),
    "half a frame and an end": ("line.sendall(frame({'value': 3.0})[:20])", CRASHED),
    "one byte at a time": ("line.sendall(struct.pack('>QQ', 10**6, 0))\n    for _ in range(10**6): line.sendall(b' '); time.sleep(0.01)", TIMEOUT),
    "no JSON": ("say(b'passed')", CRASHED),
    "no UTF-8": ("say(b'{\"buffers\": [], \"value\": \"\\xff\"}')", CRASHED),
    "JSON without end": ("say(b'[' * 10**6)", CRASHED),
    "a list": ("say(b'[1, 2, 3]')", CRASHED),
    "buffers that do not add up": ("say({'buffers': [5]}, b'')", CRASHED),
    "negative buffers": ("say({'buffers': [-1, 1]}, b'')", CRASHED),
    "a number without end": ("say(b'{\"buffers\": [], \"value\": ' + b'9' * 10**5 + b'}')", CRASHED),
    "too few bytes": ("say({'value': {'t': 'array', 'd': '<f8', 's': [3], 'b': 0}}, bytes(8))", FAILED),
    "a pickle": ("say({'value': {'t': 'array', 'd': '|O', 's': [1], 'b': 0}}, bytes(8))", FAILED),
    "a reference to an object": ("say({'value': {'t': 'handle', 'id': 0, 'type': 'float'}})", FAILED),
    "a reference to the examiner's names": ("say({'value': {'t': 'ref', 'name': 'expected'}})", FAILED),
    "a reference with a name for a number": ("say({'value': {'t': 'handle', 'id': 'expected', 'type': 'float'}})", FAILED),
    "a value nested deep": ("say(b'{\"buffers\": [], \"value\": ' + b'[' * 500 + b']' * 500 + b'}')", FAILED),
    "words of the examiner": ("say({'state': 'passed', 'points': 3, 'passed': True, 'raised': '', 'value': None})", FAILED),
    "types nobody expects": ("say({'value': 0, 'raised': {'a': 1}, 'refused': [1], 'forbidden': 7, 'changed': 'x'})", FAILED),
    "an exception that is no class": ("say({'raised': 'print', 'text': 'x'})", FAILED),
    "an exception that ends the examiner": ("say({'raised': 'SystemExit', 'text': 'x'})", FAILED),
    "a verdict on memory": ("say({'raised': 'MemoryError'})", "out_of_memory"),
    "a hundred thousand buffers": ("say({'buffers': [0] * 100000, 'value': 0})", FAILED),
}  # fmt: skip


@pytest.mark.parametrize("what", FRAMES)
def test_no_frame_is_worth_points_and_the_other_exercises_are_marked(attack, what):
    body, state = FRAMES[what]
    limits = {"cell_seconds": 1, "patience": 2} if state == TIMEOUT else {}
    got = attack(limits=limits, total=f"def total(x):\n    {body}{DIE}", smooth="def smooth(x):\n    return x[1:] + x[:-1]")
    assert (got.cells["total"].state, got.cells["total"].points) == (state, 0)
    assert (got.cells["ramp"].points, got.cells["smooth"].points) == (0, 5)
    assert got.cells["ramp"].state == (FAILED if state in (CRASHED, TIMEOUT) else CRASHED)    # the lie is out, then nobody is there


def test_answers_given_in_advance_are_values_like_any_other(attack):
    """The next calls get them, out of step; nobody knows the hidden inputs beforehand, so no check holds to its end."""
    got = attack(total="def total(x):\n    for _ in range(9): say({'value': 3.0})\n    return 3.0")
    assert got.points == {"total": 0, "ramp": 0, "smooth": 0}


def test_two_answers_to_each_call_are_worth_nothing(attack):
    """The lies are out of step with the calls. `ramp` is right: what it says to a hidden lie's rest is asked again in a new interpreter."""
    got = attack(total="def total(x):\n    say({'value': float(sum(x))})\n    return 0.0", ramp="def ramp(n):\n    return list(range(n))")
    assert got.points == {"total": 0, "ramp": 2, "smooth": 0}


def test_an_argument_changes_only_where_the_test_says_so(attack):
    """Zeros written over the test's own input would make the expected value, computed after the call, zero as well."""
    wrong = """
def smooth(x):
    if len(x) == 3: return [3.0, 6.0]
    zeros = {"t": "array", "d": "<f8", "s": [len(x)], "b": 0}
    result = {"t": "array", "d": "<f8", "s": [len(x) - 1], "b": 1}
    say({"value": result, "changed": {"0": zeros}, "buffers": [8 * len(x), 8 * len(x) - 8]}, bytes(16 * len(x) - 8))
    os._exit(0)
"""
    got = attack(smooth=wrong)
    assert (got.cells["smooth"].state, got.cells["smooth"].points) == (FAILED, 0)
    assert got.cells["smooth"].message == "a hidden check failed: nine random numbers"


def test_the_runner_cannot_be_told_to_copy_arguments_back(attack):
    first = "here = runner()\nold = here.do_call\nhere.do_call = lambda m, b, e: old({**m, 'copy_back': [0]}, b, e)"
    wrong = "def smooth(x):\n    if len(x) == 3: return [3.0, 6.0]\n    x[:] = 0\n    return x[1:]"
    got = attack(first=first, smooth=wrong)
    assert (got.cells["smooth"].state, got.cells["smooth"].points) == (FAILED, 0)


def test_a_forbidden_call_reported_falsely_costs_its_own_exercise_and_says_nothing(attack):
    got = attack(total="def total(x):\n    if len(x) == 2 and x[0] < 9: return 3.0\n    say({'forbidden': f'I saw {x}'})\n    os._exit(0)")
    assert (got.cells["total"].state, got.cells["total"].points) == (FORBIDDEN, 0)
    assert "I saw" not in got.readable


def test_a_text_that_no_file_can_hold_stops_nothing(attack):
    got = attack(first=r"print('\ud800 half a character')", total="def total(x):\n    return sum(x)")
    assert (got.cells["total"].state, got.cells["total"].points) == (PASSED, 3)
    got.readable.encode("utf-8")
