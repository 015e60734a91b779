"""The command line: arguments in, one verb called, its result handed to `render`. Nothing is computed or printed here.

Verbs are imported when they are called, so `convgrade --help` does not load nbgrader or numpy.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from .errors import ConvgradeError

main = typer.Typer(
    name="convgrade", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Release assignments, grade what comes in, and tell students and teachers how it went.",
)

Stems = Annotated[list[str] | None, typer.Argument(metavar="STEM", help="assignments such as 03_convolution; all if none is named")]
Students = Annotated[list[str] | None, typer.Option("--student", metavar="ID", help="only this student; may be given more than once")]
CourseFolder = Annotated[Path, typer.Option("--course", metavar="DIR", help="the folder of the running course")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object instead of tables")]
Solutions = Annotated[Path, typer.Option("--solutions", metavar="DIR", help="the folder of the assignments' sources")]
Jobs = Annotated[int, typer.Option("--jobs", metavar="N", min=1, help="how many to mark at the same time")]

COURSE, SOLUTIONS = Path(".course"), Path("solutions")
CPUS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
AGAIN = "what was finished is kept; the same command again does the rest"


def _run(as_json: bool, show: str, work: Callable[[Any], Any]) -> None:
    """Call one verb, print its result with render's function `show`, leave with its exit code."""
    from . import render
    from .progress import Progress, Silent

    progress = Silent() if as_json else Progress()
    try:
        result = work(progress)
        progress.finish()
    except KeyboardInterrupt:
        progress.finish()
        _fail(as_json, "stopped", AGAIN, 130)
    except ConvgradeError as error:
        progress.finish()
        _fail(as_json, error.message, error.hint, error.exit_code)
    except Exception as error:
        progress.finish()
        if os.environ.get("CONVGRADE_DEBUG"):
            traceback.print_exc()
        hint = "this is a fault of convgrade; set CONVGRADE_DEBUG=1 and run it again to see where it happened"
        _fail(as_json, f"unexpected {type(error).__name__}: {error}", hint, 1)
    if as_json:
        _print_json(result.to_dict())
    else:
        getattr(render, show)(result)
    raise typer.Exit(result.exit_code)


def _print_json(data: dict[str, Any]) -> None:
    typer.echo(json.dumps(data, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace"))


def _fail(as_json: bool, message: str, hint: str, code: int) -> None:
    from . import render

    if as_json:
        _print_json({"error": message, "hint": hint})
    else:
        render.error(message, hint)
    raise typer.Exit(code)


@main.command()
def release(
    stems: Stems = None,
    course: CourseFolder = COURSE,
    solutions: Solutions = SOLUTIONS,
    notebooks: Annotated[Path | None, typer.Option("--notebooks", metavar="DIR", help="also put the students' notebooks here")] = None,
    zip_to: Annotated[Path | None, typer.Option("--zip", metavar="FILE", help="also pack what a student needs into one file")] = None,
    as_json: AsJson = False,
) -> None:
    """Make the students' notebooks; an assignment whose own key fails is refused."""

    def work(progress: Any) -> Any:
        from . import release as verb

        return verb.release(course, stems or [], solutions, notebooks, zip_to, progress)

    _run(as_json, "release", work)


@main.command()
def grade(
    stems: Stems = None,
    student: Students = None,
    course: CourseFolder = COURSE,
    jobs: Jobs = CPUS,
    no_sandbox: Annotated[bool, typer.Option("--no-sandbox", help="run students' code on this machine unprotected")] = False,
    as_json: AsJson = False,
) -> None:
    """Mark every submission and enter the marks into the gradebook."""

    def work(progress: Any) -> Any:
        from . import grade as verb
        from .course import Course

        return verb.grade(Course.open(course), stems or [], student or [], jobs=jobs, sandbox=not no_sandbox, progress=progress)

    _run(as_json, "grade", work)


@main.command()
def check(
    stems: Stems = None,
    solutions: Solutions = SOLUTIONS,
    jobs: Jobs = CPUS,
    course: Annotated[Path, typer.Option("--course", metavar="DIR", help="accepted like everywhere; check needs no course")] = COURSE,
    as_json: AsJson = False,
) -> None:
    """The gate: the key gets everything, the stub nothing, each wrong answer loses its own exercise."""

    def work(progress: Any) -> Any:
        from . import check as verb

        return verb.check(stems or [], solutions, jobs=jobs, progress=progress)

    _run(as_json, "check", work)


@main.command()
def feedback(stems: Stems = None, student: Students = None, course: CourseFolder = COURSE, as_json: AsJson = False) -> None:
    """Write a page for each student: points, and why."""

    def work(progress: Any) -> Any:
        from . import feedback as verb
        from .course import Course

        return verb.feedback(Course.open(course), stems or [], student or [], progress)

    _run(as_json, "feedback", work)


@main.command()
def report(stems: Stems = None, course: CourseFolder = COURSE, as_json: AsJson = False) -> None:
    """The marks table: here, as CSV, and as one page with the distribution for each exercise."""

    def work(progress: Any) -> Any:
        from . import report as verb
        from .course import Course

        return verb.report(Course.open(course), stems or [])

    _run(as_json, "report", work)


@main.command("sample-class")
def sample_class(
    course: CourseFolder = COURSE,
    solutions: Solutions = SOLUTIONS,
    verify: Annotated[bool, typer.Option("--verify", help="after `grade`: compare the marks with the ones they must be")] = False,
    as_json: AsJson = False,
) -> None:
    """Hand in for a small class whose marks are known: honest, mistaken and dishonest."""

    def work(progress: Any) -> Any:
        from . import sample_class as verb
        from .course import Course

        opened = Course.open(course)
        return verb.verify(opened, solutions) if verify else verb.sample_class(opened, solutions)

    _run(as_json, "verified" if verify else "sample_class", work)


if __name__ == "__main__":
    sys.exit(main())
