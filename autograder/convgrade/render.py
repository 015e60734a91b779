"""The one place that prints: results as tables, errors as two lines."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .result import GRADED, HARNESS_ERROR, CheckResult, GradeResult, ReleaseResult
from .text import number, printable


def _console() -> Console:
    return Console(highlight=False, soft_wrap=False)


def _table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        keep = column in right or column in ("assignment", "student")
        table.add_column(column, justify="right" if column in right else "left", overflow="fold", no_wrap=keep)
    return table


def _row(table: Table, *values: Any) -> None:
    table.add_row(*(escape(printable(str(value))) for value in values))


def error(message: str, hint: str) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[bold red]error:[/] {escape(message)}")
    if hint:
        console.print(f"[bold]hint:[/]  {escape(hint)}")


def release(result: ReleaseResult) -> None:
    table = _table("assignment", "title", "points", "exercises", "", right=("points",))
    for one in result.released:
        exercises = ", ".join(f"{name} {number(points)}" for name, points in one.exercises.items())
        _row(table, one.assignment, one.title, number(one.points), exercises, "unchanged" if one.unchanged else "released")
    _console().print(table)


def grade(result: GradeResult) -> None:
    table = _table("assignment", "student", "points", "of", "seconds", "what happened", right=("points", "of", "seconds"))
    for one in result.results:
        if one.state != GRADED:
            happened = f"not graded: {one.message} ({one.hint})"
            _row(table, one.assignment, one.student, "-", number(one.max_score), f"{one.seconds:.1f}", happened)
            continue
        lost = [cell for cell in one.cells if cell.points < cell.max_points or cell.state == HARNESS_ERROR]
        states = dict.fromkeys(cell.state for cell in lost)
        notes = [f"{state}: {', '.join(cell.exercise for cell in lost if cell.state == state)}" for state in states]
        if one.repaired:
            notes.append(f"{len(one.repaired)} repairs ({one.repaired[0]}, ...)" if len(one.repaired) > 1 else one.repaired[0])
        notes += [] if one.sandboxed else ["no sandbox"]
        _row(table, one.assignment, one.student, number(one.score), number(one.max_score), f"{one.seconds:.1f}", "; ".join(notes))
    console = _console()
    console.print(table)
    unclear = [one for one in result.results if not one.complete]
    console.print(f"{len(result.results) - len(unclear)} of {len(result.results)} graded" + (
        f"; look at: {', '.join(escape(f'{one.student} {one.assignment}') for one in unclear)}" if unclear else ""))


def check(result: CheckResult) -> None:
    columns = ("key", "stub", "of", "alternatives", "mutants")
    table = _table("assignment", *columns, "gate", right=columns)
    for one in result.assignments:
        _row(table, one.assignment, number(one.key), number(one.stub), number(one.max_score), len(one.alternatives), len(one.mutants),
             "open" if one.ok else "closed")
    console = _console()
    console.print(table)
    for one in result.assignments:
        for problem in one.problems:
            console.print(f"{escape(one.assignment)}: {escape(problem)}")


def feedback(result: Any) -> None:
    console = _console()
    for page in result.pages:
        console.print(escape(str(page)), soft_wrap=True)
    for problem in result.missing:
        console.print(f"no feedback: {escape(problem)}", soft_wrap=True)


def report(result: Any) -> None:
    columns = ("assignment", "student", "by tests", "by hand", "late", "total", "of")
    table = _table(*columns, "", right=columns[2:])
    for row in result.rows:
        _row(table, row.assignment, row.student, number(row.auto), number(row.manual), number(-row.late) if row.late else "",
             number(row.total), number(row.max_score), "needs a person" if row.needs_person else "")
    console = _console()
    console.print(table)
    for path in (result.csv, result.page):
        console.print(escape(str(path)), soft_wrap=True)


def sample_class(result: Any) -> None:
    table = _table("student", "assignment", "what it is")
    for one in result.submissions:
        _row(table, one.student, one.assignment, one.about)
    _console().print(table)


def verified(result: Any) -> None:
    table = _table("student", "assignment", "what it is", "expected", "got", "", right=("expected", "got"))
    for one in result.comparisons:
        _row(table, one.student, one.assignment, one.about, number(one.expected), "-" if one.got is None else number(one.got),
             "as expected" if one.ok else one.difference)
    console = _console()
    console.print(table)
    right = sum(one.ok for one in result.comparisons)
    console.print(f"{right} of {len(result.comparisons)} as expected")
