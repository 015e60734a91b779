"""Arrays out of a pickle without running anything that it names.

A pickle is a program: it may call whatever it can name. Here it can name three things, those that a pickle of arrays needs,
and gets stand-ins for them that only write down what they are told; the arrays are made afterwards, from bytes and a checked type.
"""
import pickle
import re
from math import prod

import numpy as np

PLAIN = re.compile(r"[fiu][1248]|b1")      # floats, integers, truth values: what has no object inside


class _Type:
    """Stands for numpy.dtype: a code such as "f4", later its byte order."""

    __slots__ = ("code", "order")

    def __init__(self, code, *_):
        if not isinstance(code, str) or not PLAIN.fullmatch(code):
            raise pickle.UnpicklingError(f"an array of type {code!r:.40}, not of numbers")
        self.code, self.order = code, "<"

    def __setstate__(self, state):
        self.order = {"<": "<", ">": ">", "|": "|", "=": "="}[state[1]]

    def real(self):
        return np.dtype(self.order + self.code)


class _Array:
    """Stands for an array under construction: shape, type and bytes come with its state."""

    __slots__ = ("array",)

    def __init__(self, *_):
        self.array = None

    def __setstate__(self, state):
        _, shape, kind, by_columns, content = state
        if not isinstance(kind, _Type) or not isinstance(content, bytes | str):
            raise pickle.UnpicklingError("an array whose content is not numbers")
        content = content.encode("latin1") if isinstance(content, str) else content
        if prod(shape) * kind.real().itemsize != len(content):
            raise pickle.UnpicklingError(f"{len(content)} bytes for an array of shape {shape}")
        self.array = np.frombuffer(content, kind.real()).reshape(shape, order="F" if by_columns else "C")


class _Name:
    """What the pickle gets for a name: it can be called, nothing else."""

    __slots__ = ("make",)

    def __init__(self, make):
        self.make = make

    def __call__(self, *arguments):
        return self.make(*arguments)

    def __setstate__(self, state):
        raise pickle.UnpicklingError("a name that is given a state")


NAMES = {("numpy.core.multiarray", "_reconstruct"): _Array, ("numpy._core.multiarray", "_reconstruct"): _Array,
         ("numpy", "ndarray"): None, ("numpy", "dtype"): _Type}      # ndarray is only told to _reconstruct; nobody may call it


class _Reader(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in NAMES:
            raise pickle.UnpicklingError(f"it wants {module}.{name}")
        made = NAMES[module, name]
        return None if made is None else _Name(made)


def load(file):
    """The dicts and lists of a pickle with its arrays.

    file     open, binary
    returns  dict, list or array; arrays are new

    Raises pickle.UnpicklingError if it names anything but arrays of numbers, and whatever else a damaged pickle leads to.
    """
    return _finished(_Reader(file, encoding="latin1").load())


def _finished(value):
    if isinstance(value, dict):
        return {key: _finished(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finished(item) for item in value]
    if isinstance(value, _Array) and value.array is not None:
        return value.array.copy()
    raise pickle.UnpicklingError(f"something of type {type(value).__name__.strip('_')}, not an array")
