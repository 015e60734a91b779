"""The training loop on every engine: the same numbers, stopped and resumed, and what it says when something is wrong."""
import io

import numpy as np
import pytest
import torch
from rich.console import Console

from convbook import init, numpy_nn, torch_nn
from convbook.data import digits, split
from convbook.torch_nn import written_out
from convbook.train import History, NotFiniteError, evaluate, fit, load_net, predict
from convbook.train.history import Display

ENGINES = {"numpy": numpy_nn, "torch": torch_nn, "written_out": written_out}


@pytest.fixture(params=ENGINES)
def nn(request):
    return ENGINES[request.param]


@pytest.fixture(scope="module")
def data():
    (x, y), held = split(*digits(), 0.2, 0)
    return (x[:400], y[:400]), (held[0][:100], held[1][:100])


def net_of(nn, dropout=0.0, dtype=np.float64):
    net = nn.Sequential(conv=nn.Conv2d(1, 6, 3, padding=1), bn=nn.BatchNorm2d(6), relu=nn.ReLU(), pool=nn.MaxPool2d(2),
                        flatten=nn.Flatten(), drop=nn.Dropout(dropout), fc=nn.Linear(6 * 16, 10))
    init.kaiming(net, 0)
    return net.double() if dtype == np.float64 else net


def sgd(nn, net, lr=0.1):
    return nn.optim.SGD(net.parameters(), lr=lr, momentum=0.9)


def run(nn, data, epochs=2, net=None, **options):
    net = net or net_of(nn)
    return net, fit(net, data[0], epochs, sgd(nn, net), validation=data[1], progress=False, **options)


def numbers(history):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in history]


def test_all_engines_tell_the_same_story(data):
    stories = {name: numbers(run(nn, data)[1]) for name, nn in ENGINES.items()}
    assert stories["numpy"][-1]["loss"] < 0.7 * stories["numpy"][0]["loss"]
    for story in stories.values():
        for row, reference in zip(story, stories["torch"], strict=True):
            assert row == pytest.approx(reference, rel=1e-9)


def test_it_learns(nn, data):
    net, history = run(nn, data, epochs=6)
    assert history[-1]["val_accuracy"] >= 0.9
    assert evaluate(net, *data[1]) == pytest.approx((history[-1]["val_loss"], history[-1]["val_accuracy"]))
    scores = predict(net, data[1][0], batch_size=7)
    assert scores.shape == (100, 10)
    assert (scores.argmax(1) == data[1][1]).mean() == history[-1]["val_accuracy"]


def test_resumed_run_gives_the_numbers_of_one_that_was_not_stopped(nn, data, tmp_path):
    def schedule(optimizer):
        return nn.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)

    def go(folder, epochs, resume):
        net = net_of(nn, dropout=0.3)
        optimizer = sgd(nn, net)
        return net, fit(net, data[0], epochs, optimizer, validation=data[1], schedule=schedule(optimizer), progress=False,
                        augment=lambda x, rng: x + 0.1 * rng.standard_normal(x.shape), checkpoint=folder, resume=resume)

    whole, expected = go(tmp_path / "whole", 4, False)
    go(tmp_path / "stopped", 2, False)
    resumed, history = go(tmp_path / "stopped", 4, True)
    assert numbers(history) == numbers(expected)
    for key, value in whole.state_dict().items():
        np.testing.assert_array_equal(np.asarray(value), np.asarray(resumed.state_dict()[key]))
    assert history.column("lr") == [0.1, 0.05, 0.025, 0.0125]


