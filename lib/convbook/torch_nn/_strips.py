"""A convolution as a few large matrix products, a block of images at a time.

Columns that hold every tap of the filter are KH * KW times as large as the images. Strips hold the shifts to the side alone: KW times.
Row k of the filter meets the strips that row 0 meets, k rows further down; so each row of the filter is one matrix product with
a slice of the strips. A slice copies nothing, because the images of a block lie between the rows and the columns, (..., row, n, OW),
and with a stride the rows that the filter meets together stand together (`phases`).
"""
import torch
from torch.nn.functional import pad

from convbook.shapes import geometry as place_filters

BLOCK_BYTES = 256 << 20     # most that the strips of a block of images may take
SHORT = 64                  # where fewer numbers enter a sum, adding up the products costs more than it saves: then all taps at once


class Strips:
    """The strips of one convolution.

    channels, groups   of its images
    geometry           where the filters stop (convbook.shapes.Geometry)
    all_taps           columns instead: every row of the filter has strips of its own
    """

    def __init__(self, channels, groups, geometry, all_taps=False):
        (KH, KW), (OH, OW), SH, DH = geometry.kernel_size, geometry.output_size, geometry.stride[0], geometry.dilation[0]
        self.channels, self.groups, self.geometry = channels, groups, geometry
        self.taps, self.phases, self.rows = 1, SH, OH + (KH - 1) * DH // SH
        reach = self.phases * self.rows                 # rows of the padded image that the strips look at
        if all_taps or channels // groups * KW < SHORT or reach >= KH * OH:
            self.taps, self.phases, self.rows = KH, 1, OH
            reach = SH * (OH - 1) + DH * (KH - 1) + 1
        self.height = max(reach, geometry.padding[0][0])
        self.size = channels * self.taps * KW * self.phases * self.rows * OW      # of one image's strips

    def correlate(self, x, weight):
        """Slide the filters over the images: (N, F, OH, OW)."""
        y = x.new_empty(len(x), len(weight), *self.geometry.output_size)
        for at in self.blocks(x):
            (filters, part), *others = self.meetings(weight, self.unfold(x[at]))
            block = filters @ part
            for filters, part in others:
                block.baddbmm_(filters, part)
            y[at] = block.view(len(weight), self.geometry.output_size[0], -1, self.geometry.output_size[1]).permute(2, 0, 1, 3)
        return y

    def grad_weight(self, grad_y, x):
        """Every window times the gradient of the outputs that it made: (F, C // groups, KH, KW)."""
        gradient = x.new_zeros(grad_y.shape[1], self.channels // self.groups, *self.geometry.kernel_size)
        for at in self.blocks(x):
            strips, rows = self.unfold(x[at]), self.outputs(grad_y[at])
            for k in range(0, gradient.shape[2], self.taps):
                part = gradient[:, :, k:k + self.taps]
                part += (rows @ self.under(strips, k).transpose(1, 2)).view(part.shape)
        return gradient

    def grad_x(self, grad_y, weight):
        """The adjoint of correlate, (N, C, H, W): a convolution with turned filters, or the strips' gradients added up."""
        (DH, DW), (KH, KW) = self.geometry.dilation, self.geometry.kernel_size
        beyond = [[d * (k - 1) - zeros for zeros in ends] for d, k, ends in zip((DH, DW), (KH, KW), self.geometry.padding, strict=True)]
        if self.geometry.stride == (1, 1) and min(map(min, beyond)) >= 0 and len(weight) <= 2 * self.channels:
            back = place_filters(self.geometry.output_size, (KH, KW), 1, beyond, (DH, DW))
            return Strips(len(weight), self.groups, back).correlate(grad_y, _turned(weight, self.groups))
        grad_x = weight.new_empty(len(grad_y), self.channels, *self.geometry.image_size)
        for at in self.blocks(grad_y):
            rows = self.outputs(grad_y[at])
            strips = weight.new_zeros(self.size * len(grad_y[at]))
            for filters, part in self.meetings(weight, strips):
                part.baddbmm_(filters.transpose(1, 2), rows)
            grad_x[at] = self.fold(strips, len(grad_y[at]))
        return grad_x

    def blocks(self, images):
        """Slices of as many images as have strips of BLOCK_BYTES together, at least one."""
        count = max(BLOCK_BYTES // max(self.size * images.element_size(), 1), 1)
        return [slice(first, first + count) for first in range(0, len(images), count)]

    def meetings(self, weight, strips):
        """Yields rows k ... k + taps - 1 of the filters, (groups, F // groups, C // groups * taps * KW), and what they meet."""
        for k in range(0, weight.shape[2], self.taps):
            yield weight[:, :, k:k + self.taps].reshape(self.groups, len(weight) // self.groups, -1), self.under(strips, k)

    def outputs(self, grad_y):
        """(n, F, OH, OW) in the order of the products: (groups, F // groups, OH * n * OW)."""
        return grad_y.permute(1, 2, 0, 3).reshape(self.groups, grad_y.shape[1] // self.groups, -1)

    def under(self, strips, k):
        """What row k of the filters meets, a view: (groups, C // groups * taps * KW, OH * n * OW)."""
        down, phase = divmod(k * self.geometry.dilation[0], self.phases)
        depth = self.channels // self.groups * self.taps * self.geometry.kernel_size[1]
        rows = strips.view(self.groups, depth, self.phases, self.rows, -1)[:, :, phase, down:down + self.geometry.output_size[0]]
        return rows.flatten(2)

    def unfold(self, x):
        """The strips of a block of images, shaped as `windows`."""
        return self.windows(self.padded(x)).contiguous()

    def fold(self, strips, n):
        """The adjoint of unfold: every number is added where it came from; what fell off the image is dropped."""
        (left, right), W = self.geometry.padding[1], self.geometry.image_size[1]
        padded = strips.new_zeros(n, self.channels, self.height, left + W + right)
        windows = self.windows(padded)
        strips = strips.view(windows.shape)
        for k in range(self.taps):
            for l in range(self.geometry.kernel_size[1]):
                windows[:, k, l] += strips[:, k, l]
        return self.cropped(padded)

    def padded(self, x):
        (top, _), (left, right) = self.geometry.padding
        return pad(x, (left, right, top, self.height - top - self.geometry.image_size[0]))

    def cropped(self, padded):
        (top, _), (left, right) = self.geometry.padding
        return pad(padded, (-left, -right, -top, top + self.geometry.image_size[0] - self.height))

    def windows(self, padded):
        """(C, taps, KW, phases, rows, n, OW): a view of padded images, windows that overlap share pixels."""
        (SH, SW), (DH, DW) = self.geometry.stride, self.geometry.dilation
        n, c, h, w = padded.stride()
        size = self.channels, self.taps, self.geometry.kernel_size[1], self.phases, self.rows, len(padded), self.geometry.output_size[1]
        return torch.as_strided(padded, size, (c, h * DH, w * DW, h, h * SH, n, w * SW))


def _turned(weight, groups):
    """Filters turned by half a turn, inputs and outputs exchanged: (F, C // groups, KH, KW) to (C, F // groups, KH, KW)."""
    return weight.flip(2, 3).unflatten(0, (groups, -1)).transpose(1, 2).flatten(0, 1)
