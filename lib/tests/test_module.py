"""Modules of the NumPy engine against torch.nn.Module: what they find, keep, load and print."""
import numpy as np
import pytest
import torch

from convbook.numpy_nn.module import Module, ModuleList
from convbook.numpy_nn.tape import Parameter, Tensor


def tower(base, parameter, ones):
    """The same three classes on either engine: a layer with a buffer, a block of two, a net with a shared part and a list."""
    class Layer(base):
        def __init__(self, size):
            super().__init__()
            self.weight, self.bias = parameter(ones(size)), None
            self.register_buffer("steps", ones(1))
            self.register_buffer("nothing", None)
            self.shift = parameter(ones(size) * 2)

        def forward(self, x):
            return x * self.weight + self.shift

    class Block(base):
        def __init__(self, size):
            super().__init__()
            self.first, self.second = Layer(size), Layer(size)

        def forward(self, x):
            return self.second(self.first(x))

    class Net(base):
        def __init__(self):
            super().__init__()
            self.block = Block(3)
            self.scale = parameter(ones(1))
            self.again = self.block.first
            self.parts = (ModuleList if base is Module else torch.nn.ModuleList)([Layer(3), Layer(3)])

        def forward(self, x):
            x = self.again(self.block(x)) * self.scale
            for part in self.parts:
                x = part(x)
            return x
    return Net()


@pytest.fixture
def net():
    return tower(Module, Parameter, lambda n: np.ones(n, np.float32))


@pytest.fixture
def torch_net():
    return tower(torch.nn.Module, torch.nn.Parameter, torch.ones)


def names(pairs):
    return [name for name, _ in pairs]


def test_finds_what_torch_finds(net, torch_net):
    assert names(net.named_modules()) == names(torch_net.named_modules())
    assert sorted(names(net.named_parameters())) == sorted(names(torch_net.named_parameters()))
    assert names(net.named_children()) == ["block", "again", "parts"]
    assert names(net.named_buffers()) == names(torch_net.named_buffers())
    assert len(list(net.modules())) == len(list(torch_net.modules())) == 7
    assert [p.shape for p in net.parameters()] == [(1,)] + [(3,)] * 8


def test_state_has_torchs_keys_and_both_names_of_a_shared_part(net, torch_net):
    assert sorted(net.state_dict()) == sorted(torch_net.state_dict())
    assert {"block.first.weight", "again.weight", "parts.1.steps", "scale"} <= set(net.state_dict())


def test_state_goes_there_and_back(net):
    state = net.state_dict()
    for i, value in enumerate(state.values()):
        value += i
    assert net.scale.data == 1, "the state is a copy"
    state["again.weight"], state["again.shift"] = state["block.first.weight"], state["block.first.shift"]     # one part, two names
    before = net.scale.data
    net.load_state_dict(state)
    assert net.scale.data is before, "loaded into the array that is there"
    for key, value in net.state_dict().items():
        if not key.endswith("steps"):
            np.testing.assert_array_equal(value, state[key])


def test_a_state_that_does_not_fit_is_refused_whole(net):
    state = {key: value + 1 for key, value in net.state_dict().items()}
    wrong = {**state, "scale": np.ones((2, 2))}
    with pytest.raises(ValueError, match=r"shapes differ: scale: here \(1,\), in the state \(2, 2\)"):
        net.load_state_dict(wrong)
    del wrong["scale"]
    wrong["scales"] = np.ones(1)
    with pytest.raises(KeyError, match=r"missing \['scale'\], not known here \['scales'\]; load with strict=False"):
        net.load_state_dict(wrong)
    assert net.block.first.weight.data[0] == 1, "nothing was taken over"
    net.load_state_dict(wrong, strict=False)
    assert net.block.first.weight.data[0] == 2
    assert net.scale.data == 1


def test_shared_part_gets_the_sum_of_its_gradients(net, torch_net, assert_close):
    x = np.random.default_rng(0).standard_normal((2, 3)).astype(np.float32)
    net(x).sum().backward()
    torch_net(torch.tensor(x)).sum().backward()
    expected = {name: p.grad.numpy() for name, p in torch_net.named_parameters()}
    assert expected
    for name, parameter in net.named_parameters():
        assert_close(parameter.grad, expected[name], 1e-6)
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_training_reaches_every_part(net):
    assert net.training
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    assert net.train().parts[1].training


def test_dtype_of_parameters_and_buffers(net):
    assert net.double() is net
    assert {value.dtype for value in net.state_dict().values()} == {np.dtype(np.float64)}
    assert net(np.ones((1, 3))).dtype == np.float64
    assert net.float()(np.ones((1, 3), np.float32)).dtype == np.float32


def test_frozen_parameters_want_no_gradient(net):
    net.requires_grad_(False)
    assert not net(np.ones((1, 3))).requires_grad
    assert net.requires_grad_()(np.ones((1, 3))).requires_grad


def test_hooks_see_every_call_until_removed(net):
    seen = []
    handle = net.block.first.register_forward_hook(lambda module, inputs, output: seen.append((module, inputs[0].shape, output)))
    y = net(np.ones((1, 3)))
    assert len(seen) == 2, "the part is used twice"
    assert seen[0][0] is net.block.first
    assert isinstance(seen[0][2], Tensor) and seen[0][1] == (1, 3)
    handle.remove()
    handle.remove()
    assert (net(np.ones((1, 3))).data == y.data).all() and len(seen) == 2


def test_hooks_of_two_nets_are_their_own(net):
    net.block.first.register_forward_hook(lambda *_: None)
    assert not vars(net.block.second).get("_hooks")


def test_forward_is_asked_for():
    with pytest.raises(NotImplementedError, match="Silent has no forward method"):
        type("Silent", (Module,), {})()(np.ones(1))


def test_list_of_parts():
    parts = ModuleList([Module()])
    assert parts.append(Module()) is parts
    assert len(parts) == len(list(parts)) == 2
    assert parts[-1] is list(parts)[1]


def test_printed_as_a_tree(net):
    assert repr(net).startswith("Net(\n  (block): Block(\n    (first): Layer()\n    (second): Layer()\n  )\n")
