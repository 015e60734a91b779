"""This engine's own generator, used wherever no other is given; torch keeps one in the same way (torch.manual_seed).

It is one np.random.Generator for the whole process, never replaced, only set: whoever holds it follows a new seed as well.
It starts from seed 0, so a program that sets no seed repeats itself too.
"""
from typing import Any

import numpy as np

__all__ = ["default_generator", "get_state", "manual_seed", "set_state"]

_generator = np.random.Generator(np.random.PCG64(0))


def default_generator() -> np.random.Generator:
    """The generator itself."""
    return _generator


def manual_seed(seed: int) -> np.random.Generator:
    """Start again from a seed, a non-negative int.

    returns  the generator, as torch.manual_seed does

    Raises what np.random.PCG64 raises for a seed it cannot take.
    """
    set_state(np.random.PCG64(seed).state)
    return _generator


def get_state() -> Any:
    """Where the generator stands: a dict of plain numbers and names, for set_state and for checkpoints."""
    return _generator.bit_generator.state


def set_state(state: Any) -> None:
    """Go back to where get_state was called. Raises what NumPy raises for anything else."""
    _generator.bit_generator.state = state
