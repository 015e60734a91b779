"""Every convention of the page "Notation and conventions", once: its cells are run here, and torch or a published number judges them."""
import itertools
import re
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from convbook.shapes import conv_output_size

PAGE = Path(__file__).resolve().parents[2] / "chapters" / "notation.md"


@pytest.fixture(scope="module")
def page():
    """The names that the page's cells define, and under "published" what they hand to the text."""
    published = {}
    cells = re.findall(r"^```\{code-cell\} python\n(?::[^\n]*\n)*(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    names = {"glue": lambda key, value, display: published.update({key: str(value)})}
    for cell in cells:
        exec(compile(cell.replace("from myst_nb import glue\n", ""), PAGE.name, "exec"), names)
    assert len(cells) >= 5
    return {**names, "published": published}


def random(*shape):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(sum(shape)))


def test_every_published_number_is_on_the_page_and_the_other_way_round(page):
    used = set(re.findall(r"\{glue:text\}`([\w.]+)`", PAGE.read_text(encoding="utf-8")))
    assert used == set(page["published"])


def test_convolution_does_not_flip_the_filter():
    x, weight = random(1, 1, 5, 6), random(1, 1, 2, 3)
    place = float((x[0, 0, 1:3, 2:5] * weight[0, 0]).sum())
    flipped = float((x[0, 0, 1:3, 2:5] * weight[0, 0].flip(0, 1)).sum())
    assert abs(float(F.conv2d(x, weight)[0, 0, 1, 2]) - place) <= 1e-12
    assert abs(flipped - place) >= 1e-3


def test_a_layer_is_the_sum_on_the_page():
    (N, C, H, W), (FILTERS, KH, KW), s, p, d = (2, 3, 7, 6), (4, 3, 2), 2, 1, 2
    x, weight, bias = random(N, C, H, W), random(FILTERS, C, KH, KW), random(FILTERS)
    y = F.conv2d(x, weight, bias, stride=s, padding=p, dilation=d)

    def pixel(n, c, row, column):
        return float(x[n, c, row, column]) if 0 <= row < H and 0 <= column < W else 0.0

    for n, f, i, j in np.ndindex(*y.shape):
        expected = float(bias[f]) + sum(float(weight[f, c, k, l]) * pixel(n, c, s * i + d * k - p, s * j + d * l - p)
                                        for c, k, l in itertools.product(range(C), range(KH), range(KW)))
        assert abs(float(y[n, f, i, j]) - expected) <= 1e-12


@pytest.mark.parametrize(("H", "K", "s", "p", "d"), [
    (227, 11, 4, 0, 1), (224, 11, 4, 0, 1), (5, 3, 1, 1, 1), (9, 3, 2, 0, 2), (8, 3, 2, 1, 1),
])
def test_the_number_of_places_rounds_down(H, K, s, p, d):
    places = F.conv1d(torch.zeros(1, 1, H), torch.zeros(1, 1, K), stride=s, padding=p, dilation=d).shape[2]
    assert places == (H + 2 * p - d * (K - 1) - 1) // s + 1 == conv_output_size(H, K, s, p, d)


def test_cost_is_half_of_what_torch_calls_flops(page):
    parameters, macs = page["conv"](64, 128, 3, 56)
    layer = torch.nn.Conv2d(64, 128, 3, padding=1)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        layer(torch.zeros(1, 64, 56, 56))
    assert 2 * macs == counter.get_total_flops()
    assert parameters == sum(weights.numel() for weights in layer.parameters())
    grouped = torch.nn.Conv2d(64, 128, 3, groups=4, bias=False)
    assert page["conv"](64, 128, 3, 56, groups=4, bias=False)[0] == grouped.weight.numel()


def test_dilation_1_is_the_ordinary_filter():
    x, weight = random(1, 2, 8, 9), random(3, 2, 3, 3)
    assert torch.equal(F.conv2d(x, weight, dilation=1), F.conv2d(x, weight))
    spread = torch.zeros(3, 2, 5, 5, dtype=torch.float64)
    spread[:, :, ::2, ::2] = weight
    torch.testing.assert_close(F.conv2d(x, weight, dilation=2), F.conv2d(x, spread), rtol=0, atol=1e-12)
    with pytest.raises(RuntimeError, match="dilation"):
        F.conv2d(x, weight, dilation=0)


