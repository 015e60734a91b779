"""Notebooks that were edited where nobody should edit: each is repaired, the repair is named, and no point is won or lost by it.

The answers are right for `total` and wrong elsewhere, so the mark must be 3 every time.
"""

import copy
import json

import pytest

from convgrade.errors import BadSubmission
from convgrade.notebook import read_submission
from convgrade.result import FAILED, PASSED

RIGHT = "def total(x):\n    return sum(x)"
PASS = "print('no check')"


def named(notebook, name):
    return next(cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == name)


def delete(notebook, *names):
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") not in names]


def edit(notebook, name, **changes):
    named(notebook, name).update(changes)


def role(notebook, name, **changes):
    named(notebook, name)["metadata"]["nbgrader"] = {**named(notebook, name)["metadata"]["nbgrader"], **changes}


def duplicate(notebook, name, source):
    cells = notebook["cells"]
    cells.insert(cells.index(named(notebook, name)) + 1, copy.deepcopy(named(notebook, name)) | {"source": source})


def insert(notebook, at, source, kind="code", **metadata):
    notebook["cells"].insert(at, {"cell_type": kind, "source": source, "metadata": metadata, "id": "new"})


EDITS = {
    "a deleted test": (lambda n: delete(n, "test_smooth"), "deleted: test_smooth"),
    "all tests deleted": (lambda n: delete(n, "test_total", "test_ramp", "test_smooth"), "deleted: test_ramp"),
    "a deleted set-up": (lambda n: delete(n, "setup"), "deleted: setup"),
    "a deleted answer": (lambda n: delete(n, "smooth"), "deleted: smooth"),
    "a test without checks": (lambda n: edit(n, "test_smooth", source=PASS), "edited: test_smooth"),
    "a test that ends with points": (lambda n: edit(n, "test_smooth", source="5.0"), "edited: test_smooth"),
    "a test with a letter that looks the same":
        (lambda n: edit(n, "test_ramp", source=named(n, "test_ramp")["source"].replace("assert", "\u0430ssert")), "edited: test_ramp"),
    "a test with marks that cannot be seen": (lambda n: edit(n, "test_ramp", source="\u200b\u202e" + PASS), "edited: test_ramp"),
    "a set-up that patches": (lambda n: edit(n, "setup", source="import numpy as np\nnp.testing.assert_allclose = print"), "edited: setup"),
    "a test made a text cell": (lambda n: edit(n, "test_smooth", cell_type="markdown"), "retyped: test_smooth"),
    "an answer made a text cell": (lambda n: edit(n, "total", cell_type="markdown"), "retyped: total"),
    "more points": (lambda n: role(n, "test_total", points=3000), "edited: points of test_total"),
    "points without end": (lambda n: role(n, "test_total", points=float("inf")), "edited: points of test_total"),
    "points that are a word": (lambda n: role(n, "test_total", points="all"), "edited: points of test_total"),
    "a test that is no test": (lambda n: role(n, "test_smooth", grade=False, points=0), "edited: role of test_smooth"),
    "an answer that grades itself": (lambda n: role(n, "smooth", grade=True, points=5), "edited: role of smooth"),
    "a second answer": (lambda n: duplicate(n, "smooth", "def smooth(x): return x"), "duplicated: smooth"),
    "a second test": (lambda n: duplicate(n, "test_smooth", PASS), "duplicated: test_smooth"),
    "an added cell with a test's name":
        (lambda n: insert(n, 0, PASS, nbgrader={"grade_id": "test_smooth", "grade": True, "solution": False, "points": 5}), "duplicated: test_smooth"),
    "cells in another order": (lambda n: n["cells"].reverse(), ""),
    "an answer in a text cell": (lambda n: insert(n, 3, "def smooth(x):\n    return x[1:] + x[:-1]", kind="markdown"), ""),
    "another kernel": (lambda n: n["metadata"].update(kernelspec={"name": "bash"}), "edited: kernel"),
    "a kernel that is a list": (lambda n: n["metadata"].update(kernelspec={"name": [[]]}), "edited: kernel"),
    "a front matter of its own": (lambda n: n["metadata"].update(convgrade={"exercises": {"smooth": {"points": 99}}}), ""),
    "a thousand cells": (lambda n: [insert(n, 1, "") for _ in range(1000)], ""),
    "a huge cell": (lambda n: insert(n, 1, "# " + "x" * 3_000_000), ""),
    "a magic that runs nothing": (lambda n: edit(n, "ramp", source="%%script true\n" + named(n, "ramp")["source"]), ""),
}  # fmt: skip


