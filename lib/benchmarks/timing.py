"""How everything here is timed.

Contestants take turns, round after round, so that a busy moment of the machine meets them alike; the quickest round counts.
What is counted is processor time, so waiting for a core that another program holds does not: everything runs on one thread.
"""
import math
import tracemalloc
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from convbook import page


class Measurement(NamedTuple):
    """One function at one shape: processor seconds of the quickest round, "torch forward", "numpy forward" and backward alike."""

    name: str
    shape: Any
    seconds: dict[str, float]

    def ratio(self, direction):
        """Speed against torch: 1 is as fast, 0.5 takes twice as long."""
        return self.seconds[f"torch {direction}"] / self.seconds[f"numpy {direction}"]


def quickest(contestants: Callable[[], dict[str, Callable]], passes: int = 1, rounds: int = 12) -> dict[str, float]:
    """Processor seconds of the quickest round, by name.

    contestants   makes the calls to be timed, by name
    passes        how often they are made anew: speed also depends on where in memory arrays happen to lie
    rounds        turns of each call in a pass
    """
    runs = [page.quickest(contestants(), rounds) for _ in range(passes)]
    return {name: min(run[name] for run in runs) for name in runs[0]}


def bytes_beyond_outputs(call) -> int:
    """The largest amount of memory that NumPy holds at any moment of the call, less what the returned arrays take."""
    tracemalloc.start()
    outputs = call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - sum(output.nbytes for output in (outputs if isinstance(outputs, tuple) else (outputs,)) if output is not None)


def geometric_mean(values: Iterable[float]) -> float:
    """The mean that fits ratios: twice as fast here and half as fast there is 1."""
    values = list(values)
    return math.prod(values) ** (1 / len(values))
