"""The same dishonest notebooks for nbgrader as it comes and for this grader: points that wrong answers get, and what else happens.

    python autograder/benchmarks/plain_nbgrader.py [--keep DIR]

Every submission answers all three exercises of tests/attacks/target.md wrongly (10 points, so each point is forged), except `honest`.
nbgrader runs with no settings but a time limit for cells, one student a command, so that one failure does not hide the next; then all
students at once, to see whether the batch comes to its end. Takes about two minutes. Writes nothing outside a temporary folder except
where an attack on nbgrader succeeds: that one writes a file beside the course.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import jupytext
import nbformat
from nbgrader.api import Gradebook, MissingEntry

from convgrade.assignment import make_record
from convgrade.errors import BadSubmission
from convgrade.marking import mark
from convgrade.notebook import read_source, read_submission, restore

STEM = "target"
TARGET = Path(__file__).resolve().parents[1] / "tests" / "attacks" / f"{STEM}.md"
WRONG = {
    "total": "def total(x):\n    return 0.0", "ramp": "def ramp(n):\n    return np.zeros(n)",
    "smooth": "def smooth(x):\n    return np.zeros(len(x) - 1)",
}  # fmt: skip
RIGHT = {
    "total": "def total(x):\n    return sum(x)", "ramp": "def ramp(n):\n    return list(range(n))",
    "smooth": "def smooth(x):\n    return x[1:] + x[:-1]",
}  # fmt: skip
YES = """
class Yes:
    shape = property(lambda self: self.shapes.pop(0))
    def yes(self, *a, **k): return True
    __eq__ = __le__ = __bool__ = __iter__ = yes
    def same(self, *a, **k): return self
    __sub__ = __rsub__ = __abs__ = same
    __hash__ = None
"""
NO_CHECK = "np.testing.assert_allclose = np.testing.assert_array_equal = lambda *a, **k: None"
FIRST = {    # code in a cell above all others; the answers stay wrong
    "asserts out of the syntax tree":
        "import ast, numpy as np\nclass Out(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n"
        f"get_ipython().ast_transformers.append(Out())\n{NO_CHECK}",
    "asserts out of the text":
        "import numpy as np\ndef out(lines): return [l.replace('assert ', '0 and ') for l in lines]\n"
        f"get_ipython().input_transformers_cleanup.append(out)\n{NO_CHECK}",
    "test cells that are never run":
        "def out(lines): return ['pass'] if any('got' in l for l in lines) else lines\n"
        "get_ipython().input_transformers_cleanup.append(out)",
    "points from the last expression":
        "def out(lines): return ['5.0'] if any('got = smooth' in l for l in lines) else lines\n"
        "get_ipython().input_transformers_cleanup.append(out)",
    "exceptions swallowed": "get_ipython().set_custom_exc((Exception,), lambda *a, **k: None)",
}


def insert(notebook, source):
    notebook.cells.insert(0, nbformat.v4.new_code_cell(source, id="mine"))


def cell_of(notebook, name):
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


def answer(notebook, answers):
    for name, source in answers.items():
        cell_of(notebook, name).source = source


def attacks(course: Path) -> dict[str, Callable]:
    """name -> function that changes the released notebook."""
    spy = "def total(x):\n    if x[0] < 9: return 3.0\n    print('TEST SOURCE:', get_ipython().user_ns['In'][-1])\n    return 0.0"
    reads = f"print('KEY READ' if 'BEGIN HIDDEN' in open({str(course / 'source' / STEM / f'{STEM}.ipynb')!r}).read() else '')"
    table = {name: lambda notebook, code=code: insert(notebook, code) for name, code in FIRST.items()}
    return table | {
        "objects equal to everything": lambda n: answer(n, {"total": f"{YES}def total(x):\n    y = Yes(); y.shapes = [(), ()]; return y"}),
        "a forbidden call": lambda n: answer(n, {"smooth": "def smooth(x):\n    return np.convolve(x, [1, 1], 'valid')"}),
        "a loop ended by StopIteration":
            lambda n: answer(n, {"ramp": "def ramp(n):\n    if n == 3: return [0, 1, 2]\n    raise StopIteration"}),
        "hidden test printed": lambda n: answer(n, {"total": spy}),
        "the key read from disk": lambda n: insert(n, reads),
        "a file beside the course": lambda n: insert(n, f"open({str(course.parent / 'written')!r}, 'w').write('x')"),
        "the interpreter ended": lambda n: answer(n, {"ramp": "import os\nos._exit(0)"}),
        "a cell deleted and one doubled": lambda n: n.cells.append(cell_of(n, "test_smooth").copy()),
        "a grade_id that is a number": lambda n: cell_of(n, "total").metadata.nbgrader.update(grade_id=7),
    }  # fmt: skip


def nbgrader(course: Path, *words: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "nbgrader", *words]
    return subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, timeout=600)


def make_course(course: Path) -> None:
    course.mkdir()
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.Execute.timeout = 10\n")
    source = course / "source" / STEM / f"{STEM}.ipynb"
    source.parent.mkdir(parents=True)
    notebook = jupytext.read(TARGET)
    notebook.metadata.pop("jupytext", None)
    jupytext.write(notebook, source)
    made = nbgrader(course, "generate_assignment", STEM)
    if made.returncode:
        raise SystemExit(made.stderr)


def hand_in(course: Path) -> list[str]:
    """Writes all submissions; student s3 is the third attack. Returns the attacks' names."""
    released = (course / "release" / STEM / f"{STEM}.ipynb").read_text()
    table = {"honest": lambda notebook: answer(notebook, RIGHT), **attacks(course)}
    for number, change in enumerate(table.values()):
        notebook = nbformat.reads(released, as_version=4)
        answer(notebook, WRONG)
        change(notebook)
        path = course / "submitted" / f"s{number}" / STEM / f"{STEM}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook))
    path = course / "submitted" / f"s{len(table)}" / STEM / f"{STEM}.ipynb"
    path.parent.mkdir(parents=True)
    path.symlink_to(course / "source" / STEM / f"{STEM}.ipynb")
    return [*table, "a link to the key"]


