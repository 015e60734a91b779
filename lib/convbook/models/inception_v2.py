"""Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift, Ioffe and Szegedy 2015 (ICML).

Idea: bring every channel of every layer to mean 0 and variance 1 over the batch, and let the net learn scale and shift. Training
then bears much larger steps: fourteen times fewer of them to GoogLeNet's accuracy. The net is GoogLeNet with 3x3 3x3 for 5x5.

  stage     output   modules: 1x1, 3x3 after 1x1, 3x3 3x3 after 1x1, 1x1 after pooling
  stem      28x28    7x7, 64, stride 2 (separable); max pooling; 1x1, 64; 3x3, 192; max pooling (192 channels)
  stages.0  28x28    3a: 64, 64 64, 64 96 96, 32     3b: 64, 64 96, 64 96 96, 64      (256, 320 channels)
  stages.1  14x14    3c with stride 2, 4a to 4d      (576 channels each)
  stages.2  7x7      4e with stride 2, 5a and 5b     (1024 channels each)
  head               global average pooling, linear

Differs: the paper's table gives 4c and 4d a pooling branch of 128 channels, which with the others makes 608, but says 576 for the
sum; it is 96 here, as in the authors' TensorFlow code (Caffe's form has 128 and 608). Even strides are padded by 1 on all sides,
TensorFlow pads on the right alone. The first convolution is separable with multiplier 8, as the paper says in its text.
"""
from typing import Any

from convbook.models._published import Published
from convbook.models.googlenet import branch, conv_bn

# 1x1; 1x1 3x3; 1x1 3x3 3x3; pooling and the width of its 1x1. Without 1x1 the module has stride 2 and the pooled input passes by.
MODULES = {
    "3a": (64, (64, 64), (64, 96), ("avg", 32)),
    "3b": (64, (64, 96), (64, 96), ("avg", 64)),
    "3c": (0, (128, 160), (64, 96), ("max", 0)),
    "4a": (224, (64, 96), (96, 128), ("avg", 128)),
    "4b": (192, (96, 128), (96, 128), ("avg", 128)),
    "4c": (160, (128, 160), (128, 160), ("avg", 96)),
    "4d": (96, (128, 192), (160, 192), ("avg", 96)),
    "4e": (0, (128, 192), (192, 256), ("max", 0)),
    "5a": (352, (192, 320), (160, 224), ("avg", 128)),
    "5b": (352, (192, 320), (192, 224), ("max", 128)),
}
STAGE_OF = {"3a": 0, "3b": 0, "3c": 1, "4a": 1, "4b": 1, "4c": 1, "4d": 1, "4e": 2, "5a": 2, "5b": 2}
CONFIGS: dict[str, dict[str, Any]] = {"inception_v2": {}}
STAGES = {"inception_v2": {
    "stem": (192, 28, 28), "stages.0.inception3a": (256, 28, 28), "stages.0": (320, 28, 28), "stages.1.inception3c": (576, 14, 14),
    "stages.1.inception4c": (576, 14, 14), "stages.1": (576, 14, 14), "stages.2.inception4e": (1024, 7, 7), "stages.2": (1024, 7, 7),
    "head": (1000,)}}
PUBLISHED = {"inception_v2": Published(receptive_field=699, source="receptive_field", note="no published figure for these widths; "
             "11,295,240 is the Caffe form's: 608 channels after 4c and 4d, full 7x7 filters and a bias in every convolution")}
SMALLEST = {"inception_v2": 64}


def module(nn, channels_in, ones, threes, double, pooling, label):
    """Four branches side by side with stride 1, or two and the pooled input with stride 2; see MODULES."""
    kind, projection = pooling
    stride = 1 if ones else 2
    pool = nn.MaxPool2d(3, stride, 1) if kind == "max" else nn.AvgPool2d(3, stride, 1)
    first = {"branch1": branch(nn, conv_bn, channels_in, (ones, 1))} if ones else {}
    return nn.Concat(
        **first,
        branch2=branch(nn, conv_bn, channels_in, (threes[0], 1), (threes[1], 3, stride)),
        branch3=branch(nn, conv_bn, channels_in, (double[0], 1), (double[1], 3), (double[1], 3, stride)),
        branch4=branch(nn, conv_bn, channels_in, (projection, 1), pool=pool) if projection else pool, label=label)


def separable(nn, channels_in, multiplier, channels):
    """7x7 with stride 2, every input channel by itself into `multiplier` maps, then 1x1."""
    middle = channels_in * multiplier
    depthwise = nn.Conv2d(channels_in, middle, 7, 2, 3, groups=channels_in, bias=False)
    return nn.Sequential(depthwise=depthwise, pointwise=conv_bn(nn, middle, channels, 1), label=f"7x7 separable conv, {channels}")


def build(nn, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 224, 224)."""
    stem = nn.Sequential(conv1=separable(nn, 3, 8, 64), pool1=nn.MaxPool2d(3, 2, 1), conv2=conv_bn(nn, 64, 64, 1),
                         conv3=conv_bn(nn, 64, 192, 3), pool2=nn.MaxPool2d(3, 2, 1))
    parts: list[dict[str, Any]] = [{}, {}, {}]
    channels = 192
    for name, (ones, threes, double, pooling) in MODULES.items():
        parts[STAGE_OF[name]][f"inception{name}"] = module(nn, channels, ones, threes, double, pooling, f"inception {name}")
        channels = ones + threes[1] + double[1] + (pooling[1] or channels)
    head = nn.Sequential(pool=nn.GlobalAvgPool2d(), flatten=nn.Flatten(), fc=nn.Linear(channels, num_classes))
    stages = nn.Sequential(*(nn.Sequential(**stage, label=f"stage {i + 1}") for i, stage in enumerate(parts)))
    return nn.Sequential(stem=stem, stages=stages, head=head)
