"""What every normalisation must do, on every engine, with torch.nn.functional as the judge (the paper's formula for the global one)."""
import inspect

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convbook.gradcheck import numerical_gradient, relative_error
from convbook.numpy_nn import _channels, norm

MEAN, VAR = np.array([0.5, -1.0, 2.0]), np.array([0.3, 1.5, 4.0])
BATCH = {"running_mean": None, "running_var": None, "training": True}
CASES = [                                           # function, shape of x, shape of weight and bias, options
    ("batch_norm", (4, 3, 5, 4), (3,), BATCH),
    ("batch_norm", (5, 3), (3,), {**BATCH, "eps": 0.1}),
    ("batch_norm", (3, 3, 2, 3), (3,), BATCH),
    ("batch_norm", (1, 3, 3, 4), (3,), BATCH),
    ("batch_norm", (2, 3, 4, 5), (3,), {"running_mean": MEAN, "running_var": VAR, "eps": 0.2}),
    ("batch_norm", (2, 3), (3,), {"running_mean": MEAN, "running_var": VAR, "training": False}),
    ("layer_norm", (3, 4, 5), (4, 5), {"normalized_shape": (4, 5)}),
    ("layer_norm", (2, 3, 4, 6), (6,), {"normalized_shape": (6,), "eps": 0.3}),
    ("layer_norm", (4,), (4,), {"normalized_shape": (4,)}),
    ("group_norm", (2, 6, 4, 3), (6,), {"num_groups": 3}),
    ("group_norm", (2, 6, 4, 3), (6,), {"num_groups": 6, "eps": 0.3}),
    ("group_norm", (2, 6, 5), (6,), {"num_groups": 1}),
    ("group_norm", (3, 6), (6,), {"num_groups": 2}),
    ("local_response_norm", (2, 7, 3, 4), None, {"size": 5, "alpha": 0.7, "beta": 0.75, "k": 2.0}),
    ("local_response_norm", (2, 7, 2), None, {"size": 4, "alpha": 0.9, "beta": 1.3, "k": 1.5}),
    ("local_response_norm", (2, 3, 5), None, {"size": 9, "alpha": 2.0}),
    ("local_response_norm", (2, 3, 5), None, {"size": 1, "alpha": 1.0}),
    ("global_response_norm", (2, 5, 2, 3), (5,), {"eps": 0.1}),
]
every_case = pytest.mark.parametrize("case", CASES, ids=[f"{name}{shape}" for name, shape, *_ in CASES])
one_case_each = pytest.mark.parametrize("case", [CASES[i] for i in (0, 4, 6, 9, 13, 17)], ids=lambda case: case[0])


def inputs(case, seed=0, dtype=np.float64):
    """{"x": ..., "weight": ..., "bias": ...}, and the options."""
    _, shape, parameters, options = case
    rng = np.random.default_rng(seed)
    tensors = {"x": 2 * rng.standard_normal(shape) + 1}
    if parameters:
        tensors |= {"weight": rng.standard_normal(parameters), "bias": rng.standard_normal(parameters)}
    options = {name: value.astype(dtype) if isinstance(value, np.ndarray) else value for name, value in options.items()}
    return {name: value.astype(dtype) for name, value in tensors.items()}, options


def global_response_norm(x, weight, bias, eps):
    """Woo et al. 2023, algorithm 1, with channels in front."""
    energy = torch.norm(x, p=2, dim=(2, 3), keepdim=True)
    return weight[:, None, None] * (x * energy / (energy.mean(1, keepdim=True) + eps)) + bias[:, None, None] + x


def judge(name, tensors, options):
    """Output, a random gradient for it, and what autograd makes of it."""
    leaves = {key: torch.tensor(value, requires_grad=True) for key, value in tensors.items()}
    options = {key: torch.tensor(value) if isinstance(value, np.ndarray) else value for key, value in options.items()}
    x, *parameters = leaves.values()
    function = global_response_norm if name == "global_response_norm" else getattr(F, name)
    y = function(x, **dict(zip(list(leaves)[1:], parameters, strict=True)), **options)
    grad_y = torch.from_numpy(np.random.default_rng(1).standard_normal(tuple(y.shape))).to(y.dtype)
    return y.detach().numpy(), grad_y.numpy(), [g.numpy() for g in torch.autograd.grad(y, list(leaves.values()), grad_y)]


def backward(engine, name, grad_y, tensors, options):
    """The gradients of the tensors that were given, in a list."""
    got = getattr(engine, f"{name}_backward")(grad_y, **tensors, **options)
    return list(got) if isinstance(got, tuple) else [got]


@every_case
def test_agrees_with_torch(matrix_engine, assert_close, case):
    name, (tensors, options) = case[0], inputs(case)
    y, grad_y, gradients = judge(name, tensors, options)
    assert_close(getattr(matrix_engine, name)(**tensors, **options), y, 1e-12)
    for got, expected in zip(backward(matrix_engine, name, grad_y, tensors, options), gradients, strict=True):
        assert_close(got, expected, 1e-10)


