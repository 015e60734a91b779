"""Schedules write the rates of torch's, epoch for epoch, into our optimisers and into torch's."""
from math import inf, nan

import numpy as np
import pytest
import torch

from convbook.numpy_nn import Parameter
from convbook.numpy_nn.optim import SGD, Adam, lr_scheduler

RATES = (0.1, 0.7)              # two groups
EPOCHS = 50

CASES = {
    "StepLR": lambda lib, opt: lib.StepLR(opt, 7),
    "StepLR-gamma": lambda lib, opt: lib.StepLR(opt, step_size=1, gamma=0.9),
    "MultiStepLR": lambda lib, opt: lib.MultiStepLR(opt, [30, 10, 10]),
    "MultiStepLR-at-once": lambda lib, opt: lib.MultiStepLR(opt, milestones=(1, 2), gamma=2.0),
    "ExponentialLR": lambda lib, opt: lib.ExponentialLR(opt, 0.95),
    "CosineAnnealingLR": lambda lib, opt: lib.CosineAnnealingLR(opt, EPOCHS),
    "CosineAnnealingLR-and-up-again": lambda lib, opt: lib.CosineAnnealingLR(opt, T_max=8, eta_min=0.02),
    "LinearLR": lambda lib, opt: lib.LinearLR(opt),
    "LinearLR-down": lambda lib, opt: lib.LinearLR(opt, start_factor=1, end_factor=0.0, total_iters=20),
    "LambdaLR": lambda lib, opt: lib.LambdaLR(opt, lambda epoch: 1 / (1 + epoch)),
    "LambdaLR-one-a-group": lambda lib, opt: lib.LambdaLR(opt, [lambda epoch: 0.9**epoch, lambda epoch: 1 + epoch]),
    "warm-up-and-cosine": lambda lib, opt: lib.SequentialLR(
        opt, [lib.LinearLR(opt, 0.01, total_iters=5), lib.CosineAnnealingLR(opt, EPOCHS - 5)], [5]),
    "three-in-a-row": lambda lib, opt: lib.SequentialLR(
        opt, schedulers=[lib.LinearLR(opt), lib.StepLR(opt, 4, 0.5), lib.ExponentialLR(opt, 0.8)], milestones=[3, 20]),
    "nested": lambda lib, opt: lib.SequentialLR(
        opt, [lib.SequentialLR(opt, [lib.LinearLR(opt, 0.1), lib.StepLR(opt, 3)], [6]), lib.ExponentialLR(opt, 0.9)], [15]),
}
PLATEAU = {
    "defaults": {},
    "impatient": {"patience": 0, "factor": 0.5},
    "max": {"mode": "max", "patience": 2, "factor": 0.3},
    "abs": {"threshold_mode": "abs", "threshold": 0.05, "patience": 1},
    "max-abs": {"mode": "max", "threshold_mode": "abs", "threshold": 0.05, "patience": 1},
    "threshold": {"threshold": 0.2, "patience": 1},
    "cooldown": {"patience": 1, "cooldown": 4},
    "min-lr": {"patience": 0, "min_lr": 0.01},
    "min-lr-one-a-group": {"patience": 0, "min_lr": [0.05, 0.001]},
    "eps": {"patience": 0, "eps": 0.05},
}


def our_optimizer(kind=SGD):
    return kind([{"params": [Parameter(np.ones(2))], "lr": lr} for lr in RATES])


def torchs_optimizer():
    optimizer = torch.optim.SGD([{"params": [torch.ones(2, requires_grad=True)], "lr": lr} for lr in RATES])
    optimizer.step()            # else torch warns that the schedule went first
    return optimizer


def lrs(optimizer):
    return [group["lr"] for group in optimizer.param_groups]


@pytest.fixture(params=[our_optimizer, torchs_optimizer], ids=["our optimiser", "torch's optimiser"])
def optimizer(request):
    return request.param()


@pytest.fixture
def losses():
    """Falls, stands, rises, is NaN for an epoch."""
    rng = np.random.default_rng(0)
    values = np.concatenate([np.linspace(1, 0.5, 12), np.full(13, 0.5), np.linspace(0.4, 0.8, 25)]) + 0.02 * rng.normal(size=EPOCHS)
    values[20] = nan
    return values


@pytest.mark.parametrize("case", [name for name in CASES if name != "nested"])
def test_rates_are_torchs(case, optimizer):
    ours, judge = CASES[case](lr_scheduler, optimizer), torchs_optimizer()
    torchs = CASES[case](torch.optim.lr_scheduler, judge)
    judge.step()
    for epoch in range(EPOCHS):
        assert lrs(optimizer) == pytest.approx(lrs(judge), rel=1e-12, abs=1e-15)
        assert ours.get_last_lr() == lrs(optimizer) == ours.lrs(epoch)
        ours.step()
        torchs.step()


