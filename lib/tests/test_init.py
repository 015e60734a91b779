"""Draws against their theory, with big seeded samples; fans and gains against torch.nn.init.

Tolerances are five standard errors: of a mean std / sqrt(n), of a variance var sqrt((kurtosis - 1) / n).
"""
from math import erf, exp, pi, sqrt

import numpy as np
import pytest
import torch

from convbook import init

BIG = (400, 150, 3, 3)          # 540,000 values; fan_in 1350, fan_out 3600
N = 400 * 150 * 9
KURTOSIS = {"uniform": 9 / 5, "normal": 3}
SLOPE = 0.3

DRAWS = {
    "xavier": ({}, sqrt(2 / (1350 + 3600))),
    "xavier-gain": ({"gain": 5 / 3}, 5 / 3 * sqrt(2 / (1350 + 3600))),
    "kaiming": ({}, sqrt(2 / 1350)),
    "kaiming-fan-out": ({"mode": "fan_out"}, sqrt(2 / 3600)),
    "kaiming-leaky": ({"nonlinearity": "leaky_relu", "a": SLOPE}, sqrt(2 / (1 + SLOPE**2) / 1350)),
    "kaiming-linear": ({"nonlinearity": "linear"}, sqrt(1 / 1350)),
}


def assert_mean_and_variance(values, mean, variance, kurtosis=3.0):
    n = values.size
    assert abs(values.mean() - mean) <= 5 * sqrt(variance / n)
    assert abs(values.var() - variance) <= 5 * variance * sqrt((kurtosis - 1) / n)


@pytest.mark.parametrize("shape", [(3, 5), (6, 3, 5, 5), (8, 1, 3, 3), (4, 2, 7), (2, 3, 1, 2, 3)])
def test_fan_is_torchs(shape):
    assert init.fan(shape) == torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))


def test_fan_by_hand():
    """Six 5x5 filters on three channels: an output sums 75 products, a pixel goes into 150."""
    assert init.fan((6, 3, 5, 5)) == (75, 150)


@pytest.mark.parametrize("nonlinearity", ["linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"])
@pytest.mark.parametrize("param", [None, 0.2])
def test_gains_are_torchs(nonlinearity, param):
    assert init.calculate_gain(nonlinearity, param) == pytest.approx(torch.nn.init.calculate_gain(nonlinearity, param), rel=1e-15)


@pytest.mark.parametrize("kind", ["uniform", "normal"])
@pytest.mark.parametrize("case", DRAWS)
def test_a_draw_has_the_spread_of_its_formula(case, kind):
    chosen, std = DRAWS[case]
    values = getattr(init, f"{case.split('-')[0]}_{kind}")(BIG, np.random.default_rng(0), **chosen)
    assert values.shape == BIG
    assert values.dtype == np.float64
    assert_mean_and_variance(values, 0, std**2, KURTOSIS[kind])
    if kind == "uniform":
        assert sqrt(3) * std * (1 - 20 / N) < np.abs(values).max() <= sqrt(3) * std      # reaches its bound; missed with chance e^-20
    else:
        within = (np.abs(values) < std).mean()
        assert abs(within - erf(sqrt(0.5))) <= 5 * sqrt(0.683 * 0.317 / N)


@pytest.mark.parametrize(("mean", "std", "a", "b"), [
    (0, 1, -2, 2), (0.5, 1, -2, 2), (0, 0.02, -2, 2), (0, 1, 1.5, 2.5), (0, 1, 0.5, 0.6), (2, 0.5, -1, 1.1), (-1, 2, -1.5, 8),
    (0, 1, -1e9, 0.5), (0, 1, 1.5, 1e9),
])
def test_truncated_normal_has_the_moments_of_its_formula(mean, std, a, b):
    """With alpha, beta the cuts in std and Z what is between: mean + std (phi(alpha) - phi(beta)) / Z, and so for the square."""
    alpha, beta = (a - mean) / std, (b - mean) / std
    Z = (erf(beta / sqrt(2)) - erf(alpha / sqrt(2))) / 2
    low, high = (exp(-(z**2) / 2) / sqrt(2 * pi) / Z for z in (alpha, beta))
    variance = std**2 * (1 + alpha * low - beta * high - (low - high) ** 2)
    values = init.trunc_normal((500, 1000), np.random.default_rng(1), mean, std, a, b)
    assert values.shape == (500, 1000)
    assert a <= values.min() and values.max() <= b
    assert_mean_and_variance(values, mean + std * (low - high), variance)       # a cut normal has at most the kurtosis 3 (to 5 errors)


