"""The combinators of convbook.combine as torch modules."""
import torch

from convbook import combine
from convbook.combine import bind

Sequential, Residual = bind(combine.Sequential, torch.nn.Module), bind(combine.Residual, torch.nn.Module)
Fork, Mean = bind(combine.Fork, torch.nn.Module), bind(combine.Mean, torch.nn.Module)
Concat = bind(combine.Concat, torch.nn.Module, cat=staticmethod(torch.cat))
Scale, Auxiliary = bind(combine.Scale, torch.nn.Module), bind(combine.Auxiliary, torch.nn.Module)
WithHeads = bind(combine.WithHeads, torch.nn.Module)
