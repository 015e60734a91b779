"""Which layer was the first to say NaN?"""
import numpy as np


class NotFiniteError(ArithmeticError):
    """The loss is NaN or infinite. `layer` is the path of the first layer whose output was, `history` what came before."""

    def __init__(self, message, layer, history):
        super().__init__(message)
        self.layer, self.history = layer, history


def check_finite(loss, net, forward, where, history):
    """Return the loss as a float if it is a number; otherwise look for the layer that it came from.

    loss     the loss of a batch, float
    forward  computes the batch again
    where    "epoch 2, batch 7", for the message

    Raises NotFiniteError that names the layer.
    """
    if np.isfinite(loss):
        return loss
    layer, reason = first_bad_layer(net, forward)
    place = f"layer {layer!r} ({reason})" if layer else f"no layer: {reason}"
    raise NotFiniteError(f"the loss is {loss} in {where}; first not finite: {place}. "
                         "Try a smaller learning rate, and look at the data and the initial weights.", layer, history)


def first_bad_layer(net, forward):
    """(path, reason) of the first layer in the order of computation whose output is not finite; ("", reason) if none is."""
    found: list[tuple[str, str]] = []

    def look(name):
        def hook(module, inputs, output):
            if found or finite(output):
                return
            if any(not finite(p) for p in module.parameters()):
                found.append((name, "its own weights are not finite: the step before was too large"))
            else:
                healthy = all(finite(x) for x in inputs)
                reason = "its inputs and weights are finite, its output is not" if healthy else "its input was not finite already"
                found.append((name, reason))
        return hook

    handles = [module.register_forward_hook(look(name)) for name, module in net.named_modules() if not list(module.children())]
    try:
        forward()
    finally:
        for handle in handles:
            handle.remove()
    return found[0] if found else ("", "every output is finite, the loss itself is not")


def finite(value):
    """Are all numbers of an array, a Tensor, a torch tensor or a tuple of them finite?"""
    if isinstance(value, tuple | list):
        return all(map(finite, value))
    values = value.detach().cpu().double().numpy() if hasattr(value, "cpu") else getattr(value, "data", value)
    return bool(np.isfinite(values).all())
