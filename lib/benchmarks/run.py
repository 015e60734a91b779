"""Measure and write RESULTS.md: python lib/benchmarks/run.py"""
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))   # read once, when NumPy is imported

import datetime
import platform
from pathlib import Path

import conv
import numpy as np
import torch


def main():
    torch.set_num_threads(1)
    circumstances, measurements = conditions(), []
    for shape in conv.SHAPES:
        print("measuring", shape, flush=True)
        measurements.append(conv.measure(shape))
    results = f"# Measured speed\n\n{circumstances}\n{conv.report(measurements)}"
    print("\n" + results)
    Path(__file__).with_name("RESULTS.md").write_text(results, encoding="utf-8")


def conditions():
    """Where and when, and how to get it again."""
    return (f"{datetime.date.today().isoformat()}, {processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
            f"Python {platform.python_version()}, NumPy {np.__version__}, torch {torch.__version__}; "
            f"{os.getloadavg()[0]:.1f} processes were already running on average in the minute before.\n"
            "The numbers differ from machine to machine, and from run to run where other programs share the cores. "
            "Get them again with `make bench`, or `python lib/benchmarks/run.py`.\n")


def processor():
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


if __name__ == "__main__":
    main()
