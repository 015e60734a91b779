"""Published weights: read safely, put into our nets key by key, and shown at work.

    net = weights.squeezenet1_1(torch_nn)                       # with its authors' ImageNet weights, from a package
    weights.classify(data.photos("chelsea"))                    # [Guess("Egyptian cat", 285, 0.39), ...]

    net = models.resnet50(torch_nn)
    print(weights.load(net, "resnet50-0676ba61.pth"))           # torchvision's, timm's or a paper's file; prints what went where
    net = models.resnet50(torch_nn, num_classes=10)
    weights.load(net, "resnet50-0676ba61.pth", leave_out=["fc.*"], keep=["head.fc.*"])      # for another task
"""
from convbook.weights._classify import Guess, classify, prepare
from convbook.weights._match import Match, MismatchError, load, match
from convbook.weights._nets import efficientnet_lite0, squeezenet1_1
from convbook.weights._read import read

__all__ = ["Guess", "Match", "MismatchError", "classify", "efficientnet_lite0", "load", "match", "prepare", "read", "squeezenet1_1"]
