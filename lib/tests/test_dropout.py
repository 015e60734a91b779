"""Dropout of values, channels and images on every engine: what the masks are, what they do, and where their draws come from."""
import inspect

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convbook import numpy_nn
from convbook.gradcheck import numerical_gradient, relative_error
from convbook.numpy_nn import random

KINDS = {"dropout": ("dropout_mask", lambda shape: shape), "dropout2d": ("dropout2d_mask", lambda shape: (*shape[:2], 1, 1)),
         "drop_path": ("drop_path_mask", lambda shape: (shape[0], 1, 1, 1))}
every_kind = pytest.mark.parametrize("kind", KINDS)
SHAPE = (50, 40, 3, 4)


def generator(engine, seed):
    return np.random.default_rng(seed) if engine.device is None else torch.Generator(engine.device).manual_seed(seed)


def mask_of(engine, kind, x, p, seed=0):
    return getattr(engine, KINDS[kind][0])(x, p, generator(engine, seed))


@every_kind
@pytest.mark.parametrize("p", [0.2, 0.5, 0.9])
def test_masks_drop_with_probability_p_and_keep_the_expected_value(matrix_engine, kind, p):
    x = np.ones((2000, 5, 2, 2))
    mask = mask_of(matrix_engine, kind, x, p)
    assert mask.shape == KINDS[kind][1](x.shape)
    np.testing.assert_allclose(np.unique(mask), [0, 1 / (1 - p)], rtol=1e-15)
    deviation = np.sqrt(p * (1 - p) / mask.size)
    assert abs((mask == 0).mean() - p) <= 4 * deviation
    assert abs(mask.mean() - 1) <= 4 * deviation / (1 - p)


@every_kind
def test_dropout_multiplies_by_its_mask(matrix_engine, kind):
    x = np.random.default_rng(1).standard_normal(SHAPE)
    y = getattr(matrix_engine, kind)(x, 0.2, generator=generator(matrix_engine, 3))
    np.testing.assert_array_equal(y, x * mask_of(matrix_engine, kind, x, 0.2, seed=3))
    assert (y == 0).any() and (y != 0).any()


def test_channels_and_images_fall_as_a_whole(matrix_engine):
    x = np.ones(SHAPE)
    channels = matrix_engine.dropout2d(x, 0.5, generator=generator(matrix_engine, 0)).reshape(50, 40, -1)
    assert (channels == channels[:, :, :1]).all() and 0 < channels[0].mean() < 2
    images = matrix_engine.drop_path(x, 0.5, generator=generator(matrix_engine, 0)).reshape(50, -1)
    assert (images == images[:, :1]).all() and 0 < images.mean() < 2
    values = matrix_engine.dropout(x, 0.5, generator=generator(matrix_engine, 0)).reshape(50, 40, -1)
    assert not (values == values[:, :, :1]).all()


@every_kind
@pytest.mark.parametrize(("p", "factor"), [(0, 1), (0.0, 1), (1, 0), (1.0, 0)])
def test_dropping_nothing_and_everything(matrix_engine, kind, p, factor):
    x = np.random.default_rng(1).standard_normal(SHAPE)
    np.testing.assert_array_equal(getattr(matrix_engine, kind)(x, p), factor * x)


@every_kind
@pytest.mark.parametrize("training", [False, True])
def test_the_result_is_new(matrix_engine, kind, training):
    x = np.ones((2, 3, 4, 5))
    getattr(matrix_engine, kind)(x, 0.0, training)[...] = 7
    np.testing.assert_array_equal(x, np.ones((2, 3, 4, 5)))


@every_kind
def test_evaluation_changes_nothing_and_draws_nothing(matrix_engine, kind):
    x, rng = np.random.default_rng(1).standard_normal(SHAPE), generator(matrix_engine, 0)
    np.testing.assert_array_equal(getattr(matrix_engine, kind)(x, 0.7, False, rng), x)
    np.testing.assert_array_equal(matrix_engine.dropout(x, generator=rng), matrix_engine.dropout(x, generator=generator(matrix_engine, 0)))