@every_case
def test_the_primitive_says_the_same(matrix_engine, case):
    name, (tensors, options) = case[0], inputs(case)
    native = inspect.getmodule(getattr(matrix_engine.native, name))
    grad_y = judge(name, tensors, options)[1]
    arrays = {key: matrix_engine.array(value) for key, value in (tensors | options).items()}
    got, vjp = getattr(native, f"_{name}")(**arrays)
    np.testing.assert_array_equal(matrix_engine.numpy(got), getattr(matrix_engine, name)(**tensors, **options))
    gradients = vjp(matrix_engine.array(grad_y))
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    for got, expected in zip(gradients, backward(matrix_engine, name, grad_y, tensors, options), strict=True):
        np.testing.assert_array_equal(matrix_engine.numpy(got), expected)


@pytest.mark.parametrize("case", [case for case in CASES if case[2] and case[0] != "global_response_norm"],
                         ids=[f"{name}{shape}" for name, shape, parameters, _ in CASES if parameters and name != "global_response_norm"])
@pytest.mark.parametrize("absent", [("weight",), ("bias",), ("weight", "bias")], ids=str)
def test_without_weight_or_bias(matrix_engine, assert_close, case, absent):
    name, (tensors, options) = case[0], inputs(case)
    ones = {"weight": np.ones(case[2])} if "weight" in absent else {}      # torch's own way back fails for a bias alone
    tensors = {key: value for key, value in tensors.items() if key not in absent}
    y, grad_y, gradients = judge(name, tensors, options | ones)
    assert_close(getattr(matrix_engine, name)(**tensors, **options), y, 1e-12)
    got = dict(zip(("x", "weight", "bias"), backward(matrix_engine, name, grad_y, tensors, options), strict=True))
    assert [key for key, value in got.items() if value is None] == list(absent)
    for key, expected in zip(tensors, gradients, strict=True):
        assert_close(got[key], expected, 1e-10)


@every_case
def test_gradients_agree_with_finite_differences(matrix_engine, case):
    name, (tensors, options) = case[0], inputs(case)
    grad_y = np.random.default_rng(2).standard_normal(tensors["x"].shape)

    def loss(_):                                    # numerical_gradient nudges the arrays themselves
        return (getattr(matrix_engine, name)(**tensors, **options) * grad_y).sum()

    for array, gradient in zip(tensors.values(), backward(matrix_engine, name, grad_y, tensors, options), strict=True):
        assert relative_error(gradient, numerical_gradient(loss, array)) <= 1e-7


@every_case
def test_torch_gradcheck_agrees(torch_engine, case):
    name, (tensors, options) = case[0], inputs(case)
    native = inspect.getmodule(getattr(torch_engine.native, name))
    options = {key: torch_engine.array(value) for key, value in options.items()}

    class Recorded(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *leaves):
            y, ctx.vjp = getattr(native, f"_{name}")(**dict(zip(tensors, leaves, strict=True)), **options)
            return y

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad_y):
            return ctx.vjp(grad_y)

    assert torch.autograd.gradcheck(Recorded.apply, [torch_engine.array(value).requires_grad_() for value in tensors.values()])


@every_case
@pytest.mark.parametrize("dtype", [np.float16, np.float32], ids=lambda dtype: dtype.__name__)
def test_dtype_is_kept(matrix_engine, case, dtype):
    name, (tensors, options) = case[0], inputs(case, dtype=dtype)
    exact, exact_options = inputs(case)
    exact_y, grad_y, exact_gradients = judge(name, exact, exact_options)
    results = [getattr(matrix_engine, name)(**tensors, **options), *backward(matrix_engine, name, grad_y.astype(dtype), tensors, options)]
    assert {result.dtype for result in results} == {np.dtype(dtype)}
    for got, expected in zip(results, [exact_y, *exact_gradients], strict=True):
        error = np.abs(got - expected).max() / np.abs(expected).max()
        assert error <= (1e-2 if dtype is np.float16 else 2e-6)     # of the largest value; the inputs themselves are rounded too


@pytest.mark.parametrize("case", [("layer_norm", (5, 300), (300,), {"normalized_shape": (300,)}),
                                  ("group_norm", (3, 6, 8, 9), (6,), {"num_groups": 2})], ids=["layer_norm", "group_norm"])
@pytest.mark.parametrize("mean", [0, 1000, -1e5])
def test_float32_keeps_its_digits_however_large_the_mean(matrix_engine, case, mean):
    name, (tensors, options) = case[0], inputs(case, dtype=np.float32)
    tensors["x"] += np.float32(mean)
    wide = {key: value.astype(np.float64) for key, value in tensors.items()}
    y, grad_y, gradients = judge(name, wide, options)
    grad_y = grad_y.astype(np.float32)
    results = getattr(matrix_engine, name)(**tensors, **options), *backward(matrix_engine, name, grad_y, tensors, options)
    for got, exact in zip(results, [y, *gradients], strict=True):
        assert np.abs(got - exact).max() <= 2e-6 * np.abs(exact).max()


