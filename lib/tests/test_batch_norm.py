"""What batch norm has beyond other normalisations: running statistics, two modes, sums over the whole batch."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from convbook.numpy_nn._channels import channel_moments


def batch(*shape, mean=1.0, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    return (mean + 2 * rng.standard_normal(shape)).astype(dtype)


def trained(engine, x, running_mean, running_var, **options):
    """y and the running statistics afterwards, wherever the engine keeps them."""
    statistics = engine.array(running_mean.copy()), engine.array(running_var.copy())
    y = engine.native.batch_norm(engine.array(x), *statistics, training=True, **options)
    return engine.numpy(y), *map(engine.numpy, statistics)


def test_with_a_pencil(matrix_engine):
    x = np.array([[[[1.0, 3.0]]], [[[5.0, 7.0]]]])                                  # mean 4, squared deviations 9 + 1 + 1 + 9
    y, running_mean, running_var = trained(matrix_engine, x, np.zeros(1), np.ones(1), momentum=0.3, eps=0.0)
    np.testing.assert_allclose(y.ravel(), np.array([-3, -1, 1, 3]) / np.sqrt(5), rtol=1e-14)
    np.testing.assert_allclose(running_mean, [0.7 * 0 + 0.3 * 4], rtol=1e-14)
    np.testing.assert_allclose(running_var, [0.7 * 1 + 0.3 * 20 / 3], rtol=1e-14)   # 20 / 3, not 20 / 4: unbiased
    grad_x, _, _ = matrix_engine.batch_norm_backward(np.array([1.0, 0, 0, 0]).reshape(x.shape), x, None, None, training=True, eps=0.0)
    hat = np.array([-3, -1, 1, 3]) / np.sqrt(5)
    np.testing.assert_allclose(grad_x.ravel(), (np.array([0.75, -0.25, -0.25, -0.25]) - hat * hat[0] / 4) / np.sqrt(5), rtol=1e-13)


@pytest.mark.parametrize("shape", [(4, 3, 5, 2), (6, 3), (2, 3, 4), (1, 3, 2, 2), (2, 3, 5, 5)], ids=str)
@pytest.mark.parametrize("momentum", [0.3, 0.1, 0.0, 1.0])
def test_running_statistics_move_as_torchs(matrix_engine, shape, momentum):
    x, mean, var = batch(*shape), np.array([0.5, -1, 2]), np.array([0.2, 1, 3])
    expected = torch.from_numpy(mean.copy()), torch.from_numpy(var.copy())
    F.batch_norm(torch.from_numpy(x), *expected, training=True, momentum=momentum)
    _, *got = trained(matrix_engine, x, mean, var, momentum=momentum)
    for ours, torchs in zip(got, expected, strict=True):
        np.testing.assert_allclose(ours, torchs.numpy(), rtol=1e-13)


def test_many_batches_lead_the_running_statistics_to_the_channels_own(matrix_engine):
    mean, var = np.zeros(2), np.ones(2)
    for seed in range(80):
        _, mean, var = trained(matrix_engine, batch(16, 2, 4, 4, mean=5.0, seed=seed), mean, var)
    np.testing.assert_allclose(mean, 5, atol=0.2)
    np.testing.assert_allclose(var, 4, atol=0.4)


def test_training_gives_each_channel_mean_0_and_variance_1_whatever_it_was(matrix_engine):
    y, *_ = trained(matrix_engine, batch(8, 3, 6, 5) * np.array([1, 50, 0.1])[:, None, None], np.zeros(3), np.ones(3), eps=0.0)
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), 0, atol=1e-14)
    np.testing.assert_allclose(y.var(axis=(0, 2, 3)), 1, rtol=1e-13)


def test_evaluation_is_a_fixed_line(matrix_engine, assert_close):
    x, mean, var, weight, bias = batch(3, 2, 4, 4), np.array([1.0, -2]), np.array([4.0, 0.25]), np.array([2.0, 3]), np.array([0.5, 1])
    y = matrix_engine.batch_norm(x, mean, var, weight, bias, eps=0.0)
    assert_close(y, (x - mean[:, None, None]) * np.array([1.0, 6])[:, None, None] + bias[:, None, None], 1e-14)
    grad_x, _, _ = matrix_engine.batch_norm_backward(np.ones_like(x), x, mean, var, weight, bias, eps=0.0)
    assert_close(grad_x, np.broadcast_to(np.array([1.0, 6])[:, None, None], x.shape), 1e-14)


def test_training_does_not_look_at_the_running_statistics(matrix_engine):
    x = batch(4, 2, 3, 3)
    y, *_ = trained(matrix_engine, x, np.array([9.0, 9]), np.array([7.0, 7]))
    np.testing.assert_array_equal(y, matrix_engine.batch_norm(x, None, None, training=True))


@pytest.mark.parametrize("training", [False, True])
def test_backward_leaves_the_running_statistics_alone(matrix_engine, training):
    x, mean, var = batch(4, 2, 3, 3), np.array([9.0, 9]), np.array([7.0, 7])
    matrix_engine.batch_norm_backward(np.ones_like(x), x, mean, var, training=training)
    matrix_engine.batch_norm(x, mean, var)
    np.testing.assert_array_equal([mean, var], [[9, 9], [7, 7]])


def test_what_the_forward_pass_saw_counts_on_the_way_back(matrix_engine):
    """Between an evaluation and its way back another batch may move the running statistics."""
    import inspect
    x, grad_y, mean, var = (matrix_engine.array(a) for a in (batch(4, 2, 3, 3), batch(4, 2, 3, 3, seed=1), np.zeros(2), np.ones(2)))
    weight, native = matrix_engine.array(np.ones(2)), inspect.getmodule(matrix_engine.native.batch_norm)
    expected = native.batch_norm_backward(grad_y, x, mean, var, weight)
    _, vjp = native._batch_norm(x, weight, None, mean, var)
    native.batch_norm(x, mean, var, training=True)
    for got, wanted in zip(vjp(grad_y)[:2], expected[:2], strict=True):
        np.testing.assert_array_equal(matrix_engine.numpy(got), matrix_engine.numpy(wanted))


def test_gradient_of_a_constant_and_of_the_output_itself_is_none(matrix_engine):
    """y does not change when x is shifted or stretched, so these two gradients vanish in training (eps = 0)."""
    x = batch(5, 3, 4, 4)
    y = matrix_engine.batch_norm(x, None, None, training=True, eps=0.0)
    for grad_y in (np.ones_like(x), y):
        grad_x, _, _ = matrix_engine.batch_norm_backward(grad_y, x, None, None, training=True, eps=0.0)
        assert np.abs(grad_x).max() <= 1e-14


@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1, 1), (0, 3), (0, 3, 2, 2), (2, 3, 0, 4)], ids=str)
def test_one_value_a_channel_has_no_variance(matrix_engine, shape):
    message = rf"expected more than 1 value per channel when training, got input size \({', '.join(map(str, shape))}\); take a larger batch"
    with pytest.raises(ValueError, match=message):
        matrix_engine.batch_norm(np.ones(shape), None, None, training=True)
    assert matrix_engine.batch_norm(np.ones(shape), np.zeros(3), np.ones(3)).shape == shape
    assert matrix_engine.batch_norm_backward(np.ones(shape), np.ones(shape), np.zeros(3), np.ones(3))[0].shape == shape


@pytest.mark.parametrize("shape", [(16, 3, 8, 8), (16, 3, 2, 3), (512, 3)], ids=str)
@pytest.mark.parametrize("mean", [0.0, 7.0, 1000.0, -1e5])
def test_float32_keeps_its_digits_however_large_the_mean(matrix_engine, shape, mean):
    x = (mean + batch(*shape, mean=0) / 2).astype(np.float32)
    x[:1] -= 3                                                                      # and the first image is unlike the others
    grad_y, options = batch(*shape, mean=0.5, dtype=np.float32, seed=1), {"training": True}
    weight, bias = np.array([1, 2, 3], np.float32), np.array([1, 0, -1], np.float32)
    got = (matrix_engine.batch_norm(x, None, None, weight, bias, **options),
           *matrix_engine.batch_norm_backward(grad_y, x, None, None, weight, bias, **options))
    wide = [a.astype(np.float64) for a in (grad_y, x, weight, bias)]
    expected = (matrix_engine.batch_norm(wide[1], None, None, *wide[2:], **options),
                *matrix_engine.batch_norm_backward(*wide[:2], None, None, *wide[2:], **options))
    for ours, exact in zip(got, expected, strict=True):
        assert np.abs(ours - exact).max() <= 2e-6 * np.abs(exact).max()


@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 40), st.sampled_from([0, 1e3, -1e6]))
def test_channel_moments_are_exact(images, channels, values, mean):
    x = mean + np.random.default_rng(images * values).standard_normal((images, channels, values))
    got_mean, got_var = channel_moments(x.astype(np.float32))
    exact = x.astype(np.float32).astype(np.float64)
    np.testing.assert_allclose(got_mean, exact.mean(axis=(0, 2)), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(got_var, exact.var(axis=(0, 2)), rtol=2e-6, atol=1e-12)
