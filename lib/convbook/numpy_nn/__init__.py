"""The reference engine: every formula of the chapters on NumPy arrays, and layers that remember how values were made.

Functions (conv2d, conv2d_backward, ...) take and return arrays. Layers (Conv2d, ...) and `functional` work on Tensors.
"""
from types import ModuleType as _Module

from convbook.numpy_nn import functional, loops, optim
from convbook.numpy_nn.combine import Auxiliary, Concat, Fork, Mean, Residual, Scale, Sequential, WithHeads
from convbook.numpy_nn.functions import *
from convbook.numpy_nn.layers import *
from convbook.numpy_nn.module import Module, ModuleList
from convbook.numpy_nn.parameterless import *
from convbook.numpy_nn.random import manual_seed
from convbook.numpy_nn.tape import Parameter, Tensor, cat, no_grad

__all__ = [name for name, value in vars().items() if not name.startswith("_") and not isinstance(value, _Module)]
__all__ += ["functional", "loops", "optim"]
