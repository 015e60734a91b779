"""Imports point downward: command line, verbs, machinery, pure modules; only `_nbgrader` knows nbgrader."""

import ast
from pathlib import Path

import convgrade

ROOT = Path(convgrade.__file__).parent
LAYERS = [
    {"errors"}, {"result", "markers", "fingerprint", "inside"}, {"course", "notebook", "progress"}, {"sandbox"},
    {"marking"}, {"assignment", "rules", "pool", "_nbgrader"}, {"store"},
    {"release", "grade", "check", "feedback", "report", "sample_class"}, {"render"}, {"cli"},
]  # fmt: skip
HELPERS = {"text", "pages", "sample"}


def imports(path):
    """(level, module) of every import in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            names = [node.module] if node.module else [one.name for one in node.names]
            yield from ((node.level, name) for name in names)
        elif isinstance(node, ast.Import):
            yield from ((0, one.name) for one in node.names)


def test_imports_point_downward():
    height = {name: number for number, layer in enumerate(LAYERS) for name in layer}
    wrong = []
    for path in ROOT.rglob("*.py"):
        place = path.relative_to(ROOT).parts
        own = place[0].removesuffix(".py")
        for level, module in imports(path):
            target = module.partition(".")[0]
            if level == len(place) and own in height and target in height and height[target] >= height[own] and target != own:
                wrong.append(f"{'/'.join(place)} imports {target}")
    assert wrong == []


def test_every_module_has_its_layer():
    there = {path.stem if path.is_file() else path.name for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    known = set().union(*LAYERS) | HELPERS | {"__init__"}
    assert there - known == set()


def test_only_one_place_knows_nbgrader():
    users = {path.relative_to(ROOT).parts[0] for path in ROOT.rglob("*.py") for level, name in imports(path) if not level and name.startswith("nbgrader")}
    assert users == {"_nbgrader"}


def test_files_stay_under_300_lines():
    repository = ROOT.parents[1]
    files = [path for folder in ("lib", "autograder", "_ext") for path in (repository / folder).rglob("*.py")]
    assert [str(path) for path in files if len(path.read_text().splitlines()) > 300] == []
