"""The marks in a cell: solutions, hidden tests, in-place arguments, titles."""

import pytest

from convgrade import markers
from convgrade.errors import ReleaseRefused

CELL = "def f(x):\n    '''Doc.'''\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION"
TEST = "assert a\n### BEGIN HIDDEN TESTS\nassert b\n### END HIDDEN TESTS\nassert c"


def test_the_stub_raises_an_error_that_names_the_task():
    assert markers.stub_source(CELL, "Exercise 3.2: f") == 'def f(x):\n    \'\'\'Doc.\'\'\'\n    raise NotImplementedError("Exercise 3.2: f")'


def test_hidden_tests_are_left_out_and_their_lines_known():
    assert markers.without_hidden_tests(TEST) == "assert a\nassert c"
    assert markers.hidden_lines(TEST) == {2, 3, 4}


@pytest.mark.parametrize("text", ["### BEGIN SOLUTION\nx", "x\n### END SOLUTION", "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION"])
def test_unbalanced_marks_are_refused(text):
    with pytest.raises(ReleaseRefused, match="SOLUTION"):
        markers.stub_source(text, "t")


def test_inplace_lines_are_read_and_bad_ones_refused():
    assert markers.inplace_arguments("# examiner: inplace f 0 2\nf(x)\n# examiner: inplace g 1") == {"f": [0, 2], "g": [1]}
    with pytest.raises(ReleaseRefused, match="inplace f one"):
        markers.inplace_arguments("# examiner: inplace f one")


def test_the_title_comes_from_the_heading_above(source):
    index = next(i for i, cell in enumerate(source.cells) if cell.id == "twice")
    assert markers.exercise_title(source.cells, index) == "Exercise 0.3: twice"
