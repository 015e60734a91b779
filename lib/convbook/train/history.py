"""What a run leaves behind, and what it shows while it runs."""
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class History(list):
    """A plain table: one dict a row and a row an epoch, with the same columns. print() shows it, column("loss") is one column.

    columns  epoch, loss, accuracy (of the training batches as they came), lr, seconds, and with a validation set val_loss, val_accuracy
    """

    def column(self, name):
        """One column as a list. Raises KeyError that names the columns there are."""
        if self and name not in self[0]:
            raise KeyError(f"no column {name!r}; there are {', '.join(self[0])}")
        return [row[name] for row in self]

    def __str__(self):
        if not self:
            return "no epoch yet"
        titles = list(self[0])
        lines = [titles, *([_shown(name, row[name]) for name in titles] for row in self)]
        widths = [max(len(line[i]) for line in lines) for i in range(len(titles))]
        return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def describe(row):
    """One epoch in one line."""
    return ", ".join(f"{name} {_shown(name, value)}" for name, value in row.items())


class Display:
    """A bar with loss, accuracy and time left on a terminal; elsewhere one line an epoch; nothing if not wanted."""

    def __init__(self, steps, done, where, wanted=True, console=None):
        self.console = console or Console()
        self.wanted, self.progress = wanted, None
        if wanted and self.console.is_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
            self.progress = Progress(*columns, console=self.console)
            self.task = self.progress.add_task(where, total=steps, completed=done)
        elif wanted:
            self.console.print(f"training on {where}", highlight=False, soft_wrap=True)

    def __enter__(self):
        if self.progress:
            self.progress.start()
        return self

    def __exit__(self, *_):
        if self.progress:
            self.progress.stop()

    def step(self, epoch, loss, accuracy):
        if self.progress:
            self.progress.update(self.task, advance=1, description=f"epoch {epoch}: loss {loss:.4f}, accuracy {accuracy:.1%}")

    def epoch(self, row):
        if self.wanted:
            (self.progress.console if self.progress else self.console).print(describe(row), highlight=False, soft_wrap=True)


def _shown(name, value):
    if name == "epoch":
        return str(value)
    if "accuracy" in name:
        return f"{value:.2%}"
    return f"{value:.3g}" if name == "lr" else f"{value:.1f}" if name == "seconds" else f"{value:.4f}"
