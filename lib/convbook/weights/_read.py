"""Files of weights into {key: array}; reading one never runs code that is in it."""
import hashlib
import json
from math import prod
from pathlib import Path

import numpy as np

from convbook.data import DataError
from convbook.weights import _pickle

WRAPPERS = ("state_dict", "model_state_dict", "model")      # under which training programs keep the weights
PREFIXES = ("module.", "_orig_mod.")                        # of torch's DataParallel and compile
SAFETENSORS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
               "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1"}
NO_CODE = "files that hold anything else could run code when they are read; keep net.state_dict() alone, as .npz or .safetensors"


def read(path, sha256=None):
    """The weights in a file.

    path     .npz; .safetensors; .pth, .pt or .bin of torch.save; .pkl with NumPy arrays in dicts and lists
    sha256   of the file, or how it begins, to be checked
    returns  {key: array} in the order of the file; bfloat16 becomes float32

    What training programs put around the weights is taken off: an outer {"state_dict": ...}, {"model_state_dict": ...} or
    {"model": ...}, and "module." or "_orig_mod." before every key. Keys of nested dicts and lists are joined by dots.
    Raises FileNotFoundError, ValueError for another ending, DataError (a ValueError) if the file is not the one with that
    sha256, is damaged, or holds anything but arrays of numbers; nothing that it holds is run.
    """
    path = Path(path)
    if path.suffix not in READERS:
        raise ValueError(f"{path.name}: weights are read from files that end in {', '.join(READERS)}")
    with path.open("rb") as file:
        if sha256 is not None and not (got := hashlib.file_digest(file, "sha256").hexdigest()).startswith(sha256.lower()):
            raise DataError(path, f"is damaged or another file: its sha256 is {got[:16]}..., expected was {sha256[:16]}",
                            "fetch it again from where its sha256 is published")
        file.seek(0)
        return arrays(file, path.suffix, path)


def arrays(file, kind, which):
    """{key: array} from an open file of that kind (".npz", ...); `which` names it in errors, which are read's."""
    try:
        return unwrapped(READERS[kind](file))
    except Exception as error:      # damaged files end in every kind of error
        wrong = str(error).strip().partition("\n")[0] or type(error).__name__
        raise DataError(which, f"cannot be read as arrays of numbers: {wrong:.300}", NO_CODE) from error


def unwrapped(tree):
    """A flat {key: array} from what a file held, without wrappers and prefixes."""
    while isinstance(tree, dict) and (inner := next((tree[name] for name in WRAPPERS if isinstance(tree.get(name), dict)), None)):
        tree = inner
    flat = dict(_flat(tree, ""))
    if not flat:
        raise ValueError("there are no arrays in it")
    while prefix := next((prefix for prefix in PREFIXES if all(key.startswith(prefix) for key in flat)), None):
        flat = {key.removeprefix(prefix): array for key, array in flat.items()}
    return flat


def _flat(value, path):
    if isinstance(value, dict | list | tuple):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _flat(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        yield path, value
    else:
        what = f"array of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
        raise ValueError(f"{path or 'it'} is of type {what}, not an array of numbers")


def _npz(file):
    with np.load(file, allow_pickle=False) as opened:
        return {name: opened[name] for name in opened.files}


def _safetensors(file):
    """Eight bytes with the length of a header, the header in JSON, the raw numbers."""
    size = file.seek(0, 2)
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    if not 2 <= length <= size - 8:
        raise ValueError(f"its header has {length} bytes, the file {size}")
    header, found = json.loads(file.read(length)), {}
    for key, entry in header.items():
        if key == "__metadata__":
            continue
        if entry["dtype"] not in SAFETENSORS:
            raise ValueError(f"{key} has numbers of type {entry['dtype']}, which NumPy does not have")
        dtype, shape, (begin, end) = np.dtype(SAFETENSORS[entry["dtype"]]), tuple(entry["shape"]), entry["data_offsets"]
        if not 0 <= begin <= end <= size - 8 - length or prod(shape) * dtype.itemsize != end - begin:
            raise ValueError(f"{key}: bytes {begin} to {end} cannot be an array of shape {shape} and type {entry['dtype']}")
        file.seek(8 + length + begin)
        array = np.frombuffer(bytearray(file.read(end - begin)), dtype).reshape(shape)
        found[key] = (array.astype("<u4") << 16).view("<f4") if entry["dtype"] == "BF16" else array
    return found


def _torch(file):
    import torch

    def plain(value):
        if isinstance(value, torch.Tensor):
            return (value.float() if value.dtype == torch.bfloat16 else value).detach().numpy()
        return {key: plain(item) for key, item in value.items()} if isinstance(value, dict) else value

    return plain(torch.load(file, map_location="cpu", weights_only=True))


READERS = {".npz": _npz, ".safetensors": _safetensors, ".pth": _torch, ".pt": _torch, ".bin": _torch, ".pkl": _pickle.load}
