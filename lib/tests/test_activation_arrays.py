"""What every function of single values does with arrays: dtypes, layouts, sizes, bad arguments."""
import sys

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from convbook import numpy_nn, torch_nn

NAMES = ["relu", "relu6", "leaky_relu", "elu", "sigmoid", "tanh", "scaled_tanh", "silu", "gelu", "hardsigmoid", "hardswish"]
every_name = pytest.mark.parametrize("name", NAMES)


def call(engine, name, x, grad_y):
    return getattr(engine, name)(x), getattr(engine, f"{name}_backward")(grad_y, x)


def example(shape=(2, 3, 4, 5)):
    x, grad_y = np.random.default_rng(0).standard_normal((2, *shape))
    return 3 * x, grad_y


@every_name
@pytest.mark.parametrize(("dtype", "digits"), [(np.float16, 3e-3), (np.float32, 5e-7), (np.float64, 0)])
def test_dtype_is_kept_and_its_digits_are_right(matrix_engine, assert_close, name, dtype, digits):
    x, grad_y = (a.astype(dtype) for a in example((1000,)))
    right = call(matrix_engine, name, x.astype(np.float64), grad_y.astype(np.float64))
    for got, expected in zip(call(matrix_engine, name, x, grad_y), right, strict=True):
        assert got.dtype == dtype
        assert_close(got.astype(np.float64), expected, digits)


@every_name
def test_bfloat16_is_kept(torch_engine, assert_close, name):
    x, grad_y = (torch_engine.array(a).bfloat16() for a in example((1000,)))
    right = call(torch_engine.native, name, x.double(), grad_y.double())
    for got, expected in zip(call(torch_engine.native, name, x, grad_y), right, strict=True):
        assert got.dtype == torch.bfloat16
        assert_close(got.double().cpu(), expected.cpu(), 2e-2)


@pytest.mark.parametrize(("name", "options"), [("leaky_relu", {"negative_slope": np.float64(0.1)}), ("elu", {"alpha": np.float64(2)})])
def test_numbers_of_numpy_do_not_widen_the_result(matrix_engine, name, options):
    x = np.ones(3, np.float32)
    assert getattr(matrix_engine, name)(x, **options).dtype == np.float32
    assert getattr(matrix_engine, f"{name}_backward")(x, x, **options).dtype == np.float32


@every_name
@pytest.mark.parametrize("shape", [(), (0,), (1,), (0, 3, 2, 2), (1, 3, 2, 2)], ids=str)
def test_small_and_empty_arrays(matrix_engine, name, shape):
    x, grad_y = np.full(shape, 0.5), np.full(shape, 2.0)
    for got, one in zip(call(matrix_engine, name, x, grad_y), call(matrix_engine, name, np.array([0.5]), np.array([2.0])), strict=True):
        assert isinstance(got, np.ndarray)
        np.testing.assert_array_equal(got, np.full(shape, one[0]))


@every_name
def test_inputs_are_not_modified_and_results_are_new(matrix_engine, name):
    x, grad_y = np.abs(example())
    before = x.copy(), grad_y.copy()
    for result in call(matrix_engine, name, x, grad_y):
        result[...] = np.nan
    np.testing.assert_array_equal((x, grad_y), before)


@every_name
def test_strided_inputs(matrix_engine, name):
    x, grad_y = (a.transpose(0, 3, 1, 2) for a in example())
    views, copies = call(matrix_engine, name, x, grad_y), call(matrix_engine, name, x.copy(), grad_y.copy())
    assert not x.flags.c_contiguous
    for got, expected in zip(views, copies, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-15)


@every_name
def test_the_primitive_is_both(matrix_engine, name):
    x, grad_y = example()
    module = sys.modules[getattr(matrix_engine.native, name).__module__]
    y, vjp = getattr(module, f"_{name}")(matrix_engine.array(x))
    results = matrix_engine.numpy(y), matrix_engine.numpy(vjp(matrix_engine.array(grad_y)))
    for got, expected in zip(results, call(matrix_engine, name, x, grad_y), strict=True):
        np.testing.assert_array_equal(got, expected)


@every_name
@pytest.mark.parametrize(("x", "grad_y", "error", "message"), [
    ([1.0], None, TypeError, r"x must be a \w+, got list"),
    (np.float64(1), None, TypeError, r"x must be a \w+, got float64"),
    (np.ones(3, int), None, TypeError, r"x has dtype (torch\.)?int64, the sums need floats; convert it to float32 or float64"),
    (np.ones(3, complex), None, TypeError, r"x has dtype (torch\.)?complex128, the sums need floats"),
    (np.ones(3), 1.0, TypeError, r"grad_y must be a \w+, got float"),
    (np.ones(3), np.ones(3, np.float32), TypeError, r"grad_y has dtype (torch\.)?float32, x has (torch\.)?float64; convert one of them"),
    (np.ones(3), np.ones((3, 1)), ValueError, r"grad_y must have the shape of the output, \(3,\), got \(3, 1\)"),
], ids=lambda value: value[:24] if isinstance(value, str) else "")
def test_refuses(matrix_engine, name, x, grad_y, error, message):
    if grad_y is None:
        with pytest.raises(error, match=message):
            getattr(matrix_engine, name)(x)
    with pytest.raises(error, match=message):
        getattr(matrix_engine, f"{name}_backward")(x if grad_y is None else grad_y, x)


@pytest.mark.parametrize(("name", "options", "error", "message"), [
    ("leaky_relu", {"negative_slope": np.ones(1)}, TypeError, r"negative_slope must be a number"),
    ("leaky_relu", {"negative_slope": "0.1"}, TypeError, r"negative_slope must be a number, got '0.1'"),
    ("elu", {"alpha": None}, TypeError, r"alpha must be a number, got None"),
    ("gelu", {"approximate": "erf"}, ValueError, r'approximate must be "none" \(exact\) or "tanh", got \'erf\'')], ids=str)
def test_options_are_refused(matrix_engine, name, options, error, message):
    with pytest.raises(error, match=message):
        getattr(matrix_engine, name)(np.ones(2), **options)
    with pytest.raises(error, match=message):
        getattr(matrix_engine, f"{name}_backward")(np.ones(2), np.ones(2), **options)


def test_an_engine_refuses_the_arrays_of_the_other():
    with pytest.raises(TypeError, match="x must be a ndarray, got Tensor"):
        numpy_nn.relu(torch.ones(2))
    with pytest.raises(TypeError, match="x must be a Tensor, got ndarray"):
        torch_nn.relu(np.ones(2))


class Recorder(TorchDispatchMode):
    """Writes down what torch is asked to compute."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.seen.append(str(function))
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("name", [*NAMES, "softmax", "log_softmax"])
def test_torch_engine_is_written_out(torch_engine, name):
    x, options = torch_engine.array(np.ones(3)), (0,) if "softmax" in name else ()
    with Recorder() as recorder:
        getattr(torch_engine.native, name)(x, *options)
        getattr(torch_engine.native, f"{name}_backward")(x, x, *options)
    assert recorder.seen
    ready_made = "elu", "sigmoid", "silu", "swish", "hardtanh", "threshold", "tanh_backward", "softmax"
    assert not [operation for operation in recorder.seen if any(word in operation for word in ready_made)]
