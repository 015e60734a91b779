"""Deep Residual Learning for Image Recognition, He, Zhang, Ren and Sun 2016 (CVPR): the plain nets that it argues against.

Idea: the residual nets without their shortcuts, and nothing else changed. 34 layers train worse than 18, 56 worse than 20,
on the training set too, which more layers cannot explain, for they could do nothing: the degradation that shortcuts repair.

  stage    output    18 layers   34         CIFAR: output  6n + 2 layers
  stem     112x112   7x7, 64, stride 2 (pool: 56x56)  32x32   3x3, 16
  stage1   56x56     3x3, 64:    4    6               32x32   3x3, 16:  2n
  stage2   28x28     3x3, 128:   4    8               16x16   3x3, 32:  2n
  stage3   14x14     3x3, 256:   4   12               8x8     3x3, 64:  2n
  stage4   7x7       3x3, 512:   4    6
  head     global average pooling, linear

Differs: nothing. Layers come in the pairs that are blocks in the residual nets, so parts stand side by side. The paper finds
gradients of healthy size in 34 layers; fresh from init.kaiming, our 110 have some 10^6 times as much of it at the first
convolution as at the last, and a thousandth of noise in the images turns it to any other direction.
"""
from convbook.models import resnet, resnet_cifar
from convbook.models._published import Published

IMAGENET = {"stem": resnet.stem, "widths": resnet.WIDTHS, "num_classes": 1000}
CIFAR = {"stem": resnet_cifar.stem, "widths": resnet_cifar.WIDTHS, "num_classes": 10}
CONFIGS = {"plain18": IMAGENET | {"depths": (2, 2, 2, 2)}, "plain34": IMAGENET | {"depths": (3, 4, 6, 3)}} | {
    f"plain{6 * n + 2}_cifar": CIFAR | {"depths": (n, n, n)} for n in (3, 5, 7, 9, 18)}
STAGES = {name: resnet_cifar.SHAPES if "cifar" in name else resnet.STAGES["resnet18"] for name in CONFIGS}
PUBLISHED = {
    "plain18": Published(parameters=11_515_688, gmacs="1.8", source="the residual net's without its projections: derived; MACs: table 1"),
    "plain34": Published(parameters=21_623_848, gmacs="3.6", source="the residual net's without its projections: derived; MACs: table 1"),
} | {
    f"plain{depth}_cifar": Published(32, resnet_cifar.PARAMETERS[depth], source="the paper: as many as the residual net")
    for depth in (20, 32, 44, 56, 110)}
SHALLOW = {"plain110_cifar": {"depths": (3, 3, 3)}}       # with 110 layers two engines' rounding errors grow to seven digits
SMALLEST = {name: 8 if "cifar" in name else 64 for name in CONFIGS}


def pair(nn, channels_in, width, stride=1):
    """Two 3x3 convolutions, each with batch norm and ReLU: a basic block without its shortcut."""
    parts = resnet.two_convs(nn, channels_in, width, stride)
    return nn.Sequential(**parts, relu2=nn.ReLU(), label=f"plain pair {width}")


def build(nn, depths, stem, widths, num_classes):
    """A net with parts stem, stages and head; images (N, 3, 224, 224), the CIFAR nets (N, 3, 32, 32). `depths` counts pairs."""
    def block(channels_in, width, stride, number):
        return pair(nn, channels_in, width, stride)

    return nn.Sequential(stem=stem(nn), stages=resnet.stages(nn, depths, widths, widths[0], block),
                         head=resnet.head(nn, widths[-1], num_classes))
