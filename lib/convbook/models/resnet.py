"""Deep Residual Learning for Image Recognition, He, Zhang, Ren and Sun 2016 (CVPR).

Idea: deeper plain nets train worse, also on their own training set. So let a block learn only what to change, and let its
input pass by unchanged: y = x + f(x). The gradient then reaches every block along the shortcuts, whatever the blocks do.

  stage    output    18 layers   34          50                            101   152
  stem     112x112   7x7, 64, stride 2, then 3x3 max pooling, stride 2 (56x56)
  stage1   56x56     3x3 3x3, 64:  2    3    1x1 3x3 1x1, 64 64 256:    3     3     3
  stage2   28x28     128:          2    4    128 128 512:               4     4     8
  stage3   14x14     256:          2    6    256 256 1024:              6    23    36
  stage4   7x7       512:          2    3    512 512 2048:              3     3     3
  head     global average pooling, linear

Differs: the bottleneck nets have their stride in the 3x3 convolution (v1.5, as everybody trains them since 2016); `_v1` has
it in the first 1x1, as the paper. Shortcuts are the paper's option B: 1x1 convolutions where the shape changes.
"""
from convbook.models._published import Published


def conv_bn(nn, channels_in, channels, kernel_size, stride=1):
    """A convolution that keeps the size (divided by stride), without bias, since batch norm follows."""
    conv = nn.Conv2d(channels_in, channels, kernel_size, stride, (kernel_size - 1) // 2, bias=False)
    return {"conv": conv, "bn": nn.BatchNorm2d(channels)}


def shortcut(nn, channels_in, channels, stride):
    """The identity, or a 1x1 convolution where the shape changes."""
    if stride == 1 and channels_in == channels:
        return None
    return nn.Sequential(**conv_bn(nn, channels_in, channels, 1, stride), label="projection")


def basic_block(nn, channels_in, width, stride=1, v1=False):
    """Two 3x3 convolutions and a shortcut; `width` channels out."""
    first, second = conv_bn(nn, channels_in, width, 3, stride), conv_bn(nn, width, width, 3)
    body = nn.Sequential(conv1=first["conv"], bn1=first["bn"], relu=nn.ReLU(), conv2=second["conv"], bn2=second["bn"])
    whole = nn.Residual(body, shortcut(nn, channels_in, width, stride))
    return nn.Sequential(residual=whole, relu=nn.ReLU(), label=f"basic block {width}")


def bottleneck(nn, channels_in, width, stride=1, v1=False):
    """1x1 down to `width`, 3x3, 1x1 up to 4 width, and a shortcut."""
    first, second = conv_bn(nn, channels_in, width, 1, stride if v1 else 1), conv_bn(nn, width, width, 3, 1 if v1 else stride)
    third = conv_bn(nn, width, 4 * width, 1)
    body = nn.Sequential(conv1=first["conv"], bn1=first["bn"], relu1=nn.ReLU(), conv2=second["conv"], bn2=second["bn"], relu2=nn.ReLU(),
                         conv3=third["conv"], bn3=third["bn"])
    whole = nn.Residual(body, shortcut(nn, channels_in, 4 * width, stride))
    return nn.Sequential(residual=whole, relu=nn.ReLU(), label=f"bottleneck {width}")


EXPANSION = {basic_block: 1, bottleneck: 4}
CONFIGS = {
    "resnet18": {"block": basic_block, "depths": (2, 2, 2, 2)},
    "resnet34": {"block": basic_block, "depths": (3, 4, 6, 3)},
    "resnet50": {"block": bottleneck, "depths": (3, 4, 6, 3)},
    "resnet101": {"block": bottleneck, "depths": (3, 4, 23, 3)},
    "resnet152": {"block": bottleneck, "depths": (3, 8, 36, 3)},
    "resnet50_v1": {"block": bottleneck, "depths": (3, 4, 6, 3), "v1": True},
    "resnet101_v1": {"block": bottleneck, "depths": (3, 4, 23, 3), "v1": True},
    "resnet152_v1": {"block": bottleneck, "depths": (3, 8, 36, 3), "v1": True},
}
STAGES = {name: {"stem": (64, 56, 56), "head": (1000,)} | {
    f"stages.{i}": (64 * 2**i * EXPANSION[config["block"]], 56 // 2**i, 56 // 2**i) for i in range(4)} for name, config in CONFIGS.items()}
PUBLISHED = {
    "resnet18": Published(parameters=11_689_512, receptive_field=435, source="torchvision; receptive_field"),
    "resnet34": Published(parameters=21_797_672, receptive_field=899, source="torchvision; receptive_field"),
    "resnet50": Published(parameters=25_557_032, receptive_field=427, source="torchvision; derived"),
    "resnet101": Published(parameters=44_549_160, receptive_field=971, source="torchvision; derived"),
    "resnet152": Published(parameters=60_192_808, receptive_field=1451, source="torchvision; derived"),
    "resnet50_v1": Published(parameters=25_557_032, receptive_field=483, source="torchvision; receptive_field"),
    "resnet101_v1": Published(parameters=44_549_160, receptive_field=1027, source="torchvision; receptive_field"),
    "resnet152_v1": Published(parameters=60_192_808, receptive_field=1507, source="torchvision; receptive_field"),
}


def build(nn, block, depths, v1=False, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 224, 224)."""
    first = conv_bn(nn, 3, 64, 7, 2)
    stem = nn.Sequential(**first, relu=nn.ReLU(), pool=nn.MaxPool2d(3, 2, 1))
    stages, channels = [], 64
    for number, depth in enumerate(depths):
        width, blocks = 64 * 2**number, []
        for i in range(depth):
            blocks.append(block(nn, channels, width, stride=2 if number and not i else 1, v1=v1))
            channels = width * EXPANSION[block]
        stages.append(nn.Sequential(*blocks, label=f"stage {number + 1}"))
    head = nn.Sequential(pool=nn.GlobalAvgPool2d(), flatten=nn.Flatten(), fc=nn.Linear(channels, num_classes))
    return nn.Sequential(stem=stem, stages=nn.Sequential(*stages), head=head)
