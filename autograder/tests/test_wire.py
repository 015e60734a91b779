"""Plain data survives the border; everything else is refused, and a lying message builds nothing."""

import json
import math

import numpy as np
import pytest
import torch

from convgrade.inside import wire


def across(value, named=None):
    encode = wire.Encoder()
    tree = encode(value)
    frame = wire.pack({"value": tree}, encode.buffers)
    sizes = wire.frame_sizes(frame[:16], 2**20)
    head, buffers = wire.unpack(frame[16 : 16 + sizes[0]], frame[16 + sizes[0] :])
    return wire.Decoder(buffers, named)(head["value"])


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -3, 2**80, 1.5, math.inf, "a\u00e9\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), b"raw", 1 + 2j,
     [1, [2, (3.0, "x")]], {"a": 1, 2: [3]}, {1, 2}, range(2, 9, 3), slice(1, None, 2), ()],
)  # fmt: skip
def test_plain_values_come_back_equal_and_of_the_same_type(value):
    got = across(value)
    assert got == value
    assert type(got) is type(value)


def test_nan_comes_back_as_nan():
    assert math.isnan(across(math.nan))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "float16", "float32", "float64", "complex64", "U5", ">f8"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)])
def test_arrays_keep_dtype_shape_and_values(dtype, shape):
    array = np.arange(math.prod(shape)).reshape(shape).astype(dtype)
    got = across(array)
    assert (got.dtype, got.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(got, array)
    assert got.flags.writeable


def test_views_scalars_and_tensors_come_back_as_what_they_are():
    np.testing.assert_array_equal(across(np.arange(12).reshape(3, 4).T[::2]), np.arange(12).reshape(3, 4).T[::2])
    assert type(across(np.float32(1.5))) is np.float32
    tensor = torch.arange(6.0).reshape(2, 3).requires_grad_()
    got = across(tensor)
    assert torch.equal(got, tensor)
    assert got.requires_grad and got.dtype == torch.float32


def test_subclasses_come_back_as_their_plain_base():
    class Liar(float):
        def __eq__(self, other):
            return True

        __hash__ = float.__hash__

    class Cheat(np.ndarray):
        def __eq__(self, other):
            return np.ones(self.shape, bool)

    assert type(across(Liar(2.0))) is float
    assert type(across(np.zeros(3).view(Cheat))) is np.ndarray


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", [object(), lambda x: x, np.array([object()]), np.zeros(2, "M8[s]"), nested(100), [0] * (wire.MAX_NODES + 1)])
def test_what_is_not_plain_is_refused(value):
    with pytest.raises(wire.NotPlain):
        wire.Encoder()(value)


@pytest.mark.parametrize(
    ("tree", "buffers"),
    [
        ({"t": "array", "d": "|O", "s": [1], "b": 0}, [b"12345678"]),
        ({"t": "array", "d": "<f8", "s": [2], "b": 0}, [b"12345678"]),
        ({"t": "array", "d": "<f8", "s": [-1], "b": 0}, [b"12345678"]),
        ({"t": "array", "d": "<f8", "s": [True], "b": 0}, [b"12345678"]),
        ({"t": "array", "d": "<f8", "s": [1], "b": 7}, [b"12345678"]),
        ({"t": "array", "d": "<f8", "s": [2**39, 2**39], "b": 0}, [b"12345678"]),
        ({"t": "array", "d": "<f8,<f8", "s": [1], "b": 0}, [b"12345678"]),
        ({"t": "tensor", "d": "<U1", "s": [1], "b": 0}, [b"1234"]),
        ({"t": "module", "v": "os"}, []),
        ({"t": "dict", "v": [[[], 1]]}, []),
        ({"t": "dict", "v": 3}, []),
        ({"t": "float", "v": "1e"}, []),
        ({"t": "range", "v": ["x"]}, []),
        ({"no": "kind"}, []),
        ({"t": "ref", "name": "x"}, []),
        (nested(100), []),
    ],
)
def test_a_lying_tree_is_refused(tree, buffers):
    with pytest.raises(wire.WireError):
        wire.Decoder(buffers)(tree)


@pytest.mark.parametrize("head", [b"", b"[]", b"{}", b"\xff", b'{"buffers": [3]}', b'{"buffers": [-1, 1]}', b'{"buffers": 3}', b"[" * 100_000])
def test_a_head_that_is_no_message_is_refused(head):
    with pytest.raises(wire.WireError):
        wire.unpack(head, b"")


def test_sizes_beyond_the_limit_are_refused_before_anything_is_read():
    with pytest.raises(wire.WireError, match="at most 100 may cross"):
        wire.frame_sizes(wire.HEADER.pack(10, 101), 100)
    with pytest.raises(wire.WireError):
        wire.frame_sizes(wire.HEADER.pack(2**60, 0), 100)


def test_a_frame_is_json_and_raw_bytes():
    frame = wire.pack({"value": 1}, [b"ab", b"c"])
    assert json.loads(frame[16:-3]) == {"value": 1, "buffers": [2, 1]}
    assert frame[-3:] == b"abc"
