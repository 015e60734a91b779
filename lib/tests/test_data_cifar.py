"""CIFAR-10 from each of its forms, made small in this test; damage is named, nothing is unpickled."""
import hashlib
import io
import tarfile

import numpy as np
import pytest
from PIL import Image

from convbook import data
from convbook.data import _cifar, _files

RNG = np.random.default_rng(0)
LABELS = {"train": np.repeat(np.arange(10, dtype=np.uint8), 2), "test": np.arange(10, dtype=np.uint8)}
# four grey levels of 16 x 16 pixels an image and channel: JPEG keeps flat blocks to within a level or two
IMAGES = {split: np.kron(RNG.integers(0, 256, (len(y), 3, 2, 2), dtype=np.uint8), np.ones((16, 16), np.uint8))
          for split, y in LABELS.items()}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVBOOK_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(_files, "DEBIAN", tmp_path / "debian")
    monkeypatch.setattr(_cifar, "PER_CLASS", {"train": 2, "test": 1})
    monkeypatch.setattr(_cifar, "ADDRESS", "http://127.0.0.1:9/cifar-10-binary.tar.gz")
    (tmp_path / "cifar10").mkdir()
    return tmp_path / "cifar10"


def binaries():
    records = {split: np.column_stack([LABELS[split], IMAGES[split].reshape(len(LABELS[split]), -1)]) for split in LABELS}
    parts = {f"data_batch_{i + 1}.bin": records["train"][4 * i:4 * i + 4].tobytes() for i in range(5)}
    return {**parts, "test_batch.bin": records["test"].tobytes()}


def write_folder(folder, **changes):
    (folder / _cifar.UNPACKED).mkdir()
    for name, content in {**binaries(), **changes}.items():
        (folder / _cifar.UNPACKED / name).write_bytes(content)


def write_archive(folder, monkeypatch, leave_out=()):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in binaries().items():
            if name not in leave_out:
                info = tarfile.TarInfo(f"{_cifar.UNPACKED}/{name}")
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    (folder / _cifar.ARCHIVE).write_bytes(out.getvalue())
    monkeypatch.setattr(_cifar, "SHA256", hashlib.sha256(out.getvalue()).hexdigest())


def jpegs(split):
    files = []
    for image in IMAGES[split]:
        out = io.BytesIO()
        Image.fromarray(image.transpose(1, 2, 0)).save(out, "JPEG", quality=100, subsampling=0)
        files.append(out.getvalue())
    offsets = np.cumsum([0, *map(len, files)])
    return {f"{split}_jpeg": np.frombuffer(b"".join(files), np.uint8), f"{split}_offsets": offsets, f"{split}_labels": LABELS[split]}


def write_jpeg(folder, **changes):
    arrays = {"class_names": np.array(data.CIFAR10_CLASSES), **jpegs("train"), **jpegs("test"), **changes}
    np.savez(folder / _cifar.JPEG, **{name: value for name, value in arrays.items() if value is not None})


def check(split, levels=0):
    x, y = data.cifar10(split)
    assert x.dtype == np.float32 and y.dtype == np.int64 and x.flags.c_contiguous and x.shape == IMAGES[split].shape
    np.testing.assert_array_equal(y, LABELS[split])
    if levels:
        assert np.abs(x * 255 - IMAGES[split]).max() <= levels
    else:
        np.testing.assert_array_equal(x, IMAGES[split] / np.float32(255))


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_unpacked_folder(folder, split):
    write_folder(folder)
    check(split)


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_archive(folder, monkeypatch, split):
    write_archive(folder, monkeypatch)
    check(split)
    assert [path.name for path in folder.iterdir()] == [_cifar.ARCHIVE], "nothing is unpacked beside it"


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_jpeg_copy(folder, split):
    write_jpeg(folder)
    check(split, levels=3)


def test_the_exact_forms_come_before_the_jpeg_copy(folder):
    write_jpeg(folder)
    write_folder(folder)
    check("train")


def test_it_is_downloaded_and_checked(folder, monkeypatch):
    write_archive(folder, monkeypatch)
    away = folder.parent / "server.tar.gz"
    (folder / _cifar.ARCHIVE).rename(away)
    monkeypatch.setattr(_cifar, "ADDRESS", away.as_uri())
    check("test")
    assert [path.name for path in folder.iterdir()] == [_cifar.ARCHIVE]


