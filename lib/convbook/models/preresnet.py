"""Identity Mappings in Deep Residual Networks, He, Zhang, Ren and Sun 2016 (ECCV).

Idea: keep the shortcut free of everything. With batch norm and ReLU in front of the convolutions instead of behind the
addition, any deep x is an earlier x plus a sum of branches, forward, and gradients come back the same way; 1001 layers train.

  stage    output  CIFAR: 110        164, 1001 layers          output    ImageNet: 50   101  152  200
  stem     32x32   3x3, 16                                     112x112   7x7, 64, stride 2 (pool: 56x56)
  stage1   32x32   18 3x3 3x3, 16    18, 111 1x1 3x3 1x1, 64   56x56     256:       3     3    3    3
  stage2   16x16   18 3x3 3x3, 32    18, 111 of 128            28x28     512:       4     4    8   24
  stage3   8x8     18 3x3 3x3, 64    18, 111 of 256            14x14     1024:      6    23   36   36
  stage4                                                       7x7       2048:      3     3    3    3
  head     batch norm, ReLU, global average pooling, linear

The orders of figure 4, all of them ResNet-110: `_original`, `_bn_after` (batch norm after addition), `_relu_before` (ReLU
before addition), `_relu_only` (pre-activation by ReLU only), and full pre-activation, which is `preresnet110_cifar` itself.

Differs: the ImageNet nets have their stride in the 3x3 convolution, as resnet50 (v1.5) and timm's; the CIFAR nets in the first
1x1, as the authors' program. Where a projection changes the shape it sees the activated input, as there; the 110 layers have
shortcuts of option A, which see x itself. The first activation belongs to the stem, the last to the head.
"""
from convbook.models import resnet, resnet_cifar
from convbook.models._published import Published

ORDERS = {          # figure 4: what is in the branch, what follows the addition
    "original": ("conv1 bn1 relu1 conv2 bn2", "relu2"),
    "bn_after": ("conv1 bn1 relu1 conv2", "bn2 relu2"),
    "relu_before": ("conv1 bn1 relu1 conv2 bn2 relu2", ""),
    "relu_only": ("relu1 conv1 bn1 relu2 conv2 bn2", ""),
    "full": ("bn1 relu1 conv1 bn2 relu2 conv2", ""),
}
WIDE = {"stem": (16, 32, 32), "stages.0": (64, 32, 32), "stages.1": (128, 16, 16), "stages.2": (256, 8, 8), "head": (10,)}
ON_CIFAR = {"stem": resnet_cifar.stem, "widths": resnet_cifar.WIDTHS, "num_classes": 10}
ON_IMAGENET = {"stem": resnet.stem, "widths": resnet.WIDTHS, "unit": "bottleneck", "num_classes": 1000}
CONFIGS = {f"preresnet110_cifar_{order}": {"unit": order, "depths": (18, 18, 18)} | ON_CIFAR for order in ORDERS if order != "full"} | {
    "preresnet110_cifar": {"unit": "full", "depths": (18, 18, 18)} | ON_CIFAR,
    "preresnet164_cifar": {"unit": "bottleneck_v1", "depths": (18, 18, 18)} | ON_CIFAR,
    "preresnet1001_cifar": {"unit": "bottleneck_v1", "depths": (111, 111, 111)} | ON_CIFAR,
    "preresnet50": {"depths": (3, 4, 6, 3)} | ON_IMAGENET,
    "preresnet101": {"depths": (3, 4, 23, 3)} | ON_IMAGENET,
    "preresnet152": {"depths": (3, 8, 36, 3)} | ON_IMAGENET,
    "preresnet200": {"depths": (3, 24, 36, 3)} | ON_IMAGENET,
}
STAGES = {name: resnet_cifar.SHAPES if "110" in name else WIDE if "cifar" in name else resnet.STAGES["resnet50"] for name in CONFIGS}
PUBLISHED = {name: Published(32, resnet_cifar.PARAMETERS[110], source="as ResNet-110; the paper: 1.7 M") for name in CONFIGS} | {
    "preresnet164_cifar": Published(32, 1_703_258, source="pytorchcv; the paper: 1.7 M"),
    "preresnet1001_cifar": Published(32, 10_327_706, source="pytorchcv", note="the paper says 10.2 M"),
    "preresnet50": Published(parameters=25_549_352, gmacs="4.11", source="timm, 25.55 M; exactly: BiT's R50x1",
                             note="timm's 4.11 GMAC count norms and pooling; ours are resnet50's"),
    "preresnet101": Published(parameters=44_541_480, source="BiT's R101x1, which has as many"),
    "preresnet152": Published(parameters=60_185_128, source="pytorchcv, whose 128 more are a second norm in front of stage 1"),
    "preresnet200": Published(parameters=64_666_152, source="pytorchcv, whose 128 more are a second norm in front of stage 1"),
}
SHALLOW = {        # for comparing engines to ten digits: rounding errors grow with these depths while images are small
    "preresnet110_cifar_bn_after": {"depths": (6, 6, 6)},
    "preresnet1001_cifar": {"depths": (12, 12, 12)},
    "preresnet200": {"depths": (3, 4, 6, 3)},
}
SMALLEST = {name: 8 if "cifar" in name else 64 for name in CONFIGS}


