"""Network In Network, Lin, Chen and Yan 2014 (ICLR).

Idea: a convolution is a linear layer that slides. Let a small net slide instead: after each convolution come two 1x1
convolutions with ReLU. At the end one map a class, and its mean is the score: no linear layers that learn by heart.

  stage      nin_imagenet                                          nin_cifar
  input      3x224x224                                             3x32x32
  stem       96x54x54, 11x11 stride 4; max pooling (27x27)         96x32x32, 5x5, 192 160 96; max pooling (16x16); dropout
  stages.0   256x27x27, 5x5; max pooling (13x13)                   192x16x16, 5x5; mean pooling (8x8); dropout
  stages.1   384x13x13, 3x3; max pooling (6x6); dropout
  head       1000x6x6, 3x3, 1024 1024 1000; global mean            10x8x8, 3x3, 192 192 10; global mean

All pooling windows are 3 wide, 2 apart and may stand over the edge.

Differs: the paper draws the net for CIFAR-10 without numbers and has none for ImageNet. These are the authors' own files, Caffe's
for ImageNet; in the one for CIFAR-10 the second pooling takes means.
"""
from convbook.models._published import Published


def mlpconv(nn, channels_in, widths, kernel_size, stride=1, padding=0):
    """A convolution and two of 1x1, each with ReLU: a net of three layers that slides over the image."""
    return nn.Sequential(conv=nn.Conv2d(channels_in, widths[0], kernel_size, stride, padding), relu1=nn.ReLU(),
                         mlp1=nn.Conv2d(widths[0], widths[1], 1), relu2=nn.ReLU(),
                         mlp2=nn.Conv2d(widths[1], widths[2], 1), relu3=nn.ReLU(), label=f"mlpconv {widths[2]}")


def imagenet(nn, num_classes):
    """Four nets that slide; images (N, 3, 224, 224)."""
    stem = nn.Sequential(mlpconv=mlpconv(nn, 3, (96, 96, 96), 11, stride=4), pool=nn.MaxPool2d(3, 2, ceil_mode=True))
    stages = nn.Sequential(
        nn.Sequential(mlpconv=mlpconv(nn, 96, (256, 256, 256), 5, padding=2), pool=nn.MaxPool2d(3, 2, ceil_mode=True)),
        nn.Sequential(mlpconv=mlpconv(nn, 256, (384, 384, 384), 3, padding=1), pool=nn.MaxPool2d(3, 2, ceil_mode=True),
                      drop=nn.Dropout(0.5)))
    return stem, stages, mlpconv(nn, 384, (1024, 1024, num_classes), 3, padding=1)


def cifar(nn, num_classes):
    """Three nets that slide; images (N, 3, 32, 32)."""
    stem = nn.Sequential(mlpconv=mlpconv(nn, 3, (192, 160, 96), 5, padding=2), pool=nn.MaxPool2d(3, 2, ceil_mode=True),
                         drop=nn.Dropout(0.5))
    stages = nn.Sequential(nn.Sequential(mlpconv=mlpconv(nn, 96, (192, 192, 192), 5, padding=2), pool=nn.AvgPool2d(3, 2, ceil_mode=True),
                                         drop=nn.Dropout(0.5)))
    return stem, stages, mlpconv(nn, 192, (192, 192, num_classes), 3, padding=1)


CONFIGS = {"nin_imagenet": {"form": imagenet}, "nin_cifar": {"form": cifar, "num_classes": 10}}
STAGES = {
    "nin_imagenet": {"stem.mlpconv": (96, 54, 54), "stem": (96, 27, 27), "stages.0.mlpconv": (256, 27, 27), "stages.0": (256, 13, 13),
                     "stages.1.mlpconv": (384, 13, 13), "stages.1": (384, 6, 6), "head.maps": (1000, 6, 6), "head": (1000,)},
    "nin_cifar": {"stem.mlpconv": (96, 32, 32), "stem": (96, 16, 16), "stages.0.mlpconv": (192, 16, 16), "stages.0": (192, 8, 8),
                  "head.maps": (10, 8, 8), "head": (10,)},
}
PUBLISHED = {
    "nin_imagenet": Published(parameters=7_595_176, source="derived", note="The authors' file of weights has 29 MB: 4 bytes each."),
    "nin_cifar": Published(size=32, parameters=966_986, source="derived", note="0.97 million is the figure that others quote."),
}
SMALLEST = {"nin_imagenet": 55, "nin_cifar": 12}


def build(nn, form, num_classes=1000):
    """A net with parts stem, stages and head."""
    stem, stages, maps = form(nn, num_classes)
    return nn.Sequential(stem=stem, stages=stages, head=nn.Sequential(maps=maps, pool=nn.GlobalAvgPool2d(), flatten=nn.Flatten()))
