"""Densely Connected Convolutional Networks, Huang, Liu, van der Maaten and Weinberger 2017 (CVPR).

Idea: let every layer see the maps of all layers before it, side by side instead of added. Then a layer need not repeat what
is already there: k = 12 or 32 new maps of its own (the growth rate) are enough, and gradients have a short way to each layer.

  stage        output    121 (k=32)   169   201   161 (k=48)     CIFAR: output   40 (k=12)    BC 100 (k=12)   BC 190 (k=40)
  stem         56x56     7x7, 2k, stride 2, then 3x3 max pool           32x32    3x3, 16      3x3, 24         3x3, 80
  denseblock1  56x56     1x1 3x3:  6     6     6     6                  32x32    3x3:  12     1x1 3x3:  16    1x1 3x3:  31
  denseblock2  28x28              12    12    12    12                  16x16          12               16              31
  denseblock3  14x14              24    32    48    36                  8x8            12               16              31
  denseblock4  7x7                16    32    32    24
  head         batch norm, ReLU, global average pooling, linear

Between two blocks a transition: 1x1 convolution, 2x2 average pooling; it keeps half of the channels (but all in the plain 40).
Bottleneck (B): a 1x1 convolution to 4k channels before each 3x3; compression (C): a transition that halves. In every layer
batch norm and ReLU come first.

Memory: a layer with l others before it in its block puts k0 + l k maps side by side to make k new ones, and torch keeps these
for the way back as well as what batch norm and ReLU make of them, and 4k maps of the bottleneck twice. For a block of L layers
that is 2 (L k0 + k L (L - 1) / 2) + 8 k L maps: few parameters, much memory. Who computes these maps again on the way back
(Pleiss et al. 2017) keeps in the order of L k.

Differs: no dropout unless `dropout` is given; the paper has 0.2 for data that are not augmented.
"""
from convbook.models._published import Published

CONFIGS = {
    "densenet121": {"growth": 32, "depths": (6, 12, 24, 16), "channels": 64, "num_classes": 1000},
    "densenet169": {"growth": 32, "depths": (6, 12, 32, 32), "channels": 64, "num_classes": 1000},
    "densenet201": {"growth": 32, "depths": (6, 12, 48, 32), "channels": 64, "num_classes": 1000},
    "densenet161": {"growth": 48, "depths": (6, 12, 36, 24), "channels": 96, "num_classes": 1000},
    "densenet40_k12_cifar": {"growth": 12, "depths": (12, 12, 12), "channels": 16, "num_classes": 10,
                             "bottleneck": False, "compression": 1.0},
    "densenet_bc100_k12_cifar": {"growth": 12, "depths": (16, 16, 16), "channels": 24, "num_classes": 10},
    "densenet_bc190_k40_cifar": {"growth": 40, "depths": (31, 31, 31), "channels": 80, "num_classes": 10},
}
WIDTHS = {                  # channels after every dense block, and before it: those of the stem and of the transitions
    "densenet121": ((256, 512, 1024, 1024), (64, 128, 256, 512)), "densenet169": ((256, 512, 1280, 1664), (64, 128, 256, 640)),
    "densenet201": ((256, 512, 1792, 1920), (64, 128, 256, 896)), "densenet161": ((384, 768, 2112, 2208), (96, 192, 384, 1056)),
    "densenet40_k12_cifar": ((160, 304, 448), (16, 160, 304)), "densenet_bc100_k12_cifar": ((216, 300, 342), (24, 108, 150)),
    "densenet_bc190_k40_cifar": ((1320, 1900, 2190), (80, 660, 950)),
}


