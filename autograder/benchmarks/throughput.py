"""Markings a minute, against nbgrader's own autograde on the same notebooks and cores: `python autograder/benchmarks/throughput.py`.

Both mark the same right answers to assignment 3 and enter them into a gradebook. nbgrader marks one after the other, as it always does;
convgrade uses as many workers as there are cores. Prints both rates and their ratio.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STEM = "03_convolution"


def timed(command: list[str], folder: Path) -> float:
    begin = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return time.perf_counter() - begin


def prepare(folder: Path, students: int) -> Path:
    """A course with so many copies of the key as submissions."""
    course = folder / "course"
    command = ["convgrade", "release", STEM, "--course", str(course), "--solutions", str(ROOT / "solutions")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for number in range(students):
        target = course / "submitted" / f"s{number:03}" / STEM
        target.mkdir(parents=True)
        shutil.copy(course / "source" / STEM / f"{STEM}.ipynb", target)
    return course


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=12)
    students = parser.parse_args().students
    jobs = len(os.sched_getaffinity(0))
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as name:
        course = prepare(Path(name), students)
        ours = timed(["convgrade", "grade", "--course", str(course), "--jobs", str(jobs)], course)
        shutil.rmtree(course / "autograded")
        plain = course / "nbgrader_config.py"
        lines = [line for line in plain.read_text().splitlines() if not line.startswith(("c.Autograde.", "c.GenerateAssignment."))]
        plain.write_text("\n".join(lines) + "\n")
        theirs = timed(["nbgrader", "autograde", STEM, "--force"], course)
    for label, seconds in (("nbgrader", theirs), (f"convgrade, {jobs} jobs", ours)):
        print(f"{label:<22} {60 * students / seconds:6.1f} markings a minute ({students} in {seconds:.1f} s)")
    print(f"{'ratio':<22} {theirs / ours:6.1f}")


if __name__ == "__main__":
    main()
