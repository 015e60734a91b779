"""Each rule for tests finds the mistake it stands for, and a clean assignment breaks none."""

import pytest

from convgrade.notebook import Role
from convgrade.rules import broken_rules


def change(source, name, old, new):
    cell = next(cell for cell in source.cells if Role.of(cell).grade_id == name)
    assert old in cell.source
    cell.source = cell.source.replace(old, new, 1)
    return broken_rules(source)


def test_a_clean_assignment_breaks_no_rule(source):
    assert broken_rules(source) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("test_mean", "assert abs(float(got) - 3.0) <= 1e-12", "assert mean(x)", "asserts a student's value as it is"),
        ("test_mean", "assert abs(float(got) - 3.0) <= 1e-12", "assert got", "asserts a student's value as it is"),
        ("test_mean", "assert abs(float(got) - 3.0) <= 1e-12", "assert not got", "asserts a student's value as it is"),
        ("test_mean", "assert abs(float(got) - 3.0) <= 1e-12", "assert not abs(got - 3.0) > 1e-12", "holds for NaN"),
        ("test_mean", "assert abs(float(got) - 3.0) <= 1e-12", "assert abs(float(got) - x_of_another_cell) <= 1", "neither set-up cells nor this test"),
        ("test_mean", "got = mean(", "import inspect\ngot = mean(", "imports inspect"),
        ("test_twice", "twice(square, 3.0)", "twice(lambda x: x * x, 3.0)", "passes a function made in the test"),
        ("test_primes", "float(right)", "primes(5)", "ends with a student's value"),
        ("test_primes", "float(right)", "got", "ends with a student's value"),
        ("test_mean", "### BEGIN HIDDEN TESTS", "", "END HIDDEN TESTS without a BEGIN"),
        ("test_scale", "inplace scale 0", "inplace skale 0", "names no function of the student's"),
        ("setup", "import numpy as np", "from numpy import *", r"imports with \*"),
        ("setup", "import numpy as np", "%matplotlib inline", "not plain Python"),
        ("mean", "### BEGIN SOLUTION", "", "SOLUTION"),
        ("mean", "def mean", "def average", "does not define mean"),
    ],
)
def test_a_broken_rule_is_named(source, name, old, new, message):
    from convgrade.errors import ReleaseRefused

    try:
        found = change(source, name, old, new)
    except ReleaseRefused as error:
        found = [error.message]
    with pytest.raises(AssertionError, match=message):
        assert found == []


def test_a_test_without_hidden_tests_is_named(source):
    cell = next(cell for cell in source.cells if cell.id == "test_root")
    cell.source = cell.source.partition("### BEGIN")[0]
    assert broken_rules(source) == ["test_root: has no hidden tests, so an answer may know every case"]


def test_points_that_disagree_and_cells_without_a_name_are_named(source):
    source.metadata["convgrade"]["exercises"]["root"]["points"] = 7
    next(cell for cell in source.cells if cell.id == "setup").metadata = {"nbgrader": {}}
    found = broken_rules(source)
    assert "root: the front matter says 7 points, the test cell 1" in found
    assert any("has no grade_id" in one for one in found)


def test_an_exercise_that_builds_on_none_or_on_itself_is_named(source):
    source.metadata["convgrade"]["exercises"]["root"]["builds_on"] = ["mean", "root", "ghost"]
    assert broken_rules(source) == ["root: builds on 'root', which is no other exercise", "root: builds on 'ghost', which is no other exercise"]


def test_an_exercise_without_its_cells_is_named(source):
    source.metadata["convgrade"]["exercises"]["ghost"] = {"points": 1}
    assert broken_rules(source) == ["ghost: an exercise needs a solution cell 'ghost' and a test cell 'test_ghost'"]
