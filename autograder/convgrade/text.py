"""Text for people: what a student wrote made safe to show, numbers, names of exercises."""

from __future__ import annotations

import re
from typing import Any

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

HEADING = re.compile(r"^#+\s*(.+?)\s*$", re.MULTILINE)
POINTS = re.compile(r"\s*\([^()]*point[^()]*\)$")


def printable(text: str, limit: int = 2000) -> str:
    """The text without colours, control characters and marks that turn the reading direction, cut to `limit` characters."""
    clean = CONTROLS.sub("", ESCAPES.sub("", text)).encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= limit else clean[:limit] + " ..."


def number(value: float) -> str:
    """Points without superfluous zeros: 7, 4.5, 1.33."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def title_above(cells: list[Any], index: int) -> str:
    """The nearest heading above a cell without its points, e.g. "Exercise 3.2: conv2d"; "" if there is none."""
    for cell in reversed(cells[:index]):
        if cell.cell_type == "markdown" and (headings := HEADING.findall(cell.source)):
            return POINTS.sub("", headings[-1])
    return ""
