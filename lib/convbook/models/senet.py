"""Squeeze-and-Excitation Networks, Hu, Shen and Sun 2018 (CVPR).

Idea: let a block weigh its channels by what the whole image shows. Squeeze every map to its mean, make of these means one
number between 0 and 1 a channel by two small linear layers (excitation), multiply. It fits into every net for 10 % more weights.

  stage    output    SE-ResNet-50            SE-ResNeXt-50 32x4d       SENet-154
  stem     112x112   7x7, 64, stride 2       7x7, 64, stride 2         3x3, 64, stride 2; 3x3, 64; 3x3, 128
                     3x3 max pooling, stride 2 (56x56)
  stage1   56x56     64 64 256, fc 16:   3   128 128 256, fc 16:   3   128 256 256, fc 16:     3    64 groups
  stage2   28x28     128 128 512, 32:    4   256 256 512, 32:      4   256 512 512, 32:        8
  stage3   14x14     256 256 1024, 64:   6   512 512 1024, 64:     6   512 1024 1024, 64:     36
  stage4   7x7       512 512 2048, 128:  3   1024 1024 2048, 128:  3   1024 2048 2048, 128:    3
  head     global average pooling, linear (SENet-154: dropout 0.2 before it)

SENet-154 in the paper's words a modified ResNeXt-152 64x4d: half as many channels in the first 1x1, a stem of three 3x3, and
3x3 convolutions as projections where the size changes.

Differs: strides are in the 3x3 as in our ResNet-50 (v1.5); the paper's SE-ResNet-50 has v1's 3.87 G, ours 4.09 G.
Differs: SE-ResNet-18 and 34 are not in the paper; common since.
"""
from convbook.models import resnet, resnext
from convbook.models._published import Published


