"""Going Deeper with Convolutions, Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke and Rabinovich 2015 (CVPR).

Idea: nobody knows which filter size is right for a layer, so take 1x1, 3x3, 5x5 and pooling side by side and join their
channels. 1x1 convolutions first bring the channels down, or it could not be paid for. Heads halfway bring the gradient deep in.

  stage     output   modules: 1x1, 3x3 after 1x1, 5x5 after 1x1, 1x1 after pooling
  stem      28x28    7x7, 64, stride 2; max pooling; 1x1, 64; 3x3, 192; max pooling (192 channels)
  stages.0  28x28    3a: 64, 96 128, 16 32, 32       3b: 128, 128 192, 32 96, 64      (480 channels)
  stages.1  14x14    max pooling, 4a to 4e (512, 512, 512, 528, 832 channels); heads on 4a and 4d
  stages.2  7x7      max pooling, 5a and 5b (832, 1024 channels)
  head               global average pooling, dropout, linear

Differs: `googlenet` is the paper's layout; the paper gives no parameters of local response normalisation, these are those of its
public Caffe form. The heads, 6.4 M parameters that are thrown away after training, come with auxiliary=True; in training mode
such a net returns (classes, classes of the head on 4d, of that on 4a). Features: net.stages[:k](net.stem(x)) in evaluation mode;
while training, heads that were passed on the way come along in a tuple.
Differs: `googlenet_bn` is the net that most people get under that name (torchvision's, from TensorFlow): batch norm, no response
normalisation, a last pooling of 2x2, less dropout, and 3x3 filters where the paper has 5x5: a mistake that trained weights have
preserved.
"""
from convbook.models._published import Published

MODULES = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
HEADS = {"4a": "aux1", "4d": "aux2"}
CONFIGS = {"googlenet": {}, "googlenet_bn": {"batch_norm": True}}
STAGES = {name: {
    "stem": (192, 28, 28), "stages.0.inception3a": (256, 28, 28), "stages.0": (480, 28, 28), "stages.1.inception4a": (512, 14, 14),
    "stages.1.inception4b": (512, 14, 14), "stages.1.inception4c": (512, 14, 14), "stages.1.inception4d": (528, 14, 14),
    "stages.1": (832, 14, 14), "stages.2.inception5a": (832, 7, 7), "stages.2": (1024, 7, 7), "head": (1000,)} for name in CONFIGS}
PUBLISHED = {
    "googlenet": Published(parameters=6_998_552, receptive_field=715, gmacs="1.583", source="derived",
                           note="the paper's table 1 adds up to 6.8 M and 1.50 G; with both heads 13,378,280"),
    "googlenet_bn": Published(parameters=6_624_904, receptive_field=379, gmacs="1.498", source="torchvision; derived",
                              note="with both heads 13,004,888"),
}
SMALLEST = dict.fromkeys(CONFIGS, 48)


def conv_relu(nn, channels_in, channels, kernel_size, stride=1, padding=None):
    """A convolution and ReLU; without `padding` it keeps the size (divided by stride)."""
    conv = nn.Conv2d(channels_in, channels, kernel_size, stride, half(kernel_size) if padding is None else padding)
    return nn.Sequential(conv=conv, relu=nn.ReLU(), label=conv_label(channels, kernel_size))


def conv_bn(nn, channels_in, channels, kernel_size, stride=1, padding=None):
    """A convolution without bias, batch norm and ReLU; without `padding` it keeps the size (divided by stride)."""
    conv = nn.Conv2d(channels_in, channels, kernel_size, stride, half(kernel_size) if padding is None else padding, bias=False)
    return nn.Sequential(conv=conv, bn=nn.BatchNorm2d(channels, eps=1e-3), relu=nn.ReLU(), label=conv_label(channels, kernel_size))


def half(kernel_size):
    """The padding that keeps an image's size: 1 for 3, (0, 3) for (1, 7)."""
    return tuple(k // 2 for k in kernel_size) if isinstance(kernel_size, tuple) else kernel_size // 2


def conv_label(channels, kernel_size):
    KH, KW = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    return f"{KH}x{KW} conv, {channels}"


def branch(nn, unit, channels_in, *convs, pool=None):
    """Pooling if there is any, then convolutions, each (channels, kernel size) and perhaps (stride, padding) of `unit`."""
    parts = {} if pool is None else {"pool": pool}
    for number, conv in enumerate(convs, start=1):
        parts[f"conv{number}"] = unit(nn, channels_in, *conv)
        channels_in = conv[0]
    return nn.Sequential(**parts) if len(parts) > 1 else parts["conv1"]


def inception(nn, unit, channels_in, widths, largest=5, label="inception"):
    """Four branches side by side; `widths` as in MODULES, `largest` the kernel size of the third branch."""
    ones, reduce3, threes, reduce5, fives, projection = widths
    return nn.Concat(
        branch1=branch(nn, unit, channels_in, (ones, 1)),
        branch2=branch(nn, unit, channels_in, (reduce3, 1), (threes, 3)),
        branch3=branch(nn, unit, channels_in, (reduce5, 1), (fives, largest)),
        branch4=branch(nn, unit, channels_in, (projection, 1), pool=nn.MaxPool2d(3, 1, 1)), label=label)


def auxiliary_head(nn, unit, channels_in, num_classes, pool):
    """What guesses the classes from a 4x4 map halfway; it passes its input on."""
    head = nn.Sequential(pool=pool, conv=unit(nn, channels_in, 128, 1), flatten=nn.Flatten(), fc1=nn.Linear(2048, 1024), relu=nn.ReLU(),
                         dropout=nn.Dropout(0.7), fc2=nn.Linear(1024, num_classes), label="auxiliary head")
    return nn.Auxiliary(head, nn.Identity())


def build(nn, batch_norm=False, auxiliary=False, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 224, 224)."""
    unit, chain = conv_bn if batch_norm else conv_relu, nn.WithHeads if auxiliary else nn.Sequential
    parts = {"conv1": unit(nn, 3, 64, 7, 2), "pool1": nn.MaxPool2d(3, 2, ceil_mode=True), "norm1": nn.LocalResponseNorm(5),
             "conv2": unit(nn, 64, 64, 1), "conv3": unit(nn, 64, 192, 3), "norm2": nn.LocalResponseNorm(5),
             "pool2": nn.MaxPool2d(3, 2, ceil_mode=True)}
    stem = nn.Sequential(**{name: part for name, part in parts.items() if not (batch_norm and name.startswith("norm"))})
    stages, channels = [{}, {"pool": nn.MaxPool2d(3, 2, ceil_mode=True)},
                        {"pool": nn.MaxPool2d(2 if batch_norm else 3, 2, ceil_mode=True)}], 192
    for name, widths in MODULES.items():
        stage = stages[int(name[0]) - 3]
        stage[f"inception{name}"] = inception(nn, unit, channels, widths, 3 if batch_norm else 5, f"inception {name}")
        channels = widths[0] + widths[2] + widths[4] + widths[5]
        if auxiliary and name in HEADS:
            pool = nn.AdaptiveAvgPool2d(4) if batch_norm else nn.AvgPool2d(5, 3)
            stage[HEADS[name]] = auxiliary_head(nn, unit, channels, num_classes, pool)
    head = nn.Sequential(pool=nn.GlobalAvgPool2d(), flatten=nn.Flatten(), dropout=nn.Dropout(0.2 if batch_norm else 0.4),
                         fc=nn.Linear(channels, num_classes))
    return chain(stem=stem, stages=chain(*(chain(**stage, label=f"stage {i + 1}") for i, stage in enumerate(stages))), head=head)
