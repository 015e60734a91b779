"""Gradient-Based Learning Applied to Document Recognition, LeCun, Bottou, Bengio and Haffner 1998 (Proceedings of the IEEE).

Idea: let the net find its own features. Small shared filters, then a coarser map, then again; a classifier on top, and one
gradient through all of it.

  stage    output   lenet5
  stem     6x14x14  5x5 convolution with padding 2, tanh, 2x2 mean
  stages   16x5x5   5x5 convolution, tanh, 2x2 mean
  head              5x5 convolution to 120 (a linear layer on 16x5x5), 84, classes, tanh between them

Differs: `lenet5` is the form that textbooks use, with plain mean pooling, full connections between maps and a linear output.
"""
from convbook.models._published import Published

CONFIGS = {"lenet5": {}}
STAGES = {"lenet5": {"stem": (6, 14, 14), "stages": (16, 5, 5), "head": (10,)}}
PUBLISHED = {"lenet5": Published(size=28, parameters=61_706, macs=416_520, receptive_field=16, source="derived")}


def build(nn, num_classes=10):
    """A net with parts stem, stages and head; images (N, 1, 28, 28)."""
    stem = nn.Sequential(conv=nn.Conv2d(1, 6, 5, padding=2), tanh=nn.Tanh(), pool=nn.AvgPool2d(2))
    stages = nn.Sequential(conv=nn.Conv2d(6, 16, 5), tanh=nn.Tanh(), pool=nn.AvgPool2d(2))
    head = nn.Sequential(flatten=nn.Flatten(), fc1=nn.Linear(400, 120), tanh1=nn.Tanh(), fc2=nn.Linear(120, 84), tanh2=nn.Tanh(),
                         fc3=nn.Linear(84, num_classes))
    return nn.Sequential(stem=stem, stages=stages, head=head)
