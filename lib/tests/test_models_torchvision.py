"""Our nets against torchvision's untrained ones: weights matched and loaded, outputs equal."""
import pytest
import torch

from convbook import models, torch_nn, weights

OURS = {         # torchvision's builder: our variant
    "alexnet": "alexnet_owt", "convnext_tiny": "convnext_tiny", "densenet121": "densenet121", "densenet169": "densenet169",
    "densenet201": "densenet201", "densenet161": "densenet161", "efficientnet_b0": "efficientnet_b0", "efficientnet_b1": "efficientnet_b1",
    "efficientnet_b4": "efficientnet_b4", "googlenet": "googlenet_bn", "inception_v3": "inception_v3",
    "mobilenet_v2": "mobilenet_v2", "mobilenet_v3_large": "mobilenet_v3_large", "mobilenet_v3_small": "mobilenet_v3_small",
    "resnet18": "resnet18", "resnet34": "resnet34", "resnet50": "resnet50", "resnet101": "resnet101", "resnet152": "resnet152",
    "resnext50_32x4d": "resnext50_32x4d", "resnext101_32x8d": "resnext101_32x8d", "squeezenet1_0": "squeezenet1_0",
    "squeezenet1_1": "squeezenet1_1", "vgg11": "vgg11", "vgg11_bn": "vgg11_bn", "vgg13": "vgg13", "vgg13_bn": "vgg13_bn", "vgg16": "vgg16",
    "vgg16_bn": "vgg16_bn", "vgg19": "vgg19", "vgg19_bn": "vgg19_bn", "wide_resnet50_2": "wide_resnet50_2",
    "wide_resnet101_2": "wide_resnet101_2",
}


OPTIONS = {"googlenet": {"aux_logits": False, "init_weights": False}, "inception_v3": {"init_weights": False}}
SIZE = {"inception_v3": 299, "squeezenet1_0": 224, "squeezenet1_1": 224} | {name: 224 for name in OURS if name.startswith("vgg")}


@pytest.mark.parametrize("theirs", OURS)
def test_torchvisions_net_with_the_same_weights_says_the_same(torchvision, theirs):
    torch.manual_seed(0)
    judge = torchvision.models.get_model(theirs, **OPTIONS.get(theirs, {})).eval()
    ours = models.build(OURS[theirs], torch_nn).eval()
    weights.load(ours, judge.state_dict())
    x = torch.randn(1, 3, *[SIZE.get(theirs, 64)] * 2)
    with torch.no_grad():
        expected, got = judge(x), ours(x)
    assert expected.std() > 0
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-5 * float(expected.abs().max()))
