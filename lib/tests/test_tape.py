"""The tape: values and gradients of Tensors against torch's, and the ways in which a tape is silently wrong."""
import operator

import numpy as np
import pytest
import torch

from convbook.gradcheck import numerical_gradient, relative_error
from convbook.numpy_nn import functional
from convbook.numpy_nn.tape import Parameter, Tensor, apply, cat, no_grad

RNG = np.random.default_rng(0)
A, B, ROW, COLUMN = (RNG.standard_normal(shape) + 3 for shape in ((3, 4), (3, 4), (4,), (3, 1)))

EXPRESSIONS = {
    "a + b": lambda a, b: a + b, "a - b": lambda a, b: a - b, "a * b": lambda a, b: a * b, "a / b": lambda a, b: a / b,
    "2 + a": lambda a, b: 2 + a, "2 - a": lambda a, b: 2 - a, "3 * a": lambda a, b: 3 * a, "1 / b": lambda a, b: 1 / b,
    "a / 4": lambda a, b: a / 4, "-a": lambda a, b: -a, "a ** 3": lambda a, b: a ** 3,
    "a @ b.T": lambda a, b: a @ b.transpose(0, 1), "exp": lambda a, b: (a / 4).exp(), "log": lambda a, b: b.log(),
    "sqrt": lambda a, b: b.sqrt(),
    "sum": lambda a, b: a.sum(), "sum of rows": lambda a, b: a.sum(1), "mean": lambda a, b: a.mean() * b,
    "mean of columns": lambda a, b: a.mean(0, keepdim=True) * b, "mean of both": lambda a, b: a.mean((0, 1)) + b,
    "reshape": lambda a, b: a.reshape(2, 6) * b.view(2, 6), "flatten": lambda a, b: a.reshape(3, 2, 2).flatten(1) * b,
    "permute": lambda a, b: a.reshape(3, 2, 2).permute(2, 0, 1) + b.reshape(3, 2, 2).permute((2, 0, 1)),
    "a slice": lambda a, b: a[1:, ::2] * b[0, 1], "rows named twice": lambda a, b: a[[0, 2, 0]] * b[[1, 1, 2]],
    "a used three times": lambda a, b: a * a + a * b,
}


def both(function, *arrays):
    """Value and gradients of sum(w * function(...)) with fixed weights w, by the tape and by torch."""
    tensors, leaves = [Tensor(a, requires_grad=True) for a in arrays], [torch.tensor(a, requires_grad=True) for a in arrays]
    ours, torchs = function(*tensors), function(*leaves)
    weights = np.random.default_rng(1).standard_normal(ours.shape)
    ours.backward(weights)
    torchs.backward(torch.tensor(weights))
    return (ours.data, *[t.grad for t in tensors]), (torchs.detach().numpy(), *[None if t.grad is None else t.grad.numpy() for t in leaves])


@pytest.mark.parametrize("other", [B, ROW, COLUMN, np.array(2.5)], ids=["same shape", "row", "column", "number"])
@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv], ids=lambda f: f.__name__)
def test_broadcasting_sums_the_gradient_where_values_were_repeated(operation, other, assert_close):
    for arrays in ((A, other), (other, A)):
        for got, expected in zip(*both(operation, *arrays), strict=True):
            assert_close(got, expected, 1e-12)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions_agree_with_torch(expression, assert_close):
    for got, expected in zip(*both(EXPRESSIONS[expression], A, B), strict=True):
        if expected is None:
            assert got is None
        else:
            assert_close(got, expected, 1e-12)


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_cat_cuts_the_gradient_where_it_joined(dim, assert_close):
    def joined(*tensors):
        return (cat if isinstance(tensors[0], Tensor) else torch.cat)([tensors[0], tensors[1] * 2, tensors[0]], dim=dim)
    for got, expected in zip(*both(joined, A, B), strict=True):
        assert_close(got, expected, 1e-12)


def test_with_a_pencil():
    x, w = Tensor(np.array([1.0, 2.0]), requires_grad=True), Parameter(np.array([3.0, -1.0]))
    loss = (x * w).sum() ** 2
    assert loss.item() == 1.0
    loss.backward()
    np.testing.assert_array_equal(x.grad, [6.0, -2.0])          # 2 (x w) w
    np.testing.assert_array_equal(w.grad, [2.0, 4.0])           # 2 (x w) x


