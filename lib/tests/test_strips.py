"""torch_nn's three ways to a convolution and its blocks of images, each with torch.nn.functional as the judge."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from convbook import torch_nn
from convbook.shapes import geometry
from convbook.torch_nn import _strips
from convbook.torch_nn._ways import Depthwise, Pointwise, way

numbers = st.tuples(st.integers(1, 3), st.integers(1, 3))


def agrees(torch_engine, x, weight, options, tolerance=1e-12):
    """Is conv2d and are its gradients those of torch, seen from the largest value?"""
    leaves = [torch.tensor(a, requires_grad=True) for a in (x, weight)]
    expected = F.conv2d(F.pad(leaves[0], [*options["padding"][1], *options["padding"][0]]), leaves[1], None, options["stride"], 0,
                        options["dilation"], options["groups"])
    grad_y = np.random.default_rng(1).standard_normal(tuple(expected.shape))
    gradients = torch.autograd.grad(expected, leaves, torch.from_numpy(grad_y))
    got = torch_engine.conv2d(x, weight, **options), *torch_engine.conv2d_backward(grad_y, x, weight, **options)[:2]
    for ours, theirs in zip(got, (expected.detach(), *gradients), strict=True):
        if ours.shape != theirs.shape or not np.abs(ours - theirs.numpy()).max(initial=0) <= tolerance * max(theirs.abs().max(), 1e-3):
            return False
    return True


@pytest.mark.parametrize(("short", "block_bytes"), [(0, 1), (0, 1 << 20), (1000, 3000)],
                         ids=["strips, image by image", "strips, one block", "columns, a few images"])
@given(kernel=numbers, stride=numbers, dilation=numbers, pads=st.tuples(numbers, numbers), more=numbers,
       counts=st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 6)), batch=st.integers(1, 5))
def test_strips_agree_with_torch(torch_engine, short, block_bytes, kernel, stride, dilation, pads, more, counts, batch):
    rng, (groups, channels, filters) = np.random.default_rng(0), counts
    pads = tuple((before - 1, after - 1) for before, after in pads)
    size = [max(d * (k - 1) - sum(ends) + m, 1) for d, k, ends, m in zip(dilation, kernel, pads, more, strict=True)]
    x, weight = rng.standard_normal((batch, groups * channels, *size)), rng.standard_normal((groups * filters, channels, *kernel))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_strips, "SHORT", short)
        patch.setattr(_strips, "BLOCK_BYTES", block_bytes)
        assert agrees(torch_engine, x, weight, {"stride": stride, "padding": pads, "dilation": dilation, "groups": groups})


def test_the_filter_chooses_the_way():
    three, one, padded = geometry((9, 9), 3), geometry((9, 9), 1, stride=2), geometry((9, 9), 1, padding=1)
    assert isinstance(way(64, 32, 1, one), Pointwise)
    assert isinstance(way(64, 128, 64, three), Depthwise)
    for arguments in ((64, 32, 1, padded), (64, 64, 2, one), (64, 320, 64, three), (1, 1, 1, three)):
        assert isinstance(way(*arguments), _strips.Strips)


def test_strips_are_narrower_than_columns_where_sums_are_long():
    assert _strips.Strips(64, 1, geometry((16, 16), 3, padding=1)).size == 64 * 3 * 18 * 16     # one shift to each side, all 18 rows
    assert _strips.Strips(64, 1, geometry((16, 16), 3, padding=1), all_taps=True).size == 64 * 9 * 16 * 16
    assert _strips.Strips(3, 1, geometry((16, 16), 3, padding=1)).size == 3 * 9 * 16 * 16      # short sums
    assert _strips.Strips(64, 1, geometry((16, 16), 2, stride=2)).size == 64 * 4 * 8 * 8       # nothing shared


def test_blocks_hold_256_megabytes():
    strips = _strips.Strips(64, 1, geometry((224, 224), 3, padding=1))
    images = (256 << 20) // (64 * 3 * 226 * 224 * 4)
    blocks = strips.blocks(torch.empty(100, 1))
    assert blocks[:2] == [slice(0, images), slice(images, 2 * images)]
    assert blocks[-1].stop >= 100 > blocks[-1].start
    assert strips.blocks(torch.empty(0, 1)) == []


@pytest.mark.parametrize("filters", [1, 3])
@pytest.mark.parametrize("stride", [1, 2])
def test_depthwise_agrees_with_torch(torch_engine, filters, stride):
    rng = np.random.default_rng(2)
    x, weight = rng.standard_normal((2, 5, 7, 6)), rng.standard_normal((5 * filters, 1, 3, 2))
    assert agrees(torch_engine, x, weight, {"stride": (stride, 1), "padding": ((1, 0), (2, 1)), "dilation": (1, 2), "groups": 5})
    assert agrees(torch_engine, x, weight.transpose(0, 1, 3, 2), {"stride": 1, "padding": ((0, 0), (0, 0)), "dilation": 1, "groups": 5})


@pytest.mark.parametrize(("channels", "filters", "size"), [(2, 3, 6), (40, 30, 2)], ids=["an image at a time", "all at once"])
@pytest.mark.parametrize("stride", [(1, 1), (2, 3)], ids=str)
def test_pointwise_agrees_with_torch(torch_engine, channels, filters, size, stride):
    rng = np.random.default_rng(3)
    x, weight = rng.standard_normal((3, channels, size, size + 1)), rng.standard_normal((filters, channels, 1, 1))
    assert agrees(torch_engine, x, weight, {"stride": stride, "padding": ((0, 0), (0, 0)), "dilation": 1, "groups": 1})


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize(("weight", "groups", "roundings"), [((8, 16, 5, 5), 1, 4), ((16, 1, 7, 7), 16, 1.01), ((8, 16, 1, 1), 1, 1.01)],
                         ids=["strips", "taps", "1x1"])
def test_sixteen_bits_err_by_few_roundings(torch_engine, dtype, weight, groups, roundings):
    rng = np.random.default_rng(4)
    x, weight = (torch_engine.array(rng.standard_normal(shape)).to(dtype) for shape in ((1, 16, 9, 9), weight))
    options = {"padding": weight.shape[2] // 2, "groups": groups}
    y = torch_engine.native.conv2d(x, weight, **options)
    grad_x, _, _ = torch_engine.native.conv2d_backward(y, x, weight, **options)
    expected = torch_nn.conv2d(x.double(), weight.double(), **options)
    expected_grad, _, _ = torch_nn.conv2d_backward(y.double(), x.double(), weight.double(), **options)
    for got, exact in ((y, expected), (grad_x, expected_grad)):
        assert got.dtype == dtype
        assert (got.double() - exact).abs().max() <= roundings * torch.finfo(dtype).eps / 2 * exact.abs().max()


def test_without_the_images_gradient(torch_engine):
    x, weight, bias = (torch_engine.array(np.ones(shape)) for shape in ((2, 3, 5, 5), (4, 3, 2, 2), (4,)))
    y, vjp = torch_engine.native.conv._conv2d(x, weight, bias, input_grad=False)
    grad_x, *others = vjp(y)
    assert grad_x is None
    expected = torch_engine.native.conv2d_backward(y, x, weight, bias)
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(others, expected[1:], strict=True))
    assert torch.equal(torch_engine.native.conv._conv2d(x, weight)[1](y)[0], expected[0])