@pytest.mark.parametrize("chosen", PLATEAU.values(), ids=PLATEAU)
def test_plateau_is_torchs(chosen, optimizer, losses):
    ours, judge = lr_scheduler.ReduceLROnPlateau(optimizer, **chosen), torchs_optimizer()
    torchs = torch.optim.lr_scheduler.ReduceLROnPlateau(judge, **chosen)
    for loss in losses:
        ours.step(loss)
        torchs.step(loss)
        assert ours.get_last_lr() == lrs(optimizer) == pytest.approx(lrs(judge), rel=1e-12)
        assert (ours.best, ours.num_bad_epochs) == (torchs.best, torchs.num_bad_epochs)
    assert lrs(optimizer) != list(RATES)            # something was cut


def test_a_row_of_schedules_may_begin_with_a_row():
    """No judge here: torch counts the inner row's second schedule an epoch too far, its StepLR(3) falls at 8 instead of 9."""
    schedule = CASES["nested"](lr_scheduler, our_optimizer())
    base = np.array(RATES)
    for epoch, factor in ((0, 0.1), (5, 1), (6, 1), (8, 1), (9, 0.1), (14, 0.01), (15, 1), (17, 0.81)):
        assert schedule.lrs(epoch) == pytest.approx(factor * base, rel=1e-12)


def test_cosine_by_hand():
    """Over four epochs: 1, (2 + sqrt 2) / 4, 1/2, (2 - sqrt 2) / 4, 0 of the base rate."""
    schedule = lr_scheduler.CosineAnnealingLR(SGD([Parameter(np.ones(1))], lr=8.0), 4)
    assert [schedule.lrs(epoch)[0] for epoch in range(5)] == pytest.approx([8, 4 + 8**0.5, 4, 4 - 8**0.5, 0], abs=1e-15)


def test_the_rate_is_used_by_the_next_step():
    w = Parameter(np.zeros(1))
    optimizer = SGD([w], lr=1.0)
    schedule = lr_scheduler.StepLR(optimizer, 1, 0.5)
    for _ in range(3):
        w.grad = np.ones(1)
        optimizer.step()
        schedule.step()
    assert w.data[0] == -(1 + 0.5 + 0.25)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", [SGD, Adam], ids=lambda kind: kind.__name__)
def test_a_schedule_resumes(case, kind):
    whole = CASES[case](lr_scheduler, our_optimizer(kind))
    for _ in range(17):
        whole.step()
    saved = whole.state_dict()
    resumed = CASES[case](lr_scheduler, our_optimizer(kind))
    whole.step()
    resumed.load_state_dict(saved)
    assert lrs(resumed.optimizer) == whole.lrs(17)
    for _ in range(20):
        assert lrs(resumed.optimizer) != [] and resumed.last_epoch == whole.last_epoch - 1
        resumed.step()
        assert lrs(resumed.optimizer) == lrs(whole.optimizer)
        whole.step()


def test_a_plateau_resumes(losses):
    whole, resumed = (lr_scheduler.ReduceLROnPlateau(our_optimizer(), patience=1, cooldown=1) for _ in range(2))
    for loss in losses[:30]:
        whole.step(loss)
    resumed.load_state_dict(whole.state_dict())
    for loss in losses[30:]:
        whole.step(loss)
        resumed.step(loss)
        assert lrs(resumed.optimizer) == lrs(whole.optimizer)


def test_last_epoch_goes_on_as_torchs():
    ours, judge = our_optimizer(), torchs_optimizer()
    for optimizer in (ours, judge):
        for group, base in zip(optimizer.param_groups, RATES, strict=True):
            group.update(initial_lr=base, lr=base * 0.1)
    schedules = lr_scheduler.StepLR(ours, 4, last_epoch=5), torch.optim.lr_scheduler.StepLR(judge, 4, last_epoch=5)
    for _ in range(6):
        assert lrs(ours) == pytest.approx(lrs(judge), rel=1e-12)
        judge.step()
        for schedule in schedules:
            schedule.step()


def test_rates_that_were_handed_out_are_copies():
    schedule = lr_scheduler.StepLR(our_optimizer(), 3)
    schedule.get_last_lr()[0] = 99.0
    schedule.state_dict()["base_lrs"][0] = 99.0
    assert schedule.get_last_lr() == schedule.base_lrs == list(RATES)


