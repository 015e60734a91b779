"""A net is drawn to scale from its layers, and says in words what it shows."""
import numpy as np
import pytest
from matplotlib.colors import to_rgba

from convbook.figures import check, nets
from convbook.figures.nets import Layer

LENET = [Layer("input", "input", (1, 32, 32)), Layer("C1", "conv", (6, 28, 28), 156), Layer("S2", "avg_pool", (6, 14, 14)),
         Layer("C3", "conv", (16, 10, 10), 2416), Layer("S4", "avg_pool", (16, 5, 5)), Layer("C5", "conv", (120, 1, 1), 48120),
         Layer("F6", "linear", (84,), 10164), Layer("output", "linear", (10,), 850)]
ALEXNET = [Layer("input", "input", (3, 227, 227)), Layer("conv1", "conv", (96, 55, 55), 34944), Layer("pool1", "pool", (96, 27, 27)),
           Layer("conv2", "conv", (256, 27, 27), 307456), Layer("pool2", "pool", (256, 13, 13)),
           Layer("conv3", "conv", (384, 13, 13), 885120), Layer("conv4", "conv", (384, 13, 13), 663936),
           Layer("conv5", "conv", (256, 13, 13), 442624), Layer("pool5", "pool", (256, 6, 6)),
           Layer("fc6", "linear", (4096,), 37752832), Layer("fc7", "linear", (4096,), 16781312), Layer("fc8", "linear", (1000,), 4097000)]
INCEPTION = [Layer("input", "input", (192, 28, 28)), Layer("1×1", "conv", (64, 28, 28), 12352, 0),
             Layer("1×1", "conv", (96, 28, 28), 18528, 1), Layer("3×3", "conv", (128, 28, 28), 110720, 1),
             Layer("1×1", "conv", (16, 28, 28), 3088, 2),
             Layer("5×5", "conv", (32, 28, 28), 12832, 2), Layer("pool", "pool", (192, 28, 28), 0, 3),
             Layer("1×1", "conv", (32, 28, 28), 6176, 3), Layer("concat", "concat", (256, 28, 28))]
BASIC = [{"name": "input", "kind": "input", "shape": (64, 56, 56)},
         {"name": "conv1", "kind": "conv", "shape": (64, 56, 56), "parameters": 36864},
         {"name": "conv2", "kind": "conv", "shape": (64, 56, 56), "parameters": 36864},
         {"name": "add", "kind": "add", "shape": (64, 56, 56), "skip": "input"}]
BOTTLENECK = [Layer("input", "input", (256, 56, 56)), Layer("1×1 conv", "conv", (128, 56, 56), 32768, 0),
              Layer("3×3 conv, stride 2", "conv", (128, 28, 28), 147456, 0), Layer("1×1 conv", "conv", (512, 28, 28), 65536, 0),
              Layer("1×1 conv, stride 2", "conv", (512, 28, 28), 131072, 1), Layer("add", "add", (512, 28, 28))]


def vgg16():
    layers, channels, size = [Layer("input", "input", (3, 224, 224))], 3, 224
    for stage, (count, width) in enumerate([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], 1):
        for k in range(count):
            layers.append(Layer(f"conv{stage}_{k + 1}", "conv", (width, size, size), (9 * channels + 1) * width))
            channels = width
        size //= 2
        layers.append(Layer(f"pool{stage}", "max_pool", (channels, size, size)))
    return [*layers, Layer("fc6", "linear", (4096,), 25089 * 4096), Layer("fc7", "linear", (4096,), 4097 * 4096),
            Layer("fc8", "linear", (1000,), 4097000)]


def residual_net(blocks_count):
    """A stem and many residual blocks in one stage, each shortcut starting where the last one ended."""
    layers, last = [Layer("input", "input", (16, 32, 32))], "input"
    for k in range(1, blocks_count + 1):
        layers += [Layer(f"conv{k}.1", "conv", (16, 32, 32), 2304), Layer(f"conv{k}.2", "conv", (16, 32, 32), 2304),
                   Layer(f"add{k}", "add", (16, 32, 32), 0, None, last)]
        last = f"add{k}"
    return layers


NETS = {"LeNet-5": LENET, "AlexNet": ALEXNET, "VGG-16": vgg16(), "Inception": INCEPTION, "basic block": BASIC, "bottleneck": BOTTLENECK,
        "residual net": residual_net(12)}


def boxes(figure):
    """The layers' boxes from left to right and top to bottom, without the squares that explain the colours: (x, y, width, height)."""
    found = [(p.get_x(), p.get_y(), p.get_width(), p.get_height()) for p in figure.axes[0].patches
             if hasattr(p, "get_width") and hasattr(p, "get_x") and p.get_zorder() == 3]
    return np.array(found)


