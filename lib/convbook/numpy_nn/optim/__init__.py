"""How a net learns from its gradients: torch.optim's names, arguments and numbers on NumPy arrays (chapter 8)."""
from convbook.numpy_nn.optim import lr_scheduler
from convbook.numpy_nn.optim.adaptive import Adam, AdamW, RMSprop
from convbook.numpy_nn.optim.optimizer import Optimizer
from convbook.numpy_nn.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "RMSprop", "lr_scheduler"]
