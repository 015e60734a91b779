"""SqueezeNet: AlexNet-level accuracy with 50x fewer parameters, Iandola, Han, Moskewicz, Ashraf, Dally and Keutzer 2016 (arXiv).

Idea: mostly 1x1 filters, which have nine times fewer weights than 3x3; before the 3x3 filters that are left, squeeze the
channels; make maps small late, so that filters see large ones. A fire module squeezes by 1x1, then expands by 1x1 beside 3x3.

  stage    output (1.0)  1.0, squeeze and expand of each branch          1.1, output (224x224 images)
  stem     55x55         7x7, 96, stride 2 (111x111), 3x3 max, stride 2  55x55  3x3, 64, stride 2 (111x111), 3x3 max, stride 2
  fire2    55x55         16 64    bypass C                               55x55  16 64
  fire3    55x55         16 64    bypass S                               55x55  16 64, then 3x3 max (27x27)
  fire4    55x55         32 128   bypass C, then 3x3 max (27x27)         27x27  32 128
  fire5    27x27         32 128   bypass S                               27x27  32 128, then 3x3 max (13x13)
  fire6    27x27         48 192   bypass C                               13x13  48 192
  fire7    27x27         48 192   bypass S                               13x13  48 192
  fire8    27x27         64 256   bypass C, then 3x3 max (13x13)         13x13  64 256
  fire9    13x13         64 256   bypass S                               13x13  64 256
  head     dropout, 1x1 to the classes, ReLU, global average pooling

Bypass, as in residual nets: simple (S) adds a module's input to its output where both have as many channels; complex has
1x1 convolutions for the others too (C). 1.1 is the authors' later version with 2.4 times fewer MACs and the same accuracy.

Differs: the paper says 224x224 and writes 111x111 after the first convolution, without padding; that takes 227x227.
Differs: pooling rounds sizes up, as Caffe, in which the paper's nets were made. For these sizes of image it changes nothing.
"""
from convbook.models._published import Published

SQUEEZE = {"fire2": 16, "fire3": 16, "fire4": 32, "fire5": 32, "fire6": 48, "fire7": 48, "fire8": 64, "fire9": 64}
CONFIGS = {
    "squeezenet1_0": {"first": (96, 7), "pools": (4, 8)},
    "squeezenet1_1": {"first": (64, 3), "pools": (3, 5)},
    "squeezenet1_0_simple_bypass": {"first": (96, 7), "pools": (4, 8), "bypass": "simple"},
    "squeezenet1_0_complex_bypass": {"first": (96, 7), "pools": (4, 8), "bypass": "complex"},
}
TABLE_1 = {"stem": (96, 55, 55), "stages.fire2": (128, 55, 55), "stages.fire3": (128, 55, 55), "stages.fire4": (256, 55, 55),
           "stages.maxpool4": (256, 27, 27), "stages.fire5": (256, 27, 27), "stages.fire6": (384, 27, 27), "stages.fire7": (384, 27, 27),
           "stages.fire8": (512, 27, 27), "stages.maxpool8": (512, 13, 13), "stages.fire9": (512, 13, 13), "head": (1000,)}
STAGES = dict.fromkeys(CONFIGS, TABLE_1) | {"squeezenet1_1": {
    "stem": (64, 55, 55), "stages.fire2": (128, 55, 55), "stages.fire3": (128, 55, 55), "stages.maxpool3": (128, 27, 27),
    "stages.fire4": (256, 27, 27), "stages.fire5": (256, 27, 27), "stages.maxpool5": (256, 13, 13), "stages.fire6": (384, 13, 13),
    "stages.fire7": (384, 13, 13), "stages.fire8": (512, 13, 13), "stages.fire9": (512, 13, 13), "head": (1000,)}}
PUBLISHED = {
    "squeezenet1_0": Published(227, 1_248_424, 832_667_936, source="torchvision; the paper: 1,248,424",
                               note="torchvision's 0.819 G are for 224x224; 227x227 is what the paper's table needs"),
    "squeezenet1_1": Published(224, 1_235_496, 349_151_936, source="torchvision"),
    "squeezenet1_0_simple_bypass": Published(227, 1_248_424, 832_667_936, source="the paper: no more than without"),
    "squeezenet1_0_complex_bypass": Published(
        227, 1_589_672, source="derived: 341,248 more in four 1x1 convolutions; the paper: 7.7 MB",
        note="7.7 MB would be 2.0 M parameters in float32; section 6 of the paper gives these four convolutions, which make 6.4 MB"),
}
SMALLEST = dict.fromkeys(CONFIGS, 35)


def fire(nn, channels_in, squeeze):
    """1x1 down to `squeeze` channels; then 1x1 beside 3x3, each with 4 squeeze channels; 8 squeeze channels out."""
    expand = nn.Concat(expand1x1=nn.Conv2d(squeeze, 4 * squeeze, 1), expand3x3=nn.Conv2d(squeeze, 4 * squeeze, 3, padding=1))
    return nn.Sequential(squeeze1x1=nn.Conv2d(channels_in, squeeze, 1), relu_squeeze=nn.ReLU(), expand=expand, relu_expand=nn.ReLU(),
                         label=f"fire {squeeze}-{4 * squeeze}")


def bypassed(nn, channels_in, squeeze, bypass):
    """A fire module with what goes past it, if anything does."""
    module, channels = fire(nn, channels_in, squeeze), 8 * squeeze
    if bypass and channels_in == channels:
        return nn.Residual(module)
    return nn.Residual(module, nn.Conv2d(channels_in, channels, 1)) if bypass == "complex" else module


def build(nn, first, pools, bypass=None, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 227, 227).

    first   channels and size of the filters of the first convolution
    pools   numbers of the fire modules that max pooling follows
    bypass  None, "simple" or "complex"

    Raises ValueError for another bypass.
    """
    if bypass not in (None, "simple", "complex"):
        raise ValueError(f'bypass is None, "simple" or "complex", got {bypass!r}')
    (channels, kernel_size), parts = first, {}
    stem = nn.Sequential(conv1=nn.Conv2d(3, channels, kernel_size, 2), relu_conv1=nn.ReLU(), maxpool1=nn.MaxPool2d(3, 2, ceil_mode=True))
    for name, squeeze in SQUEEZE.items():
        parts[name] = bypassed(nn, channels, squeeze, bypass)
        channels = 8 * squeeze
        if int(name[-1]) in pools:
            parts[f"maxpool{name[-1]}"] = nn.MaxPool2d(3, 2, ceil_mode=True)
    head = nn.Sequential(dropout=nn.Dropout(0.5), conv10=nn.Conv2d(channels, num_classes, 1), relu_conv10=nn.ReLU(),
                         avgpool10=nn.GlobalAvgPool2d(), flatten=nn.Flatten())
    return nn.Sequential(stem=stem, stages=nn.Sequential(**parts), head=head)
