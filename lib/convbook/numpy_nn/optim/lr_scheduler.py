"""Learning rates that change while a net trains; names, arguments and rates of torch.optim.lr_scheduler (chapter 8).

Each schedule is a formula: `lrs(epoch)` says the rates of any epoch, so a schedule can be drawn before it is used, and
`step()` writes those of the next epoch into the optimiser's groups. So an optimiser takes one schedule; SequentialLR
joins several. They work on every optimiser that has `param_groups`, torch's too.
Resume by building optimiser and schedule as before, then load_state_dict of both, in any order.
"""
from bisect import bisect_right
from math import cos, pi

from convbook.numpy_nn.optim.plateau import ReduceLROnPlateau
from convbook.numpy_nn.optim.schedule import Schedule
from convbook.shapes import at_least

__all__ = ["CosineAnnealingLR", "ExponentialLR", "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR", "ReduceLROnPlateau",
           "SequentialLR", "StepLR"]


class LRScheduler(Schedule):
    """The base of all: a subclass writes `_lr(base_lr, epoch)`.

    optimizer   whose rates are changed; the rates it has now, or had when it met its first schedule, are the base rates
    last_epoch  -1 for a new run; else the epoch that was reached, of an optimiser whose groups hold "initial_lr"

    Raises TypeError if that is no optimiser, KeyError if "initial_lr" is missing, ValueError for numbers out of range. Chapter 8.
    """

    def __init__(self, optimizer, last_epoch=-1):
        super().__init__(optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(f'param group {i} has no "initial_lr", so last_epoch={last_epoch} cannot be gone on from; '
                               "load the optimiser's state first, or start with last_epoch=-1")
        self.last_epoch = last_epoch
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.step()

    def lrs(self, epoch):
        """The rate of every group in an epoch, counted from 0."""
        return [self._lr(base_lr, epoch) for base_lr in self.base_lrs]

    def step(self):
        """Go on to the next epoch; call it after the epoch's last optimizer.step()."""
        self.last_epoch += 1
        self._write(self.lrs(self.last_epoch))

    def _lr(self, base_lr, epoch):
        raise NotImplementedError


class StepLR(LRScheduler):
    """Times gamma every step_size epochs."""

    def __init__(self, optimizer, step_size, gamma=0.1, last_epoch=-1):
        at_least(1, step_size, "step_size")
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def _lr(self, base_lr, epoch):
        return base_lr * self.gamma ** (epoch // self.step_size)


class MultiStepLR(LRScheduler):
    """Times gamma at each milestone, an epoch; the schedule of ResNet on CIFAR (He et al. 2016)."""

    def __init__(self, optimizer, milestones, gamma=0.1, last_epoch=-1):
        self.milestones, self.gamma = sorted(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def _lr(self, base_lr, epoch):
        return base_lr * self.gamma ** bisect_right(self.milestones, epoch)


class ExponentialLR(LRScheduler):
    """Times gamma every epoch."""

    def __init__(self, optimizer, gamma, last_epoch=-1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _lr(self, base_lr, epoch):
        return base_lr * self.gamma ** epoch


class CosineAnnealingLR(LRScheduler):
    """Down to eta_min along half a cosine in T_max epochs, then up again (Loshchilov and Hutter 2017, without restarts)."""

    def __init__(self, optimizer, T_max, eta_min=0.0, last_epoch=-1):
        at_least(1, T_max, "T_max")
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def _lr(self, base_lr, epoch):
        return self.eta_min + (base_lr - self.eta_min) * (1 + cos(pi * epoch / self.T_max)) / 2


class LinearLR(LRScheduler):
    """Warm-up: a factor that goes in a straight line from start_factor to end_factor in total_iters epochs, then stays."""

    def __init__(self, optimizer, start_factor=1.0 / 3, end_factor=1.0, total_iters=5, last_epoch=-1):
        at_least(1, total_iters, "total_iters")
        if not 0 < start_factor <= 1:
            raise ValueError(f"start_factor must be greater than 0 and at most 1, got {start_factor}")
        if not 0 <= end_factor <= 1:
            raise ValueError(f"end_factor must be from 0 to 1, got {end_factor}")
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def _lr(self, base_lr, epoch):
        done = min(epoch, self.total_iters) / self.total_iters
        return base_lr * (self.start_factor + (self.end_factor - self.start_factor) * done)


class LambdaLR(LRScheduler):
    """The base rate times lr_lambda(epoch), a function, or a list of functions, one a group."""

    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        groups = len(getattr(optimizer, "param_groups", ()))
        self.lr_lambdas = list(lr_lambda) if isinstance(lr_lambda, (list, tuple)) else [lr_lambda] * groups
        if groups and len(self.lr_lambdas) != groups:
            raise ValueError(f"lr_lambda has {len(self.lr_lambdas)} functions, the optimiser {groups} param groups")
        super().__init__(optimizer, last_epoch)

    def lrs(self, epoch):
        return [base_lr * factor(epoch) for base_lr, factor in zip(self.base_lrs, self.lr_lambdas, strict=True)]


class SequentialLR(LRScheduler):
    """One schedule after the other; each counts its epochs from its milestone. Warm-up and cosine are one such pair.

    The parts are asked for their formulas; only the whole is stepped.
    """

    def __init__(self, optimizer, schedulers, milestones, last_epoch=-1):
        self.schedulers, self.milestones = list(schedulers), list(milestones)
        for i, part in enumerate(self.schedulers):
            if not isinstance(part, LRScheduler):
                raise TypeError(f"schedulers[{i}] must be a schedule that depends on the epoch alone, got {type(part).__name__}")
            if part.optimizer is not optimizer:
                raise ValueError(f"schedulers[{i}], a {type(part).__name__}, changes the rates of another optimiser")
        if len(self.schedulers) != len(self.milestones) + 1:
            raise ValueError(f"schedulers must be one more than milestones, got {len(self.schedulers)} and {len(self.milestones)}")
        if self.milestones != sorted(self.milestones):
            raise ValueError(f"milestones must not go down, got {self.milestones}")
        super().__init__(optimizer, last_epoch)

    def lrs(self, epoch):
        part = bisect_right(self.milestones, epoch)
        return self.schedulers[part].lrs(epoch - (self.milestones[part - 1] if part else 0))
