"""Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning, Szegedy, Ioffe, Vanhoucke and Alemi 2017 (AAAI).

Idea: does an Inception net need shortcuts? Two nets of equal cost answer: v4, all modules made alike, and Inception-ResNet v2,
slimmer modules whose sum is added to their input. Both end equally well, the one with shortcuts learns faster; with more than
1000 filters it only survives if what is added is scaled down.

  stage     output   inception_v4                                    inception_resnet_v2
  stem      35x35    convolutions and poolings side by side (384)    that of Inception v3 (192)
  stages.0  35x35    4 x A: 1x1, 3x3, 3x3 3x3, pooling (384)         a wider start, then 10 x block35 (320)
  stages.1  17x17    halving, 7 x B: 1x7 7x1, twice that (1024)      halving, 20 x block17 (1088)
  stages.2  8x8      halving, 3 x C: opened 1x3 and 3x1 (1536)       halving, 10 x block8, 1x1 (2080, 1536)
  head               global average pooling, dropout, linear

Differs: `inception_v4` has 1x7 before 7x1 in its stem and 3x1 before 1x3 in C, as the authors' code and the trained weights.
Differs: `inception_resnet_v2` is the authors' code (and timm), not the figures of the paper: the stem of v3 and a module of four
branches instead of v4's stem, 10, 20, 10 blocks instead of 5, 10, 5, widths 320, 1088, 2080 instead of 384, 1152, 2144, scales
0.17, 0.10, 0.20 (the paper: 0.1 to 0.3), a last block with scale 1 and no ReLU, and 1x1 to 1536 before the head.
"""
from convbook.models._published import Published
from convbook.models.googlenet import branch, conv_bn
from convbook.models.inception_v3 import opened, stem_v3

CONFIGS = {"inception_v4": {"layout": "v4", "depths": (4, 7, 3)}, "inception_resnet_v2": {"layout": "resnet", "depths": (10, 20, 10)}}
STAGES = {
    "inception_v4": {"stem.mixed3": (160, 73, 73), "stem.mixed4": (192, 71, 71), "stem": (384, 35, 35), "stages.0": (384, 35, 35),
                     "stages.1.reduction": (1024, 17, 17), "stages.1": (1024, 17, 17), "stages.2.reduction": (1536, 8, 8),
                     "stages.2": (1536, 8, 8), "head": (1000,)},
    "inception_resnet_v2": {"stem": (192, 35, 35), "stages.0.mixed": (320, 35, 35), "stages.0": (320, 35, 35),
                            "stages.1.reduction": (1088, 17, 17), "stages.1": (1088, 17, 17), "stages.2.reduction": (2080, 8, 8),
                            "stages.2": (1536, 8, 8), "head": (1000,)},
}
TIMM = "timm counts 2 more for every number that is batch-normalised"
PUBLISHED = {
    "inception_v4": Published(size=299, parameters=42_679_816, receptive_field=2071, gmacs="12.28", note=TIMM,
                              source="timm; receptive_field"),
    "inception_resnet_v2": Published(size=299, parameters=55_843_464, receptive_field=3039, source="timm, 13.18 GMAC; receptive_field",
                                     note=TIMM),
}
SMALLEST = dict.fromkeys(CONFIGS, 107)       # 75 will do, but batch norm over so few numbers is badly conditioned
SHALLOW = {name: {"depths": (1, 2, 2)} for name in CONFIGS}


def stem_v4(nn):
    """299x299 to 35x35x384, three times with two ways side by side."""
    mixed3 = nn.Concat(pool=nn.MaxPool2d(3, 2), conv=conv_bn(nn, 64, 96, 3, 2, 0), label="mixed 3")
    mixed4 = nn.Concat(branch1=branch(nn, conv_bn, 160, (64, 1), (96, 3, 1, 0)),
                       branch2=branch(nn, conv_bn, 160, (64, 1), (64, (1, 7)), (64, (7, 1)), (96, 3, 1, 0)), label="mixed 4")
    mixed5 = nn.Concat(conv=conv_bn(nn, 192, 192, 3, 2, 0), pool=nn.MaxPool2d(3, 2), label="mixed 5")
    return nn.Sequential(conv1=conv_bn(nn, 3, 32, 3, 2, 0), conv2=conv_bn(nn, 32, 32, 3, 1, 0), conv3=conv_bn(nn, 32, 64, 3),
                         mixed3=mixed3, mixed4=mixed4, mixed5=mixed5)


def pooled(nn, channels_in, channels):
    """The mean of 3x3 neighbours that lie inside the image, then 1x1."""
    return branch(nn, conv_bn, channels_in, (channels, 1), pool=nn.AvgPool2d(3, 1, 1, count_include_pad=False))


def inception_a(nn):
    """1x1, 3x3, 3x3 3x3 and pooling on 384 channels, 96 each."""
    return nn.Concat(branch1=branch(nn, conv_bn, 384, (96, 1)), branch2=branch(nn, conv_bn, 384, (64, 1), (96, 3)),
                     branch3=branch(nn, conv_bn, 384, (64, 1), (96, 3), (96, 3)), branch4=pooled(nn, 384, 96), label="inception A")


def inception_b(nn):
    """1x1, 1x7 7x1, that twice, and pooling on 1024 channels."""
    return nn.Concat(
        branch1=branch(nn, conv_bn, 1024, (384, 1)),
        branch2=branch(nn, conv_bn, 1024, (192, 1), (224, (1, 7)), (256, (7, 1))),
        branch3=branch(nn, conv_bn, 1024, (192, 1), (192, (7, 1)), (224, (1, 7)), (224, (7, 1)), (256, (1, 7))),
        branch4=pooled(nn, 1024, 128), label="inception B")


