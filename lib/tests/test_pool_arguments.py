"""Every bad argument of pooling is refused before anything is computed, in the same words by every engine."""
from inspect import signature

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convbook import numpy_nn

X = np.ones((2, 3, 6, 7))

WINDOWS = [         # of max_pool2d and avg_pool2d alike
    ({"x": [[1.0]]}, TypeError, r"x must be a \w+ of shape \(N, C, H, W\), got list"),
    ({"x": X[0]}, ValueError, r"x must have 4 axes \(N, C, H, W\), got shape \(3, 6, 7\)"),
    ({"x": X.astype(np.int64)}, TypeError, r"x has dtype (torch\.)?int64, the sums need floats; convert it to float32 or float64"),
    ({"x": X[:, :, :0]}, ValueError, r"x must have at least one pixel a map, got shape \(2, 3, 0, 7\)"),
    ({"kernel_size": 0}, ValueError, r"kernel_size must be at least 1, got 0"),
    ({"kernel_size": (2, 2, 2)}, TypeError, r"kernel_size must be an int or a pair of ints \(height, width\), got \(2, 2, 2\)"),
    ({"kernel_size": 2.0}, TypeError, r"kernel_size must be an int or a pair of ints \(height, width\), got 2\.0"),
    ({"kernel_size": None}, TypeError, r"kernel_size must be an int or a pair of ints"),
    ({"kernel_size": (2, 8)}, ValueError,
     r"the window reaches over 8 pixels \(kernel_size=8, dilation=1\), the padded image has 7 \(7 \+ 0\); use a smaller window"),
    ({"stride": 0}, ValueError, r"stride must be at least 1, got 0"),
    ({"stride": (1, -1)}, ValueError, r"stride must be at least 1, got -1"),
    ({"stride": "2"}, TypeError, r"stride must be an int or a pair of ints"),
    ({"padding": -1}, ValueError, r"padding must be at least 0, got -1"),
    ({"padding": (0, 2)}, ValueError, r"padding must be at most half of kernel_size=2, got 2; use 1 or less"),
    ({"padding": "same"}, TypeError, r"padding must be an int or a pair of ints \(height, width\), got 'same'"),
]
MAX = [
    ({"dilation": 0}, ValueError, r"dilation must be at least 1, got 0"),
    ({"dilation": 1.5}, TypeError, r"dilation must be an int or a pair of ints"),
    ({"dilation": 6}, ValueError, r"the window reaches over 7 pixels \(kernel_size=2, dilation=6\), the padded image has 6"),
    ({"x": X[:, :, :2], "stride": 1, "padding": 1, "dilation": 3}, ValueError,
     r"a window meets padding only: its taps lie 3 pixels apart, the image has 2; use a smaller dilation or padding=0"),
]
AVG = [
    ({"divisor_override": 0}, ValueError, r"divisor_override must not be 0; None divides by the number of pixels"),
    ({"divisor_override": 1.5}, TypeError, r"divisor_override must be an int or None, got 1\.5"),
    ({"divisor_override": True}, TypeError, r"divisor_override must be an int or None, got True"),
]


@pytest.mark.parametrize(("name", "changes", "error", "message"),
                         [("max_pool2d", *bad) for bad in WINDOWS + MAX] + [("avg_pool2d", *bad) for bad in WINDOWS + AVG])
def test_windows_refuse(engine, name, changes, error, message):
    arguments = {"x": X, "kernel_size": 2, **changes}
    x = arguments.pop("x")
    with pytest.raises(error, match=message):
        getattr(engine, name)(x, **arguments)
    with pytest.raises(error, match=message):
        getattr(engine, f"{name}_backward")(np.ones((2, 3, 3, 3)), x, **arguments)


BACKWARD = {"max_pool2d": (2,), "avg_pool2d": (2,), "adaptive_avg_pool2d": (3,), "global_avg_pool2d": (), "global_max_pool2d": (),
            "max_unpool2d": (np.arange(42).reshape(1, 1, 6, 7).repeat(3, 1).repeat(2, 0), 1)}


@pytest.mark.parametrize("name", BACKWARD)
@pytest.mark.parametrize(("grad_y", "error", "message"), [
    (np.ones((2, 3, 4, 4)), ValueError, r"grad_y must have the shape of {name}'s output, \(2, 3, \d, \d\), got \(2, 3, 4, 4\)"),
    (np.ones((3, 3, 3)), ValueError, r"grad_y must have 4 axes \(N, C, OH, OW\), got shape \(3, 3, 3\)"),
    (np.ones((2, 3, 3, 3), np.float32), TypeError, r"grad_y has dtype (torch\.)?float32, x has (torch\.)?float64; convert one of them"),
    (1.0, TypeError, r"grad_y must be a \w+ of shape \(N, C, OH, OW\), got float")], ids=["shape", "axes", "dtype", "type"])
def test_backward_refuses(matrix_engine, name, grad_y, error, message):
    with pytest.raises(error, match=message.replace("{name}", name)):
        getattr(matrix_engine, f"{name}_backward")(grad_y, X, *BACKWARD[name])


