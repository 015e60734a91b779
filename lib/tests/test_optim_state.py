"""Around the steps: groups, gradients, a state to resume from, and what is refused."""
import json

import numpy as np
import pytest
import torch

from convbook.numpy_nn import Parameter
from convbook.numpy_nn.optim import SGD, Adam, AdamW, Optimizer, RMSprop
from convbook.numpy_nn.optim.lr_scheduler import StepLR

KINDS = [
    (SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.2}),
    (SGD, {"lr": 0.1, "momentum": 0.9, "form": "classical"}),
    (SGD, {"lr": 0.1, "momentum": 0.9, "form": "average", "nesterov": True}),
    (RMSprop, {"momentum": 0.5, "centered": True}),
    (Adam, {"betas": (0.8, 0.9)}),
    (AdamW, {"lr": 0.1}),
]
each_kind = pytest.mark.parametrize(("kind", "chosen"), KINDS, ids=lambda value: getattr(value, "__name__", ""))


def net():
    return [Parameter(np.arange(6.0).reshape(2, 3)), Parameter(np.ones(3)), Parameter(np.array(2.0))]


def groups(params):
    return [{"params": params[:1], "lr": 0.03}, {"params": params[1:]}]


def walk(params, optimizer, schedule, steps):
    for step in steps:
        for p in params:
            p.grad = np.cos(p.data + step)
        optimizer.step()
        schedule.step()


@each_kind
@pytest.mark.parametrize("order", ["optimiser first", "schedule first", "schedule made last"])
def test_a_resumed_run_walks_on_to_the_same_numbers(kind, chosen, order):
    whole = net()
    optimizer = kind(groups(whole), **chosen)
    schedule = StepLR(optimizer, 3, 0.5)
    walk(whole, optimizer, schedule, range(10))
    half, resumed = [p.data.copy() for p in whole], net()
    saved, saved_schedule = optimizer.state_dict(), schedule.state_dict()
    walk(whole, optimizer, schedule, range(10, 25))             # what was saved must not move with it

    for p, value in zip(resumed, half, strict=True):
        p.data[...] = value
    optimizer = kind(groups(resumed), **chosen)
    if order == "optimiser first":
        schedule = StepLR(optimizer, 3, 0.5)
        optimizer.load_state_dict(saved)
        schedule.load_state_dict(saved_schedule)
    elif order == "schedule first":
        schedule = StepLR(optimizer, 3, 0.5)
        schedule.load_state_dict(saved_schedule)
        optimizer.load_state_dict(saved)
    else:
        optimizer.load_state_dict(saved)
        schedule = StepLR(optimizer, 3, 0.5)
        schedule.load_state_dict(saved_schedule)
    walk(resumed, optimizer, schedule, range(10, 25))
    for p, q in zip(whole, resumed, strict=True):
        np.testing.assert_array_equal(p.data, q.data)


@each_kind
def test_two_runs_may_go_on_from_one_state(kind, chosen):
    """Loading copies: neither run moves the memories of the other, or the saved ones."""
    first = net()
    optimizer = kind(groups(first), **chosen)
    schedule = StepLR(optimizer, 3)
    walk(first, optimizer, schedule, range(4))
    saved, ends = optimizer.state_dict(), []
    for _ in range(2):
        params = net()
        optimizer = kind(groups(params), **chosen)
        optimizer.load_state_dict(saved)
        walk(params, optimizer, StepLR(optimizer, 3), range(5))
        ends.append([p.data for p in params])
    for one, other in zip(*ends, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("kind", "chosen"), [(SGD, {"lr": 0.1, "momentum": 0.9}), (RMSprop, {"momentum": 0.5, "centered": True}),
                                              (Adam, {}), (AdamW, {})], ids=lambda value: getattr(value, "__name__", ""))
