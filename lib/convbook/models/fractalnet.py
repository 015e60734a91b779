"""FractalNet: Ultra-Deep Neural Networks without Residuals, Larsson, Maire and Shakhnarovich 2017 (ICLR).

Idea: depth without shortcuts. Repeat one rule: two copies of what there is, one after the other, beside a single convolution;
where paths meet, take their mean. Short paths learn first and lead the long ones. While training, drop paths at random.

  f1(z) = conv(z)      f(C+1)(z) = [fC(fC(z))] joined with conv(z)      C columns: 2^(C-1) convolutions on the longest path

  stage    output of its pooling    fractalnet20 (C = 3)     fractalnet40 (C = 4)
  stem     32x32                    only draws a column, see below
  block1   16x16                    3x3, 64                  3x3, 16
  block2   8x8                      128                      32
  block3   4x4                      256                      64
  block4   2x2                      512                      128
  block5   1x1                      512                      128
  head     linear

Every convolution is followed by batch norm and ReLU, every block by 2x2 max pooling.

Drop-path, while training; new for every batch, and either of two, each half of the time:
  local   every join drops each of its inputs with probability 0.15, but keeps at least one, and takes the mean of what is left
  global  one column is drawn for the whole net; every join lets only that one through
In evaluation every join takes the mean of all.

Differs: what is dropped is computed all the same and weighs nothing, so torch.compile keeps one graph, but no time is saved and
batch norm's running statistics see it. A join that the column drawn does not lead through takes the mean of its inputs.
Differs: no dropout; the paper also has nets with 0, 10, 20, 30 and 40 % in the five blocks.
"""
from convbook.models import resnet
from convbook.models._published import Published

