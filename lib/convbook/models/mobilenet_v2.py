"""MobileNetV2: Inverted Residuals and Linear Bottlenecks, Sandler, Howard, Zhu, Zhmoginov and Chen 2018 (CVPR).

Idea: keep what passes from block to block thin, and widen it only inside: a 1x1 convolution to t times the channels, a cheap
depthwise 3x3 there, a 1x1 back. The shortcut joins the thin ends. The last 1x1 has no activation (a linear bottleneck):
in few channels a ReLU would destroy what it cuts off.

  stage    output    t  channels  blocks
  stem     112x112      32        full 3x3, stride 2
  stage1   112x112   1  16        1
  stage2   56x56     6  24        2
  stage3   28x28     6  32        3
  stage4   14x14     6  64        4
  stage5   14x14     6  96        3
  stage6   7x7       6  160       3
  stage7   7x7       6  320       1
  head     7x7          1280      1x1, then global average pooling, dropout, linear

The first block of stages 2, 3, 4 and 6 has stride 2. All activations are ReLU6.

Differs: dropout of 0.2 before the classifier is torchvision's, the paper does not say.
"""
from functools import partial

from convbook.models._published import Published
from convbook.models.mobilenet_v1 import conv_bn


def inverted_residual(nn, channels_in, expanded, channels, kernel_size=3, stride=1, conv=conv_bn, gate=None, drop_path=0.0):
    """1x1 up to `expanded`, depthwise, 1x1 down to `channels` without activation; x is added if the shape allows.

    conv       conv(nn, channels_in, channels, kernel_size, stride, groups) makes convolution, norm and activation
    gate       of squeeze and excitation, applied to the widened maps
    drop_path  how often the whole body is dropped for an image while training; only where x is added
    """
    parts = {"expand": conv(nn, channels_in, expanded)} if expanded != channels_in else {}
    parts["depthwise"] = conv(nn, expanded, expanded, kernel_size, stride, groups=expanded)
    if gate:
        parts["se"] = nn.Scale(gate)
    parts["project"] = conv(nn, expanded, channels, act=None)
    added = stride == 1 and channels_in == channels
    if added and drop_path:
        parts["drop_path"] = nn.DropPath(drop_path)
    body = nn.Sequential(**parts, label=f"inverted residual {channels_in}-{expanded}-{channels}")
    return nn.Residual(body) if added else body


STAGE_BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))   # t, c, n, s
CONFIGS = {"mobilenet_v2": {"dropout": 0.2}}
STAGES = {"mobilenet_v2": {
    "stem": (32, 112, 112), "stages.0": (16, 112, 112), "stages.1": (24, 56, 56), "stages.2": (32, 28, 28), "stages.3": (64, 14, 14),
    "stages.4": (96, 14, 14), "stages.5": (160, 7, 7), "stages.6": (320, 7, 7), "head.conv": (1280, 7, 7), "head": (1000,)}}
PUBLISHED = {"mobilenet_v2": Published(parameters=3_504_872, gmacs="0.301", source="torchvision; paper 3.4 M and 300 M")}
SMALLEST = {"mobilenet_v2": 33}


def build(nn, dropout=0.2, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 224, 224)."""
    conv = partial(conv_bn, act=nn.ReLU6)
    channels, stages = 32, []
    for number, (t, c, n, s) in enumerate(STAGE_BLOCKS):
        blocks = []
        for i in range(n):
            blocks.append(inverted_residual(nn, channels, t * channels, c, stride=1 if i else s, conv=conv))
            channels = c
        stages.append(nn.Sequential(*blocks, label=f"stage {number + 1}"))
    head = nn.Sequential(conv=conv(nn, channels, 1280), pool=nn.GlobalAvgPool2d(), flatten=nn.Flatten(), dropout=nn.Dropout(dropout),
                         fc=nn.Linear(1280, num_classes))
    return nn.Sequential(stem=conv(nn, 3, 32, 3, 2), stages=nn.Sequential(*stages), head=head)
