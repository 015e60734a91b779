"""MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications, Howard et al. 2017 (arXiv 1704.04861).

Idea: a convolution filters and mixes channels in one step. Take it apart: a depthwise 3x3 filters every map by itself, a 1x1
mixes. For F filters of K x K that costs 1/F + 1/K^2 of the whole, with 3x3 an eighth to a ninth. Two more knobs make it
smaller still: a width for all layers, and the resolution of the image.

  stage    output    each a depthwise 3x3 and a 1x1 convolution, batch norm and ReLU after both
  stem     112x112   full 3x3, 32, stride 2
  stage1   112x112   64
  stage2   56x56     128 128
  stage3   28x28     256 256
  stage4   14x14     512 512 512 512 512 512
  stage5   7x7       1024 1024
  head     global average pooling, linear

The first convolution of stages 2 to 5 has stride 2. `_075`, `_050` and `_025` have that share of the channels everywhere.
The other knob is the image: the same net takes any; at width 1 the paper's table 7 has, in millions of multiplications,
569 at 224, 418 at 192, 290 at 160 and 186 at 128.

Differs: in nothing but the paper's table 1, which gives its last depthwise convolution stride 2 but keeps 7x7: stride 1 is meant.
"""
from convbook.models._published import Published


def conv_bn(nn, channels_in, channels, kernel_size=1, stride=1, groups=1, act=None, norm=None):
    """Convolution that keeps the size (divided by stride), batch norm, and an activation if there is one.

    act, norm   make a layer: act() and norm(channels); batch norm if nothing is said
    """
    conv = nn.Conv2d(channels_in, channels, kernel_size, stride, (kernel_size - 1) // 2, groups=groups, bias=False)
    parts = {"conv": conv, "bn": (norm or nn.BatchNorm2d)(channels)} | ({"act": act()} if act else {})
    kind = "depthwise " if groups > 1 else ""
    return nn.Sequential(**parts, label=f"{kind}{kernel_size}x{kernel_size}, {channels}")


def separable(nn, channels_in, channels, stride=1):
    """A depthwise 3x3 convolution, then a 1x1."""
    depthwise = conv_bn(nn, channels_in, channels_in, 3, stride, groups=channels_in, act=nn.ReLU)
    return nn.Sequential(depthwise=depthwise, pointwise=conv_bn(nn, channels_in, channels, act=nn.ReLU), label=f"separable {channels}")


STAGE_CHANNELS = ((64, 1), (128, 2), (256, 2), (512, 6), (1024, 2))      # channels at width 1, blocks
CONFIGS = {"mobilenet_v1": {"width": 1.0}, "mobilenet_v1_075": {"width": 0.75}, "mobilenet_v1_050": {"width": 0.5},
           "mobilenet_v1_025": {"width": 0.25}}
STAGES = {name: {"stem": (channels[0], 112, 112), "head": (1000,)} | {
    f"stages.{i}": (width, size, size) for i, (width, size) in enumerate(zip(channels[1:], (112, 56, 28, 14, 7), strict=True))}
    for name, channels in {
        "mobilenet_v1": (32, 64, 128, 256, 512, 1024), "mobilenet_v1_075": (24, 48, 96, 192, 384, 768),
        "mobilenet_v1_050": (16, 32, 64, 128, 256, 512), "mobilenet_v1_025": (8, 16, 32, 64, 128, 256)}.items()}
PUBLISHED = {
    "mobilenet_v1": Published(parameters=4_231_976, receptive_field=315, gmacs="0.569",
                              source="derived, paper 4.2 M and 569 M; receptive_field"),
    "mobilenet_v1_075": Published(parameters=2_585_560, receptive_field=315, source="derived, paper 2.6 M and 325 M"),
    "mobilenet_v1_050": Published(parameters=1_331_592, receptive_field=315, source="derived, paper 1.3 M and 149 M"),
    "mobilenet_v1_025": Published(parameters=470_072, receptive_field=315, source="derived, paper 0.5 M and 41 M"),
}
SMALLEST = dict.fromkeys(CONFIGS, 33)


def build(nn, width, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, H, W), of 224, 192, 160 or 128 pixels in the paper."""
    channels = int(32 * width)
    stem, stages = conv_bn(nn, 3, channels, 3, 2, act=nn.ReLU), []
    for number, (full, depth) in enumerate(STAGE_CHANNELS):
        blocks = []
        for i in range(depth):
            blocks.append(separable(nn, channels, int(full * width), stride=2 if number and not i else 1))
            channels = int(full * width)
        stages.append(nn.Sequential(*blocks, label=f"stage {number + 1}"))
    head = nn.Sequential(pool=nn.GlobalAvgPool2d(), flatten=nn.Flatten(), fc=nn.Linear(channels, num_classes))
    return nn.Sequential(stem=stem, stages=nn.Sequential(*stages), head=head)
