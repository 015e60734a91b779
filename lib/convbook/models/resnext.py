"""Aggregated Residual Transformations for Deep Neural Networks, Xie, Girshick, Dollar, Tu and He 2017 (CVPR).

Idea: beside depth and width a net has a third dimension, the number of equal paths in a block (cardinality). At equal cost 32
thin paths, split, transformed and summed, are better than a wide one; written as one grouped convolution they are simple too.

  stage    output    50 32x4d                        101 32x4d   101 64x4d                 101 32x8d
  stem     112x112   7x7, 64, stride 2, then 3x3 max pooling, stride 2 (56x56)
  stage1   56x56     1x1 3x3 1x1, 128 128 256:    3       3      256 256 256:     3     as 64x4d, 32 groups
  stage2   28x28     256 256 512:                 4       4      512 512 512:     4
  stage3   14x14     512 512 1024:                6      23      1024 1024 1024: 23
  stage4   7x7       1024 1024 2048:              3       3      2048 2048 2048:  3
  head     global average pooling, linear

32x4d: 32 paths, each 4 channels wide in stage 1, twice as wide in every further stage.

Figure 3 has three forms of the block, which compute the same: (a) `split_transform_sum`, (b) `early_concatenation`,
(c) `grouped`. The nets are built of (c), as in the paper; `block=` takes the others.

Differs: 101 32x8d is not in the paper; torchvision has published its weights.
"""
from convbook.models import resnet
from convbook.models._published import Published


def path(nn, channels_in, width, stride=1):
    """One of the thin paths: 1x1 down to `width` channels, 3x3."""
    first, second = resnet.conv_bn(nn, channels_in, width, 1), resnet.conv_bn(nn, width, width, 3, stride)
    return {"conv1": first["conv"], "bn1": first["bn"], "relu1": nn.ReLU(),
            "conv2": second["conv"], "bn2": second["bn"], "relu2": nn.ReLU()}


def total(nn):
    """A layer that adds up a tuple of equal shapes."""
    class Total(nn.Module):    # type: ignore[name-defined]
        def forward(self, outputs):
            return sum(outputs[1:], start=outputs[0])

    return Total()


def aggregated(nn, body, channels_in, channels, stride):
    """A body beside a shortcut, then ReLU."""
    whole = nn.Residual(nn.Sequential(**body), resnet.shortcut(nn, channels_in, channels, stride))
    return nn.Sequential(residual=whole, relu=nn.ReLU(), label=f"aggregated block {channels}")


def split_transform_sum(nn, channels_in, channels, stride=1, groups=32, width=4):
    """(a) Every path leads to `channels` channels by itself; the sum of them all."""
    paths = [nn.Sequential(**path(nn, channels_in, width, stride), conv3=nn.Conv2d(width, channels, 1, bias=False)) for _ in range(groups)]
    return aggregated(nn, {"paths": nn.Fork(*paths), "total": total(nn), "bn3": nn.BatchNorm2d(channels)}, channels_in, channels, stride)


def early_concatenation(nn, channels_in, channels, stride=1, groups=32, width=4):
    """(b) The thin ends of the paths side by side, then one 1x1 for all."""
    paths = [nn.Sequential(**path(nn, channels_in, width, stride)) for _ in range(groups)]
    third = resnet.conv_bn(nn, groups * width, channels, 1)
    return aggregated(nn, {"paths": nn.Concat(*paths), "conv3": third["conv"], "bn3": third["bn"]}, channels_in, channels, stride)


def grouped(nn, channels_in, channels, stride=1, groups=32, width=4):
    """(c) The bottleneck of a residual net, its 3x3 in groups."""
    return resnet.bottleneck(nn, channels_in, channels // 4, stride, inner=groups * width, groups=groups)


CONFIGS = {
    "resnext50_32x4d": {"depths": (3, 4, 6, 3), "groups": 32, "width": 4},
    "resnext101_32x4d": {"depths": (3, 4, 23, 3), "groups": 32, "width": 4},
    "resnext101_64x4d": {"depths": (3, 4, 23, 3), "groups": 64, "width": 4},
    "resnext101_32x8d": {"depths": (3, 4, 23, 3), "groups": 32, "width": 8},
}
STAGES = dict.fromkeys(CONFIGS, resnet.STAGES["resnet50"])
PUBLISHED = {
    "resnext50_32x4d": Published(224, 25_028_904, 4_230_479_872, 427, source="torchvision; receptive field as ResNet-50 v1.5"),
    "resnext101_32x4d": Published(224, 44_177_704, 7_969_996_800, 971, source="timm; receptive field as ResNet-101 v1.5"),
    "resnext101_64x4d": Published(224, 83_455_272, 15_460_270_080, 971, source="torchvision; receptive field as ResNet-101 v1.5"),
    "resnext101_32x8d": Published(224, 88_791_336, 16_414_015_488, 971, source="torchvision; receptive field as ResNet-101 v1.5"),
}
SMALLEST = dict.fromkeys(CONFIGS, 64)
SHALLOW = {name: {"depths": (1, 1, 2, 1)} for name in ("resnext101_64x4d", "resnext101_32x8d")}        # large, for comparing engines


def build(nn, depths, groups, width, block=grouped, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 224, 224).

    groups  how many paths (cardinality)
    width   channels of a path in stage 1
    block   grouped, early_concatenation or split_transform_sum
    """
    def make(channels_in, base, stride, number):
        return block(nn, channels_in, 4 * base, stride, groups, width * base // 64)

    return nn.Sequential(stem=resnet.stem(nn), stages=resnet.stages(nn, depths, resnet.WIDTHS, 64, make, 4),
                         head=resnet.head(nn, 4 * resnet.WIDTHS[-1], num_classes))
