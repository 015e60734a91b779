"""How a primitive of this engine takes part in torch.autograd: what the tape is to the NumPy engine (chapter 7)."""
import torch


class _Recorded(torch.autograd.Function):
    """One application of a primitive."""

    @staticmethod
    def forward(ctx, primitive, *inputs):
        y, ctx.vjp = primitive(*inputs)
        ctx.inputs = len(inputs)
        return y

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad_y):
        gradients = ctx.vjp(grad_y)
        gradients = gradients if isinstance(gradients, tuple) else (gradients,)
        return None, *gradients, *[None] * (ctx.inputs - len(gradients))      # options follow the inputs


def apply(primitive, *inputs):
    """Call a primitive on tensors so that torch.autograd finds the way back through our own vjp.

    primitive   function of tensors that returns (y, vjp); vjp(grad_y) gives the gradients of its first inputs, in their order
    inputs      tensors, and plain values such as None or sizes
    returns     torch.Tensor

    Whatever the primitive raises comes through. Chapter 7.
    """
    return _Recorded.apply(primitive, *inputs)
