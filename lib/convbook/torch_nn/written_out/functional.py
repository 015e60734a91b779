"""torch_nn's own functions under torch.autograd: torch.nn.functional's names and arguments, our forward and backward passes."""
from typing import Any

from torch import Tensor

from convbook.functional import recorded
from convbook.torch_nn import functions
from convbook.torch_nn.tape import apply

_FUNCTIONS = recorded(functions, apply, raw=lambda value: value.detach() if isinstance(value, Tensor) else value)
__all__ = sorted(_FUNCTIONS)


def __getattr__(name: str) -> Any:
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    raise AttributeError(f"no function {name!r}; there are {', '.join(__all__)}")