def test_the_state_has_torchs_layout_and_names(kind, chosen):
    params = net()
    leaves = [torch.tensor(p.data, requires_grad=True) for p in params]
    ours, torchs = kind(groups(params), **chosen), getattr(torch.optim, kind.__name__)(groups(leaves), **chosen)
    for p, leaf in zip(params, leaves, strict=True):
        p.grad, leaf.grad = np.ones_like(p.data), torch.ones_like(leaf)
    ours.step()
    torchs.step()
    ours, torchs = ours.state_dict(), torchs.state_dict()
    assert ours["state"].keys() == torchs["state"].keys()
    for index, entries in ours["state"].items():
        assert entries.keys() <= torchs["state"][index].keys()
        for name, value in entries.items():
            np.testing.assert_allclose(value, torchs["state"][index][name].numpy(), rtol=1e-14)
    for group, expected in zip(ours["param_groups"], torchs["param_groups"], strict=True):
        assert group == {key: expected[key] for key in group if key != "form"} | ({"form": "torch"} if kind is SGD else {})
    json.dumps({**ours, "state": {i: {key: np.asarray(v).tolist() for key, v in e.items()} for i, e in ours["state"].items()}})


def test_a_state_in_float64_goes_on_in_the_dtype_of_the_parameters():
    wide, narrow = Parameter(np.ones(3)), Parameter(np.ones(3, np.float32))
    optimizer = Adam([wide])
    wide.grad = np.ones(3)
    optimizer.step()
    other = Adam([narrow])
    other.load_state_dict(optimizer.state_dict())
    assert other.state[0]["exp_avg"].dtype == np.float32
    assert other.state[0]["step"] == 1


@pytest.mark.parametrize(("saved", "message"), [
    (lambda: SGD(net()), r"the state has 1 param groups, this SGD 2"),
    (lambda: SGD([{"params": net()[:2]}, {"params": net()[2:]}]), r"param group 0 of the state has 2 parameters, here 1"),
    (lambda: Adam(groups(net())), r"param group 0 of the state has other options than SGD: betas, dampening, eps, form, momentum"),
    (lambda: moved(SGD(groups([Parameter(np.ones((3, 2))), *net()[1:]]), momentum=0.9)),
     r"momentum_buffer of parameter 0 has shape \(3, 2\) in the state, the parameter \(2, 3\); they must be equal"),
], ids=["groups", "parameters", "another kind", "shape"])
def test_a_state_that_does_not_fit_is_refused_and_nothing_is_taken_over(saved, message):
    optimizer = moved(SGD(groups(net()), lr=0.5, momentum=0.3))
    before = optimizer.state_dict()
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(saved().state_dict())
    after = optimizer.state_dict()
    assert after["param_groups"] == before["param_groups"]
    for index, entries in before["state"].items():
        np.testing.assert_array_equal(after["state"][index]["momentum_buffer"], entries["momentum_buffer"])


def test_a_state_for_more_parameters_is_refused():
    optimizer = SGD(net())
    state = optimizer.state_dict()
    state["state"][7] = {}
    with pytest.raises(ValueError, match=r"the state remembers parameter 7, there are only 3 here"):
        optimizer.load_state_dict(state)


def moved(optimizer):
    for group in optimizer.param_groups:
        for p in group["params"]:
            p.grad = np.ones_like(p.data)
    optimizer.step()
    return optimizer


def test_zero_grad_forgets_or_fills():
    params = net()
    params[0].grad = np.ones((2, 3))
    optimizer = SGD(params)
    optimizer.zero_grad(set_to_none=False)
    np.testing.assert_array_equal(params[0].grad, np.zeros((2, 3)))
    assert params[1].grad is None
    optimizer.zero_grad()
    assert params[0].grad is None


def test_a_group_that_is_added_later_moves_with_its_own_rate():
    first, second = Parameter(np.zeros(1)), Parameter(np.zeros(1))
    optimizer = SGD([first], lr=1.0)
    optimizer.add_param_group({"params": second, "lr": 0.5})
    moved(optimizer)
    assert (first.data[0], second.data[0]) == (-1.0, -0.5)


def test_a_gradient_of_another_shape_is_refused():
    p = Parameter(np.zeros((2, 3)))
    p.grad = np.ones(3)                 # would be spread over both rows
    with pytest.raises(ValueError, match=r"parameter 0 has shape \(2, 3\), its gradient \(3,\); they must be equal"):
        SGD([p]).step()


