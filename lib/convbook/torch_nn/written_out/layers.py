"""torch.nn's layers with weights once more, computing with our own functions; parameters, state and printouts stay torch's."""
from convbook.torch_nn import layers
from convbook.torch_nn.written_out import functional as F

__all__ = [
    "GRN",
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv2d",
    "ConvTranspose2d",
    "GroupNorm",
    "LayerNorm",
    "LayerNorm2d",
    "Linear",
    "LocallyConnected2d",
]


class Linear(layers.Linear):
    """y = x weight^T + bias. Chapter 2."""

    def forward(self, x):
        return F.linear(x, self.weight, self.bias)


class Conv2d(layers.Conv2d):
    """Shared filters slide over the image. Chapter 3."""

    def forward(self, x):
        return F.conv2d(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class ConvTranspose2d(layers.ConvTranspose2d):
    """The way back of a convolution as a layer. Zeiler et al. 2010."""

    def forward(self, x, output_size=None):
        if output_size is not None:
            raise ValueError("this engine takes output_padding instead of output_size")
        return F.conv_transpose2d(x, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation)


class BatchNorm2d(layers.BatchNorm2d):
    """Every channel to mean 0 and variance 1 over the batch. Ioffe and Szegedy 2015, chapter 9."""

    def forward(self, x):
        return _batch_norm(self, x)


class BatchNorm1d(layers.BatchNorm1d):
    """Batch norm of features (N, C). Ioffe and Szegedy 2015, chapter 9."""

    def forward(self, x):
        return _batch_norm(self, x)


class LayerNorm(layers.LayerNorm):
    """Every example by itself, over its last axes. Ba et al. 2016, chapter 9."""

    def forward(self, x):
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)


class LayerNorm2d(LayerNorm):
    """Layer norm over the channels of every pixel. Liu et al. 2022 (ConvNeXt)."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class GroupNorm(layers.GroupNorm):
    """Every example by itself, a group of channels at a time. Wu and He 2018, chapter 9."""

    def forward(self, x):
        return F.group_norm(x, self.num_groups, self.weight, self.bias, self.eps)


class GRN(layers.GRN):
    """Global response normalisation. Woo et al. 2023 (ConvNeXt V2)."""

    def forward(self, x):
        return F.global_response_norm(x, self.weight, self.bias, self.eps)


class LocallyConnected2d(layers.LocallyConnected2d):
    """A filter of its own at every place, nothing shared. Chapter 2."""

    def forward(self, x):
        return F.locally_connected2d(x, self.weight, self.bias, self.stride, self.padding)


def _batch_norm(layer, x):
    if layer.training and layer.num_batches_tracked is not None:
        layer.num_batches_tracked.add_(1)
    of_batch = layer.training or layer.running_mean is None
    return F.batch_norm(x, layer.running_mean, layer.running_var, layer.weight, layer.bias, of_batch, layer.momentum, layer.eps)
