"""Where files are looked for, how they are fetched (from a server in this test, never from the network), what is said when they are not."""
import gzip
import hashlib
import http.server
import io
import os
import pickle
import threading
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from convbook import data
from convbook.data import _files, _idx

IMAGES = np.arange(6 * 4 * 5, dtype=np.uint8).reshape(6, 4, 5)
LABELS = np.array([3, 1, 4, 1, 5, 9], dtype=np.uint8)
NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4) for n in array.shape) + array.tobytes()


CONTENT = dict(zip(NAMES, (idx(IMAGES), idx(LABELS)), strict=True))


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        body, length = self.server.pages.get(self.path, (None, 0))
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        packed = {f"/{name}.gz": gzip.compress(content) for name, content in CONTENT.items()}
        server.pages, server.asked = {path: (body, len(body)) for path, body in packed.items()}, []
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def small_mnist(tmp_path, monkeypatch):
    """MNIST of six images, looked for in folders of this test, to be had at an address where nobody answers."""
    files = tuple(_idx.IdxFile(name, array.shape, hashlib.sha256(CONTENT[name]).hexdigest())
                  for name, array in zip(NAMES, (IMAGES, LABELS), strict=True))
    monkeypatch.setitem(_idx.SETS, "mnist", _idx.IdxSet("mnist", "http://127.0.0.1:9/", {"train": files}))
    monkeypatch.setattr(_files, "DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CONVBOOK_DATA", raising=False)


@pytest.fixture
def chosen(tmp_path, monkeypatch):
    folder = tmp_path / "chosen"
    (folder / "mnist").mkdir(parents=True)
    monkeypatch.setenv("CONVBOOK_DATA", str(folder))
    return folder / "mnist"


@pytest.fixture
def online(server, monkeypatch):
    monkeypatch.setitem(_idx.SETS, "mnist", _idx.SETS["mnist"]._replace(address=f"http://127.0.0.1:{server.server_port}/"))
    return server


def put(folder, pack=False, **contents):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (contents or CONTENT).items():
        (folder / (f"{name}.gz" if pack else name)).write_bytes(gzip.compress(content) if pack else content)


