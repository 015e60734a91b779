"""What a student may learn from a hidden check that failed: the author's own words, and nothing that was computed from an answer.

An author writes `assert ok, f"n = {n}: got shape {np.shape(got)}"`. In a hidden check the first number is the author's, the second comes
from the student, who could carry a hidden input out with it. So in hidden lines everything in a message that depends on what a student's
function returned is replaced by an ellipsis. Of numpy.testing's report only the author's `err_msg` is kept, of other libraries' nothing.
"""

from __future__ import annotations

import ast
import traceback
from typing import Any

HIDDEN = "…"
NUMPY_REPORTS = ("Not equal to tolerance", "Arrays are not", "Items are not equal")
TESTING_TAIL = (
    "Mismatched elements", "Mismatch at", "(shapes", "(dtypes", "nan location", "inf location", "x and y", " ACTUAL", "Max absolute",
    "First ",
)  # fmt: skip


def safe_hints(tree: ast.Module, hidden: set[int], student_names: set[str]) -> ast.Module:
    """The same test with the messages of its hidden lines made safe."""
    tainted = _tainted(tree, student_names)
    for node in ast.walk(tree):
        if getattr(node, "lineno", None) not in hidden:
            continue
        if isinstance(node, ast.Assert) and node.msg is not None:
            node.msg = _Cover(tainted).visit(node.msg)
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            node.exc.args = [_Cover(tainted).visit(one) for one in node.exc.args]
        elif isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg in ("err_msg", "msg"):
                    keyword.value = _Cover(tainted).visit(keyword.value)
            if _last_name(node.func).startswith("assert"):
                node.args[2:] = [_Cover(tainted).visit(one) for one in node.args[2:]]
    return ast.fix_missing_locations(tree)


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _tainted(tree: ast.Module, student_names: set[str]) -> set[str]:
    """Names whose value depends on what a student's function returned."""
    tainted, modules = set(student_names), _modules(tree)
    while True:
        size = len(tainted)
        for node in ast.walk(tree):
            if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr)) and node.value and _uses(node.value, tainted):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                tainted |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
            elif isinstance(node, (ast.For, ast.comprehension)) and _uses(node.iter, tainted):
                tainted |= {name.id for name in ast.walk(node.target) if isinstance(name, ast.Name)}
            elif isinstance(node, ast.ExceptHandler):
                tainted |= {node.name} if node.name else set()
            elif isinstance(node, ast.FunctionDef):
                tainted |= {node.name} if any(_uses(part, tainted) for part in node.body) else set()
            elif isinstance(node, ast.withitem) and node.optional_vars and _uses(node.context_expr, tainted):
                tainted |= {name.id for name in ast.walk(node.optional_vars) if isinstance(name, ast.Name)}
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and any(_uses(one, tainted) for one in node.args):
                tainted |= {name.id for name in ast.walk(node.func) if isinstance(name, ast.Name)} - modules    # got.append(f(x))
        if len(tainted) == size:
            return tainted


def _modules(tree: ast.Module) -> set[str]:
    """Names that stand for a module or a part of one: what is imported, and NumPy's usual name, which set-up cells import."""
    imports = [one for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom)) for one in node.names]
    return {"np", "torch"} | {one.asname or one.name.partition(".")[0] for one in imports}


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


def hint_of(error: Exception, filename: str, hidden: set[int]) -> str:
    """The author's words in an exception that a hidden check raised, in the test cell compiled under `filename`."""
    if not isinstance(error, AssertionError):
        return f"the check stopped with {type(error).__name__}"
    frames = traceback.extract_tb(error.__traceback__)
    inner = [frame.lineno for frame in frames if frame.filename == filename][-1:]
    if not inner or inner[0] not in hidden:
        return "a check did not hold"    # in a line whose message may hold what the student returned
    lines = str(error).strip().splitlines()
    if frames[-1].filename == filename:
        return "\n".join(lines)
    words = []
    if lines and lines[0].startswith(NUMPY_REPORTS):
        for line in lines[1:]:
            if any(tail in line for tail in TESTING_TAIL):
                break
            words.append(line)
    return " ".join(words).strip() or "the values differ"
