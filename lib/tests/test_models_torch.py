"""What torch offers its own nets works for ours: one graph under torch.compile, export, autocast. One variant of each family."""
import pytest
import torch

from convbook import models, torch_nn

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")      # torch's own, about torch's own parts


def smallest_of_each_family():
    """The variant with the fewest parameters in every file."""
    best: dict = {}
    for name in models.names():
        with torch.device("meta"):
            size = sum(p.numel() for p in models.build(name, torch_nn).parameters())
        file = models.file_of(name)
        best[file] = min(best.get(file, (size, name)), (size, name))
    return sorted(name for _, name in best.values())


FAMILIES = smallest_of_each_family()


@pytest.fixture(params=FAMILIES)
def case(request):
    """A net with ten classes, in evaluation mode, and one image as small as it takes."""
    torch.manual_seed(0)
    file = models.file_of(request.param)
    net = models.build(request.param, torch_nn, num_classes=10).eval()
    needed = file.PUBLISHED[request.param].size
    size = needed if "classifier" in vars(file) else getattr(file, "SMALLEST", {}).get(request.param, min(64, needed))    # fixed features
    channels = next(module for module in net.modules() if isinstance(module, torch.nn.Conv2d)).in_channels
    torch.compiler.reset()
    return net, torch.randn(2, channels, size, size)


def test_one_graph_under_compile(case):
    net, x = case
    with torch.no_grad():
        expected = net(x)
        compiled = torch.compile(net, backend="eager", fullgraph=True)      # fullgraph: a second graph would be an error
        torch.testing.assert_close(compiled(x), expected)


def test_export(case):
    net, x = case
    program = torch.export.export(net, (x,))
    with torch.no_grad():
        torch.testing.assert_close(program.module()(x), net(x))


def test_autocast(case):
    net, x = case
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        y = net(x)
    assert y.shape == (2, 10)
    assert torch.isfinite(y).all()
