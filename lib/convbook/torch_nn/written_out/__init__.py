"""torch.nn's layers once more, computing with our own functions: the third engine, on CPU or GPU."""
from types import ModuleType as _Module

from torch import Tensor, cat, manual_seed, no_grad, optim
from torch.nn import Module, ModuleList, Parameter

from convbook.torch_nn.combine import Auxiliary, Concat, Fork, Mean, Residual, Scale, Sequential, WithHeads
from convbook.torch_nn.layers import Flatten, Identity, LayerScale, ZeroPad2d
from convbook.torch_nn.written_out import functional
from convbook.torch_nn.written_out.layers import *
from convbook.torch_nn.written_out.parameterless import *

__all__ = [name for name, value in vars().items() if not name.startswith("_") and not isinstance(value, _Module)]
__all__ += ["functional", "optim"]
