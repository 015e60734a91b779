"""Reading submissions, and putting the student's cells back into the source."""

import copy
import json

import pytest

from convgrade.errors import BadSubmission, ReleaseRefused
from convgrade.markers import stub_source, without_hidden_tests
from convgrade.notebook import MAX_SUBMISSION_BYTES, Role, read_source, read_submission, restore


@pytest.fixture
def released(source):
    """The notebook that a student gets, as a plain dict."""
    notebook = copy.deepcopy(source)
    for cell in notebook.cells:
        if Role.of(cell).is_answer:
            cell.source = stub_source(cell.source, "t")
        elif Role.of(cell).is_test:
            cell.source = without_hidden_tests(cell.source)
    return json.loads(json.dumps(notebook))


def cell_of(notebook, name):
    return next(cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == name)


def put_back(source, submission):
    for cell in submission["cells"]:
        cell.setdefault("id", None)
    return restore(source, submission, "00_mean")


def test_an_untouched_notebook_needs_no_repair_and_gets_the_hidden_tests(source, released):
    restored = put_back(source, released)
    assert restored.repaired == ()
    assert cell_of(restored.notebook, "test_mean").source == cell_of(source, "test_mean").source
    assert "NotImplementedError" in cell_of(restored.notebook, "mean").source


def test_answers_are_taken_and_everything_else_is_put_back_and_named(source, released):
    cell_of(released, "mean")["source"] = "mean = 1"
    cell_of(released, "test_mean")["source"] = "pass"
    cell_of(released, "setup")["source"] = "import numpy as np\nnp.testing = None"
    cell_of(released, "test_root")["metadata"]["nbgrader"]["points"] = 99
    cell_of(released, "test_twice")["metadata"]["nbgrader"]["solution"] = True
    cell_of(released, "scale")["cell_type"] = "markdown"
    released["metadata"]["kernelspec"] = {"name": "evil"}
    released["cells"].remove(cell_of(released, "test_primes"))
    restored = put_back(source, released)
    assert cell_of(restored.notebook, "mean").source == "mean = 1"
    for name in ("test_mean", "setup", "test_root", "test_twice", "test_primes"):
        assert cell_of(restored.notebook, name) == cell_of(source, name)
    assert cell_of(restored.notebook, "scale").cell_type == "code"
    assert set(restored.repaired) == {
        "edited: test_mean", "edited: setup", "edited: points of test_root", "edited: role of test_twice",
        "retyped: scale", "edited: kernel", "deleted: test_primes",
    }  # fmt: skip


def test_added_cells_stay_where_they_were_and_a_second_answer_runs_after_the_first(source, released):
    extra = {"cell_type": "code", "source": "def helper(): pass", "metadata": {}}
    released["cells"].insert(released["cells"].index(cell_of(released, "mean")), extra)
    released["cells"].insert(released["cells"].index(cell_of(released, "mean")) + 1, {**cell_of(released, "mean"), "source": "second = 2"})
    restored = put_back(source, released)
    ids = [cell.id for cell in restored.notebook.cells]
    sources = [cell.source for cell in restored.notebook.cells]
    assert sources.index("def helper(): pass") < ids.index("mean") < sources.index("second = 2") < ids.index("test_mean")
    assert restored.repaired == ("duplicated: mean",)


def test_a_deleted_answer_does_not_hide_the_one_in_a_new_cell(source, released):
    cell_of(released, "mean")["metadata"] = {}
    restored = put_back(source, released)
    assert cell_of(restored.notebook, "mean").source == ""
    assert "deleted: mean" in restored.repaired
    assert any("def mean" in cell.source for cell in restored.notebook.cells)


def test_a_test_cell_that_the_student_adds_is_dropped(source, released):
    fake = {**cell_of(released, "test_mean"), "source": "print('all well')"}
    released["cells"].append(fake)
    restored = put_back(source, released)
    assert not any("all well" in cell.source for cell in restored.notebook.cells)
    assert restored.repaired == ("duplicated: test_mean",)


def test_a_notebook_of_another_assignment_is_said_to_be_one(source):
    other = {"cells": [{"cell_type": "code", "source": "x", "metadata": {"nbgrader": {"grade_id": "conv2d", "solution": True}}}], "metadata": {}}
    with pytest.raises(BadSubmission, match=r"none of the cells of 00_mean is in this notebook.*conv2d"):
        put_back(source, other)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "empty"), (b"not json", "not JSON"), (b"\xff\xfe", "not JSON"), (b"[1]", "not a notebook"), (b'{"cells": 3, "nbformat": 4}', "not a notebook"),
     (b'{"cells": [], "nbformat": 3}', "format 4"), (b"[" * 10**6, "not JSON")],
)  # fmt: skip
def test_files_that_are_no_notebooks_are_described(tmp_path, content, message):
    path = tmp_path / "a.ipynb"
    path.write_bytes(content)
    with pytest.raises(BadSubmission, match=message) as caught:
        read_submission(path)
    assert caught.value.hint


def test_a_huge_file_is_refused_by_its_size(tmp_path):
    path = tmp_path / "a.ipynb"
    with path.open("wb") as file:
        file.truncate(MAX_SUBMISSION_BYTES + 1)
    with pytest.raises(BadSubmission, match="at most 20 MB"):
        read_submission(path)


def test_strange_cells_do_no_harm(tmp_path):
    cells = [None, 3, {}, {"cell_type": 5, "source": 7, "metadata": []}, {"cell_type": "code", "source": ["a", 1, "b"], "metadata": {"nbgrader": 3}}]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4, "metadata": None}))
    assert [cell["source"] for cell in read_submission(path)["cells"]] == ["", "", "ab"]


def test_two_readings_of_a_source_are_equal_to_the_last_cell_id(source_path):
    assert read_source(source_path) == read_source(source_path)


def test_a_source_with_two_cells_of_one_name_is_refused(source_path, tmp_path):
    text = source_path.read_text().replace("grade_id: twice", "grade_id: mean")
    (tmp_path / "a.md").write_text(text)
    with pytest.raises(ReleaseRefused, match="two cells with grade_id 'mean'"):
        read_source(tmp_path / "a.md")
