"""Rethinking the Inception Architecture for Computer Vision, Szegedy, Vanhoucke, Ioffe, Shlens and Wojna 2016 (CVPR).

Idea: large filters are made of small ones: 5x5 of two 3x3, and 7x7 of 1x7 and 7x1, at 2/7 of the price. Never squeeze the image
and the channels at once: where the map gets smaller, a convolution and a pooling of stride 2 stand side by side.

  stage     output   modules
  stem      35x35    3x3, 32, stride 2; 3x3, 32; 3x3, 64; max pooling; 1x1, 80; 3x3, 192; max pooling (192 channels)
  stages.0  35x35    5b 5c 5d: 1x1, 5x5, 3x3 3x3, pooling                      (256, 288, 288 channels)
  stages.1  17x17    6a halves; 6b to 6e: 1x1, 7x7 as 1x7 7x1, twice that, pooling     (768 channels each)
  stages.2  8x8      7a halves; 7b 7c: 1x1, 3x3 opened into 1x3 and 3x1, pooling       (1280, 2048, 2048 channels)
  head               global average pooling, dropout, linear

Differs: the layout is that of the authors' TensorFlow code and of torchvision. The paper's table 1 has three 3x3 convolutions
where the stem has 1x1, 3x3 and a max pooling, two 3x3 instead of each 5x5, and 5 modules on 17x17 instead of 4 and a halving.
Label smoothing belongs to the loss: cross_entropy(label_smoothing=0.1). The auxiliary head on 6e is there unless auxiliary=False
(the published number of parameters counts it); in training mode the net then returns (classes, the head's classes), and images
must be 299x299, since the head ends in a 5x5 filter. Features: net.stages[:k](net.stem(x)) in evaluation mode; while training,
stages[:2] and stages[:3] bring the head's answer along in a tuple.
"""
from typing import Any

from convbook.models._published import Published
from convbook.models.googlenet import branch, conv_bn

CONFIGS: dict[str, dict[str, Any]] = {"inception_v3": {}}
STAGES = {"inception_v3": {
    "stem": (192, 35, 35), "stages.0.inception5b": (256, 35, 35), "stages.0": (288, 35, 35), "stages.1.inception6a": (768, 17, 17),
    "stages.1": (768, 17, 17), "stages.2.inception7a": (1280, 8, 8), "stages.2": (2048, 8, 8), "head": (1000,)}}
PUBLISHED = {"inception_v3": Published(size=299, parameters=27_161_264, receptive_field=1311, gmacs="5.713", source="torchvision; "
                                       "receptive_field", note="23,834,568 without the auxiliary head")}
SMALLEST = {"inception_v3": 299}


def stem_v3(nn):
    """299x299 to 35x35x192. Inception-ResNet v2 begins in the same way."""
    return nn.Sequential(conv1=conv_bn(nn, 3, 32, 3, 2, 0), conv2=conv_bn(nn, 32, 32, 3, 1, 0), conv3=conv_bn(nn, 32, 64, 3),
                         pool1=nn.MaxPool2d(3, 2), conv4=conv_bn(nn, 64, 80, 1), conv5=conv_bn(nn, 80, 192, 3, 1, 0),
                         pool2=nn.MaxPool2d(3, 2))


def opened(nn, channels_in, channels):
    """1x3 and 3x1 side by side, `channels` each."""
    return nn.Concat(flat=conv_bn(nn, channels_in, channels, (1, 3)), tall=conv_bn(nn, channels_in, channels, (3, 1)))


def module_35(nn, channels_in, projection, label):
    """1x1, 5x5, 3x3 3x3 and pooling: 224 + `projection` channels."""
    return nn.Concat(
        branch1x1=branch(nn, conv_bn, channels_in, (64, 1)),
        branch5x5=branch(nn, conv_bn, channels_in, (48, 1), (64, 5)),
        branch3x3dbl=branch(nn, conv_bn, channels_in, (64, 1), (96, 3), (96, 3)),
        branch_pool=branch(nn, conv_bn, channels_in, (projection, 1), pool=nn.AvgPool2d(3, 1, 1)), label=label)


