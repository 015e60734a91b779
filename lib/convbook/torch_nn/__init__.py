"""The second engine: the same functions written out on torch tensors, on CPU or GPU."""
from convbook.torch_nn.conv import col2im, conv2d, conv2d_backward, im2col

__all__ = ["col2im", "conv2d", "conv2d_backward", "im2col"]
