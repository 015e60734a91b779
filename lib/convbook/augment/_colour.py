"""Other light: colours shifted along their main directions, or scaled."""
import numpy as np

from convbook.augment._checks import check_between, check_float_images, check_rng, check_values

BLOCK = 256                        # images a step: float64 copies stay small
LUMA = (0.299, 0.587, 0.114)       # how bright red, green and blue look (ITU-R BT.601)


def colour_pca(x):
    """Main directions of a set's colours (Krizhevsky et al. 2012).

    x        (N, C, H, W)        floats, N >= 1: the training set
    returns  eigenvalues (C,)    of the channels' covariance over all pixels, largest first, float64
             eigenvectors (C, C) one a column, length 1, its largest entry positive

    Raises TypeError or ValueError for a wrong argument or no pixels. Chapter 11.
    """
    check_float_images(x)
    count = x.size // max(1, x.shape[1])
    if not count:
        raise ValueError(f"x of shape {x.shape} has no pixels to find colours in")
    mean = x.mean((0, 2, 3), dtype=np.float64, keepdims=True)[0]
    covariance = np.zeros((x.shape[1], x.shape[1]))
    for start in range(0, len(x), BLOCK):
        block = x[start:start + BLOCK] - mean
        covariance += np.tensordot(block, block, axes=((0, 2, 3), (0, 2, 3)))
    eigenvalues, vectors = np.linalg.eigh(covariance / count)
    largest = vectors[np.abs(vectors).argmax(axis=0), np.arange(len(vectors))]
    return eigenvalues[::-1].copy(), (vectors * np.sign(largest))[:, ::-1].copy()


def pca_colour(x, rng, eigenvalues, eigenvectors, std=0.1):
    """Shift the colours of every image by a random amount along the set's main directions (Krizhevsky et al. 2012).

    x             (N, C, H, W)   floats
    rng           numpy.random.Generator
    eigenvalues   (C,)           both from colour_pca of the training set, in the same units as x
    eigenvectors  (C, C)
    std           of the normal distribution that the amounts are drawn from
    returns       (N, C, H, W)   not clipped: what was in 0..1 may leave it a little

    Raises TypeError or ValueError for a wrong argument. Chapter 11.
    """
    check_float_images(x)
    return add_colours(x, random_amounts(len(x), x.shape[1], rng, std), eigenvalues, eigenvectors)


def random_amounts(count, channels, rng, std=0.1):
    """Draw how far each image goes along each main direction, from a normal distribution around 0 (Krizhevsky et al. 2012).

    count     of images
    channels  of an image
    rng       numpy.random.Generator
    std       of the distribution
    returns   (count, channels)

    Raises TypeError or ValueError for a wrong argument. Chapter 11.
    """
    check_rng(rng)
    check_between(0, std, np.inf, "std")
    return rng.normal(0, std, (count, channels))


def add_colours(x, amounts, eigenvalues, eigenvectors):
    """Add to all pixels of image n the colour eigenvectors @ (amounts[n] * eigenvalues).

    x             (N, C, H, W)   floats
    amounts       (N, C)         no units
    eigenvalues   (C,)
    eigenvectors  (C, C)         one a column
    returns       (N, C, H, W)

    The paper (Krizhevsky et al. 2012) multiplies by the eigenvalue, a variance, not by
    its root: so the effect depends on the units, and with pixels in 0..1 (eigenvalues
    well below 1) it is faint.
    Raises ValueError for shapes that do not fit. Chapter 11.
    """
    check_float_images(x)
    C = x.shape[1]
    amounts = check_values(amounts, "amounts", x.shape[:2])
    eigenvalues = check_values(eigenvalues, "eigenvalues", (C,))
    eigenvectors = check_values(eigenvectors, "eigenvectors", (C, C))
    shifts = (amounts * eigenvalues) @ eigenvectors.T
    return x + shifts[:, :, None, None].astype(x.dtype)


def colour_jitter(x, rng, brightness, contrast, saturation):
    """Change brightness, contrast and saturation of every image by random factors (Howard 2013; torchvision's ColorJitter without hue).

    x        (N, C, H, W)   floats in 0..1, C 1 or 3
    rng      numpy.random.Generator
    brightness, contrast, saturation   b: the factor is drawn evenly from 1 - b to 1 + b, 0 <= b <= 1
    returns  (N, C, H, W)   in 0..1

    Raises TypeError or ValueError for a wrong argument. Chapter 11.
    """
    check_float_images(x)
    return scale_colours(x, *random_factors(len(x), rng, brightness, contrast, saturation))


def random_factors(count, rng, brightness, contrast, saturation):
    """Draw three factors for every image, b evenly from 1 - b to 1 + b.

    count    of images
    rng      numpy.random.Generator
    brightness, contrast, saturation   0..1: how far the factor may be from 1
    returns  three arrays (count,): for brightness, contrast, saturation

    Raises TypeError or ValueError for a wrong argument. Chapter 11.
    """
    check_rng(rng)
    factors = []
    for name, width in (("brightness", brightness), ("contrast", contrast), ("saturation", saturation)):
        check_between(0, width, 1, name)
        factors.append(rng.uniform(1 - width, 1 + width, count))
    return tuple(factors)


def scale_colours(x, brightness, contrast, saturation):
    """Scale the light of every image, then its contrast, then its saturation, each time clipped to 0..1 (Howard 2013).

    x           (N, C, H, W)   floats in 0..1, C 1 or 3
    brightness  (N,)           factor: 0 makes black
    contrast    (N,)           factor on the distance from the image's mean grey: 0 makes one grey
    saturation  (N,)           factor on the distance from the pixel's own grey: 0 makes a grey image
    returns     (N, C, H, W)   in 0..1; factors 1, 1, 1 change nothing but rounding

    Raises TypeError or ValueError for a wrong argument. Chapter 11.
    """
    check_float_images(x)
    if x.shape[1] not in (1, 3):
        raise ValueError(f"colours need 1 or 3 channels, x has {x.shape[1]}")
    names = ("brightness", "contrast", "saturation")
    factors = [check_values(value, name, x.shape[:1]) for name, value in zip(names, (brightness, contrast, saturation), strict=True)]
    light, distance, colour = (factor.astype(x.dtype)[:, None, None, None] for factor in factors)
    x = np.clip(x * light, 0, 1)
    mean = _grey(x).mean((1, 2, 3), keepdims=True)
    x = np.clip(mean + (x - mean) * distance, 0, 1)
    grey = _grey(x)
    return np.clip(grey + (x - grey) * colour, 0, 1)


def _grey(x):
    """How bright each pixel looks, (N, 1, H, W)."""
    if x.shape[1] == 1:
        return x
    return np.tensordot(np.asarray(LUMA, x.dtype), x, axes=(0, 1))[:, None]