def test_gradients_agree_with_finite_differences():
    x = RNG.standard_normal((2, 3))
    leaf = Tensor(x, requires_grad=True)

    def loss(value):
        return ((value * value + 1).log() * (value * 0.3).exp()).sum()
    loss(leaf).backward()
    assert relative_error(leaf.grad, numerical_gradient(lambda value: loss(Tensor(value)).item(), x)) <= 1e-7


def test_gradients_of_two_backwards_add_up_until_cleared():
    w = Parameter(np.array(2.0))
    (w * 3).backward()
    (w * 3).backward()
    assert w.grad == 6
    w.grad = None
    (w * 3).backward()
    assert w.grad == 3


def test_gradients_of_two_leaves_share_no_memory():
    a, b = Parameter(np.ones(3)), Parameter(np.ones(3))
    (a + b).sum().backward()
    a.grad += 5
    np.testing.assert_array_equal(b.grad, np.ones(3))


def test_a_long_chain_needs_no_recursion():
    x = Parameter(np.array(1.0))
    y = x
    for _ in range(20_000):
        y = y + 1e-4
    y.backward()
    assert x.grad == 1


def test_a_diamond_is_walked_once():
    calls = []

    def twice(x):
        return 2 * x, lambda grad_y: (calls.append(1), 2 * grad_y)[1]
    x = Parameter(np.array(1.0))
    y = apply(twice, x)
    z = y * y + y
    z.backward()
    assert x.grad == 2 * (2 * 2 + 1)
    assert len(calls) == 1


def test_nothing_is_recorded_where_nothing_is_wanted():
    x, w = Tensor(np.ones(2)), Parameter(np.ones(2))
    assert not (x * 2).requires_grad
    with no_grad():
        assert not (w * 2).requires_grad
    assert (w * 2).requires_grad
    with pytest.raises(ZeroDivisionError), no_grad():
        raise ZeroDivisionError
    assert (w * 2).requires_grad
    assert not (w * 2).detach().requires_grad


def test_inputs_that_want_no_gradient_get_none():
    x, w = Tensor(np.ones(2)), Parameter(np.ones(2))
    (x * w).sum().backward()
    assert x.grad is None
    np.testing.assert_array_equal(w.grad, [1, 1])


def test_dtypes():
    assert Tensor(1.5).dtype == Tensor([1.5, 2]).dtype == np.float32
    assert Tensor([1, 2]).dtype == np.int64
    x = Tensor(np.ones(2, np.float32), requires_grad=True)
    for y in (x * 2.5, x + 1, 1 - x, x / 3, x ** 2, x.mean(), np.float32(2) * x, np.ones(2, np.float32) * x):
        assert y.dtype == np.float32
        x.grad = None
        y.sum().backward()
        assert x.grad.dtype == np.float32
    assert isinstance(np.ones(2) * x, Tensor)


def test_backward_says_what_is_missing():
    w = Parameter(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"backward starts at one number, this value has shape \(2, 3\)"):
        (w * 2).backward()
    with pytest.raises(ValueError, match=r"the gradient has shape \(3,\), the value \(2, 3\)"):
        (w * 2).backward(np.ones(3))
    with pytest.raises(RuntimeError, match="no input of this value requires a gradient"):
        Tensor(np.ones(())).backward()
    with pytest.raises(ValueError, match=r"the way back of @ needs matrices, got shapes \(2, 3\) and \(3,\)"):
        (w @ Tensor(np.ones(3))).sum().backward()


def test_printed():
    assert repr(Parameter(np.array([1.0, 2.0]))) == "Tensor([1., 2.], requires_grad=True)"
    assert len(Tensor(np.ones((2, 3)))) == 2
    assert float(Tensor(2.0)) == 2
    assert Tensor(np.ones((2, 3))).size() == (2, 3)
    assert Tensor(np.ones((2, 3))).size(1) == 3


def test_single_numbers_stay_arrays_on_the_way_back():
    x = Tensor(np.array(1.5), requires_grad=True)
    (functional.relu(x * 2.0) ** 2).backward()
    assert isinstance(x.grad, np.ndarray) and x.grad.shape == () and x.grad == 12.0