def check(got):
    x, y = got
    np.testing.assert_array_equal(x, IMAGES[:, None] / np.float32(255))
    np.testing.assert_array_equal(y, LABELS)


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("pack", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("place", ["chosen/mnist", "debian/mnist", "cache/convbook/mnist"])
def test_a_file_is_found_in_each_place(tmp_path, chosen, place, pack):
    put(tmp_path / place, pack)
    check(data.mnist())


def test_the_places_in_order(tmp_path, chosen, monkeypatch):
    assert _files.places("fashion_mnist") == [tmp_path / "chosen/fashion_mnist", tmp_path / "debian/fashion-mnist",
                                              tmp_path / "cache/convbook/fashion_mnist"]
    monkeypatch.delenv("CONVBOOK_DATA")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert _files.places("mnist") == [tmp_path / "debian/mnist", Path.home() / ".cache/convbook/mnist"]
    put(tmp_path / "debian/mnist")
    put(tmp_path / "chosen/mnist", **{NAMES[0]: b"not this one"})
    check(data.mnist())


def test_what_is_nowhere_is_downloaded_once_into_the_chosen_folder(tmp_path, chosen, online):
    check(data.mnist())
    assert files_below(tmp_path) == [f"chosen/mnist/{name}.gz" for name in NAMES]
    check(data.mnist())
    assert online.asked == [f"/{name}.gz" for name in NAMES]


def test_without_a_chosen_folder_it_goes_into_the_cache(tmp_path, online):
    check(data.mnist())
    assert files_below(tmp_path) == [f"cache/convbook/mnist/{name}.gz" for name in NAMES]


def test_a_chosen_folder_that_cannot_be_written_to_is_read_only(tmp_path, chosen, online, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: path.parent.name != "chosen")       # chmod would not stop root
    check(data.mnist())
    assert files_below(tmp_path) == [f"cache/convbook/mnist/{name}.gz" for name in NAMES]
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(data.DataError, match="cannot be written to\n  set CONVBOOK_DATA to a folder that can"):
        _files.download("other", "file", "http://127.0.0.1:9/", lambda path: None)


def test_a_length_need_not_be_announced(online):
    for path, (body, _) in list(online.pages.items()):
        online.pages[path] = body, None
    check(data.mnist())


@pytest.mark.parametrize(("body", "length", "wrong"), [
    (None, 0, r"is not there, and fetching it failed: HTTP Error 404"),
    (b"x" * 10, 20, r"is not there, and fetching it failed: only 10 of 20 bytes arrived"),
    (b"<html>moved</html>", 18, r"is no idx file of 3 axes: it begins with 3c68746d, not 00000803"),
    (gzip.compress(idx(IMAGES))[:-20], None, r"cannot be read: Compressed file ended"),
    (gzip.compress(idx(IMAGES + 1)), None, r"damaged or another set: unpacked, its sha256 is \w{16}\.{3}, the published one \w{16}\.{3}"),
], ids=["404", "cut short", "a page", "truncated", "other content"])
def test_a_bad_download_leaves_nothing_behind(tmp_path, chosen, online, body, length, wrong):
    online.pages[f"/{NAMES[0]}.gz"] = body, length
    with pytest.raises(data.DataError, match=wrong) as caught:
        data.mnist()
    lines = str(caught.value).split("\n")
    assert len(lines) == 3 and NAMES[0] in lines[0]
    assert lines[2] == f"  try again online, or put {NAMES[0]}.gz from {_idx.SETS['mnist'].address}{NAMES[0]}.gz into {chosen}"
    assert files_below(tmp_path) == []


def test_nobody_answers(chosen):
    with pytest.raises(data.DataError, match=r"ubyte.gz\n  is not there, and fetching it failed: .*refused.*\n  try again"):
        data.mnist()


def test_an_interrupted_download_leaves_nothing_behind(tmp_path, online, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt
    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        data.mnist()
    assert files_below(tmp_path) == []


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown_on_a_terminal_only(online, monkeypatch, terminal):
    out = io.StringIO()
    monkeypatch.setattr(_files, "Console", lambda file: Console(file=out, force_terminal=terminal, width=100))
    check(data.mnist())
    assert (f"downloading {NAMES[0]}.gz" in out.getvalue()) == terminal
    assert terminal or not out.getvalue()


HEADER = idx(IMAGES)[:16]


@pytest.mark.parametrize(("content", "wrong"), [
    (b"", "is no idx file of 3 axes: it begins with nothing, not 00000803"),
    (HEADER[:7], "is no idx file of 3 axes: it begins with 00000803, not 00000803"),
    (idx(LABELS), "is no idx file of 3 axes: it begins with 00000801, not 00000803"),
    (idx(IMAGES[:5]), r"holds an array of shape \(5, 4, 5\), expected is \(6, 4, 5\)"),
    (idx(IMAGES)[:-1], "is cut short: it has 135 of 136 bytes"),
    (idx(IMAGES) + b"0", "is longer than its 136 bytes"),
    (idx(IMAGES[::-1].copy()), "is damaged or another set: unpacked, its sha256 is"),
    (gzip.compress(idx(IMAGES))[:-9], "cannot be read: "),
    (gzip.compress(idx(IMAGES))[:30] + b"\xff" * 30, "cannot be read: "),
], ids=["empty", "header", "labels", "shape", "short", "long", "content", "gzip cut", "gzip damaged"])
def test_a_damaged_file(chosen, content, wrong):
    put(chosen, **{NAMES[0]: content, NAMES[1]: CONTENT[NAMES[1]]})
    with pytest.raises(data.DataError, match=wrong) as caught:
        data.mnist()
    first, _, last = str(caught.value).split("\n")
    assert first == str(chosen / NAMES[0])
    assert last == (f"  delete it; then try again online, or put {NAMES[0]}.gz from http://127.0.0.1:9/{NAMES[0]}.gz into {chosen}")


def test_a_folder_in_place_of_a_file(chosen):
    (chosen / NAMES[0]).mkdir()
    with pytest.raises(data.DataError, match=r"cannot be read: .*directory"):
        data.mnist()


def test_a_chosen_folder_must_exist(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVBOOK_DATA", str(tmp_path / "mistyped"))
    with pytest.raises(data.DataError, match=r"CONVBOOK_DATA=.*mistyped\n  names no folder\n  make the folder, or set CONVBOOK_DATA"):
        data.mnist()


def test_a_package_that_is_missing_or_brings_another_file(tmp_path, monkeypatch):
    (tmp_path / "some_package").mkdir()
    (tmp_path / "some_package/table.csv").write_bytes(b"1,2")
    monkeypatch.syspath_prepend(tmp_path)
    assert _files.package_file("some_package", "table.csv", hashlib.sha256(b"1,2").hexdigest()) == b"1,2"
    with pytest.raises(data.DataError, match=r"table.csv\n  is not the file that the course was tested with \(sha256 0{16}\.{3} exp"):
        _files.package_file("some_package", "table.csv", "0" * 64)
    for package, path in (("no_such_package", "table.csv"), ("some_package", "other.csv")):
        with pytest.raises(data.DataError, match=rf"{path} of the package {package}\n  is not installed\n  install .* \(or {package}\)"):
            _files.package_file(package, path)


def test_the_error_survives_a_process_boundary():
    error = pickle.loads(pickle.dumps(data.DataError("a", "b", "c")))
    assert isinstance(error, ValueError) and str(error) == "a\n  b\n  c"
