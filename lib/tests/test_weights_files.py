"""Files of weights: what is read, and that nothing in them is run."""
import hashlib
import io
import json
import os
import pickle

import numpy as np
import pytest
import torch

from convbook import weights
from convbook.data import DataError

rng = np.random.default_rng(0)
STATE = {"conv.weight": rng.standard_normal((4, 3, 3, 3), dtype=np.float32), "conv.bias": np.arange(4, dtype=np.float64),
         "bn.num_batches_tracked": np.array(7), "last": np.asfortranarray(rng.standard_normal((2, 5)))}


def as_safetensors(state, **kinds):
    header, content = {"__metadata__": {"format": "pt"}}, b""
    for key, array in state.items():
        raw = np.ascontiguousarray(array).tobytes()
        kind = {"float32": "F32", "float64": "F64", "int64": "I64", "uint16": "BF16", "float16": "F16", "bool": "BOOL"}[str(array.dtype)]
        header[key] = {"dtype": kinds.get(key, kind), "shape": list(array.shape), "data_offsets": [len(content), len(content) + len(raw)]}
        content += raw
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content


def tensors(state):
    return {key: torch.tensor(array) for key, array in state.items()}


def as_npz(state):
    np.savez(file := io.BytesIO(), **state)
    return file.getvalue()


def as_torch(tree):
    torch.save(tree, file := io.BytesIO())
    return file.getvalue()


def written(folder, name, content):
    (folder / name).write_bytes(content)
    return folder / name


CONTENT = {"a.npz": as_npz(STATE), "a.safetensors": as_safetensors(STATE), "a.pth": as_torch(tensors(STATE)),
           "3.pkl": pickle.dumps(STATE, 3), "4.pkl": pickle.dumps(STATE, 4)}


@pytest.mark.parametrize("name", CONTENT)
def test_every_kind_of_file_gives_back_its_arrays(tmp_path, name):
    got = weights.read(written(tmp_path, name, CONTENT[name]))
    assert list(got) == list(STATE)
    for key, array in STATE.items():
        assert got[key].dtype == array.dtype and got[key].shape == array.shape
        np.testing.assert_array_equal(got[key], array)
        got[key] += 1                          # they are the reader's own


def test_python_2s_pickles_and_the_other_byte_order(tmp_path):
    """What Python 2 wrote: bytes are text, in the alphabet that has all 256."""
    array = STATE["conv.bias"].astype(">f4")
    content = pickle.dumps({"a": array}, 3)
    raw = array.tobytes()
    assert b"C\x10" + raw in content           # SHORT_BINBYTES
    got = weights.read(written(tmp_path, "a.pkl", content.replace(b"C\x10" + raw, b"U\x10" + raw)))      # SHORT_BINSTRING
    np.testing.assert_array_equal(got["a"], array)


def test_wrappers_and_prefixes_come_off(tmp_path):
    wrapped = {"epoch": 3, "state_dict": {"module." + key: value for key, value in tensors(STATE).items()}}
    assert list(weights.read(written(tmp_path, "a.pth", as_torch(wrapped)))) == list(STATE)
    compiled = {"model": {"_orig_mod.module." + key: value for key, value in tensors(STATE).items()}}
    assert list(weights.read(written(tmp_path, "a.pt", as_torch(compiled)))) == list(STATE)
    one = {"module.a": STATE["last"], "b": STATE["last"]}
    assert list(weights.read(written(tmp_path, "a.npz", as_npz(one)))) == list(one), "not before every key, so it belongs to the name"
    lists = {"fire2/squeeze": [STATE["last"], STATE["conv.bias"]]}
    assert list(weights.read(written(tmp_path, "a.pkl", pickle.dumps(lists, 4)))) == ["fire2/squeeze.0", "fire2/squeeze.1"]


def test_bfloat16_becomes_float32(tmp_path):
    tensor = torch.tensor([1.0, -2.5, 3.1415927]).bfloat16()
    bits = {"w": tensor.view(torch.uint16).numpy()}
    for name, content in (("a.safetensors", as_safetensors(bits)), ("a.pth", as_torch({"w": tensor}))):
        got = weights.read(written(tmp_path, name, content))["w"]
        assert got.dtype == np.float32
        np.testing.assert_array_equal(got, tensor.float().numpy())


class Runs:
    """Its pickle makes a folder when it is loaded."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_pickle_would_run_what_the_file_says(tmp_path):
    """The danger is real: Python's own reader runs it."""
    pickle.loads(pickle.dumps(Runs(tmp_path / "run")))
    assert (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["a.pkl", "a.pth", "old.pth", "a.npz"])
def test_nothing_in_a_file_is_run(tmp_path, name):
    trap = {"conv.weight": Runs(tmp_path / "run")}
    if name.endswith(".npz"):
        np.savez(file := io.BytesIO(), w=np.array([trap["conv.weight"]], dtype=object))
    else:
        file = io.BytesIO()
        if name == "a.pkl":
            pickle.dump(trap, file)
        else:
            torch.save(trap, file, _use_new_zipfile_serialization=name != "old.pth")
    with pytest.raises(DataError, match=r"cannot be read as arrays of numbers.*\n.*could run code"):
        weights.read(written(tmp_path, name, file.getvalue()))
    assert not (tmp_path / "run").exists()


# pickles by hand: c names, ( t builds a tuple, R calls, b sets a state, . ends
GLOBAL = {"eval": b"cbuiltins\neval\n", "array": b"cnumpy.core.multiarray\n_reconstruct\n", "ndarray": b"cnumpy\nndarray\n",
          "dtype": b"cnumpy\ndtype\n"}
