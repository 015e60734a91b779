"""Where pooling windows lie: counted one by one, and against the sizes that torch gives."""
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st

from convbook.windows import Slide, adaptive_spans, pool_output_size


@st.composite
def slides(draw):
    kernel_size, stride, dilation = draw(st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(1, 3)))
    padding, ceil_mode = draw(st.integers(0, kernel_size // 2)), draw(st.booleans())
    size = draw(st.integers(max(dilation, dilation * (kernel_size - 1) + 1 - 2 * padding), 20))
    numbers = size, kernel_size, stride, padding, dilation
    return Slide(*numbers, pool_output_size(*numbers, ceil_mode)), ceil_mode


@given(slides())
def test_output_size_is_torchs(case):
    slide, ceil_mode = case
    size, kernel_size, stride, padding, dilation, places = slide
    y = F.max_pool2d(torch.zeros(1, 1, size, 1), (kernel_size, 1), stride, (padding, 0), dilation, ceil_mode)
    assert y.shape[2] == places


@given(slides())
def test_taps_and_pixels_say_the_same(case):
    slide, _ = case
    met: list[list[int]] = [[] for _ in range(slide.places)]
    for places, pixels in slide.taps():
        for place, pixel in zip(range(slide.places)[places], range(slide.size)[pixels], strict=True):
            met[place].append(pixel)
    assert met == [slide.pixels(place) for place in range(slide.places)]
    assert all(met)         # no window lies on the padding alone


def test_pixels_with_a_pencil():
    slide = Slide(size=5, kernel_size=3, stride=2, padding=1, dilation=1, places=3)
    assert [slide.pixels(place) for place in range(3)] == [[0, 1], [1, 2, 3], [3, 4]]
    assert list(slide.taps()) == [(slice(1, 3), slice(1, 4, 2)), (slice(0, 3), slice(0, 5, 2)), (slice(0, 2), slice(1, 4, 2))]


@given(slides())
def test_counts_are_torchs(case):
    slide, ceil_mode = case
    size, kernel_size, stride, padding, dilation, _ = slide
    assume(dilation == 1)
    for count_include_pad in (False, True):
        y = F.avg_pool2d(torch.ones(1, 1, size, 1).double(), (kernel_size, 1), stride, (padding, 0), ceil_mode, count_include_pad)
        counts = slide.counts(count_include_pad)
        assert counts == [round(len(slide.pixels(place)) / y[0, 0, place, 0].item()) for place in range(slide.places)]
    assert slide.counts(False) == [len(slide.pixels(place)) for place in range(slide.places)]


@given(st.integers(1, 30), st.integers(1, 30))
def test_adaptive_spans_cover_everything_evenly(size, places):
    spans = adaptive_spans(size, places)
    assert len(spans) == places and spans[0][0] == 0 and spans[-1][1] == size
    assert all(before[1] - 1 <= after[0] <= before[1] for before, after in pairwise(spans))
    lengths = [end - start for start, end in spans]
    assert max(lengths) - min(lengths) <= 2 and min(lengths) >= 1
    assert spans == [(size - end, size - start) for start, end in reversed(spans)]


@pytest.mark.parametrize(("numbers", "message"), [
    ((0, 2, 2), "size must be at least 1, got 0"),
    ((5, 0, 2), "kernel_size must be at least 1, got 0"),
    ((5, 2, 0), "stride must be at least 1, got 0"),
    ((5, 2, 2, -1), "padding must be at least 0, got -1"),
    ((5, 2, 2, 1, 0), "dilation must be at least 1, got 0"),
    ((5, 3, 2, 2), "padding must be at most half of kernel_size=3, got 2; use 1 or less"),
    ((5, 3, 2, 0, 3), r"the window reaches over 7 pixels \(kernel_size=3, dilation=3\), the padded image has 5 \(5 \+ 0\); use a smaller"),
    ((2, 2, 1, 1, 3), "a window meets padding only: its taps lie 3 pixels apart, the image has 2; use a smaller dilation or padding=0"),
])
def test_pool_output_size_refuses(numbers, message):
    with pytest.raises(ValueError, match=message):
        pool_output_size(*numbers)
