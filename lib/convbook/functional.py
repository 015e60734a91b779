"""Every function of an engine, differentiable: what layers compute with and what `nn.functional` holds.

An engine writes a function as a primitive `_foo(x, ...) -> (y, vjp)` beside its public `foo`. Here each of them is handed to
the engine's `apply`, which remembers the way back (the tape in NumPy, torch.autograd in torch). Nothing is derived twice.
"""
import sys
from functools import wraps
from inspect import isfunction, signature

MASKED = {"dropout": "dropout_mask", "dropout2d": "dropout2d_mask", "drop_path": "drop_path_mask"}


def recorded(engine, apply, raw):
    """{name: function that remembers}, one for each primitive of an engine; names and arguments are torch.nn.functional's.

    engine  module with an engine's functions, such as numpy_nn
    apply   apply(primitive, *inputs) calls a primitive and records it
    raw     raw(value) is what the engine's functions take: an array or a tensor without history
    """
    functions = {}
    for name, function in vars(engine).items():
        beside = vars(sys.modules[function.__module__]) if isfunction(function) else {}
        if name in MASKED:
            functions[name] = _masked(function, beside["_dropout"], getattr(engine, MASKED[name]), apply, raw)
        elif f"_{name}" in beside:
            functions[name] = _recorded(function, beside[f"_{name}"], apply, raw)
    return functions


def _recorded(function, primitive, apply, raw):
    """Every argument is put where the primitive wants it, the tensors first, since gradients come back by place."""
    given, wanted = signature(function), list(signature(primitive).parameters)

    @wraps(function)
    def remembering(*inputs, **options):
        arguments = given.bind(*inputs, **options)
        arguments.apply_defaults()
        values = dict(arguments.arguments)
        x = next(iter(values.values()))
        if hasattr(x, "_convbook_call"):                        # stands for a Tensor in convbook.analyse: nothing is computed
            return x._convbook_call(function, (), values)
        if "input_grad" in wanted:                          # images of a data set want no gradient, so none is computed
            values["input_grad"] = getattr(x, "requires_grad", False)
        y = apply(primitive, *(values[name] for name in wanted))
        return (y, function(*map(raw, arguments.args))[1]) if values.get("return_indices") else y
    return remembering


def _masked(function, primitive, mask, apply, raw):
    """The mask is drawn first, then it is an input like any other."""
    @wraps(function)
    def remembering(x, p=0.5, training=True, generator=None):
        if hasattr(x, "_convbook_call"):
            return x._convbook_call(function, (x,), {"p": p, "training": training})
        return apply(primitive, x, mask(raw(x), p, generator)) if training and p else x
    return remembering
