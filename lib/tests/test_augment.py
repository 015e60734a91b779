"""What holds for every augmentation: a draw an image, the same draws from the same rng, the input left alone, bad arguments named."""
import ast
from inspect import getdoc, getsource

import numpy as np
import pytest

from convbook import augment
from convbook.augment import _boxes, _colour, _crops, _mix

N = 64
X = np.random.default_rng(0).random((1, 3, 12, 10))
SAME = np.repeat(X, N, axis=0)                     # one image many times: where results differ, draws did
VALUES, VECTORS = augment.colour_pca(X)
CALLS = {
    "pad_and_crop": lambda x, rng: augment.pad_and_crop(x, 4, rng),
    "flip": lambda x, rng: augment.flip(x, rng),
    "random_resized_crop": lambda x, rng: augment.random_resized_crop(x, rng, (8, 9)),
    "pca_colour": lambda x, rng: augment.pca_colour(x, rng, VALUES, VECTORS),
    "colour_jitter": lambda x, rng: augment.colour_jitter(x, rng, 0.4, 0.4, 0.4),
    "mixup": lambda x, rng: augment.mixup(x, np.arange(len(x)) % 10, rng, 1.0, 10)[0],
    "ten_crop": lambda x, rng: augment.ten_crop(x, 8),
}
CHANCE = [name for name in CALLS if name != "ten_crop"]
COPIES_ONLY = ("pad_and_crop", "flip", "ten_crop")


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", CALLS)
def test_dtype_is_kept_the_input_too(name, dtype):
    x = SAME[:5].astype(dtype)
    kept = x.copy()
    got = CALLS[name](x, np.random.default_rng(1))
    assert got.dtype == dtype and got.flags.c_contiguous and not np.shares_memory(got, x)
    assert np.isfinite(got).all()
    got += 1
    np.testing.assert_array_equal(x, kept)


@pytest.mark.parametrize("name", COPIES_ONLY)
def test_what_only_copies_takes_bytes(name):
    x = (SAME[:5] * 255).astype(np.uint8)
    assert CALLS[name](x, np.random.default_rng(1)).dtype == np.uint8


@pytest.mark.parametrize("name", [name for name in CALLS if name not in COPIES_ONLY])
def test_what_computes_refuses_bytes(name):
    with pytest.raises(TypeError, match="x has dtype uint8, the sums need floats"):
        CALLS[name](SAME.astype(np.uint8), np.random.default_rng(1))


@pytest.mark.parametrize("name", CHANCE)
def test_every_image_gets_a_draw_of_its_own(name):
    x = SAME if name != "mixup" else np.random.default_rng(0).random(SAME.shape)
    got = CALLS[name](x, np.random.default_rng(2))
    different = len(np.unique(got.reshape(N, -1), axis=0))
    least, most = {"flip": (2, 2), "pad_and_crop": (32, 64), "random_resized_crop": (48, 64)}.get(name, (N, N))    # few places: some twice
    assert least <= different <= most


@pytest.mark.parametrize("name", CHANCE)
def test_the_rng_alone_decides(name):
    x = SAME if name != "mixup" else np.random.default_rng(0).random(SAME.shape)
    first = CALLS[name](x, np.random.default_rng(3))
    np.random.default_rng().random(5)
    np.testing.assert_array_equal(CALLS[name](x, np.random.default_rng(3)), first)
    assert (CALLS[name](x, np.random.default_rng(4)) != first).any()
    rng = np.random.default_rng(3)
    CALLS[name](x, rng)
    assert (CALLS[name](x, rng) != first).any(), "a second call draws anew"


@pytest.mark.parametrize("name", CALLS)
def test_views_are_images_too(name):
    x = np.random.default_rng(5).random((7, 12, 10, 6)).transpose(0, 3, 1, 2)[::-1, ::2]
    got, expected = CALLS[name](x, np.random.default_rng(6)), CALLS[name](x.copy(), np.random.default_rng(6))
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-15)       # sums in another order


@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.parametrize("name", CALLS)
def test_batches_of_none_and_one(name, count):
    got = CALLS[name](SAME[:count].astype(np.float32), np.random.default_rng(7))
    assert got.shape[0] == count and got.shape[1:] == CALLS[name](SAME[:2], np.random.default_rng(7)).shape[1:]


@pytest.mark.parametrize("name", CALLS)
def test_wrong_images(name):
    with pytest.raises(TypeError, match=r"x must be a ndarray of shape \(N, C, H, W\), got list"):
        CALLS[name]([[1.0]], np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"x must have 4 axes \(N, C, H, W\), got shape \(3, 12, 10\)"):
        CALLS[name](X[0], np.random.default_rng(0))


@pytest.mark.parametrize("name", CHANCE)
def test_a_seed_is_no_rng(name):
    with pytest.raises(TypeError, match=r"rng must be a numpy.random.Generator, as np.random.default_rng\(0\) makes one, got 3"):
        CALLS[name](SAME, 3)


def test_no_loop_over_images():
    """Loops run over blocks, names and five places, whose sources are known; a new one has to be looked at."""
    loops = [ast.unparse(node.target) for module in (_boxes, _colour, _crops, _mix)
             for node in ast.walk(ast.parse(getsource(module))) if isinstance(node, ast.For)]
    assert sorted(loops) == ["(name, starts, image, piece)", "(name, width)", "start"]


@pytest.mark.parametrize("name", augment.__all__)
def test_docstrings_say_shapes_errors_and_source(name):
    text = getdoc(getattr(augment, name))
    assert "returns  " in text and "Raises " in text and "Chapter 11" in text
    assert name in augment.__doc__
