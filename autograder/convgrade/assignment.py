"""The sources of assignments: which there are, what grading must know of each, and the answers that test its tests."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from .errors import ReleaseRefused, UnknownAssignment
from .fingerprint import fingerprint
from .notebook import Role, to_json
from .sandbox import Limits


def known_stems(solutions: Path, stems: list[str]) -> list[str]:
    """The stems asked for, or all there are; UnknownAssignment names the nearest folder of sources."""
    there = sorted(path.stem for path in solutions.glob("*.md"))
    if not there:
        hint = "run this where `solutions/` lies, or name it with --solutions"
        raise UnknownAssignment(f"no assignment sources in {solutions.resolve()}", hint)
    for stem in stems:
        if stem not in there:
            raise UnknownAssignment(f"no assignment {stem!r} in {solutions}", f"there are: {', '.join(there)}")
    return stems or there


def make_record(source: NotebookNode, stem: str) -> dict[str, Any]:
    """What grading needs to know beside the notebook; `handles` is added after the key has been run."""
    front = source.metadata.get("convgrade", {})
    if missing := [name for name in ("title", "minutes", "exercises") if not front.get(name)]:
        raise ReleaseRefused(f"{stem}: the front matter lacks convgrade: {', '.join(missing)}", "see another assignment's front matter")
    exercises = {}
    for name, one in front["exercises"].items():
        exercises[name] = {"points": float(one["points"]), "forbidden": list(one.get("forbidden", []))}
    manual = {Role.of(cell).grade_id: Role.of(cell).points for cell in source.cells if Role.of(cell).is_manual}
    return {
        "assignment": stem, "title": front["title"], "minutes": front["minutes"], "exercises": exercises, "manual": manual,
        "points": sum(one["points"] for one in exercises.values()), "limits": Limits.of(front.get("limits")).to_dict(),
        "hash": fingerprint(to_json(source)),
    }  # fmt: skip


def announce_forbidden(source: NotebookNode, record: dict[str, Any]) -> None:
    """Write under each exercise's statement what may not be called in it, so that nobody loses points to a rule he was not told."""
    statement = None
    for cell in source.cells:
        role = Role.of(cell)
        if cell.cell_type == "markdown":
            statement = cell
        elif role.is_answer and statement is not None and (names := record["exercises"][role.grade_id]["forbidden"]):
            listed = ", ".join(f"`{name}`" for name in names)
            statement.source += f"\n\nTo be written by yourself; not to be called in this exercise: {listed}."


@dataclass(frozen=True)
class Variant:
    """One answer to one exercise: `conv2d__flips_the_kernel` is the mutant `flips_the_kernel` of `conv2d`."""

    name: str
    exercise: str
    source: str


def read_variants(path: Path) -> list[Variant]:
    """Every function NAME__what of a module, as the cell that a student would hand in: the module's imports and helpers, then NAME."""
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, str(path))
    lines = text.splitlines()
    variants: list[Variant] = []
    helpers: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
        block = "\n".join(lines[first - 1 : node.end_lineno])
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and "__" in node.name.strip("_"):
            exercise = node.name.partition("__")[0]
            variants.append(Variant(node.name, exercise, re.sub(rf"\b{node.name}\b", exercise, block)))
        else:
            helpers[getattr(node, "name", f"line {first}")] = block
    return [Variant(one.name, one.exercise, "\n\n\n".join([*_used(helpers, one.source), one.source])) for one in variants]


def _used(helpers: dict[str, str], source: str) -> list[str]:
    """The module's imports and constants, and those of its functions that the answer needs, in their order."""
    needed = {name for name in helpers if name.startswith("line ")}
    while True:
        text = "\n".join([source, *(helpers[name] for name in needed)])
        more = {name for name in helpers if name not in needed and re.search(rf"\b{name}\b", text)}
        if not more:
            return [block for name, block in helpers.items() if name in needed]
        needed |= more
