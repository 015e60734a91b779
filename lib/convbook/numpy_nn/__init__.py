"""The reference engine: every formula of the chapters on NumPy arrays, forward and backward."""
from convbook.numpy_nn import loops
from convbook.numpy_nn.activation import (
    elu,
    elu_backward,
    leaky_relu,
    leaky_relu_backward,
    relu,
    relu6,
    relu6_backward,
    relu_backward,
    scaled_tanh,
    scaled_tanh_backward,
    sigmoid,
    sigmoid_backward,
    tanh,
    tanh_backward,
)
from convbook.numpy_nn.batch_norm import batch_norm, batch_norm_backward
from convbook.numpy_nn.conv import col2im, conv2d, conv2d_backward, im2col
from convbook.numpy_nn.conv_transpose import conv_transpose2d, conv_transpose2d_backward
from convbook.numpy_nn.dropout import drop_path, drop_path_mask, dropout, dropout2d, dropout2d_mask, dropout_backward, dropout_mask
from convbook.numpy_nn.gated import (
    gelu,
    gelu_backward,
    hardsigmoid,
    hardsigmoid_backward,
    hardswish,
    hardswish_backward,
    silu,
    silu_backward,
)
from convbook.numpy_nn.hinge import hinge_loss, hinge_loss_backward, multi_margin_loss, multi_margin_loss_backward
from convbook.numpy_nn.linear import linear, linear_backward
from convbook.numpy_nn.locally_connected import locally_connected2d, locally_connected2d_backward
from convbook.numpy_nn.loss import (
    binary_cross_entropy_with_logits,
    binary_cross_entropy_with_logits_backward,
    cross_entropy,
    cross_entropy_backward,
    mse_loss,
    mse_loss_backward,
    nll_loss,
    nll_loss_backward,
    topk_accuracy,
)
from convbook.numpy_nn.norm import group_norm, group_norm_backward, layer_norm, layer_norm_backward
from convbook.numpy_nn.pool import (
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
from convbook.numpy_nn.response_norm import (
    global_response_norm,
    global_response_norm_backward,
    local_response_norm,
    local_response_norm_backward,
)
from convbook.numpy_nn.softmax import log_softmax, log_softmax_backward, softmax, softmax_backward

__all__ = [
    "adaptive_avg_pool2d", "adaptive_avg_pool2d_backward", "avg_pool2d", "avg_pool2d_backward", "batch_norm",
    "batch_norm_backward", "binary_cross_entropy_with_logits", "binary_cross_entropy_with_logits_backward", "col2im", "conv2d",
    "conv2d_backward", "conv_transpose2d", "conv_transpose2d_backward", "cross_entropy", "cross_entropy_backward", "drop_path",
    "drop_path_mask", "dropout", "dropout2d", "dropout2d_mask", "dropout_backward", "dropout_mask", "elu", "elu_backward",
    "gelu", "gelu_backward", "global_avg_pool2d", "global_avg_pool2d_backward", "global_max_pool2d",
    "global_max_pool2d_backward", "global_response_norm", "global_response_norm_backward", "group_norm", "group_norm_backward",
    "hardsigmoid", "hardsigmoid_backward", "hardswish", "hardswish_backward", "hinge_loss", "hinge_loss_backward", "im2col",
    "layer_norm", "layer_norm_backward", "leaky_relu", "leaky_relu_backward", "linear", "linear_backward",
    "local_response_norm", "local_response_norm_backward", "locally_connected2d", "locally_connected2d_backward", "log_softmax",
    "log_softmax_backward", "loops", "max_pool2d", "max_pool2d_backward", "max_unpool2d", "max_unpool2d_backward", "mse_loss",
    "mse_loss_backward", "multi_margin_loss", "multi_margin_loss_backward", "nll_loss", "nll_loss_backward", "relu", "relu6",
    "relu6_backward", "relu_backward", "scaled_tanh", "scaled_tanh_backward", "sigmoid", "sigmoid_backward", "silu",
    "silu_backward", "softmax", "softmax_backward", "tanh", "tanh_backward", "topk_accuracy",
]
