"""Convolution of each channel by itself (groups = channels): taps multiplied and added, without any matrix product.

With one channel a group, a matrix product has one row a filter, and making its columns costs more than the product.
Instead the image is laid out as one long run of pixels, and a tap becomes a distance along it:

    y[p] += weight[k, l] * x[p + k * width + l]         for all p at once, `width` pixels a row with room for the padding

Outputs at the end of a row, where the filter would wrap around into the next, are computed and left out. A stride splits
the pixels into phases (for stride 2: even and odd rows, even and odd columns), each laid out as a run of its own, and
each tap meets pixels of one phase only. The multiply-adds of all taps of a phase are one np.einsum, on a view of the run
in which the taps are axes.
"""
from math import gcd
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from convbook.numpy_nn._blocks import Buffers, even_share, length, overlap

LONG_RUN = 3000         # places, all images together; einsum is slow on shorter runs


def pays(x, weight, geometry):
    """Is there one filter for each channel, and do the images make long runs?"""
    one_each = weight.shape[1] == 1 and len(weight) == x.shape[1]
    return one_each and len(x) * geometry.output_size[0] * geometry.output_size[1] >= LONG_RUN


class Phase(NamedTuple):
    """The taps along one direction that meet the same pixels, one in every `stride`."""

    taps: slice         # of the filter
    shift: int          # how far the first of them lies from the output, counted in the phase's pixels
    step: int           # from one to the next
    places: slice       # of the phase, those that lie on the image
    pixels: slice       # of the image


