"""The result of an analysis: rows, sums, and the table that a person wants to read."""
from fractions import Fraction
from typing import Any, NamedTuple


class Row(NamedTuple):
    """One layer as it was called, or one part of the net with all that is in it.

    name             path in the net; a function called in a forward method has its part's
    kind             the layer's class, the function's name, or "input"
    settings         window, stride ... of a layer; the label of a part
    shape            of the output without the batch; of the first output if there are several
    parameters       of its own, counted where they are used first
    macs             multiply-accumulates of one image
    memory           numbers, forward
    training_memory  numbers, forward and backward
    receptive_field  (height, width) in pixels
    stride           (down, right) in pixels, from one number of the map to the next
    """

    name: str
    kind: str
    settings: str
    shape: tuple[int, ...]
    parameters: int
    macs: int
    memory: int
    training_memory: int
    receptive_field: tuple
    stride: tuple


COLUMNS = {
    "name": ("name", lambda row: row.name), "layer": ("layer", lambda row: f"{row.kind} ({row.settings})" if row.settings else row.kind),
    "output": ("output", lambda row: " x ".join(map(str, row.shape))), "parameters": ("parameters", lambda row: _number(row.parameters)),
    "macs": ("MACs", lambda row: _number(row.macs)), "memory": ("forward", lambda row: _number(row.memory)),
    "training_memory": ("and backward", lambda row: _number(row.training_memory)),
    "receptive_field": ("field", lambda row: _by(row.receptive_field)), "stride": ("stride", lambda row: _by(row.stride)),
}
WORDS = ("name", "layer", "output")


class Analysis(NamedTuple):
    """What one image costs; str() is the table.

    rows             Row for the input and for each layer, in the order of computation
    parts            Row for each module that holds others, outer ones first
    parameters       of the whole net, also of parts that this pass did not reach
    last_map         the last Row before a whole map becomes one number, where published receptive fields are stated
    bytes_per_number 4 for float32
    """

    rows: tuple[Row, ...]
    parts: tuple[Row, ...]
    parameters: int
    last_map: Row
    bytes_per_number: int = 4

    @property
    def macs(self) -> int:
        return sum(row.macs for row in self.rows)

    @property
    def memory(self) -> int:
        """Numbers, forward."""
        return sum(row.memory for row in self.rows)

    @property
    def training_memory(self) -> int:
        """Numbers, forward and backward."""
        return sum(row.training_memory for row in self.rows)

    @property
    def activations(self) -> int:
        """Numbers that come out of convolutions and linear layers, as timm's tables count them."""
        return sum(row.memory for row in self.rows if row.macs)

    @property
    def unused(self) -> int:
        """Parameters of parts that this pass did not reach, such as auxiliary heads."""
        return self.parameters - sum(row.parameters for row in self.rows)

    def at(self, name) -> Row:
        """The part or layer at a path, "stages.0"; "" is the whole net.

        Raises KeyError if nothing was computed there.
        """
        for row in (*self.parts, *self.rows[1:]):
            if row.name == name:
                return row
        raise KeyError(f"nothing was computed at {name!r}; there are {', '.join(row.name for row in self.parts if row.name)}")

    def stages(self) -> tuple[Row, ...]:
        """The input, stem, each stage and head in one Row each; of other nets, their outermost parts and layers."""
        parts = [row for row in self.parts if row.name and "." not in row.name]
        inner = [row for row in self.parts if row.name.startswith("stages.") and row.name.count(".") == 1]
        within = [row for row in self.rows if row.name.startswith("stages.")]
        if within and all(any(_holds(part, row) for part in inner) for row in within):
            parts = [*inner, *(row for row in parts if row.name != "stages")]
        found: list[Row] = []
        for row in self.rows:
            outer = next((part for part in parts if _holds(part, row)), row)
            if not found or outer is not found[-1]:
                found.append(outer)
        return tuple(found)

    def table(self, columns=tuple(COLUMNS), rows=None) -> str:
        """Rows as text, with the sums of the whole net.

        columns  which, of name, layer, output, parameters, macs, memory, training_memory, receptive_field, stride
        rows     all layers; or `stages()`
        """
        rows = self.rows if rows is None else rows
        total = Row("", "", "", (), self.parameters, self.macs, self.memory, self.training_memory, (), ())
        lines = [[COLUMNS[c][1](row) for c in columns] for row in rows]
        if self.unused:
            lines.append([COLUMNS[c][1](total._replace(kind="not reached", parameters=self.unused)) if c in ("layer", "parameters") else ""
                          for c in columns])
        lines.append([COLUMNS[c][1](total) for c in columns])
        text = aligned([COLUMNS[c][0] for c in columns], lines, [i for i, c in enumerate(columns) if c in WORDS])
        if "memory" not in columns:
            return text
        forward, both = (bytes_in_words(numbers * self.bytes_per_number) for numbers in (self.memory, self.training_memory))
        return f"{text}\nOne image at {self.bytes_per_number} bytes a number: forward {forward}, forward and backward {both}."

    def __str__(self):
        return self.table()

    def to_frame(self) -> Any:
        """The rows as a pandas DataFrame; a list of dicts where pandas is not installed."""
        records = [row._asdict() for row in self.rows]
        try:
            from pandas import DataFrame
        except ImportError:
            return records
        return DataFrame(records)


class Summary(NamedTuple):
    """A net in four columns; str() is the table."""

    rows: tuple[Row, ...]
    analysis: Analysis

    def __str__(self):
        return self.analysis.table(("name", "layer", "output", "parameters"), self.rows)


def aligned(titles, lines, words):
    """A table whose columns `words` are set flush left, the others flush right; the last line stands below a rule."""
    widths = [max(len(cell) for cell in column) for column in zip(titles, *lines, strict=True)]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))

    def line(cells):
        return "  ".join(cell.ljust(width) if i in words else cell.rjust(width)
                         for i, (cell, width) in enumerate(zip(cells, widths, strict=True))).rstrip()
    return "\n".join([line(titles), rule, *map(line, lines[:-1]), rule, line(lines[-1])])


def _holds(part, row):
    return row.name == part.name or row.name.startswith(f"{part.name}.")


def bytes_in_words(number):
    """60950432 as 60.95 MB"""
    return f"{number / 1e6:.2f} MB" if number >= 1e5 else f"{number / 1e3:.2f} kB"


def _number(value):
    return f"{value:,}" if value else ""


def _by(sizes):
    said = [str(round(float(v), 2)) if isinstance(v, Fraction) else str(v) for v in sizes]
    return said[0] if len(set(said)) == 1 else " x ".join(said)
