"""One long page, from which the PDF is printed (_ext/pdf.py): lets it be drawn like the others.

sphinx_exercise registers how its boxes are drawn for the builder singlehtml by name, and Sphinx then forgets what all other extensions
registered for HTML in general.
"""


def share_handlers(app):
    handlers = app.registry.translation_handlers
    for name, pair in handlers.get("html", {}).items():
        handlers.setdefault("singlehtml", {}).setdefault(name, pair)


def setup(app):
    app.connect("builder-inited", share_handlers)
