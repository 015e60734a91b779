"""Visualizing and Understanding Convolutional Networks, Zeiler and Fergus 2014 (ECCV).

Idea: look at what AlexNet's maps respond to. Its first filters are 11x11 and 4 apart: they miss the middle frequencies and
leave aliasing in the second layer. So make them 7x7 and 2 apart, and go down later instead.

  stage      output      zfnet
  input      3x224x224
  stem       96x110x110  7x7, stride 2; 3x3 max pooling, stride 2; contrast norm (55x55)
  stages.0   256x26x26   5x5, stride 2; 3x3 max pooling, stride 2; contrast norm (13x13)
  stages.1   384x13x13   3x3
  stages.2   384x13x13   3x3
  stages.3   256x13x13   3x3; 3x3 max pooling, stride 2 (6x6)
  head       4096, 4096, 1000, with ReLU and dropout

`zfnet_512` is the paper's larger one, with 512, 1024 and 512 maps in stages 1 to 3.

Differs: the paper gives sizes but no padding. 110 out of 224 needs a padding of 1; 110 to 55 and 26 to 13 need windows that may
stand over the edge (ceil_mode), as in the authors' time.
Differs: its contrast normalisation across maps is taken to be AlexNet's response norm; the paper gives no constants.
Differs: while training, the authors also scale back every filter of the first layer whose RMS exceeds 0.1.
"""
from convbook.models._published import Published
from convbook.models.alexnet import classifier, response_norm

CONFIGS = {"zfnet": {"widths": (384, 384, 256)}, "zfnet_512": {"widths": (512, 1024, 512)}}
STAGES = {name: {
    "stem.conv": (96, 110, 110), "stem": (96, 55, 55), "stages.0.conv": (256, 26, 26), "stages.0": (256, 13, 13),
    "stages.1": (config["widths"][0], 13, 13), "stages.2": (config["widths"][1], 13, 13), "stages.3.conv": (config["widths"][2], 13, 13),
    "stages.3": (config["widths"][2], 6, 6), "head.fc6": (4096,), "head": (1000,)} for name, config in CONFIGS.items()}
PUBLISHED = {"zfnet": Published(parameters=62_357_608, receptive_field=171, source="derived"),
             "zfnet_512": Published(parameters=107_627_624, receptive_field=171, source="derived")}


def build(nn, widths, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 224, 224)."""
    first, second, third = widths

    def layer(number, channels_in, channels, kernel_size, stride, padding):
        """A strided convolution, pooling, norm: the first two layers."""
        return nn.Sequential(conv=nn.Conv2d(channels_in, channels, kernel_size, stride, padding), relu=nn.ReLU(),
                             pool=nn.MaxPool2d(3, 2, ceil_mode=True), norm=response_norm(nn), label=f"layer {number}")

    stages = nn.Sequential(
        layer(2, 96, 256, 5, 2, 0),
        nn.Sequential(conv=nn.Conv2d(256, first, 3, padding=1), relu=nn.ReLU(), label="layer 3"),
        nn.Sequential(conv=nn.Conv2d(first, second, 3, padding=1), relu=nn.ReLU(), label="layer 4"),
        nn.Sequential(conv=nn.Conv2d(second, third, 3, padding=1), relu=nn.ReLU(), pool=nn.MaxPool2d(3, 2), label="layer 5"))
    return nn.Sequential(stem=layer(1, 3, 96, 7, 2, 1), stages=stages, head=classifier(nn, third * 6 * 6, num_classes))