CONFIGS: dict[str, dict] = {
    "fractalnet20": {"columns": 3, "widths": (64, 128, 256, 512, 512)},
    "fractalnet40": {"columns": 4, "widths": (16, 32, 64, 128, 128)},
}
STAGES = {name: {"stem": (3, 32, 32), "head": (10,)} | {
    f"stages.{i}": (width, 16 // 2**i, 16 // 2**i) for i, width in enumerate(config["widths"])} for name, config in CONFIGS.items()}
PUBLISHED = {
    "fractalnet20": Published(32, 33_724_618, source="derived", note="the paper counts none; Huang et al. 2017 (DenseNet) print 38.6 M"),
    "fractalnet40": Published(32, 4_767_210, source="derived", note="the paper counts none"),
}


def one_like(x):
    """A 1, shape (1, 1, 1, 1), as the bare array of x's engine, in x's dtype and on its device (x ** 0 would be float32 in autocast)."""
    return x.data[:1, :1, :1, :1].clip(1, 1)


def coin(nn, one, p):
    """0 with probability p, otherwise 1; drawn by the engine."""
    return (nn.functional.dropout(one, p, True).data > 0) * one if p else one


def one_of(nn, one, count):
    """`count` numbers, one of them 1 and the others 0; each is as likely."""
    drawn = []
    left = one
    for remaining in range(count, 1, -1):
        passed = coin(nn, one, 1 / remaining)
        drawn.append(left * (1 - passed))
        left = left * passed
    return [*drawn, left]


def some_of(nn, one, count, p):
    """`count` weights, each 0 with probability p, the others equal and 1 in sum; if all were 0, one that is drawn is 1."""
    kept = [coin(nn, one, p) for _ in range(count)]
    none = one
    for number in kept:
        none = none * (1 - number)
    kept = [number + none * rescued for number, rescued in zip(kept, one_of(nn, one, count), strict=True)]
    return [number / sum(kept) for number in kept]


class Draw:
    """What the joins of a net must let through in this batch: for each column, shallowest first, 1 or 0; all 0 if they draw locally."""

    def __init__(self):
        self.columns = []


def drop_path(nn):
    """Two classes of layers; those of a net share a Draw.

    Choose(draw, columns, p)  passes images on; while training it draws, with probability p, one column for the whole net
    Join(draw, p)             the mean of a tuple; while training, of those inputs that the column or a draw of its own lets through
    """
    class Choose(nn.Module):    # type: ignore[name-defined]
        def __init__(self, draw, columns, p):
            super().__init__()
            self.draw, self.columns, self.p = draw, columns, p

        def forward(self, x):
            if self.training:
                one = one_like(x)
                everywhere = 1 - coin(nn, one, self.p)
                self.draw.columns = [everywhere * column for column in one_of(nn, one, self.columns)]
            return x

        def extra_repr(self):
            return f"one of {self.columns} columns, p={self.p}"

    class Join(nn.Mean):    # type: ignore[name-defined]
        def __init__(self, draw, p):
            super().__init__()
            self.draw, self.p = draw, p

        def weights(self, outputs):
            """What each input counts, (1, 1, 1, 1), 1 in sum. The inputs are the deepest columns, the last of all columns."""
            count, one = len(outputs), one_like(outputs[0])
            own, drawn = some_of(nn, one, count, self.p), [(column > 0) * one for column in self.draw.columns]      # dtypes may differ
            everywhere, columns = sum(drawn), drawn[-count:] or [0] * count
            elsewhere = (everywhere - sum(columns)) / count
            return [column + elsewhere + (1 - everywhere) * weight for column, weight in zip(columns, own, strict=True)]

        def forward(self, outputs):
            if not self.training:
                return super().forward(outputs)
            first, *others = [x * weight for x, weight in zip(outputs, self.weights(outputs), strict=True)]
            return sum(others, start=first)

        def extra_repr(self):
            return f"p={self.p}"

    return Choose, Join


def conv(nn, channels_in, width):
    """3x3 convolution, batch norm, ReLU."""
    return nn.Sequential(**resnet.conv_bn(nn, channels_in, width, 3), relu=nn.ReLU(), label=f"conv {width}")


def fractal(nn, channels_in, width, columns, join):
    """f(columns) before its last join: a tuple with the output of every column, shallowest first (of one column, no tuple).

    join  makes a layer that joins such a tuple
    """
    shallow = conv(nn, channels_in, width)
    if columns == 1:
        return shallow
    first, second = fractal(nn, channels_in, width, columns - 1, join), fractal(nn, width, width, columns - 1, join)
    meet = {"join": join()} if columns > 2 else {}                  # one convolution after the other needs none
    twice = nn.Sequential(first=first, **meet, second=second)
    return nn.Fork(shallow=shallow, deep=twice, label=f"fractal of {columns} columns")


def block(nn, channels_in, width, columns, join):
    """A fractal, its last join, 2x2 max pooling."""
    parts = {"fractal": fractal(nn, channels_in, width, columns, join)} | ({"join": join()} if columns > 1 else {})
    return nn.Sequential(**parts, pool=nn.MaxPool2d(2), label=f"fractal block {width}")


def build(nn, columns, widths, drop_path_rate=0.15, global_rate=0.5, num_classes=10):
    """A net with parts stem, stages and head; images (N, 3, 32, 32).

    columns         C, columns of every block
    widths          channels of every block; five of them, for the head wants 1x1 maps
    drop_path_rate  how often a join drops an input when joins draw for themselves
    global_rate     how often one column is drawn for the whole net instead
    """
    draw = Draw()
    Choose, Join = drop_path(nn)
    blocks = [block(nn, channels_in, width, columns, lambda: Join(draw, drop_path_rate))
              for channels_in, width in zip((3, *widths), widths, strict=False)]
    return nn.Sequential(stem=nn.Sequential(choose=Choose(draw, columns, global_rate)), stages=nn.Sequential(*blocks),
                         head=nn.Sequential(flatten=nn.Flatten(), fc=nn.Linear(widths[-1], num_classes)))