def test_a_narrow_cut_is_not_waited_for():
    """Of the normal's own values 1 in 4 billion lies between 1 and 1 + 1e-9."""
    values = init.trunc_normal((1000,), 0, a=1.0, b=1 + 1e-9)
    assert (values >= 1).all() and (values <= 1 + 1e-9).all()


def test_truncated_normals_defaults_are_torchs_absolute_cuts():
    """With std=0.02 the cut at -2 and 2 is 100 std away: nothing is cut, in torch's function as in ours."""
    values = init.trunc_normal((1000, 1000), 0, std=0.02)
    torchs = torch.nn.init.trunc_normal_(torch.empty(1000, 1000), std=0.02, generator=torch.Generator().manual_seed(0)).numpy()
    assert np.abs(values).max() > 0.08
    assert np.abs(torchs).max() > 0.08


DRAWN = [init.xavier_uniform, init.xavier_normal, init.kaiming_uniform, init.kaiming_normal, init.trunc_normal]


@pytest.mark.parametrize("draw", DRAWN, ids=lambda draw: draw.__name__)
def test_a_seed_is_as_good_as_its_generator_and_a_generator_moves_on(draw):
    rng = np.random.default_rng(7)
    first, second = draw((4, 5), rng), draw((4, 5), rng)
    np.testing.assert_array_equal(first, draw((4, 5), 7))
    assert not np.array_equal(first, second)
    with pytest.raises(TypeError, match=r"rng must be a np.random.Generator or a seed, got None; without a seed nobody can repeat"):
        draw((4, 5), None)


@pytest.mark.parametrize(("draw", "kept"), [
    (lambda shape, rng: init.kaiming_normal(shape, rng), True),
    (lambda shape, rng: init.kaiming_uniform(shape, rng), True),
    (lambda shape, rng: rng.normal(0, 0.01, shape), False),
    (lambda shape, rng: init.xavier_normal(shape, rng), False),
], ids=["kaiming normal", "kaiming uniform", "0.01", "xavier"])
def test_twenty_layers_with_relu_keep_their_signal_or_lose_it(draw, kept):
    """The mean square is kept in the mean; a layer of 500 spreads its log by about sqrt(5 / 500), 20 layers by 0.45.

    At 0.01 a layer leaves 500 / 2 * 1e-4 = 0.025 of it, 20 layers 1e-32; Xavier's, without the gain, 2^-20.
    """
    rng = np.random.default_rng(3)
    h = rng.normal(size=(64, 500))
    before = (h**2).mean()
    for _ in range(20):
        h = np.maximum(h @ draw((500, 500), rng).T, 0)
    ratio = (h**2).mean() / before
    if kept:
        assert exp(-3 * 0.45) < ratio < exp(3 * 0.45)
    else:
        assert ratio < 1e-5


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda: init.fan((5,)), ValueError, r"a weight has at least 2 axes \(out, in, ...\), got shape \(5,\); biases have no fan"),
    (lambda: init.xavier_uniform((5,), 0), ValueError, r"a weight has at least 2 axes"),
    (lambda: init.calculate_gain("gelu"), ValueError, r"no gain is known for nonlinearity 'gelu', only for linear, conv2d, sigmoid, tanh"),
    (lambda: init.kaiming_normal((5, 5), 0, nonlinearity="cube"), ValueError, r"no gain is known for nonlinearity 'cube'"),
    (lambda: init.kaiming_normal((5, 5), 0, mode="fan"), ValueError, r'mode must be "fan_in" or "fan_out", got \'fan\''),
    (lambda: init.trunc_normal((5,), 0, std=0), ValueError, r"trunc_normal needs std > 0 and a < b, got std=0, a=-2\.0, b=2\.0"),
    (lambda: init.trunc_normal((5,), 0, a=2, b=1), ValueError, r"trunc_normal needs std > 0 and a < b, got std=1\.0, a=2, b=1"),
    (lambda: init.trunc_normal((5,), 0, mean=9), ValueError, r"mean=9 lies more than 2 std=1\.0 outside -2\.0\.\.2\.0, so next to nothing"),
])
def test_bad_arguments_are_refused_with_their_values(call, error, message):
    with pytest.raises(error, match=message):
        call()
