"""Combinators: the vocabulary of the drawings, written once for every engine (chapters 12 to 17).

Each class here says how parts are joined. An engine makes layers of them with `bind`, which adds its own Module; they use
only what modules and tensors of all engines have in common.
"""
from typing import Any


class Parts:
    """Parts in order, or by name: Sequential(conv, relu) or Sequential(conv1=..., relu=...).

    label  what a drawing calls the whole, for instance "basic block"

    Raises ValueError for a name that a module already uses for something else.
    """

    def __init__(self, *parts, label="", **named):
        super().__init__()
        named = {**{str(i): part for i, part in enumerate(parts)}, **named}
        if taken := [name for name in named if hasattr(type(self), name)]:
            raise ValueError(f"a part cannot be called {taken[0]!r}, every module has a {taken[0]} of its own; choose another name")
        self.label, self.names = label, tuple(named)
        for name, part in named.items():
            setattr(self, name, part)

    def __iter__(self):
        return (getattr(self, name) for name in self.names)

    def __len__(self):
        return len(self.names)


class Sequential(Parts):
    """One part after the other. net[2], net[:3] and iteration go over the parts; a slice keeps their names."""

    def forward(self, x):
        for part in self:
            x = part(x)
        return x

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(label=self.label, **{name: getattr(self, name) for name in self.names[index]})
        return getattr(self, self.names[index])


class Residual:
    """body(x) + shortcut(x); without a shortcut x itself is added.

    Raises ValueError if the two sides have different shapes. He et al. 2016, chapter 16.
    """

    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        y, past = self.body(x), x if self.shortcut is None else self.shortcut(x)
        if y.shape != past.shape:
            raise ValueError(f"the body makes {tuple(y.shape)} of {tuple(x.shape)}, the shortcut "
                             f"{tuple(past.shape)}; they cannot be added")
        return y + past


class Fork(Parts):
    """Every branch sees x; their outputs as a tuple. A branch that itself forks adds all of its outputs. Larsson et al. 2017."""

    def forward(self, x):
        outputs = [branch(x) for branch in self]
        return tuple(y for output in outputs for y in (output if isinstance(output, tuple) else (output,)))


class Concat(Parts):
    """Every branch sees x; the channels of their outputs side by side. Szegedy et al. 2015, chapter 15."""

    cat: Any

    def forward(self, x):
        return self.cat([branch(x) for branch in self], 1)


class Mean:
    """The mean of a tuple of equal shapes, where a Fork's branches meet. Larsson et al. 2017."""

    def forward(self, outputs):
        return sum(outputs[1:], start=outputs[0]) * (1 / len(outputs))


class Scale:
    """x times gate(x): squeeze and excitation, where the gate gives one number a channel, (N, C, 1, 1). Hu et al. 2018."""

    def __init__(self, gate):
        super().__init__()
        self.gate = gate

    def forward(self, x):
        return x * self.gate(x)


class Auxiliary:
    """rest(x), and while training also head(x): (the rest's output, then the heads', deepest first). Szegedy et al. 2015, chapter 15."""

    training: bool

    def __init__(self, head, rest):
        super().__init__()
        self.head, self.rest = head, rest

    def forward(self, x):
        y = self.rest(x)
        if not self.training:
            return y
        return (*(y if isinstance(y, tuple) else (y,)), self.head(x))


class WithHeads(Sequential):
    """A Sequential that may have an Auxiliary among its parts: what the heads say goes past the parts that follow.

    While training (the last part's output, then the heads', deepest first), otherwise the output alone; with this class also
    for what holds it, heads may sit at any depth of a net, and slices still give features. Szegedy et al. 2015, chapter 15.
    """

    def forward(self, x):
        said = ()
        for part in self:
            x = part(x)
            if isinstance(x, tuple):
                x, said = x[0], (*x[1:], *said)
        return (x, *said) if said else x


def bind(combinator, module, **attributes):
    """A combinator as a layer of one engine: a class that is also that engine's Module."""
    return type(combinator.__name__, (combinator, module), {"__doc__": combinator.__doc__, "__module__": __name__, **attributes})
