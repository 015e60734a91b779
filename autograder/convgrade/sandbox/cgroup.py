"""A control group for one sandbox, where the host lets us make one: v2, else v1, else None and the watchdog is alone."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


@dataclass
class ControlGroup:
    folders: list[Path]

    @classmethod
    def create(cls, name: str, memory_bytes: int, processes: int) -> ControlGroup | None:
        for layout in (_unified, _legacy):
            group = cls([])
            try:
                for folder, settings in layout(memory_bytes, processes):
                    folder = folder / name
                    folder.mkdir()
                    group.folders.append(folder)
                    for file, value in settings.items():
                        (folder / file).write_text(str(value))
                if group.folders:
                    return group
            except OSError:
                group.remove()
        return None

    def join(self) -> None:
        """Called in the child, before it becomes bubblewrap."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(os.getpid()))

    def out_of_memory(self) -> bool:
        """Whether the kernel has killed a process of this group for its memory."""
        for folder in self.folders:
            for file in ("memory.events", "memory.oom_control"):
                if (folder / file).exists():
                    words = (folder / file).read_text().split()
                    return int(dict(zip(words[::2], words[1::2], strict=True)).get("oom_kill", 0)) > 0
        return False

    def members(self) -> list[int]:
        """Process ids that are in the group now."""
        return [int(word) for folder in self.folders for word in (folder / "cgroup.procs").read_text().split()]

    def remove(self) -> None:
        for folder in self.folders:
            for _ in range(50):
                try:
                    folder.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.02)


def _own(controller: str) -> str:
    """This process's place in a hierarchy ("" is the unified one)."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path.lstrip("/")
    raise FileNotFoundError(controller)


def _unified(memory_bytes: int, processes: int) -> list[tuple[Path, dict[str, int]]]:
    parent = ROOT / _own("")
    if not {"memory", "pids"} <= set((parent / "cgroup.subtree_control").read_text().split()):
        raise FileNotFoundError("memory and pids are not delegated")
    return [(parent, {"memory.max": memory_bytes, "memory.swap.max": 0, "pids.max": processes})]


def _legacy(memory_bytes: int, processes: int) -> list[tuple[Path, dict[str, int]]]:
    return [
        (ROOT / "memory" / _own("memory"), {"memory.limit_in_bytes": memory_bytes}),
        (ROOT / "pids" / _own("pids"), {"pids.max": processes}),
    ]
