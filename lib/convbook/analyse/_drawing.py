"""A net as the drawings want it: rows for convbook.figures.nets.net, trees for convbook.figures.blocks.block."""
from functools import reduce

from convbook import combine
from convbook.shapes import pair

STRUCTURE = ("stem", "stages", "head", "residual", "body")              # words of a path that a drawing can do without
DRAWN = {"Conv2d": "conv", "conv2d": "conv", "ConvTranspose2d": "transposed conv", "conv_transpose2d": "transposed conv",
         "LocallyConnected2d": "locally connected", "Linear": "linear", "linear": "linear", "MaxPool2d": "max pool",
         "max_pool2d": "max pool", "AvgPool2d": "mean pool", "avg_pool2d": "mean pool", "AdaptiveAvgPool2d": "mean pool",
         "GlobalAvgPool2d": "mean pool", "GlobalMaxPool2d": "max pool", "add": "add", "concat": "concat", "input": "input"}
WORDS = {"GlobalAvgPool2d": "mean pool", "AdaptiveAvgPool2d": "mean pool", "GlobalMaxPool2d": "max pool", "BatchNorm1d": "batch norm",
         "BatchNorm2d": "batch norm", "LayerNorm2d": "layer norm", "LayerNorm": "layer norm", "GroupNorm": "group norm",
         "LocalResponseNorm": "response norm", "Dropout2d": "dropout", "Dropout": "dropout", "DropPath": "drop path",
         "Flatten": "flatten", "LayerScale": "layer scale"}


def drawing_rows(net, analysis, blocks=False):
    """The rows that `rows` returns, from an analysis."""
    drawing = _Drawing(net, analysis, blocks)
    drawing.layer(None)
    drawing.module(net, None)
    return drawing.drawn


def tree(part):
    """A part of a net as convbook.figures.blocks.block draws it.

    part     a layer or combinator of any engine, such as net.stages[0][0]
    returns  text for a layer, tuples for combinators

    The branches of a Fork, whose mean is taken, are drawn as sums; auxiliary heads are left out; a module with a forward method of
    its own is one box. Chapter 12.
    """
    kind = type(part).__name__
    if isinstance(part, combine.Sequential):
        inside = [tree(inner) for inner in part if not isinstance(inner, combine.Mean)]
        return "Sequential", "" if part.label in inside else part.label, inside         # a label that a layer repeats says nothing
    if isinstance(part, combine.Residual):
        return "Residual", tree(part.body), None if part.shortcut is None else tree(part.shortcut)
    if isinstance(part, combine.Concat):
        return "Concat", [tree(branch) for branch in part]
    if isinstance(part, combine.Fork):
        return reduce(lambda body, other: ("Residual", body, other), map(tree, part))
    if isinstance(part, combine.Scale):
        return "Scale", tree(part.gate)
    if isinstance(part, combine.Auxiliary):
        return tree(part.rest)
    if kind == "Identity":
        return "Sequential", "", []
    return _described(part, kind)