@pytest.mark.parametrize("what", EDITS)
def test_what_is_not_the_students_is_put_back_and_named(attack, submission, what):
    change, repaired = EDITS[what]
    notebook = submission(total=RIGHT)
    change(notebook)
    got = attack(notebook=notebook)
    assert got.points == {"total": 3, "ramp": 0, "smooth": 0}
    assert got.states == {"total": PASSED, "ramp": FAILED, "smooth": FAILED}
    assert repaired in got.repaired if repaired else all(one.startswith("edited: kernel") or not one for one in got.repaired)


WEIRD = [None, True, 0, -1, 1e308, "", "\ud800", "x", [], [[]], {}, {"a": []}, [None, 1, {"a": 2}]]


@pytest.mark.parametrize("where", ["source", "metadata", "id", "cell_type", "outputs", "nbgrader", "grade_id", "points", "kernelspec", "cell"])
def test_any_type_anywhere_is_read_and_costs_nothing(submission, attack, tmp_path, where):
    """Thirteen odd values, one in each of as many cells; the file is read from disk as `grade` reads it."""
    notebook = submission(total=RIGHT)
    for number, value in enumerate(WEIRD):
        cell = {"cell_type": "code", "source": "1", "metadata": {"nbgrader": {"grade_id": f"odd{number}"}}, "outputs": [], "id": f"i{number}"}
        if where in ("nbgrader", "kernelspec"):
            cell["metadata"]["nbgrader"] = value
            notebook["metadata"]["kernelspec"] = value
        elif where in ("grade_id", "points"):
            cell["metadata"]["nbgrader"][where] = value
        else:
            cell[where] = value
        if where == "cell_type" and value != "x":
            cell["id"] = cell["id"] if number % 2 else value
        notebook["cells"].append(value if where == "cell" else cell)
    path = tmp_path / "target.ipynb"
    path.write_text(json.dumps({**notebook, "nbformat": 4, "nbformat_minor": 5}))
    got = attack(notebook=read_submission(path))
    assert got.points == {"total": 3, "ramp": 0, "smooth": 0}


FILES = {
    "empty": b"",
    "no JSON": b"\x89PNG\r\n",
    "no UTF-8": b'{"cells": ["\xff"]}',
    "nested without end": b"[" * 100_000,
    "a number without end": b'{"nbformat": 4, "cells": ' + b"9" * 100_000 + b"}",
    "an old format": b'{"nbformat": 3, "worksheets": []}',
    "no cells": b'{"nbformat": 4, "cells": {}}',
    "cells without end": b'{"nbformat": 4, "cells": [' + b",".join([b"{}"] * 2001) + b"]}",
    "too large": b" " * (20 * 2**20 + 1),
    "a list": b"[]",
    "a word": b'"passed"',
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_is_no_notebook_is_refused_with_a_reason_and_a_remedy(tmp_path, what):
    path = tmp_path / "target.ipynb"
    path.write_bytes(FILES[what])
    with pytest.raises(BadSubmission) as refused:
        read_submission(path)
    assert str(path.name) in refused.value.message
    assert refused.value.hint
    (refused.value.message + refused.value.hint).encode("utf-8")


def test_another_assignments_notebook_is_refused_in_words_that_any_terminal_shows(attack):
    name = "\x1b[31m\ud800" + "x" * 10**6
    with pytest.raises(BadSubmission) as refused:
        attack(notebook={"cells": [{"cell_type": "code", "source": "", "metadata": {"nbgrader": {"grade_id": name}}, "id": ""}], "metadata": {}})
    assert refused.value.message.isascii()
    assert len(refused.value.message) < 1000
    assert "\x1b" not in refused.value.message
