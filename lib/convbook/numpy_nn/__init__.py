"""The reference engine: every formula of the chapters on NumPy arrays, forward and backward."""
from convbook.numpy_nn import loops
from convbook.numpy_nn.conv import col2im, conv2d, conv2d_backward, im2col

__all__ = ["col2im", "conv2d", "conv2d_backward", "im2col", "loops"]