@pytest.mark.parametrize("name", NETS)
def test_a_net_is_legible_and_its_boxes_stand_apart_on_the_sheet(name):
    figure = check(nets.net(NETS[name], name))
    width, height = figure.get_size_inches()
    found = boxes(figure)
    adds = sum(Layer(**row).kind == "add" if isinstance(row, dict) else row.kind == "add" for row in NETS[name])
    assert len(found) == len(NETS[name]) - adds
    assert found[:, :2].min() >= 0 and (found[:, 0] + found[:, 2]).max() <= width and (found[:, 1] + found[:, 3]).max() <= height
    for k, (x, y, w, h) in enumerate(found):
        for X, Y, W, H in found[:k]:
            assert min(x + w, X + W) - max(x, X) < 1e-9 or min(y + h, Y + H) - max(y, Y) < 1e-9


def test_heights_are_to_scale_and_widths_grow_with_the_logarithm_of_the_channels():
    found = boxes(nets.net(LENET))
    np.testing.assert_allclose(found[:5, 3] / found[0, 3], np.array([32, 28, 14, 10, 5]) / 32)
    assert found[5, 3] == found[6, 3] == nets.LOWEST
    steps = np.diff(boxes(nets.net([Layer(f"{c}", "conv", (c, 8, 8)) for c in (1, 2, 4, 8)]))[:, 2])
    np.testing.assert_allclose(steps, steps[0])
    assert steps[0] > 0


def test_a_title_adds_up_the_parameters_and_shapes_are_written_where_they_change():
    figure = nets.net(vgg16(), "VGG-16")
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[0] == "VGG-16: 138,357,544 parameters"
    assert "conv1_1  64 × 224²" in texts and "conv1_2" in texts and "fc8  1000" in texts
    assert "22 layers, 138,357,544 parameters: input 3 × 224 × 224, conv1_1 64 × 224 × 224, conv1_2, pool1" in figure.alt_text
    assert texts[1:5] == ["input", "convolution", "pooling", "fully connected"]


def test_layers_of_a_fork_share_columns_and_each_branch_its_height():
    found = boxes(nets.net(INCEPTION))
    middle = found[:, :2] + found[:, 2:] / 2
    columns = {layer: round(x, 6) for layer, x in enumerate(middle[:, 0])}
    assert columns[1] == columns[2] == columns[4] == columns[6] < columns[3] == columns[5] == columns[7] < columns[8]
    assert middle[2, 1] == pytest.approx(middle[3, 1]) and middle[1, 1] < middle[2, 1] < middle[4, 1] < middle[6, 1]
    assert "4 branches side by side (1×1; 1×1 then 3×3; 1×1 then 5×5; pool then 1×1), concat 256 × 28 × 28" in nets.net(INCEPTION).alt_text


def test_a_shortcut_runs_over_its_boxes_to_the_plus():
    figure = nets.net(BASIC)
    found, (ring,) = boxes(figure), [p for p in figure.axes[0].patches if type(p).__name__ == "Circle"]
    arc, = [p.get_path().vertices[:4] for p in figure.axes[0].patches if type(p).__name__ == "FancyArrowPatch"
            and to_rgba(p.get_edgecolor()) == to_rgba(nets.KINDS["addition"])]
    assert arc[0, 0] == pytest.approx(found[0, 0] + found[0, 2], abs=0.05) and arc[-1, 0] == pytest.approx(ring.center[0])
    assert arc[:, 1].min() < found[:, 1].min() and "add (with a shortcut from input)" in figure.alt_text


def test_of_a_long_net_the_alt_text_tells_only_what_changes():
    figure = nets.net(residual_net(12), "long")
    assert figure.alt_text == "long from left to right, 37 layers, 55,296 parameters, where the shape changes: input 16 × 32 × 32."


def test_a_long_title_is_cut_to_the_sheet():
    check(nets.net(LENET, "a title that says much more about a net than there is room for above its drawing"))


def test_a_long_net_breaks_between_blocks_never_inside_one():
    layers = residual_net(12)
    lines = nets._break(nets._columns(layers), layers, 14)
    assert [len(line) for line in lines] == [13, 12, 12]
    assert all(layers[line[-1][None]].kind == "add" for line in lines)
    forked = nets._break(nets._columns(INCEPTION), INCEPTION, 2)
    assert [len(line) for line in forked] == [1, 3]


@pytest.mark.parametrize(("rows", "message"), [
    ([], "rows is empty"),
    ([Layer("a", "conv", (3, 4))], r"the shape of 'a' must be \(C, H, W\) or \(C,\), got \(3, 4\)"),
    ([Layer("a", "conv", (0, 4, 4))], "the shape of 'a'"),
    ([Layer("a", "conv", (3, 4, 4)), Layer("b", "add", (3, 4, 4), skip="c")],
     "the shortcut to 'b' starts at 'c', which is no earlier layer"),
])
def test_rows_that_cannot_be_drawn_are_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        nets.net(rows)
