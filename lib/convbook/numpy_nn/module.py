"""Module: what a layer and a net have in common. The names and the keys are torch.nn's."""
from collections.abc import Iterator

import numpy as np

from convbook.numpy_nn.tape import Parameter, Tensor


class Module:
    """A part with parameters, or a net of parts; write `forward`, the tape does the rest.

    Parameters, buffers and parts are found where they are kept: in the attributes, in the order they were set.
    """

    training = True

    def __call__(self, *inputs):
        """Compute; plain arrays may come in, Tensors come out."""
        inputs = tuple(Tensor(value) if isinstance(value, np.ndarray) else value for value in inputs)
        outputs = self.forward(*inputs)
        for hook in tuple(vars(self).get("_hooks", ())):
            hook(self, inputs, outputs)
        return outputs

    def forward(self, *inputs):
        raise NotImplementedError(f"{type(self).__name__} has no forward method; it says what the layer computes")

    def register_buffer(self, name, array):
        """Keep an array that is part of the state but no parameter, such as a running mean."""
        setattr(self, name, array)
        self._buffers = {**vars(self).get("_buffers", {}), name: None}

    def register_forward_hook(self, hook):
        """Call hook(module, inputs, outputs) after every forward pass until `remove` of the returned handle is called."""
        vars(self).setdefault("_hooks", []).append(hook)
        return Handle(self, hook)

    def named_children(self) -> Iterator[tuple[str, "Module"]]:
        yield from ((name, part) for name, part in vars(self).items() if isinstance(part, Module))

    def children(self):
        yield from (part for _, part in self.named_children())

    def named_modules(self, prefix="", seen=None) -> Iterator[tuple[str, "Module"]]:
        """This module and all inside it, outer ones first; one that is used twice comes once."""
        seen = set() if seen is None else seen
        if id(self) not in seen:
            seen.add(id(self))
            yield prefix, self
            for name, part in self.named_children():
                yield from part.named_modules(f"{prefix}.{name}" if prefix else name, seen)

    def modules(self):
        yield from (module for _, module in self.named_modules())

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Every parameter once, with the path that leads to it: "stages.0.conv1.weight"."""
        seen = set()
        for prefix, module in self.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, Parameter) and id(value) not in seen:
                    seen.add(id(value))
                    yield (f"{prefix}.{name}" if prefix else name), value

    def parameters(self):
        yield from (parameter for _, parameter in self.named_parameters())

    def named_buffers(self) -> Iterator[tuple[str, np.ndarray]]:
        for prefix, module in self.named_modules():
            for name in vars(module).get("_buffers", ()):
                if (value := getattr(module, name)) is not None:
                    yield (f"{prefix}.{name}" if prefix else name), value

    def state_dict(self):
        """A copy of every parameter and buffer, by its path: {"conv1.weight": array, ...}."""
        return {key: array.copy() for key, array in self._state()}

    def load_state_dict(self, state, strict=True):
        """Take over parameters and buffers from a state_dict, each into the array that is there.

        state   {path: array}, shapes as here; dtypes are converted
        strict  must the keys be the same?

        Raises KeyError that names the keys that are missing or not known, ValueError that names a key and both shapes;
        nothing is taken over then. Chapter 11.
        """
        mine, given = dict(self._state()), {key: np.asarray(value) for key, value in state.items()}
        missing, unknown = [key for key in mine if key not in given], [key for key in given if key not in mine]
        if strict and (missing or unknown):
            raise KeyError(f"the state does not fit this net: missing {missing or 'nothing'}, not known here {unknown or 'nothing'}; "
                           "load with strict=False to take what fits by name")
        wrong = [f"{key}: here {array.shape}, in the state {given[key].shape}" for key, array in mine.items()
                 if key in given and given[key].shape != array.shape]
        if wrong:
            raise ValueError("shapes differ: " + "; ".join(wrong))
        for key in mine.keys() & given.keys():
            mine[key][...] = given[key]

    def train(self, mode=True):
        """Training from here on: dropout drops, batch norm uses the batch. Returns the net."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self):
        """Evaluation from here on. Returns the net."""
        return self.train(False)

    def zero_grad(self):
        for parameter in self.parameters():
            parameter.grad = None

    def requires_grad_(self, requires_grad=True):
        """Freeze (False) or free every parameter. Returns the net."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def to(self, dtype):
        """Convert parameters and floating buffers, for instance to np.float64. Returns the net."""
        for parameter in self.parameters():
            parameter.data, parameter.grad = parameter.data.astype(dtype), None
        for module in self.modules():
            for name in vars(module).get("_buffers", ()):
                value = getattr(module, name)
                if value is not None and np.issubdtype(value.dtype, np.floating):
                    setattr(module, name, value.astype(dtype))
        return self

    def double(self):
        return self.to(np.float64)

    def float(self):
        return self.to(np.float32)

    def extra_repr(self):
        """What a printout says about this layer beside its name."""
        return ""

    def __repr__(self):
        parts = [f"({name}): {part!r}".replace("\n", "\n  ") for name, part in self.named_children()]
        inside = "".join(f"\n  {part}" for part in parts) + "\n" if parts else self.extra_repr()
        return f"{type(self).__name__}({inside})"

    def _state(self, prefix="") -> Iterator[tuple[str, np.ndarray]]:
        """Own parameters, own buffers, then the parts', as in torch; a part that is used twice has both its names."""
        buffers = vars(self).get("_buffers", {})
        yield from ((prefix + name, value.data) for name, value in vars(self).items() if isinstance(value, Parameter))
        yield from ((prefix + name, getattr(self, name)) for name in buffers if getattr(self, name) is not None)
        for name, part in self.named_children():
            yield from part._state(f"{prefix}{name}.")


class ModuleList(Module):
    """A list of parts that the net knows of; a plain Python list would hide their parameters."""

    def __init__(self, modules=None):
        for module in modules or ():
            self.append(module)

    def append(self, module):
        setattr(self, str(len(self)), module)
        return self

    def __len__(self):
        return len(list(self.named_children()))

    def __iter__(self):
        return self.children()

    def __getitem__(self, index):
        return list(self.children())[index]


class Handle:
    """Takes a forward hook off again."""

    def __init__(self, module, hook):
        self.module, self.hook = module, hook

    def remove(self):
        if self.hook in vars(self.module)["_hooks"]:
            vars(self.module)["_hooks"].remove(self.hook)
