"""Searching for MobileNetV3, Howard et al. 2019 (ICCV).

Idea: let a search choose how wide, how deep and where the inverted residuals of MobileNetV2 get squeeze and excitation, then
mend by hand what is slow: a thin stem, a last 1x1 after the pooling, and activations in straight pieces (hardswish, hardsigmoid)
that phones compute quickly. Shallow layers keep ReLU.

  stage    output    large: blocks of kernel, expanded, channels            small
  stem     112x112   3x3, 16, stride 2                                      the same
  stage1   112x112   3 16 16                                                (56x56)  3 16 16 SE
  stage2   56x56     3 64 24,   3 72 24                                     (28x28)  3 72 24,   3 88 24
  stage3   28x28     5 72 40 SE,   5 120 40 SE (2)                          (14x14)  5 96 40 SE,   5 240 40 SE (2),
  stage4   14x14     3 240 80,   3 200 80,   3 184 80 (2),                           5 120 48 SE,   5 144 48 SE
                     3 480 112 SE,   3 672 112 SE                           (7x7)    5 288 96 SE,   5 576 96 SE (2)
  stage5   7x7       5 672 160 SE,   5 960 160 SE (2)                       (the small net has four stages)
  head     7x7       1x1, 960; pooling; linear 1280; dropout; linear        1x1, 576; linear 1024

The first block of a stage has stride 2, except in the large net's stage 1. hardswish from stage 4 on (large), from stage 3 on (small).

Differs: as in torchvision, the gate squeezes to a quarter of the expanded channels rounded to a multiple of 8, dropout is 0.2
(the paper 0.8, meaning kept), and the small net has no gate after its last 1x1: the paper's table 2 has one, its authors' code not.
"""
from functools import partial

from convbook.models._published import Published
from convbook.models.mobilenet_v1 import conv_bn
from convbook.models.mobilenet_v2 import inverted_residual


def squeeze_excite(nn, channels, squeezed, act, gate):
    """One number a map between 0 and 1: the mean of every map, a 1x1 down to `squeezed`, act, a 1x1 back, gate."""
    return nn.Sequential(pool=nn.GlobalAvgPool2d(), fc1=nn.Conv2d(channels, squeezed, 1), act=act(), fc2=nn.Conv2d(squeezed, channels, 1),
                         gate=gate(), label=f"gate {channels}-{squeezed}")


def rounded(channels, divisor=8):
    """The nearest multiple of divisor, but not more than a tenth below `channels`."""
    nearest = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < 0.9 * channels else nearest


LARGE = (       # stages: does hardswish replace ReLU? stride; blocks of kernel, expanded, channels, squeeze and excitation?
    (False, 1, ((3, 16, 16, False),)),
    (False, 2, ((3, 64, 24, False), (3, 72, 24, False))),
    (False, 2, ((5, 72, 40, True), (5, 120, 40, True), (5, 120, 40, True))),
    (True, 2, ((3, 240, 80, False), (3, 200, 80, False), (3, 184, 80, False), (3, 184, 80, False), (3, 480, 112, True),
               (3, 672, 112, True))),
    (True, 2, ((5, 672, 160, True), (5, 960, 160, True), (5, 960, 160, True))),
)
SMALL = (
    (False, 2, ((3, 16, 16, True),)),
    (False, 2, ((3, 72, 24, False), (3, 88, 24, False))),
    (True, 2, ((5, 96, 40, True), (5, 240, 40, True), (5, 240, 40, True), (5, 120, 48, True), (5, 144, 48, True))),
    (True, 2, ((5, 288, 96, True), (5, 576, 96, True), (5, 576, 96, True))),
)
CONFIGS = {"mobilenet_v3_large": {"rows": LARGE, "features": 1280}, "mobilenet_v3_small": {"rows": SMALL, "features": 1024}}
STAGES = {
    "mobilenet_v3_large": {"stem": (16, 112, 112), "stages.0": (16, 112, 112), "stages.1": (24, 56, 56), "stages.2": (40, 28, 28),
                           "stages.3": (112, 14, 14), "stages.4": (160, 7, 7), "head.conv": (960, 7, 7), "head": (1000,)},
    "mobilenet_v3_small": {"stem": (16, 112, 112), "stages.0": (16, 56, 56), "stages.1": (24, 28, 28), "stages.2": (48, 14, 14),
                           "stages.3": (96, 7, 7), "head.conv": (576, 7, 7), "head": (1000,)},
}
PUBLISHED = {
    "mobilenet_v3_large": Published(parameters=5_483_032, gmacs="0.217", source="torchvision; paper 5.4 M and 219 M"),
    "mobilenet_v3_small": Published(parameters=2_542_856, source="torchvision, 0.057 GMAC", note="its authors' table has 2.9 M and 66 M, "
                                    "which the definition in their code, the same as here, does not give"),
}
SMALLEST = dict.fromkeys(CONFIGS, 33)


def build(nn, rows, features, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 224, 224)."""
    norm = partial(nn.BatchNorm2d, eps=1e-3, momentum=0.01)
    channels, stages, expanded = 16, [], 0
    for number, (hard, stride, rows_of_stage) in enumerate(rows):
        blocks: list = []
        conv = partial(conv_bn, norm=norm, act=nn.Hardswish if hard else nn.ReLU)
        for kernel_size, expanded, out, gated in rows_of_stage:
            gate = squeeze_excite(nn, expanded, rounded(expanded // 4), nn.ReLU, nn.Hardsigmoid) if gated else None
            blocks.append(inverted_residual(nn, channels, expanded, out, kernel_size, 1 if blocks else stride, conv, gate))
            channels = out
        stages.append(nn.Sequential(*blocks, label=f"stage {number + 1}"))
    conv = partial(conv_bn, norm=norm, act=nn.Hardswish)
    head = nn.Sequential(conv=conv(nn, channels, expanded), pool=nn.GlobalAvgPool2d(), flatten=nn.Flatten(),
                         fc1=nn.Linear(expanded, features), act=nn.Hardswish(), dropout=nn.Dropout(0.2),
                         fc2=nn.Linear(features, num_classes))
    return nn.Sequential(stem=conv(nn, 3, 16, 3, 2), stages=nn.Sequential(*stages), head=head)
