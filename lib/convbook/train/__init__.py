"""One training loop for every engine: fit, evaluate, predict, load_net, and runs that can be stopped and resumed (chapter 11)."""
from convbook.train.finite import NotFiniteError
from convbook.train.history import History
from convbook.train.loop import evaluate, fit, load_net, predict

__all__ = ["History", "NotFiniteError", "evaluate", "fit", "load_net", "predict"]
