"""Which array of a file belongs to which parameter of a net, and loading them: all or none."""
import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from fnmatch import fnmatchcase
from typing import NamedTuple

from convbook.init import copy_state
from convbook.weights._read import read
from convbook.weights._tables import TABLES, renamed

COUNTER = "num_batches_tracked"         # of batch norm; files of old do not have it, and with a momentum nothing depends on it
ROLES = {"weight": "weight", "kernel": "weight", "gamma": "weight", "layer_scale": "weight", "bias": "bias", "beta": "bias",
         "running_mean": "mean", "moving_mean": "mean", "running_var": "variance", "moving_variance": "variance", COUNTER: "counter"}
SHOWN = 12                              # keys of either side that a message lists


class Match(NamedTuple):
    """What belongs together; prints as a table, one line for each key.

    pairs   {our key: their key}
    how     what the two were matched by
    shapes  {our key: shape here}
    kept    our keys that keep their values
    unused  their keys that are not taken over
    """

    pairs: dict
    how: str
    shapes: dict
    kept: tuple = ()
    unused: tuple = ()

    def __str__(self):
        width = max(map(len, self.pairs), default=0)
        sizes = {key: "x".join(map(str, shape)) or "-" for key, shape in self.shapes.items()}
        size = max(map(len, sizes.values()), default=0)
        lines = [f"{ours:{width}}  {sizes[ours]:{size}}  {theirs}" for ours, theirs in self.pairs.items()]
        rest = [f"{what}: {', '.join(keys)}" for what, keys in (("kept as they were", self.kept), ("not taken over", self.unused)) if keys]
        return "\n".join([f"{len(self.pairs)} arrays matched by {self.how}", *lines, *rest])

    def __repr__(self):
        return str(self)


class MismatchError(ValueError):
    """Weights do not fit a net.

    ours    {key: shape} of what the net has and the weights have not
    theirs  {key: shape} of what the weights have and the net has not
    """

    def __init__(self, message, ours, theirs):
        super().__init__(message)
        self.ours, self.theirs = ours, theirs


def match(net, state, rename=None, leave_out=(), keep=()):
    """Say which array belongs to which parameter or buffer of a net; nothing is loaded.

    net        of any engine
    state      {key: array or tensor}, for instance from `read` or state_dict() of a net of torchvision
    rename     {their key: our key} or function of their key that returns ours; whom it does not concern keeps its name
    leave_out  patterns of their keys that are not wanted, ["aux1.*", "aux2.*"]
    keep       patterns of our keys that shall keep their values, ["head.fc.*"]
    returns    Match

    Without `rename`, three ways are tried: the same keys; the same shapes in the same order, where weight must stand for
    weight, bias for bias and so on (files that are sorted by name have lost the order and do not count); the tables of
    names that are known here, for ResNet, ConvNeXt and SqueezeNet. Shapes are the same if they differ by axes of length 1 at most,
    as a linear layer's (1000, 512) and a 1x1 convolution's (1000, 512, 1, 1). Where the file has no counters of batch norm
    (num_batches_tracked), the net keeps its own.
    Raises MismatchError (a ValueError) that names what remains on both sides, with shapes; ValueError for a pattern that fits no key.
    """
    ours, theirs = _shapes(net.state_dict()), _shapes(state)
    kept, unused = _fitting(ours, keep, "keep"), _fitting(theirs, leave_out, "leave_out")
    if not any(key.endswith(COUNTER) for key in theirs):
        kept += tuple(key for key in ours if key.endswith(COUNTER) and key not in kept)
    wanted, given = _without(ours, kept), _without(theirs, unused)
    for how, names in _ways(wanted, given, rename):
        if wanted.keys() == set(names.values()) and len(names) == len(wanted) and all(
                _real(given[their]) == _real(wanted[our]) for their, our in names.items()):
            found = {our: their for their, our in names.items()}
            return Match({our: found[our] for our in wanted}, how, wanted, kept, unused)
    raise _mismatch(wanted, given, rename)


def load(net, weights, rename=None, leave_out=(), keep=(), sha256=None):
    """Put published weights into a net: all that belong there, or none at all.

    weights    path of a file that `read` reads, or {key: array or tensor}
    sha256     of the file, or how it begins
    returns    Match; print it to see what went where

    The other arguments as in `match`. The net keeps its dtypes and devices.
    Raises what `read` and `match` raise; the net is as before then.
    """
    state = weights if isinstance(weights, Mapping) else read(weights, sha256)
    found = match(net, state, rename, leave_out, keep)
    own = net.state_dict()
    copy_state(_State(own | {our: state[their].reshape(tuple(own[our].shape)) for our, their in found.pairs.items()}), net)
    return found


