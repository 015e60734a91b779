"""16-bit tensors are computed in 32 bits, as torch's own normalisations do: their sums overflow or lose what they add."""
import torch


def wide(x):
    """x in at least float32."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def narrow(y, x):
    """y in the dtype of x."""
    return y.to(x.dtype)
