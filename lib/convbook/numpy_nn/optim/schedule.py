"""What all schedules share: the rates they last wrote, and where they stand."""


class Schedule:
    """Changes the learning rates of an optimiser's groups.

    Raises TypeError if `optimizer` has no groups. Chapter 8.
    """

    def __init__(self, optimizer):
        if not hasattr(optimizer, "param_groups"):
            raise TypeError(f"optimizer must be an optimiser with param_groups, got {type(optimizer).__name__}")
        self.optimizer = optimizer

    def get_last_lr(self):
        """The rate of every group now."""
        return list(self._last_lr)

    def state_dict(self):
        """Where the schedule stands and its numbers, as a plain dict; functions are not in it."""
        return {key: list(value) if isinstance(value, list) else value for key, value in vars(self).items()
                if key not in ("optimizer", "lr_lambdas", "schedulers")}

    def load_state_dict(self, state_dict):
        """Go on where a state_dict was taken: its numbers replace those here, and its rates are written.

        Raises ValueError if another kind of schedule or one for another number of groups saved it.
        """
        if differing := sorted(state_dict.keys() ^ self.state_dict().keys()):
            raise ValueError(f"the state does not belong to a {type(self).__name__}: {', '.join(differing)} on one side only")
        if len(state_dict["_last_lr"]) != len(self._last_lr):
            raise ValueError(f"the state has rates for {len(state_dict['_last_lr'])} param groups, here are {len(self._last_lr)}")
        vars(self).update({key: list(value) if isinstance(value, list) else value for key, value in state_dict.items()})
        self._write(self._last_lr)

    def _write(self, lrs):
        self._last_lr, groups = [float(lr) for lr in lrs], self.optimizer.param_groups
        if len(groups) != len(self._last_lr):
            raise ValueError(f"the schedule was made for {len(self._last_lr)} param groups, the optimiser has {len(groups)} now; "
                             "make the schedule after the last add_param_group")
        for group, lr in zip(groups, self._last_lr, strict=True):
            group["lr"] = lr
