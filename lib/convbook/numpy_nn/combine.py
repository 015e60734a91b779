"""The combinators of convbook.combine as modules of the NumPy engine."""
from convbook import combine
from convbook.combine import bind
from convbook.numpy_nn.module import Module
from convbook.numpy_nn.tape import cat

Sequential, Residual = bind(combine.Sequential, Module), bind(combine.Residual, Module)
Fork, Mean = bind(combine.Fork, Module), bind(combine.Mean, Module)
Concat = bind(combine.Concat, Module, cat=staticmethod(cat))
Scale, Auxiliary = bind(combine.Scale, Module), bind(combine.Auxiliary, Module)
WithHeads = bind(combine.WithHeads, Module)
