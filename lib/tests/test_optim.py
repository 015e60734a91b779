"""Optimisers take the steps of torch.optim: 50 of them in float64, on the loss of a small net whose gradient torch computes."""
from itertools import product

import numpy as np
import pytest
import torch

from convbook.numpy_nn import Parameter
from convbook.numpy_nn.optim import SGD, Adam, AdamW, RMSprop, lr_scheduler

STEPS = 50
SHAPES = ((5, 7), (7,), (7, 3), (3,))


def options(**values):
    return [dict(zip(values, chosen, strict=True)) for chosen in product(*values.values())]


CASES = [
    *((SGD, o) for o in options(lr=[0.2], momentum=[0, 0.9], dampening=[0, 0.3], weight_decay=[0, 0.05], nesterov=[False, True])
      if not o["nesterov"] or (o["momentum"] and not o["dampening"])),
    *((RMSprop, o) for o in options(alpha=[0.99, 0.7], eps=[1e-8, 0.1], weight_decay=[0, 0.05], momentum=[0, 0.9], centered=[False, True])),
    *((kind, o) for kind in (Adam, AdamW) for o in options(lr=[0.05], betas=[(0.9, 0.999), (0.5, 0.8)], eps=[1e-8, 0.1],
                                                          weight_decay=[0, 0.3])),
    *((kind, {}) for kind in (SGD, RMSprop, Adam, AdamW)),
]
each_case = pytest.mark.parametrize(("kind", "chosen"), CASES, ids=lambda value: value.__name__ if isinstance(value, type) else
                                    "-".join(f"{key}={number}" for key, number in value.items()) or "defaults")


@pytest.fixture(scope="module")
def loss():
    """Half the mean squared error of a net with two layers and tanh: not convex, and smooth."""
    rng = np.random.default_rng(0)
    x, target = (torch.from_numpy(rng.normal(size=shape)) for shape in ((20, 5), (20, 3)))

    def value(W1, b1, W2, b2):
        return ((torch.tanh(x @ W1 + b1) @ W2 + b2 - target) ** 2).sum() / 40
    return value


@pytest.fixture
def start():
    rng = np.random.default_rng(1)
    return [rng.normal(size=shape) for shape in SHAPES]


def ours_and_torchs(start):
    return [Parameter(value.copy()) for value in start], [torch.from_numpy(value.copy()).requires_grad_() for value in start]


def gradients_at(params, loss):
    """torch's gradients at the values of these params, whichever engine they belong to."""
    leaves = [torch.tensor(p.data if isinstance(p, Parameter) else p.detach().numpy(), requires_grad=True) for p in params]
    loss(*leaves).backward()
    return [leaf.grad for leaf in leaves]


def give(gradients, *nets, skipped=()):
    """The same gradients to several nets: what rounds differently in a step is then not blown up by the next gradient."""
    for params in nets:
        for i, (p, gradient) in enumerate(zip(params, gradients, strict=True)):
            p.grad = None if i in skipped else gradient.numpy().copy() if isinstance(p, Parameter) else gradient.clone()


def assert_same(ours, torchs, assert_close):
    for p, q in zip(ours, torchs, strict=True):
        assert_close(p.data, q.detach().numpy(), 1e-12)


@each_case
def test_fifty_steps_are_torchs(kind, chosen, start, loss, assert_close):
    ours, torchs = ours_and_torchs(start)
    optimizers = kind(iter(ours), **chosen), getattr(torch.optim, kind.__name__)(torchs, **chosen)
    first = loss(*torchs).item()
    for _ in range(STEPS):
        give(gradients_at(torchs, loss), ours, torchs)
        for optimizer in optimizers:
            optimizer.step()
        assert_same(ours, torchs, assert_close)
    assert loss(*torchs).item() < first             # the walk went somewhere


@each_case
def test_groups_schedule_and_missing_gradients_are_torchs(kind, chosen, start, loss, assert_close):
    """Weights with options of their own, biases without; the rate falls every 7 steps; one bias gets its gradient every third time."""
    ours, torchs = ours_and_torchs(start)
    sides = []
    for params, library, schedules in ((ours, {"SGD": SGD, "RMSprop": RMSprop, "Adam": Adam, "AdamW": AdamW}, lr_scheduler),
                                       (torchs, vars(torch.optim), torch.optim.lr_scheduler)):
        groups = [{"params": params[::2], "lr": 0.03, "weight_decay": 0.2}, {"params": params[1::2]}]
        optimizer = library[kind.__name__](groups, **chosen)
        sides.append((optimizer, schedules.StepLR(optimizer, 7, gamma=0.5)))
    for step in range(STEPS):
        give(gradients_at(torchs, loss), ours, torchs, skipped=(1,) if step % 3 else ())
        for optimizer, schedule in sides:
            optimizer.step()
            schedule.step()
        assert_same(ours, torchs, assert_close)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("weight_decay", [0, 0.05])
