"""What a student may learn from a hidden check that failed: the author's own words, and nothing that was computed from an answer.

An author writes `assert ok, f"n = {n}: got shape {np.shape(got)}"`. In a hidden check the first number is the author's, the second comes
from the student, who could carry a hidden input out with it. So in hidden lines everything in a message that depends on what a student's
function returned is replaced by an ellipsis, and of numpy.testing's report only the author's `err_msg` is kept.
"""

from __future__ import annotations

import ast
from typing import Any

HIDDEN = "…"
TESTING_TAIL = ("Mismatched elements", "(shapes", "(dtypes", "nan location", "inf location", "x and y", " ACTUAL", "Max absolute", "First ")


def safe_hints(tree: ast.Module, hidden: set[int], student_names: set[str]) -> ast.Module:
    """The same test with the messages of its hidden lines made safe."""
    tainted = _tainted(tree, student_names)
    for node in ast.walk(tree):
        if getattr(node, "lineno", None) not in hidden:
            continue
        if isinstance(node, ast.Assert) and node.msg is not None:
            node.msg = _Cover(tainted).visit(node.msg)
        elif isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg in ("err_msg", "msg"):
                    keyword.value = _Cover(tainted).visit(keyword.value)
    return ast.fix_missing_locations(tree)


def _tainted(tree: ast.Module, student_names: set[str]) -> set[str]:
    """Names whose value depends on what a student's function returned."""
    tainted = set(student_names)
    while True:
        size = len(tainted)
        for node in ast.walk(tree):
            if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr)) and node.value and _uses(node.value, tainted):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                tainted |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
            elif isinstance(node, (ast.For, ast.comprehension)) and _uses(node.iter, tainted):
                tainted |= {name.id for name in ast.walk(node.target) if isinstance(name, ast.Name)}
            elif isinstance(node, ast.ExceptHandler) and node.name:
                tainted.add(node.name)
        if len(tainted) == size:
            return tainted


def _uses(node: ast.AST, names: set[str]) -> bool:
    return any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node))


class _Cover(ast.NodeTransformer):
    """Replaces the parts of a message that depend on tainted names."""

    def __init__(self, tainted: set[str]) -> None:
        self.tainted = tainted

    def visit(self, node: Any) -> Any:
        if isinstance(node, ast.JoinedStr):
            return self.generic_visit(node)
        if isinstance(node, ast.BinOp):
            return self.generic_visit(node)
        if isinstance(node, (ast.FormattedValue, ast.expr)) and _uses(node, self.tainted):
            return ast.copy_location(ast.Constant(HIDDEN), node)
        return node


def hint_of(error: Exception) -> str:
    """The author's words in an exception that a hidden check raised."""
    if not isinstance(error, AssertionError):
        return f"the check stopped with {type(error).__name__}"
    lines = str(error).strip().splitlines()
    if lines and lines[0].startswith(("Not equal to tolerance", "Arrays are not", "Items are not equal", "Arrays are not equal")):
        words = []
        for line in lines[1:]:
            if any(tail in line for tail in TESTING_TAIL):
                break
            words.append(line)
        return " ".join(words).strip() or "the values differ"
    return "\n".join(lines)
