"""The student's side of one marking: the notebook's cells run in a sandbox, started again whenever it dies."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from ..inside import wire
from ..notebook import Role
from ..result import TIMEOUT
from ..sandbox import Fault, Limits, Sandbox
from ..sandbox.process import START_SECONDS


class HarnessError(BaseException):
    """Something on our side went wrong. Costs no marks and gives none."""


@dataclass
class CellRun:
    """How one of the student's cells went when it ran."""

    ok: bool = True
    raised: str = ""
    text: str = ""
    stdout: str = ""
    stderr: str = ""
    fault: Fault | None = None


@dataclass
class Answer:
    """What one call brought back."""

    value: Any = None
    changed: dict[int, Any] = field(default_factory=dict)
    raised: str = ""
    text: str = ""
    refused: str = ""
    forbidden: str = ""


@dataclass
class Allowance:
    """Time that is left: of the processor's, and on the clock."""

    seconds: float
    clock: float

    @classmethod
    def of(cls, seconds: float, limits: Limits) -> Allowance:
        return cls(seconds, seconds * limits.patience)

    def __iter__(self) -> Iterator[float]:
        return iter((self.seconds, self.clock))


class Session:
    """Runs the cells once; answers calls; after a death starts again and leaves out the cells that were deadly."""

    def __init__(self, notebook: NotebookNode, limits: Limits, sandboxed: bool = True, seed: int = 0) -> None:
        self.cells = [cell for cell in notebook.cells if cell.cell_type == "code" and not Role.of(cell).is_test]
        self.limits, self.sandboxed, self.seed = limits, sandboxed, seed
        self.runs: dict[str, CellRun] = {}
        self.sandbox: Sandbox | None = None
        self.has_seen_hidden = False    # whether this interpreter was given an argument that students must not learn
        self.allowance = Allowance.of(limits.submission_seconds, limits)
        self.cell_allowance = Allowance.of(limits.cell_seconds, limits)

    def start(self) -> None:
        """A fresh interpreter in which every cell has run that can run. Fault when the submission has used up its time."""
        while self.sandbox is None:
            self._check_allowance()
            self.sandbox = Sandbox(self.limits, self.seed, self.sandboxed)
            self.has_seen_hidden = False
            try:
                self.sandbox.exchange({"do": "run", "source": ""}, [], START_SECONDS, START_SECONDS)
            except Fault as fault:
                self.sandbox = None
                raise HarnessError(f"the interpreter did not start: {fault.message}") from fault
            self._run_cells()
        try:
            self.sandbox.stop_strays()
        except Fault:
            self.sandbox = None
            raise

    def _run_cells(self) -> None:
        for cell in self.cells:
            earlier = self.runs.get(cell.id)
            if earlier is not None and earlier.fault is not None:
                continue
            message = {"do": "run", "source": cell.source, "given": _is_given(cell)}
            try:
                answer, _ = self._exchange(message, [], Allowance.of(self.limits.cell_seconds, self.limits))
            except Fault as fault:
                self.runs[cell.id] = CellRun(ok=False, fault=fault)
                return
            raised, text, stdout, stderr = (_text(answer.get(name), 20_000) for name in ("raised", "text", "stdout", "stderr"))
            self.runs[cell.id] = CellRun(answer.get("ok") is True, raised, text, stdout, stderr)

    def begin_cell(self) -> None:
        """A new test cell begins: its calls share one allowance of time."""
        self.cell_allowance = Allowance.of(self.limits.cell_seconds, self.limits)

    def call(self, target: dict[str, Any], args: tuple, kwargs: dict, copy_back: list[int], forbidden: list[str], named, handle) -> Answer:
        """Send one call. `named` turns objects of the test into references, `handle` makes something of a reference that came back."""
        self.start()
        encode = wire.Encoder(named)
        try:
            message = {"do": "call", **target, "args": encode(list(args)), "kwargs": encode(kwargs)}
        except wire.NotPlain as error:
            raise HarnessError(f"the test passes {error}, which cannot cross to the student's side") from error
        message |= {"copy_back": copy_back, "forbidden": forbidden}
        head, buffers = self._exchange(message, encode.buffers, self.cell_allowance)
        decode = wire.Decoder(buffers, handle)
        answer = Answer(None, {}, *(_text(head.get(name), 500) for name in ("raised", "text", "refused", "forbidden")))
        if not (answer.raised or answer.refused):
            try:
                answer.value = decode(head.get("value"))
                changed = head.get("changed") or {}
                answer.changed = {position: decode(changed[str(position)]) for position in copy_back if str(position) in changed}
            except (wire.WireError, TypeError, ValueError) as error:
                answer.refused = f"something that is not plain data ({error})"
        return answer

    def _check_allowance(self) -> None:
        if min(self.allowance.seconds, self.allowance.clock) <= 0:
            self.close()
            raise Fault(TIMEOUT, f"the submission took more than {self.limits.submission_seconds:g} seconds in all")

    def _exchange(self, head: dict, buffers: list[bytes], allowance: Allowance) -> tuple[dict, list[bytes]]:
        """Exchange one message and take what it used from this allowance and from the submission's."""
        assert self.sandbox is not None
        self._check_allowance()
        seconds, clock = (min(pair) for pair in zip(allowance, self.allowance, strict=True))
        before, begin = self.sandbox.usage()[0], time.monotonic()
        used = seconds
        try:
            answer = self.sandbox.exchange(head, buffers, seconds, clock)
            used = max(0.0, self.sandbox.usage()[0] - before)
        except Fault:
            self.sandbox = None
            raise
        finally:
            for one in (allowance, self.allowance):
                one.seconds -= used
                one.clock -= time.monotonic() - begin
        return answer

    def close(self) -> None:
        if self.sandbox is not None:
            self.sandbox.close()
            self.sandbox = None


def _text(value: Any, limit: int) -> str:
    """A string that came across, short enough and fit for every file; anything else is no text."""
    return value[:limit].encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def _is_given(cell: NotebookNode) -> bool:
    role = Role.of(cell)
    return bool(role.grade_id) and not role.grade and not role.solution


def given_cells(notebook: NotebookNode) -> list[str]:
    """Sources of the locked set-up cells: ours, run on both sides."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code" and _is_given(cell)]


def defined_names(source: str) -> set[str]:
    """Names that a cell defines at its top level, imports left out."""
    names: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    return names
