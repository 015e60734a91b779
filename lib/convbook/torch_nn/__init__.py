"""The second engine: the same functions written out on torch tensors, on CPU or GPU."""
from convbook.torch_nn.conv import col2im, conv2d, conv2d_backward, im2col
from convbook.torch_nn.pool import (
    adaptive_avg_pool2d,
    adaptive_avg_pool2d_backward,
    avg_pool2d,
    avg_pool2d_backward,
    global_avg_pool2d,
    global_avg_pool2d_backward,
    global_max_pool2d,
    global_max_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
    max_unpool2d,
    max_unpool2d_backward,
)

__all__ = [
    "adaptive_avg_pool2d", "adaptive_avg_pool2d_backward", "avg_pool2d", "avg_pool2d_backward", "col2im", "conv2d",
    "conv2d_backward", "global_avg_pool2d", "global_avg_pool2d_backward", "global_max_pool2d", "global_max_pool2d_backward",
    "im2col", "max_pool2d", "max_pool2d_backward", "max_unpool2d", "max_unpool2d_backward",
]
