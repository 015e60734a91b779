"""The published figures come out of the analysis: MACs, receptive fields, memory; stages; the table of all nets."""
import re
from functools import cache

import pytest

from convbook import models, numpy_nn, torch_nn
from convbook.analyse import __main__ as program
from convbook.analyse import analyse
from convbook.analyse._published import compare
from convbook.models._published import Published

EXACT_MACS = {"alexnet_owt": 714_188_480, "alexnet": 724_406_816, "vgg16": 15_470_264_320, "lenet5": 416_520}
GIGA_MACS = {
    "vgg11": 7.609, "vgg13": 11.308, "vgg16_1x1": 11.771, "vgg19": 19.632, "googlenet": 1.583, "googlenet_bn": 1.498, "inception_v3": 5.713,
    "resnet18": 1.814, "resnet34": 3.664, "resnet50": 4.089, "resnet101": 7.801, "resnet152": 11.514, "resnet50_v1": 3.858,
    "resnet101_v1": 7.570, "resnet152_v1": 11.282, "wide_resnet50_2": 11.398, "resnext50_32x4d": 4.230, "densenet121": 2.834,
    "densenet201": 4.291, "squeezenet1_1": 0.349, "mobilenet_v1": 0.569, "mobilenet_v2": 0.301, "mobilenet_v3_large": 0.217,
    "efficientnet_b0": 0.386, "convnext_tiny": 4.456}
ACTIVATIONS = {"inception_v4": 15.09, "seresnet50": 11.13, "senet154": 38.69, "nasnet_a_large": 90.56, "preresnet50": 11.11,
               "convnext_v2_atto": 3.81, "convnext_v2_tiny": 13.44}            # timm's, in millions
FIELDS = {
    "alexnet": 195, "vgg16": 212, "mobilenet_v1": 315, "inception_v2": 699, "inception_v3": 1311, "inception_v4": 2071, "resnet18": 435,
    "resnet34": 899, "resnet50": 427, "resnet101": 971, "resnet152": 1451, "resnet50_v1": 483, "resnet101_v1": 1027, "resnet152_v1": 1507}


compared = cache(compare)


def analysed(name):
    return compared(name).analysis


@pytest.mark.parametrize("name", EXACT_MACS)
def test_macs_to_the_last_digit(name):
    assert analysed(name).macs == EXACT_MACS[name]


@pytest.mark.parametrize("name", GIGA_MACS)
def test_macs_to_the_printed_digits(name):
    assert round(analysed(name).macs / 1e9, 3) == GIGA_MACS[name]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_outputs_of_convolutions_as_timm_counts_them(name):
    assert round(analysed(name).activations / 1e6, 2) == ACTIVATIONS[name]


@pytest.mark.parametrize("name", FIELDS)
def test_receptive_fields_of_the_last_map(name):
    assert analysed(name).last_map.receptive_field == (FIELDS[name],) * 2


def growth(name, kinds):
    """The receptive fields of the layers of some kinds, in order."""
    return [row.receptive_field[0] for row in analysed(name).rows if row.kind in kinds]


def test_receptive_fields_layer_by_layer():
    assert growth("alexnet", ("Conv2d", "MaxPool2d")) == [11, 19, 51, 67, 99, 131, 163, 195]
    assert growth("lenet5", ("Conv2d", "AvgPool2d", "Linear"))[:5] == [5, 6, 14, 16, 32]
    vgg = analysed("vgg16")
    assert [row.receptive_field for row in vgg.rows if row.kind == "Conv2d"][-1] == (196, 196)
    assert next(row for row in vgg.rows if row.kind == "Linear").receptive_field == (404, 404)


def test_vgg16_needs_as_much_memory_as_its_rows_sum_to():
    vgg = analysed("vgg16")
    assert vgg.memory == 15_237_608
    assert vgg.training_memory == 2 * vgg.memory, "where ReLU follows every convolution, its output is all that is kept"
    assert str(vgg).endswith("forward 60.95 MB, forward and backward 121.90 MB.")
    assert sum(row.memory for row in vgg.rows if row.kind in ("input", "Conv2d", "MaxPool2d", "Linear")) == vgg.memory


