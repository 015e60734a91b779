"""Mends the written HTML where Sphinx and the theme leave readers with a screen reader, or a slow line, behind.

- Citations: sphinxcontrib-bibtex nests roles that ARIA does not allow; without them a bibliography reads as plain paragraphs.
- The side bar is a landmark with a name, so that its title can be reached.
- Pictures below the first are fetched when the reader comes near them; their size is in the page, so that the text does not jump.
"""
import re
from pathlib import Path

REPLACE = [
    (' role="doc-biblioentry"', ""),
    (' role="doc-backlink"', ""),
    ('<div role="list" class="citation-list">', '<div class="citation-list">'),
    ('<div id="pst-primary-sidebar" class="bd-sidebar-primary bd-sidebar', '<div role="region" aria-label="Book" id="pst-primary-sidebar" '
     'class="bd-sidebar-primary bd-sidebar'),
]


def png_size(path):
    """(width, height) in pixels from a PNG's header, None for any other file."""
    if path.suffix != ".png" or not path.is_file():
        return None
    header = path.read_bytes()[16:24]
    return int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")


def mend(html, folder):
    """The mended page; `folder` is where the page lies, to find its pictures. Mending twice changes nothing."""
    for wrong, right in REPLACE:
        html = html.replace(wrong, right)
    seen = 0

    def mend_image(match):
        nonlocal seen
        seen += 1
        tag = match.group(0)
        source = re.search(r'\bsrc="([^"]+)"', tag)
        size = png_size(folder / source.group(1)) if source else None
        extra = ' loading="lazy"' if seen > 1 and "loading=" not in tag else ""
        if size and not re.search(r"\b(width|height)=", tag):
            extra += f' width="{size[0]}" height="{size[1]}"'
        return tag[:4] + extra + tag[4:]

    return re.sub(r"<img\b[^>]*>", mend_image, html)


def mend_pages(app, error):
    if error or app.builder.name != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        mended = mend(html, path.parent)
        if mended != html:
            path.write_text(mended, encoding="utf-8")


def setup(app):
    app.connect("build-finished", mend_pages)
