"""torch_nn's conv2d against cuDNN on a GPU, at every convolution of ResNet-50 with 32 images: python lib/benchmarks/gpu.py

Both compute with the same numbers: bfloat16, and float32 without the shortened products (TF32) that cuDNN would take by itself.
"""
import datetime
import math
from typing import NamedTuple

import torch
import torch.nn.functional as F

from convbook.torch_nn import conv2d, conv2d_backward

BATCH = 32
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
AIM = 0.7           # of cuDNN, over a whole ResNet-50


class Shape(NamedTuple):
    channels: int
    size: int
    filters: int
    kernel: int
    stride: int
    count: int      # how often ResNet-50 has it

    @property
    def padding(self):
        return self.kernel // 2

    def __str__(self):
        return f"{self.channels}x{self.size} -> {self.filters}, {self.kernel}x{self.kernel}{f' s{self.stride}' if self.stride > 1 else ''}"


class Measurement(NamedTuple):
    """Seconds of one call, {"torch forward": ..., "ours forward": ..., "torch backward": ..., "ours backward": ...}."""

    shape: Shape
    dtype: str
    device: str
    seconds: dict[str, float]
    memory: int     # most bytes that ours holds beyond inputs and outputs
    error: float    # largest difference from torch's outputs, seen from the largest output


def resnet50():
    """Its different convolutions (He et al. 2016; stride in the 3x3, "v1.5"): stem, then four stages of bottlenecks."""
    counts = {(3, 224, 64, 7, 2): 1}
    channels, size = 64, 56
    for width, blocks, first_stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for block in range(blocks):
            stride, small = (first_stride, size // first_stride) if block == 0 else (1, size)
            layers = [(channels, size, width, 1, 1), (width, size, width, 3, stride), (width, small, 4 * width, 1, 1)]
            if block == 0:
                layers.append((channels, size, 4 * width, 1, stride))
            for layer in layers:
                counts[layer] = counts.get(layer, 0) + 1
            channels, size = 4 * width, small
    return [Shape(*layer, count) for layer, count in counts.items()]


def measure(calls=10, rounds=5):
    """Time every shape in both dtypes on the GPU; without one say so and measure nothing."""
    if not torch.cuda.is_available():
        print("no GPU")
        return []
    measurements = []
    with torch.backends.cudnn.flags(enabled=True, benchmark=True, allow_tf32=False):
        for dtype in DTYPES:
            for shape in resnet50():
                measurements.append(measure_shape(shape, dtype, calls, rounds))
                print(shape, dtype, *(f"{ratio(measurements[-1:], direction):.2f}" for direction in ("forward", "backward")), flush=True)
    return measurements


def measure_shape(shape, dtype, calls, rounds):
    """The contestants take turns, round after round; the quickest round of each counts."""
    contest, seconds = contestants(shape, dtype, "cuda"), {}
    error = max(difference(contest[f"ours {direction}"](), contest[f"torch {direction}"]()) for direction in ("forward", "backward"))
    memory = max(extra_memory(contest[f"ours {direction}"]) for direction in ("forward", "backward"))
    for _ in range(rounds):
        for name, call in contest.items():
            seconds[name] = min(seconds.get(name, math.inf), quickness(call, calls))
    return Measurement(shape, dtype, torch.cuda.get_device_name(), seconds, memory, error)


def contestants(shape, dtype, device, batch=BATCH):
    """What is timed, without bias: the output, and both gradients."""
    generator = torch.Generator(device).manual_seed(0)

    def random(*size):
        return torch.randn(size, generator=generator, device=device).to(DTYPES[dtype])

    x, weight = random(batch, shape.channels, shape.size, shape.size), random(shape.filters, shape.channels, shape.kernel, shape.kernel)
    leaves = x.clone().requires_grad_(), weight.clone().requires_grad_()
    y = F.conv2d(*leaves, None, shape.stride, shape.padding)
    grad_y = random(*y.shape)
    return {
        "torch forward": lambda: (F.conv2d(x, weight, None, shape.stride, shape.padding),),
        "ours forward": lambda: (conv2d(x, weight, None, shape.stride, shape.padding),),
        "torch backward": lambda: torch.autograd.grad(y, leaves, grad_y, retain_graph=True),
        "ours backward": lambda: conv2d_backward(grad_y, x, weight, None, shape.stride, shape.padding)[:2],
    }


def difference(ours, torchs):
    """Largest difference, seen from the largest value."""
    return max(((a.double() - b.double()).abs().max() / b.double().abs().max()).item() for a, b in zip(ours, torchs, strict=True))


def quickness(call, calls):
    """Seconds of a call, between two events on the GPU."""
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    start.record()
    for _ in range(calls):
        call()
    end.record()
    torch.cuda.synchronize()
    return start.elapsed_time(end) / 1e3 / calls


def extra_memory(call):
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    outputs = call()
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() - before - sum(output.nbytes for output in outputs)


def ratio(measurements, direction):
    """Speed against torch over all layers of the net, each as often as the net has it: 1 is as fast, 0.5 takes twice as long."""
    torchs, ours = (sum(m.shape.count * m.seconds[f"{who} {direction}"] for m in measurements) for who in ("torch", "ours"))
    return torchs / ours


def report(measurements):
    """The measurements as lines of Markdown, with the aims they are held against."""
    lines = ["## torch_nn's conv2d against cuDNN", ""]
    if not measurements:
        return "\n".join([*lines, "Not measured: no GPU here.", ""])
    lines += [f"{datetime.date.today().isoformat()}, {measurements[0].device}, torch {torch.__version__}, {BATCH} images.",
              "Ratios are speeds: 1 is as fast as torch, 0.5 takes twice as long. float32 without TF32.", "",
              "| shape (C, H -> F, kernel) | times | dtype | torch forward, ms | ours | torch backward, ms | ours | MB extra | error |",
              "|---|---|---|---|---|---|---|---|---|"]
    for m in measurements:
        forward, backward = (f"{1e3 * m.seconds[f'torch {way}']:.3f} | {ratio([m], way):.2f}" for way in ("forward", "backward"))
        lines.append(f"| {m.shape} | {m.shape.count} | {m.dtype} | {forward} | {backward} | {m.memory / 1e6:.0f} | {m.error:.0e} |")
    lines += ["", "| what | measured | aim |", "|---|---|---|"]
    for dtype in DTYPES:
        of_dtype = [m for m in measurements if m.dtype == dtype]
        lines += [f"| {way} of ResNet-50's convolutions, {dtype} | {ratio(of_dtype, way):.2f} | at least {AIM} |"
                  for way in ("forward", "backward")]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(report(measure()))