@pytest.mark.parametrize(("make", "error", "message"), [
    (lambda: SGD([]), ValueError, r"SGD got no parameters; does the net have any"),
    (lambda: SGD(Parameter(np.ones(1))), TypeError, r"params must be several .*, got one Parameter; put it into a list"),
    (lambda: SGD({"params": net()}), TypeError, r"params must be several .*, got one dict"),
    (lambda: SGD(3), TypeError, r"params must be several Parameters or several dicts, got int"),
    (lambda: SGD([np.ones(2)]), TypeError, r"parameter 0 of param group 0 must be a Parameter of numpy_nn, got ndarray"),
    (lambda: SGD([torch.ones(2)]), TypeError, r"must be a Parameter of numpy_nn, got Tensor; torch.optim moves torch tensors"),
    (lambda: SGD([Parameter(np.ones(2, int))]), TypeError, r"parameter 0 of param group 0 has dtype int64, the sums need floats"),
    (lambda: SGD([{"lr": 0.1}]), TypeError, r'param group 0 must be a dict with the key "params", got the keys \[\'lr\'\]'),
    (lambda: SGD([{"params": net()}, Parameter(np.ones(1))]), TypeError, r'param group 1 must be a dict .*, got Parameter'),
    (lambda: SGD([{"params": net(), "learning_rate": 1}]), ValueError,
     r"param group 0 has unknown options learning_rate; SGD knows lr, momentum, dampening, weight_decay, nesterov, form"),
    (lambda: SGD(net()[:1] * 2), ValueError, r"parameter 1 of param group 0, shape \(2, 3\), comes twice"),
    (lambda: SGD([{"params": p} for p in net()[1:2] * 2]), ValueError, r"parameter 0 of param group 1, shape \(3,\), comes twice"),
    (lambda: SGD(net(), lr=-0.1), ValueError, r"lr must be finite and at least 0, got -0\.1"),
    (lambda: SGD(net(), lr=float("nan")), ValueError, r"lr must be finite and at least 0, got nan"),
    (lambda: SGD([{"params": net(), "lr": -1}]), ValueError, r"lr must be finite and at least 0, got -1"),
    (lambda: SGD(net(), lr="0.1"), TypeError, r"lr must be a number, got '0\.1'"),
    (lambda: SGD(net(), lr=True), TypeError, r"lr must be a number, got True"),
    (lambda: SGD(net(), momentum=9), ValueError, r"momentum must be from 0 to 1, got 9"),
    (lambda: SGD(net(), dampening=-1), ValueError, r"dampening must be from 0 to 1, got -1"),
    (lambda: SGD(net(), weight_decay=-1), ValueError, r"weight_decay must be finite and at least 0, got -1"),
    (lambda: SGD(net(), form="heavy"), ValueError, r'form must be "torch", "classical" or "average", got \'heavy\''),
    (lambda: SGD(net(), momentum=0.9, dampening=0.5, form="average"), ValueError, r'dampening=0\.5 belongs to form="torch", got form="a'),
    (lambda: SGD(net(), nesterov=True), ValueError, r"nesterov needs momentum and no dampening, got momentum=0, dampening=0"),
    (lambda: SGD(net(), momentum=0.9, dampening=0.1, nesterov=True), ValueError, r"got momentum=0\.9, dampening=0\.1"),
    (lambda: RMSprop(net(), alpha=1.5), ValueError, r"alpha must be from 0 to 1, got 1\.5"),
    (lambda: RMSprop(net(), eps=-1e-8), ValueError, r"eps must be finite and at least 0, got -1e-08"),
    (lambda: Adam(net(), betas=(0.9, 1)), ValueError, r"betas\[1\] must be at least 0 and less than 1, got 1"),
    (lambda: Adam(net(), betas=(-0.1, 0.9)), ValueError, r"betas\[0\] must be at least 0 and less than 1, got -0\.1"),
    (lambda: Adam(net(), betas=(0.9, "b")), TypeError, r"betas\[1\] must be a number, got 'b'"),
    (lambda: Adam(net(), betas=0.9), TypeError, r"betas must be a pair of numbers, got 0\.9"),
    (lambda: AdamW(net(), weight_decay=float("inf")), ValueError, r"weight_decay must be finite and at least 0, got inf"),
])
def test_bad_arguments_are_refused_with_their_values(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("kind", [SGD, Adam, AdamW, RMSprop], ids=lambda kind: kind.__name__)
def test_arguments_and_defaults_are_torchs(kind):
    ours, torchs = kind(net()).defaults, getattr(torch.optim, kind.__name__)([torch.ones(1)]).defaults
    assert isinstance(kind(net()), Optimizer)
    assert {key: value for key, value in ours.items() if key != "form"} == {key: torchs[key] for key in ours if key != "form"}