def basic_unit(nn, channels_in, width, stride=1, order="full", first=False):
    """Two 3x3 convolutions with norms and ReLUs in one of ORDERS; the `first` of a net finds its input activated by the stem."""
    inside, after = (names.split() for names in ORDERS[order])
    convs = resnet.two_convs(nn, channels_in, width, stride)
    layers = {"conv1": convs["conv1"], "bn1": nn.BatchNorm2d(channels_in if inside[0] == "bn1" else width), "relu1": nn.ReLU(),
              "conv2": convs["conv2"], "bn2": convs["bn2"], "relu2": nn.ReLU()}
    if first:
        inside = inside[inside.index("conv1"):]
    body = nn.Sequential(**{name: layers[name] for name in inside})
    whole = nn.Residual(body, resnet.shortcut(nn, channels_in, width, stride, "A"))
    return nn.Sequential(residual=whole, **{name: layers[name] for name in after}, label=f"unit {width}")


def activated(nn, branch, channels_in, channels, stride, first=False):
    """What a unit of full pre-activation consists of, by name: a `branch` that starts with bn1 and relu1, and its shortcut.

    Where the shape changes, a projection is the shortcut and sees the activated input too. The stem has activated what the
    `first` unit of a net gets.
    """
    same = stride == 1 and channels_in == channels
    if same and not first:
        return {"residual": nn.Residual(nn.Sequential(**branch))}
    common = {} if first else {name: branch[name] for name in ("bn1", "relu1")}
    body = nn.Sequential(**{name: layer for name, layer in branch.items() if name not in ("bn1", "relu1")})
    projection = None if same else nn.Conv2d(channels_in, channels, 1, stride, bias=False)
    return common | {"residual": nn.Residual(body, projection)}


def bottleneck_unit(nn, channels_in, width, stride=1, v1=False, first=False):
    """1x1 down to `width`, 3x3, 1x1 up to 4 width, each behind batch norm and ReLU."""
    convs = resnet.three_convs(nn, channels_in, width, stride, v1)
    branch = {"bn1": nn.BatchNorm2d(channels_in), "relu1": nn.ReLU(), "conv1": convs["conv1"], "bn2": convs["bn1"], "relu2": nn.ReLU(),
              "conv2": convs["conv2"], "bn3": convs["bn2"], "relu3": nn.ReLU(), "conv3": convs["conv3"]}
    return nn.Sequential(**activated(nn, branch, channels_in, 4 * width, stride, first), label=f"unit {width}")


def head(nn, channels, num_classes, activation=("bn", "relu")):
    """The activation that the last unit's output still lacks, then global average pooling and a linear layer."""
    layers = {"bn": nn.BatchNorm2d(channels), "relu": nn.ReLU()}
    return nn.Sequential(**{name: layers[name] for name in activation},
                         pool=nn.GlobalAvgPool2d(), flatten=nn.Flatten(), fc=nn.Linear(channels, num_classes))


def build(nn, unit, depths, stem, widths, num_classes):
    """A net with parts stem, stages and head; images (N, 3, 32, 32) or (N, 3, 224, 224).

    unit  one of ORDERS: two 3x3 convolutions in that order. Or a bottleneck in full pre-activation: "bottleneck" with its
          stride in the 3x3, "bottleneck_v1" in the first 1x1
    """
    basic, expansion = unit in ORDERS, 1 if unit in ORDERS else 4

    def block(channels_in, width, stride, number):
        if basic:
            return basic_unit(nn, channels_in, width, stride, unit, first=number == 0)
        return bottleneck_unit(nn, channels_in, width, stride, unit == "bottleneck_v1", first=number == 0)

    activation = {"relu_only": ("relu",)}.get(unit, ("bn", "relu") if unit == "full" or not basic else ())
    return nn.Sequential(stem=stem(nn), stages=resnet.stages(nn, depths, widths, widths[0], block, expansion),
                         head=head(nn, widths[-1] * expansion, num_classes, activation))
