"""Output sizes against counting, and the two readings of an argument that may be one number or two."""
import pytest
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import zeros

from convbook.shapes import conv_output_size, conv_transpose_output_size, geometry, pair, same_padding, transposed_geometry


@given(st.integers(1, 12), st.integers(1, 4), st.integers(1, 4), st.integers(0, 3), st.integers(1, 3))
def test_output_size_counts_the_places(size, kernel_size, stride, padding, dilation):
    pixels = range(-padding, size + padding)
    places = [start for start in pixels[::stride] if start + dilation * (kernel_size - 1) in pixels]
    if places:
        assert conv_output_size(size, kernel_size, stride, padding, dilation) == len(places)
    else:
        with pytest.raises(ValueError, match="the filter reaches over"):
            conv_output_size(size, kernel_size, stride, padding, dilation)


def test_output_size_of_alexnets_first_layer():
    assert conv_output_size(227, 11, stride=4) == 55


@pytest.mark.parametrize(("numbers", "message"), [
    ((5, 0), "kernel_size must be at least 1, got 0"), ((5, 3, 0), "stride must be at least 1, got 0"),
    ((5, 3, 1, -1), "padding must be at least 0, got -1"), ((5, 3, 1, 0, 0), "dilation must be at least 1, got 0"),
    ((-1, 1), "size must be at least 0, got -1")])
def test_output_size_refuses(numbers, message):
    with pytest.raises(ValueError, match=message):
        conv_output_size(*numbers)


@given(st.integers(1, 5), st.integers(1, 5))
def test_same_padding_keeps_the_size(kernel_size, dilation):
    before, after = same_padding(kernel_size, dilation)
    assert after - before in (0, 1)
    x, weight = zeros(1, 1, 1, 7 + before + after), zeros(1, 1, 1, kernel_size)
    assert F.conv2d(x, weight, dilation=(1, dilation)).shape[3] == 7


def test_pair():
    assert pair(3, "stride") == (3, 3)
    assert pair([3, 4], "stride") == pair((3, 4), "stride") == (3, 4)
    for value in (1.0, "11", (1, 2, 3), (1.0, 2), None, True, (1, True)):
        with pytest.raises(TypeError, match="stride must be an int or a pair of ints"):
            pair(value, "stride")


def test_geometry_names_height_before_width():
    got = geometry((9, 5), (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 3))
    assert got == ((9, 5), (3, 2), (2, 1), (1, 3), ((1, 1), (0, 0)), (5, 2))
    assert geometry((9, 5), 4, padding="same").padding == ((1, 2), (1, 2))
    assert geometry((9, 5), 4, padding="valid").padding == ((0, 0), (0, 0))


def test_geometry_takes_each_end_of_the_padding():
    assert geometry((9, 5), 3, padding=((0, 2), (1, 0))).padding == ((0, 2), (1, 0))
    assert geometry((9, 5), 3, padding=[[0, 2], (1, 0)]).output_size == (9, 4)
    assert geometry((9, 5), 3, padding=((2, 2), (1, 1))) == geometry((9, 5), 3, padding=(2, 1))


transposed = st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.integers(0, 4), st.integers(0, 4), st.integers(1, 3))


@given(transposed)
def test_transposed_output_size_is_torchs(numbers):
    size, kernel_size, stride, padding, output_padding, dilation = numbers
    options = {"stride": stride, "padding": (padding, 0), "output_padding": (output_padding, 0), "dilation": dilation}
    try:
        expected = F.conv_transpose2d(zeros(1, 1, size, 9), zeros(1, 1, kernel_size, 1), **options).shape[2]
    except RuntimeError:
        with pytest.raises(ValueError, match=r"output_padding must be smaller|nothing is left"):
            conv_transpose_output_size(*numbers)
    else:
        assert conv_transpose_output_size(*numbers) == expected
        if output_padding < stride:
            assert conv_output_size(expected, kernel_size, stride, padding, dilation) == size


@given(transposed)
def test_transposed_geometry_is_that_of_a_convolution(numbers):
    size, kernel_size, stride, padding, output_padding, dilation = numbers
    try:
        expected = conv_transpose_output_size(*numbers)
    except ValueError:
        return
    output_size, geo = transposed_geometry((size, 1), (kernel_size, 1), stride, (padding, 0), (output_padding, 0), dilation)
    assert output_size == (expected, 1)
    assert geo == geometry(geo.image_size, geo.kernel_size, geo.stride, geo.padding, geo.dilation)
    assert geo.output_size == (size, 1)
    assert geo.image_size[0] == max(expected - max(output_padding - padding, 0), 0)
    assert sum(geo.padding[0]) + geo.image_size[0] == stride * (size - 1) + dilation * (kernel_size - 1) + 1    # nothing left over


@pytest.mark.parametrize(("numbers", "message"), [
    ((0, 3), "size must be at least 1, got 0"), ((5, 0), "kernel_size must be at least 1, got 0"),
    ((5, 3, 0), "stride must be at least 1, got 0"), ((5, 3, 1, -1), "padding must be at least 0, got -1"),
    ((5, 3, 2, 0, -1), "output_padding must be at least 0, got -1"), ((5, 3, 1, 0, 0, 0), "dilation must be at least 1, got 0"),
    ((5, 3, 2, 1, 2), "output_padding must be smaller than the stride or the dilation, got output_padding=2, stride=2, dilation=1"),
    ((1, 3, 1, 2), r"nothing is left of the output: 3 pixels - 2 \* 2 of padding \+ 0 of output_padding; use less padding")])
def test_transposed_output_size_refuses(numbers, message):
    with pytest.raises(ValueError, match=message):
        conv_transpose_output_size(*numbers)
