"""Output sizes against counting, and the two readings of an argument that may be one number or two."""
import pytest
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import zeros

from convbook.shapes import conv_output_size, geometry, pair, same_padding


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
