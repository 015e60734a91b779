"""ConvNeXt V2: Co-designing and Scaling ConvNets with Masked Autoencoders, Woo et al. 2023 (CVPR).

Idea: ConvNeXt learns from images with most patches hidden, without labels; but there many of its channels die or copy each other.
Global response normalisation makes channels compete: each is multiplied by its share of the energy in its image. It stands
after GELU, and layer scale is no longer needed.

  stage    output    atto   femto  pico   nano   tiny   base   large  huge      (channels; blocks 2 2 6 2, nano 2 2 8 2,
  stem     56x56     40     48     64     80     96     128    192    352        tiny 3 3 9 3, base to huge 3 3 27 3)
  stage1   56x56     the same
  stage2   28x28     twice these
  stage3   14x14     four times
  stage4   7x7       eight times
  head     global average pooling, layer norm, linear

Stochastic depth is that of the authors' fine-tuning commands: 0.1 for atto and base, 0.2 for tiny. They print none for the others;
here femto to nano go with atto, large and huge with base.

Differs: in the 1x1 convolutions, as convnext.py says. Masked pre-training (sparse convolutions, a decoder) is not part of it.
"""
from convbook.models import convnext
from convbook.models._published import Published


def block(nn, channels, drop_path=0.0):
    """x plus: a depthwise 7x7, layer norm, 1x1 up, GELU, global response normalisation, 1x1 down."""
    body = nn.Sequential(
        dwconv=nn.Conv2d(channels, channels, 7, padding=3, groups=channels), norm=nn.LayerNorm2d(channels, eps=1e-6),
        pwconv1=nn.Conv2d(channels, 4 * channels, 1), act=nn.GELU(), grn=nn.GRN(4 * channels), pwconv2=nn.Conv2d(4 * channels, channels, 1),
        **({"drop_path": nn.DropPath(drop_path)} if drop_path else {}), label=f"block {channels}")
    return nn.Residual(body)


CONFIGS = {
    "convnext_v2_atto": {"depths": (2, 2, 6, 2), "channels": 40, "drop_path": 0.1},
    "convnext_v2_femto": {"depths": (2, 2, 6, 2), "channels": 48, "drop_path": 0.1},
    "convnext_v2_pico": {"depths": (2, 2, 6, 2), "channels": 64, "drop_path": 0.1},
    "convnext_v2_nano": {"depths": (2, 2, 8, 2), "channels": 80, "drop_path": 0.1},
    "convnext_v2_tiny": {"depths": (3, 3, 9, 3), "channels": 96, "drop_path": 0.2},
    "convnext_v2_base": {"depths": (3, 3, 27, 3), "channels": 128, "drop_path": 0.1},
    "convnext_v2_large": {"depths": (3, 3, 27, 3), "channels": 192, "drop_path": 0.1},
    "convnext_v2_huge": {"depths": (3, 3, 27, 3), "channels": 352, "drop_path": 0.1},
}
STAGES = {"convnext_v2_atto": convnext.shapes(40), "convnext_v2_femto": convnext.shapes(48), "convnext_v2_pico": convnext.shapes(64),
          "convnext_v2_nano": convnext.shapes(80), "convnext_v2_tiny": convnext.shapes(96), "convnext_v2_base": convnext.shapes(128),
          "convnext_v2_large": convnext.shapes(192), "convnext_v2_huge": convnext.shapes(352)}
PUBLISHED = {
    "convnext_v2_atto": Published(parameters=3_708_400, gmacs="0.55", source="timm; paper 3.7 M and 0.55 G"),
    "convnext_v2_femto": Published(parameters=5_233_240, source="derived; paper 5.2 M and 0.78 G"),
    "convnext_v2_pico": Published(parameters=9_066_280, source="derived; paper 9.1 M and 1.37 G"),
    "convnext_v2_nano": Published(parameters=15_623_800, source="derived; paper 15.6 M and 2.45 G"),
    "convnext_v2_tiny": Published(parameters=28_635_496, gmacs="4.47", source="timm; paper 28.6 M and 4.47 G",
                                  note="4.456 G here: 5 for every number that a layer norm sees would make it 4.470"),
    "convnext_v2_base": Published(parameters=88_717_800, source="derived; paper 89 M and 15.4 G"),
    "convnext_v2_large": Published(parameters=197_956_840, source="derived; paper 198 M and 34.4 G"),
    "convnext_v2_huge": Published(parameters=660_289_640, source="derived; its authors 660 M and 115 G"),
}
SMALLEST = dict.fromkeys(CONFIGS, 32)
SHALLOW = {name: {"depths": (1, 1, 2, 1)} for name in CONFIGS if name.endswith(("nano", "tiny", "base", "large"))}


def build(nn, depths, channels, drop_path=0.0, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 224, 224). drop_path is the last block's rate."""
    return convnext.from_blocks(nn, block, depths, channels, drop_path, num_classes)
