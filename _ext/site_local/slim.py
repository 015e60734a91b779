"""Leave out of the built site what no reader needs: 1.5 MB of icons as a script on every page (the theme's font draws the same ones),
source maps, and fonts in a format for old browsers."""
from pathlib import Path


def slim(app, error):
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    icons = static / "scripts" / "fontawesome.js"
    if icons.is_file():
        icons.write_text("/* The icons come from the font in vendor/fontawesome. */\n")
    for unused in (*static.glob("scripts/*.map"), *static.glob("styles/*.map"), *static.glob("vendor/fontawesome/webfonts/*.ttf")):
        unused.unlink()


def setup(app):
    app.connect("build-finished", slim)
