"""Measure and write RESULTS.md: python lib/benchmarks/run.py [NAME ...]

A benchmark is a module beside this one with `measure()`, which returns what it measured, and `report(measured)`, which tells it
in Markdown under a heading `## ...`. With names, only these are measured and printed, and RESULTS.md stays as it is.
"""
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))   # read once, when NumPy is imported

import importlib
import sys
import time
from pathlib import Path

import torch

from convbook import machine

BENCHMARKS = ("conv", "lenet", "pool", "norm", "activation")


def main(names):
    torch.set_num_threads(1)
    sections = [f"# Measured speed\n\n{conditions()}"]
    for name in names or BENCHMARKS:
        start = time.monotonic()
        benchmark = importlib.import_module(name)
        print(f"measuring {name} ...", end=" ", flush=True)
        sections.append(benchmark.report(benchmark.measure()))
        print(f"{time.monotonic() - start:.0f} s", flush=True)
    results = "\n".join(sections)
    print("\n" + results)
    if not names:
        Path(__file__).with_name("RESULTS.md").write_text(results, encoding="utf-8")


def conditions():
    """Where and when, and how to get it again."""
    return (f"{machine.describe()}; "
            f"{os.getloadavg()[0]:.1f} processes were already running on average in the minute before.\n"
            "The numbers differ from machine to machine, and from run to run where other programs share the cores. "
            "Get them again with `make bench`, or `python lib/benchmarks/run.py`.\n")


if __name__ == "__main__":
    main(sys.argv[1:])
