"""Marks come from values: right answers in any form pass, wrong ones fail with a message, deaths cost their own cell alone."""

import pytest

from convgrade.marking import mark
from convgrade.notebook import with_answers
from convgrade.result import CRASHED, FAILED, FORBIDDEN, HARNESS_ERROR, OUT_OF_MEMORY, PASSED, TIMEOUT

HANDLES = {"test_make_adder": ["make_adder"]}


@pytest.fixture
def marks(source, record):
    def give(**answers):
        cells = mark(source, with_answers(source, answers), record | {"handles": HANDLES})
        return {cell.exercise: cell for cell in cells}

    return give


def test_the_key_gets_everything_and_the_contract_is_found(source, record):
    seen: dict[str, list[str]] = {}
    cells = mark(source, source, record | {"handles": None}, handles_seen=seen)
    assert [(cell.exercise, cell.state, cell.points) for cell in cells] == [
        ("mean", PASSED, 2), ("scale", PASSED, 1), ("twice", PASSED, 1), ("make_adder", PASSED, 1), ("root", PASSED, 1), ("primes", PASSED, 4),
    ]  # fmt: skip
    assert {name: found for name, found in seen.items() if found} == HANDLES


def test_right_answers_in_another_form_pass_with_warnings_and_prints(marks):
    got = marks(
        mean="import sys, warnings\ndef mean(x):\n    print('hello')\n    print('careful', file=sys.stderr)\n    warnings.warn('hm')\n    return np.float32(sum(x) / len(x)).astype(object) * 1.0",
        primes="def primes(n):\n    return tuple(p for p in range(2, n) if all(p % q for q in range(2, p)))",
        make_adder="class Adder:\n    def __init__(self, n): self.n = n\n    def __call__(self, x): return x + self.n\ndef make_adder(n): return Adder(n)",
    )
    assert [cell.state for cell in got.values()] == [PASSED] * 6


def test_a_wrong_answer_loses_its_own_points_and_says_why(marks):
    got = marks(mean="def mean(x):\n    return x.sum() / 4")
    assert (got["mean"].state, got["mean"].points) == (FAILED, 0)
    assert got["mean"].message == "the mean of 1, 2, 6 is 3; you returned 2.25"
    assert not got["mean"].hidden
    assert [cell.state for name, cell in got.items() if name != "mean"] == [PASSED] * 5


def test_a_hidden_check_gives_the_authors_words_and_no_value(marks):
    got = marks(mean="def mean(x):\n    if x[0] == 1.0: return 3.0\n    return np.array(0.123)")["mean"]
    assert got.hidden
    assert got.message == "a hidden check failed: the mean of 1 numbers"
    assert "0.123" not in got.message
    got = marks(mean="def mean(x):\n    return 3.0 if x[0] == 1.0 else np.zeros((6, 5, 4))")["mean"]
    assert got.message == "a hidden check failed: n = 1: got shape \u2026"
    assert "AssertionError" in got.detail


def test_the_text_of_an_exception_is_shown_only_where_its_arguments_were_visible(marks):
    got = marks(mean="def mean(x):\n    raise ValueError(f'I saw {list(x)}')")["mean"]
    assert got.message.startswith("mean raised ValueError: I saw [")
    got = marks(mean="def mean(x):\n    if len(x) == 3: return 3.0\n    raise ValueError(f'I saw {list(x)}')")["mean"]
    assert got.message == "a hidden check failed: mean raised ValueError"


def test_partial_credit_is_the_last_number(marks):
    got = marks(primes="def primes(n):\n    return [] if n < 20 and n != 10 else [p for p in range(2, n) if all(p % q for q in range(2, p))]")
    assert (got["primes"].state, got["primes"].points) == (PASSED, 3)


