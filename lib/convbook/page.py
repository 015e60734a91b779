"""What every chapter needs to show what it computed: numbers for its sentences, tables, what a net costs, how long something takes."""
import math
import time
from collections.abc import Callable, Iterable, Sequence

from convbook import models
from convbook.analyse._published import analysed
from convbook.analyse._table import bytes_in_words
from convbook.figures._draw import number, percent, series

__all__ = ["analysed", "model_card", "number", "percent", "power", "quickest", "series", "stages", "table", "tell"]


def tell(**values):
    """Put values where a sentence can fetch them: tell(shift=3), and in the text {glue:text}`shift`.

    values   numbers or texts; a number is written as `number` writes it, so round it first or pass the text you want

    Keys belong to one page.
    """
    from myst_nb import glue  # a page is built with it; the library works without

    for key, value in values.items():
        glue(key, _together(value if isinstance(value, str) else number(value)), display=False)


def table(header: Sequence[str], rows: Iterable[Sequence]):
    """A table as the last value of a cell.

    header   one text a column
    rows     one sequence a row, as long as the header; entries may hold Markdown and $formulas$

    Raises ValueError if a row has more or fewer entries than the header.
    """
    from IPython.display import Markdown

    lines: list[Sequence] = [header, ["---"] * len(header)]
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"a row has {len(row)} entries, the header {len(header)}: {list(row)}")
        lines.append(row)
    return Markdown("\n".join("| " + " | ".join(_together(str(entry)) for entry in line) + " |" for line in lines))


def _together(text):
    """The text, in which no line breaks before a per cent sign."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def power(value: float) -> str:
    """A small or large number as one reads it: 3 × 10⁻⁵."""
    if value == 0:
        return "0"
    digit, exponent = f"{value:.0e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digit}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10{raised}".replace("-", "−")


def quickest(contestants: dict[str, Callable[[], object]], rounds: int = 12) -> dict[str, float]:
    """Processor seconds of the quickest call, by name.

    contestants   calls without arguments, by name
    rounds        turns of each; they take turns, so that a busy moment of the machine meets them alike

    Processor time leaves out the wait for a core that another program holds. It adds up over threads and does not see a GPU:
    compare on one thread of the processor.
    """
    seconds = dict.fromkeys(contestants, math.inf)
    for _ in range(rounds):
        for name, call in contestants.items():
            start = time.process_time()
            call()
            seconds[name] = min(seconds[name], time.process_time() - start)
    return seconds


def model_card(*names: str):
    """What the papers' nets are and cost, one column a net, as the last value of a cell.

    names   variants, see models.names()

    Memory is for one image at 4 bytes a number. Raises ValueError for a name that does not exist.
    """
    found = [analysed(name) for name in names]
    rows = {
        "Paper": [models.file_of(name).__doc__.splitlines()[0] for name in names],
        "Image": [_times(a.rows[0].shape) for a in found],
        "Convolutions and linear layers": [number(sum(row.macs > 0 for row in a.rows)) for a in found],
        "Parameters": [number(a.parameters) for a in found],
        "MACs": [number(a.macs) for a in found],
        "Memory, forward": [_bytes(a.memory, a) for a in found],
        "Memory, forward and backward": [_bytes(a.training_memory, a) for a in found],
        "Receptive field of the last map": [f"{_times(sorted(set(a.last_map.receptive_field)))} pixels" for a in found],
    }
    return table(["", *(f"`{name}`" for name in names)], [[title, *cells] for title, cells in rows.items()])


def stages(name: str, size: int | None = None):
    """Stem, stages and head of a net with what each costs, as the last value of a cell.

    name   a variant, see models.names()
    size   height and width of the image; without it the paper's

    Raises ValueError for a name that does not exist, or an image that is too small.
    """
    found = analysed(name, size)
    rows = [[f"`{row.name}`" if row.name else "image", _times(row.shape), number(row.parameters), number(row.macs),
             _bytes(row.memory, found)] for row in found.stages()]
    total = ["all", "", number(found.parameters), number(found.macs), _bytes(found.memory, found)]
    return table(["Part", "Output", "Parameters", "MACs", "Memory"], [*rows, total])


def _times(shape):
    return " × ".join(map(str, shape)).replace(" ", "\N{NO-BREAK SPACE}")


def _bytes(numbers, found):
    return bytes_in_words(numbers * found.bytes_per_number).replace(" ", "\N{NO-BREAK SPACE}")
