"""One submission file marked in a process of its own. Imports nothing of nbgrader, so that such a process starts quickly."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..notebook import from_json, read_submission, restore, to_json
from ..result import CellResult
from . import mark


@dataclass(frozen=True)
class Marked:
    """What a marking process brings back: the cells' results, and the notebook that was marked, as JSON."""

    cells: tuple[CellResult, ...]
    repaired: tuple[str, ...]
    notebook: str
    seconds: float


def mark_file(source: Path, submission: Path, record: dict[str, Any], sandbox: bool, seed: int) -> Marked:
    """In a process of its own: restore one submission and mark it."""
    begin = time.monotonic()
    original = from_json(source.read_text(encoding="utf-8"))
    restored = restore(original, read_submission(submission), record["assignment"])
    cells = mark(original, restored.notebook, record, sandbox, seed)
    return Marked(tuple(cells), restored.repaired, to_json(restored.notebook), round(time.monotonic() - begin, 2))