def test_an_exception_of_the_right_class_is_seen_and_an_exit_is_not_one(marks):
    got = marks(root="class Negative(ValueError): pass\ndef root(x):\n    if x < 0: raise Negative\n    return x ** 0.5")
    assert got["root"].state == PASSED
    got = marks(root="def root(x):\n    if x < 0: exit(1)\n    return x ** 0.5")
    assert (got["root"].state, got["primes"].state) == (FAILED, PASSED)


def test_in_place_changes_are_seen_and_missing_ones_too(marks):
    assert "x itself must change" in marks(scale="def scale(x, factor):\n    x = x * factor")["scale"].message


def test_an_argument_that_cannot_change_may_stand_among_those_that_do(source, marks):
    cell = next(cell for cell in source.cells if "# examiner: inplace scale 0" in cell.source)
    cell.source = cell.source.replace("inplace scale 0", "inplace scale 0 1")
    assert marks()["scale"].state == PASSED


def test_a_returned_object_is_refused_where_the_key_returned_a_value(marks):
    got = marks(mean="class Any:\n    def __eq__(self, o): return True\n    def __float__(self): return 3.0\ndef mean(x): return Any()")["mean"]
    assert (got.state, got.points) == (FAILED, 0)
    assert "an object of type Any" in got.message


@pytest.mark.parametrize(
    ("body", "state"),
    [("while True: pass", TIMEOUT), ("return bytearray(900 * 2**20)", OUT_OF_MEMORY), ("import os; os._exit(0)", CRASHED),
     ("import sys; sys.exit(0)", FAILED), ("raise KeyboardInterrupt", FAILED), ("return 'x' * 10**7", FAILED)],
)  # fmt: skip
def test_a_death_costs_its_own_exercise_and_the_rest_is_marked(marks, body, state):
    got = marks(scale=f"def scale(x, factor):\n    {body}")
    assert (got["scale"].state, got["scale"].points) == (state, 0)
    assert [cell.state for name, cell in got.items() if name != "scale"] == [PASSED] * 5


def test_a_cell_that_never_ends_is_left_out_and_the_rest_is_marked(marks):
    got = marks(scale="while True:\n    pass")
    assert got["scale"].state == TIMEOUT
    assert "your cell 'scale' was stopped" in got["scale"].message
    assert [cell.state for name, cell in got.items() if name != "scale"] == [PASSED] * 5


def test_a_cell_that_does_not_parse_says_so(marks):
    got = marks(mean="def mean(x:\n    pass")["mean"]
    assert "your cell stopped with SyntaxError" in got.message
    assert "name 'mean' is not defined" in got.message


@pytest.mark.parametrize(
    "answer",
    ["def mean(x):\n    return np.mean(x)", "from numpy import mean as average\ndef mean(x):\n    return average(x)",
     "def mean(x):\n    return getattr(np, 'me' + 'an')(x)", "import importlib\ndef mean(x):\n    return importlib.import_module('statistics').mean(list(x))",
     "f = vars(np)['average']\ndef mean(x):\n    return f(x)"],
)  # fmt: skip
def test_a_forbidden_call_is_found_under_any_name(marks, answer):
    got = marks(mean=answer)
    assert (got["mean"].state, got["mean"].points) == (FORBIDDEN, 0)
    assert got["scale"].state == PASSED


def test_a_fault_of_the_test_is_the_graders_and_gives_and_takes_nothing(source, record):
    cell = next(cell for cell in source.cells if cell.id == "test_mean")
    cell.source = "float('nan') * mean(np.ones(2))"
    got = mark(source, source, record | {"handles": HANDLES})[0]
    assert (got.state, got.points) == (HARNESS_ERROR, 0)
    assert "partial credit" in got.detail


def test_marking_twice_gives_the_same(source, record):
    wrong = with_answers(source, {"mean": "def mean(x):\n    return hash('a') % 7 + np.random.rand() * 0"})
    first, second = (mark(source, wrong, record | {"handles": HANDLES}) for _ in range(2))
    assert first == second
