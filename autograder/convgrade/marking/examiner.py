"""The examiner: runs the test cells, in a process of its own that the student's code never sees.

A test cell runs here as ordinary Python. Names that the set-up cells define are the examiner's own; names that the student's cells define
are proxies. A cell's points are given only if it ran to its end here.
"""

from __future__ import annotations

import ast
import linecache
import math
import signal
import traceback
import warnings
from contextlib import contextmanager
from typing import Any

import numpy as np
from nbformat import NotebookNode

from ..markers import hidden_lines, inplace_arguments
from ..notebook import Role
from ..result import FAILED, FORBIDDEN, HARNESS_ERROR, HIDDEN_CHECK, OUT_OF_MEMORY, PASSED, CellResult
from ..sandbox import Fault
from . import forbidden
from .hints import hint_of, safe_hints
from .proxy import BadAnswer, Border, Forbidden, Proxy
from .session import CellRun, HarnessError, Session, defined_names, given_cells

EXAMINER_SECONDS = 60
MAX_MESSAGE = 2000
WORDS = {"timeout": "stopped", "out_of_memory": "stopped", "crashed": "the interpreter died"}


class Examiner:
    """Marks the test cells of one notebook, whose answers run in `session`.

    record: what `release` wrote: exercises with forbidden names, and `handles`, the calls that may return an object with behaviour
    (None while `release` itself is finding that out; then `handles_seen` collects them).
    """

    def __init__(self, source: NotebookNode, notebook: NotebookNode, session: Session, record: dict[str, Any]) -> None:
        self.source, self.notebook, self.session, self.record = source, notebook, session, record
        self.given = _run_given(source)
        self.student_names = set[str]().union(*(defined_names(cell.source) for cell in source.cells if Role.of(cell).is_answer))
        self.handles_seen: dict[str, list[str]] = {}

    def mark_all(self) -> list[CellResult]:
        return [self.mark(cell) for cell in self.source.cells if Role.of(cell).is_test]

    def mark(self, cell: NotebookNode) -> CellResult:
        """One test cell; whatever happens, a result."""
        role = Role.of(cell)
        exercise = role.grade_id.removeprefix("test_")

        def result(state: str, message: str = "", points: float = 0.0, **more: Any) -> CellResult:
            return CellResult(role.grade_id, exercise, state, points, role.points, message[:MAX_MESSAGE], **more)

        names = self.record["exercises"].get(exercise, {}).get("forbidden", [])
        try:
            self.session.begin_cell()
            self.session.start()
            run = self._answer_run(exercise)
            if run.fault is not None:
                return result(run.fault.state, f"your cell {exercise!r} was {WORDS[run.fault.state]}: it {run.fault.message}")
            if found := forbidden.find(self.notebook, exercise, names):
                return result(FORBIDDEN, f"this exercise does not allow {found}")
            seen_before = self.session.has_seen_hidden
            points, problem = self._execute(cell, names)
            if seen_before and problem is not None and not problem[2]:
                self.session.close()    # what it says may be a hidden input of an earlier test: ask one that has seen none
                self.session.begin_cell()
                points, problem = self._execute(cell, names)
        except Fault as fault:
            return result(fault.state, f"your function was {WORDS[fault.state]}: it {fault.message}")
        except Forbidden as error:
            return result(FORBIDDEN, f"this exercise does not allow {error}; it was called while your function ran")
        except HarnessError as error:
            return result(HARNESS_ERROR, "the grader could not mark this cell; your teacher has been told", detail=str(error))
        except Exception as error:
            return result(HARNESS_ERROR, "the grader could not mark this cell; your teacher has been told", detail=_trace(error))
        if problem is None:
            return result(PASSED, points=role.points if points is None else min(max(points, 0.0), role.points))
        state, message, hidden, detail = problem
        return result(state, self._with_cell_error(message, run), hidden=hidden, detail=detail)

    def _answer_run(self, exercise: str) -> CellRun:
        return self.session.runs.get(exercise.replace(".", "-"), CellRun())

    def _with_cell_error(self, message: str, run: CellRun) -> str:
        return message if run.ok else f"your cell stopped with {run.raised}: {run.text}\n{message}"

    def _execute(self, cell: NotebookNode, names: list[str]) -> tuple[float | None, tuple[str, str, bool, str] | None]:
        """Run the cell. Returns its partial credit (None: full) and the problem, if any: state, message, hidden, detail."""
        grade_id = Role.of(cell).grade_id
        filename = f"<{grade_id}>"
        lines = hidden_lines(cell.source)
        allowed = self.record.get("handles")
        border = Border(self.session, filename, lines, names, inplace_arguments(cell.source), self.given,
                        None if allowed is None else allowed.get(grade_id, []))  # fmt: skip
        space = {**self.given, "__name__": "__examiner__"}
        for name in self.student_names:
            space[name] = Proxy(border, name, {"name": name, "path": []}, {"t": "ref", "name": name})
        body, last = _compile(cell.source, filename, lines, self.student_names)
        problem = None
        value = None
        try:
            with own_time_limit(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exec(body, space)
                value = eval(last, space) if last is not None else None
        except (Fault, Forbidden, HarnessError):
            raise
        except MemoryError as error:
            state = OUT_OF_MEMORY if hasattr(error, "from_student") else HARNESS_ERROR
            problem = (state, "your function ran out of memory", False, _trace(error))
        except Exception as error:
            problem = self._problem(error, filename, lines, border.asked_hidden)
        if border.fault is not None:
            raise border.fault
        self.handles_seen[grade_id] = sorted(set(border.returned_handles))
        return _partial_credit(value), problem

    def _problem(self, error: Exception, filename: str, lines: set[int], asked_hidden: bool) -> tuple[str, str, bool, str]:
        """What the student may read about a check that did not hold. `asked_hidden`: a hidden line of this test had run before."""
        numbers = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == filename]
        hidden = asked_hidden or any(number in lines for number in numbers)
        student = getattr(error, "from_student", None)
        if student is not None:
            text = f"{student} raised {type(error).__name__}" + ("" if hidden or not str(error) else f": {error}")
        elif isinstance(error, BadAnswer):
            text = str(error) if not hidden else "what your function returned is not made of numbers, strings and arrays"
        elif hidden:
            text = hint_of(error, filename, lines)
        else:
            text = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        text = text.strip() or "a check did not hold"
        return FAILED, HIDDEN_CHECK + text if hidden else text, hidden, _trace(error)


def _run_given(source: NotebookNode) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "__examiner__"}
    for text in given_cells(source):
        exec(compile(text, "<set-up>", "exec"), space)
    return {name: value for name, value in space.items() if not name.startswith("__")}


def _compile(source: str, filename: str, hidden: set[int], student_names: set[str]) -> tuple[Any, Any]:
    """The cell's body, and its last expression if it ends with one."""
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    tree = safe_hints(ast.parse(source, filename), hidden, student_names)
    last = None
    if tree.body and isinstance(final := tree.body[-1], ast.Expr):
        tree.body.pop()
        last = compile(ast.Expression(final.value), filename, "eval")
    return compile(tree, filename, "exec"), last


def _partial_credit(value: Any) -> float | None:
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise HarnessError(f"the test's last line is {value}; partial credit is a finite number")
        return float(value)
    return None


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-4000:]


@contextmanager
def own_time_limit():
    """Bound what a test computes itself; waiting for the student is bounded by the sandbox."""

    def stop(number: int, frame: Any) -> None:
        raise HarnessError(f"the test itself computed for more than {EXAMINER_SECONDS} seconds")

    earlier = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, EXAMINER_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, earlier)
