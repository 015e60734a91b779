"""A ConvNet for the 2020s, Liu, Mao, Wu, Feichtenhofer, Darrell and Xie 2022 (CVPR).

Idea: take ResNet-50 and change it, step by step and each step measured, into what vision transformers do: train as they do, cut
the image into 4x4 patches, one depthwise 7x7 convolution a block and then an inverted bottleneck of two 1x1, one norm and one
activation a block, layer norm and GELU. What is left is a plain convolutional net, as good as they are.

  stage    output    tiny    small   base     large       (channels: blocks)
  stem     56x56     4x4, stride 4, layer norm
  stage1   56x56     96: 3   96: 3   128: 3   192: 3      each block 7x7 depthwise, layer norm, 1x1 to 4 times the channels,
  stage2   28x28     192: 3  192: 3  256: 3   384: 3      GELU, 1x1 back, layer scale
  stage3   14x14     384: 9  384: 27 512: 27  768: 27
  stage4   7x7       768: 3  768: 3  1024: 3  1536: 3
  head     global average pooling, layer norm, linear

Stages 2 to 4 begin with layer norm and a 2x2 convolution with stride 2. Layer scale starts at 1e-6, so that a fresh net hardly
differs from its shortcuts. Stochastic depth (Huang et al. 2016): block i of n is dropped in rate i / (n - 1) of the images
while training, with the rate 0.1, 0.4, 0.5 and 0.5 for the four nets.

Differs: the 1x1 convolutions of a block are Conv2d on (N, C, H, W), where torchvision and the authors turn the image and call
Linear: the same numbers, in weights of shape (F, C, 1, 1) instead of (F, C).
"""
from convbook.models._published import Published


def block(nn, channels, drop_path=0.0):
    """x plus: a depthwise 7x7, layer norm, 1x1 up, GELU, 1x1 down, layer scale; dropped as a whole in `drop_path` of the images."""
    body = nn.Sequential(
        dwconv=nn.Conv2d(channels, channels, 7, padding=3, groups=channels), norm=nn.LayerNorm2d(channels, eps=1e-6),
        pwconv1=nn.Conv2d(channels, 4 * channels, 1), act=nn.GELU(), pwconv2=nn.Conv2d(4 * channels, channels, 1),
        layer_scale=nn.LayerScale(channels), **({"drop_path": nn.DropPath(drop_path)} if drop_path else {}), label=f"block {channels}")
    return nn.Residual(body)


def from_blocks(nn, block, depths, channels, drop_path, num_classes):
    """Stem, four stages of block(nn, channels, drop_path) with 2x2 convolutions between them, and head."""
    stem = nn.Sequential(conv=nn.Conv2d(3, channels, 4, 4), norm=nn.LayerNorm2d(channels, eps=1e-6))
    stages, done = [], 0
    for number, depth in enumerate(depths):
        parts = {}
        if number:
            parts["downsample"] = nn.Sequential(norm=nn.LayerNorm2d(channels, eps=1e-6), conv=nn.Conv2d(channels, 2 * channels, 2, 2),
                                                label="half the size")
            channels *= 2
        for i in range(depth):
            parts[f"block{i + 1}"] = block(nn, channels, drop_path * (done + i) / (sum(depths) - 1))
        done += depth
        stages.append(nn.Sequential(**parts, label=f"stage {number + 1}"))
    head = nn.Sequential(pool=nn.GlobalAvgPool2d(), norm=nn.LayerNorm2d(channels, eps=1e-6), flatten=nn.Flatten(),
                         fc=nn.Linear(channels, num_classes))
    return nn.Sequential(stem=stem, stages=nn.Sequential(*stages), head=head)


def shapes(channels):
    """STAGES of a net that starts with so many channels, at 224 pixels."""
    return {"stem": (channels, 56, 56)} | {f"stages.{i}": (channels * 2**i, 56 // 2**i, 56 // 2**i) for i in range(4)} | {"head": (1000,)}


CONFIGS = {
    "convnext_tiny": {"depths": (3, 3, 9, 3), "channels": 96, "drop_path": 0.1},
    "convnext_small": {"depths": (3, 3, 27, 3), "channels": 96, "drop_path": 0.4},
    "convnext_base": {"depths": (3, 3, 27, 3), "channels": 128, "drop_path": 0.5},
    "convnext_large": {"depths": (3, 3, 27, 3), "channels": 192, "drop_path": 0.5},
}
STAGES = {"convnext_tiny": shapes(96), "convnext_small": shapes(96), "convnext_base": shapes(128), "convnext_large": shapes(192)}
PUBLISHED = {
    "convnext_tiny": Published(parameters=28_589_128, gmacs="4.456", source="torchvision; paper 29 M and 4.5 G"),
    "convnext_small": Published(parameters=50_223_688, source="torchvision, 8.684 GMAC; paper 50 M and 8.7 G"),
    "convnext_base": Published(parameters=88_591_464, source="torchvision, 15.355 GMAC; paper 89 M and 15.4 G"),
    "convnext_large": Published(parameters=197_767_336, source="torchvision, 34.361 GMAC; paper 198 M and 34.4 G"),
}
SMALLEST = dict.fromkeys(CONFIGS, 32)
SHALLOW = {name: {"depths": (1, 1, 2, 1)} for name in ("convnext_tiny", "convnext_small", "convnext_base", "convnext_large")}


def build(nn, depths, channels, drop_path=0.0, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 224, 224). drop_path is the last block's rate."""
    return from_blocks(nn, block, depths, channels, drop_path, num_classes)
