"""torch.nn's layers without weights once more, computing with our own functions."""
from convbook.torch_nn import layers
from convbook.torch_nn.written_out import functional as F

__all__ = [
    "ELU",
    "GELU",
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "CrossEntropyLoss",
    "DropPath",
    "Dropout",
    "Dropout2d",
    "GlobalAvgPool2d",
    "Hardsigmoid",
    "Hardswish",
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
]


class ReLU(layers.ReLU):
    """max(0, x). Nair and Hinton 2010, chapter 6."""

    def forward(self, x):
        return F.relu(x)


class ReLU6(layers.ReLU6):
    """min(max(0, x), 6). Howard et al. 2017 (MobileNet)."""

    def forward(self, x):
        return F.relu6(x)


class LeakyReLU(layers.LeakyReLU):
    """x where it is positive, negative_slope x elsewhere. Maas et al. 2013, chapter 6."""

    def forward(self, x):
        return F.leaky_relu(x, self.negative_slope)


class ELU(layers.ELU):
    """x where it is positive, alpha (exp(x) - 1) elsewhere. Clevert et al. 2016, chapter 6."""

    def forward(self, x):
        return F.elu(x, self.alpha)


class Sigmoid(layers.Sigmoid):
    """1 / (1 + exp(-x)). Chapter 6."""

    def forward(self, x):
        return F.sigmoid(x)


class Tanh(layers.Tanh):
    """Hyperbolic tangent. Chapter 6."""

    def forward(self, x):
        return F.tanh(x)


class ScaledTanh(layers.ScaledTanh):
    """1.7159 tanh(2 x / 3). LeCun et al. 1998, chapter 6."""

    def forward(self, x):
        return F.scaled_tanh(x)


class GELU(layers.GELU):
    """x times the normal distribution's share below x. Hendrycks and Gimpel 2016, chapter 6."""

    def forward(self, x):
        return F.gelu(x)


class SiLU(layers.SiLU):
    """x sigmoid(x). Elfwing et al. 2018, chapter 6."""

    def forward(self, x):
        return F.silu(x)


class Hardsigmoid(layers.Hardsigmoid):
    """The sigmoid in three straight pieces. Howard et al. 2019 (MobileNetV3)."""

    def forward(self, x):
        return F.hardsigmoid(x)


class Hardswish(layers.Hardswish):
    """x hardsigmoid(x). Howard et al. 2019 (MobileNetV3)."""

    def forward(self, x):
        return F.hardswish(x)


class Softmax(layers.Softmax):
    """Scores to probabilities along `dim`. Chapter 6."""

    def forward(self, x):
        return F.softmax(x, self.dim)


class LogSoftmax(layers.LogSoftmax):
    """The logarithm of softmax. Chapter 6."""

    def forward(self, x):
        return F.log_softmax(x, self.dim)


class MaxPool2d(layers.MaxPool2d):
    """The largest value of every window. Chapter 5."""

    def forward(self, x):
        return F.max_pool2d(x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)


class AvgPool2d(layers.AvgPool2d):
    """The mean of every window. Chapter 5."""

    def forward(self, x):
        return F.avg_pool2d(x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class AdaptiveAvgPool2d(layers.AdaptiveAvgPool2d):
    """Means over a grid of output_size windows. Chapter 5."""

    def forward(self, x):
        return F.adaptive_avg_pool2d(x, self.output_size)


class GlobalAvgPool2d(layers.GlobalAvgPool2d):
    """The mean of every map. Lin et al. 2014, chapter 5."""

    def forward(self, x):
        return F.global_avg_pool2d(x)


class Dropout(layers.Dropout):
    """While training, each number is 0 with probability p and divided by 1 - p otherwise. Srivastava et al. 2014, chapter 10."""

    def forward(self, x):
        return F.dropout(x, self.p, self.training)


class Dropout2d(layers.Dropout2d):
    """Dropout of whole maps. Tompson et al. 2015, chapter 10."""

    def forward(self, x):
        return F.dropout2d(x, self.p, self.training)


class DropPath(layers.DropPath):
    """Dropout of a branch for a whole image. Huang et al. 2016 (stochastic depth)."""

    def forward(self, x):
        return F.drop_path(x, self.p, self.training)


class LocalResponseNorm(layers.LocalResponseNorm):
    """Each number divided by the energy of its neighbours among the channels. Krizhevsky et al. 2012."""

    def forward(self, x):
        return F.local_response_norm(x, self.size, self.alpha, self.beta, self.k)


class CrossEntropyLoss(layers.CrossEntropyLoss):
    """Softmax and negative log-likelihood in one. Chapter 6."""

    def forward(self, x, target):
        return F.cross_entropy(x, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing)


class MSELoss(layers.MSELoss):
    """Mean of the squared differences. Chapter 6."""

    def forward(self, x, target):
        return F.mse_loss(x, target, reduction=self.reduction)
