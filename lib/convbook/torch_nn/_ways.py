"""Three ways to the sums of one convolution; the filter's shape says which is quick.

Each has correlate(x, weight) -> y, grad_weight(grad_y, x) and grad_x(grad_y, weight), and checks nothing.
"""
import torch

from convbook.torch_nn._strips import Strips

FEW = 4     # filters to a channel up to which a depthwise convolution adds up taps: a matrix product would have no more rows than that


def way(channels, filters, groups, geometry):
    """The quickest way for `filters` filters on images of `channels` channels."""
    if groups == 1 and geometry.kernel_size == (1, 1) and geometry.padding == ((0, 0), (0, 0)):
        return Pointwise(geometry)
    if groups == channels > 1 and filters <= FEW * channels:
        return Depthwise(channels, geometry)
    return Strips(channels, groups, geometry)


class Pointwise:
    """Filters of 1x1: an image is its own matrix of columns, nothing is copied unless the stride leaves pixels out."""

    def __init__(self, geometry):
        self.geometry = geometry

    def correlate(self, x, weight):
        return (weight.flatten(1) @ self.met(x).flatten(2)).unflatten(2, self.geometry.output_size)

    def grad_weight(self, grad_y, x):
        """One product an image and their sum; or one in all, where writing the images' products would be more than copying the images."""
        (F, C), places = (grad_y.shape[1], x.shape[1]), grad_y.shape[2] * grad_y.shape[3]
        if (F + C) * places >= F * C:
            return (grad_y.flatten(2) @ self.met(x).flatten(2).transpose(1, 2)).sum(0)[:, :, None, None]
        return torch.tensordot(grad_y, self.met(x), ((0, 2, 3), (0, 2, 3)))[:, :, None, None]

    def grad_x(self, grad_y, weight):
        grad_met = (weight.flatten(1).T @ grad_y.flatten(2)).unflatten(2, self.geometry.output_size)
        if self.geometry.stride == (1, 1):
            return grad_met
        grad_x = weight.new_zeros(len(grad_y), weight.shape[1], *self.geometry.image_size)
        self.met(grad_x).copy_(grad_met)
        return grad_x

    def met(self, x):
        """The pixels on which a filter stops, a view."""
        return x[:, :, ::self.geometry.stride[0], ::self.geometry.stride[1]]


class Depthwise:
    """A few filters for each channel: tap after tap is multiplied with the pixels that it meets. 16-bit numbers add up in 32 bits."""

    def __init__(self, channels, geometry):
        self.geometry, self.columns = geometry, Strips(channels, channels, geometry, all_taps=True)

    def correlate(self, x, weight):
        channels = self.columns.channels
        taps = weight.reshape(channels, -1, *self.geometry.kernel_size)
        y = _wide(x).new_zeros(len(x), channels, taps.shape[1], *self.geometry.output_size)
        for k, l, pixels in self.meetings(self.columns.padded(x)):
            y.addcmul_(pixels[:, :, None], taps[:, :, k, l, None, None])
        return y.flatten(1, 2).to(x.dtype)

    def grad_weight(self, grad_y, x):
        grad_y = grad_y.unflatten(1, (x.shape[1], -1))
        gradient = x.new_empty(*grad_y.shape[1:3], *self.geometry.kernel_size)
        for k, l, pixels in self.meetings(self.columns.padded(x)):
            gradient[:, :, k, l] = (grad_y * pixels[:, :, None]).sum((0, 3, 4))
        return gradient.view(-1, 1, *self.geometry.kernel_size)

    def grad_x(self, grad_y, weight):
        channels = self.columns.channels
        grad_y, taps = grad_y.unflatten(1, (channels, -1)), weight.reshape(channels, -1, *self.geometry.kernel_size)
        padded = torch.zeros_like(self.columns.padded(_wide(grad_y).new_empty(len(grad_y), channels, *self.geometry.image_size)))
        for k, l, pixels in self.meetings(padded):
            for f in range(taps.shape[1]):
                pixels.addcmul_(grad_y[:, :, f], taps[:, f, k, l, None, None])
        return self.columns.cropped(padded).to(weight.dtype)

    def meetings(self, padded):
        """Yields k, l and the pixels of padded images that tap (k, l) meets, (N, C, OH, OW), a view."""
        windows = self.columns.windows(padded)
        for k in range(self.geometry.kernel_size[0]):
            for l in range(self.geometry.kernel_size[1]):
                yield k, l, windows[:, k, l, 0].permute(2, 0, 1, 3)


def _wide(x):
    """An empty tensor of the dtype in which sums of x's numbers are kept."""
    return x.new_empty(0, dtype=torch.promote_types(x.dtype, torch.float32))
