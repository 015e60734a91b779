"""Notebooks as data: reading an assignment's source, reading what a student sent, and putting the two together. Nothing runs here."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from .errors import BadSubmission, ReleaseRefused
from .markers import stub_source, without_hidden_tests

MAX_SUBMISSION_BYTES = 20 * 2**20
MAX_CELLS = 2000


@dataclass(frozen=True)
class Role:
    """What nbgrader's metadata says about a cell."""

    grade_id: str = ""
    grade: bool = False
    solution: bool = False
    points: float = 0.0

    @classmethod
    def of(cls, cell: Any) -> Role:
        data = cell.get("metadata", {}).get("nbgrader", {})
        if not isinstance(data, dict) or not isinstance(data.get("grade_id"), str):
            return cls()
        points = data.get("points")
        points = float(points) if isinstance(points, (int, float)) and abs(points) < 1e6 else 0.0
        return cls(data["grade_id"], data.get("grade") is True, data.get("solution") is True, points)

    @property
    def is_test(self) -> bool:
        return self.grade and not self.solution

    @property
    def is_answer(self) -> bool:
        return self.solution and not self.grade

    @property
    def is_manual(self) -> bool:
        return self.solution and self.grade


def read_source(path: Path) -> NotebookNode:
    """An assignment's text notebook, with cell ids that do not change from one reading to the next."""
    if not path.is_file():
        raise ReleaseRefused(f"no assignment source {path}", "a source is a MyST text notebook, solutions/NN_slug.md")
    notebook = jupytext.read(path)
    notebook.metadata.pop("jupytext", None)
    seen: set[str] = set()
    for number, cell in enumerate(notebook.cells):
        name = Role.of(cell).grade_id
        if name and name in seen:
            raise ReleaseRefused(f"{path.name} has two cells with grade_id {name!r}", "give each cell a grade_id of its own")
        seen.add(name)
        cell.id = name.replace(".", "-") if name else f"cell-{number}"
    notebook.nbformat_minor = 5
    return notebook


def read_submission(path: Path) -> dict[str, Any]:
    """What a student sent, as plain data: `cells` is a list of dicts with string sources. BadSubmission says why not.

    submitted/STUDENT/STEM/STEM.ipynb and the two folders above it may not be links: one could name the source, or a neighbour's work.
    """
    if any(part.is_symlink() for part in (path, path.parent, path.parent.parent)):
        raise BadSubmission(f"{path.name} of {path.parent.parent.name} is a link to somewhere else", "ask for the file itself")
    if not path.is_file():
        raise BadSubmission(f"there is no {path.name} in {path.parent}", "the notebook must keep the name of the assignment")
    size = path.stat().st_size
    if size == 0:
        raise BadSubmission(f"{path.name} is empty (0 bytes)", "ask for the file once more")
    if size > MAX_SUBMISSION_BYTES:
        raise BadSubmission(
            f"{path.name} is {size / 2**20:.0f} MB; at most {MAX_SUBMISSION_BYTES // 2**20} MB are read",
            "clear all outputs (Kernel, Restart and Clear Outputs), save and submit again",
        )
    try:
        data = json.loads(path.read_bytes().decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadSubmission(f"{path.name} is not JSON: {str(error)[:120]}", "submit the .ipynb file that JupyterLab saves") from error
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list) or data.get("nbformat") != 4:
        raise BadSubmission(f"{path.name} is JSON but not a notebook of format 4", "open it in JupyterLab, save it there and submit again")
    if len(data["cells"]) > MAX_CELLS:
        raise BadSubmission(f"{path.name} has {len(data['cells'])} cells; at most {MAX_CELLS} are read", "submit the assignment's notebook")
    cells = [clean for cell in data["cells"] if (clean := _clean_cell(cell))]
    return {"cells": cells, "metadata": _dict(data.get("metadata"))}


def _clean_cell(cell: Any) -> dict[str, Any] | None:
    if not isinstance(cell, dict):
        return None
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        source = ""
    source = source.encode("utf-8", "replace").decode("utf-8")
    kind, name = (text if isinstance(text := cell.get(key), str) else "" for key in ("cell_type", "id"))
    return {"cell_type": kind, "source": source, "metadata": _dict(cell.get("metadata")), "id": name}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Restored:
    """The notebook that is marked: the source's cells, the student's answers and additions; and what had to be put right."""

    notebook: NotebookNode
    repaired: tuple[str, ...]


