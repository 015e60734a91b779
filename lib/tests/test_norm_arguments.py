"""Every bad argument of a normalisation is refused before anything is computed, in the same words by every engine."""
import inspect

import numpy as np
import pytest
import torch.nn.functional as F

from convbook import numpy_nn

X, ONES = np.ones((2, 4, 3, 3)), np.ones(4)
GOOD = {
    "batch_norm": {"x": X, "running_mean": ONES, "running_var": ONES, "weight": ONES, "bias": ONES},
    "layer_norm": {"x": X, "normalized_shape": (3, 3), "weight": np.ones((3, 3)), "bias": np.ones((3, 3))},
    "group_norm": {"x": X, "num_groups": 2, "weight": ONES, "bias": ONES},
    "local_response_norm": {"x": X, "size": 3},
    "global_response_norm": {"x": X, "weight": ONES, "bias": ONES},
}
DTYPE = r"has dtype (torch\.)?float32, x has (torch\.)?float64; convert one of them"
BAD = [
    *((name, {"x": [[1.0]]}, TypeError, r"x must be a \w+( of shape \(N, C, H, W\))?, got list") for name in GOOD),
    *((name, {"x": np.ones((2, 4, 3, 3), int)}, TypeError, r"x has dtype (torch\.)?int64, the sums need floats") for name in GOOD),
    *((name, {"eps": -1e-3}, ValueError, r"eps must be at least 0, got -0\.001") for name in GOOD if name != "local_response_norm"),
    *((name, {"eps": "1"}, TypeError, r"eps must be a number, got '1'") for name in GOOD if name != "local_response_norm"),
    *((name, {"x": np.ones(4)}, ValueError, r"x must have (at least 2|4) axes \(N, C, .*\), got shape \(4,\)")
      for name in GOOD if name != "layer_norm"),
    *((name, {"x": np.ones((2, 0, 3, 3))}, ValueError, "the number of channels of x must be at least 1, got 0")
      for name in GOOD if name != "layer_norm"),
    *((name, {"weight": np.ones(3)}, ValueError, r"weight must have shape .* = \(.*\) for x of shape \(2, 4, 3, 3\), got \(3,\)")
      for name in GOOD if name != "local_response_norm"),
    *((name, {"bias": np.ones((1, 4))}, ValueError, r"bias must have shape .* = \(.*\) for x of shape \(2, 4, 3, 3\), got \(1, 4\)")
      for name in GOOD if name != "local_response_norm"),
    *((name, {"bias": 1.0}, TypeError, r"bias must be a \w+, got float") for name in GOOD if name != "local_response_norm"),
    *((name, {"weight": np.ones(4, np.float32)}, TypeError, f"weight {DTYPE}") for name in GOOD if name != "local_response_norm"),
    ("batch_norm", {"running_mean": None}, ValueError, "running_mean and running_var belong together: give both or neither"),
    ("batch_norm", {"running_var": None, "training": True}, ValueError, "running_mean and running_var belong together"),
    ("batch_norm", {"running_mean": None, "running_var": None}, ValueError,
     r"evaluation \(training=False\) normalises with running_mean and running_var; give both, or training=True"),
    ("batch_norm", {"running_mean": np.ones(5)}, ValueError, r"running_mean must have shape \(C,\) = \(4,\) for x of .*, got \(5,\)"),
    ("batch_norm", {"running_var": np.ones(4, np.float32)}, TypeError, f"running_var {DTYPE}"),
    ("batch_norm", {"momentum": None}, TypeError, "momentum must be a number, got None"),
    ("batch_norm", {"momentum": 1.5}, ValueError, "momentum is the new value's share and lies between 0 and 1, got 1.5"),
    ("layer_norm", {"normalized_shape": (4, 3)}, ValueError,
     r"normalized_shape=\(4, 3\) must be the last sizes of x, which has shape \(2, 4, 3, 3\)"),
    ("layer_norm", {"normalized_shape": 4}, ValueError, r"normalized_shape=\(4,\) must be the last sizes of x"),
    ("layer_norm", {"normalized_shape": (1, 2, 4, 3, 3)}, ValueError, "must be the last sizes of x"),
    ("layer_norm", {"normalized_shape": ()}, TypeError, r"normalized_shape must be an int or a tuple of ints, got \(\)"),
    ("layer_norm", {"normalized_shape": 3.0}, TypeError, r"normalized_shape must be an int or a tuple of ints, got 3\.0"),
    ("layer_norm", {"x": np.ones((2, 0)), "normalized_shape": 0}, ValueError, "normalized_shape must be at least 1, got 0"),
    ("group_norm", {"num_groups": 3}, ValueError, "the 4 channels of x cannot be shared out evenly among num_groups=3"),
    ("group_norm", {"num_groups": 0}, ValueError, "num_groups must be at least 1, got 0"),
    ("group_norm", {"num_groups": 2.0}, TypeError, r"num_groups must be an int, got 2\.0"),
    ("local_response_norm", {"size": 0}, ValueError, "size must be at least 1, got 0"),
    ("local_response_norm", {"size": True}, TypeError, "size must be an int, got True"),
    *(("local_response_norm", {name: "1"}, TypeError, f"{name} must be a number, got '1'") for name in ("alpha", "beta", "k")),
    ("global_response_norm", {"weight": None}, TypeError, r"weight must be a \w+, got NoneType"),
]


@pytest.mark.parametrize(("name", "changes", "error", "message"), BAD, ids=[f"{name}-{next(iter(changes))}" for name, changes, *_ in BAD])
def test_refuses(matrix_engine, name, changes, error, message):
    with pytest.raises(error, match=message):
        getattr(matrix_engine, name)(**{**GOOD[name], **changes})
    with pytest.raises(error, match=message):
        getattr(matrix_engine, f"{name}_backward")(X, **{**GOOD[name], **changes})


@pytest.mark.parametrize("name", GOOD)
def test_backward_refuses(matrix_engine, name):
    for grad_y, error, message in ((X[:1], ValueError, r"grad_y must have the shape of the output, \(2, 4, 3, 3\), got \(1, 4, 3, 3\)"),
                                   (X.astype(np.float32), TypeError, f"grad_y {DTYPE}"),
                                   (None, TypeError, r"grad_y must be a \w+, got NoneType")):
        with pytest.raises(error, match=message):
            getattr(matrix_engine, f"{name}_backward")(grad_y, **GOOD[name])


@pytest.mark.parametrize("name", [name for name in GOOD if name != "global_response_norm"])
def test_takes_torchs_arguments(name):
    ours, torchs = (list(inspect.signature(getattr(module, name)).parameters.values()) for module in (numpy_nn, F))
    assert [(p.name, p.default) for p in ours[1:]] == [(p.name, p.default) for p in torchs[1:]]


def test_one_size_may_be_an_int(matrix_engine):
    np.testing.assert_array_equal(matrix_engine.layer_norm(X, 3), matrix_engine.layer_norm(X, (3,)))
