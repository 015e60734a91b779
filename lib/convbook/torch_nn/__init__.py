"""The second engine: the same functions written out on torch tensors, on CPU or GPU, and torch's own layers under one roof.

Functions (conv2d, conv2d_backward, ...) are ours. Layers (Conv2d, ...) and `functional` are torch's, with the library's kernels;
`written_out` has the same layers once more, computing with our functions.
"""
from types import ModuleType as _Module

from torch import Tensor, cat, manual_seed, no_grad, optim
from torch.nn import Module, ModuleList, Parameter, functional

from convbook.torch_nn import written_out
from convbook.torch_nn.combine import Auxiliary, Concat, Fork, Mean, Residual, Scale, Sequential, WithHeads
from convbook.torch_nn.functions import *
from convbook.torch_nn.layers import *

__all__ = [name for name, value in vars().items() if not name.startswith("_") and not isinstance(value, _Module)]
__all__ += ["functional", "optim", "written_out"]
