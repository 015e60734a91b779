"""The schedule that looks at the loss instead of the calendar (chapter 8)."""
from math import inf

from convbook.numpy_nn.optim.schedule import Schedule


class ReduceLROnPlateau(Schedule):
    """Times factor when a loss (mode "min") or an accuracy ("max") has not improved for more than patience epochs.

    threshold       what counts as better: by this share of the best ("rel") or by this amount ("abs": threshold_mode)
    cooldown        epochs after a cut in which nothing is counted
    min_lr          no rate goes below: a number, or a list of one a group
    eps             a cut of at most this is left out
    """

    def __init__(self, optimizer, mode="min", factor=0.1, patience=10, threshold=1e-4, threshold_mode="rel",
                 cooldown=0, min_lr=0, eps=1e-8):
        super().__init__(optimizer)
        lrs = [group["lr"] for group in optimizer.param_groups]
        if mode not in ("min", "max"):
            raise ValueError(f'mode must be "min" or "max", got {mode!r}')
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f'threshold_mode must be "rel" or "abs", got {threshold_mode!r}')
        if not 0 <= factor < 1:
            raise ValueError(f"factor must be at least 0 and less than 1, got {factor}")
        self.min_lrs = list(min_lr) if isinstance(min_lr, (list, tuple)) else [min_lr] * len(lrs)
        if len(self.min_lrs) != len(lrs):
            raise ValueError(f"min_lr has {len(self.min_lrs)} values, the optimiser {len(lrs)} param groups")
        self.mode, self.factor, self.patience = mode, factor, patience
        self.threshold, self.threshold_mode, self.cooldown, self.eps = threshold, threshold_mode, cooldown, eps
        self.best, self.num_bad_epochs, self.cooldown_counter = inf if mode == "min" else -inf, 0, 0
        self.last_epoch = 0
        self._write(lrs)

    def step(self, metrics):
        """Tell the epoch's loss or accuracy; a NaN is no improvement."""
        current = float(metrics)
        self.last_epoch += 1
        better = self._is_better(current)
        if better:
            self.best = current
        self.num_bad_epochs = 0 if better or self.cooldown_counter else self.num_bad_epochs + 1
        self.cooldown_counter = max(self.cooldown_counter - 1, 0)
        lrs = [group["lr"] for group in self.optimizer.param_groups]
        if self.num_bad_epochs > self.patience:
            self.num_bad_epochs, self.cooldown_counter = 0, self.cooldown
            lower = [max(lr * self.factor, least) for lr, least in zip(lrs, self.min_lrs, strict=True)]
            lrs = [new if lr - new > self.eps else lr for lr, new in zip(lrs, lower, strict=True)]
        self._write(lrs)

    def _is_better(self, current):
        sign = -1 if self.mode == "min" else 1
        if self.threshold_mode == "rel":
            return sign * current > sign * self.best * (1 + sign * self.threshold)
        return sign * current > sign * self.best + self.threshold