def test_best_and_last_are_kept(nn, data, tmp_path):
    net, history = run(nn, data, epochs=3, checkpoint=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.npz", "last.npz"]
    best = max(history.column("val_accuracy"))
    assert evaluate(load_net(net_of(nn), tmp_path), *data[1])[1] == best
    assert evaluate(load_net(net_of(nn), tmp_path, "last"), *data[1])[1] == history[-1]["val_accuracy"]
    with pytest.raises(FileNotFoundError, match="there is no checkpoint"):
        load_net(net, tmp_path / "elsewhere")


def test_a_run_is_not_overwritten_or_mixed_up(data, tmp_path):
    run(numpy_nn, data, epochs=1, checkpoint=tmp_path)
    with pytest.raises(ValueError, match="holds a run of 1 epochs; go on with resume=True, or choose another folder"):
        run(numpy_nn, data, epochs=2, checkpoint=tmp_path)
    with pytest.raises(ValueError, match="cannot be resumed with other settings: seed was 0, is 1; batch_size was 64, is 32"):
        run(numpy_nn, data, epochs=2, checkpoint=tmp_path, resume=True, seed=1, batch_size=32)
    with pytest.raises(ValueError, match="this one differ in: schedule"):
        net = net_of(numpy_nn)
        optimizer = sgd(numpy_nn, net)
        fit(net, data[0], 2, optimizer, schedule=numpy_nn.optim.lr_scheduler.StepLR(optimizer, 1), checkpoint=tmp_path, resume=True)
    assert len(run(numpy_nn, data, epochs=1, checkpoint=tmp_path, resume=True)[1]) == 1, "nothing left to do"


@pytest.mark.parametrize("where", ["weights", "layer", "input", "loss"])
def test_nan_names_the_layer_that_said_it_first(nn, data, where):
    net = net_of(nn)
    x, y = data[0]
    loss = None
    if where == "weights":
        net.conv.bias.data[2] = np.nan
        expected, reason = "conv", "its own weights are not finite"
    elif where == "layer":
        net.fc.weight.data[...] = 1e308
        expected, reason = "fc", "its inputs and weights are finite, its output is not"
    elif where == "input":
        x = x.copy()
        x[:] = np.inf
        expected, reason = "conv", "its input was not finite already"
    else:
        def loss(output, target):
            return (output * 0).sum() + float("nan")
        expected, reason = "", "every output is finite, the loss itself is not"
    with np.errstate(all="ignore"), pytest.raises(NotFiniteError, match=reason) as caught:
        fit(net, (x, y), 1, sgd(nn, net), loss=loss, progress=False)
    assert caught.value.layer == expected
    assert "epoch 1, batch 1" in str(caught.value)
    assert caught.value.history == []


def test_what_was_learned_before_a_nan_is_kept(data, tmp_path):
    net = net_of(numpy_nn)

    def spoil(x, rng):
        spoil.calls += 1
        return x * np.nan if spoil.calls > 10 else x
    spoil.calls = 0
    with pytest.raises(NotFiniteError, match="epoch 2") as caught:
        fit(net, data[0], 3, sgd(numpy_nn, net), augment=spoil, progress=False, checkpoint=tmp_path)
    assert len(caught.value.history) == 1
    assert (tmp_path / "last.npz").exists()


def test_schedules_step_where_they_should(nn, data):
    def rates(per_batch, make):
        net = net_of(nn)
        optimizer = sgd(nn, net)
        schedule = make(optimizer)
        return fit(net, data[0], 2, optimizer, schedule=schedule, per_batch=per_batch, progress=False).column("lr")
    step = nn.optim.lr_scheduler.StepLR
    assert rates(False, lambda o: step(o, 1, 0.5)) == [0.1, 0.05]
    assert rates(True, lambda o: step(o, 7, 0.5)) == [0.05, 0.025]                      # 400 images are 7 batches
    plateau = nn.optim.lr_scheduler.ReduceLROnPlateau
    assert rates(False, lambda o: plateau(o, factor=0.1, patience=0, threshold=10.0, threshold_mode="abs")) == [0.1, 0.1]


def test_augmentation_may_mix_labels(nn, data):
    def mix(x, y, rng):
        return x, np.eye(10)[y] * 0.9 + 0.01
    net = net_of(nn)
    history = fit(net, data[0], 2, sgd(nn, net), augment=mix, progress=False)
    assert history[1]["accuracy"] > 0.5


def test_heads_count_as_much_as_they_are_told(data):
    def losses(nn, weight):
        net = nn.Sequential(nn.Flatten(), nn.Auxiliary(nn.Linear(64, 10), nn.Linear(64, 10)))
        init.kaiming(net, 0)
        return fit(net.double(), data[0], 1, sgd(nn, net), validation=data[1], auxiliary_weight=weight, progress=False)[0]
    assert losses(numpy_nn, 0.3) == pytest.approx({**losses(torch_nn, 0.3), "seconds": 0}, rel=1e-9, abs=60)
    assert losses(numpy_nn, 1.0)["loss"] > losses(numpy_nn, 0.0)["loss"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")       # torch.compile imports parts that torch itself calls old
def test_torchs_options(data):
    plain = run(torch_nn, data, epochs=1, net=net_of(torch_nn, dtype=np.float32))[1][0]["loss"]
    cases = ({"compile": "aot_eager"}, 1e-3), ({"channels_last": True}, 1e-3), ({"autocast": "bfloat16"}, 0.05), ({"device": "cpu"}, 1e-9)
    for options, error in cases:
        net, history = run(torch_nn, data, epochs=1, net=net_of(torch_nn, dtype=np.float32), **options)
        assert history[0]["loss"] == pytest.approx(plain, rel=error)
        if "channels_last" in options:
            assert net.conv.weight.is_contiguous(memory_format=torch.channels_last)
    with pytest.raises(ValueError, match="compile, autocast: only nets of torch have this option, Sequential is one of NumPy"):
        run(numpy_nn, data, compile=True, autocast="bfloat16")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here: training on one stays untested")
def test_a_gpu_is_used_and_named(data, capsys):
    net = net_of(torch_nn)
    fit(net, data[0], 1, sgd(torch_nn, net))
    assert next(net.parameters()).is_cuda
    assert torch.cuda.get_device_name() in capsys.readouterr().out


def test_bad_data_and_nets_are_refused():
    net = net_of(numpy_nn)
    with pytest.raises(ValueError, match="data needs as many labels as images, and at least one; got 3 images and 2 labels"):
        fit(net, (np.ones((3, 1, 8, 8)), np.zeros(2, int)), 1, sgd(numpy_nn, net))
    with pytest.raises(ValueError, match="got 0 images and 0 labels"):
        evaluate(net, np.ones((0, 1, 8, 8)), np.zeros(0, int))
    with pytest.raises(TypeError, match=r"a net of convbook\.numpy_nn or torch\.nn is needed, got int"):
        predict(3, np.ones((3, 1, 8, 8)))


def test_mode_is_left_as_it_was(nn, data):
    net = net_of(nn)
    net.drop.eval()
    evaluate(net, *data[1])
    assert net.training and net.bn.training and not net.drop.training


def test_a_line_an_epoch_where_there_is_no_terminal(data, capsys):
    net = net_of(numpy_nn)
    fit(net, data[0], 2, sgd(numpy_nn, net), validation=data[1])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "training on the CPU (NumPy)"
    assert [line.split(",")[0] for line in lines[1:]] == ["epoch 1", "epoch 2"]
    assert "val_accuracy" in lines[2]


def test_a_bar_on_a_terminal():
    screen = io.StringIO()
    with Display(4, 1, "the CPU", console=Console(file=screen, force_terminal=True, width=100)) as display:
        display.step(1, 2.3026, 0.1234)
        display.epoch({"epoch": 1, "loss": 2.3026, "accuracy": 0.1234})
    assert "epoch 1: loss 2.3026, accuracy 12.3%" in screen.getvalue()
    assert "2/4" in screen.getvalue()


def test_history_is_a_table():
    history = History([{"epoch": 1, "loss": 2.0, "val_accuracy": 0.5, "lr": 0.1, "seconds": 1.25}])
    assert str(history) == "epoch    loss  val_accuracy   lr  seconds\n    1  2.0000        50.00%  0.1      1.2"
    assert history.column("loss") == [2.0]
    assert str(History()) == "no epoch yet"
    with pytest.raises(KeyError, match="no column 'acc'; there are epoch, loss, val_accuracy, lr, seconds"):
        history.column("acc")
