"""What all optimisers share: groups of parameters, what is remembered between steps, and both of them on paper."""
from collections.abc import Callable
from math import inf
from numbers import Real

import numpy as np

from convbook.checks.common import check_floats


class Optimizer:
    """Parameters in groups that share their options, and a memory for each parameter.

    params    Parameters, or dicts {"params": Parameters, "lr": ..., ...}, one a group; what a dict leaves out is in defaults
    defaults  {option: value}

    param_groups and state_dict look as in torch.optim. A subclass writes `_check(options)` and
    `_update(w, g, state, **options)`, which moves the array w in place by its gradient g.
    Raises TypeError or ValueError for what is no parameter or no option, for a parameter that comes twice, and for a number
    out of range. Chapter 8.
    """

    _check: Callable[..., None]
    _update: Callable[..., None]

    def __init__(self, params, defaults):
        self.defaults, self.param_groups, self.state = defaults, [], {}
        groups = _several(params, "params")
        if not groups:
            raise ValueError(f"{type(self).__name__} got no parameters; does the net have any, or was its generator used up before?")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, group):
        """One more group, {"params": Parameters, option: value, ...}; for instance layers that thaw later."""
        name, which = type(self).__name__, f"param group {len(self.param_groups)}"
        if not isinstance(group, dict) or "params" not in group:
            got = f"the keys {list(group)}" if isinstance(group, dict) else type(group).__name__
            raise TypeError(f'{which} must be a dict with the key "params", got {got}')
        if unknown := sorted(group.keys() - self.defaults.keys() - {"params"}):
            raise ValueError(f"{which} has unknown options {', '.join(unknown)}; {name} knows {', '.join(self.defaults)}")
        params = group["params"]
        params = [params] if hasattr(params, "grad") else _several(params, f"params of {which}")
        known = {id(p) for p in self._parameters()}
        for i, p in enumerate(params):
            _check_parameter(p, f"parameter {i} of {which}")
            if id(p) in known:
                raise ValueError(f"parameter {i} of {which}, shape {p.data.shape}, comes twice; it would be moved twice a step")
            known.add(id(p))
        options = {**self.defaults, **group}
        options = {key: float(value) if isinstance(value, (float, np.floating)) else value for key, value in options.items()}
        self._check(options)
        self.param_groups.append({**options, "params": params})

    def zero_grad(self, set_to_none=True):
        """Forget the gradients, or fill them with zeros; without this the next backward pass adds to them."""
        for p in self._parameters():
            p.grad = None if set_to_none or p.grad is None else np.zeros_like(p.grad)

    def step(self):
        """Move every parameter that has a gradient, in place; the others, and what is remembered of them, stay as they are.

        Raises ValueError if a gradient is not shaped as its parameter.
        """
        pairs = [(p, group) for group in self.param_groups for p in group["params"]]
        for index, (p, group) in enumerate(pairs):
            if p.grad is None:
                continue
            if p.grad.shape != p.data.shape:
                raise ValueError(f"parameter {index} has shape {p.data.shape}, its gradient {p.grad.shape}; they must be equal")
            options = {key: group[key] for key in self.defaults} | {"lr": float(group["lr"])}   # a float64 number would widen float32
            self._update(p.data, p.grad, self.state.setdefault(index, {}), **options)

    def state_dict(self):
        """A copy of all that the next steps depend on but the parameters: {"state": {index: ...}, "param_groups": [...]}.

        Plain dicts of arrays and numbers; the parameters are numbered in the order of the groups.
        """
        state = {index: {key: np.copy(value) if isinstance(value, np.ndarray) else value for key, value in entries.items()}
                 for index, entries in self.state.items()}
        groups, first = [], 0
        for group in self.param_groups:
            groups.append({**group, "params": list(range(first, first + len(group["params"])))})
            first += len(group["params"])
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict):
        """Go on where a state_dict was taken: its options and memories replace those here.

        Raises ValueError that says what differs (groups, parameters, options, shapes); nothing is taken over then.
        """
        groups, state = state_dict["param_groups"], state_dict["state"]
        if len(groups) != len(self.param_groups):
            raise ValueError(f"the state has {len(groups)} param groups, this {type(self).__name__} {len(self.param_groups)}")
        for i, (theirs, ours) in enumerate(zip(groups, self.param_groups, strict=True)):
            if len(theirs["params"]) != len(ours["params"]):
                raise ValueError(f"param group {i} of the state has {len(theirs['params'])} parameters, here {len(ours['params'])}")
            if differing := sorted((theirs.keys() ^ ours.keys()) - {"initial_lr"}):
                raise ValueError(f"param group {i} of the state has other options than {type(self).__name__}: {', '.join(differing)} "
                                 "on one side only; another kind of optimiser saved it")
        params = self._parameters()
        for index, entries in state.items():
            if index not in range(len(params)):
                raise ValueError(f"the state remembers parameter {index}, there are only {len(params)} here")
            for key, value in entries.items():
                if isinstance(value, np.ndarray) and value.shape != params[index].data.shape:
                    raise ValueError(f"{key} of parameter {index} has shape {value.shape} in the state, the parameter "
                                     f"{params[index].data.shape}; they must be equal")
        for theirs, ours in zip(groups, self.param_groups, strict=True):
            ours.update((key, value) for key, value in theirs.items() if key != "params")
        self.state = {index: {key: np.array(value, params[index].data.dtype) if isinstance(value, np.ndarray) else value
                              for key, value in entries.items()} for index, entries in state.items()}

    def _parameters(self):
        return [p for group in self.param_groups for p in group["params"]]


def zeros(state, name, w):
    """What `state` remembers under `name`; zeros shaped as w at first."""
    if name not in state:
        state[name] = np.zeros_like(w)
    return state[name]


def check_number(options, name, highest=inf, below=inf):
    """Raise unless the option is a number from 0 to `highest` and less than `below`."""
    value = options[name]
    for number, what in zip(value, (f"{name}[0]", f"{name}[1]"), strict=True) if isinstance(value, tuple) else [(value, name)]:
        if isinstance(number, bool) or not isinstance(number, Real):
            raise TypeError(f"{what} must be a number, got {number!r}")
        if not (0 <= float(number) <= highest and float(number) < below):
            limits = f"at least 0 and less than {below:g}" if below < inf else "finite and at least 0"
            raise ValueError(f"{what} must be {limits if highest == inf else f'from 0 to {highest:g}'}, got {number}")


def _several(params, what):
    if hasattr(params, "grad") or isinstance(params, (dict, str)):
        raise TypeError(f"{what} must be several Parameters or several dicts, got one {type(params).__name__}; put it into a list")
    try:
        return list(params)
    except TypeError:
        raise TypeError(f"{what} must be several Parameters or several dicts, got {type(params).__name__}") from None


def _check_parameter(p, what):
    if not hasattr(p, "grad") or not isinstance(p.data, np.ndarray):
        raise TypeError(f"{what} must be a Parameter of numpy_nn, got {type(p).__name__}"
                        f"{'; torch.optim moves torch tensors' if hasattr(p, 'grad') else ''}")
    check_floats(p.data, what)
