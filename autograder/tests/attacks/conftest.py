"""The target of the attacks: a small assignment, a way to hand in for it, and a look at what an attack left behind."""

import contextlib
import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from convgrade.assignment import make_record
from convgrade.marking import mark
from convgrade.marking.session import defined_names
from convgrade.notebook import read_source, restore, to_json, with_answers, without_hidden_tests
from convgrade.result import CellResult
from convgrade.sandbox import Limits, Sandbox
from convgrade.sandbox.cgroup import ControlGroup

STEM = "target"
HERE = Path(__file__).parent
WRONG = {
    "total": "def total(x):\n    return 0.0",
    "ramp": "def ramp(n):\n    return np.zeros(n)",
    "smooth": "def smooth(x):\n    return np.zeros(len(x) - 1)",
}
TOOLS = """
import json, os, socket, struct, sys, time
line = socket.socket(fileno=os.dup(int(sys.argv[1])))
def frame(head, body=b"", sizes=None):
    text = head if isinstance(head, bytes) else json.dumps({"buffers": [len(body)] if body else [], **head}).encode()
    return struct.pack(">QQ", *(sizes or (len(text), len(body)))) + text + body
def say(head, body=b"", sizes=None):
    line.sendall(frame(head, body, sizes))
def runner():
    frame = sys._getframe()
    while type(frame.f_locals.get("self")).__name__ != "Runner":
        frame = frame.f_back
    return frame.f_locals["self"]
"""


@dataclasses.dataclass
class Outcome:
    """What an attack got: the cells by exercise, what was repaired, and everything that a student may come to read."""

    cells: dict[str, CellResult]
    repaired: tuple[str, ...]
    printed: str

    @property
    def points(self) -> dict[str, float]:
        return {name: cell.points for name, cell in self.cells.items()}

    @property
    def states(self) -> dict[str, str]:
        return {name: cell.state for name, cell in self.cells.items()}

    @property
    def readable(self) -> str:
        return "\n".join([self.printed, *self.repaired, *(cell.message for cell in self.cells.values())])


@pytest.fixture(scope="session")
def source():
    return read_source(HERE / f"{STEM}.md")


@pytest.fixture(scope="session")
def record(source) -> dict[str, Any]:
    return make_record(source, STEM) | {"handles": {}}


@pytest.fixture
def submission(source) -> Callable[..., dict[str, Any]]:
    """submission(total="...", first="...") -> the notebook that a student hands in, as JSON; `first`: a cell above all others, `extra`: one below it.

    The first cell may use the attackers' TOOLS: say(head, body) speaks to the examiner in the runner's place, runner() finds the runner.
    """

    def make(first: str = "", extra: str = "", **answers: str) -> dict[str, Any]:
        cells = [{"cell_type": "code", "source": f"{TOOLS}\n{first}", "metadata": {}, "id": "mine"}]
        cells += [{"cell_type": "code", "source": extra, "metadata": {}, "id": "extra"}] if extra else []
        for cell in source.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            text = answers.get(name, WRONG.get(name)) if name in WRONG else without_hidden_tests(cell.source)
            cells.append({"cell_type": cell.cell_type, "source": text, "metadata": dict(cell.metadata), "id": cell.id})
        return {"cells": cells, "metadata": {"kernelspec": {"name": "python3"}}}

    return make


@pytest.fixture(scope="session")
def marked() -> dict[str, Any]:
    """Marks by what they depend on: many an edited notebook is the same one again after it was restored."""
    return {}


@pytest.fixture
def attack(marked, source, record, submission, nothing_left) -> Callable[..., Outcome]:
    """attack(first=..., total=..., limits={...}) -> Outcome. Answers that are not given are wrong ones, worth 0 points."""

    def run(limits: dict[str, Any] | None = None, notebook: dict[str, Any] | None = None, **parts: str) -> Outcome:
        restored = restore(source, notebook or submission(**parts), STEM)
        key = to_json(restored.notebook) + str(limits)
        if key not in marked:
            cells = mark(source, restored.notebook, record | {"limits": record["limits"] | (limits or {})})
            marked[key] = cells, restored.notebook
        cells, restored_notebook = marked[key]
        printed = "".join(out.get("text", out.get("evalue", "")) for cell in restored_notebook.cells for out in cell.get("outputs", []))
        return Outcome({cell.exercise: cell for cell in cells}, restored.repaired, printed)

    return run