def _shapes(name):
    size, classes = (32, 10) if "cifar" in name else (56, 1000)
    after, before = WIDTHS[name]
    blocks = {f"stages.denseblock{i + 1}": (channels, size // 2**i, size // 2**i) for i, channels in enumerate(after)}
    transitions = {f"stages.transition{i}": (channels, size // 2**i, size // 2**i) for i, channels in enumerate(before) if i}
    return {"stem": (before[0], size, size), **blocks, **transitions, "head": (classes,)}


STAGES = {name: _shapes(name) for name in CONFIGS}
PUBLISHED = {
    "densenet121": Published(224, 7_978_856, 2_834_161_664, source="torchvision"),
    "densenet169": Published(224, 14_149_480, 3_359_843_328, source="torchvision"),
    "densenet201": Published(224, 20_013_928, 4_291_365_888, source="torchvision"),
    "densenet161": Published(224, 28_681_000, 7_727_907_072, source="torchvision"),
    "densenet40_k12_cifar": Published(32, 1_019_722, source="derived; the paper: 1.0 M"),
    "densenet_bc100_k12_cifar": Published(32, 769_162, source="derived; the paper: 0.8 M"),
    "densenet_bc190_k40_cifar": Published(32, 25_624_430, source="derived; the paper: 25.6 M"),
}
SMALLEST = {name: 8 if "cifar" in name else 64 for name in CONFIGS}


def new_maps(nn, channels_in, growth, bottleneck=True, dropout=0.0):
    """What a dense layer adds: batch norm, ReLU, 3x3 convolution to `growth` maps, before it the same with 1x1 to 4 growth."""
    parts, inner = {}, channels_in
    if bottleneck:
        inner = 4 * growth
        parts = {"norm1": nn.BatchNorm2d(channels_in), "relu1": nn.ReLU(), "conv1": nn.Conv2d(channels_in, inner, 1, bias=False)}
        parts |= {"dropout1": nn.Dropout(dropout)} if dropout else {}
    parts |= {"norm2": nn.BatchNorm2d(inner), "relu2": nn.ReLU(), "conv2": nn.Conv2d(inner, growth, 3, padding=1, bias=False)}
    parts |= {"dropout2": nn.Dropout(dropout)} if dropout else {}
    return nn.Sequential(**parts, label=f"{growth} new maps")


def dense_layer(nn, channels_in, growth, bottleneck=True, dropout=0.0):
    """All maps so far, and beside them the new ones: channels_in + growth channels out."""
    return nn.Concat(known=nn.Identity(), new=new_maps(nn, channels_in, growth, bottleneck, dropout), label="dense layer")


def dense_block(nn, channels_in, growth, depth, bottleneck=True, dropout=0.0):
    """`depth` dense layers: channels_in + depth * growth channels out."""
    layers = {f"denselayer{i + 1}": dense_layer(nn, channels_in + i * growth, growth, bottleneck, dropout) for i in range(depth)}
    return nn.Sequential(**layers, label=f"dense block of {depth}")


def transition(nn, channels_in, channels, dropout=0.0):
    """Fewer channels by a 1x1 convolution, half the size by averages."""
    parts = {"norm": nn.BatchNorm2d(channels_in), "relu": nn.ReLU(), "conv": nn.Conv2d(channels_in, channels, 1, bias=False)}
    parts |= {"dropout": nn.Dropout(dropout)} if dropout else {}
    return nn.Sequential(**parts, pool=nn.AvgPool2d(2), label="transition")


def stem(nn, channels, small):
    """(N, 3, 224, 224) to (N, channels, 56, 56); of small images only the channels change."""
    if small:
        return nn.Sequential(conv0=nn.Conv2d(3, channels, 3, padding=1, bias=False))
    return nn.Sequential(conv0=nn.Conv2d(3, channels, 7, 2, 3, bias=False), norm0=nn.BatchNorm2d(channels), relu0=nn.ReLU(),
                         pool0=nn.MaxPool2d(3, 2, 1))


def build(nn, growth, depths, channels, num_classes, bottleneck=True, compression=0.5, dropout=0.0):
    """A net with parts stem, stages and head.

    growth       k, how many maps a layer adds
    depths       layers of each block: three blocks for images (N, 3, 32, 32), four for (N, 3, 224, 224)
    channels     of the stem
    compression  which part of the channels a transition keeps
    dropout      after every convolution of blocks and transitions
    """
    first, parts = stem(nn, channels, small=len(depths) == 3), {}
    for i, depth in enumerate(depths):
        if i:
            parts[f"transition{i}"] = transition(nn, channels, int(channels * compression), dropout)
            channels = int(channels * compression)
        parts[f"denseblock{i + 1}"] = dense_block(nn, channels, growth, depth, bottleneck, dropout)
        channels += depth * growth
    head = nn.Sequential(norm=nn.BatchNorm2d(channels), relu=nn.ReLU(), pool=nn.GlobalAvgPool2d(), flatten=nn.Flatten(),
                         classifier=nn.Linear(channels, num_classes))
    return nn.Sequential(stem=first, stages=nn.Sequential(**parts), head=head)
