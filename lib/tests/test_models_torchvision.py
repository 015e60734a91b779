"""Our nets against torchvision's untrained ones: weights copied in order, outputs equal."""
import sys

import pytest
import torch

from convbook import models, torch_nn

OURS = {         # torchvision's builder: our variant
    "alexnet": "alexnet_owt", "convnext_tiny": "convnext_tiny", "densenet121": "densenet121", "densenet169": "densenet169",
    "densenet201": "densenet201", "densenet161": "densenet161", "efficientnet_b0": "efficientnet_b0", "efficientnet_b1": "efficientnet_b1",
    "efficientnet_b4": "efficientnet_b4", "googlenet": "googlenet_bn", "inception_v3": "inception_v3",
    "mobilenet_v2": "mobilenet_v2", "mobilenet_v3_large": "mobilenet_v3_large", "mobilenet_v3_small": "mobilenet_v3_small",
    "resnet18": "resnet18", "resnet34": "resnet34", "resnet50": "resnet50", "resnet101": "resnet101", "resnet152": "resnet152",
    "resnext50_32x4d": "resnext50_32x4d", "resnext101_32x8d": "resnext101_32x8d", "squeezenet1_0": "squeezenet1_0",
    "squeezenet1_1": "squeezenet1_1", "vgg11": "vgg11", "vgg11_bn": "vgg11_bn", "vgg13": "vgg13", "vgg13_bn": "vgg13_bn", "vgg16": "vgg16",
    "vgg16_bn": "vgg16_bn", "vgg19": "vgg19", "vgg19_bn": "vgg19_bn", "wide_resnet50_2": "wide_resnet50_2", "wide_resnet101_2": "wide_resnet101_2",
}


@pytest.fixture(scope="module")
def torchvision():
    """Its compiled operators belong to another build of torch; the definitions of nets need only their names to exist."""
    if "torchvision" not in sys.modules:
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return pytest.importorskip("torchvision", reason="torchvision, the judge, is not installed: pip install --no-deps torchvision==0.28.0")


OPTIONS = {"googlenet": {"aux_logits": False, "init_weights": False}, "inception_v3": {"init_weights": False}}
SIZE = {"inception_v3": 299, "squeezenet1_0": 224, "squeezenet1_1": 224}      # the others take small images


@pytest.mark.parametrize("theirs", OURS)
def test_torchvisions_net_with_the_same_weights_says_the_same(torchvision, theirs):
    torch.manual_seed(0)
    judge = torchvision.models.get_model(theirs, **OPTIONS.get(theirs, {})).eval()
    ours = models.build(OURS[theirs], torch_nn).eval()
    copy_in_order(judge, ours)
    x = torch.randn(1, 3, *[SIZE.get(theirs, 64)] * 2)
    with torch.no_grad():
        expected, got = judge(x), ours(x)
    assert expected.std() > 0
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-5 * float(expected.abs().max()))


def copy_in_order(source, target):
    """Weights have other names there, but the same order and shapes."""
    values, keys = list(source.state_dict().values()), list(target.state_dict())
    assert [tuple(v.shape) for v in values] == [tuple(target.state_dict()[key].shape) for key in keys]
    target.load_state_dict(dict(zip(keys, values, strict=True)))
