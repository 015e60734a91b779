"""Layers with weights, and what normalises: torch.nn's names, arguments and state, computing with our own functions.

A layer holds its parameters and its settings; its forward pass is one line, and the tape derives the way back (chapter 7).
Fresh weights are drawn as torch draws them, uniform within 1 / sqrt(fan in), from this engine's generator
(convbook.numpy_nn.random.manual_seed); `convbook.init` draws them as papers do.
"""
import numpy as np

from convbook.init import fan
from convbook.numpy_nn import functional as F
from convbook.numpy_nn.module import Module
from convbook.numpy_nn.random import default_generator
from convbook.numpy_nn.tape import Parameter
from convbook.shapes import geometry, pair

__all__ = [
    "GRN",
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv2d",
    "ConvTranspose2d",
    "GroupNorm",
    "LayerNorm",
    "LayerNorm2d",
    "LayerScale",
    "Linear",
    "LocallyConnected2d",
]


class Linear(Module):
    """y = x weight^T + bias: every output sees every input.

    weight (out_features, in_features), bias (out_features,); x (..., in_features) to (..., out_features). Chapter 2.
    """

    def __init__(self, in_features, out_features, bias=True):
        self.in_features, self.out_features = in_features, out_features
        self.weight = _uniform((out_features, in_features))
        self.bias = _uniform((out_features,), in_features) if bias else None

    def forward(self, x):
        return F.linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"{self.in_features} -> {self.out_features}{_without(self.bias)}"