def halving_35(nn, channels_in, label):
    """To half the size: 3x3, 3x3 3x3 and pooling of stride 2; 480 channels more."""
    return nn.Concat(
        branch3x3=branch(nn, conv_bn, channels_in, (384, 3, 2, 0)),
        branch3x3dbl=branch(nn, conv_bn, channels_in, (64, 1), (96, 3), (96, 3, 2, 0)),
        branch_pool=nn.MaxPool2d(3, 2), label=label)


def module_17(nn, channels_in, width, label):
    """1x1, 1x7 7x1, that twice, and pooling: 768 channels, `width` inside."""
    return nn.Concat(
        branch1x1=branch(nn, conv_bn, channels_in, (192, 1)),
        branch7x7=branch(nn, conv_bn, channels_in, (width, 1), (width, (1, 7)), (192, (7, 1))),
        branch7x7dbl=branch(nn, conv_bn, channels_in, (width, 1), (width, (7, 1)), (width, (1, 7)), (width, (7, 1)), (192, (1, 7))),
        branch_pool=branch(nn, conv_bn, channels_in, (192, 1), pool=nn.AvgPool2d(3, 1, 1)), label=label)


def halving_17(nn, channels_in, label):
    """To half the size: 3x3, 1x7 7x1 3x3 and pooling of stride 2; 512 channels more."""
    return nn.Concat(
        branch3x3=branch(nn, conv_bn, channels_in, (192, 1), (320, 3, 2, 0)),
        branch7x7x3=branch(nn, conv_bn, channels_in, (192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3, 2, 0)),
        branch_pool=nn.MaxPool2d(3, 2), label=label)


def module_8(nn, channels_in, label):
    """1x1, 1x3 beside 3x1, the same after 3x3, and pooling: 2048 channels."""
    return nn.Concat(
        branch1x1=branch(nn, conv_bn, channels_in, (320, 1)),
        branch3x3=nn.Sequential(conv1=conv_bn(nn, channels_in, 384, 1), opened=opened(nn, 384, 384)),
        branch3x3dbl=nn.Sequential(conv1=conv_bn(nn, channels_in, 448, 1), conv2=conv_bn(nn, 448, 384, 3), opened=opened(nn, 384, 384)),
        branch_pool=branch(nn, conv_bn, channels_in, (192, 1), pool=nn.AvgPool2d(3, 1, 1)), label=label)


def auxiliary_head(nn, channels_in, num_classes):
    """What guesses the classes from the 17x17 map; it passes its input on."""
    head = nn.Sequential(pool1=nn.AvgPool2d(5, 3), conv1=conv_bn(nn, channels_in, 128, 1), conv2=conv_bn(nn, 128, 768, 5, 1, 0),
                         pool2=nn.GlobalAvgPool2d(), flatten=nn.Flatten(), fc=nn.Linear(768, num_classes), label="auxiliary head")
    return nn.Auxiliary(head, nn.Identity())


def build(nn, auxiliary=True, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 299, 299), without the auxiliary head from (N, 3, 75, 75) on."""
    chain = nn.WithHeads if auxiliary else nn.Sequential
    first = nn.Sequential(inception5b=module_35(nn, 192, 32, "inception 5b"), inception5c=module_35(nn, 256, 64, "inception 5c"),
                          inception5d=module_35(nn, 288, 64, "inception 5d"), label="stage 1")
    widths = {"6b": 128, "6c": 160, "6d": 160, "6e": 192}
    second = chain(inception6a=halving_35(nn, 288, "inception 6a"),
                   **{f"inception{name}": module_17(nn, 768, width, f"inception {name}") for name, width in widths.items()},
                   **({"aux": auxiliary_head(nn, 768, num_classes)} if auxiliary else {}), label="stage 2")
    third = nn.Sequential(inception7a=halving_17(nn, 768, "inception 7a"), inception7b=module_8(nn, 1280, "inception 7b"),
                          inception7c=module_8(nn, 2048, "inception 7c"), label="stage 3")
    head = nn.Sequential(pool=nn.GlobalAvgPool2d(), flatten=nn.Flatten(), dropout=nn.Dropout(0.5), fc=nn.Linear(2048, num_classes))
    return chain(stem=stem_v3(nn), stages=chain(first, second, third), head=head)