def phases(kernel_size, stride, dilation, before, size, count):
    """The phases along one direction of an image of `size` pixels, `before` zeros before it, `count` places in each phase."""
    period = stride // gcd(stride, dilation)
    for first in range(min(period, kernel_size)):
        shift, phase = divmod(first * dilation, stride)
        yield Phase(slice(first, kernel_size, period), shift, period * dilation // stride, *overlap(phase - before, count, stride, size))


class Runs:
    """The blocks of one convolution, laid out as runs. Iterating yields `at`, slices of images, of channels and of their filters."""

    def __init__(self, x, weight, geometry):
        (N, C), (OH, OW), (KH, KW) = x.shape[:2], geometry.output_size, geometry.kernel_size
        (SH, SW), (DH, DW), ((top, _), (left, _)) = geometry.stride, geometry.dilation, geometry.padding
        self.shape, self.output_size, self.buffers = (N, C), (OH, OW), Buffers(x.dtype)
        self.size = OH + DH * (KH - 1) // SH, OW + DW * (KW - 1) // SW      # of one image in a run
        self.room = (self.size[0] - OH) * self.size[1] + self.size[1] - OW  # places from the first tap of an output to the last
        self.places = self.size[0] * self.size[1]
        down = list(phases(KH, SH, DH, top, x.shape[2], self.size[0]))
        across = list(phases(KW, SW, DW, left, x.shape[3], self.size[1]))
        self.phases = [(k, l) for k in down for l in across]
        run_bytes = 3 * self.places * x.itemsize
        self.images = even_share(N, run_bytes)
        self.channels = even_share(C, run_bytes * self.images)

    def __iter__(self):
        for n in range(0, self.shape[0], self.images):
            for c in range(0, self.shape[1], self.channels):
                yield np.s_[n:min(n + self.images, self.shape[0]), c:min(c + self.channels, self.shape[1])]

    def pixels(self, x, at, phase):
        """The pixels that a phase's taps meet: (n * places - room, c, taps down, taps across), a view of runs filled anew."""
        runs = self.buffer("pixels", at)
        runs[...] = 0
        self.on_image(runs, at, phase)[...] = x[(*at, phase[0].pixels, phase[1].pixels)].swapaxes(0, 1)
        return self._by_taps(runs, phase, 0, 1, runs.shape[1] - self.room)

    def gradients(self, grad_y, at):
        """Gradients of the block's outputs as runs, zero where there are no outputs, behind `room` zeros: (c, room + n * places)."""
        runs = self.buffer("gradients", at, self.room)
        runs[...] = 0
        self.outputs(runs[:, self.room:], at)[...] = grad_y[at].swapaxes(0, 1)
        return runs

    def gradients_by_taps(self, runs, phase):
        """The gradients that a phase's pixels hear from: (n * places, c, taps down, taps across), a view."""
        return self._by_taps(runs, phase, self.room, -1, runs.shape[1] - self.room)

    def on_image(self, runs, at, phase):
        """The places of runs that are pixels of an image: (c, n, rows, columns), a view."""
        return runs.reshape(len(runs), length(at[0]), *self.size)[..., phase[0].places, phase[1].places]

    def outputs(self, runs, at):
        """The places of runs that are outputs: (c, n, OH, OW), a view."""
        OH, OW = self.output_size
        return runs.reshape(len(runs), length(at[0]), *self.size)[..., :OH, :OW]

    def buffer(self, name, at, room=0):
        return self.buffers.matrix(name, length(at[1]), room + length(at[0]) * self.places)

    def _by_taps(self, runs, phase, first, sign, count):
        """For each tap the `count` places of runs that begin at its distance from `first`, to the right or (sign -1) to the left."""
        k, l = phase
        taps = [len(range(t.taps.start, t.taps.stop, t.taps.step)) for t in phase]
        steps = [sign * step * runs.itemsize for step in (k.step * self.size[1], l.step)]
        begin = first + sign * (k.shift * self.size[1] + l.shift)
        return as_strided(runs[:, begin:], (count, len(runs), *taps), (*runs.strides[::-1], *steps))


def taps(weight, at, phase):
    """The taps of one phase: (c, taps down, taps across), a view of the filters or of their gradient."""
    return weight[at[1], 0, phase[0].taps, phase[1].taps]


# In the sums below p are places of a run, c channels, k and l taps. einsum with order="F" walks along p innermost.

def convolve(x, weight, bias, geometry):
    """conv2d of checked arguments."""
    y = np.empty((*x.shape[:2], *geometry.output_size), x.dtype)
    runs = Runs(x, weight, geometry)
    for at in runs:
        total = runs.buffer("total", at)
        for i, phase in enumerate(runs.phases):
            pixels = runs.pixels(x, at, phase)
            part = runs.buffer("part", at)[:, :len(pixels)] if i else total[:, :len(pixels)]
            np.einsum("pckl,ckl->pc", pixels, taps(weight, at, phase), out=part.T, order="F")
            if i:
                total[:, :len(pixels)] += part
        offsets = 0 if bias is None else bias[at[1], None, None]
        np.add(runs.outputs(total, at).swapaxes(0, 1), offsets, out=y[at])
    return y


def grad_weight(grad_y, x, weight, geometry):
    """The gradient of the filters: for every tap, gradients of outputs times the pixels that it met."""
    runs = Runs(x, weight, geometry)
    grad = np.zeros(weight.shape, x.dtype)
    for at in runs:
        grads = runs.gradients(grad_y, at)[:, runs.room:]
        for phase in runs.phases:
            pixels = runs.pixels(x, at, phase)
            taps(grad, at, phase)[...] += np.einsum("pckl,cp->ckl", pixels, grads[:, :len(pixels)])
    return grad


def grad_x(grad_y, x, weight, geometry):
    """The gradient of the images: every pixel adds up its taps times the gradients of their outputs."""
    runs = Runs(x, weight, geometry)
    grad = np.zeros(x.shape, x.dtype)
    for at in runs:
        grads, part = runs.gradients(grad_y, at), runs.buffer("part", at)
        for phase in runs.phases:
            np.einsum("pckl,ckl->pc", runs.gradients_by_taps(grads, phase), taps(weight, at, phase), out=part.T, order="F")
            grad[(*at, phase[0].pixels, phase[1].pixels)] = runs.on_image(part, at, phase).swapaxes(0, 1)
    return grad
