"""Every bad argument is refused before anything is computed, in the same words by every engine."""
from re import escape

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convbook import numpy_nn, torch_nn


def arguments(**changes):
    good = {"x": np.ones((2, 4, 6, 7)), "weight": np.ones((6, 4, 3, 2)), "bias": np.ones(6),
            "stride": 1, "padding": 0, "dilation": 1, "groups": 1}
    return list({**good, **changes}.values())


BAD = [
    ({"x": [[1.0]]}, TypeError, r"x must be a \w+ of shape \(N, C, H, W\), got list"),
    ({"weight": 2.0}, TypeError, r"weight must be a \w+ of shape \(F, C // groups, KH, KW\), got float"),
    ({"bias": 1.0}, TypeError, r"bias must be a \w+ of shape \(F,\), got float"),
    ({"x": np.ones((4, 6, 7))}, ValueError, r"x must have 4 axes \(N, C, H, W\), got shape \(4, 6, 7\)"),
    ({"weight": np.ones((3, 2))}, ValueError, r"weight must have 4 axes \(F, C // groups, KH, KW\), got shape \(3, 2\)"),
    ({"bias": np.ones((6, 1))}, ValueError, r"bias must have 1 axis \(F,\), got shape \(6, 1\)"),
    ({"bias": np.ones(5)}, ValueError, r"bias has 5 values, weight has 6 filters; one value a filter is needed"),
    ({"x": np.ones((2, 4, 6, 7), np.uint8)}, TypeError,
     r"x has dtype (torch\.)?uint8, the sums need floats; convert it to float32 or float64"),
    ({"x": np.ones((2, 4, 6, 7), complex)}, TypeError,
     r"x has dtype (torch\.)?complex128, the sums need floats"),
    ({"weight": np.ones((6, 4, 3, 2), np.float32)}, TypeError,
     r"weight has dtype (torch\.)?float32, x has (torch\.)?float64; convert one of them"),
    ({"bias": np.ones(6, np.float32)}, TypeError,
     r"bias has dtype (torch\.)?float32, x has (torch\.)?float64; convert one of them"),
    ({"weight": np.ones((6, 3, 3, 2))}, ValueError, r"weight expects 3 input channels per group, x has 4 \(groups=1\)"),
    ({"groups": 2}, ValueError, r"weight expects 4 input channels per group, x has 2 \(groups=2\)"),
    ({"groups": 3}, ValueError, r"the 4 channels of x cannot be shared out evenly among groups=3"),
    ({"weight": np.ones((5, 2, 3, 2)), "groups": 2}, ValueError, r"the 5 filters of weight cannot be shared out evenly among groups=2"),
    ({"groups": 0}, ValueError, r"groups must be at least 1, got 0"),
    ({"groups": 1.0}, TypeError, r"groups must be an int, got 1\.0"),
    ({"groups": True}, TypeError, r"groups must be an int, got True"),
    ({"x": np.ones((2, 0, 6, 7))}, ValueError, r"the number of channels of x must be at least 1, got 0"),
    ({"weight": np.ones((0, 4, 3, 2)), "bias": None}, ValueError, r"the number of filters of weight must be at least 1, got 0"),
    ({"weight": np.ones((6, 4, 0, 2))}, ValueError, r"kernel_size must be at least 1, got 0"),
    ({"stride": 0}, ValueError, r"stride must be at least 1, got 0"),
    ({"stride": (1, -2)}, ValueError, r"stride must be at least 1, got -2"),
    ({"stride": 1.5}, TypeError, r"stride must be an int or a pair of ints \(height, width\), got 1\.5"),
    ({"stride": (1, 1, 1)}, TypeError, r"stride must be an int or a pair of ints \(height, width\), got \(1, 1, 1\)"),
    ({"stride": True}, TypeError, r"stride must be an int or a pair of ints \(height, width\), got True"),
    ({"dilation": (0, 1)}, ValueError, r"dilation must be at least 1, got 0"),
    ({"dilation": None}, TypeError, r"dilation must be an int or a pair of ints \(height, width\), got None"),
    ({"padding": -1}, ValueError, r"padding must be at least 0, got -1"),
    ({"padding": (0, -3)}, ValueError, r"padding must be at least 0, got -3"),
    ({"padding": ((0, 1), (0, -3))}, ValueError, r"padding must be at least 0, got -3"),
    *(({"padding": value}, TypeError, r"padding must be an int, a pair of ints \(height, width\) or two pairs "
       r"\(\(top, bottom\), \(left, right\)\), got " + escape(repr(value)))
      for value in (1.5, None, True, (1, 1, 1), ((1, 1), 0), ((1, 1), (0, 0), (0, 0)), ((1, 1), (0, 0.5)), ((1, 1), (0, 0, 0)), ())),
    ({"padding": "full"}, ValueError, r"padding must be an int, a pair of ints, two pairs, \"valid\" or \"same\", got 'full'"),
    ({"padding": "same", "stride": (1, 2)}, ValueError,
     r"padding=\"same\" needs stride 1, got stride \(1, 2\); give the padding as a number"),
    ({"dilation": (3, 1)}, ValueError,
     r"the filter reaches over 7 pixels \(kernel_size=3, dilation=3\), the padded image has 6 \(6 \+ 0\); use a smaller filter or more"),
    ({"weight": np.ones((6, 4, 3, 10)), "padding": 1}, ValueError,
     r"the filter reaches over 10 pixels \(kernel_size=10, dilation=1\), the padded image has 9 \(7 \+ 2\)"),
    ({"weight": np.ones((6, 4, 3, 10)), "padding": ((9, 9), (0, 2))}, ValueError, r"the padded image has 9 \(7 \+ 2\)"),
]


