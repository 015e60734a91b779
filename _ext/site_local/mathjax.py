"""MathJax without the network: the needed files of the package sphinx-mathjax-offline are copied into the site.

Copied is what `mathjax3_config` in _config.yml loads and what TeX input may ask for later (its extensions, the fonts); the menu, the SVG
output and the speech engine are not: 2 MB instead of 24. Without its menu an equation is no tab stop; screen readers get MathML.
"""
from importlib.resources import files
from pathlib import Path

from sphinx.util.fileutil import copy_asset

NEEDED = ["startup.js", "core.js", "input/tex.js", "input/tex", "output/chtml.js", "output/chtml", "a11y/assistive-mml.js"]


def copy_mathjax(app, env):
    if app.builder.format != "html":
        return
    package = Path(str(files("sphinx-mathjax-offline"))) / "static" / "mathjax"
    for name in NEEDED:
        source, target = package / name, Path(app.outdir, "_static", "mathjax", name)
        copy_asset(source, target if source.is_dir() else target.parent, excluded=lambda path: path.endswith("all-packages.js"))


def setup(app):
    app.connect("env-updated", copy_mathjax)
