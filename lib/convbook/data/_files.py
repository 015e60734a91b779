"""Where data files lie, how they get there, and what is said when they do not."""
import hashlib
import http.client
import os
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

VARIABLE = "CONVBOOK_DATA"
DEBIAN = Path("/usr/share/datasets")     # with a folder fashion-mnist from the package dataset-fashion-mnist
CHUNK = 1 << 16


class DataError(ValueError):
    """A data file is missing or damaged; three lines say which file, what is wrong with it, and what to do."""

    def __init__(self, which, wrong: str, advice: str):
        super().__init__(str(which), wrong, advice)

    def __str__(self):
        return "\n  ".join(self.args)


def places(folder: str) -> list[Path]:
    """Where a data set is looked for, in this order; `folder` is its name below CONVBOOK_DATA and below the cache."""
    return [*_chosen(folder), DEBIAN / folder.replace("_", "-"), _cache(folder)]


def find(folder: str, names) -> Path | None:
    """The first of `names`, a file or a folder, in the first of the places that has one."""
    return next((place / name for place in places(folder) for name in names if (place / name).exists()), None)


def remedy(folder: str, name: str, address: str) -> str:
    """What to do about a file that can be downloaded but is not there."""
    return f"try again online, or put {name} from {address} into {(_chosen(folder) or [_cache(folder)])[0]}"


def package_file(package: str, path: str, sha256: str | None = None) -> bytes:
    """A file that comes inside an installed package; the package itself, which may be slow to import, is not imported.

    Raises DataError if the package or the file is missing or the file is not the one with that sha256.
    """
    spec = find_spec(package)
    found = [Path(root) / path for root in (spec.submodule_search_locations or []) if (Path(root) / path).is_file()] if spec else []
    if not found:
        raise DataError(f"{path} of the package {package}", "is not installed",
                        f"install the versions that the course was tested with: pip install -r requirements.lock (or {package})")
    content = found[0].read_bytes()
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        raise DataError(found[0], f"is not the file that the course was tested with (sha256 {sha256[:16]}... expected)",
                        f"install the tested version again: pip install --force-reinstall -r requirements.lock (or {package})")
    return content


def check_sha256(path: Path, expected: str, advice: str) -> None:
    """Raise DataError unless the file has that sha256."""
    with path.open("rb") as file:
        got = hashlib.file_digest(file, "sha256").hexdigest()
    if got != expected:
        raise DataError(path, f"is damaged or another file: its sha256 is {got[:16]}..., the published one is {expected[:16]}...", advice)


def download(folder: str, name: str, address: str, check: Callable[[Path], object]) -> Path:
    """Fetch a file once: into CONVBOOK_DATA where that can be written to, else into the cache.

    check    called with the path of what has arrived, raises DataError if it is wrong
    returns  Path of the file; it appears there whole or not at all

    Raises DataError if it cannot be fetched, arrives cut short or fails the check.
    """
    target = _writable(folder) / name
    part = target.with_name(f".{name}.{uuid.uuid4().hex}.part")
    try:
        _fetch(address, name, part)
        check(part)
        os.replace(part, target)
    except DataError as error:
        raise DataError(f"{name}, as {address} sends it,", error.args[1], remedy(folder, name, address)) from error
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()                         # it holds the connection
        raise DataError(target, f"is not there, and fetching it failed: {error}", remedy(folder, name, address)) from error
    finally:
        part.unlink(missing_ok=True)
    return target


def _fetch(address, name, part):
    with urllib.request.urlopen(address, timeout=30) as answer, part.open("wb") as file:
        length = int(answer.headers["Content-Length"]) if "Content-Length" in answer.headers else None
        for chunk in _with_progress(iter(lambda: answer.read(CHUNK), b""), name, length):
            file.write(chunk)
        if length is not None and file.tell() != length:
            raise OSError(f"only {file.tell()} of {length} bytes arrived")


def _with_progress(chunks: Iterator[bytes], name, length):
    """The chunks, while a bar on a terminal shows how many bytes have come and how long the rest will take."""
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"downloading {name}", total=length)
        for chunk in chunks:
            progress.advance(task, len(chunk))
            yield chunk


def _chosen(folder) -> list[Path]:
    root = os.environ.get(VARIABLE)
    if not root:
        return []
    if not Path(root).expanduser().is_dir():
        raise DataError(f"{VARIABLE}={root}", "names no folder", f"make the folder, or set {VARIABLE} to the one that holds the data")
    return [Path(root).expanduser() / folder]


def _cache(folder) -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "convbook" / folder


def _writable(folder) -> Path:
    for place in (*_chosen(folder), _cache(folder)):
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(place, os.W_OK):
            return place
    raise DataError(_cache(folder), "cannot be written to", f"set {VARIABLE} to a folder that can")
