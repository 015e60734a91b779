"""What a net costs, from its shapes alone: parameters, MACs, memory, receptive field, for nets of every engine.

    analysis = analyse(models.resnet50(torch_nn), (3, 224, 224))
    print(analysis)                                                     # every layer
    print(analysis.table(rows=analysis.stages()))                       # stage by stage
    nets.net(rows(net, (3, 224, 224)))                                  # its drawing

`python -m convbook.analyse resnet50` prints one net, `--all` holds every net of convbook.models against the published figures.

Conventions, each with its reason (notation page of the book):
MACs             multiply-accumulates of convolutions, linear layers and matrix products, for one image. Biases, normalisation,
                 activations and pooling are not counted.
receptive field  grows by (kernel - 1) x dilation x stride so far. Padding counts as image, so it may be larger than the image.
                 Linear layers on a flattened map and means over a map count as one filter as large as the map (VGG-16's fc6:
                 404). Where branches join, the largest counts. Left out, since they would make every field the whole image: the
                 gate that multiplies a whole map (squeeze and excitation), and the statistics of normalisations.
forward          numbers in memory, everything kept: the input, and the output of every layer that needs memory of its own.
                 Activations, normalisations, sums and products of a number each write over their input, reshapes move nothing.
forward and      what training must keep: every tensor that some layer needs on the way back, once (convolutions, linear layers,
backward         pooling, normalisation, gated activations and products their input; ReLU, sigmoid, tanh, softmax and dropout's
                 mask their output; sums, means and concatenations nothing), the net's output, and a gradient as large for each.
"""
from convbook.analyse._drawing import drawing_rows, tree
from convbook.analyse._table import Analysis, Row, Summary
from convbook.analyse._walk import Walk

__all__ = ["Analysis", "Row", "analyse", "rows", "summary", "tree"]


def analyse(net, input_shape, training=False):
    """Walk through a net without computing anything.

    net          a module of any engine, made of layers and combinators or with a forward method of its own
    input_shape  shape of one example, (3, 224, 224)
    training     as it is while training: auxiliary heads at work, dropout's masks in memory
    returns      Analysis; print it. A layer that is used twice has two rows and its parameters once

    The net is left as it was. Raises TypeError if net is no module, NotImplementedError for a function that has no rule;
    ValueError for a layer that cannot take what it gets; each says which part it was. Chapter 12.
    """
    if not hasattr(net, "named_modules"):
        raise TypeError(f"only a net can be analysed, got {type(net).__name__}")
    return Walk(net).run(tuple(input_shape), training)


def summary(net, input_shape):
    """The layers of a net with their outputs and parameters.

    net          a module of any engine
    input_shape  shape of one example, such as (1, 28, 28)
    returns      Summary; print it

    Raises what analyse raises. Chapter 11.
    """
    analysis = analyse(net, input_shape)
    layers = {name for name, module in net.named_modules() if not list(module.children())}
    return Summary((analysis.rows[0], *(row for row in analysis.rows[1:] if row.name in layers)), analysis)


def rows(net, input_shape, blocks=False):
    """A net as convbook.figures.nets.net draws it.

    net          a module of any engine
    input_shape  shape of one example, (3, 224, 224)
    blocks       each block of the stages as one box: for deep nets
    returns      list of dicts; normalisations, activations and the like are counted with the layer before them

    Raises what analyse raises. Chapter 12.
    """
    return drawing_rows(net, analyse(net, input_shape), blocks)