def inception_c(nn):
    """1x1, 1x3 beside 3x1, the same after 3x1 1x3, and pooling on 1536 channels."""
    return nn.Concat(
        branch1=branch(nn, conv_bn, 1536, (256, 1)),
        branch2=nn.Sequential(conv1=conv_bn(nn, 1536, 384, 1), opened=opened(nn, 384, 256)),
        branch3=nn.Sequential(conv1=conv_bn(nn, 1536, 384, 1), conv2=conv_bn(nn, 384, 448, (3, 1)), conv3=conv_bn(nn, 448, 512, (1, 3)),
                              opened=opened(nn, 512, 256)),
        branch4=pooled(nn, 1536, 256), label="inception C")


def halving(nn, channels_in, *ways, label="reduction"):
    """To half the size: `ways` are convolutions as in `branch`, the last of each with stride 2, beside max pooling."""
    branches = {f"branch{number}": branch(nn, conv_bn, channels_in, *convs) for number, convs in enumerate(ways, start=1)}
    return nn.Concat(**branches, pool=nn.MaxPool2d(3, 2), label=label)


def times(nn, factor):
    """Multiply by a number that is not learned."""
    class Times(nn.Module):    # type: ignore[name-defined]
        def __init__(self):
            super().__init__()
            self.factor = factor

        def forward(self, x):
            return x * self.factor

        def extra_repr(self):
            return f"{self.factor}"
    return Times()


def scaled_residual(nn, channels, scale, *ways, last=False, label="block"):
    """x + scale f(x), then ReLU unless it is the last block. f: `ways` side by side, then 1x1 with bias back to `channels`."""
    branches = nn.Concat(**{f"branch{number}": branch(nn, conv_bn, channels, *convs) for number, convs in enumerate(ways, start=1)})
    up = nn.Conv2d(sum(convs[-1][0] for convs in ways), channels, 1)
    body = nn.Sequential(branches=branches, conv=up, **({} if scale == 1 else {"scale": times(nn, scale)}))
    return nn.Sequential(residual=nn.Residual(body), **({} if last else {"relu": nn.ReLU()}), label=label)


def block35(nn):
    """1x1, 3x3 and 3x3 3x3 on 320 channels, added at 0.17."""
    return scaled_residual(nn, 320, 0.17, [(32, 1)], [(32, 1), (32, 3)], [(32, 1), (48, 3), (64, 3)], label="block 35")


def block17(nn):
    """1x1 and 1x7 7x1 on 1088 channels, added at 0.10."""
    return scaled_residual(nn, 1088, 0.10, [(192, 1)], [(128, 1), (160, (1, 7)), (192, (7, 1))], label="block 17")


def block8(nn, scale=0.20, last=False):
    """1x1 and 1x3 3x1 on 2080 channels, added at 0.20."""
    return scaled_residual(nn, 2080, scale, [(192, 1)], [(192, 1), (224, (1, 3)), (256, (3, 1))], last=last, label="block 8")


def parts_v4(nn, depths):
    """The stem and stages of Inception v4."""
    reduction1 = halving(nn, 384, [(384, 3, 2, 0)], [(192, 1), (224, 3), (256, 3, 2, 0)])
    reduction2 = halving(nn, 1024, [(192, 1), (192, 3, 2, 0)], [(256, 1), (256, (1, 7)), (320, (7, 1)), (320, 3, 2, 0)])
    return stem_v4(nn), [
        nn.Sequential(**{f"block{i + 1}": inception_a(nn) for i in range(depths[0])}, label="stage 1"),
        nn.Sequential(reduction=reduction1, **{f"block{i + 1}": inception_b(nn) for i in range(depths[1])}, label="stage 2"),
        nn.Sequential(reduction=reduction2, **{f"block{i + 1}": inception_c(nn) for i in range(depths[2])}, label="stage 3")]


def parts_resnet(nn, depths):
    """The stem and stages of Inception-ResNet v2."""
    mixed = nn.Concat(branch1=branch(nn, conv_bn, 192, (96, 1)), branch2=branch(nn, conv_bn, 192, (48, 1), (64, 5)),
                      branch3=branch(nn, conv_bn, 192, (64, 1), (96, 3), (96, 3)), branch4=pooled(nn, 192, 64), label="mixed")
    reduction1 = halving(nn, 320, [(384, 3, 2, 0)], [(256, 1), (256, 3), (384, 3, 2, 0)])
    reduction2 = halving(nn, 1088, [(256, 1), (384, 3, 2, 0)], [(256, 1), (288, 3, 2, 0)], [(256, 1), (288, 3), (320, 3, 2, 0)])
    last = depths[2] - 1
    eights = {f"block{i + 1}": block8(nn, 1, last=True) if i == last else block8(nn) for i in range(depths[2])}
    return stem_v3(nn), [
        nn.Sequential(mixed=mixed, **{f"block{i + 1}": block35(nn) for i in range(depths[0])}, label="stage 1"),
        nn.Sequential(reduction=reduction1, **{f"block{i + 1}": block17(nn) for i in range(depths[1])}, label="stage 2"),
        nn.Sequential(reduction=reduction2, **eights, conv=conv_bn(nn, 2080, 1536, 1), label="stage 3")]


def build(nn, layout, depths, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 299, 299). layout "v4" or "resnet", depths: blocks of each stage."""
    stem, stages = {"v4": parts_v4, "resnet": parts_resnet}[layout](nn, depths)
    head = nn.Sequential(pool=nn.GlobalAvgPool2d(), flatten=nn.Flatten(), dropout=nn.Dropout(0.2), fc=nn.Linear(1536, num_classes))
    return nn.Sequential(stem=stem, stages=nn.Sequential(*stages), head=head)
