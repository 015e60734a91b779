"""Fixtures of the browser tests: a real Chromium, a page that fails its test on a JavaScript error, the built site, a server for it."""
import functools
import http.server
import io
import os
import re
import shutil
import sys
import threading
import warnings
from itertools import groupby
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "_ext"))                  # for the tests of site_local, which is no installed package
DARK = """<style>:root { --pst-color-text-base: #ced6dd; --pst-color-background: #121212; --pst-color-surface: #202020;
  --pst-color-primary: #3fb1c5; --pst-color-border: #48566b; --pst-color-text-muted: #9ca4af; --pst-color-link: #3fb1c5; }
  body { background: #121212; color: #ced6dd; }</style>"""
QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]


@pytest.fixture(scope="module")              # closed before the tests of JupyterLab start one of their own
def browser():
    """The system's Chromium, without a window; Playwright's own where the system has none."""
    system = shutil.which("chromium") or shutil.which("google-chrome")
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=system, args=QUIET + as_root)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """A fresh page, 1280 x 900; its test fails if a script of the page throws or writes an error to the console."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
    page.on("console", lambda message: errors.append(f"{page.url}: {message.text}") if message.type == "error" else None)
    yield page
    context.close()
    assert not errors, "the page reported errors:\n" + "\n".join(errors)


@pytest.fixture
def alone(page):
    """A function that shows one interactive figure on a page of its own and returns its locator.

    tag      its name, "pool-stepper"
    theme    "light" or "dark"
    width    of the window in pixels; 390 is a phone
    column   width of the text column in pixels; None: the window's
    """
    def show(tag, theme="light", width=1280, column=None):
        page.set_viewport_size({"width": width, "height": 900})
        page.set_content('<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>figure</title>'
                         f'{DARK if theme == "dark" else ""}<main style="{f"width: {column}px; margin: 0 auto" if column else ""}">'
                         f"<h1>Figure</h1><{tag}>static view</{tag}></main></html>")
        folder = ROOT / "chapters" / "figures"
        for script in (*sorted(folder.glob(f"{tag}.*.js")), folder / f"{tag}.js"):
            page.add_script_tag(path=script)
        return page.locator(tag)
    return show


@pytest.fixture
def figure(alone, request):
    """The interactive figure that a file of tests names as its TAG."""
    return alone(request.module.TAG)


@pytest.fixture
def axe(page):
    """A function that says what axe finds on the page; nothing is an empty text."""
    def complaints():
        found = Axe().run(page)
        return found.generate_report() if found.violations_count else ""
    return complaints


@pytest.fixture(scope="session")
def site():
    """Folder of the built site; CONVBOOK_SITE names another one than `make book` makes."""
    folder = Path(os.environ.get("CONVBOOK_SITE", ROOT / "_build" / "html")).resolve()
    assert (folder / "chapters" / "index.html").is_file(), f"no site in {folder}: run `make book` first"
    return folder


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


class QuietServer(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass                                            # a browser that leaves a page hangs up in the middle of a file


@pytest.fixture(scope="session")
def server(site):
    """Address of a plain web server for the site, http://127.0.0.1:PORT."""
    handler = functools.partial(QuietHandler, directory=str(site))
    with QuietServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


@pytest.fixture
def small_book(tmp_path):
    """A function that writes files ({path: text}) and builds them: returns the site's folder and everything Sphinx complained about.

    A page stands in the part of the book that `part` gives for its name; every part counts its chapters anew.
    """
    def build(files, builder="html", part=lambda name: 1, **settings):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        pages = sorted(path.relative_to(tmp_path).with_suffix("").as_posix() for path in tmp_path.glob("chapters/*.md"))
        trees = ("```{toctree}\n:numbered: 1\n" + "\n".join(some) + "\n```\n" for _, some in groupby(sorted(pages, key=part), part))
        (tmp_path / "index.md").write_text("# Book\n\n" + "\n".join(trees), encoding="utf-8")
        config = {"extensions": ["myst_nb", "site_local"], "master_doc": "index", "nb_execution_mode": "off", "numfig": True,
                  "myst_enable_extensions": ["dollarmath"], "exclude_patterns": ["_build", "**/assignments"], "html_theme": "basic",
                  "mathjax_path": "mathjax/startup.js", **settings}
        complaints, folder = io.StringIO(), tmp_path / "_build" / builder
        with docutils_namespace(), warnings.catch_warnings():
            warnings.simplefilter("ignore")                                 # what other packages deprecate is not tested here
            Sphinx(tmp_path, None, folder, tmp_path / "_build" / "doctrees", builder, confoverrides=config, status=io.StringIO(),
                   warning=complaints).build()
        return folder, re.sub(r"\x1b\[[0-9;]*m", "", complaints.getvalue())

    return build
