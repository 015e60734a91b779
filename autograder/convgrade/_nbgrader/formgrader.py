"""What formgrader needs to show students' notebooks in a teacher's browser: nothing in them runs, and no other host is asked.

nbconvert calls these two filters in nbgrader's page (`c.HTMLExporter.filters` in the course's settings).
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import bleach
import nbgrader
from markupsafe import Markup
from nbconvert.filters import strip_files_prefix

TEMPLATES = [
    str(Path(__file__).resolve().parents[1] / "templates"),                             # formgrade/mathjax.html.j2 comes before nbconvert's
    str(Path(nbgrader.__file__).parent / "server_extensions/formgrader/templates"),     # nbgrader leaves its own out when there are others
]

# What Markdown makes. Names and classes are left out: formgrader finds its own fields by them.
TAGS = {
    "a", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p",
    "pre", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip

# Without `autoload` and `require` there is no \href, no \style, and no other file is asked for; \mmlToken could make a link that runs.
SETTINGS = {
    "tex": {
        "inlineMath": [["$", "$"], ["\\(", "\\)"]], "packages": {"[-]": ["autoload", "require"]},
        "macros": {"mmlToken": ["\\text{?}\\text{#3}", 3, ""]},
    },
    "options": {"enableMenu": False},
}
# Formgrader was written for MathJax 2 and waits for its signal.
SIGNAL = 'MathJax.Hub = {Startup: {signal: {Interest: hear => MathJax.startup.promise.then(() => hear("End"))}}};'


def harmless(html: str) -> str:
    """Rendered Markdown in which nothing runs and nothing is fetched, in the place of nbconvert's strip_files_prefix.

    Other markup is shown as it was written. Pictures stay if the notebook holds them.
    """
    return bleach.clean(strip_files_prefix(html), tags=TAGS, attributes=_may_stay, protocols={"http", "https", "data"})


def _may_stay(tag: str, name: str, value: str) -> bool:
    if tag == "img":
        return name == "alt" or (name == "src" and value.startswith("data:image/"))
    return tag == "a" and name == "href" and value.startswith(("http://", "https://"))


def own_mathjax(_address: str) -> Markup:
    """Scripts that draw the equations of a page: MathJax 3 itself, not an address to get it from."""
    program = (files("sphinx-mathjax-offline") / "static" / "mathjax" / "tex-svg.js").read_text(encoding="utf-8")
    return Markup("\n".join(f"<script>{text}</script>" for text in (f"MathJax = {json.dumps(SETTINGS)};", program, SIGNAL)))


FILTERS = {"strip_files_prefix": harmless, "own_mathjax": own_mathjax}
