"""The NumPy engine's functions on Tensors: torch.nn.functional's names and arguments, recorded on the tape (chapter 7)."""
from typing import Any

from convbook.functional import recorded
from convbook.numpy_nn import functions
from convbook.numpy_nn.tape import Tensor, apply

_FUNCTIONS = recorded(functions, apply, raw=lambda value: value.data if isinstance(value, Tensor) else value)
__all__ = sorted(_FUNCTIONS)


def __getattr__(name: str) -> Any:
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    raise AttributeError(f"no function {name!r}; there are {', '.join(__all__)}")
