"""Checkpoints: everything a run needs to go on, in one .npz file that holds arrays and text and nothing that could run code."""
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch


def save(path, tree):
    """Write nested dicts and lists of arrays, numbers and text to a file, whole or not at all.

    path  the file; it is replaced only once the new one lies on the disk
    tree  dict; tensors are stored as arrays, on the CPU

    Raises TypeError for a value of another kind, OSError as the system gives it; the old file stays in both cases.
    """
    arrays: dict[str, Any] = {}
    path = Path(path)
    text = json.dumps(_pack(tree, arrays))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, tree=np.array(text), **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def load(path):
    """Read what `save` wrote; arrays come back as NumPy's.

    Raises FileNotFoundError if there is no such file, ValueError if it is damaged or no checkpoint.
    """
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return _unpack(json.loads(str(arrays["tree"])), arrays)
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no checkpoint {path}") from None
    except Exception as error:
        raise ValueError(f"{path} is damaged or no checkpoint ({type(error).__name__}: {error}); delete it and train again") from error


def _pack(value, arrays):
    """What JSON can hold, with the name of an array wherever one stands; dict keys may be numbers, as in torch's optimisers."""
    if isinstance(value, dict):
        return {"dict": [[key, _pack(item, arrays)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return {"list": [_pack(item, arrays) for item in value]}
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        if value.dtype == torch.bfloat16:
            raise TypeError("NumPy has no bfloat16; keep the net in float32 and use autocast")
        value = value.numpy()
    if isinstance(value, np.ndarray | np.generic):
        name = f"a{len(arrays)}"
        arrays[name] = np.asarray(value)
        return {"array": name}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a checkpoint holds arrays, numbers and text, got {type(value).__name__}")


def _unpack(value, arrays):
    if not isinstance(value, dict):
        return value
    (kind, content), = value.items()
    if kind == "dict":
        return {key: _unpack(item, arrays) for key, item in content}
    return arrays[content] if kind == "array" else [_unpack(item, arrays) for item in content]
