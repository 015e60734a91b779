"""EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, Tan and Le 2019 (ICML).

Idea: a net can grow in depth, in width and in the resolution of its images; one alone soon stops paying. So grow all three
together: for twice the cost, 1.2 times as deep, 1.1 times as wide and 1.15 times the pixels a side (1.2 x 1.1^2 x 1.15^2 = 1.9).
The start, B0, comes from a search; B1 to B7 are B0 with two coefficients and a larger image.

  stage    output    B0: blocks of MobileNetV2 with squeeze and excitation, SiLU
  stem     112x112   3x3, 32, stride 2
  stage1   112x112   expansion 1, kernel 3x3, 16:  1
  stage2   56x56     6, 3x3, 24:                   2
  stage3   28x28     6, 5x5, 40:                   2
  stage4   14x14     6, 3x3, 80:                   3
  stage5   14x14     6, 5x5, 112:                  3
  stage6   7x7       6, 5x5, 192:                  4
  stage7   7x7       6, 3x3, 320:                  1
  head     7x7       1x1, 1280; global average pooling, dropout, linear

The first block of stages 2, 3, 4 and 6 has stride 2. Channels times width are rounded to a multiple of 8, blocks times depth
rounded up. The gate squeezes to a quarter of the channels before the expansion. Stochastic depth (Huang et al. 2016): block
i of n is dropped in 0.2 i / n of the images while training.

`efficientnet_lite0` (Liu 2020, no paper) is for phones: B0 without squeeze and excitation, ReLU6 for SiLU.

Differs: batch norm's eps and momentum are torchvision's, 1e-5 and 0.1 up to B4 (the paper has 1e-3 and 0.01, as here from B5 on
and in Lite0); padding is symmetric, where TensorFlow's "SAME" gives the odd zero to the far end. Lite0 pads as TensorFlow does,
since its published weights were trained so.
"""
from functools import partial
from math import ceil

from convbook.models._published import Published
from convbook.models.mobilenet_v1 import conv_bn
from convbook.models.mobilenet_v2 import inverted_residual
from convbook.models.mobilenet_v3 import rounded, squeeze_excite


def conv_bn_same(nn, channels_in, channels, kernel_size=1, stride=1, groups=1, act=None, norm=None):
    """conv_bn with TensorFlow's "SAME" padding for images that the stride divides: the odd zero comes at the end."""
    if stride == 1:
        return conv_bn(nn, channels_in, channels, kernel_size, 1, groups, act, norm)
    before, after = (kernel_size - stride) // 2, (kernel_size - stride + 1) // 2
    conv = nn.Conv2d(channels_in, channels, kernel_size, stride, groups=groups, bias=False)
    parts = {"pad": nn.ZeroPad2d((before, after, before, after)), "conv": conv, "bn": norm(channels), "act": act()}
    return nn.Sequential(**parts, label=f"{'depthwise ' if groups > 1 else ''}{kernel_size}x{kernel_size}, {channels}")


STAGE_BLOCKS = ((1, 3, 16, 1, 1), (6, 3, 24, 2, 2), (6, 5, 40, 2, 2), (6, 3, 80, 3, 2), (6, 5, 112, 3, 1), (6, 5, 192, 4, 2),
                (6, 3, 320, 1, 1))      # of B0: expansion, kernel, channels, blocks, stride
