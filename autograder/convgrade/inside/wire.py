"""Plain data across the border between the student's interpreter and the examiner.

A message is a JSON head and raw buffers in one frame:

    8 bytes   length of the head, big endian
    8 bytes   length of all buffers together
    head      UTF-8 JSON; {"buffers": [lengths], ...}
    buffers   one after the other

Values become a JSON tree; arrays, tensors and NumPy scalars keep dtype and shape and lie in a buffer. Nothing is pickled, so reading a
message can build nothing but numbers, strings and containers. Both sides use this file; the runner's side is not trusted, so the reading
side checks every length, dtype and shape before it believes them.
"""

from __future__ import annotations

import itertools
import json
import math
import re
import struct
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

HEADER = struct.Struct(">QQ")
MAX_HEAD = 8 * 2**20
MAX_DEPTH = 40
MAX_NODES = 200_000
MAX_HASHED = 5_000    # parts of a set or dict: numbers can be chosen so that building one takes the square of their count
SAFE_DTYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|c8|c16|U\d{1,4})")
TORCH_DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64", "complex128")


class WireError(Exception):
    """The other side sent something that is not a message, or a value is not plain data."""


class NotPlain(WireError):
    """A value is not made of numbers, strings, arrays and containers of these."""


class Encoder:
    """Turns values into a tree and buffers. `opaque(value)` may name an object that stays on its side; None refuses it."""

    def __init__(self, opaque=None) -> None:
        self.buffers: list[bytes] = []
        self._opaque = opaque or (lambda value: None)
        self._nodes = 0

    def __call__(self, value, depth: int = 0):
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise NotPlain(f"a value nested deeper than {MAX_DEPTH} levels or with more than {MAX_NODES} parts")
        if (named := self._opaque(value)) is not None:
            return named
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, np.generic):
            return self._array("scalar", np.asarray(value))
        if isinstance(value, np.ndarray):
            return self._array("array", np.asarray(value))
        if _is_tensor(value):
            return self._tensor(value)
        if isinstance(value, str):
            return str.__str__(value) if type(value) is str else "".join(value)
        if isinstance(value, int):
            number = int.__index__(value)
            return number if abs(number) < 2**63 else {"t": "int", "v": hex(number)}
        if isinstance(value, float):
            real = float.__float__(value)
            return real if math.isfinite(real) else {"t": "float", "v": repr(real)}
        return self._container(value, depth + 1)

    def _container(self, value, depth: int):
        if isinstance(value, list):
            return [self(one, depth) for one in list.__iter__(value)]
        if isinstance(value, tuple):
            return {"t": "tuple", "v": [self(one, depth) for one in tuple.__iter__(value)]}
        if isinstance(value, dict):
            return {"t": "dict", "v": [[self(k, depth), self(v, depth)] for k, v in dict.items(value)]}
        if isinstance(value, (set, frozenset)):
            return {"t": "set", "v": [self(one, depth) for one in value]}
        if isinstance(value, complex):
            return {"t": "complex", "v": [self(value.real, depth), self(value.imag, depth)]}
        if isinstance(value, (bytes, bytearray)):
            return self._array("bytes", np.frombuffer(bytes(value), np.uint8))
        if isinstance(value, range):
            return {"t": "range", "v": [value.start, value.stop, value.step]}
        if isinstance(value, slice):
            return {"t": "slice", "v": [self(one, depth) for one in (value.start, value.stop, value.step)]}
        raise NotPlain(f"an object of type {type(value).__name__}")

    def _array(self, kind: str, array: np.ndarray) -> dict:
        if not SAFE_DTYPE.fullmatch(array.dtype.str):
            raise NotPlain(f"an array with dtype {array.dtype}")
        self.buffers.append(array.tobytes())
        return {"t": kind, "d": array.dtype.str, "s": list(array.shape), "b": len(self.buffers) - 1}

    def _tensor(self, value) -> dict:
        name = str(value.dtype).removeprefix("torch.")
        if name not in TORCH_DTYPES:
            raise NotPlain(f"a tensor with dtype {value.dtype}")
        tree = self._array("tensor", value.detach().cpu().resolve_conj().resolve_neg().numpy())
        return {**tree, "grad": bool(value.requires_grad)}