class _State(NamedTuple):
    """What copy_state asks of a net."""

    arrays: dict

    def state_dict(self):
        return self.arrays


def _shapes(state):
    return {key: tuple(value.shape) for key, value in state.items()}


def _fitting(keys, patterns, argument):
    for pattern in patterns:
        if not any(fnmatchcase(key, pattern) for key in keys):
            raise ValueError(f"{argument}: no key is called {pattern!r}; there are {_listed(keys)}")
    return tuple(key for key in keys if any(fnmatchcase(key, pattern) for pattern in patterns))


def _without(shapes, keys):
    return {key: shape for key, shape in shapes.items() if key not in set(keys)}


def _real(shape):
    """Without axes of length 1: they change neither the number nor the order of the entries."""
    return tuple(n for n in shape if n != 1)


def _ways(wanted, given, rename):
    """(how, {their key: our key}) in the order in which they are tried."""
    if rename is not None:
        yield "the names given", _by(rename, given)
        return
    yield "the same keys", {key: key for key in given}
    if len(wanted) == len(given) and _in_net_order(list(given)) and all(map(_same_role, wanted, given)):
        yield "the same shapes in the same order", dict(zip(given, wanted, strict=True))
    for how, rules in TABLES.items():
        yield how, {key: renamed(key, rules) for key in given}


def _by(rename, given):
    if callable(rename):
        return {key: rename(key) for key in given}
    if unknown := [key for key in rename if key not in given]:
        raise ValueError(f"rename: the weights have no {', '.join(map(repr, unknown[:SHOWN]))}; they have {_listed(given)}")
    return {key: rename.get(key, key) for key in given}


def _same_role(ours, theirs):
    """Do the last parts of two keys not contradict each other, as weight and running_mean would?"""
    roles = [ROLES.get(key.rpartition(".")[2]) for key in (ours, theirs)]
    return None in roles or roles[0] == roles[1]


def _in_net_order(keys):
    """False for names sorted as text, "features.10" before "features.2", as safetensors does."""
    def numbers_by_size(key):
        return [(0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", key)]

    return keys != sorted(keys) or keys == sorted(keys, key=numbers_by_size)


def _mismatch(wanted, given, rename):
    """The error: differences by name where most names are shared or were given, by order elsewhere."""
    names = {} if rename is None else _by(rename, given)
    theirs = {names.get(key, key): key for key in given}
    shared = {key for key in wanted if key in theirs and _real(wanted[key]) == _real(given[theirs[key]])}
    if rename is not None or 2 * len(shared) > len(wanted):
        here, there = _without(wanted, shared), {key: given[key] for name, key in theirs.items() if name not in shared}
        what = "by their keys"
    else:
        here, there = _by_order(wanted, given)
        what = "by the order of their shapes; no table of names fits either"
    alike = "" if here or there else "  the same shapes, but sorted by name, and no table leads from their names to the net's\n"
    return MismatchError(
        f"the weights do not fit the net, nothing is loaded. Compared {what}:\n"
        f"  only the net has {_listed(here) or 'nothing'}\n  only the weights have {_listed(there) or 'nothing'}\n{alike}"
        "give rename={their key: our key}, or leave_out=[patterns of their keys] and keep=[patterns of ours]", here, there)


def _by_order(wanted, given):
    mine, other = ([(_real(shape), ROLES.get(key.rpartition(".")[2])) for key, shape in side.items()] for side in (wanted, given))
    changes = [change for change in SequenceMatcher(None, mine, other, autojunk=False).get_opcodes() if change[0] != "equal"]
    ours, theirs = list(wanted), list(given)
    return ({key: wanted[key] for _, start, stop, _, _ in changes for key in ours[start:stop]},
            {key: given[key] for _, _, _, start, stop in changes for key in theirs[start:stop]})


def _listed(shapes):
    """Keys with their shapes, cut short."""
    more = f" and {len(shapes) - SHOWN} more" if len(shapes) > SHOWN else ""
    return ", ".join(f"{key} {shape}" for key, shape in list(shapes.items())[:SHOWN]) + more
