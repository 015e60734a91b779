"""Rules that an assignment must keep before it is released; each stands for a way in which marks went wrong somewhere."""

from __future__ import annotations

import ast
import builtins

from nbformat import NotebookNode

from .markers import has_solution, inplace_arguments, without_hidden_tests
from .marking.session import defined_names
from .notebook import Role

NOT_IN_TESTS = ("inspect", "unittest", "importlib", "pytest", "subprocess", "ctypes")


def broken_rules(source: NotebookNode) -> list[str]:
    """Every broken rule, in words, with the cell it is in. An empty list is a clean assignment."""
    cells = [cell for cell in source.cells if cell.cell_type == "code"]
    exercises = dict(source.metadata.get("convgrade", {}).get("exercises", {}))
    found = _structure(cells, exercises)
    if found:
        return found
    given: set[str] = set()
    students: set[str] = set()
    for cell in cells:
        role = Role.of(cell)
        if not role.grade and not role.solution:
            given |= _bound(ast.parse(cell.source))
        elif role.is_answer:
            students |= defined_names(cell.source)
    for cell in cells:
        if Role.of(cell).is_test:
            found += [f"{Role.of(cell).grade_id}: {text}" for text in _test_rules(cell.source, students, given)]
    return found


def _structure(cells: list[NotebookNode], exercises: dict) -> list[str]:
    found = []
    tests = {Role.of(cell).grade_id: Role.of(cell) for cell in cells if Role.of(cell).is_test}
    answers = {Role.of(cell).grade_id: cell for cell in cells if Role.of(cell).is_answer}
    for number, cell in enumerate(cells):
        role = Role.of(cell)
        name = role.grade_id or f"code cell {number + 1}"
        try:
            tree = ast.parse(cell.source)
        except SyntaxError as error:
            found.append(f"{name}: is not plain Python (line {error.lineno}); magics do not run in the examiner")
            continue
        if not role.grade_id:
            found.append(f"{name}: has no grade_id; without one it cannot be put back into a submission")
        if any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(tree)):
            found.append(f"{name}: imports with *; name what is imported")
        if not role.is_answer and cell.metadata["nbgrader"].get("locked") is not True:
            found.append(f"{name}: is not locked")
    for name, exercise in exercises.items():
        if name not in answers or f"test_{name}" not in tests:
            found.append(f"{name}: an exercise needs a solution cell {name!r} and a test cell 'test_{name}'")
        elif tests[f"test_{name}"].points != exercise.get("points") or not exercise.get("points"):
            found.append(f"{name}: the front matter says {exercise.get('points')} points, the test cell {tests[f'test_{name}'].points:g}")
        elif not has_solution(answers[name].source):
            found.append(f"{name}: has no ### BEGIN SOLUTION, so its answer would be released")
        elif name not in defined_names(answers[name].source):
            found.append(f"{name}: its cell does not define {name}")
        found += [f"{name}: builds on {other!r}, which is no other exercise" for other in exercise.get("builds_on", [])
                  if other == name or other not in exercises]
    found += [f"{name}: no exercise of that name in the front matter" for name in answers if name not in exercises]
    found += [f"{name}: no exercise of that name in the front matter" for name in tests if name.removeprefix("test_") not in exercises]
    return found


def _test_rules(source: str, students: set[str], given: set[str]) -> list[str]:
    tree = ast.parse(source)
    found = []
    answers = _answers(tree, students)
    if without_hidden_tests(source).strip() == source.strip():
        found.append("has no hidden tests, so an answer may know every case")
    known = _bound(tree) | students | given | set(dir(builtins))
    free = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - known)
    found += [f"uses {name!r}, which neither set-up cells nor this test define" for name in free]
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            found += _assert_rules(node.test, students, answers)
        elif isinstance(node, ast.Import) and (bad := [one.name for one in node.names if one.name.partition(".")[0] in NOT_IN_TESTS]):
            found.append(f"line {node.lineno}: imports {bad[0]}; a test sees values, not the student's interpreter")
        elif isinstance(node, ast.Call) and _is_student(node.func, students):
            made = {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)}
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                if isinstance(argument, ast.Lambda) or (isinstance(argument, ast.Name) and argument.id in made):
                    found.append(f"line {node.lineno}: passes a function made in the test; define it in a locked set-up cell")
    if not any(isinstance(node, ast.Call) and _is_student(node.func, students) for node in ast.walk(tree)):
        found.append("never calls a student's function")
    last = tree.body[-1]
    if isinstance(last, ast.Expr) and _is_bare(last.value, students, answers):
        found.append(f"line {last.lineno}: ends with a student's value, which would count as points; end with an assertion")
    unknown = sorted(set(inplace_arguments(source)) - students)
    found += [f"`# examiner: inplace {name}` names no function of the student's" for name in unknown]
    return found


def _assert_rules(test: ast.expr, students: set[str], answers: set[str]) -> list[str]:
    inner = test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else test
    if _is_bare(inner, students, answers):
        return [f"line {test.lineno}: asserts a student's value as it is; compare it with what you expect"]
    order = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
    if inner is not test and isinstance(inner, ast.Compare) and any(isinstance(operator, order) for operator in inner.ops):
        return [f"line {test.lineno}: `not a > b` holds for NaN; write `a <= b`"]
    return []


def _is_student(node: ast.expr, students: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in students


def _is_bare(node: ast.expr, students: set[str], answers: set[str]) -> bool:
    """A student's function, a call of one, or a name that holds what came back."""
    return _is_student(node, students | answers) or (isinstance(node, ast.Call) and _is_student(node.func, students))


def _answers(tree: ast.Module, students: set[str]) -> set[str]:
    """Names that hold what a student's function returned."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Assign) and _is_bare(node.value, students, set())]
    return {name.id for node in calls for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)}


def _bound(tree: ast.Module) -> set[str]:
    """Every name that a cell binds anywhere: assignments, imports, definitions, parameters, loops."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {one.asname or one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
    return names
