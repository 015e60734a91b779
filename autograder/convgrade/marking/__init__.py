"""Marking one submission: the runner computes inside the sandbox, the examiner judges outside it."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

from ..notebook import Role
from ..result import CellResult
from ..sandbox import Limits
from .examiner import Examiner
from .session import CellRun, Session


def mark(source: NotebookNode, notebook: NotebookNode, record: dict[str, Any], sandboxed: bool = True, seed: int = 0,
         handles_seen: dict[str, list[str]] | None = None) -> list[CellResult]:  # fmt: skip
    """Mark a restored notebook against its source. The notebook's code cells get the text they printed as outputs.

    handles_seen   filled with the calls that gave back an object with behaviour, test by test: what `release` records of the key
    """
    session = Session(notebook, Limits.of(record.get("limits")), sandboxed, seed)
    try:
        examiner = Examiner(source, notebook, session, record)
        cells = examiner.mark_all()
        if handles_seen is not None:
            handles_seen |= examiner.handles_seen
    finally:
        session.close()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [] if Role.of(cell).is_test else _outputs(session.runs.get(cell.id, CellRun()))
    return cells


def _outputs(run: CellRun) -> list[NotebookNode]:
    outputs = [new_output("stream", name=name, text=text) for name, text in (("stdout", run.stdout), ("stderr", run.stderr)) if text]
    if run.fault is not None:
        state, text = run.fault.state, run.fault.message
        outputs.append(new_output("error", ename=state, evalue=text, traceback=[f"{state}: {text}"]))
    return outputs
