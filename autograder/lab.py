"""`make lab`: JupyterLab with a course for one student, who is also its teacher.

    python autograder/lab.py .course/lab

offers every assignment that `make release` put into the course `.course`, lays out the chapters to try things in, and opens JupyterLab.
What the student has written stays from one time to the next.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from pathlib import Path

from convgrade.course import Course
from convgrade.errors import ConvgradeError, UsageError
from convgrade.sample_class import LabCourse, lab_course

CHAPTERS = Path(__file__).resolve().parents[1] / "chapters"
HELP = """
JupyterLab opens in {work}

  do       Nbgrader > Assignment List: Fetch, solve, Validate, Submit; afterwards Fetch Feedback
  try      chapters/: a double click opens a chapter as a notebook. Change what you like, it is a copy;
           delete it, and the next start puts the project's back
  grade    in another terminal:
           cd {root} && export PATH={bin}:$PATH
           nbgrader collect STEM && convgrade grade STEM --course .
           convgrade feedback STEM --course . && nbgrader release_feedback STEM
           Nbgrader > Formgrader: the marks, and the answers in words

Ctrl-C twice ends it.
"""


def main(arguments: list[str] | None = None) -> int:
    options, more = parser().parse_known_args(arguments)
    try:
        require_free(options.port)
        lab = prepare(options.root)
    except ConvgradeError as error:
        print(f"error: {error.message}\n hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    bin_folder = Path(sys.executable).parent
    print(HELP.format(work=lab.work, root=lab.course.root, bin=bin_folder), flush=True)
    os.chdir(lab.course.root)
    put_first("PATH", bin_folder)                           # nbgrader calls the program alembic
    put_first("JUPYTER_CONFIG_PATH", lab.course.root)       # the assignment list reads nbgrader's settings in work/, where they are not
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *flags(lab, options), *more])


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description="JupyterLab with a course for one student.", epilog="Other options go to jupyter lab.")
    made.add_argument("root", type=Path, help="the lab's folder, below the course whose assignments it offers")
    made.add_argument("--port", type=int, default=8888)
    made.add_argument("--token", help="what the address must carry (default: Jupyter invents one)")
    made.add_argument("--no-browser", action="store_true", help="only print the address")
    return made


def prepare(root: Path) -> LabCourse:
    """Make or refresh the lab. UsageError if the course above it has nothing to offer."""
    hint = "run `make release` first"
    above = root.resolve().parent
    if not (above / "course.json").is_file() or not Course.open(above).stems():
        raise UsageError(f"nothing has been released in {above}", hint)
    lab = lab_course(root, Course.open(above))
    copy_chapters(lab)
    return lab


def copy_chapters(lab: LabCourse) -> None:
    """Put the chapters beside the student's work. One that the student has changed is left alone, the others follow the project."""
    for chapter in sorted(CHAPTERS.glob("[0-9]*.md")):
        mine, as_given = (folder / chapter.name for folder in (lab.work / "chapters", lab.settings / "chapters"))
        text = chapter.read_text(encoding="utf-8")
        if not mine.exists() or (as_given.exists() and mine.read_text(encoding="utf-8") == as_given.read_text(encoding="utf-8")):
            for copy in (as_given, mine):
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_text(text, encoding="utf-8")


def require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)    # one that closed a moment ago is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise UsageError(
                f"port {port} is taken: {error.strerror}",
                f"end the other program (another JupyterLab?) or choose another: {' '.join([sys.executable, *sys.argv])} --port {port + 1}",
            ) from error


def put_first(variable: str, folder: Path) -> None:
    """Search this folder before the others that the environment variable lists."""
    os.environ[variable] = os.pathsep.join([str(folder), *filter(None, [os.environ.get(variable)])])


def flags(lab: LabCourse, options: argparse.Namespace) -> list[str]:
    found = [
        "--ip=127.0.0.1", f"--port={options.port}", "--ServerApp.port_retries=0",    # the port that was asked for, or none
        f"--ServerApp.root_dir={lab.course.root}",                 # formgrader needs the course folder, not only the work in it
        f"--LabApp.default_url=/lab/tree/{lab.work.name}",
        f"--LabApp.app_settings_dir={lab.settings}",
        f"--LabApp.workspaces_dir={lab.settings / 'workspaces'}",  # the lab's windows are not mixed with other projects'
        "--LabApp.extension_manager=readonly",                     # asks no other host for extensions
        "--LabApp.news_url=None",
    ]
    if options.token is not None:
        found.append(f"--IdentityProvider.token={options.token}")
    if options.no_browser:
        found.append("--no-browser")
    if getattr(os, "geteuid", lambda: 1)() == 0:
        found.append("--allow-root")    # in a container one often is; it listens on this machine only
    return found


if __name__ == "__main__":
    sys.exit(main())
