"""Wide Residual Networks, Zagoruyko and Komodakis 2016 (BMVC).

Idea: a thousand thin layers are slow, and many of their blocks add little. Few blocks that are wide instead: 28 layers, 10
times as wide, beat 1001 thin ones and train 8 times faster, for a GPU likes big convolutions. Dropout goes inside the branch.

  stage    output   CIFAR: 28-10              40-4     16-8     ImageNet: output   50-2                       101-2
  stem     32x32    3x3, 16                                               112x112  7x7, 64, stride 2 (pool: 56x56)
  stage1   32x32    3x3 3x3, 160:   4   64:   6  128:  2                  56x56    1x1 3x3 1x1, 128 128 256:    3      3
  stage2   16x16    3x3 3x3, 320:   4   128:  6  256:  2                  28x28    256 256 512:                 4      4
  stage3   8x8      3x3 3x3, 640:   4   256:  6  512:  2                  14x14    512 512 1024:                6     23
  stage4                                                                  7x7      1024 1024 2048:              3      3
  head     global average pooling, linear

6n + 4 layers: the paper counts the projections of the three stages. The CIFAR blocks are pre-activated as in He et al. 2016.

Differs: 101-2 is not in the paper but in everybody's tables since. Both ImageNet nets have their stride in the 3x3 (v1.5).
"""
from convbook.models import preresnet, resnet, resnet_cifar
from convbook.models._published import Published

CONFIGS = {
    "wide_resnet28_10_cifar": {"depths": (4, 4, 4), "factor": 10, "num_classes": 10},
    "wide_resnet40_4_cifar": {"depths": (6, 6, 6), "factor": 4, "num_classes": 10},
    "wide_resnet16_8_cifar": {"depths": (2, 2, 2), "factor": 8, "num_classes": 10},
    "wide_resnet50_2": {"depths": (3, 4, 6, 3), "factor": 2, "num_classes": 1000},
    "wide_resnet101_2": {"depths": (3, 4, 23, 3), "factor": 2, "num_classes": 1000},
}
STAGES = {f"wide_resnet{depth}_{k}_cifar": {"stem": (16, 32, 32), "stages.0": (16 * k, 32, 32), "stages.1": (32 * k, 16, 16),
                                            "stages.2": (64 * k, 8, 8), "head": (10,)} for depth, k in ((28, 10), (40, 4), (16, 8))}
STAGES |= dict.fromkeys(("wide_resnet50_2", "wide_resnet101_2"), resnet.STAGES["resnet50"])
PUBLISHED = {
    "wide_resnet28_10_cifar": Published(32, 36_479_194, source="derived; the paper: 36.5 M"),
    "wide_resnet40_4_cifar": Published(32, 8_949_210, source="derived; the paper: 8.9 M"),
    "wide_resnet16_8_cifar": Published(32, 10_961_370, source="derived; the paper: 11.0 M"),
    "wide_resnet50_2": Published(parameters=68_883_240, gmacs="11.398", source="torchvision"),
    "wide_resnet101_2": Published(parameters=126_886_696, gmacs="22.753", source="torchvision"),
}
SMALLEST = {name: 8 if "cifar" in name else 64 for name in CONFIGS}
SHALLOW = {name: {"depths": (1, 1, 2, 1)} for name in ("wide_resnet50_2", "wide_resnet101_2")}       # large, for comparing engines


def wide_unit(nn, channels_in, width, stride=1, dropout=0.0, first=False):
    """Two 3x3 convolutions in full pre-activation, dropout between them; without a Dropout layer at rate 0."""
    convs = resnet.two_convs(nn, channels_in, width, stride)
    branch = {"bn1": nn.BatchNorm2d(channels_in), "relu1": nn.ReLU(), "conv1": convs["conv1"], "bn2": convs["bn1"], "relu2": nn.ReLU()}
    branch |= {"dropout": nn.Dropout(dropout)} if dropout else {}
    parts = preresnet.activated(nn, branch | {"conv2": convs["conv2"]}, channels_in, width, stride, first)
    return nn.Sequential(**parts, label=f"wide unit {width}")


def cifar(nn, depths, factor, num_classes, dropout):
    """Three stages of wide units; images (N, 3, 32, 32)."""
    widths = [width * factor for width in resnet_cifar.WIDTHS]

    def block(channels_in, width, stride, number):
        return wide_unit(nn, channels_in, width, stride, dropout, first=number == 0)

    return nn.Sequential(stem=resnet_cifar.stem(nn), stages=resnet.stages(nn, depths, widths, 16, block),
                         head=preresnet.head(nn, widths[-1], num_classes))


def imagenet(nn, depths, factor, num_classes):
    """Four stages of bottlenecks whose 3x3 is wider; images (N, 3, 224, 224)."""
    def block(channels_in, width, stride, number):
        return resnet.bottleneck(nn, channels_in, width, stride, inner=factor * width)

    return nn.Sequential(stem=resnet.stem(nn), stages=resnet.stages(nn, depths, resnet.WIDTHS, 64, block, 4),
                         head=resnet.head(nn, 4 * resnet.WIDTHS[-1], num_classes))


def build(nn, depths, factor, num_classes, dropout=0.0):
    """A net with parts stem, stages and head.

    depths   blocks of each stage: three stages for images (N, 3, 32, 32), four for (N, 3, 224, 224)
    factor   how many times as wide as the thin net; of a bottleneck only the 3x3 gets wider
    dropout  between the convolutions of the CIFAR nets (the paper: 0.3 for 28-10)

    Raises ValueError for dropout in an ImageNet net, which has none.
    """
    if len(depths) == 3:
        return cifar(nn, depths, factor, num_classes, dropout)
    if dropout:
        raise ValueError(f"the ImageNet nets of the paper have no dropout, got dropout={dropout}")
    return imagenet(nn, depths, factor, num_classes)