class Conv2d(Module):
    """Shared filters slide over the image: x (N, C, H, W) to (N, F, OH, OW), sizes as in numpy_nn.conv2d. Chapter 3.

    weight (out_channels, in_channels // groups, KH, KW), bias (out_channels,)

    Raises ValueError if channels cannot be shared out among the groups.
    """

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True):
        for count, what in ((in_channels, "in_channels"), (out_channels, "out_channels")):
            if count % groups:
                raise ValueError(f"{what}={count} cannot be shared out evenly among groups={groups}")
        self.in_channels, self.out_channels, self.kernel_size = in_channels, out_channels, pair(kernel_size, "kernel_size")
        self.stride, self.dilation, self.groups = pair(stride, "stride"), pair(dilation, "dilation"), groups
        self.padding = padding if isinstance(padding, str) else pair(padding, "padding")
        self.weight = _uniform((out_channels, in_channels // groups, *self.kernel_size))
        self.bias = _uniform((out_channels,), fan(self.weight.shape)[0]) if bias else None

    def forward(self, x):
        return F.conv2d(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)

    def extra_repr(self):
        return f"{self.in_channels} -> {self.out_channels}, {_window(self)}{_unless(self, dilation=(1, 1), groups=1)}{_without(self.bias)}"


class ConvTranspose2d(Module):
    """The way back of a convolution as a layer: small maps become large ones. Zeiler et al. 2010.

    weight (in_channels, out_channels // groups, KH, KW), bias (out_channels,)
    """

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=True, dilation=1):
        self.in_channels, self.out_channels, self.kernel_size = in_channels, out_channels, pair(kernel_size, "kernel_size")
        self.stride, self.padding = pair(stride, "stride"), pair(padding, "padding")
        self.output_padding, self.dilation, self.groups = pair(output_padding, "output_padding"), pair(dilation, "dilation"), groups
        self.weight = _uniform((in_channels, out_channels // groups, *self.kernel_size))
        self.bias = _uniform((out_channels,), fan(self.weight.shape)[0]) if bias else None

    def forward(self, x):
        return F.conv_transpose2d(x, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation)

    def extra_repr(self):
        return f"{self.in_channels} -> {self.out_channels}, {_window(self)}{_unless(self, output_padding=(0, 0), groups=1)}"


class BatchNorm2d(Module):
    """Every channel to mean 0 and variance 1 over the batch, then scaled and shifted: (N, C, H, W). Ioffe and Szegedy 2015, chapter 9.

    weight, bias (C,); running_mean, running_var (C,) are used by `eval`, and moved by `momentum` towards each training batch's.
    """

    running_mean: np.ndarray | None
    running_var: np.ndarray | None
    num_batches_tracked: np.ndarray | None

    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True):
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight = _constant(1, num_features) if affine else None
        self.bias = _constant(0, num_features) if affine else None
        self.register_buffer("running_mean", np.zeros(num_features, np.float32) if track_running_stats else None)
        self.register_buffer("running_var", np.ones(num_features, np.float32) if track_running_stats else None)
        self.register_buffer("num_batches_tracked", np.zeros((), np.int64) if track_running_stats else None)

    def forward(self, x):
        of_batch = self.training or self.running_mean is None
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked += 1
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, of_batch, self.momentum, self.eps)

    def extra_repr(self):
        return f"{self.num_features}{_unless(self, eps=1e-5, momentum=0.1)}"


class BatchNorm1d(BatchNorm2d):
    """Batch norm of features (N, C). Ioffe and Szegedy 2015, chapter 9."""


class LayerNorm(Module):
    """Every example by itself to mean 0 and variance 1 over its last axes. Ba et al. 2016, chapter 9."""

    def __init__(self, normalized_shape, eps=1e-5, elementwise_affine=True):
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps = eps
        self.weight = _constant(1, *self.normalized_shape) if elementwise_affine else None
        self.bias = _constant(0, *self.normalized_shape) if elementwise_affine else None

    def forward(self, x):
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return f"{', '.join(map(str, self.normalized_shape))}{_unless(self, eps=1e-5)}"


class LayerNorm2d(LayerNorm):
    """Layer norm over the channels of every pixel: (N, C, H, W), weight and bias (C,). Liu et al. 2022 (ConvNeXt)."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class GroupNorm(Module):
    """Every example by itself, a group of channels at a time. Wu and He 2018, chapter 9."""

    def __init__(self, num_groups, num_channels, eps=1e-5, affine=True):
        self.num_groups, self.num_channels, self.eps = num_groups, num_channels, eps
        self.weight = _constant(1, num_channels) if affine else None
        self.bias = _constant(0, num_channels) if affine else None

    def forward(self, x):
        return F.group_norm(x, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return f"{self.num_channels} in {self.num_groups} groups{_unless(self, eps=1e-5)}"


class GRN(Module):
    """Global response normalisation: channels compete by their energy. weight, bias (C,), zero at first. Woo et al. 2023 (ConvNeXt V2)."""

    def __init__(self, num_channels, eps=1e-6):
        self.num_channels, self.eps = num_channels, eps
        self.weight, self.bias = _constant(0, num_channels), _constant(0, num_channels)

    def forward(self, x):
        return F.global_response_norm(x, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return f"{self.num_channels}"


class LayerScale(Module):
    """Every map times a factor of its own, tiny at first: a new block hardly changes its input. Touvron et al. 2021 (CaiT).

    weight (C, 1, 1), `init` at first; x (N, C, H, W)
    """

    def __init__(self, num_channels, init=1e-6):
        self.num_channels, self.init = num_channels, init
        self.weight = _constant(init, num_channels, 1, 1)

    def forward(self, x):
        return x * self.weight

    def extra_repr(self):
        return f"{self.num_channels}, init={self.init}"


class LocallyConnected2d(Module):
    """A filter of its own at every place, nothing shared: (N, C, H, W) to (N, F, OH, OW). Chapter 2.

    weight (OH, OW, F, C, KH, KW), bias (F, OH, OW)
    """

    def __init__(self, in_channels, out_channels, image_size, kernel_size, stride=1, padding=0, bias=True):
        where = geometry(pair(image_size, "image_size"), kernel_size, stride, padding)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride, self.padding = where.kernel_size, where.stride, pair(padding, "padding")
        fan_in = in_channels * where.kernel_size[0] * where.kernel_size[1]
        self.weight = _uniform((*where.output_size, out_channels, in_channels, *where.kernel_size), fan_in)
        self.bias = _uniform((out_channels, *where.output_size), fan_in) if bias else None

    def forward(self, x):
        return F.locally_connected2d(x, self.weight, self.bias, self.stride, self.padding)

    def extra_repr(self):
        return f"{self.in_channels} -> {self.out_channels}, {_window(self)}"


def _uniform(shape, fan_in=None):
    """Uniform within 1 / sqrt(fan in), what torch's layers start from."""
    bound = 1 / np.sqrt(fan(shape)[0] if fan_in is None else fan_in)
    return Parameter((2 * default_generator().random(shape, np.float32) - 1) * np.float32(bound))


def _constant(value, *shape):
    return Parameter(np.full(shape, value, np.float32))


def _window(layer):
    (KH, KW), padding = layer.kernel_size, layer.padding
    stride = f", stride {layer.stride[0]}" if layer.stride[0] == layer.stride[1] else f", stride {layer.stride}"
    shown = padding if isinstance(padding, str) or padding[0] != padding[1] else padding[0]
    return f"{KH}x{KW}{'' if layer.stride == (1, 1) else stride}{f', padding {shown}' if shown else ''}"


def _unless(layer, **defaults):
    return "".join(f", {name}={getattr(layer, name)}" for name, default in defaults.items() if getattr(layer, name) != default)


def _without(bias):
    return "" if bias is not None else ", no bias"
