"""Names that others give to parts of our nets, for files whose order is not the net's or not ours.

A table is rules {pattern: replacement}, as re.sub takes them; for each key the first pattern that fits its beginning counts.
A table serves if it leads from all keys of a file to all keys of the net.
"""
import re

RESNET = {                  # torchvision and timm; their layer1 is our stages.0
    r"conv1\b": "stem.conv",
    r"bn1\b": "stem.bn",
    r"fc\b": "head.fc",
    r"layer(\d)\.(\d+)\.downsample\.0": lambda found: f"stages.{int(found[1]) - 1}.{found[2]}.residual.shortcut.conv",
    r"layer(\d)\.(\d+)\.downsample\.1": lambda found: f"stages.{int(found[1]) - 1}.{found[2]}.residual.shortcut.bn",
    r"layer(\d)\.(\d+)": lambda found: f"stages.{int(found[1]) - 1}.{found[2]}.residual.body",
}
BLOCK = {                   # parts of a block of ConvNeXt: the authors, timm, torchvision
    "gamma": "layer_scale.weight", "layer_scale": "layer_scale.weight",
    "dwconv": "dwconv", "conv_dw": "dwconv", "block.0": "dwconv",
    "norm": "norm", "block.2": "norm",
    "pwconv1": "pwconv1", "mlp.fc1": "pwconv1", "block.3": "pwconv1",
    "grn.gamma": "grn.weight", "grn.beta": "grn.bias", "mlp.grn": "grn",
    "pwconv2": "pwconv2", "mlp.fc2": "pwconv2", "block.5": "pwconv2",
}
_PART = "|".join(map(re.escape, BLOCK))
CONVNEXT = {                # the authors and timm; their blocks count from 0
    r"(?:downsample_layers\.0|stem)\.0": "stem.conv",
    r"(?:downsample_layers\.0|stem)\.1": "stem.norm",
    r"(?:downsample_layers\.(\d)|stages\.(\d)\.downsample)\.0": lambda found: f"stages.{found[1] or found[2]}.downsample.norm",
    r"(?:downsample_layers\.(\d)|stages\.(\d)\.downsample)\.1": lambda found: f"stages.{found[1] or found[2]}.downsample.conv",
    rf"stages\.(\d)\.(?:blocks\.)?(\d+)\.({_PART})\b": lambda found: f"stages.{found[1]}.block{int(found[2]) + 1}.body.{BLOCK[found[3]]}",
    r"(head\.)?norm": "head.norm",
    r"head(\.fc)?": "head.fc",
}
CONVNEXT_TORCHVISION = {    # features.0 is the stem; then blocks and, between them, downsampling
    r"features\.0\.0": "stem.conv",
    r"features\.0\.1": "stem.norm",
    r"features\.([246])\.0": lambda found: f"stages.{int(found[1]) // 2}.downsample.norm",
    r"features\.([246])\.1": lambda found: f"stages.{int(found[1]) // 2}.downsample.conv",
    rf"features\.(\d)\.(\d+)\.({_PART})\b":
        lambda found: f"stages.{int(found[1]) // 2}.block{int(found[2]) + 1}.body.{BLOCK[found[3]]}",
    r"classifier\.0": "head.norm",
    r"classifier\.2": "head.fc",
}
SQUEEZENET = {              # the authors, in Caffe
    r"conv1\b": "stem.conv1",
    r"conv10\b": "head.conv10",
    r"(fire\d)/squeeze": r"stages.\1.squeeze",
    r"(fire\d)/expand": r"stages.\1.expand.expand",
}
TABLES = {
    "torchvision's and timm's names of ResNet": RESNET,
    "the authors' and timm's names of ConvNeXt": CONVNEXT,
    "torchvision's names of ConvNeXt": CONVNEXT_TORCHVISION,
    "the authors' names of SqueezeNet": SQUEEZENET,
}


def renamed(key, rules):
    """The key by the first rule that fits its beginning, or as it is."""
    rule = next((pattern for pattern in rules if re.match(pattern, key)), None)
    return key if rule is None else re.sub(rule, rules[rule], key, count=1)
