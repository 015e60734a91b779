"""Trace: what stands for a tensor while a net is analysed. It has a shape and a receptive field, but no numbers."""
from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any, ClassVar

from convbook.analyse._field import Field

ONE = (1, 1)                    # an axis that runs over one row and one column of the image: examples, channels


class Memory:
    """The numbers of one tensor; its reshapes and slices share it. `kept`: does the way back need them?"""

    def __init__(self, numbers):
        self.numbers, self.kept = numbers, False


class Trace:
    """A tensor without numbers; whatever is done to it is handed to `walk.call(name, arguments, options)`.

    shape   with the batch
    field   Field of each of its numbers
    spans   for each axis, the (rows, columns) of the image that it runs over: (1, 28) for the width, (28, 28) once flattened
    memory  Memory
    """

    __array_ufunc__ = None      # NumPy's arrays leave `array * trace` to the Trace
    names: ClassVar[dict[str, Callable]] = {}       # the functions that there are rules for; also its methods

    def __init__(self, walk, shape, field=None, spans=None, memory=None):
        self.walk, self.shape, self.field = walk, tuple(shape), field or Field()
        self.spans = image_spans(self.shape) if spans is None else tuple(spans)
        self.memory = memory or Memory(prod(self.shape))
        self.dtype, self.device = walk.dtype, walk.device

    ndim = property(lambda self: len(self.shape))
    T = property(lambda self: self._convbook_call("transpose", (self, 0, 1), {}))

    def view_of(self, shape, spans):
        """The same numbers in another form."""
        return Trace(self.walk, shape, self.field, spans, self.memory)

    def size(self, dim=None):
        return self.shape if dim is None else self.shape[dim]

    def dim(self):
        return self.ndim

    def numel(self):
        return prod(self.shape)

    def __len__(self):
        return self.shape[0]

    def __getattr__(self, name) -> Any:
        if name in Trace.names:
            return partial(self._method, name)
        raise AttributeError(f"analyse has no rule for {name!r} of a tensor{self.walk.where()}" if not name.startswith("_") else name)

    def _method(self, name, *arguments, **options):
        return self._convbook_call(name, (self, *arguments), options)

    def _convbook_call(self, function, arguments, options):
        """What the engines call instead of computing: a function or its name, and what it was given."""
        return self.walk.call(function if isinstance(function, str) else function.__name__, arguments, options)

    @classmethod
    def __torch_function__(cls, function, types, arguments=(), options=None):
        options = dict(options or {})
        if "input" in options:
            arguments = (options.pop("input"), *arguments)
        return next(find_traces((arguments, options)))._convbook_call(function, arguments, options)

    def __getitem__(self, index):
        return self._method("getitem", index)

    def __add__(self, other):
        return self._method("add", other)

    def __sub__(self, other):
        return self._method("sub", other)

    def __mul__(self, other):
        return self._method("mul", other)

    def __truediv__(self, other):
        return self._method("div", other)

    def __pow__(self, other):
        return self._method("pow", other)

    def __neg__(self):
        return self._method("neg")

    def __matmul__(self, other):
        return self._method("matmul", other)

    def __rmatmul__(self, other):
        return self._convbook_call("matmul", (other, self), {})

    __radd__, __rmul__, __rsub__, __rtruediv__ = __add__, __mul__, __sub__, __truediv__
    __iadd__, __isub__, __imul__, __itruediv__ = __add__, __sub__, __mul__, __truediv__


def image_spans(shape):
    """The spans of (..., H, W) if there are channels before them, else none."""
    return [ONE] * len(shape) if len(shape) < 3 else [*[ONE] * (len(shape) - 2), (shape[-2], 1), (1, shape[-1])]


def find_traces(value):
    """Every Trace in nested tuples, lists and dicts."""
    if isinstance(value, Trace):
        yield value
    elif isinstance(value, dict):
        yield from find_traces(list(value.values()))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from find_traces(item)
