"""The questions both engines ask before they compute anything, one file a kind of function.

One place for every message about a bad argument: NumPy and torch functions refuse the same things in the same words.
A check takes the array type of its engine (np.ndarray or torch.Tensor) and then what its function takes; it raises
TypeError for a wrong type or dtype and ValueError for a wrong shape or number.
"""