def test_the_sums_on_googlenets_stem():
    stem = analysed("googlenet").at("stem")
    assert round(stem.macs / 1e6, 1) == 477.7
    vgg = analysed("vgg16")
    assert round(sum(vgg.at(path).macs for path in ("stem", "stages.0")) / 1e6) > 418


@pytest.mark.parametrize("name", models.names())
def test_every_stage_has_the_papers_shape_and_every_difference_is_explained(name):
    found = analysed(name)
    stages = models.file_of(name).STAGES[name]
    assert {path: found.at(path).shape for path in stages} == stages
    assert compared(name).explained, compared(name).cells()
    assert found.macs == sum(found.at(part).macs for part in ("stem", "stages", "head"))
    assert sum(row.parameters for row in found.rows) + found.unused == found.parameters


def test_auxiliary_heads_work_while_training():
    def net(nn):
        head = nn.Sequential(pool=nn.GlobalAvgPool2d(), flatten=nn.Flatten(), fc=nn.Linear(4, 10))
        rest = nn.Sequential(conv=nn.Conv2d(4, 4, 3), pool=nn.GlobalAvgPool2d(), flatten=nn.Flatten(), drop=nn.Dropout(0.5),
                             fc=nn.Linear(4, 2))
        return nn.Sequential(conv=nn.Conv2d(1, 4, 3), aux=nn.Auxiliary(head, rest))
    for nn in (numpy_nn, torch_nn):
        still, training = analyse(net(nn), (1, 8, 8)), analyse(net(nn), (1, 8, 8), training=True)
        assert still.unused == 50 and training.unused == 0 and still.parameters == training.parameters
        assert training.macs == still.macs + 40
        assert "not reached" in str(still) and "not reached" not in str(training)
        assert training.at("").shape == (2,) and training.training_memory > still.training_memory
        text = str(still).splitlines()
        assert re.fullmatch(r"\s+not reached\s+50", text[-4].rstrip())


def test_one_net_on_the_command_line(capsys):
    assert program.main(["resnet50", "--stages"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("resnet50: Deep Residual Learning") and "4,089,184,256" in said and "stages.3" in said
    assert program.main(["lenet5", "--size", "32"]) == 2
    assert "takes 400 features, gets 576, in head.fc1 (Linear)" in capsys.readouterr().err
    assert program.main(["rezznet50"]) == 2
    assert "there is no net 'rezznet50'; did you mean resnet50" in capsys.readouterr().err
    for wrong in ([], ["lenet5", "--all"]):
        with pytest.raises(SystemExit) as left:
            program.main(wrong)
        assert left.value.code == 2


def test_all_nets_on_the_command_line(capsys, monkeypatch):
    file = models.file_of("lenet5")
    monkeypatch.setattr(models, "names", lambda: ["lenet5", "resnet18"])
    assert program.main(["--all"]) == 0
    head, _, first, second, _, last = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["net", "image", "parameters", "published"]
    assert first.split()[:8] == ["lenet5", "28", "61,706", "61,706", "0", "416,520", "416,520", "0"]
    assert second.split()[:5] == ["resnet18", "224", "11,689,512", "11,689,512", "0"]
    assert last.split()[:2] == ["2", "nets"] and last.endswith("0 differ, 0 of them without a reason")
    wrong = Published(size=28, parameters=61_700, gmacs="0.001", receptive_field=16)
    monkeypatch.setitem(file.PUBLISHED, "lenet5", wrong)
    assert program.main(["--all"]) == 1
    out = capsys.readouterr().out
    assert re.search(r"lenet5 .* \+6 .*416,520 +0\.001 G +-0\.001 G .*NOT EXPLAINED", out) and "1 differ, 1 of them without" in out
    monkeypatch.setitem(file.PUBLISHED, "lenet5", wrong._replace(note="the paper counts otherwise"))
    assert program.main(["--all"]) == 0
    assert "the paper counts otherwise" in capsys.readouterr().out
    monkeypatch.setitem(file.PUBLISHED, "lenet5", Published(size=28, gmacs="0.0004"))
    assert compare("lenet5").differences == (None, 0, None)


def test_a_net_of_numbers_and_one_on_paper_are_the_same_to_it():
    assert analyse(models.lenet5(numpy_nn), (1, 28, 28)) == analysed("lenet5")
    assert analyse(models.lenet5(numpy_nn).double(), (1, 28, 28)).bytes_per_number == 8
