"""A course with one small assignment: two exercises, one question for a person. No kernel runs here: results are made by hand."""

import dataclasses
import shutil

import nbformat
import pytest

from convgrade import _nbgrader
from convgrade.course import Course, write_atomically
from convgrade.notebook import read_source, read_submission, restore, to_json
from convgrade.result import FAILED, GRADED, PASSED, CellResult, SubmissionResult

STEM = "07_tiny"
SOURCE = '''---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3, language: python}
convgrade:
  title: Two tiny exercises
  minutes: 5
  exercises:
    double: {points: 3, forbidden: [numpy.multiply]}
    halve: {points: 4, forbidden: []}
---

# Two tiny exercises

```{code-cell} python
:nbgrader: {grade: false, grade_id: setup, locked: true, schema_version: 3, solution: false, task: false}
import numpy as np
```

## Exercise 7.1: twice (3 points)

```{code-cell} python
:nbgrader: {grade: false, grade_id: double, locked: false, schema_version: 3, solution: true, task: false}
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return x + x
    ### END SOLUTION
```

```{code-cell} python
:nbgrader: {grade: true, grade_id: test_double, locked: true, points: 3, schema_version: 3, solution: false, task: false}
assert double(2) == 4, "twice 2 is 4"
### BEGIN HIDDEN TESTS
secret_case = 1234
assert double(secret_case) == 2468
### END HIDDEN TESTS
```

## Exercise 7.2: half (4 points)

```{code-cell} python
:nbgrader: {grade: false, grade_id: halve, locked: false, schema_version: 3, solution: true, task: false}
def halve(x):
    """Half of x."""
    ### BEGIN SOLUTION
    return x / 2
    ### END SOLUTION
```

```{code-cell} python
:nbgrader: {grade: true, grade_id: test_halve, locked: true, points: 4, schema_version: 3, solution: false, task: false}
assert halve(2) == 1, "half of 2 is 1"
```

## Question 7.3 (2 points, read by a person)

Why is half of twice x equal to x?

+++ {"nbgrader": {"grade": true, "grade_id": "explain", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}}

Because one undoes the other.
'''


def make_source(course, text=SOURCE, stem=STEM):
    path = course.root / f"{stem}.md"
    path.write_text(text, encoding="utf-8")
    notebook = read_source(path)
    write_atomically(course.source(stem), to_json(notebook))
    write_atomically(course.release_record(stem), '{"title": "Two tiny exercises"}\n')
    return notebook


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A released course, made once; tests get copies."""
    course = Course.create(tmp_path_factory.mktemp("prepared") / "course")
    make_source(course)
    _nbgrader.generate_assignment(course, STEM)
    return course


@pytest.fixture
def course(prepared, tmp_path):
    shutil.copytree(prepared.root, tmp_path / "course")
    return Course.open(tmp_path / "course")


@pytest.fixture
def change_source():
    return make_source


@pytest.fixture
def source_text():
    return SOURCE


@pytest.fixture
def marked():
    """marked("ada", double=3, halve=1.5) -> a result; `states` overrides states, `key` names it."""

    def make(student, double=3.0, halve=4.0, key="k1", states=None, messages=None, **other):
        states, messages = states or {}, messages or {}
        cells = tuple(
            CellResult(f"test_{name}", name, states.get(name, PASSED if points == most else FAILED), float(points), float(most),
                       messages.get(name, "" if points == most else f"{name} is not right yet"))
            for name, points, most in (("double", double, 3), ("halve", halve, 4))
        )
        result = SubmissionResult(STEM, student, GRADED, sum(cell.points for cell in cells), 7.0, cells, key=key)
        return dataclasses.replace(result, **other)

    return make


@pytest.fixture
def submit(course):
    """submit("ada", answer="...") hands in the released notebook with an answer to the question; returns (restored notebook, path)."""

    def make(student, answer="They cancel.", timestamp="2026-03-01 12:00:00 UTC", edit=None):
        notebook = nbformat.read(course.released(STEM), as_version=4)
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") == "explain" and answer is not None:
                cell.source = answer
        if edit:
            edit(notebook)
        path = course.submitted(student, STEM)
        write_atomically(path, to_json(notebook))
        if timestamp:
            (path.parent / "timestamp.txt").write_text(timestamp, encoding="utf-8")
        source = nbformat.read(course.source(STEM), as_version=4)
        return restore(source, read_submission(path), STEM).notebook, path

    return make


@pytest.fixture
def stem():
    return STEM