@pytest.mark.parametrize(("changes", "error", "message"), BAD, ids=[message[:40] for _, _, message in BAD])
def test_conv2d_refuses(engine, changes, error, message):
    with pytest.raises(error, match=message):
        engine.conv2d(*arguments(**changes))
    with pytest.raises(error, match=message):
        engine.conv2d_backward(np.ones((2, 6, 4, 6)), *arguments(**changes))


@pytest.mark.parametrize(("grad_y", "error", "message"), [
    (np.ones((2, 6, 6, 7)), ValueError, r"grad_y must have the shape of conv2d's output, \(2, 6, 4, 6\), got \(2, 6, 6, 7\)"),
    (np.ones((6, 4, 6)), ValueError, r"grad_y must have 4 axes \(N, F, OH, OW\), got shape \(6, 4, 6\)"),
    (np.ones((2, 6, 4, 6), np.float32), TypeError, r"grad_y has dtype (torch\.)?float32, x has (torch\.)?float64; convert one of them"),
    (None, TypeError, r"grad_y must be a \w+ of shape \(N, F, OH, OW\), got NoneType"),
], ids=["shape", "axes", "dtype", "type"])
def test_conv2d_backward_refuses(engine, grad_y, error, message):
    with pytest.raises(error, match=message):
        engine.conv2d_backward(grad_y, *arguments())


@pytest.mark.parametrize(("call", "error", "message"), [
    (("im2col", np.ones((4, 6, 7)), 3), ValueError, r"x must have 4 axes \(N, C, H, W\), got shape \(4, 6, 7\)"),
    (("im2col", np.ones((1, 1, 6, 7)), (3, 8)), ValueError, r"the filter reaches over 8 pixels"),
    (("im2col", np.ones((1, 1, 6, 7)), 0), ValueError, r"kernel_size must be at least 1, got 0"),
    (("im2col", np.ones((1, 1, 6, 7)), "3"), TypeError, r"kernel_size must be an int or a pair of ints \(height, width\), got '3'"),
    (("col2im", np.ones((1, 9)), (3, 3), 3), ValueError, r"columns must have 3 axes \(N, C \* KH \* KW, OH \* OW\), got shape \(1, 9\)"),
    (("col2im", np.ones((1, 10, 1)), (3, 3), 3), ValueError, r"columns has 10 rows, which is no multiple of the filter's 3 x 3 = 9 taps"),
    (("col2im", np.ones((1, 9, 2)), (3, 4), (3, 3), 1, 1), ValueError, r"columns has 2 windows, an image of \(3, 4\) has 3 x 4 = 12"),
    (("col2im", np.ones((1, 9, 1), np.int64), (3, 3), 3), TypeError, r"columns has dtype (torch\.)?int64, the sums need floats"),
    (("col2im", np.ones((1, 9, 1)), 3.0, 3), TypeError, r"output_size must be an int or a pair of ints"),
], ids=lambda value: value[0] if isinstance(value, tuple) else "")
def test_im2col_and_col2im_refuse(matrix_engine, call, error, message):
    function, *values = call
    with pytest.raises(error, match=message):
        getattr(matrix_engine, function)(*values)


def test_integer_images_are_refused_because_torch_lets_them_overflow():
    white, ones = torch.full((1, 1, 3, 3), 200, dtype=torch.uint8), torch.ones((1, 1, 3, 3), dtype=torch.uint8)
    assert F.conv2d(white, ones).item() == 9 * 200 % 256
    with pytest.raises(TypeError, match="the sums need floats"):
        torch_nn.conv2d(white, ones)


def test_an_engine_refuses_the_arrays_of_the_other():
    x, weight, *_ = arguments()
    with pytest.raises(TypeError, match=r"x must be a ndarray of shape .*, got Tensor"):
        numpy_nn.conv2d(torch.from_numpy(x), torch.from_numpy(weight))
    with pytest.raises(TypeError, match=r"x must be a Tensor of shape .*, got ndarray"):
        torch_nn.conv2d(x, weight)


def test_numbers_of_numpy_are_numbers(engine):
    x, weight, *_ = arguments()
    options = {"stride": np.int64(2), "padding": [1, np.int32(0)], "groups": np.int64(1)}
    np.testing.assert_array_equal(engine.conv2d(x, weight, **options), engine.conv2d(x, weight, stride=2, padding=(1, 0)))