def test_the_loops_check_the_gradient_as_well(engine):
    for backward in (engine.max_pool2d_backward, engine.avg_pool2d_backward):
        with pytest.raises(ValueError, match=r"grad_y must have the shape of \w+'s output, \(2, 3, 3, 3\), got \(2, 3, 1, 3\)"):
            backward(np.ones((2, 3, 1, 3)), X, 2)


@pytest.mark.parametrize(("output_size", "error", "message"), [
    (0, ValueError, "output_size must be at least 1, got 0"),
    ((2, -1), ValueError, "output_size must be at least 1, got -1"),
    (2.0, TypeError, r"output_size must be an int or a pair of ints \(height, width\), got \(2\.0, 2\.0\)"),
    ((1, 2, 3), TypeError, r"output_size must be an int or a pair of ints \(height, width\), got \(1, 2, 3\)")], ids=str)
def test_adaptive_refuses(matrix_engine, output_size, error, message):
    with pytest.raises(error, match=message):
        matrix_engine.adaptive_avg_pool2d(X, output_size)
    with pytest.raises(error, match=message):
        matrix_engine.adaptive_avg_pool2d_backward(X, X, output_size)


@pytest.mark.parametrize("name", ["adaptive_avg_pool2d", "global_avg_pool2d", "global_max_pool2d"])
def test_maps_of_floats_are_needed(matrix_engine, name):
    options = (2,) if name.startswith("adaptive") else ()
    for x, error, message in (WINDOWS[0], WINDOWS[1], WINDOWS[2], WINDOWS[3]):
        with pytest.raises(error, match=message):
            getattr(matrix_engine, name)(x["x"], *options)
        with pytest.raises(error, match=message):
            getattr(matrix_engine, f"{name}_backward")(X, x["x"], *options)


INDICES = np.zeros((2, 3, 6, 7), np.int64)


@pytest.mark.parametrize(("changes", "error", "message"), [
    ({"x": 1}, TypeError, r"x must be a \w+ of shape \(N, C, H, W\), got int"),
    ({"x": X.astype(np.int64)}, TypeError, r"x has dtype (torch\.)?int64, the sums need floats"),
    ({"indices": None}, TypeError, r"indices must be a \w+ of shape \(N, C, H, W\), got NoneType"),
    ({"indices": INDICES[:1]}, ValueError, r"indices must have the shape of x, \(2, 3, 6, 7\), got \(1, 3, 6, 7\)"),
    ({"indices": INDICES.astype(np.int32)}, TypeError, r"indices has dtype (torch\.)?int32, it must be int64, as max_pool2d returns it"),
    ({"indices": INDICES - 1}, ValueError, r"indices must lie within the 12 x 14 = 168 pixels of the image, got -1 to -1; give"),
    ({"indices": INDICES + 168}, ValueError, r"indices must lie within the 12 x 14 = 168 pixels of the image, got 168 to 168"),
    ({"kernel_size": 0}, ValueError, "kernel_size must be at least 1, got 0"),
    ({"stride": (1, 0)}, ValueError, "stride must be at least 1, got 0"),
    ({"padding": -1}, ValueError, "padding must be at least 0, got -1"),
    ({"output_size": (14, 14)}, ValueError, "output_size must lie between 10 and 14, both excluded, got 14; give the size of the image"),
    ({"output_size": (12, 12)}, ValueError, "output_size must lie between 12 and 16, both excluded, got 12"),
    ({"output_size": (12, 14, 1)}, TypeError, r"output_size must be an int or a pair of ints \(height, width\), got \(12, 14, 1\)"),
    ({"x": X[:, :, :1, :1], "indices": INDICES[:, :, :1, :1], "padding": 1}, ValueError, "output_size must be at least 1, got 0"),
], ids=lambda value: value[:40] if isinstance(value, str) else "")
def test_unpooling_refuses(matrix_engine, changes, error, message):
    arguments = {"x": X, "indices": INDICES, "kernel_size": 2, **changes}
    with pytest.raises(error, match=message):
        matrix_engine.max_unpool2d(**arguments)
    with pytest.raises(error, match=message):
        matrix_engine.max_unpool2d_backward(X, **arguments)


@pytest.mark.parametrize("name", ["max_pool2d", "adaptive_avg_pool2d", "max_unpool2d"])
def test_torchs_arguments(name):
    """Their names, order and defaults."""
    torchs = {"max_pool2d": F.max_pool2d_with_indices}.get(name, getattr(F, name))
    ours, torchs = (list(signature(function).parameters.values()) for function in (getattr(numpy_nn, name), torchs))
    assert [(p.name, p.default) for p in ours[1:]] == [(p.name, p.default) for p in torchs[1:]]


def test_avg_pool2d_takes_torchs_arguments():
    expected = "kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None)"
    assert str(signature(numpy_nn.avg_pool2d)) == f"(x, {expected}" and f"avg_pool2d(input, {expected}" in F.avg_pool2d.__doc__


def test_a_window_that_meets_nothing_gets_an_index_outside_the_image_from_torch():
    """Why we refuse it."""
    _, indices = F.max_pool2d(torch.ones(1, 1, 2, 9), 2, 1, 1, 3, return_indices=True)
    assert indices.max() >= 2 * 9