def test_the_three_forms_of_momentum_agree_at_a_constant_rate(nesterov, weight_decay, start, loss, assert_close):
    rate = {"torch": 0.1, "classical": 0.1, "average": 0.1 / (1 - 0.9)}
    nets = {form: ours_and_torchs(start)[0] for form in rate}
    optimizers = {form: SGD(nets[form], rate[form], 0.9, 0, weight_decay, nesterov, form=form) for form in rate}
    for _ in range(STEPS):
        for form, optimizer in optimizers.items():
            give(gradients_at(nets[form], loss), nets[form])
            optimizer.step()
        for form in ("classical", "average"):
            for p, q in zip(nets["torch"], nets[form], strict=True):
                assert_close(q.data, p.data, 1e-12)


def test_the_classical_form_differs_once_the_rate_changes():
    """By hand, g = 1, mu = 0.5, rate 1 then 0.1: torch's v = 1, 1.5 moves by 1 + 0.15; classical v = -1, -0.6 by 1 + 0.6."""
    moved = {}
    for form, rate in (("torch", 1.0), ("classical", 1.0), ("average", 2.0)):
        w = Parameter(np.zeros(1))
        optimizer = SGD([w], rate, momentum=0.5, form=form)
        for factor in (1, 0.1):
            optimizer.param_groups[0]["lr"] = rate * factor
            w.grad = np.ones(1)
            optimizer.step()
        moved[form] = float(-w.data[0])
    assert moved == pytest.approx({"torch": 1.15, "classical": 1.6, "average": 1.15}, rel=1e-15)


def test_average_is_torchs_dampening_but_for_the_first_step():
    """By hand, g = 1 and mu = beta = 0.9: torch keeps v = 1 (its first gradient is not dampened), the average starts at 0.1."""
    walked = []
    for chosen in ({"form": "average"}, {"dampening": 0.9}):
        w = Parameter(np.zeros(1))
        optimizer = SGD([w], 1.0, momentum=0.9, **chosen)
        for _ in range(2):
            w.grad = np.ones(1)
            optimizer.step()
        walked.append(float(-w.data[0]))
    assert walked == pytest.approx([0.1 + 0.19, 1 + 1], rel=1e-15)


def test_the_first_step_of_adam_is_its_rate_whatever_the_gradient():
    """By hand: m / (1 - beta1) = g and sqrt(s / (1 - beta2)) = |g|, so w moves by lr against the sign of g."""
    w = Parameter(np.zeros(4))
    w.grad = np.array([1e-3, -1e-3, 10.0, -10.0])
    Adam([w], lr=0.1, eps=0).step()
    np.testing.assert_allclose(w.data, [-0.1, 0.1, -0.1, 0.1], rtol=1e-14)


def test_decoupled_decay_shrinks_what_has_no_slope():
    w = Parameter(np.array([2.0]))
    w.grad = np.zeros(1)
    AdamW([w], lr=0.1, weight_decay=0.5).step()
    assert w.data[0] == 2 * (1 - 0.1 * 0.5)


@each_case
def test_float32_stays_and_gradients_are_not_touched(kind, chosen, start):
    """Arrays are moved in place, and NumPy's float64 numbers among the options do not make a step a float64 one."""
    walked = []
    for number in (float, np.float64):
        params = [Parameter(value.astype(np.float32)) for value in start]
        arrays, gradients = [p.data for p in params], [np.full(shape, 0.7, np.float32) for shape in SHAPES]
        optimizer = kind(params, **{key: number(value) if isinstance(value, float) else value for key, value in chosen.items()})
        optimizer.param_groups[0]["lr"] = number(0.013)
        for _ in range(3):
            for p, gradient in zip(params, gradients, strict=True):
                p.grad = gradient
            optimizer.step()
        assert all(p.data is array and array.dtype == np.float32 for p, array in zip(params, arrays, strict=True))
        assert all(p.grad is gradient and (gradient == np.float32(0.7)).all() for p, gradient in zip(params, gradients, strict=True))
        remembered = [value for entries in optimizer.state.values() for value in entries.values() if isinstance(value, np.ndarray)]
        assert all(value.dtype == np.float32 for value in remembered)
        assert not any(np.shares_memory(value, gradient) for value in remembered for gradient in gradients)
        walked.append(arrays)
    for plain, numpys in zip(*walked, strict=True):
        np.testing.assert_array_equal(plain, numpys)


def test_centered_rmsprop_stays_finite_where_rounding_makes_the_variance_negative():
    """A gradient that never changes has variance 0; in float32 square - mean^2 falls below it, and torch's root is NaN."""
    w = Parameter(np.zeros(64, np.float32))
    gradient = np.random.default_rng(0).normal(size=64).astype(np.float32)
    optimizer = RMSprop([w], lr=1e-6, centered=True)
    negative = False
    for _ in range(3000):
        w.grad = gradient
        optimizer.step()
        negative |= bool((optimizer.state[0]["square_avg"] < optimizer.state[0]["grad_avg"] ** 2).any())
    assert negative
    assert np.isfinite(w.data).all()
