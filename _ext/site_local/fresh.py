"""Pages show what the library computes today: when it changes, the cache of executed pages is emptied and every page is read again.

Jupyter Book's cache looks at a page's own code only, so a corrected formula in lib/convbook would leave old numbers in the book.
"""
import hashlib
from importlib.metadata import version
from pathlib import Path

from jupyter_cache import get_cache


def fingerprint(library):
    """Hash of the library's files and of the packages its numbers come from."""
    digest = hashlib.sha256()
    for package in ("numpy", "torch", "matplotlib"):
        digest.update(f"{package} {version(package)}\n".encode())
    for path in sorted(library.rglob("*")):
        if path.suffix in (".py", ".mplstyle"):
            digest.update(path.relative_to(library).as_posix().encode() + b"\n" + path.read_bytes())
    return digest.hexdigest()


def cache_and_stamp(app):
    cache = Path(app.config.nb_execution_cache_path or Path(app.outdir).parent / ".jupyter_cache")
    return cache, cache / "library.sha256"


def empty_stale_cache(app):
    cache, stamp = cache_and_stamp(app)
    app.library_fingerprint = fingerprint(Path(app.srcdir) / "lib" / "convbook")
    app.library_changed = not stamp.is_file() or stamp.read_text() != app.library_fingerprint
    if app.library_changed:
        get_cache(cache).clear_cache()


def read_all_again(app, env, added, changed, removed):
    return env.found_docs if app.library_changed else []


def remember(app, env):
    """Only now, with every page read: a build that was interrupted begins again."""
    cache, stamp = cache_and_stamp(app)
    cache.mkdir(parents=True, exist_ok=True)
    stamp.write_text(app.library_fingerprint)


def setup(app):
    app.connect("builder-inited", empty_stale_cache)
    app.connect("env-get-outdated", read_all_again)
    app.connect("env-updated", remember)
