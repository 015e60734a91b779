"""Deep Networks with Stochastic Depth, Huang, Sun, Liu, Sedra and Weinberger 2016 (ECCV).

Idea: train short nets, use a deep one. While training, leave out each block's branch with some probability, so that only its
shortcut is left; early blocks, which all others build on, seldom, the last one half the time: block l of L with l/L * 0.5.

  stage    output  110 layers                1202
  stem     32x32   3x3, 16
  stage1   32x32   18 blocks 3x3 3x3, 16     200    branches dropped:   0.9 %  to  16.7 %  (110 layers)
  stage2   16x16   18 blocks 3x3 3x3, 32     200                       17.6 %  to  33.3 %
  stage3   8x8     18 blocks 3x3 3x3, 64     200                       34.3 %  to  50 %
  head     global average pooling, linear

Differs: the paper keeps a branch as it is while training and multiplies it by its survival probability at test; here it is
divided by that while training (inverted, as in dropout), which has the same expectation and leaves nothing to do at test.
Differs: the paper drops a branch for a whole batch and saves its cost; DropPath draws for every image and computes it.
The shortcuts are those of the authors' program: 2x2 means and zero channels where the shape changes.
"""
from convbook.models import resnet, resnet_cifar
from convbook.models._published import Published

CONFIGS = {"resnet110_stochastic": {"depth": 110}, "resnet1202_stochastic": {"depth": 1202}}
STAGES = dict.fromkeys(CONFIGS, resnet_cifar.SHAPES)
PUBLISHED = {f"resnet{depth}_stochastic": Published(32, resnet_cifar.PARAMETERS[depth], source="the paper: as many as the residual net")
             for depth in (110, 1202)}
SMALLEST = dict.fromkeys(CONFIGS, 8)


def drop_rates(blocks, last):
    """How often each branch is left out: in a straight line from 0 at the image, which is no branch, to `last`."""
    return [last * number / blocks for number in range(1, blocks + 1)]


def shortcut(nn, channels_in, width, stride):
    """The identity, or where the shape changes 2x2 means and channels of zeros."""
    if stride == 1 and channels_in == width:
        return None
    return nn.Sequential(pool=nn.AvgPool2d(stride), pad=resnet.zero_channels(nn, width // channels_in - 1), label="zero padding")


def block(nn, channels_in, width, stride, rate):
    """A basic block whose branch is left out with probability `rate` while training; without DropPath at rate 0."""
    body = resnet.two_convs(nn, channels_in, width, stride) | ({"drop_path": nn.DropPath(rate)} if rate else {})
    whole = nn.Residual(nn.Sequential(**body), shortcut(nn, channels_in, width, stride))
    return nn.Sequential(residual=whole, relu=nn.ReLU(), label=f"basic block {width}")


def build(nn, depth, drop_path=0.5, num_classes=10):
    """A net with parts stem, stages and head; images (N, 3, 32, 32). `drop_path` is the last branch's rate."""
    rates = drop_rates(3 * resnet_cifar.blocks_per_stage(depth), drop_path)
    return resnet_cifar.from_blocks(
        nn, depth, lambda channels_in, width, stride, number: block(nn, channels_in, width, stride, rates[number]), num_classes)
