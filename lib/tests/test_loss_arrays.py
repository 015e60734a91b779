"""What losses do with arrays: dtypes, empty batches, infinities, layouts, bad arguments; and the top-k accuracy."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

CLASSES = ["cross_entropy", "nll_loss", "multi_margin_loss", "hinge_loss"]
VALUES = ["mse_loss", "binary_cross_entropy_with_logits"]
every_loss = pytest.mark.parametrize("name", [*CLASSES, *VALUES])


def example(name, dtype=np.float64, shape=(6, 4), seed=0):
    rng = np.random.default_rng(seed)
    x = (2 * rng.standard_normal(shape)).astype(dtype)
    return (x, rng.random(shape).astype(dtype)) if name in VALUES else (x, rng.integers(0, shape[1], shape[0]))


def call(engine, name, x, target, grad_y=1.0, **options):
    return getattr(engine, name)(x, target, **options), getattr(engine, f"{name}_backward")(grad_y, x, target, **options)


@every_loss
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(("dtype", "digits"), [(np.float16, 6e-3), (np.float32, 1e-6), (np.float64, 0)])
def test_dtype_is_kept_and_its_digits_are_right(matrix_engine, assert_close, name, reduction, dtype, digits):
    x, target = example(name, dtype)
    wide = x.astype(np.float64), target.astype(np.float64) if name in VALUES else target
    loss = getattr(matrix_engine, name)(x, target, reduction=reduction)
    right = call(matrix_engine, name, *wide, np.ones_like(loss, np.float64) if reduction == "none" else 1.0, reduction=reduction)
    results = call(matrix_engine, name, x, target, np.ones_like(loss), reduction=reduction)
    for got, expected in zip(results, right, strict=True):
        assert isinstance(got, np.ndarray)
        assert got.dtype == dtype
        assert_close(got.astype(np.float64), expected, digits)


@every_loss
def test_the_loss_is_an_array_without_axes(matrix_engine, name):
    loss = getattr(matrix_engine, name)(*example(name, np.float32))
    assert isinstance(loss, np.ndarray)
    assert (loss.shape, loss.dtype) == ((), np.float32)


@every_loss
def test_bfloat16_is_kept(torch_engine, assert_close, name):
    x, target = map(torch_engine.array, example(name))
    wide = [getattr(torch_engine.native, name)(x, target), getattr(torch_engine.native, f"{name}_backward")(1.0, x, target)]
    x, target = x.bfloat16(), target.bfloat16() if name in VALUES else target
    half = [getattr(torch_engine.native, name)(x, target), getattr(torch_engine.native, f"{name}_backward")(1.0, x, target)]
    for got, expected in zip(half, wide, strict=True):
        assert got.dtype == torch.bfloat16
        assert_close(got.double().cpu(), expected.cpu(), 3e-2)


@every_loss
def test_gradient_of_the_loss_may_be_any_number(matrix_engine, name):
    x, target = example(name, np.float32)
    expected = call(matrix_engine, name, x, target, np.array(2.5, np.float32))[1]
    for number in (2.5, np.float32(2.5), np.float64(2.5)):
        got = call(matrix_engine, name, x, target, number)[1]
        assert got.dtype == np.float32
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(("name", "options"), [
    ("cross_entropy", {"label_smoothing": np.float64(0.1), "ignore_index": np.int64(1)}), ("hinge_loss", {"margin": np.float64(0.5)}),
    ("multi_margin_loss", {"margin": np.float64(0.5), "p": np.int64(2)})])
def test_numbers_of_numpy_do_not_widen_the_result(matrix_engine, name, options):
    for result in call(matrix_engine, name, *example(name, np.float32), **options):
        assert result.dtype == np.float32


def test_half_precision_adds_up_in_float32(matrix_engine):
    x = np.full(70000, 2, np.float16)
    assert matrix_engine.mse_loss(x, np.zeros_like(x)) == 4
    assert matrix_engine.mse_loss(x, np.zeros_like(x), reduction="sum") == np.inf             # 280000, float16 ends at 65504
    assert matrix_engine.cross_entropy(np.zeros((70000, 2), np.float16), np.zeros(70000, int)) == np.float16(np.log(2))
    gradient = matrix_engine.mse_loss_backward(1.0, x, np.zeros_like(x))
    np.testing.assert_array_equal(gradient, np.full_like(x, np.float16(1 / 70000) * 4))


@every_loss
def test_the_mean_over_no_images_is_nan_as_in_torch(matrix_engine, name):
    x, target = example(name)
    loss, gradient = call(matrix_engine, name, x[:0], target[:0])
    assert np.isnan(loss)
    assert gradient.shape == (0, 4)
    assert call(matrix_engine, name, x[:0], target[:0], reduction="sum")[0] == 0
    assert F.cross_entropy(torch.ones(0, 4), torch.ones(0, dtype=torch.int64)).isnan()
    np.testing.assert_array_equal(getattr(matrix_engine, name)(x[:1], target[:1]),
                                  getattr(matrix_engine, name)(x[:1], target[:1], reduction="sum") / (4 if name in VALUES else 1))


@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
def test_where_all_targets_are_ignored_nothing_is_learnt(matrix_engine, name):
    x = torch.ones(3, 4, requires_grad=True)
    torchs = getattr(F, name)(x, torch.full((3,), -100))
    loss, gradient = call(matrix_engine, name, np.ones((3, 4)), np.full(3, -100))
    assert np.isnan(loss) and torchs.isnan()
    for zeros in (gradient, torch.autograd.grad(torchs, x)[0]):
        np.testing.assert_array_equal(zeros, np.zeros((3, 4)))


@pytest.mark.parametrize("target", [0, 1])
@pytest.mark.parametrize("row", [[1, np.nan, 2], [np.inf, 1, 2], [-np.inf, 1, 2], [-np.inf] * 3, [1e4, -1e4, 0]], ids=str)
def test_infinite_and_large_scores_are_torchs(matrix_engine, row, target):
    x = torch.tensor([row, [1.0, 2, 3]], dtype=torch.float64, requires_grad=True)
    loss = F.cross_entropy(x, torch.tensor([target, 2]))
    got = call(matrix_engine, "cross_entropy", x.detach().numpy(), np.array([target, 2]))
    for ours, torchs in zip(got, (loss, torch.autograd.grad(loss, x)[0]), strict=True):
        np.testing.assert_allclose(ours, torchs.detach().numpy(), rtol=1e-13, atol=1e-15)


def test_an_impossible_class_that_nobody_wants_costs_nothing(matrix_engine):
    x, target = np.array([[-np.inf, 0, 0]]), np.array([[0.0, 0.5, 0.5]])
    loss, gradient = call(matrix_engine, "cross_entropy", x, target)
    np.testing.assert_allclose(loss, np.log(2), rtol=1e-15)
    np.testing.assert_allclose(gradient, np.zeros((1, 3)), atol=1e-16)
    assert F.cross_entropy(torch.tensor(x), torch.tensor(target)).isnan()                   # 0 times -inf; with indices torch agrees


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_large_logits_do_not_overflow(matrix_engine, dtype):
    x, target = np.array([1e4, -1e4, 1e4, -1e4], dtype), np.array([1, 0, 0, 1], dtype)
    losses, gradient = call(matrix_engine, "binary_cross_entropy_with_logits", x, target, np.ones(4, dtype), reduction="none")
    np.testing.assert_array_equal(losses, np.array([0, 0, 1e4, 1e4], dtype))
    np.testing.assert_array_equal(gradient, [0, 0, 1, -1])


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_indices_of_any_integer_dtype(matrix_engine, name, dtype):
    x, target = example(name)
    for got, expected in zip(call(matrix_engine, name, x, target.astype(dtype)), call(matrix_engine, name, x, target), strict=True):
        np.testing.assert_array_equal(got, expected)


@every_loss
@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_inputs_are_not_modified_and_results_are_new(matrix_engine, name, reduction):
    x, target = example(name)
    before = x.copy(), target.copy()
    grad_y = np.ones_like(getattr(matrix_engine, name)(x, target, reduction=reduction))
    for result in call(matrix_engine, name, x, target, grad_y, reduction=reduction):
        result[...] = np.nan
    for array, copy in zip((x, target, grad_y), (*before, np.ones_like(grad_y)), strict=True):
        np.testing.assert_array_equal(array, copy)


@every_loss
def test_strided_inputs(matrix_engine, name):
    x, target = (np.stack([a, a], axis=-1)[..., 0] for a in example(name))
    assert not x.flags.c_contiguous
    for got, expected in zip(call(matrix_engine, name, x, target), call(matrix_engine, name, x.copy(), target.copy()), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-14, atol=1e-16)


@every_loss
def test_torch_engine_is_written_out(torch_engine, name):
    class Recorder(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            seen.append(str(function))
            return function(*args, **(kwargs or {}))

    seen, (x, target) = [], map(torch_engine.array, example(name))
    with Recorder():
        getattr(torch_engine.native, name)(x, target)
        getattr(torch_engine.native, f"{name}_backward")(1.0, x, target)
    assert seen
    assert not [op for op in seen if any(word in op for word in ("nll", "softmax", "entropy", "mse", "margin", "sigmoid", "loss"))]


@pytest.mark.parametrize(("k", "share"), [(1, 1 / 4), (2, 3 / 4), (3, 1)])
def test_topk_accuracy(matrix_engine, k, share):
    x, target = np.array([[1.0, 2, 3], [3, 2, 1], [5, 5, 5], [5, 5, 5]]), np.array([2, 1, 1, 2])
    assert matrix_engine.topk_accuracy(x, target, k=k) == share          # of equal scores the first is the higher
    assert isinstance(matrix_engine.topk_accuracy(x, target), float)


def test_top1_is_argmax_and_topk_is_topk(matrix_engine):
    x, target = example("cross_entropy", shape=(200, 10))
    assert matrix_engine.topk_accuracy(x, target) == (x.argmax(axis=1) == target).mean()
    ties = np.round(x)
    assert matrix_engine.topk_accuracy(ties, target) == (ties.argmax(axis=1) == target).mean()
    top5 = torch.topk(torch.tensor(x), 5).indices.numpy()
    assert matrix_engine.topk_accuracy(x, target, 5) == (top5 == target[:, None]).any(axis=1).mean()


def test_topk_accuracy_of_nothing_and_of_nan(matrix_engine):
    assert np.isnan(matrix_engine.topk_accuracy(np.ones((0, 3)), np.ones(0, int)))
    assert matrix_engine.topk_accuracy(np.full((2, 3), np.nan), np.array([0, 1]), k=3) == 0
    assert matrix_engine.topk_accuracy(np.array([[1, np.nan, 0]]), np.array([0])) == 0
