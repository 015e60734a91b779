"""Learning Transferable Architectures for Scalable Image Recognition, Zoph, Vasudevan, Shlens and Le 2018 (CVPR).

Idea: search for a small cell on CIFAR-10, then build nets of any size by repeating it. A cell sees the two cells before it. Five
times it takes two of the maps it has, applies an operation to each and adds the results; what nobody used is concatenated. A
normal cell keeps the size, a reduction cell halves it. NASNet-A is the best pair of cells that was found.

  stage    output, large (331)  output, mobile (224)
  stem     96x165x165           32x111x111           3x3, stride 2, no padding
  stage1   336x42x42            88x28x28             two reduction cells of F/4 and F/2 channels
  stage2   1008x42x42           264x28x28            N normal cells of F; N = 6, F = 168 (large: "6 @ 4032"), N = 4, F = 44 (mobile)
  stage3   2016x21x21           528x14x14            reduction cell, N normal cells of 2 F
  stage4   4032x11x11           1056x7x7             reduction cell, N normal cells of 4 F
  head     ReLU, global average pooling, dropout 0.5, linear

Every separable convolution is ReLU, depthwise, 1x1 and batch norm, twice. A normal cell gives 6 F channels, a reduction cell 4 F.

Differs: padding is symmetric, where TensorFlow's "SAME" gives the odd zero to the far end. Scheduled drop-path (large: 0.3 at the last
cell, in proportion before it) has its final rates from the start; the paper raises them over training. No auxiliary head.
"""
from convbook.combine import bind
from convbook.models._published import Published

# (map, operation, map, operation): map 0 is the cell before, 1 the one before that, 2 to 6 are the sums made here, in order
NORMAL = ((0, "separable 5", 1, "separable 3"), (1, "separable 5", 1, "separable 3"), (0, "mean", 1, "as it is"), (1, "mean", 1, "mean"),
          (0, "separable 3", 0, "as it is"))
REDUCTION = ((0, "separable 5", 1, "separable 7"), (0, "maximum", 1, "separable 7"), (0, "mean", 1, "separable 5"),
             (3, "as it is", 2, "mean"), (2, "separable 3", 0, "maximum"))
NORMAL_OUT, REDUCTION_OUT = (1, 2, 3, 4, 5, 6), (3, 4, 5, 6)       # map 1 of a normal cell is kept, as the authors' code has it


class Take:
    """One of a tuple of maps."""

    def __init__(self, index):
        super().__init__()
        self.index = index

    def forward(self, maps):
        return maps[self.index]


def take(nn, index):
    return bind(Take, nn.Module)(index)


def norm(nn, channels):
    return nn.BatchNorm2d(channels, eps=1e-3)


def squeeze(nn, channels_in, channels):
    """ReLU, 1x1, batch norm."""
    conv = nn.Conv2d(channels_in, channels, 1, bias=False)
    return nn.Sequential(relu=nn.ReLU(), conv=conv, bn=norm(nn, channels), label=f"1x1, {channels}")