class _Drawing:
    """Goes through the parts in the order of computation, so that each takes the next rows."""

    def __init__(self, net, analysis, blocks):
        self.rows, self.place, self.parts, self.blocks = analysis.rows, 0, {row.name: row for row in analysis.parts}, blocks
        self.paths = {id(module): name for name, module in net.named_modules()}
        self.drawn: list[dict] = []
        self.used: set[str] = set()

    def module(self, module, branch):
        path = self.paths[id(module)]
        if self.blocks and path in self.parts and path.startswith("stages.") and path.count(".") == 2:
            self.block(path, module, branch)
        elif isinstance(module, combine.Sequential):
            for part in module:
                self.module(part, branch)
        elif isinstance(module, combine.Residual):
            self.side_by_side(path, [module.body, module.shortcut], branch)
        elif isinstance(module, combine.Concat):
            self.side_by_side(path, list(module), branch)
        elif isinstance(module, combine.Fork):
            for k, part in enumerate(module):
                self.module(part, k if branch is None else branch)
        elif isinstance(module, combine.Mean | combine.Scale):
            word = type(module).__name__.lower()
            shape, parameters = self.taken(path)
            self.add(path, word, "add" if word == "mean" else "other", shape, parameters, branch)
        elif isinstance(module, combine.Auxiliary):
            self.module(module.rest, branch)
            self.taken(path)
        else:
            while self.place < len(self.rows) and _inside(self.rows[self.place].name, path):
                self.layer(branch)

    def side_by_side(self, path, branches, branch):
        """Branches and where they meet. If all but one change nothing, that one is drawn on, and a shortcut leads past it."""
        before, busy = self.drawn[-1]["name"], sum(part is not None and _draws(part) for part in branches)
        for k, part in enumerate(branches):
            if part is not None:
                self.module(part, branch if branch is not None or busy < 2 else k)
        join = self.rows[self.place]
        self.place += 1
        past = before if branch is None and 0 < busy < len(branches) else None
        self.add(path, DRAWN[join.kind], DRAWN[join.kind], join.shape, 0, branch, past)

    def block(self, path, module, branch):
        shape, parameters = self.taken(path)
        self.add(path, getattr(module, "label", "") or type(module).__name__, "block", shape, parameters, branch)

    def taken(self, path):
        """The next rows, as long as they are inside `path`, as one: the last one's shape, all parameters."""
        start = self.place
        while self.place < len(self.rows) and _inside(self.rows[self.place].name, path):
            self.place += 1
        rows = self.rows[start:self.place]
        return (rows[-1].shape if rows else ()), sum(row.parameters for row in rows)

    def layer(self, branch):
        """The next row; what is not drawn gives its parameters to the layer before."""
        row = self.rows[self.place]
        self.place += 1
        if row.kind in DRAWN:
            kernel = row.settings.split(", ")[0] if "x" in row.settings and row.macs else ""
            self.add(row.name, kernel or DRAWN[row.kind].split()[-1], DRAWN[row.kind], row.shape, row.parameters, branch)
        else:
            self.drawn[-1]["parameters"] += row.parameters

    def add(self, path, word, kind, shape, parameters, branch, skip=None):
        """A row to draw.

        Its name is the path without the words of structure, and what it is where that says nothing; in branches, which are close
        together, only what it is.
        """
        parts = [part for part in path.split(".") if part and part not in STRUCTURE]
        named = parts and not parts[-1].isdigit() and kind not in ("add", "concat", "block", "other")
        names = [".".join(parts) if named else " ".join([word, *([".".join(parts)] if parts else [])]), path,
                 *(f"{word} {k}" for k in range(2, len(self.drawn) + 3))]
        name = word if branch is not None else next(name for name in names if name and name not in self.used)
        self.used.add(name)
        self.drawn.append({"name": name, "kind": kind, "shape": shape, "parameters": parameters, "branch": branch, "skip": skip})


def _inside(name, path):
    return not path or name == path or name.startswith(f"{path}.")


def _draws(module):
    """Is there anything to draw in it?"""
    return any(type(part).__name__ in DRAWN for part in module.modules())


def _described(layer, kind):
    """A layer in words: 3x3 conv, 64, stride 2."""
    word = WORDS.get(kind) or DRAWN.get(kind, kind)
    if kind == "Linear":
        return f"linear, {layer.out_features}"
    if not hasattr(layer, "kernel_size"):
        return word
    (KH, KW), stride = pair(layer.kernel_size, "kernel_size"), pair(layer.kernel_size if layer.stride is None else layer.stride, "stride")
    groups, channels = getattr(layer, "groups", 1), getattr(layer, "out_channels", None)
    said = f"{KH}x{KW} " + ("depthwise " if 1 < groups == layer.in_channels else "") + word + (f", {channels}" if channels else "")
    said += f", {groups} groups" if 1 < groups < layer.in_channels else ""
    return said if stride == (1, 1) else f"{said}, stride {stride[0] if stride[0] == stride[1] else stride}"
