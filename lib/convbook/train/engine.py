"""What the loop asks of an engine: put a batch there, compute, go back, and the few things that differ."""
from contextlib import nullcontext

import numpy as np
import torch

from convbook.numpy_nn import functional as numpy_functional
from convbook.numpy_nn import random
from convbook.numpy_nn.tape import Tensor, no_grad


class NumpyEngine:
    """Nets of convbook.numpy_nn: on the CPU, nothing to choose."""

    name = "the CPU (NumPy)"
    cross_entropy = staticmethod(numpy_functional.cross_entropy)
    no_grad = staticmethod(no_grad)

    def __init__(self, net, device=None, compile=False, autocast=None, channels_last=False):
        chosen = {"device": device not in (None, "cpu"), "compile": compile, "autocast": autocast, "channels_last": channels_last}
        if wrong := [name for name, value in chosen.items() if value]:
            raise ValueError(f"{', '.join(wrong)}: only nets of torch have this option, {type(net).__name__} is one of NumPy")
        first = next(net.parameters(), None)
        self.net, self.dtype = net, np.float32 if first is None else first.dtype

    def forward(self, x, plainly=False):
        return self.net(Tensor(x.astype(self.dtype, copy=False)))

    def target(self, y):
        return y

    def backward(self, loss, optimizer):
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    def numpy(self, value):
        return value.data

    def seed(self, seed):
        random.manual_seed(seed)

    def state(self, thing):
        return thing.state_dict()

    def restore(self, thing, state):
        thing.load_state_dict(state)


class TorchEngine:
    """Nets of torch.nn, also written_out: on a GPU if there is one, or where `device` says."""

    cross_entropy = staticmethod(torch.nn.functional.cross_entropy)
    no_grad = staticmethod(torch.no_grad)

    def __init__(self, net, device=None, compile=False, autocast=None, channels_last=False):
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.name = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else f"the {self.device.type.upper()} (torch)"
        self.layout = torch.channels_last if channels_last else torch.contiguous_format
        net.to(device=self.device, memory_format=self.layout)
        self.net, self.call = net, torch.compile(net, backend=compile if isinstance(compile, str) else "inductor") if compile else net
        self.autocast = getattr(torch, autocast) if isinstance(autocast, str) else autocast
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.autocast is torch.float16)
        self.dtype = next((p.dtype for p in net.parameters()), torch.float32)

    def forward(self, x, plainly=False):
        """The net's output for a batch of arrays; plainly: without torch.compile, so that every layer can be watched."""
        x = torch.from_numpy(x).to(self.device, self.dtype).contiguous(memory_format=self.layout)
        with torch.autocast(self.device.type, self.autocast) if self.autocast else nullcontext():
            return (self.net if plainly else self.call)(x)

    def target(self, y):
        return torch.from_numpy(np.ascontiguousarray(y)).to(self.device)

    def backward(self, loss, optimizer):
        optimizer.zero_grad()
        self.scaler.scale(loss).backward()
        self.scaler.step(optimizer)
        self.scaler.update()

    def numpy(self, value):
        return value.detach().float().cpu().numpy() if value.dtype is not torch.float64 else value.detach().cpu().numpy()

    def seed(self, seed):
        torch.manual_seed(seed)

    def state(self, thing):
        return thing.state_dict()

    def restore(self, thing, state):
        thing.load_state_dict(_tensors(state))


def engine_of(net, **options):
    """The engine that a net belongs to.

    Raises TypeError if it is no net, ValueError for an option that this engine does not have.
    """
    if isinstance(net, torch.nn.Module):
        return TorchEngine(net, **options)
    if not hasattr(net, "named_parameters"):
        raise TypeError(f"a net of convbook.numpy_nn or torch.nn is needed, got {type(net).__name__}")
    return NumpyEngine(net, **options)


def _tensors(value):
    """The arrays of a checkpoint as tensors, wherever they stand."""
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value)
    if isinstance(value, dict):
        return {key: _tensors(item) for key, item in value.items()}
    return [_tensors(item) for item in value] if isinstance(value, list) else value
