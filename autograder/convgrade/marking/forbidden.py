"""Calls that an exercise forbids, found in the syntax tree. (At run time the watch in the sandbox finds them under any name.)"""

from __future__ import annotations

import ast

from nbformat import NotebookNode

from ..notebook import Role


def find(notebook: NotebookNode, exercise: str, names: list[str]) -> str | None:
    """The first forbidden name that the exercise's own cell uses, or None. A cell that does not parse uses nothing."""
    aliases: dict[str, str] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and not Role.of(cell).is_test:
            aliases |= _imports(_parse(cell.source))
    for cell in notebook.cells:
        if Role.of(cell).grade_id == exercise:
            tree = _parse(cell.source)
            for node in ast.walk(tree):
                dotted = _dotted(node, aliases)
                for name in names:
                    if dotted is not None and (dotted == name or dotted.startswith(name + ".")):
                        return name
            for imported in _imports(tree).values():
                for name in names:
                    if imported == name or imported.startswith(name + "."):
                        return name
    return None


def _parse(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module(body=[], type_ignores=[])


def _imports(tree: ast.Module) -> dict[str, str]:
    """{local name: dotted name} of every import in the tree."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                found[one.asname or one.name.partition(".")[0]] = one.name if one.asname else one.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return found


def _dotted(node: ast.AST, aliases: dict[str, str]) -> str | None:
    """`F.conv2d` as "torch.nn.functional.conv2d", if F was imported so."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in aliases:
        return None
    return ".".join([aliases[node.id], *reversed(parts)])
