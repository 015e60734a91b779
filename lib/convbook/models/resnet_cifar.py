"""Deep Residual Learning for Image Recognition, He, Zhang, Ren and Sun 2016 (CVPR), section 4.2: the nets for CIFAR-10.

Idea: the same question on small images, where depth is cheap. 6n + 2 layers: a 3x3 convolution, three stages of n basic
blocks, a linear layer. Shortcuts without parameters, so a residual net and its plain twin have equally many.

  stage    output  layers
  stem     32x32   3x3, 16
  stage1   32x32   2n: 3x3, 16      n = 3, 5, 7, 9, 18, 200 make 20, 32, 44, 56, 110, 1202 layers
  stage2   16x16   2n: 3x3, 32
  stage3   8x8     2n: 3x3, 64
  head     global average pooling, linear

Names: `resnet20_cifar` has the shortcuts of the paper (A), `_b` projections where the shape changes, `_c` everywhere;
any depth takes shortcuts="A", "B" or "C".

Differs: nothing for A. The paper tries B and C on ImageNet only.
"""
from convbook.models import resnet
from convbook.models._published import Published

WIDTHS = (16, 32, 64)
CONFIGS = {f"resnet{depth}_cifar": {"depth": depth, "shortcuts": "A"} for depth in (20, 32, 44, 56, 110, 1202)} | {
    "resnet20_cifar_b": {"depth": 20, "shortcuts": "B"},
    "resnet56_cifar_b": {"depth": 56, "shortcuts": "B"},
    "resnet20_cifar_c": {"depth": 20, "shortcuts": "C"},
}
SHAPES = {"stem": (16, 32, 32), "stages.0": (16, 32, 32), "stages.1": (32, 16, 16), "stages.2": (64, 8, 8), "head": (10,)}
STAGES = dict.fromkeys(CONFIGS, SHAPES)
PARAMETERS = {20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962, 1202: 19_421_274}
PUBLISHED = {f"resnet{depth}_cifar": Published(32, parameters, source="derived; the paper rounds to 0.01 M")
             for depth, parameters in PARAMETERS.items()} | {
    "resnet20_cifar_b": Published(32, 272_474, source="pytorchcv"),
    "resnet56_cifar_b": Published(32, 855_770, source="pytorchcv"),
    "resnet20_cifar_c": Published(32, note="no published figure"),
}
SMALLEST = dict.fromkeys(CONFIGS, 8)


def blocks_per_stage(depth, layers=2, others=2):
    """The n of depth = 3 stages * n blocks * layers + others. Raises ValueError for a depth that is not of this form."""
    if depth <= others or (depth - others) % (3 * layers):
        raise ValueError(f"the depth is {3 * layers}n + {others}, such as {3 * layers + others} or {9 * layers + others}, got {depth}")
    return (depth - others) // (3 * layers)


def stem(nn):
    """(N, 3, H, W) to (N, 16, H, W)."""
    return nn.Sequential(**resnet.conv_bn(nn, 3, 16, 3), relu=nn.ReLU())


def from_blocks(nn, depth, block, num_classes):
    """A net of 6n + 2 layers; block(channels_in, width, stride, number) makes one block of two."""
    stages = resnet.stages(nn, [blocks_per_stage(depth)] * 3, WIDTHS, 16, block)
    return nn.Sequential(stem=stem(nn), stages=stages, head=resnet.head(nn, WIDTHS[-1], num_classes))


def build(nn, depth, shortcuts="A", num_classes=10):
    """A net with parts stem, stages and head; images (N, 3, 32, 32)."""
    def block(channels_in, width, stride, number):
        return resnet.basic_block(nn, channels_in, width, stride, shortcuts=shortcuts)

    return from_blocks(nn, depth, block, num_classes)