HOSTILE = {
    "calls eval": (GLOBAL["eval"] + b"(V1+1\ntR.", r"it wants builtins\.eval"),
    "reaches through a name it may use": (b"\x80\x04\x8c\x05numpy\x8c\x0dload.__code__\x93.", r"it wants numpy\.load\.__code__"),
    "another name of numpy": (b"cnumpy\nload\n(V/etc/passwd\ntR.", r"it wants numpy\.load"),
    "an extension code": (b"\x82\x01.", "unregistered extension"),
    "a persistent object": (b"Pabc\n.", "persistent"),
    "calls ndarray": (GLOBAL["ndarray"] + b"((I100000000000\ntV<f8\ntR.", "NoneType"),
    "gives a name a state": (GLOBAL["dtype"] + b"}V__class__\nI1\nsb.", "a name that is given a state"),
    "an array of objects": (GLOBAL["dtype"] + b"(VO8\ntR.", "type 'O8', not of numbers"),
    "a type that is no text": (GLOBAL["dtype"] + b"(]tR.", "not of numbers"),
    "a bare type": (GLOBAL["dtype"] + b"(Vf4\ntR.", "of type Type, not an array"),
    "an array without numbers": (GLOBAL["array"] + b"(tR.", "of type Array, not an array"),
    "objects as content": (GLOBAL["array"] + b"(tR(I1\n(I1\nt" + GLOBAL["dtype"] + b"(Vf4\ntRI00\n](I1\netb.", "content is not numbers"),
    "too few bytes": (GLOBAL["array"] + b"(tR(I1\n(I9\nt" + GLOBAL["dtype"] + b"(Vf4\ntRI00\nVabcd\ntb.",
                      r"4 bytes for an array of shape \(9,\)"),
    "a number": (b"I1\n.", "of type int, not an array"),
    "Python 3 for Python 2": (pickle.dumps(STATE, 2), r"it wants _codecs\.encode"),
    "nothing": (b"", "Ran out of input"),
    "cut short": (pickle.dumps(STATE, 3)[:400], "truncated"),
    "an empty dict": (b"}.", "no arrays"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_and_damaged_pickles(tmp_path, case):
    content, says = HOSTILE[case]
    with pytest.raises(DataError, match=says):
        weights.read(written(tmp_path, "a.pkl", content))


def test_pickles_of_object_arrays_and_dates_are_refused(tmp_path):
    for array in (np.array([{}, []], dtype=object), np.array(["a"]), np.array(["2020-01-01"], "M8[D]"), np.zeros(2, [("a", "f4")])):
        with pytest.raises(DataError, match="not of numbers"):
            weights.read(written(tmp_path, "a.pkl", pickle.dumps({"w": array}, 3)))


def changed(**entry):
    """A file of safetensors whose header says something else about its one array of two float32."""
    header = {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **entry}}
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(8)


DAMAGED = {
    "no room for a header": (b"abc", "its header has"),
    "a header longer than the file": ((10**15).to_bytes(8, "little") + b"{}", r"its header has 1000000000000000 bytes, the file 10"),
    "no JSON": ((2).to_bytes(8, "little") + b"ab", "Expecting value"),
    "past the end": (changed(data_offsets=[0, 4000]), "bytes 0 to 4000 cannot be"),
    "from before the beginning": (changed(data_offsets=[-8, 0]), "bytes -8 to 0 cannot be"),
    "a shape that is too large": (changed(shape=[10**9]), r"shape \(1000000000,\)"),
    "negative sizes": (changed(shape=[-1, -2]), "cannot reshape|cannot be|can only"),
    "numbers that NumPy lacks": (changed(dtype="F8_E4M3"), "w has numbers of type F8_E4M3, which NumPy does not have"),
    "no arrays": ((2).to_bytes(8, "little") + b"{}", "no arrays"),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_safetensors(tmp_path, case):
    content, says = DAMAGED[case]
    with pytest.raises(DataError, match=says):
        weights.read(written(tmp_path, "a.safetensors", content))


def test_what_is_no_array_is_named(tmp_path):
    with pytest.raises(DataError, match=r"epoch is of type int, not an array of numbers"):
        weights.read(written(tmp_path, "a.pth", as_torch({"w": torch.zeros(2), "epoch": 3})))
    with pytest.raises(DataError, match=r"w is of type array of <U1"):
        weights.read(written(tmp_path, "a.npz", as_npz({"w": np.array("a")})))
    with pytest.raises(DataError, match=r"a\.pth\n  cannot be read as arrays of numbers"):
        weights.read(written(tmp_path, "a.pth", b"not a file of torch"))


def test_the_hash_is_checked(tmp_path):
    path = written(tmp_path, "a.npz", CONTENT["a.npz"])
    digest = hashlib.sha256(CONTENT["a.npz"]).hexdigest()
    assert list(weights.read(path, sha256=digest)) == list(weights.read(path, sha256=digest[:8].upper())) == list(STATE)
    with pytest.raises(DataError, match=r"is damaged or another file: its sha256 is .*, expected was 0000"):
        weights.read(path, sha256="0000")


def test_other_files(tmp_path):
    with pytest.raises(ValueError, match=r"a\.h5: weights are read from files that end in \.npz, \.safetensors, \.pth, \.pt, \.bin, \.pkl"):
        weights.read(tmp_path / "a.h5")
    with pytest.raises(FileNotFoundError):
        weights.read(tmp_path / "a.npz")