@every_case
def test_squares_of_large_float16_do_not_overflow(matrix_engine, case):
    name, (tensors, options) = case[0], inputs(case, dtype=np.float16)
    tensors["x"] *= np.float16(500)                 # squares up to 10^7, float16 ends at 65504
    y, grad_y, gradients = judge(name, {key: value.astype(np.float64) for key, value in tensors.items()}, inputs(case)[1])
    grad_y = grad_y.astype(np.float16)
    results = getattr(matrix_engine, name)(**tensors, **options), *backward(matrix_engine, name, grad_y, tensors, options)
    for got, exact in zip(results, [y, *gradients], strict=True):
        assert np.abs(got - exact).max() <= 1e-2 * max(np.abs(exact).max(), 1e-3)


def test_a_channel_of_zeros_has_no_energy_to_pass_on(matrix_engine, assert_close):
    case = CASES[-1]
    tensors, options = inputs(case)
    tensors["x"][0, 1] = 0
    y, grad_y, gradients = judge(case[0], tensors, options)
    assert_close(matrix_engine.global_response_norm(**tensors, **options), y, 1e-12)
    for got, expected in zip(backward(matrix_engine, case[0], grad_y, tensors, options), gradients, strict=True):
        assert_close(got, expected, 1e-10)


@one_case_each
def test_bfloat16_is_kept_and_statistics_are_not_rounded_to_it(torch_engine, case):
    name, (tensors, options) = case[0], inputs(case)
    tensors, options = ({key: torch_engine.array(value).bfloat16() if isinstance(value, np.ndarray) else value
                         for key, value in values.items()} for values in (tensors, options))
    y = getattr(torch_engine.native, name)(**tensors, **options)
    widened = getattr(torch_engine.native, name)(**{key: value.float() for key, value in tensors.items()},
                                                 **{key: value.float() if isinstance(value, torch.Tensor) else value
                                                    for key, value in options.items()})
    assert torch.equal(y, widened.bfloat16())
    assert {g.dtype for g in [y, *backward(torch_engine.native, name, y, tensors, options)]} == {torch.bfloat16}


@every_case
def test_inputs_are_not_modified_and_results_are_new(matrix_engine, case):
    name, (tensors, options) = case[0], inputs(case)
    grad_y = np.random.default_rng(3).standard_normal(tensors["x"].shape)
    given = [grad_y, *tensors.values(), *(value for value in options.values() if isinstance(value, np.ndarray))]
    before = [array.copy() for array in given]
    for result in (getattr(matrix_engine, name)(**tensors, **options), *backward(matrix_engine, name, grad_y, tensors, options)):
        result[...] = np.nan
    for array, copy in zip(given, before, strict=True):
        np.testing.assert_array_equal(array, copy)


@every_case
def test_strided_inputs(matrix_engine, assert_close, case):
    name, (tensors, options) = case[0], inputs(case)
    y, grad_y, gradients = judge(name, tensors, options)
    strided = {key: np.repeat(value, 2, axis=-1)[..., ::2] for key, value in tensors.items()}
    if tensors["x"].ndim > 1:
        strided["x"] = np.asfortranarray(tensors["x"])
    grad_y = np.repeat(grad_y, 2, axis=-1)[..., ::2]
    assert_close(getattr(matrix_engine, name)(**strided, **options), y, 1e-12)
    for got, expected in zip(backward(matrix_engine, name, grad_y, strided, options), gradients, strict=True):
        assert_close(got, expected, 1e-10)


@pytest.mark.parametrize("case", [case for case in CASES if case[3] is not BATCH and not case[3].get("training") and len(case[1]) > 1],
                         ids=lambda case: f"{case[0]}{case[1]}")
@pytest.mark.parametrize("batch", [0, 1])
def test_batch_of_none_and_of_one(matrix_engine, assert_close, case, batch):
    name, (tensors, options) = case[0], inputs(case)
    whole = getattr(matrix_engine, name)(**tensors, **options)
    tensors["x"] = tensors["x"][:batch]
    assert_close(getattr(matrix_engine, name)(**tensors, **options), whole[:batch], 1e-12)
    got = backward(matrix_engine, name, np.ones_like(tensors["x"]), tensors, options)
    assert [gradient.shape for gradient in got] == [value.shape for value in tensors.values()]
    assert batch or not any(gradient.any() for gradient in got)


@every_case
def test_small_blocks_change_nothing(monkeypatch, assert_close, case):
    from convbook import numpy_nn
    name, (tensors, options) = case[0], inputs(case)
    y, grad_y, gradients = judge(name, tensors, options)
    monkeypatch.setattr(_channels, "BLOCK_BYTES", 300)
    monkeypatch.setattr(norm, "BLOCK_BYTES", 300)
    assert_close(getattr(numpy_nn, name)(**tensors, **options), y, 1e-12)
    for got, expected in zip(backward(numpy_nn, name, grad_y, tensors, options), gradients, strict=True):
        assert_close(got, expected, 1e-10)