LARGE_NORM = {"eps": 1e-3, "momentum": 0.01}
CONFIGS = {
    "efficientnet_b0": {"width": 1.0, "depth": 1.0, "dropout": 0.2},
    "efficientnet_b1": {"width": 1.0, "depth": 1.1, "dropout": 0.2},
    "efficientnet_b2": {"width": 1.1, "depth": 1.2, "dropout": 0.3},
    "efficientnet_b3": {"width": 1.2, "depth": 1.4, "dropout": 0.3},
    "efficientnet_b4": {"width": 1.4, "depth": 1.8, "dropout": 0.4},
    "efficientnet_b5": {"width": 1.6, "depth": 2.2, "dropout": 0.4, **LARGE_NORM},
    "efficientnet_b6": {"width": 1.8, "depth": 2.6, "dropout": 0.5, **LARGE_NORM},
    "efficientnet_b7": {"width": 2.0, "depth": 3.1, "dropout": 0.5, **LARGE_NORM},
    "efficientnet_lite0": {"width": 1.0, "depth": 1.0, "dropout": 0.2, **LARGE_NORM, "lite": True},
}
STAGES = {name: {"stem": (channels[0], sizes[0], sizes[0]), "head.conv": (channels[-1], sizes[-1], sizes[-1]), "head": (1000,)} | {
    f"stages.{i}": (c, size, size) for i, (c, size) in enumerate(zip(channels[1:-1], sizes, strict=True))}
    for name, channels, sizes in (
        ("efficientnet_b0", (32, 16, 24, 40, 80, 112, 192, 320, 1280), (112, 56, 28, 14, 14, 7, 7)),
        ("efficientnet_b1", (32, 16, 24, 40, 80, 112, 192, 320, 1280), (120, 60, 30, 15, 15, 8, 8)),
        ("efficientnet_b2", (32, 16, 24, 48, 88, 120, 208, 352, 1408), (130, 65, 33, 17, 17, 9, 9)),
        ("efficientnet_b3", (40, 24, 32, 48, 96, 136, 232, 384, 1536), (150, 75, 38, 19, 19, 10, 10)),
        ("efficientnet_b4", (48, 24, 32, 56, 112, 160, 272, 448, 1792), (190, 95, 48, 24, 24, 12, 12)),
        ("efficientnet_b5", (48, 24, 40, 64, 128, 176, 304, 512, 2048), (228, 114, 57, 29, 29, 15, 15)),
        ("efficientnet_b6", (56, 32, 40, 72, 144, 200, 344, 576, 2304), (264, 132, 66, 33, 33, 17, 17)),
        ("efficientnet_b7", (64, 32, 48, 80, 160, 224, 384, 640, 2560), (300, 150, 75, 38, 38, 19, 19)),
        ("efficientnet_lite0", (32, 16, 24, 40, 80, 112, 192, 320, 1280), (112, 56, 28, 14, 14, 7, 7)))}
PUBLISHED = {
    "efficientnet_b0": Published(224, 5_288_548, gmacs="0.386", source="torchvision; paper 5.3 M and 0.39 B"),
    "efficientnet_b1": Published(240, 7_794_184, source="torchvision, 0.687 GMAC; paper 7.8 M and 0.70 B"),
    "efficientnet_b2": Published(260, 9_109_994, source="torchvision; paper 9.2 M and 1.0 B"),
    "efficientnet_b3": Published(300, 12_233_232, source="torchvision; paper 12 M and 1.8 B"),
    "efficientnet_b4": Published(380, 19_341_616, source="torchvision, 4.394 GMAC; paper 19 M and 4.2 B"),
    "efficientnet_b5": Published(456, 30_389_784, source="torchvision; paper 30 M and 9.9 B"),
    "efficientnet_b6": Published(528, 43_040_704, source="torchvision; paper 43 M and 19 B"),
    "efficientnet_b7": Published(600, 66_347_960, source="torchvision; paper 66 M and 37 B"),
    "efficientnet_lite0": Published(224, 4_652_008, source="the weights; its authors' table 4.7 M and 407 M operations"),
}
SMALLEST = {**dict.fromkeys(CONFIGS, 33), "efficientnet_lite0": 64}      # a last map of one pixel would leave batch norm two numbers
SHALLOW = {f"efficientnet_b{i}": {"depth": 1.0} for i in range(2, 8)}


def build(nn, width, depth, dropout, drop_path=0.2, eps=1e-5, momentum=0.1, lite=False, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, H, W) of 224 pixels (B0) to 600 (B7).

    width, depth   times the channels and times the blocks of B0
    drop_path      rate at which the last block would be dropped; those before in proportion
    eps, momentum  of batch norm
    lite           ReLU6, no squeeze and excitation, TensorFlow's padding
    """
    act, conv = (nn.ReLU6, conv_bn_same) if lite else (nn.SiLU, conv_bn)
    conv = partial(conv, act=act, norm=partial(nn.BatchNorm2d, eps=eps, momentum=momentum))
    repeats, channels = [ceil(depth * row[3]) for row in STAGE_BLOCKS], rounded(32 * width)
    stem, stages, done = conv(nn, 3, channels, 3, 2), [], 0
    for number, ((t, kernel_size, full, _, stride), blocks_here) in enumerate(zip(STAGE_BLOCKS, repeats, strict=True)):
        blocks = []
        for i in range(blocks_here):
            gate = None if lite else squeeze_excite(nn, t * channels, max(1, channels // 4), act, nn.Sigmoid)
            blocks.append(inverted_residual(nn, channels, t * channels, rounded(full * width), kernel_size, 1 if i else stride, conv, gate,
                                            drop_path * (done + i) / sum(repeats)))
            channels = rounded(full * width)
        done += blocks_here
        stages.append(nn.Sequential(*blocks, label=f"stage {number + 1}"))
    features = 4 * channels
    head = nn.Sequential(conv=conv(nn, channels, features), pool=nn.GlobalAvgPool2d(), flatten=nn.Flatten(), dropout=nn.Dropout(dropout),
                         fc=nn.Linear(features, num_classes))
    return nn.Sequential(stem=stem, stages=nn.Sequential(*stages), head=head)
