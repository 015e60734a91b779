"""Every function of an engine, differentiable: what layers compute with and what `nn.functional` holds.

An engine writes a function as a primitive `_foo(x, ...) -> (y, vjp)` beside its public `foo`. Here each of them is handed to
the engine's `apply`, which remembers the way back (the tape in NumPy, torch.autograd in torch). Nothing is derived twice.
"""
from functools import wraps
from inspect import signature


def recorded(modules, apply):
    """{name: function that remembers}, one for each primitive in an engine's modules; names and arguments are torch.nn.functional's.

    modules  the engine's modules of functions, such as numpy_nn.conv and numpy_nn.pool
    apply    apply(primitive, *inputs) calls a primitive and records it
    """
    return {name: _recorded(getattr(module, name), vars(module)[f"_{name}"], apply)
            for module in modules for name in module.__all__ if f"_{name}" in vars(module)}


def _recorded(function, primitive, apply):
    """Arguments given by name are put in their places, since gradients come back by place."""
    places = signature(primitive)

    @wraps(function)
    def remembering(*inputs, **options):
        return apply(primitive, *places.bind(*inputs, **options).args)
    return remembering
