"""How much a submission may take, and what happens when it takes more."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from ..errors import ReleaseRefused


class Fault(BaseException):
    """The student's interpreter is gone: `state` says why. Not an Exception, so that no test can catch it by accident."""

    def __init__(self, state: str, message: str) -> None:
        super().__init__(message)
        self.state, self.message = state, message


@dataclass(frozen=True)
class Limits:
    """Defaults of an assignment's front matter, `convgrade: limits:`.

    Time is the processor time that the student's processes used, so that a busy machine costs nobody marks; waiting without computing is
    stopped after `patience` times as long on the clock.
    """

    cell_seconds: float = 10.0          # one cell, or all calls of one test cell
    submission_seconds: float = 90.0    # everything together
    patience: float = 6.0               # clock time allowed for each second of processor time
    memory_mb: int = 2048               # all processes together
    processes: int = 64
    message_mb: int = 64                # one value that crosses the border
    tmp_mb: int = 128                   # the only writable place

    @classmethod
    def of(cls, values: dict[str, Any] | None) -> Limits:
        values = values or {}
        known = {field.name for field in fields(cls)}
        for name, value in values.items():
            if name not in known:
                raise ReleaseRefused(f"unknown limit {name!r}", f"limits are {', '.join(sorted(known))}")
            if not isinstance(value, (int, float)) or value <= 0:
                raise ReleaseRefused(f"limit {name} is {value!r}", "a limit is a number above 0")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)
