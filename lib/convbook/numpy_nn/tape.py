"""The tape: who made a value, and how its gradient goes back (chapter 7).

A Tensor holds an array. Each primitive that is applied to Tensors returns its value and a function, the vector-Jacobian
product, that turns the gradient of that value into the gradients of its inputs. `backward` walks the record backwards.
A value that was used twice gets the sum of both gradients: that is why layers keep nothing and the tape keeps everything.
"""
from contextlib import contextmanager

import numpy as np

from convbook.numpy_nn import arithmetic


class Tensor(arithmetic.Operators):
    """A value, its gradient, and how it was made.

    data           np.ndarray (anything np.asarray takes; Python floats become float32, as in torch)
    grad           np.ndarray shaped as data once `backward` has reached this leaf, before that None
    requires_grad  does anything want the gradient of this value?
    """

    def __init__(self, data, requires_grad=False):
        values = np.asarray(data.data if isinstance(data, Tensor) else data)
        self.data = values.astype(np.float32) if values.dtype == np.float64 and not hasattr(data, "dtype") else values
        self.grad, self.requires_grad = None, requires_grad
        self._inputs, self._vjp = (), None

    def backward(self, grad_y=None):
        """Send a gradient back to every leaf that requires one; there it is added to `grad`.

        grad_y   array shaped as this value; may be left out for a single number (then 1)

        Raises ValueError if it is missing or has another shape, RuntimeError if nothing
        recorded leads here. Chapter 7.
        """
        gradients = {self: _start(self, grad_y)}
        for tensor in reversed(_in_order(self)):
            grad_y = np.asarray(gradients.pop(tensor))  # sums of numbers are no arrays
            if tensor._vjp is None:
                tensor.grad = grad_y.copy() if tensor.grad is None else tensor.grad + grad_y
                continue
            sent = as_tuple(tensor._vjp(grad_y))        # options come last and get none
            for source, gradient in zip(tensor._inputs, sent, strict=False):
                if wants_gradient(source):
                    known = gradients.get(source)
                    gradients[source] = gradient if known is None else known + gradient

    def detach(self):
        """The same value without its history."""
        return Tensor(self.data)

    def _apply(self, primitive, *inputs, **options):
        return apply(primitive, self, *inputs, **options)

    def __repr__(self):
        return f"Tensor({np.array2string(self.data, separator=', ', prefix='Tensor(')}{', requires_grad=True' * self.requires_grad})"


class Parameter(Tensor):
    """A leaf that an optimiser moves: its gradient is always wanted."""

    def __init__(self, data, requires_grad=True):
        super().__init__(data, requires_grad)


def apply(primitive, *inputs, **options):
    """Call a primitive on the values of its inputs, and remember the way back.

    primitive   function of arrays that returns (y, vjp); vjp(grad_y) gives the gradients
                of its first inputs, in their order
    inputs      Tensors, and plain values such as None, class indices or sizes
    returns     Tensor

    Whatever the primitive raises comes through. Chapter 7.
    """
    for value in inputs:
        if hasattr(value, "_convbook_call"):    # stands for a Tensor in convbook.analyse
            return value._convbook_call(primitive, inputs, options)
    arrays = (value.data if isinstance(value, Tensor) else value for value in inputs)
    y, vjp = primitive(*arrays, **options)
    result = Tensor(y)
    if _recording[-1] and any(map(wants_gradient, inputs)):
        result.requires_grad, result._inputs, result._vjp = True, inputs, vjp
    return result


def cat(tensors, dim=0):
    """Join Tensors along an axis (torch.cat).

    tensors  Tensors that differ in size along `dim` only, such as (N, C1, H, W) and (N, C2, H, W) for dim=1
    returns  Tensor, (N, C1 + C2, H, W)

    Raises ValueError if another axis differs. Chapter 15.
    """
    return apply(arithmetic._cat, *tensors, dim=dim)


@contextmanager
def no_grad():
    """Within this block nothing is recorded: for evaluation, and for optimisers."""
    _recording.append(False)
    try:
        yield
    finally:
        _recording.pop()


def wants_gradient(value):
    """Is this a Tensor whose gradient somebody needs?"""
    return isinstance(value, Tensor) and value.requires_grad


def as_tuple(gradients):
    return gradients if isinstance(gradients, tuple) else (gradients,)


_recording = [True]


def _start(value, grad_y):
    """The gradient with which the way back begins."""
    if not value.requires_grad:
        raise RuntimeError("no input of this value requires a gradient (or it was made under no_grad), so there is no way back")
    if grad_y is None and value.data.size != 1:
        raise ValueError(f"backward starts at one number, this value has shape {value.shape}; give the gradient to start from")
    grad_y = np.ones_like(value.data) if grad_y is None else np.asarray(getattr(grad_y, "data", grad_y), value.dtype)
    if grad_y.shape != value.shape:
        raise ValueError(f"the gradient has shape {grad_y.shape}, the value {value.shape}; they must be equal")
    return grad_y


def _in_order(last):
    """Every Tensor that `last` was made from and that wants a gradient, makers first.

    With a list of its own instead of recursion: a net of 1202 layers is deeper than Python's stack.
    """
    order, seen, waiting = [], {id(last)}, [(last, iter(last._inputs))]
    while waiting:
        source = next((s for s in waiting[-1][1] if wants_gradient(s) and id(s) not in seen), None)
        if source is None:
            order.append(waiting.pop()[0])
        else:
            seen.add(id(source))
            waiting.append((source, iter(source._inputs)))
    return order