def halve(nn, channels_in, channels):
    """Half the size without losing pixels at random: two 1x1 convolutions, one sees the even pixels, one the odd."""
    first, second = (nn.Conv2d(channels_in, channels // 2, 1, bias=False) for _ in range(2))
    paths = nn.Concat(even=nn.Sequential(pool=nn.AvgPool2d(1, 2), conv=first),
                      odd=nn.Sequential(shift=nn.ZeroPad2d((-1, 1, -1, 1)), pool=nn.AvgPool2d(1, 2), conv=second))
    return nn.Sequential(relu=nn.ReLU(), paths=paths, bn=norm(nn, channels), label=f"half the size, {channels}")


def separable(nn, channels_in, channels, kernel_size, stride):
    """ReLU, depthwise, 1x1 and batch norm, twice; the first has the stride."""
    parts: dict = {}
    for i, (c, s) in enumerate(((channels_in, stride), (channels, 1)), 1):
        depthwise = nn.Conv2d(c, c, kernel_size, s, kernel_size // 2, groups=c, bias=False)
        parts |= {f"relu{i}": nn.ReLU(), f"depthwise{i}": depthwise, f"pointwise{i}": nn.Conv2d(c, channels, 1, bias=False),
                  f"bn{i}": norm(nn, channels)}
    return nn.Sequential(**parts, label=f"separable {kernel_size}x{kernel_size}")


def branch(nn, source, operation, channels_in, channels, stride, drop_path):
    """One operation on one of the maps that a cell has."""
    parts = {"take": take(nn, source)}
    if operation.startswith("separable"):
        parts["op"] = separable(nn, channels_in, channels, int(operation[-1]), stride)
    elif operation != "as it is":
        parts["op"] = nn.MaxPool2d(3, stride, 1) if operation == "maximum" else nn.AvgPool2d(3, stride, 1, count_include_pad=False)
    if drop_path and "op" in parts:
        parts["drop_path"] = nn.DropPath(drop_path)
    return nn.Sequential(**parts, label=operation)


def cell(nn, inputs, channels_of_inputs, channels, reduction, drop_path):
    """inputs makes the maps 0 and 1; the five sums follow, each one map more, and what is given out is concatenated."""
    parts = {"inputs": inputs}
    for i, (a, operation_a, b, operation_b) in enumerate(REDUCTION if reduction else NORMAL):
        made = [branch(nn, source, operation, (*channels_of_inputs, *5 * (channels,))[source], channels,
                       2 if reduction and source < 2 else 1, drop_path) for source, operation in ((a, operation_a), (b, operation_b))]
        parts[f"sum{i + 2}"] = nn.Fork(before=nn.Identity(), new=nn.Residual(*made))
    parts["out"] = nn.Concat(*(take(nn, i) for i in (REDUCTION_OUT if reduction else NORMAL_OUT)))
    return nn.Sequential(**parts, label=f"{'reduction' if reduction else 'normal'} cell {channels}")


CONFIGS = {
    "nasnet_a_large": {"depth": 6, "filters": 168, "stem": 96, "skip": True, "drop_path": 0.3},
    "nasnet_a_mobile": {"depth": 4, "filters": 44, "stem": 32, "skip": False},
}
STAGES = {
    "nasnet_a_large": {"stem": (96, 165, 165), "stages.0.cell1.out": (168, 83, 83), "stages.0.cell2.out": (336, 42, 42),
                       "stages.1.cell6.out": (1008, 42, 42), "stages.2.cell1.out": (1344, 21, 21), "stages.2.cell7.out": (2016, 21, 21),
                       "stages.3.cell1.out": (2688, 11, 11), "stages": (4032, 11, 11), "head": (1000,)},
    "nasnet_a_mobile": {"stem": (32, 111, 111), "stages.0.cell1.out": (44, 56, 56), "stages.0.cell2.out": (88, 28, 28),
                        "stages.1.cell4.out": (264, 28, 28), "stages.2.cell1.out": (352, 14, 14), "stages.2.cell5.out": (528, 14, 14),
                        "stages.3.cell1.out": (704, 7, 7), "stages": (1056, 7, 7), "head": (1000,)},
}
PUBLISHED = {
    "nasnet_a_large": Published(331, 88_753_150, gmacs="23.89", source="timm; paper 88.9 M and 23.8 B",
                                note="23.783 G here: 2 for every number that a batch norm sees would make it 23.886"),
    "nasnet_a_mobile": Published(224, 5_289_978, source="pretrained-models, Keras; paper 5.3 M and 564 M"),
}
SMALLEST = dict.fromkeys(CONFIGS, 35)
SHALLOW = {"nasnet_a_large": {"depth": 1}, "nasnet_a_mobile": {"depth": 2}}


def build(nn, depth, filters, stem, skip, drop_path=0.0, num_classes=1000):
    """A net with parts stem, stages and head; images (N, 3, 331, 331) for the large net, 224 for the mobile one.

    A pair of maps goes from cell to cell: the last one's, and the one before.

    depth      N, normal cells a stage
    filters    F, of the first normal cells; the last stage gives 24 F channels
    stem       channels of the first convolution
    skip       does a reduction cell hand on, as the one before, its own map 1 instead of its map 0? (the authors' large net)
    drop_path  how often an operation of the last cell is dropped for an image
    """
    plan = [[(True, filters // 4), (True, filters // 2)], *(
        [(True, times * filters)] * (times > 1) + [(False, times * filters)] * depth for times in (1, 2, 4))]
    total, done, now, before, halved, stages = sum(map(len, plan)), 0, stem, stem, False, []
    for number, cells in enumerate(plan):
        parts: dict = {}
        for reduction, width in cells:
            done += 1
            keeps = reduction and skip and number > 0
            if done == 1:       # one map comes from the stem, and is both
                inputs, kept = nn.Fork(now=squeeze(nn, now, width), before=nn.Identity()), nn.Identity()
            else:
                fit = halve(nn, before, width) if halved else squeeze(nn, before, width)
                inputs = nn.Fork(now=nn.Sequential(take=take(nn, 0), fit=squeeze(nn, now, width)),
                                 before=nn.Sequential(take=take(nn, 1), fit=fit))
                kept = take(nn, 1 if keeps else 0)
            made = cell(nn, inputs, (width, stem if done == 1 else width), width, reduction, drop_path * done / total)
            parts[f"cell{len(parts) + 1}"] = made if done == total else nn.Fork(out=made, before=kept)
            now, before, halved = (4 if reduction else 6) * width, before if keeps else now, reduction
        stages.append(nn.Sequential(**parts, label=f"stage {number + 1}"))
    first = nn.Sequential(conv=nn.Conv2d(3, stem, 3, 2, bias=False), bn=norm(nn, stem))
    head = nn.Sequential(relu=nn.ReLU(), pool=nn.GlobalAvgPool2d(), flatten=nn.Flatten(), dropout=nn.Dropout(0.5),
                         fc=nn.Linear(now, num_classes))
    return nn.Sequential(stem=first, stages=nn.Sequential(*stages), head=head)