@every_kind
def test_backward_is_that_of_torch_with_the_same_mask(matrix_engine, kind):
    x, grad_y = np.random.default_rng(1).standard_normal((2, 4, 3, 2, 3))
    mask = mask_of(matrix_engine, kind, x, 0.3)
    leaf = torch.tensor(x, requires_grad=True)
    expected = torch.autograd.grad(leaf * torch.from_numpy(mask), leaf, torch.from_numpy(grad_y))[0].numpy()
    got = matrix_engine.dropout_backward(grad_y, mask)
    np.testing.assert_array_equal(got, expected)
    native = inspect.getmodule(matrix_engine.native.dropout)
    y, vjp = native._dropout(matrix_engine.array(x), matrix_engine.array(mask))
    np.testing.assert_array_equal(matrix_engine.numpy(y), x * mask)
    np.testing.assert_array_equal(matrix_engine.numpy(vjp(matrix_engine.array(grad_y))), expected)

    def loss(x):
        return (matrix_engine.numpy(native._dropout(matrix_engine.array(x), matrix_engine.array(mask))[0]) * grad_y).sum()

    assert relative_error(got, numerical_gradient(loss, x)) <= 1e-7


def test_torch_gradcheck_agrees(torch_engine):
    native = inspect.getmodule(torch_engine.native.dropout)

    class Recorded(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, mask):
            y, ctx.vjp = native._dropout(x, mask)
            return y

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad_y):
            return ctx.vjp(grad_y), None

    x = torch_engine.array(np.random.default_rng(0).standard_normal((3, 4, 2, 2))).requires_grad_()
    assert torch.autograd.gradcheck(Recorded.apply, (x, native.dropout2d_mask(x, 0.4, generator(torch_engine, 0))))


def test_backward_leaves_its_inputs_alone(matrix_engine):
    grad_y, mask = np.ones((2, 3)), np.array([[0.0], [2.0]])
    matrix_engine.dropout_backward(grad_y, mask)[...] = 5
    np.testing.assert_array_equal(grad_y, np.ones((2, 3)))
    np.testing.assert_array_equal(mask, [[0], [2]])


@every_kind
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_is_kept_and_a_seed_drops_the_same_values_in_each(matrix_engine, kind, dtype):
    x = np.ones(SHAPE)
    mask = mask_of(matrix_engine, kind, x.astype(dtype), 0.25)
    y = getattr(matrix_engine, kind)(x.astype(dtype), 0.25, generator=generator(matrix_engine, 0))
    assert mask.dtype == y.dtype == matrix_engine.dropout_backward(y, mask).dtype == dtype
    if matrix_engine.device is None:            # torch draws as many bits as a dtype holds
        np.testing.assert_array_equal(mask == 0, mask_of(matrix_engine, kind, x, 0.25) == 0)


def test_bfloat16_is_kept(torch_engine):
    x = torch_engine.array(np.ones((8, 8))).bfloat16()
    assert torch_engine.native.dropout(x).dtype == torch_engine.native.dropout(x, 0.5, False).dtype == torch.bfloat16


@every_kind
def test_strided_inputs_and_batches_of_none_and_of_one(matrix_engine, kind):
    x = np.random.default_rng(2).standard_normal((4, 6, 5, 3)).transpose(0, 1, 3, 2)[:, ::2]
    got = getattr(matrix_engine, kind)(x, 0.5, generator=generator(matrix_engine, 0))
    np.testing.assert_array_equal(got, x * mask_of(matrix_engine, kind, x, 0.5))
    for batch in (0, 1):
        assert getattr(matrix_engine, kind)(x[:batch], 0.5).shape == (batch, 3, 3, 5)


