"""Stand-ins for the student's functions in the examiner's process.

A proxy can be called, and passed to another call. It refuses everything else, so no object of the student's can answer for itself.
"""

from __future__ import annotations

import builtins
import sys
from typing import Any

import numpy as np

from ..inside.escapes import REPORTED
from ..sandbox import Fault
from .session import Session

REFUSED = [
    "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__", "__len__", "__contains__", "__getitem__", "__setitem__",
    "__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__truediv__", "__rtruediv__", "__matmul__", "__rmatmul__",
    "__neg__", "__abs__", "__float__", "__int__", "__index__", "__array__", "__str__", "__format__",
]  # fmt: skip


class BadAnswer(AssertionError):
    """The student's function returned something that is not plain data, or ended the interpreter."""


class Forbidden(BaseException):
    """A call that the exercise forbids was seen while the student's function ran."""


class Misuse(TypeError):
    """The test does with a student's object what only plain values can do."""


class Border:
    """Everything that one test cell's proxies share: the session, what is forbidden, what may come back as a handle, what went wrong."""

    def __init__(self, session: Session, filename: str, hidden: set[int], forbidden: list[str], inplace: dict[str, list[int]],
                 given: dict[str, Any], handles: list[str] | None) -> None:  # fmt: skip
        self.session, self.filename, self.hidden = session, filename, hidden
        self.forbidden, self.inplace, self.allowed = forbidden, inplace, handles
        self.given = {id(value): name for name, value in given.items() if callable(value)}
        self.returned_handles: list[str] = []
        self.asked_hidden = False
        self.fault: BaseException | None = None

    def call(self, label: str, target: dict[str, Any], args: tuple, kwargs: dict) -> Any:
        if self.fault is not None:
            raise self.fault
        copy_back = self.inplace.get(label, [])
        hidden = self.asked_hidden = self.asked_hidden or self.is_hidden()
        self.session.has_seen_hidden |= hidden
        try:
            answer = self.session.call(target, args, kwargs, copy_back, self.forbidden, self._named, lambda tree: self._handle(label, tree))
        except Fault as fault:
            self.fault = fault
            raise
        if answer.forbidden:
            self.fault = Forbidden(answer.forbidden if answer.forbidden in (*self.forbidden, *REPORTED) else "one of its calls")
            raise self.fault
        if answer.raised:
            raise self._exception(label, answer.raised, "" if hidden else answer.text, target["path"])
        if answer.refused:
            raise BadAnswer(f"{label} returned {answer.refused}; return numbers, strings, arrays, or lists, tuples and dicts of them")
        for position, value in answer.changed.items():
            _copy_into(args[position], value)
        return answer.value

    def is_hidden(self) -> bool:
        """Whether the line of the test that is running now is one that students do not see."""
        frame = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == self.filename and frame.f_lineno in self.hidden:
                return True
            frame = frame.f_back  # type: ignore[assignment]
        return False

    def _named(self, value: Any) -> dict[str, Any] | None:
        if isinstance(value, Proxy):
            return object.__getattribute__(value, "_reference")
        return {"t": "ref", "name": self.given[id(value)]} if id(value) in self.given else None

    def _handle(self, label: str, tree: dict[str, Any]) -> Any:
        number, kind = tree.get("id"), str(tree.get("type", ""))[:80]
        if type(number) is not int or tree.get("t") != "handle":
            raise ValueError("a reference that is none")
        self.returned_handles.append(label)
        if self.allowed is not None and label not in self.allowed:
            raise ValueError(f"an object of type {kind}")
        return Proxy(self, f"{label}()", {"handle": number, "path": []}, {"t": "handle", "id": number})

    def _exception(self, label: str, name: str, text: str, path: list[str]) -> BaseException:
        kind = getattr(builtins, name, None)
        if kind in (StopIteration, StopAsyncIteration) and path[-1:] != ["__next__"]:
            kind = None    # in a test's `zip(map(f, cases), ...)` it would end the checks in silence
        if not isinstance(kind, type) or not issubclass(kind, Exception):
            return BadAnswer(f"{label} ended with {name[:40]}; a function answers with `return` or raises an exception")
        try:
            error = kind(text)
        except TypeError:
            error = RuntimeError(f"{name}: {text}")
        error.from_student = label  # type: ignore[attr-defined]
        return error


class Proxy:
    def __init__(self, border: Border, label: str, target: dict[str, Any], reference: dict[str, Any]) -> None:
        for name, value in (("_border", border), ("_label", label), ("_target", target), ("_reference", reference)):
            object.__setattr__(self, name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        get = object.__getattribute__
        return get(self, "_border").call(get(self, "_label"), get(self, "_target"), args, kwargs)

    def __getattribute__(self, name: str) -> Any:
        get = object.__getattribute__
        target, label = get(self, "_target"), get(self, "_label")
        if name == "__class__":
            return Proxy
        if name == "__name__":
            return label
        if name.startswith("_") or "handle" not in target:
            raise Misuse(f"the test uses {label}.{name}; a student's function can only be called")
        return Proxy(get(self, "_border"), f"{label}.{name}", {**target, "path": [*target["path"], name]}, get(self, "_reference"))

    def __setattr__(self, name: str, value: Any) -> None:
        raise Misuse(f"the test sets {name} on a student's object")

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        get = object.__getattribute__
        target, label = get(self, "_target"), get(self, "_label")
        if "handle" not in target:
            raise Misuse(f"the test iterates over {label}; a student's function can only be called")
        return get(self, "_border").call(label, {**target, "path": [*target["path"], "__next__"]}, (), {})

    def __repr__(self) -> str:
        return f"<the student's {object.__getattribute__(self, '_label')}>"

    __hash__ = None  # type: ignore[assignment]


def _refuse(name: str) -> Any:
    def refuse(self: Proxy, *args: Any) -> Any:
        raise Misuse(f"the test uses {name} on {self!r}; call it, and compare what comes back")

    return refuse


for _name in REFUSED:
    setattr(Proxy, _name, _refuse(_name))


def _copy_into(ours: Any, theirs: Any) -> None:
    """Bring an in-place change across: same kind, same shape, same dtype. None and numbers cannot change; they stay as they are."""
    if ours is None or isinstance(ours, (bool, int, float, complex, str)):
        return
    if isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray) and ours.shape == theirs.shape and ours.dtype == theirs.dtype:
        ours[...] = theirs
    elif isinstance(ours, list) and isinstance(theirs, list):
        ours[:] = theirs
    elif isinstance(ours, dict) and isinstance(theirs, dict):
        ours.clear()
        ours.update(theirs)
    elif hasattr(ours, "copy_") and type(ours) is type(theirs) and ours.shape == theirs.shape:
        ours.copy_(theirs)
    else:
        raise BadAnswer("an argument that is changed in place must keep its type, shape and dtype")
