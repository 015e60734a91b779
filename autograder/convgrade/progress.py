"""How long work tells that it is going on: a bar with the time left on stderr, or nothing."""

from __future__ import annotations

from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar


class Reports(Protocol):
    """What the verbs call. `start` may come again when the next stretch of work begins."""

    def start(self, total: int, what: str) -> None: ...
    def advance(self, label: str = "") -> None: ...
    def finish(self) -> None: ...


class Silent:
    def start(self, total: int, what: str) -> None:
        pass

    def advance(self, label: str = "") -> None:
        pass

    def finish(self) -> None:
        pass


class Progress:
    """A bar on stderr, so that stdout holds nothing but results. Where stderr is no terminal, one line when each stretch is done."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self.bar: Bar | None = None
        self.done, self.total, self.what = 0, 0, ""

    def start(self, total: int, what: str) -> None:
        self.finish()
        self.done, self.total, self.what = 0, total, what
        if self.console.is_terminal:
            columns = (
                TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(compact=True),
                TextColumn("{task.fields[label]}"),
            )
            self.bar = Bar(*columns, console=self.console, transient=True)
            self.bar.start()
            self.bar.add_task(what, total=total, label="")

    def advance(self, label: str = "") -> None:
        self.done += 1
        if self.bar:
            self.bar.update(self.bar.task_ids[0], advance=1, label=label)

    def finish(self) -> None:
        """May be called more than once; called after an error too, so that the terminal is left in order."""
        if self.bar:
            self.bar.stop()
            self.bar = None
        if self.what:
            self.console.print(f"{self.what}: {self.done} of {self.total}", highlight=False, markup=False)
            self.what = ""
