"""Colours and mixtures by hand, and how far chance moves them."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import stats

from convbook import augment, data

PHOTO = data.photos("chelsea")[None, :, ::10, ::10].astype(np.float64)
PIXELS = PHOTO.transpose(0, 2, 3, 1).reshape(-1, 3)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_colour_pca_by_hand():
    x = np.zeros((1, 2, 2, 2))
    x[0, 0] = x[0, 1] = [[1, -1], [1, -1]]                      # both channels together: one direction, variance 1 + 1
    values, vectors = augment.colour_pca(x + 5)
    np.testing.assert_allclose(values, [2, 0], atol=1e-15)
    np.testing.assert_allclose(np.abs(vectors), np.full((2, 2), 0.5**0.5))
    assert vectors[0, 0] * vectors[1, 0] > 0 > vectors[0, 1] * vectors[1, 1]


def test_colour_pca_takes_the_covariance_apart():
    values, vectors = augment.colour_pca(PHOTO)
    np.testing.assert_allclose(vectors * values @ vectors.T, np.cov(PIXELS.T, bias=True), atol=1e-15)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(3), atol=1e-14)
    assert values[0] > values[1] > values[2] > 0
    assert (vectors[np.abs(vectors).argmax(axis=0), range(3)] > 0).all()


def test_colour_pca_of_many_images_in_single_precision():
    x = rng().random((600, 3, 4, 4), dtype=np.float32) * np.array([1, 2, 3], np.float32)[:, None, None]
    values, _ = augment.colour_pca(x)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(np.cov(x.astype(float).transpose(1, 0, 2, 3).reshape(3, -1), bias=True))[::-1])


def test_add_colours_by_hand():
    x = np.zeros((2, 3, 1, 2))
    turn = np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, 1]])        # first direction is green, second red
    got = augment.add_colours(x, [[1, 0, 0], [0, 2, 3]], [0.5, 0.25, 0.1], turn)
    assert got[0, :, 0].T.tolist() == [[0, 0.5, 0]] * 2
    np.testing.assert_allclose(got[1, :, 0].T, [[0.5, 0, 0.3]] * 2)


def test_pca_colour_moves_along_the_directions_by_eigenvalue_and_std():
    values, vectors = augment.colour_pca(PHOTO)
    x = np.repeat(PHOTO, 4000, axis=0)[:, :, :1, :2]
    shifts = (augment.pca_colour(x, rng(), values, vectors, std=0.2) - x).transpose(0, 2, 3, 1)
    assert np.ptp(shifts, axis=(1, 2)).max() < 1e-15, "one shift for all pixels of an image"
    amounts = shifts[:, 0, 0] @ vectors / values
    assert (np.abs(amounts.mean(axis=0)) < 4 * 0.2 / np.sqrt(4000)).all()
    assert (np.abs(amounts.std(axis=0) / 0.2 - 1) < 4 / np.sqrt(8000)).all()
    assert stats.kstest(amounts[:, 0] / 0.2, "norm").pvalue > 1e-3


def test_factors_of_one_change_nothing_but_rounding(assert_close):
    ones = np.ones(1)
    assert_close(augment.scale_colours(PHOTO, ones, ones, ones), PHOTO, 1e-15)
    assert_close(augment.colour_jitter(PHOTO, rng(), 0, 0, 0), PHOTO, 1e-15)
    assert_close(augment.colour_jitter(PHOTO.astype(np.float32), rng(), 0, 0, 0), PHOTO.astype(np.float32), 2e-7)


def test_scale_colours_by_hand():
    grey = PIXELS @ [0.299, 0.587, 0.114]
    x = np.repeat(PHOTO, 4, axis=0)
    dark, flat, pale, vivid = augment.scale_colours(x, [0.5, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1.2])
    np.testing.assert_allclose(dark, PHOTO[0] / 2)
    np.testing.assert_allclose(flat, grey.mean())
    np.testing.assert_allclose(pale, np.broadcast_to(grey.reshape(1, *PHOTO.shape[2:]), pale.shape))
    expected = np.clip(grey[:, None] + 1.2 * (PIXELS - grey[:, None]), 0, 1)
    np.testing.assert_allclose(vivid.transpose(1, 2, 0).reshape(-1, 3), expected)


def test_each_step_is_clipped():
    x = np.array([[[[0.2, 0.8]]]])
    assert augment.scale_colours(x, [2], [0.5], [1]).ravel() == pytest.approx([0.55, 0.85])     # 0.4, 1 (not 1.6); mean 0.7
    assert augment.scale_colours(x, [1], [2], [1]).ravel() == pytest.approx([0, 1])


def test_three_steps_at_once_are_the_three_one_by_one():
    one, two, half = [1], [2], [0.5]
    at_once = augment.scale_colours(PHOTO, two, two, half)
    bright = augment.scale_colours(PHOTO, two, one, one)
    hard = augment.scale_colours(bright, one, two, one)
    np.testing.assert_allclose(at_once, augment.scale_colours(hard, one, one, half), atol=1e-15)
    assert (bright == 1).any() and (hard == 0).any()


def test_the_order_of_steps_is_light_contrast_colour():
    x = np.array([1.0, 0.0, 0.0]).reshape(1, 3, 1, 1)
    np.testing.assert_allclose(augment.scale_colours(x, [0.5], [0.5], [0]).ravel(), 0.5 * 0.299 / 2 + (0.299 * 0.25))


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation"])
def test_jitter_draws_evenly_around_one(name):
    x = np.repeat(np.array([[0.55, 0.65], [0.5, 0.6], [0.45, 0.55]])[None, :, None], 3000, axis=0)
    widths = {"brightness": 0, "contrast": 0, "saturation": 0, name: 0.3}
    got = augment.colour_jitter(x, rng(), **widths)
    mean = np.array([0.299, 0.587, 0.114]) @ x[0, :, 0]
    factor = {"brightness": got[:, 0, 0, 0] / 0.55,
              "contrast": (got[:, 0, 0, 1] - got[:, 0, 0, 0]) / 0.1,
              "saturation": (got[:, 0, 0, 0] - mean[0]) / (0.55 - mean[0])}[name]
    assert stats.kstest(factor, stats.uniform(0.7, 0.6).cdf).pvalue > 1e-3


def test_one_channel_has_light_and_contrast_but_no_colour():
    x = PHOTO[:, :1]
    np.testing.assert_allclose(augment.scale_colours(x, [0.5], [1], [0]), x / 2)


LABELS = np.array([0, 2, 2])
IMAGES = np.arange(3.0)[:, None, None, None] * np.ones((1, 1, 2, 2))


def test_mix_by_hand():
    x, targets = augment.mix(IMAGES, LABELS, [1, 2, 0], [0.25, 0.5, 1], 3)
    assert x[:, 0, 0, 0].tolist() == [0.75, 1.5, 2]
    assert targets.tolist() == [[0.25, 0, 0.75], [0, 0, 1], [0, 0, 1]]


def test_mixed_targets_are_probabilities_whose_loss_is_the_mixed_loss():
    x, targets = augment.mixup(IMAGES, LABELS, rng(3), 0.4, 4)
    np.testing.assert_allclose(targets.sum(axis=1), 1)
    assert targets.dtype == x.dtype and targets.shape == (3, 4)
    _, known = augment.mix(IMAGES, LABELS, [1, 2, 0], [0.3] * 3, 4)
    scores, y = torch.from_numpy(rng().normal(size=(3, 4))), torch.from_numpy(LABELS)
    mixed = 0.3 * F.cross_entropy(scores, y) + 0.7 * F.cross_entropy(scores, y[[1, 2, 0]])
    assert F.cross_entropy(scores, torch.from_numpy(known)).item() == pytest.approx(mixed.item(), rel=1e-14)


def test_shares_follow_beta_and_partners_are_a_shuffle():
    count = 4000
    x = np.zeros((count, 1, 1, 2))
    x[:, 0, 0, 0] = np.arange(count)
    x[:, 0, 0, 1] = np.arange(count) ** 2.0
    got, targets = augment.mixup(x, np.arange(count), rng(), 0.4, count)
    share = np.diagonal(targets).copy()
    assert stats.kstest(share[share < 1], stats.beta(0.4, 0.4).cdf).pvalue > 1e-3
    targets[np.arange(count), np.arange(count)] = 0
    partners = targets.argmax(axis=1)
    assert len(set(partners[share < 0.999999])) == (share < 0.999999).sum()
    np.testing.assert_allclose(got[:, 0, 0, 1], share * x[:, 0, 0, 1] + (1 - share) * x[partners, 0, 0, 1], rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda: augment.colour_pca(PHOTO[:0]), ValueError, r"x of shape \(0, 3, 30, 46\) has no pixels to find colours in"),
    (lambda: augment.pca_colour(PHOTO, rng(), [1, 2], np.eye(3)), ValueError, r"eigenvalues must have shape \(3,\), got \(2,\)"),
    (lambda: augment.pca_colour(PHOTO, rng(), [1, 2, 3], np.eye(2)), ValueError, r"eigenvectors must have shape \(3, 3\), got \(2, 2\)"),
    (lambda: augment.pca_colour(PHOTO, rng(), [1, 2, 3], np.eye(3), -1), ValueError, "std must be between 0 and inf, got -1"),
    (lambda: augment.add_colours(PHOTO, [1, 2, 3], [1, 2, 3], np.eye(3)), ValueError, r"amounts must have shape \(1, 3\), got \(3,\)"),
    (lambda: augment.colour_jitter(PHOTO, rng(), 0, 1.5, 0), ValueError, "contrast must be between 0 and 1, got 1.5"),
    (lambda: augment.colour_jitter(PHOTO, rng(), -0.1, 0, 0), ValueError, "brightness must be between 0 and 1, got -0.1"),
    (lambda: augment.colour_jitter(PHOTO[:, :2], rng(), 0, 0, 0), ValueError, "colours need 1 or 3 channels, x has 2"),
    (lambda: augment.scale_colours(PHOTO, 1, [1], [1]), ValueError, r"brightness must have shape \(1,\), got \(\)"),
    (lambda: augment.mixup(IMAGES, LABELS, rng(), 0, 3), ValueError, "alpha must be above 0, got 0; without mixup leave the call out"),
    (lambda: augment.mixup(IMAGES, LABELS, rng(), 1, 2), ValueError, r"y must lie between 0 and num_classes - 1 = 1, got 0 to 2"),
    (lambda: augment.mixup(IMAGES, LABELS - 1, rng(), 1, 3), ValueError, "got -1 to 1"),
    (lambda: augment.mixup(IMAGES, LABELS[:2], rng(), 1, 3), ValueError, r"y must have shape \(3,\), got \(2,\)"),
    (lambda: augment.mixup(IMAGES, LABELS * 1.0, rng(), 1, 3), TypeError, "y must be classes, integers, got dtype float64"),
    (lambda: augment.mixup(IMAGES, LABELS, rng(), 1, 0), ValueError, "num_classes must be at least 1, got 0"),
])
def test_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()
