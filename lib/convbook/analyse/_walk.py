"""One pass of a Trace through a net: layers apply their rule, everything else runs its own forward method."""
from collections import Counter
from contextlib import contextmanager
from functools import lru_cache, partial
from inspect import signature
from itertools import accumulate
from math import prod
from typing import Any, NamedTuple

from convbook.analyse._rules import LAYERS, RULES, Step
from convbook.analyse._table import Analysis, Row
from convbook.analyse._trace import Trace, find_traces
from convbook.numpy_nn.tape import Parameter

ARITHMETIC = ("add", "sub", "rsub", "mul", "multiply", "div", "neg", "pow", "power")        # with a plain number: no row of its own
KINDS = {"sub": "add", "rsub": "add", "multiply": "mul", "div": "mul", "cat": "concat", "power": "pow"}


class Draft(NamedTuple):
    """A row before it is known what the way back keeps."""

    name: str
    kind: str
    settings: str
    y: Trace
    parameters: int
    macs: int
    new: bool
    own: bool           # is its output another tensor than its input?


class Part(NamedTuple):
    """A module that is no layer: what it put out, and which rows are its own."""

    module: Any
    y: Trace
    rows: slice


class Walk:
    """Sends a Trace through a net and notes what it meets."""

    def __init__(self, net):
        first = next(net.parameters(), None)
        self.dtype, self.device = getattr(first, "dtype", None), getattr(first, "device", None)
        self.net, self.uncounted = net, {id(p): prod(p.shape) for p in net.parameters()}
        self.drafts: list[Draft] = []
        self.parts: dict[str, Part] = {}
        self.stack: list[tuple[str, str]] = []

    def run(self, input_shape, training):
        x = Trace(self, (1, *input_shape))
        self.drafts.append(Draft("", "input", "", x, 0, 0, True, True))
        with self.standing_in(training):
            y = self.net(x)
        for last in find_traces(y):
            last.memory.kept = True                             # the loss wants it
        return self.result()

    @contextmanager
    def standing_in(self, training):
        """For a while every module has a forward method of ours, and the mode that is wanted."""
        modules = list(self.net.named_modules())
        before = [(vars(module), {key: vars(module)[key] for key in ("forward", "training") if key in vars(module)})
                  for _, module in modules]
        try:
            for name, module in modules:
                rule = _rule_of(module)
                stand_in = partial(self.part, name, module, module.forward) if rule is None else partial(self.layer, name, module, rule)
                vars(module).update(forward=stand_in, training=training)
            yield
        finally:
            for attributes, old in before:
                for key in ("forward", "training"):
                    attributes.pop(key, None)
                attributes.update(old)

    def layer(self, name, module, rule, x, *others):
        """A layer's forward method for now."""
        kind = type(module).__name__
        with self.inside(name, kind):
            if not isinstance(x, Trace) or others:
                raise TypeError(f"takes one tensor, got {type(x).__name__}{' and more' if others else ''}{self.where()}")
            options = {key: getattr(module, key) for key in _settings(rule) if hasattr(module, key)}
            return self.note(kind, self.applied(rule, (x,), options), [x], _parameters(module))

    def part(self, name, module, forward, *inputs, **options):
        """The forward method for now of anything else: its own, watched."""
        start = len(self.drafts)
        with self.inside(name, type(module).__name__):
            outputs = forward(*inputs, **options)
            y = next(find_traces(outputs), None)
            if y is None:
                raise TypeError(f"no tensor came out{self.where()}")
            if any(id(p) in self.uncounted for p in _parameters(module)):       # used by sums and products of its own
                self.note(type(module).__name__, y, [], _parameters(module))
        self.parts.setdefault(name, Part(module, y, slice(start, len(self.drafts))))
        return outputs

    def call(self, function, arguments, options):
        """A function that a forward method calls on a Trace."""
        name = function.lstrip("_")
        if name not in RULES:
            raise NotImplementedError(f"analyse has no rule for the function {name!r}{self.where()}; "
                                      "write one in convbook.analyse._rules, or make it a part that has one")
        traces = list(find_traces((arguments, options)))
        result = self.applied(RULES[name], arguments, options)
        if not isinstance(result, Step):
            return result
        given = [value for value in (*arguments, *options.values()) if id(value) in self.uncounted]
        if name in ARITHMETIC and len(traces) < 2 and not given:
            return self.output(result, traces)
        return self.note(KINDS.get(name, name), result, traces, given)

    def applied(self, rule, arguments, options):
        try:
            return rule(*arguments, **options)
        except (TypeError, ValueError, IndexError) as error:
            raise type(error)(f"{error}{self.where()}") from error

    def note(self, kind, result, inputs, parameters):
        """A row for what was done; its output."""
        step = result if isinstance(result, Step) else Step(new=False)
        y = self.output(step, inputs) if isinstance(result, Step) else result
        counted = sum(self.uncounted.pop(id(p), 0) for p in parameters)
        self.drafts.append(Draft(self.stack[-1][0] if self.stack else "", kind, step.settings, y, counted, step.macs, step.new,
                                 isinstance(result, Step)))
        return y

    def output(self, step, inputs):
        x = max(inputs, key=Trace.numel)
        shape = x.shape if step.shape is None else step.shape
        spans = x.spans if step.spans is None and shape == x.shape else step.spans
        y = Trace(self, shape, step.field or x.field, spans)
        for kept in {"inputs": inputs, "output": [y]}.get(step.keeps, ()):
            kept.memory.kept = True
        return y

    @contextmanager
    def inside(self, name, kind):
        self.stack.append((name, kind))
        yield
        self.stack.pop()

    def where(self):
        """For messages: which part is at work."""
        name, kind = self.stack[-1] if self.stack else ("", "")
        return f", in {name} ({kind})" if name else f", in {kind}" if kind else ""

    def result(self):
        rows = tuple(Row(d.name, d.kind, d.settings, d.y.shape[1:], d.parameters, d.macs, d.y.numel() if d.new else 0,
                         2 * d.y.numel() if d.own and d.y.memory.kept else 0, *d.y.field[:2]) for d in self.drafts)
        inside: Counter[str] = Counter()
        for path, p in self.net.named_parameters():
            for name in ("", *accumulate(path.split(".")[:-1], "{}.{}".format)):
                inside[name] += prod(p.shape)
        parts = tuple(Row(name, type(part.module).__name__, getattr(part.module, "label", ""), part.y.shape[1:], inside[name],
                          *_sums(rows[part.rows]), *part.y.field[:2])
                      for name, part in sorted(self.parts.items(), key=lambda item: (item[1].rows.start, -item[1].rows.stop)))
        maps = [row for row, d in zip(rows, self.drafts, strict=True) if d.y.ndim == 4 and not d.y.field.pooled]
        return Analysis(rows, parts, inside[""], maps[-1] if maps else rows[0], getattr(self.dtype, "itemsize", 4))


def _sums(rows):
    return sum(row.macs for row in rows), sum(row.memory for row in rows), sum(row.training_memory for row in rows)


@lru_cache
def _settings(rule):
    """Names of a rule's arguments after x, which a layer keeps in its attributes."""
    return tuple(signature(rule).parameters)[1:]


def _rule_of(module):
    """A layer's rule, unless somebody's class has a forward method of its own."""
    for kind in type(module).__mro__:
        if kind.__name__ in LAYERS and kind.__module__.split(".")[0] in ("convbook", "torch"):
            return LAYERS[kind.__name__]
        if "forward" in vars(kind):
            return None
    return None


def _parameters(module):
    """Those that a module holds itself, not in its parts."""
    attributes = vars(module)
    if "_parameters" in attributes:                             # torch's modules
        return [p for p in attributes["_parameters"].values() if p is not None]
    return [value for value in attributes.values() if isinstance(value, Parameter)]