def test_dropout_p_is_the_probability_to_drop():
    torch.manual_seed(0)
    dropped = F.dropout(torch.ones(100_000), p=0.8, training=True)
    assert dropped.unique().tolist() == [0.0, pytest.approx(1 / (1 - 0.8))]
    assert abs(float((dropped == 0).double().mean()) - 0.8) <= 0.01            # eight standard deviations
    assert torch.equal(F.dropout(torch.ones(9), p=0.8, training=False), torch.ones(9))


@pytest.mark.parametrize("rates", [[0.1] * 20, [0.1] * 10 + [0.01] * 10])
def test_momentum_is_the_one_of_torch(page, rates):
    gradients = random(20).tolist()
    w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.SGD([w], lr=1.0, momentum=0.9)
    for g, rate in zip(gradients, rates, strict=True):
        optimiser.param_groups[0]["lr"] = rate
        w.grad = torch.full((1,), g, dtype=torch.float64)
        optimiser.step()
    walk, reached = page["walk"], float(w.detach())
    assert abs(walk("ours", gradients, rates) - reached) <= 1e-12
    same = abs(walk("rate inside", gradients, rates) - reached) <= 1e-12
    assert same is (len(set(rates)) == 1), "the second form agrees only while the rate stays the same"
    assert abs(walk("mean", gradients, [rate / (1 - 0.9) for rate in rates]) - reached) <= 1e-12


def test_batch_norm_keeps_a_tenth_of_the_unbiased_variance():
    x = random(4, 3, 5, 6)
    layer = torch.nn.BatchNorm2d(3, dtype=torch.float64)
    y = layer(x)
    mean, biased, unbiased = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0), x.var((0, 2, 3), correction=1)
    assert layer.momentum == 0.1
    torch.testing.assert_close(layer.running_mean, 0.1 * mean, rtol=0, atol=1e-12)
    torch.testing.assert_close(layer.running_var, 0.9 + 0.1 * unbiased, rtol=0, atol=1e-12)
    normalised = (x - mean[:, None, None]) / torch.sqrt(biased[:, None, None] + layer.eps)
    torch.testing.assert_close(y, normalised, rtol=0, atol=1e-12)


def test_layout_is_channels_before_rows():
    x, weight = random(2, 3, 4, 5), random(6, 3, 3, 3)
    assert F.conv2d(x, weight).shape == (2, 6, 2, 3)                          # (N, C, H, W) and (F, C, KH, KW) give (N, F, OH, OW)
    with pytest.raises(RuntimeError, match="channels"):
        F.conv2d(x.permute(0, 2, 3, 1), weight)
    silent = random(1, 3, 3, 3)
    assert silent.permute(0, 2, 3, 1).shape == silent.shape
    assert not torch.allclose(F.conv2d(silent.permute(0, 2, 3, 1), weight), F.conv2d(silent, weight))


def test_the_two_nets_called_alexnet(page):
    assert page["alexnet_2012"] == (60_965_224, 724_406_816)                  # derived from the paper's layers
    assert page["alexnet_2014"] == (61_100_840, 714_188_480)                  # torchvision's table


def test_the_two_nets_called_resnet50(page):
    assert page["v1"][0] == page["v15"][0] == 25_557_032                      # torchvision's table
    assert page["published"]["resnet_v1"] == "3.858"                          # the paper rounds down to 3.8
    assert page["published"]["resnet_v15"] == "4.089"                         # torchvision's table
    assert (page["v1"][2], page["v15"][2]) == (483, 427)                      # the receptive_field repository's table


def test_the_two_nets_called_googlenet(page):
    assert (page["paper"][0], page["library"][0]) == (6_998_552, 6_624_904)   # derived; torchvision's table
    assert (page["published"]["googlenet_paper_macs"], page["published"]["googlenet_library_macs"]) == ("1.583", "1.498")
