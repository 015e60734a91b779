"""One Weird Trick for Parallelizing Convolutional Neural Networks, Krizhevsky 2014 (arXiv 1404.5997).

Idea: AlexNet once more, on one graphics card, so without groups and with fewer maps at first. (The trick itself is how to
train it on several: convolutions by sharing out the images, linear layers by sharing out the weights.)

  stage      output     alexnet_owt
  input      3x224x224
  stem       64x55x55   11x11, stride 4, padding 2; 3x3 max pooling, stride 2 (27x27)
  stages.0   192x27x27  5x5; 3x3 max pooling, stride 2 (13x13)
  stages.1   384x13x13  3x3
  stages.2   256x13x13  3x3
  stages.3   256x13x13  3x3; 3x3 max pooling, stride 2 (6x6)
  head       4096, 4096, 1000, with dropout and ReLU

This is the `alexnet` of torchvision, whose published weights fit.

Differs: the fourth convolution has 256 maps, as in the author's own files for one card; the paper's footnote says 384.
Differs: as in torchvision there is no response norm, dropout comes before a linear layer and not behind its ReLU, and means
over a grid of 6x6 (which do nothing at 224) let larger images in.
"""
from convbook.models._published import Published

CONFIGS: dict[str, dict] = {"alexnet_owt": {}}
STAGES = {"alexnet_owt": {
    "stem.conv": (64, 55, 55), "stem": (64, 27, 27), "stages.0.conv": (192, 27, 27), "stages.0": (192, 13, 13), "stages.1": (384, 13, 13),
    "stages.2": (256, 13, 13), "stages.3.conv": (256, 13, 13), "stages.3": (256, 6, 6), "head.fc6": (4096,), "head": (1000,)}}
PUBLISHED = {"alexnet_owt": Published(parameters=61_100_840, macs=714_188_480, receptive_field=195, source="torchvision; derived")}


def build(nn, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 224, 224)."""
    stem = nn.Sequential(conv=nn.Conv2d(3, 64, 11, 4, 2), relu=nn.ReLU(), pool=nn.MaxPool2d(3, 2), label="conv1")
    stages = nn.Sequential(
        nn.Sequential(conv=nn.Conv2d(64, 192, 5, padding=2), relu=nn.ReLU(), pool=nn.MaxPool2d(3, 2), label="conv2"),
        nn.Sequential(conv=nn.Conv2d(192, 384, 3, padding=1), relu=nn.ReLU(), label="conv3"),
        nn.Sequential(conv=nn.Conv2d(384, 256, 3, padding=1), relu=nn.ReLU(), label="conv4"),
        nn.Sequential(conv=nn.Conv2d(256, 256, 3, padding=1), relu=nn.ReLU(), pool=nn.MaxPool2d(3, 2), label="conv5"))
    head = nn.Sequential(pool=nn.AdaptiveAvgPool2d(6), flatten=nn.Flatten(),
                         drop6=nn.Dropout(0.5), fc6=nn.Linear(256 * 6 * 6, 4096), relu6=nn.ReLU(),
                         drop7=nn.Dropout(0.5), fc7=nn.Linear(4096, 4096), relu7=nn.ReLU(), fc8=nn.Linear(4096, num_classes))
    return nn.Sequential(stem=stem, stages=stages, head=head)
