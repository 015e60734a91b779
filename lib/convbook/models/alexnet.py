"""ImageNet Classification with Deep Convolutional Neural Networks, Krizhevsky, Sutskever and Hinton 2012 (NIPS).

Idea: a net of LeNet's kind, but large, on a million photographs, computed by two graphics cards. Rectifiers instead of tanh
make it learn several times faster, dropout keeps its 60 million weights from learning the pictures by heart.

  stage      output     alexnet
  input      3x227x227
  stem       96x55x55   11x11, stride 4; response norm; 3x3 max pooling, stride 2 (27x27)
  stages.0   256x27x27  5x5 in two groups; response norm; 3x3 max pooling, stride 2 (13x13)
  stages.1   384x13x13  3x3
  stages.2   384x13x13  3x3 in two groups
  stages.3   256x13x13  3x3 in two groups; 3x3 max pooling, stride 2 (6x6)
  head       4096, 4096, 1000, with ReLU and dropout

Groups are what was on one card: a group sees only the maps of its own card. Pooling windows overlap, 3 wide and 2 apart.
Response norm: k = 2, n = 5, alpha = 1e-4, beta = 0.75 of the paper's formula, where alpha multiplies the sum over n channels. The
engines, as torch, divide alpha by n first, so they are given 5e-4. First weights: init.normal(net, 0, 0.01, ONES).

Differs: images are 227x227. The paper says 224, but its 55x55 maps need (227 - 11) / 4 + 1.
Differs: layer one has 55 * 55 * 96 = 290,400 units; the paper's 253,440 is not the number of any layer of this size.
"""
from convbook.models._published import Published

CONFIGS: dict[str, dict] = {"alexnet": {}}
STAGES = {"alexnet": {
    "stem.conv": (96, 55, 55), "stem": (96, 27, 27), "stages.0.conv": (256, 27, 27), "stages.0": (256, 13, 13), "stages.1": (384, 13, 13),
    "stages.2": (384, 13, 13), "stages.3.conv": (256, 13, 13), "stages.3": (256, 6, 6), "head.fc6": (4096,), "head": (1000,)}}
SMALLEST = {"alexnet": 67}       # of stem and stages; the head needs all 227
PUBLISHED = {"alexnet": Published(
    size=227, parameters=60_965_224, macs=724_406_816, receptive_field=195, source="derived; receptive_field",
    note="The paper says 60 million parameters.")}
# Biases that the paper starts at 1, so that rectifiers see something positive at first.
ONES = {"stages.0.conv.bias": 1, "stages.[23].conv.bias": 1, "head.fc[67].bias": 1}


def response_norm(nn):
    """The paper's local response normalisation."""
    return nn.LocalResponseNorm(5, alpha=5 * 1e-4, beta=0.75, k=2.0)


def classifier(nn, features, num_classes):
    """Two layers of 4096 with ReLU and dropout, then the scores; ZFNet and VGG end the same way."""
    return nn.Sequential(flatten=nn.Flatten(), fc6=nn.Linear(features, 4096), relu6=nn.ReLU(), drop6=nn.Dropout(0.5),
                         fc7=nn.Linear(4096, 4096), relu7=nn.ReLU(), drop7=nn.Dropout(0.5), fc8=nn.Linear(4096, num_classes))


def build(nn, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 227, 227)."""
    stem = nn.Sequential(conv=nn.Conv2d(3, 96, 11, 4), relu=nn.ReLU(),
                         norm=response_norm(nn), pool=nn.MaxPool2d(3, 2),
                         label="conv1")
    conv2 = nn.Sequential(conv=nn.Conv2d(96, 256, 5, padding=2, groups=2),
                          relu=nn.ReLU(), norm=response_norm(nn),
                          pool=nn.MaxPool2d(3, 2), label="conv2")
    conv3 = nn.Sequential(conv=nn.Conv2d(256, 384, 3, padding=1),
                          relu=nn.ReLU(), label="conv3")
    conv4 = nn.Sequential(conv=nn.Conv2d(384, 384, 3, padding=1, groups=2),
                          relu=nn.ReLU(), label="conv4")
    conv5 = nn.Sequential(conv=nn.Conv2d(384, 256, 3, padding=1, groups=2),
                          relu=nn.ReLU(), pool=nn.MaxPool2d(3, 2), label="conv5")
    return nn.Sequential(stem=stem, stages=nn.Sequential(conv2, conv3, conv4, conv5),
                         head=classifier(nn, 256 * 6 * 6, num_classes))
