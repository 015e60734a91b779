"""Layers without weights: activations, pooling, dropout, reshaping, losses. torch.nn's names and arguments."""
from convbook.numpy_nn import arithmetic
from convbook.numpy_nn import functional as F
from convbook.numpy_nn.module import Module
from convbook.numpy_nn.tape import apply

__all__ = [
    "ELU",
    "GELU",
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "CrossEntropyLoss",
    "DropPath",
    "Dropout",
    "Dropout2d",
    "Flatten",
    "GlobalAvgPool2d",
    "Hardsigmoid",
    "Hardswish",
    "Identity",
    "LeakyReLU",
    "LocalResponseNorm",
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


class Activation(Module):
    """A function of every number by itself. `inplace` is accepted as in torch; the tape needs the input, so results are always new."""

    def __init__(self, inplace=False):
        self.inplace = inplace


class ReLU(Activation):
    """max(0, x). Nair and Hinton 2010, chapter 6."""

    def forward(self, x):
        return F.relu(x)


class ReLU6(Activation):
    """min(max(0, x), 6). Howard et al. 2017 (MobileNet)."""

    def forward(self, x):
        return F.relu6(x)


class LeakyReLU(Module):
    """x where it is positive, negative_slope x elsewhere. Maas et al. 2013, chapter 6."""

    def __init__(self, negative_slope=0.01, inplace=False):
        self.negative_slope = negative_slope

    def forward(self, x):
        return F.leaky_relu(x, self.negative_slope)

    def extra_repr(self):
        return f"{self.negative_slope}"


class ELU(Module):
    """x where it is positive, alpha (exp(x) - 1) elsewhere. Clevert et al. 2016, chapter 6."""

    def __init__(self, alpha=1.0, inplace=False):
        self.alpha = alpha

    def forward(self, x):
        return F.elu(x, self.alpha)


class Sigmoid(Module):
    """1 / (1 + exp(-x)). Chapter 6."""

    def forward(self, x):
        return F.sigmoid(x)


class Tanh(Module):
    """Hyperbolic tangent. Chapter 6."""

    def forward(self, x):
        return F.tanh(x)


class ScaledTanh(Module):
    """1.7159 tanh(2 x / 3): fixed points near 1 and -1. LeCun et al. 1998, chapter 6."""

    def forward(self, x):
        return F.scaled_tanh(x)


class GELU(Module):
    """x times the normal distribution's share below x. Hendrycks and Gimpel 2016, chapter 6."""

    def forward(self, x):
        return F.gelu(x)


class SiLU(Activation):
    """x sigmoid(x), also called swish. Elfwing et al. 2018, chapter 6."""

    def forward(self, x):
        return F.silu(x)


class Hardsigmoid(Activation):
    """The sigmoid in three straight pieces. Howard et al. 2019 (MobileNetV3)."""

    def forward(self, x):
        return F.hardsigmoid(x)


class Hardswish(Activation):
    """x hardsigmoid(x). Howard et al. 2019 (MobileNetV3)."""

    def forward(self, x):
        return F.hardswish(x)


class Softmax(Module):
    """Scores to probabilities along `dim`. Chapter 6."""

    def __init__(self, dim=-1):
        self.dim = dim

    def forward(self, x):
        return F.softmax(x, self.dim)


class LogSoftmax(Softmax):
    """The logarithm of softmax, computed without overflow. Chapter 6."""

    def forward(self, x):
        return F.log_softmax(x, self.dim)


class Pool2d(Module):
    """What the windows of max and average pooling share."""

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False):
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode

    def extra_repr(self):
        padding, ceil = f", padding {self.padding}" if self.padding else "", ", ceil" if self.ceil_mode else ""
        return f"{self.kernel_size}, stride {self.stride}{padding}{ceil}"


class MaxPool2d(Pool2d):
    """The largest value of every window: (N, C, H, W) to (N, C, OH, OW). Chapter 5."""

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.dilation = dilation

    def forward(self, x):
        return F.max_pool2d(x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)


class AvgPool2d(Pool2d):
    """The mean of every window: (N, C, H, W) to (N, C, OH, OW). Chapter 5."""

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.count_include_pad = count_include_pad

    def forward(self, x):
        return F.avg_pool2d(x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class AdaptiveAvgPool2d(Module):
    """Means over a grid of output_size windows that cover the image: (N, C, H, W) to (N, C, *output_size). Chapter 5."""

    def __init__(self, output_size):
        self.output_size = output_size

    def forward(self, x):
        return F.adaptive_avg_pool2d(x, self.output_size)

    def extra_repr(self):
        return f"{self.output_size}"


class GlobalAvgPool2d(Module):
    """The mean of every map: (N, C, H, W) to (N, C, 1, 1). Lin et al. 2014, chapter 5."""

    def forward(self, x):
        return F.global_avg_pool2d(x)


class Dropout(Module):
    """While training, each number is 0 with probability p and divided by 1 - p otherwise. Srivastava et al. 2014, chapter 10."""

    def __init__(self, p=0.5):
        self.p = p

    def forward(self, x):
        return F.dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"


class Dropout2d(Dropout):
    """Dropout of whole maps. Tompson et al. 2015, chapter 10."""

    def forward(self, x):
        return F.dropout2d(x, self.p, self.training)


class DropPath(Dropout):
    """Dropout of a branch for a whole image. Huang et al. 2016 (stochastic depth)."""

    def forward(self, x):
        return F.drop_path(x, self.p, self.training)


class LocalResponseNorm(Module):
    """Each number divided by the energy of its neighbours among the channels; alpha is divided by size. Krizhevsky et al. 2012."""

    def __init__(self, size, alpha=1e-4, beta=0.75, k=1.0):
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, x):
        return F.local_response_norm(x, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self):
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class ZeroPad2d(Module):
    """Zeros around the image, (left, right, top, bottom) or one number for all; negative ones cut off. Chapter 3."""

    def __init__(self, padding):
        self.padding = (padding,) * 4 if isinstance(padding, int) else tuple(padding)

    def forward(self, x):
        return apply(arithmetic._zero_pad2d, x, padding=self.padding)

    def extra_repr(self):
        return f"{self.padding}"


class Flatten(Module):
    """(N, C, H, W) to (N, C * H * W)."""

    def forward(self, x):
        return x.flatten(1)


class Identity(Module):
    """x itself."""

    def forward(self, x):
        return x


class CrossEntropyLoss(Module):
    """Softmax and negative log-likelihood in one. Chapter 6."""

    def __init__(self, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        self.weight, self.ignore_index, self.reduction, self.label_smoothing = weight, ignore_index, reduction, label_smoothing

    def forward(self, x, target):
        return F.cross_entropy(x, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing)


class MSELoss(Module):
    """Mean of the squared differences. Chapter 6."""

    def __init__(self, reduction="mean"):
        self.reduction = reduction

    def forward(self, x, target):
        return F.mse_loss(x, target, reduction=self.reduction)