def test_a_seed_repeats_and_without_a_generator_the_engines_own_is_used(matrix_engine):
    x, seed = np.ones(1000), random.manual_seed if matrix_engine.device is None else torch.manual_seed
    seed(5)
    first, second = matrix_engine.dropout(x), matrix_engine.dropout(x)
    assert (first != second).any()
    seed(5)
    np.testing.assert_array_equal(matrix_engine.dropout(x), first)
    np.testing.assert_array_equal(matrix_engine.dropout(x), second)


def test_the_engines_own_generator_is_one_object_that_can_be_put_back():
    held = random.default_generator()
    assert random.manual_seed(3) is held is random.default_generator()
    np.testing.assert_array_equal(held.random(4), np.random.default_rng(3).random(4))
    state = random.get_state()
    drawn = held.random(4)
    random.set_state(state)
    np.testing.assert_array_equal(held.random(4), drawn)
    assert (numpy_nn.dropout(np.ones(64)) != numpy_nn.dropout(np.ones(64))).any()


@every_kind
@pytest.mark.parametrize(("changes", "error", "message"), [
    ({"p": 1.1}, ValueError, r"p is the probability to drop a value and lies between 0 and 1, got 1\.1"),
    ({"p": -0.1}, ValueError, r"p is the probability to drop .*, got -0\.1"),
    ({"p": float("nan")}, ValueError, "p is the probability to drop .*, got nan"),
    ({"p": "0.5"}, TypeError, "p must be a number, got '0.5'"),
    ({"x": [1.0]}, TypeError, r"x must be a \w+, got list"),
    ({"x": np.ones((2, 2, 2, 2), int)}, TypeError, r"x has dtype (torch\.)?int64, the sums need floats"),
    ({"generator": 3}, TypeError, "generator must be a Generator of this engine or None, got int"),
], ids=["above 1", "below 0", "NaN", "no number", "no array", "integers", "a seed"])
def test_refuses(matrix_engine, kind, changes, error, message):
    arguments = {"x": np.ones((2, 2, 2, 2)), "p": 0.5, **changes}
    for training in (True, False):
        with pytest.raises(error, match=message):
            getattr(matrix_engine, kind)(training=training, **arguments)
    with pytest.raises(error, match=message):
        getattr(matrix_engine, KINDS[kind][0])(**arguments)


def test_axes_that_are_not_there_are_refused(matrix_engine):
    for training in (True, False):
        with pytest.raises(ValueError, match=r"x must have at least 2 axes \(N, C, ...\), got shape \(3,\)"):
            matrix_engine.dropout2d(np.ones(3), 0.5, training)
        with pytest.raises(ValueError, match=r"x must have at least 1 axis \(N, ...\), got shape \(\)"):
            matrix_engine.drop_path(np.ones(()), 0.5, training)


@pytest.mark.parametrize(("mask", "error", "message"), [
    (np.ones((2, 1, 4)), ValueError, r"mask of shape \(2, 1, 4\) does not fit grad_y of shape \(2, 3\); as many axes are needed"),
    (np.ones((3, 3)), ValueError, r"mask of shape \(3, 3\) does not fit grad_y of shape \(2, 3\); .* each of size 1 or as large"),
    (np.ones((2, 1), np.float32), TypeError, r"mask has dtype (torch\.)?float32, grad_y has (torch\.)?float64; convert one of them"),
    (None, TypeError, r"mask must be a \w+, got NoneType"),
], ids=["axes", "size", "dtype", "type"])
def test_a_mask_must_fit(matrix_engine, mask, error, message):
    with pytest.raises(error, match=message):
        matrix_engine.dropout_backward(np.ones((2, 3)), mask)


@every_kind
def test_takes_torchs_arguments(kind):
    names = list(inspect.signature(getattr(numpy_nn, kind)).parameters.values())
    assert [p.name for p in names] == ["x", "p", "training", "generator"]
    torchs = list(inspect.signature(F.dropout).parameters.values())
    assert [(p.name, p.default) for p in names[1:3]] == [(p.name, p.default) for p in torchs[1:3]]
