"""The marks that an author leaves in a cell, read in one place.

    ### BEGIN SOLUTION ... ### END SOLUTION              replaced by an error that names the task
    ### BEGIN HIDDEN TESTS ... ### END HIDDEN TESTS      left out of what students get
    # examiner: inplace f 0                              argument 0 of f is copied back after the call
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .errors import ReleaseRefused

HEADING = re.compile(r"^#+\s*((?:Exercise|Question)\s+[\d.]+)", re.MULTILINE)
INPLACE = re.compile(r"^\s*#\s*examiner:\s*(.*?)\s*$", re.MULTILINE)


def _regions(source: str, what: str) -> Iterator[tuple[int, int]]:
    """Line numbers (begin, end) of each marked region, both marker lines included."""
    begin = None
    for number, line in enumerate(source.splitlines()):
        mark = line.strip()
        if mark == f"### BEGIN {what}":
            if begin is not None:
                raise ReleaseRefused(f"line {number + 1}: BEGIN {what} inside another", f"close the region before it with ### END {what}")
            begin = number
        elif mark == f"### END {what}":
            if begin is None:
                raise ReleaseRefused(f"line {number + 1}: END {what} without a BEGIN", f"write ### BEGIN {what} above it")
            yield begin, number
            begin = None
    if begin is not None:
        raise ReleaseRefused(f"line {begin + 1}: BEGIN {what} is never closed", f"write ### END {what} below it")


def _replace(source: str, what: str, replacement: str | None) -> str:
    lines = source.splitlines()
    for begin, end in reversed(list(_regions(source, what))):
        indent = lines[begin][: len(lines[begin]) - len(lines[begin].lstrip())]
        lines[begin : end + 1] = [] if replacement is None else [indent + replacement]
    return "\n".join(lines)


def has_solution(source: str) -> bool:
    return any(True for _ in _regions(source, "SOLUTION"))


def stub_source(source: str, title: str) -> str:
    """The cell as a student gets it: each solution is an error that names the task."""
    return _replace(source, "SOLUTION", f'raise NotImplementedError("{title}")')


def without_markers(source: str) -> str:
    """The cell with its solution, but without the marker lines."""
    return "\n".join(line for line in source.splitlines() if line.strip() not in ("### BEGIN SOLUTION", "### END SOLUTION"))


def without_hidden_tests(source: str) -> str:
    return _replace(source, "HIDDEN TESTS", None).rstrip("\n")


def hidden_lines(source: str) -> set[int]:
    """Numbers (from 1) of the lines that students never see."""
    return {line + 1 for begin, end in _regions(source, "HIDDEN TESTS") for line in range(begin, end + 1)}


def inplace_arguments(source: str) -> dict[str, list[int]]:
    """{function: positions of the arguments that are copied back}, from lines `# examiner: inplace f 0 2`."""
    found: dict[str, list[int]] = {}
    for directive in INPLACE.findall(source):
        words = directive.split()
        if len(words) < 3 or words[0] != "inplace" or not all(word.isdigit() for word in words[2:]):
            hint = "write `# examiner: inplace FUNCTION POSITION ...`, positions from 0"
            raise ReleaseRefused(f"cannot read `# examiner: {directive}`", hint)
        found.setdefault(words[1], []).extend(int(word) for word in words[2:])
    return found


def exercise_title(cells: list, index: int) -> str:
    """What the stub's error says, e.g. "Exercise 3.2: conv2d": the nearest heading above, and the cell's name."""
    name = cells[index].metadata.get("nbgrader", {}).get("grade_id", "")
    for cell in reversed(cells[:index]):
        if cell.cell_type == "markdown" and (heading := HEADING.findall(cell.source)):
            return f"{heading[-1].rstrip('.')}: {name}"
    return name
