"""Very Deep Convolutional Networks for Large-Scale Image Recognition, Simonyan and Zisserman 2015 (ICLR).

Idea: nothing but 3x3 convolutions, and many of them. Three of them see 7x7 pixels as one 7x7 does, with 27 C^2 instead of
49 C^2 weights and three rectifiers instead of one. Then only depth is left to choose, and more of it is better.

  stage      output       A: vgg11   A-LRN: vgg11_lrn   B: vgg13   C: vgg16_1x1   D: vgg16   E: vgg19
  input      3x224x224
  stem       64x112x112   1          1 and LRN          2          2              2          2          convolutions, then
  stages.0   128x56x56    1          1                  2          2              2          2          2x2 max pooling
  stages.1   256x28x28    2          2                  2          2 and a 1x1    3          4
  stages.2   512x14x14    2          2                  2          2 and a 1x1    3          4
  stages.3   512x7x7      2          2                  2          2 and a 1x1    3          4
  head       4096, 4096, 1000, with ReLU and dropout

Differs: `_bn` has batch norm between convolution and ReLU, as torchvision offers it; the paper is older than batch norm. There is
none of A-LRN, since batch norm is what came in the place of response norm.
"""
from convbook.models._published import Published
from convbook.models.alexnet import classifier, response_norm

PLAIN: dict[str, dict] = {
    "vgg11": {"depths": (1, 1, 2, 2, 2)},
    "vgg13": {"depths": (2, 2, 2, 2, 2)},
    "vgg16_1x1": {"depths": (2, 2, 3, 3, 3), "third": 1},
    "vgg16": {"depths": (2, 2, 3, 3, 3)},
    "vgg19": {"depths": (2, 2, 4, 4, 4)},
}
CONFIGS = {**PLAIN, **{f"{name}_bn": {**config, "batch_norm": True} for name, config in PLAIN.items()},
           "vgg11_lrn": {"depths": (1, 1, 2, 2, 2), "lrn": True}}
STAGES = {name: {"stem": (64, 112, 112), "stages.0": (128, 56, 56), "stages.1": (256, 28, 28), "stages.2": (512, 14, 14),
                 "stages.3": (512, 7, 7), "head.fc6": (4096,), "head": (1000,)} for name in CONFIGS}
PUBLISHED = {
    "vgg11": Published(parameters=132_863_336, receptive_field=150, gmacs="7.609", source="torchvision; derived"),
    "vgg11_lrn": Published(parameters=132_863_336, receptive_field=150, source="derived"),
    "vgg11_bn": Published(parameters=132_868_840, receptive_field=150, source="torchvision; derived"),
    "vgg13": Published(parameters=133_047_848, receptive_field=156, gmacs="11.308", source="torchvision; derived"),
    "vgg13_bn": Published(parameters=133_053_736, receptive_field=156, source="torchvision; derived"),
    "vgg16_1x1": Published(parameters=133_638_952, receptive_field=156, gmacs="11.771", source="derived"),
    "vgg16_1x1_bn": Published(parameters=133_647_400, receptive_field=156, source="derived"),
    "vgg16": Published(parameters=138_357_544, macs=15_470_264_320, receptive_field=212, source="torchvision; receptive_field"),
    "vgg16_bn": Published(parameters=138_365_992, macs=15_470_264_320, receptive_field=212, source="torchvision; receptive_field"),
    "vgg19": Published(parameters=143_667_240, receptive_field=268, gmacs="19.632", source="torchvision; derived"),
    "vgg19_bn": Published(parameters=143_678_248, receptive_field=268, source="torchvision; derived"),
}


def block(nn, channels_in, channels, depth, third=3, batch_norm=False, lrn=False):
    """`depth` convolutions that keep the size, the third of them `third` wide,
    then a 2x2 max pooling that halves it."""
    parts = {}
    for number in range(1, depth + 1):
        before = channels if number > 1 else channels_in
        size = third if number == 3 else 3
        parts[f"conv{number}"] = nn.Conv2d(before, channels, size, padding=size // 2)
        if batch_norm:
            parts[f"bn{number}"] = nn.BatchNorm2d(channels)
        parts[f"relu{number}"] = nn.ReLU()
    if lrn:
        parts["norm"] = response_norm(nn)
    return nn.Sequential(**parts, pool=nn.MaxPool2d(2), label=f"{depth} x {channels}")


def build(nn, depths, third=3, batch_norm=False, lrn=False, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 224, 224)."""
    widths = 64, 128, 256, 512, 512
    stem = block(nn, 3, widths[0], depths[0], third, batch_norm, lrn)
    stages = [block(nn, widths[i - 1], widths[i], depths[i], third, batch_norm) for i in range(1, 5)]
    return nn.Sequential(stem=stem, stages=nn.Sequential(*stages), head=classifier(nn, 512 * 7 * 7, num_classes))