class Decoder:
    """Builds values from a tree and buffers, believing nothing. `named(tree)` resolves objects of this side."""

    def __init__(self, buffers: list[bytes], named=None) -> None:
        self._buffers = buffers
        self._named = named
        self._nodes = 0

    def __call__(self, tree, depth: int = 0):
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise WireError("a value nested too deeply or with too many parts")
        if tree is None or isinstance(tree, (bool, int, float, str)):
            return tree
        if isinstance(tree, list):
            return [self(one, depth + 1) for one in tree]
        kind = tree.get("t") if isinstance(tree, dict) else None
        if kind in ("array", "scalar", "tensor", "bytes"):
            return self._from_buffer(kind, tree)
        if kind in ("ref", "handle") and self._named is not None:
            return self._named(tree)
        try:
            return self._container(kind, tree["v"], depth + 1)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise WireError(f"a {kind!r} that does not fit together") from error

    def _container(self, kind, content, depth: int):
        if kind == "int" and isinstance(content, str) and len(content) < 100_000:
            return int(content, 16)
        if kind == "float" and content in ("nan", "inf", "-inf"):
            return float(content)
        if kind == "range":
            numbers = range(*(int(one) for one in content))
            if len(numbers) > MAX_NODES:
                raise WireError(f"a range of more than {MAX_NODES} numbers")
            return numbers
        if kind in ("set", "dict") and len(content) > MAX_HASHED:
            raise WireError(f"a {kind} with more than {MAX_HASHED} parts")
        parts: list[Any] = [[self(k, depth), self(v, depth)] for k, v in content] if kind == "dict" else [self(v, depth) for v in content]
        if kind == "complex":
            return complex(float(parts[0]), float(parts[1]))
        makers: dict[Any, Callable[[list[Any]], Any]] = {"tuple": tuple, "dict": dict, "set": set, "slice": lambda parts: slice(*parts)}
        if kind not in makers:
            raise WireError(f"an unknown kind of value {kind!r}")
        return makers[kind](parts)

    def _from_buffer(self, kind: str, tree: dict):
        dtype, shape, index = tree.get("d"), tree.get("s"), tree.get("b")
        if not isinstance(dtype, str) or not SAFE_DTYPE.fullmatch(dtype):
            raise WireError(f"an array of dtype {dtype!r}")
        if not isinstance(shape, list) or len(shape) > 16 or not all(type(n) is int and 0 <= n < 2**40 for n in shape):
            raise WireError(f"an array of shape {shape!r}")
        if type(index) is not int or not 0 <= index < len(self._buffers):
            raise WireError(f"an array in buffer {index!r} of {len(self._buffers)}")
        raw, kept = self._buffers[index], np.dtype(dtype)
        if len(raw) != kept.itemsize * math.prod(shape):
            raise WireError(f"an array of shape {shape} and dtype {dtype} in {len(raw)} bytes")
        if kind == "bytes":
            return bytes(raw)
        array = np.frombuffer(bytearray(raw), kept).reshape(shape)
        if kept == np.bool_:
            np.minimum(array.view(np.uint8), 1, out=array.view(np.uint8))    # a byte that is neither 0 nor 1 is undefined behaviour
        if kind == "tensor":
            return _to_tensor(array, bool(tree.get("grad")))
        return array[()] if kind == "scalar" and array.ndim == 0 else array


def _is_tensor(value) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and hasattr(torch, "Tensor") and isinstance(value, torch.Tensor)


def _to_tensor(array: np.ndarray, requires_grad: bool):
    import torch

    if array.dtype.newbyteorder("=").name not in TORCH_DTYPES:
        raise WireError(f"a tensor of dtype {array.dtype}")
    tensor = torch.from_numpy(np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="))).reshape(array.shape))
    return tensor.requires_grad_(requires_grad and tensor.is_floating_point())


def pack(head: dict, buffers: list[bytes]) -> bytes:
    """One frame, ready to send."""
    text = json.dumps({**head, "buffers": [len(one) for one in buffers]}, allow_nan=False).encode("utf-8", "replace")
    return b"".join([HEADER.pack(len(text), sum(map(len, buffers))), text, *buffers])


def frame_sizes(header: bytes, max_bytes: int) -> tuple[int, int]:
    """Lengths of head and buffers; WireError if either is beyond its limit."""
    head, body = HEADER.unpack(header)
    if head > MAX_HEAD or body > max_bytes:
        raise WireError(f"a message of {head + body} bytes; at most {max_bytes} may cross")
    return head, body


def unpack(head: bytes, body: bytes) -> tuple[dict, list[bytes]]:
    """The head and the buffers of a frame whose sizes were checked."""
    try:
        message = json.loads(head.decode("utf-8"))
        lengths = message.pop("buffers")
        if not all(type(n) is int and n >= 0 for n in lengths) or sum(lengths) != len(body):
            raise WireError("buffers that do not add up")
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise WireError(f"a head that is not a message: {type(error).__name__}") from error
    edges = [0]
    for length in lengths:
        edges.append(edges[-1] + length)
    return message, [body[a:b] for a, b in itertools.pairwise(edges)]
