"""Where and when a figure was measured: what stands beside every speed and every result of an experiment."""
import datetime
import os
import platform
from pathlib import Path

import numpy as np
import torch


def describe(device=None):
    """Date, device, cores, system and versions in one line.

    device   what did the work; None: this machine's processor
    returns  str
    """
    return (f"{datetime.date.today().isoformat()}, {device or processor()}, {os.cpu_count()} cores, "
            f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, "
            f"NumPy {np.__version__}, torch {torch.__version__}")


def processor():
    """The processor's name, as the system gives it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())
