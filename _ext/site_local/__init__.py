"""What Jupyter Book lacks for this book: one small module a concern, each with its own `setup`."""
from . import assignment, fresh, images, interactive, library, mathjax, mend, numbering, singlehtml, slim


def setup(app):
    for part in (assignment, fresh, images, interactive, library, mathjax, mend, numbering, singlehtml, slim):
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
