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
it in the first 1x1, as the paper. Shortcuts are the paper's option B; `shortcuts="A"` or "C" gives the others of its table 3.
"""
from convbook.models._published import Published


def conv_bn(nn, channels_in, channels, kernel_size, stride=1, groups=1):
    """A convolution that keeps the size (divided by stride), without bias, since batch norm follows."""
    conv = nn.Conv2d(channels_in, channels, kernel_size, stride, (kernel_size - 1) // 2, groups=groups, bias=False)
    return {"conv": conv, "bn": nn.BatchNorm2d(channels)}


def shortcut(nn, channels_in, channels, stride, option="B"):
    """How a block's input gets past it: unchanged, and where the shape changes

    A  every stride-th pixel, and channels of zeros behind the others: no parameters
    B  a 1x1 convolution
    C  a 1x1 convolution, which then stands beside every other block as well
    """
    if option not in ("A", "B", "C"):
        raise ValueError(f'shortcuts are "A", "B" or "C", got {option!r}')
    if option != "C" and stride == 1 and channels_in == channels:
        return None
    if option == "A":
        zeros = zero_channels(nn, channels // channels_in - 1)
        return nn.Sequential(subsample=nn.AvgPool2d(1, stride), pad=zeros, label="zero padding")
    projection = conv_bn(nn, channels_in, channels, 1, stride)
    return nn.Sequential(**projection, label="projection")


def zero_channels(nn, times):
    """A layer that puts zeros behind its input, `times` as many channels: (N, C, H, W) to (N, C + times C, H, W)."""
    class ZeroChannels(nn.Module):    # type: ignore[name-defined]
        def forward(self, x):
            return nn.cat([x, *[x * 0] * times], 1)

    return ZeroChannels()


def two_convs(nn, channels_in, width, stride=1):
    """The layers of a basic block's branch, by name."""
    first, second = conv_bn(nn, channels_in, width, 3, stride), conv_bn(nn, width, width, 3)
    return {"conv1": first["conv"], "bn1": first["bn"], "relu": nn.ReLU(), "conv2": second["conv"], "bn2": second["bn"]}


def three_convs(nn, channels_in, width, stride=1, v1=False, inner=None, groups=1):
    """The layers of a bottleneck's branch, by name: 1x1 down to `inner` channels (or `width`), 3x3, 1x1 up to 4 width."""
    inner = inner or width
    first = conv_bn(nn, channels_in, inner, 1, stride if v1 else 1)
    second, third = conv_bn(nn, inner, inner, 3, 1 if v1 else stride, groups), conv_bn(nn, inner, 4 * width, 1)
    return {"conv1": first["conv"], "bn1": first["bn"], "relu1": nn.ReLU(), "conv2": second["conv"], "bn2": second["bn"],
            "relu2": nn.ReLU(), "conv3": third["conv"], "bn3": third["bn"]}


def basic_block(nn, channels_in, width, stride=1, v1=False, shortcuts="B"):
    """Two 3x3 convolutions and a shortcut; `width` channels out."""
    body = nn.Sequential(**two_convs(nn, channels_in, width, stride))
    whole = nn.Residual(body, shortcut(nn, channels_in, width, stride, shortcuts))
    return nn.Sequential(residual=whole, relu=nn.ReLU(), label=f"basic block {width}")


def bottleneck(nn, channels_in, width, stride=1, v1=False, shortcuts="B", inner=None, groups=1):
    """1x1 down to `width` (or `inner`), 3x3, 1x1 up to 4 width, and a shortcut."""
    body = nn.Sequential(**three_convs(nn, channels_in, width, stride, v1, inner, groups))
    whole = nn.Residual(body, shortcut(nn, channels_in, 4 * width, stride, shortcuts))
    return nn.Sequential(residual=whole, relu=nn.ReLU(), label=f"bottleneck {width}")


EXPANSION = {basic_block: 1, bottleneck: 4}
WIDTHS = (64, 128, 256, 512)
CONFIGS: dict[str, dict] = {
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
    "resnet18": Published(parameters=11_689_512, receptive_field=435, gmacs="1.814", source="torchvision; receptive_field"),
    "resnet34": Published(parameters=21_797_672, receptive_field=899, gmacs="3.664", source="torchvision; receptive_field"),
    "resnet50": Published(parameters=25_557_032, receptive_field=427, gmacs="4.089", source="torchvision; derived"),
    "resnet101": Published(parameters=44_549_160, receptive_field=971, gmacs="7.801", source="torchvision; derived"),
    "resnet152": Published(parameters=60_192_808, receptive_field=1451, gmacs="11.514", source="torchvision; derived"),
    "resnet50_v1": Published(parameters=25_557_032, receptive_field=483, gmacs="3.858", source="torchvision; receptive_field"),
    "resnet101_v1": Published(parameters=44_549_160, receptive_field=1027, gmacs="7.570", source="torchvision; receptive_field"),
    "resnet152_v1": Published(parameters=60_192_808, receptive_field=1507, gmacs="11.282", source="torchvision; receptive_field"),
}


def stem(nn):
    """(N, 3, 224, 224) to (N, 64, 56, 56)."""
    return nn.Sequential(**conv_bn(nn, 3, 64, 7, 2), relu=nn.ReLU(), pool=nn.MaxPool2d(3, 2, 1))


def stages(nn, depths, widths, channels, block, expansion=1):
    """Stages of blocks; each but the first starts with stride 2.

    depths, widths  of every stage: how many blocks, and how wide
    channels        that come in
    block           block(channels_in, width, stride, number) makes one that puts out width * expansion channels; number: from 0
    """
    parts, number = [], 0
    for i, (depth, width) in enumerate(zip(depths, widths, strict=True)):
        blocks = []
        for j in range(depth):
            blocks.append(block(channels, width, 2 if i and not j else 1, number))
            channels, number = width * expansion, number + 1
        parts.append(nn.Sequential(*blocks, label=f"stage {i + 1}"))
    return nn.Sequential(*parts)


def head(nn, channels, num_classes):
    """(N, channels, H, W) to (N, num_classes)."""
    return nn.Sequential(pool=nn.GlobalAvgPool2d(), flatten=nn.Flatten(), fc=nn.Linear(channels, num_classes))


def build(nn, block, depths, v1=False, shortcuts="B", num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 224, 224)."""
    def one(channels_in, width, stride, number):
        return block(nn, channels_in, width, stride, v1, shortcuts)

    blocks = stages(nn, depths, WIDTHS, 64, one, EXPANSION[block])
    end = head(nn, WIDTHS[-1] * EXPANSION[block], num_classes)
    return nn.Sequential(stem=stem(nn), stages=blocks, head=end)