def gate(nn, channels, reduction=16):
    """(N, C, H, W) to one number between 0 and 1 a channel, (N, C, 1, 1). Linear layers on means are 1x1 convolutions."""
    return nn.Sequential(squeeze=nn.GlobalAvgPool2d(), fc1=nn.Conv2d(channels, channels // reduction, 1), relu=nn.ReLU(),
                         fc2=nn.Conv2d(channels // reduction, channels, 1), sigmoid=nn.Sigmoid(), label="gate")


def excited(nn, block, channels, reduction=16):
    """A residual block of any net, its branch weighed before it is added: `channels` channels."""
    branch = block.residual.body
    body = nn.Sequential(**{name: getattr(branch, name) for name in branch.names}, se=nn.Scale(gate(nn, channels, reduction)))
    return nn.Sequential(residual=nn.Residual(body, block.residual.shortcut), relu=nn.ReLU(), label=f"SE {block.label}")


def aggregated32x4d(nn, channels_in, width, stride):
    """ResNeXt's block."""
    return resnext.grouped(nn, channels_in, 4 * width, stride, groups=32, width=width // 16)


def modified64x4d(nn, channels_in, width, stride):
    """SENet-154's block: 1x1 to 2 width channels, 3x3 to 4 width in 64 groups, 1x1; a 3x3 projection where the size changes."""
    first, second = resnet.conv_bn(nn, channels_in, 2 * width, 1), resnet.conv_bn(nn, 2 * width, 4 * width, 3, stride, groups=64)
    third = resnet.conv_bn(nn, 4 * width, 4 * width, 1)
    body = nn.Sequential(conv1=first["conv"], bn1=first["bn"], relu1=nn.ReLU(), conv2=second["conv"], bn2=second["bn"], relu2=nn.ReLU(),
                         conv3=third["conv"], bn3=third["bn"])
    past = resnet.shortcut(nn, channels_in, 4 * width, stride)
    if stride > 1:
        past = nn.Sequential(**resnet.conv_bn(nn, channels_in, 4 * width, 3, stride), label="projection")
    return nn.Sequential(residual=nn.Residual(body, past), relu=nn.ReLU(), label=f"modified block {4 * width}")


EXPANSION = resnet.EXPANSION | {aggregated32x4d: 4, modified64x4d: 4}
CONFIGS = {
    "seresnet18": {"block": resnet.basic_block, "depths": (2, 2, 2, 2)},
    "seresnet34": {"block": resnet.basic_block, "depths": (3, 4, 6, 3)},
    "seresnet50": {"block": resnet.bottleneck, "depths": (3, 4, 6, 3)},
    "seresnet101": {"block": resnet.bottleneck, "depths": (3, 4, 23, 3)},
    "seresnet152": {"block": resnet.bottleneck, "depths": (3, 8, 36, 3)},
    "seresnext50_32x4d": {"block": aggregated32x4d, "depths": (3, 4, 6, 3)},
    "seresnext101_32x4d": {"block": aggregated32x4d, "depths": (3, 4, 23, 3)},
    "senet154": {"block": modified64x4d, "depths": (3, 8, 36, 3), "deep_stem": True, "dropout": 0.2},
}
STAGES = {name: resnet.STAGES["resnet18" if config["block"] is resnet.basic_block else "resnet50"] for name, config in CONFIGS.items()}
STAGES["senet154"] = STAGES["senet154"] | {"stem": (128, 56, 56)}
TIMM = "timm; its table counts 2 more for every number that a batch norm makes"
PUBLISHED = {
    "seresnet18": Published(224, 11_778_592, 1_814_160_384, source=TIMM, note="timm's seresnet18 rounds 4 to 8; this is legacy_seresnet18"),
    "seresnet34": Published(224, 21_958_868, 3_663_918_592, source=TIMM, note="timm's seresnet34 rounds 4 to 8; this is legacy_seresnet34"),
    "seresnet50": Published(224, 28_088_024, 4_091_699_200, source=TIMM, note="timm's table: 4.11 G, of which 0.02 for batch norm"),
    "seresnet101": Published(224, 49_326_872, 7_806_148_608, source=TIMM),
    "seresnet152": Published(224, 66_821_848, 11_520_204_800, source=TIMM),
    "seresnext50_32x4d": Published(224, 27_559_896, 4_232_994_816, source=TIMM),
    "seresnext101_32x4d": Published(224, 48_955_416, 7_974_739_968, source=TIMM),
    "senet154": Published(224, 115_088_984, 20_688_363_520, source=TIMM, note="timm's table: 20.77 G, of which 0.08 for batch norm"),
}
SMALLEST = dict.fromkeys(CONFIGS, 64)
SHALLOW = {name: {"depths": (1, 1, 2, 1)} for name in ("seresnet152", "senet154")}      # large, for comparing engines


def three_3x3(nn):
    """SENet-154's stem: (N, 3, 224, 224) to (N, 128, 56, 56)."""
    first, second, third = (resnet.conv_bn(nn, *sizes) for sizes in ((3, 64, 3, 2), (64, 64, 3), (64, 128, 3)))
    return nn.Sequential(conv1=first["conv"], bn1=first["bn"], relu1=nn.ReLU(), conv2=second["conv"], bn2=second["bn"], relu2=nn.ReLU(),
                         conv3=third["conv"], bn3=third["bn"], relu3=nn.ReLU(), pool=nn.MaxPool2d(3, 2, ceil_mode=True))


def build(nn, block, depths, reduction=16, deep_stem=False, dropout=0.0, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 224, 224).

    block      resnet.basic_block, resnet.bottleneck, aggregated32x4d or modified64x4d
    reduction  how many times smaller the gate's inner layer is
    deep_stem  three 3x3 convolutions instead of a 7x7
    dropout    before the linear layer
    """
    expansion = EXPANSION[block]

    def make(channels_in, width, stride, number):
        return excited(nn, block(nn, channels_in, width, stride), width * expansion, reduction)

    stages = resnet.stages(nn, depths, resnet.WIDTHS, 128 if deep_stem else 64, make, expansion)
    head = resnet.head(nn, resnet.WIDTHS[-1] * expansion, num_classes)
    if dropout:
        head = nn.Sequential(pool=head.pool, flatten=head.flatten, dropout=nn.Dropout(dropout), fc=head.fc)
    return nn.Sequential(stem=three_3x3(nn) if deep_stem else resnet.stem(nn), stages=stages, head=head)
