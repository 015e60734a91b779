"""The engines under test, dressed alike: arrays of NumPy go in and come out, whatever computes in between."""
import sys

import hypothesis
import numpy as np
import pytest
import torch

from convbook import numpy_nn, torch_nn
from convbook.numpy_nn import loops

hypothesis.settings.register_profile("lib", derandomize=True, database=None, deadline=None, max_examples=100)
hypothesis.settings.load_profile("lib")


class Engine:
    """One engine; `engine.conv2d(x, ...)` takes and returns NumPy arrays, `engine.native` is the module itself."""

    def __init__(self, name):
        self.name = name
        self.device = {"torch-cpu": "cpu", "torch-cuda": "cuda"}.get(name)
        self.native = torch_nn if self.device else {"numpy": numpy_nn, "loops": loops}[name]

    def array(self, value):
        """A NumPy array as this engine's own, strides kept."""
        return value if self.device is None or not isinstance(value, np.ndarray) else torch.from_numpy(value).to(self.device)

    def numpy(self, value):
        return value.cpu().numpy() if isinstance(value, torch.Tensor) else value

    def __getattr__(self, name):
        function = getattr(self.native, name)

        def call(*arguments, **options):
            options = {key: self.array(value) for key, value in options.items()}
            got = function(*map(self.array, arguments), **options)
            return tuple(map(self.numpy, got)) if isinstance(got, tuple) else self.numpy(got)
        return call


def engines(*names):
    no_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here: torch-cuda stays untested")
    return [pytest.param(Engine(name), id=name, marks=no_gpu if name == "torch-cuda" else ()) for name in names]


@pytest.fixture(scope="session", params=engines("numpy", "torch-cpu", "torch-cuda", "loops"))
def engine(request):
    """Every engine that has conv2d and conv2d_backward."""
    return request.param


@pytest.fixture(scope="session", params=engines("numpy", "torch-cpu", "torch-cuda"))
def matrix_engine(request):
    """Every engine that also has im2col and col2im."""
    return request.param


@pytest.fixture(scope="session", params=engines("torch-cpu", "torch-cuda"))
def torch_engine(request):
    return request.param


@pytest.fixture(scope="session")
def assert_close():
    """Compare with the judge: shapes equal, the largest difference at most `tolerance` of the largest value."""
    def check(got, expected, tolerance):
        got, expected = np.asarray(got), np.asarray(expected)
        assert got.shape == expected.shape
        if expected.size:
            error, largest = np.abs(got - expected).max(), np.abs(expected).max()
            assert error <= tolerance * max(largest, 1e-3), f"differs by {error:.2e}, largest value {largest:.2e}"
    return check


@pytest.fixture(scope="session")
def assert_gradients_close(assert_close):
    """assert_close for each gradient, to 1e-10; an argument that was None has None."""
    def check(got, expected):
        for mine, theirs in zip(got, expected, strict=True):
            if theirs is None:
                assert mine is None
            else:
                assert_close(mine, theirs, 1e-10)
    return check


@pytest.fixture(scope="session")
def torchvision():
    """Its compiled operators belong to another build of torch; the definitions of nets need only their names to exist."""
    if "torchvision" not in sys.modules:
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return pytest.importorskip("torchvision", reason="torchvision, the judge, is not installed: pip install --no-deps torchvision==0.28.0")