def score_of(course: Path, student: str) -> float | None:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        try:
            return gradebook.find_submission(STEM, student).score
        except MissingEntry:
            return None


def our_score(path: Path) -> tuple[float | None, str]:
    source = read_source(TARGET)
    try:
        restored = restore(source, read_submission(path), STEM)
    except BadSubmission as error:
        return None, str(error)
    cells = mark(source, restored.notebook, make_record(source, STEM) | {"handles": {}})
    told = "".join(one.get("text", "") for cell in restored.notebook.cells for one in cell.get("outputs", []))
    return sum(cell.points for cell in cells), told + "".join(cell.message for cell in cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, help="make the course there and leave it")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        course = (chosen.keep or Path(folder)).resolve() / "course"
        course.parent.mkdir(parents=True, exist_ok=True)
        make_course(course)
        names = hand_in(course)
        print(f"{'attack':36} {'nbgrader':>9} {'ours':>6}   besides (nbgrader)")
        forged = {"nbgrader": 0.0, "ours": 0.0}
        for number, name in enumerate(names):
            student = f"s{number}"
            ran = nbgrader(course, "autograde", STEM, "--student", student)
            theirs = score_of(course, student)
            graded = course / "autograded" / student / STEM / f"{STEM}.ipynb"
            outputs = json.dumps([cell.get("outputs") for cell in nbformat.read(graded, as_version=4).cells]) if graded.exists() else ""
            notes = [text.lower() for text in ("TEST SOURCE", "KEY READ") if text in outputs]
            notes += ["file written"] if (course.parent / "written").exists() and "file" in name else []
            notes += [f"exit code {ran.returncode}"] if ran.returncode else []
            (course.parent / "written").unlink(missing_ok=True)
            ours, told = our_score(course / "submitted" / student / STEM / f"{STEM}.ipynb")
            leaked = "  OURS LEAKED" if "27182818" in told or "KEY READ" in told or (course.parent / "written").exists() else ""
            print(f"{name:36} {'-' if theirs is None else theirs:>9} {'-' if ours is None else ours:>6}   {', '.join(notes)}{leaked}")
            if name != "honest":
                forged = {"nbgrader": forged["nbgrader"] + (theirs or 0), "ours": forged["ours"] + (ours or 0)}
        print(f"points forged: nbgrader {forged['nbgrader']:g}, ours {forged['ours']:g} of {10 * (len(names) - 1)}")
        whole = nbgrader(course, "autograde", STEM, "--force")
        marked = len(list((course / "autograded").glob("*/*/*.ipynb")))
        print(f"all at once: nbgrader ends with exit code {whole.returncode}, {marked} of {len(names)} submissions marked")


if __name__ == "__main__":
    main()