def test_another_archive_is_not_kept(folder, monkeypatch):
    write_archive(folder, monkeypatch)
    away = folder.parent / "server.tar.gz"
    (folder / _cifar.ARCHIVE).rename(away)
    monkeypatch.setattr(_cifar, "ADDRESS", away.as_uri())
    monkeypatch.setattr(_cifar, "SHA256", "0" * 64)
    with pytest.raises(data.DataError, match=r"is damaged or another file: its sha256 is \w{16}\.\.\., the published one is 0{16}"):
        data.cifar10()
    assert not list(folder.iterdir())


def assert_refuses(wrong, split="train"):
    with pytest.raises(data.DataError, match=wrong) as caught:
        data.cifar10(split)
    lines = str(caught.value).split("\n")
    assert len(lines) == 3 and "try again online, or put cifar-10-binary.tar.gz from http://127.0.0.1:9/cifar-10" in lines[2]


def test_nothing_there_and_nobody_answers(folder):
    assert_refuses("cifar-10-binary.tar.gz\n  is not there, and fetching it failed: .*refused")


def test_a_damaged_folder(folder):
    write_folder(folder, **{"data_batch_3.bin": b"\x01" * 3072})
    check("test")
    assert_refuses(r"is cut short: its \d+ bytes are no multiple of the 3073 of one image")
    (folder / _cifar.UNPACKED / "data_batch_3.bin").write_bytes(b"\x01" * 4 * 3073)
    assert_refuses(r"should hold 2 images of each class, it has \[2, 6, 2, 2, 0, 0, 2, 2, 2, 2\] among 20")
    (folder / _cifar.UNPACKED / "data_batch_3.bin").write_bytes(binaries()["data_batch_3.bin"] + b"\x63" * 3073)
    assert_refuses(r"should hold 2 images of each class, it has \[2, 2, 2, 2, 2, 2, 2, 2, 2, 2\] among 21")
    (folder / _cifar.UNPACKED / "data_batch_3.bin").unlink()
    assert_refuses("cannot be read: .*data_batch_3.bin")


def test_a_damaged_archive(folder, monkeypatch):
    write_archive(folder, monkeypatch, leave_out=["test_batch.bin"])
    check("train")
    assert_refuses("cannot be read: .*test_batch.bin' not found", "test")
    (folder / _cifar.ARCHIVE).write_bytes((folder / _cifar.ARCHIVE).read_bytes()[:-100])
    assert_refuses("is damaged or another file")
    monkeypatch.setattr(_cifar, "SHA256", hashlib.sha256((folder / _cifar.ARCHIVE).read_bytes()).hexdigest())
    assert_refuses("cannot be read: ", "test")


@pytest.mark.parametrize(("changes", "wrong"), [
    ({"train_labels": None}, "cannot be read: .*train_labels"),
    ({"train_labels": LABELS["train"][:-1]}, r"does not hold CIFAR-10: 19 labels of .*images of shape \(20, 3, 32, 32\)"),
    ({"class_names": np.array(["a", "b"])}, r"does not hold CIFAR-10: 20 labels of \('a', 'b'\)"),
    ({"train_labels": np.array([object()] * 20)}, "cannot be read: .*allow_pickle=False"),
    ({"train_jpeg": jpegs("train")["train_jpeg"][:-500]}, "cannot be read: "),
    ({"train_offsets": jpegs("train")["train_offsets"] + 7}, "cannot be read: "),
    ({"train_labels": np.zeros(20, np.uint8)}, r"should hold 2 images of each class, it has \[20, 0"),
], ids=["missing", "length", "names", "pickle", "cut", "offsets", "classes"])
def test_a_damaged_jpeg_copy(folder, changes, wrong):
    write_jpeg(folder, **changes)
    assert_refuses(wrong)


def test_a_jpeg_copy_that_is_no_archive(folder):
    for content in (b"", b"\x80\x04K\x01.", b"\x93NUMPY\x01\x00", b"PK\x03\x04" + b"\0" * 50):
        (folder / _cifar.JPEG).write_bytes(content)
        assert_refuses("cannot be read: ")
