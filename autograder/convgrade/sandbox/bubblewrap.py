"""The command line of bubblewrap: what the student's process sees of this machine."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

INSIDE = Path(__file__).resolve().parents[1] / "inside"
HOME = "/tmp/home"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
CONFIGURATION = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/fonts", "/etc/localtime")


def environment(seed: int, home: str = HOME) -> dict[str, str]:
    """The whole environment of the student's interpreter: one thread, a fixed hash seed, no display."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    return {
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin", "HOME": home, "USER": "nobody", "LOGNAME": "nobody", "LANG": "C.UTF-8",
        "IPYTHONDIR": f"{home}/.ipython", "MPLCONFIGDIR": f"{home}/.matplotlib", "MPLBACKEND": "Agg", "CUDA_VISIBLE_DEVICES": "",
        "PYTHONHASHSEED": str(seed), "PYTHONDONTWRITEBYTECODE": "1", **dict.fromkeys(threads, "1"),
    }  # fmt: skip


def _library() -> list[str]:
    """The course's library, where the environment finds it (it may be installed in place)."""
    spec = importlib.util.find_spec("convbook")
    return list(spec.submodule_search_locations or []) if spec else []


@cache
def _no_further_namespaces(program: str) -> list[str]:
    """Inside a user namespace of its own the student's code would get capabilities back. bubblewrap before 0.8 cannot forbid that."""
    known = subprocess.run([program, "--help"], capture_output=True, text=True).stdout
    return ["--disable-userns"] if "--disable-userns" in known else []


def command(program: str, tmp_bytes: int, seed: int) -> list[str]:
    """Everything before the interpreter's own arguments.

    Own user, pid, ipc, net, uts and cgroup namespaces; uid nobody; no capability; the system, the Python environment and the runner
    read-only; one tmpfs of fixed size. The repository, the course folder and every home directory are not there at all.
    /proc is read-only: to the kernel "nobody" is still whoever started the grader, and root may write most of /proc/sys by its mode bits.
    """
    parts = [program, "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    parts += _no_further_namespaces(program)
    parts += ["--uid", "65534", "--gid", "65534", "--hostname", "sandbox", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    parts += ["--size", str(tmp_bytes), "--tmpfs", "/tmp", "--dir", HOME]    # first: the environment may itself lie below /tmp
    for path in SYSTEM:
        if os.path.islink(path):
            parts += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            parts += ["--ro-bind", path, path]
    for path in CONFIGURATION:
        parts += ["--ro-bind-try", path, path]
    for path in dict.fromkeys(map(os.path.abspath, [sys.base_prefix, sys.prefix, *_library()])):
        if not path.startswith("/usr/"):
            parts += ["--ro-bind", path, path]
    parts += ["--ro-bind", str(INSIDE), "/run/convgrade", "--proc", "/proc", "--remount-ro", "/proc"]
    parts += ["--dev", "/dev", "--remount-ro", "/dev"]
    parts += ["--chdir", HOME, "--remount-ro", "/", "--clearenv"]
    for name, value in environment(seed).items():
        parts += ["--setenv", name, value]
    return parts