@pytest.mark.parametrize(("make", "error", "message"), [
    (lambda lib, opt: lib.StepLR([0.1], 3), TypeError, r"optimizer must be an optimiser with param_groups, got list"),
    (lambda lib, opt: lib.LambdaLR(0.1, max), TypeError, r"optimizer must be an optimiser with param_groups, got float"),
    (lambda lib, opt: lib.ReduceLROnPlateau(None), TypeError, r"optimizer must be an optimiser with param_groups, got NoneType"),
    (lambda lib, opt: lib.StepLR(opt, 0), ValueError, r"step_size must be at least 1, got 0"),
    (lambda lib, opt: lib.CosineAnnealingLR(opt, 0), ValueError, r"T_max must be at least 1, got 0"),
    (lambda lib, opt: lib.LinearLR(opt, 0.0), ValueError, r"start_factor must be greater than 0 and at most 1, got 0\.0"),
    (lambda lib, opt: lib.LinearLR(opt, end_factor=2), ValueError, r"end_factor must be from 0 to 1, got 2"),
    (lambda lib, opt: lib.LinearLR(opt, total_iters=0), ValueError, r"total_iters must be at least 1, got 0"),
    (lambda lib, opt: lib.StepLR(opt, 3, last_epoch=4), KeyError, r"param group 0 has no .*initial_lr.*, so last_epoch=4 cannot be"),
    (lambda lib, opt: lib.LambdaLR(opt, [max]), ValueError, r"lr_lambda has 1 functions, the optimiser 2 param groups"),
    (lambda lib, opt: lib.SequentialLR(opt, [lib.StepLR(opt, 3)], [5]), ValueError, r"schedulers must be one more .*, got 1 and 1"),
    (lambda lib, opt: lib.SequentialLR(opt, [], []), ValueError, r"schedulers must be one more .*, got 0 and 0"),
    (lambda lib, opt: lib.SequentialLR(opt, [lib.StepLR(opt, 3)] * 3, [5, 2]), ValueError, r"milestones must not go down, got \[5, 2\]"),
    (lambda lib, opt: lib.SequentialLR(opt, [lib.ReduceLROnPlateau(opt)], []), TypeError,
     r"schedulers\[0\] must be a schedule that depends on the epoch alone, got ReduceLROnPlateau"),
    (lambda lib, opt: lib.SequentialLR(opt, [lib.StepLR(our_optimizer(), 3)], []), ValueError,
     r"schedulers\[0\], a StepLR, changes the rates of another optimiser"),
    (lambda lib, opt: lib.ReduceLROnPlateau(opt, "least"), ValueError, r'mode must be "min" or "max", got \'least\''),
    (lambda lib, opt: lib.ReduceLROnPlateau(opt, factor=1.0), ValueError, r"factor must be at least 0 and less than 1, got 1\.0"),
    (lambda lib, opt: lib.ReduceLROnPlateau(opt, threshold_mode="x"), ValueError, r'threshold_mode must be "rel" or "abs", got \'x\''),
    (lambda lib, opt: lib.ReduceLROnPlateau(opt, min_lr=[0.1]), ValueError, r"min_lr has 1 values, the optimiser 2 param groups"),
])
def test_bad_arguments_are_refused_with_their_values(make, error, message):
    with pytest.raises(error, match=message):
        make(lr_scheduler, our_optimizer())


def test_a_state_of_another_schedule_is_refused():
    step, cosine = lr_scheduler.StepLR(our_optimizer(), 3), lr_scheduler.CosineAnnealingLR(our_optimizer(), 3)
    with pytest.raises(ValueError, match=r"the state does not belong to a StepLR: T_max, eta_min, gamma, step_size on one side only"):
        step.load_state_dict(cosine.state_dict())
    one = lr_scheduler.StepLR(SGD([Parameter(np.ones(1))]), 3)
    with pytest.raises(ValueError, match=r"the state has rates for 1 param groups, here are 2"):
        step.load_state_dict(one.state_dict())


def test_a_group_that_came_after_the_schedule_is_an_error():
    optimizer = our_optimizer()
    schedule = lr_scheduler.StepLR(optimizer, 3)
    optimizer.add_param_group({"params": [Parameter(np.ones(1))]})
    with pytest.raises(ValueError, match=r"the schedule was made for 2 param groups, the optimiser has 3 now; make the schedule after"):
        schedule.step()


def test_the_best_of_a_plateau_starts_at_the_worst():
    assert [lr_scheduler.ReduceLROnPlateau(our_optimizer(), mode).best for mode in ("min", "max")] == [inf, -inf]
