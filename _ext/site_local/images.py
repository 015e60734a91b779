"""Every image says in words what it shows: an image without alt text is a warning, so the build fails.

Without this check Sphinx writes the file's path as alt text, which satisfies a checker and helps nobody. The other way round, a cell
that has alt text and shows no picture is a warning too: the picture was lost on the way.

A picture of `convbook.figures` brings its alt text along, made from its data and kept in the PNG as "Description". It is used where the
cell gives none, so the words cannot disagree with the picture.
"""
import re
from pathlib import Path

from docutils import nodes
from PIL import Image, UnidentifiedImageError
from sphinx.util import logging

logger = logging.getLogger(__name__)


def has_words(alt, uri=""):
    """True if an alt text is more than nothing or the name of a file."""
    alt = (alt or "").strip()
    return bool(alt) and alt != uri and not re.search(r"\.(png|jpe?g|gif|svg|webp)$", alt, re.IGNORECASE)


def description(path):
    """The alt text that a picture carries itself, or ""."""
    try:
        with Image.open(path) as picture:
            return picture.info.get("Description", "")
    except (OSError, UnidentifiedImageError):           # drawings (SVG) and pictures on other hosts carry none
        return ""


def check_alt(app, doctree):
    for image in doctree.findall(nodes.image):
        if not has_words(image.get("alt"), image["uri"]):
            image["alt"] = description(Path(app.srcdir, image["uri"].lstrip("/")))
        if not has_words(image.get("alt"), image["uri"]):
            logger.warning("image without alt text: %s (for a code cell: mystnb: {image: {alt: ...}})", image["uri"], location=image,
                           type="site", subtype="alt")
    for raw in doctree.findall(nodes.raw):
        for tag in re.findall(r"<img\b[^>]*>", raw.astext()):
            alt = re.search(r"\balt=([\"'])(.*?)\1", tag, re.DOTALL)
            if not has_words(alt and alt.group(2)):
                logger.warning("image without alt text: %s", tag[:80], location=raw, type="site", subtype="alt")
    for cell in doctree.findall(lambda node: isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"):
        announced = cell.get("cell_metadata", {}).get("mystnb", {}).get("image", {}).get("alt")
        if announced and not any(True for _ in cell.findall(nodes.image)):
            logger.warning("a cell has alt text and shows no picture: %s", announced[:60], location=cell, type="site", subtype="alt")


def setup(app):
    app.connect("doctree-read", check_alt)