def restore(source: NotebookNode, submission: dict[str, Any], stem: str) -> Restored:
    """Put the student's own cells into the source.

    Answers are matched by `grade_id`. Cells that the student added stay where they were and run there: a helper function in a new cell
    is part of the answer. Everything else (tests, set-up, prose, points, kernel) comes from the source, and every difference is named.
    """
    roles = {Role.of(cell).grade_id: Role.of(cell) for cell in source.cells if Role.of(cell).grade_id}
    by_name = {Role.of(cell).grade_id: cell for cell in source.cells}
    prose = {cell.id for cell in source.cells}
    answers: dict[str, str] = {}
    added: dict[str, list[dict[str, Any]]] = {}
    repaired: list[str] = []
    anchor = ""
    for cell in submission["cells"]:
        name = Role.of(cell).grade_id
        role = roles.get(name)
        if role is None or name in answers:
            if role is not None:
                repaired.append(f"duplicated: {name}")
            of_the_source = cell["cell_type"] != "code" and cell["id"] in prose
            if (role is None or role.is_answer) and cell["source"].strip() and not of_the_source:
                added.setdefault(anchor, []).append(cell)
            continue
        anchor = name
        answers[name] = cell["source"]
        repaired += _differences(by_name[name], role, cell)
    if not any(roles[name].solution for name in answers):
        raise BadSubmission(
            f"none of the cells of {stem} is in this notebook (its cells: {_names(submission)})",
            f"it may be another assignment's notebook; submit the one named {stem}.ipynb",
        )
    repaired += [f"deleted: {name}" for name in roles if name not in answers]
    if _kernel(submission["metadata"]) not in ("", _kernel(source.metadata)):
        repaired.append("edited: kernel")
    return Restored(_assemble(source, answers, added), tuple(dict.fromkeys(repaired)))


def _assemble(source: NotebookNode, answers: dict[str, str], added: dict[str, list[dict[str, Any]]]) -> NotebookNode:
    notebook = NotebookNode(copy.deepcopy({key: value for key, value in source.items() if key != "cells"}))
    count = 0
    notebook.cells = []

    def add_extra(anchor: str) -> None:
        nonlocal count
        for cell in added.get(anchor, []):
            make = new_code_cell if cell["cell_type"] == "code" else new_markdown_cell
            count += 1
            notebook.cells.append(make(cell["source"], id=f"added-{count}"))

    add_extra("")
    for original in source.cells:
        cell = copy.deepcopy(original)
        role = Role.of(cell)
        if role.solution:
            cell.source = answers.get(role.grade_id, "")
        notebook.cells.append(cell)
        if role.grade_id:
            add_extra(role.grade_id)
    return notebook


def _differences(original: NotebookNode, role: Role, cell: dict[str, Any]) -> list[str]:
    found = []
    if cell["cell_type"] != original.cell_type:
        found.append(f"retyped: {role.grade_id}")
    if not role.solution and cell["source"].strip() != without_hidden_tests(original.source).strip():
        found.append(f"edited: {role.grade_id}")
    theirs = Role.of(cell)
    if role.grade and theirs.points != role.points:
        found.append(f"edited: points of {role.grade_id}")
    if (theirs.grade, theirs.solution) != (role.grade, role.solution):
        found.append(f"edited: role of {role.grade_id}")
    return found


def _names(submission: dict[str, Any]) -> str:
    names = [Role.of(cell).grade_id for cell in submission["cells"]]
    return ", ".join([ascii(name[:40])[1:-1] for name in names if name][:6]) or "none with a grade_id"


def _kernel(metadata: Any) -> str:
    name = _dict(metadata.get("kernelspec")).get("name", "")
    return name if isinstance(name, str) else "unknown"


def with_answers(source: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    """The source with some solution cells replaced: how stubs, mutants and alternatives are made."""
    notebook = copy.deepcopy(source)
    for cell in notebook.cells:
        if (name := Role.of(cell).grade_id) in answers:
            cell.source = answers[name]
    return notebook


def stub(source: NotebookNode) -> NotebookNode:
    """The source with every solution replaced by the error that names the task."""
    answers = [cell for cell in source.cells if Role.of(cell).is_answer]
    return with_answers(source, {Role.of(cell).grade_id: stub_source(cell.source, "stub") for cell in answers})


def to_json(notebook: NotebookNode) -> str:
    return nbformat.writes(notebook, version=4) + "\n"


def from_json(text: str) -> NotebookNode:
    return nbformat.reads(text, as_version=4)