@pytest.fixture(scope="module")
def gallery(tmp_path_factory, nothing_left_in_module) -> Callable[..., dict[str, CellResult]]:
    """gallery("smooth", {what: answer}) -> {what: result}: the same exercise many times in one notebook, each time answered otherwise."""

    def run(exercise: str, answers: dict[str, str], first: str = "") -> dict[str, CellResult]:
        head, rest = (HERE / f"{STEM}.md").read_text().split("## Exercise 9.1", 1)
        block = next(one for one in rest.split("\n## ") if f"grade_id: {exercise}," in one)
        points = {"total": 3, "ramp": 2, "smooth": 5}[exercise]
        forbidden = "[numpy.convolve, numpy.correlate, convbook, torch.nn.functional.conv1d, scipy.ndimage]" if exercise == "smooth" else "[]"
        names = {f"{exercise}_{number}": what for number, what in enumerate(answers)}
        rows = "".join(f"    {name}: {{points: {points}, forbidden: {forbidden}}}\n" for name in names)
        front = re.sub(r"(?s)(  exercises:\n).*?---", lambda found: f"{found[1]}{rows}---", head).replace("submission_seconds: 60", "submission_seconds: 300").replace("memory_mb: 300", "memory_mb: 1500")
        front = front.replace("cell_seconds: 5", "cell_seconds: 60")        # a first import of torch from a cold disk takes long
        blocks = "".join(re.sub(rf"\b(test_)?{exercise}\b", rf"\g<1>{name}" , f"## {block}\n\n") for name in names)
        path = tmp_path_factory.mktemp("gallery") / f"{STEM}.md"
        path.write_text(front + blocks)
        source = read_source(path)
        sources = {}
        for number, (name, what) in enumerate(names.items()):
            own = "|".join(defined_names(answers[what]) - {exercise}) or "nothing_else"
            sources[name] = re.sub(rf"\b{exercise}\b", name, re.sub(rf"\b({own})\b", rf"\1_{number}", answers[what]))
        notebook = with_answers(source, sources | {"setup": f"import numpy as np\n{TOOLS}\n{first}"})
        cells = mark(source, notebook, make_record(source, STEM) | {"handles": {}})
        return {names[cell.exercise]: cell for cell in cells}

    return run


def children() -> set[int]:
    """Our processes, without the two that Python keeps for starting others."""
    found = set()
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            found |= set() if "multiprocessing" in " ".join(child.cmdline()) else {child.pid}
    return found


@contextlib.contextmanager
def leaving_nothing():
    """Inside: no process of ours and no control group may be there at the end that was not there at the beginning."""
    groups: list[ControlGroup] = []
    create = ControlGroup.create

    def remember(*arguments):
        groups.append(create(*arguments))
        return groups[-1]

    before = children()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ControlGroup, "create", remember)
        yield
    assert not children() - before
    assert not [folder for group in groups if group for folder in group.folders if folder.exists()]    # one with processes cannot go


@pytest.fixture
def nothing_left():
    with leaving_nothing():
        yield


@pytest.fixture(scope="module")
def nothing_left_in_module():
    with leaving_nothing():
        yield


@pytest.fixture(scope="module")
def probe():
    """probe(source) -> what one cell prints; all in one sandbox, for attacks that leave it alive."""
    box = Sandbox(Limits(cell_seconds=20, memory_mb=600, tmp_mb=8, processes=32))

    def run(source: str) -> str:
        answer, _ = box.exchange({"do": "run", "source": source}, [], 20)
        return answer["stdout"] + answer.get("raised", "")

    run("")
    yield run
    box.close()
