"""torch.nn's layers under the engine's names, with the library's kernels, and the few layers of the course that torch.nn lacks."""
import torch
from torch.nn import (
    ELU,
    GELU,
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    CrossEntropyLoss,
    Dropout,
    Dropout2d,
    GroupNorm,
    Hardsigmoid,
    Hardswish,
    Identity,
    LayerNorm,
    LeakyReLU,
    Linear,
    LocalResponseNorm,
    LogSoftmax,
    MaxPool2d,
    Module,
    MSELoss,
    Parameter,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
    ZeroPad2d,
)

from convbook.shapes import geometry, pair

__all__ = [
    "ELU",
    "GELU",
    "GRN",
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv2d",
    "ConvTranspose2d",
    "CrossEntropyLoss",
    "DropPath",
    "Dropout",
    "Dropout2d",
    "Flatten",
    "GlobalAvgPool2d",
    "GroupNorm",
    "Hardsigmoid",
    "Hardswish",
    "Identity",
    "LayerNorm",
    "LayerNorm2d",
    "LayerScale",
    "LeakyReLU",
    "Linear",
    "LocalResponseNorm",
    "LocallyConnected2d",
    "LogSoftmax",
    "MSELoss",
    "MaxPool2d",
    "ReLU",
    "ReLU6",
    "ScaledTanh",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "ZeroPad2d",
]


class Flatten(Module):
    """(N, C, H, W) to (N, C * H * W)."""

    def forward(self, x):
        return x.flatten(1)


class GlobalAvgPool2d(Module):
    """The mean of every map: (N, C, H, W) to (N, C, 1, 1). Lin et al. 2014, chapter 5."""

    def forward(self, x):
        return x.mean((2, 3), keepdim=True)


class ScaledTanh(Module):
    """1.7159 tanh(2 x / 3): fixed points near 1 and -1. LeCun et al. 1998, chapter 6."""

    def forward(self, x):
        return 1.7159 * torch.tanh(x * (2 / 3))


class LayerNorm2d(LayerNorm):
    """Layer norm over the channels of every pixel: (N, C, H, W), weight and bias (C,). Liu et al. 2022 (ConvNeXt)."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class GRN(Module):
    """Global response normalisation: channels compete by their energy. weight, bias (C,), zero at first. Woo et al. 2023 (ConvNeXt V2)."""

    def __init__(self, num_channels, eps=1e-6):
        super().__init__()
        self.num_channels, self.eps = num_channels, eps
        self.weight, self.bias = Parameter(torch.zeros(num_channels)), Parameter(torch.zeros(num_channels))

    def forward(self, x):
        energy = x.norm(dim=(2, 3), keepdim=True)
        share = energy / (energy.mean(1, keepdim=True) + self.eps)
        return self.weight[:, None, None] * (x * share) + self.bias[:, None, None] + x


class LayerScale(Module):
    """Every map times a factor of its own, tiny at first. weight (C, 1, 1). Touvron et al. 2021 (CaiT)."""

    def __init__(self, num_channels, init=1e-6):
        super().__init__()
        self.num_channels, self.init = num_channels, init
        self.weight = Parameter(torch.full((num_channels, 1, 1), init))

    def forward(self, x):
        return x * self.weight

    def extra_repr(self):
        return f"{self.num_channels}, init={self.init}"


class DropPath(Module):
    """Dropout of a branch for a whole image; drawn as a tensor, so torch.compile keeps one graph. Huang et al. 2016 (stochastic depth)."""

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        return x * x.new_empty(len(x), *[1] * (x.ndim - 1)).bernoulli_(1 - self.p) / (1 - self.p)

    def extra_repr(self):
        return f"p={self.p}"


class LocallyConnected2d(Module):
    """A filter of its own at every place, nothing shared: (N, C, H, W) to (N, F, OH, OW). Chapter 2.

    weight (OH, OW, F, C, KH, KW), bias (F, OH, OW). No library has a kernel for it, so one product a place is written out.
    """

    def __init__(self, in_channels, out_channels, image_size, kernel_size, stride=1, padding=0, bias=True):
        super().__init__()
        where = geometry(pair(image_size, "image_size"), kernel_size, stride, padding)
        self.in_channels, self.out_channels, self.kernel_size = in_channels, out_channels, where.kernel_size
        self.stride, self.padding, self.output_size = where.stride, pair(padding, "padding"), where.output_size
        bound = (in_channels * where.kernel_size[0] * where.kernel_size[1]) ** -0.5
        shape = *where.output_size, out_channels, in_channels, *where.kernel_size
        self.weight = Parameter(torch.empty(shape).uniform_(-bound, bound))
        self.bias = Parameter(torch.empty(out_channels, *where.output_size).uniform_(-bound, bound)) if bias else None

    def forward(self, x):
        columns = torch.nn.functional.unfold(x, self.kernel_size, padding=self.padding, stride=self.stride)
        y = torch.einsum("nkl,lfk->nfl", columns, self.weight.flatten(3).flatten(0, 1)).unflatten(2, self.output_size)
        return y if self.bias is None else y + self.bias
