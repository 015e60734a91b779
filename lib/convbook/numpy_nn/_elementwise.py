"""Functions of single values on large arrays."""
import numpy as np

BLOCK = 32768       # values; in float32 the temporaries of a formula stay in a core's own cache


def by_blocks(formula, *arrays):
    """Apply a formula a cacheful at a time: its temporaries never travel to the main memory and back.

    formula  function of arrays of one shape, value by value
    arrays   (...) each, all of one shape
    returns  (...), new, with the dtype of the first array

    inf and NaN are values here, not warnings, as in torch.
    """
    y = np.empty(arrays[0].shape, arrays[0].dtype)
    values, inputs = y.reshape(-1), [array.reshape(-1) for array in arrays]
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, values.size, BLOCK):
            block = slice(start, start + BLOCK)
            values[block] = formula(*(array[block] for array in inputs))
    return y
