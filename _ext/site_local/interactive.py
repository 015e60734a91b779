"""The directive for interactive figures.

    ```{interactive} conv-stepper
    :alt: What the figure lets the reader do and see, in a sentence or two.

    ![The static picture](figures/conv-stepper.svg) for print and for readers without scripts.
    ```

becomes `<conv-stepper aria-label="...">static picture</conv-stepper>`, a custom element. Its script is `figures/conv-stepper.js` beside
the page; it is copied to the site and loaded (deferred, as a classic script: modules are blocked on file://) only where it is used. What it
needs beyond itself, such as a net's weights, lies beside it as `conv-stepper.ANYTHING.js` and is loaded before it.
`_static/static-view.js` keeps the static picture for print once the element is alive.
"""
import re
import shutil
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective


class interactive_figure(nodes.General, nodes.Element):
    """Attributes tag, alt; the children are the static view."""


class InteractiveDirective(SphinxDirective):
    required_arguments = 1
    has_content = True
    option_spec = {"alt": directives.unchanged}                     # noqa: RUF012 (docutils reads a class attribute)

    def run(self):
        tag = self.arguments[0]
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", tag):
            raise self.error(f"interactive figure {tag!r}: a custom element's name is lower case and has a hyphen, like conv-stepper")
        if not self.options.get("alt", "").strip():
            raise self.error(f"interactive figure {tag!r} has no :alt: text; say what one can do and see in it")
        if not self.content:
            raise self.error(f"interactive figure {tag!r} has no body; give the static view for print and for readers without scripts")
        page = Path(self.env.doc2path(self.env.docname))
        folder = page.parent / "figures"
        script = folder / f"{tag}.js"
        if not script.is_file():
            raise self.error(f"interactive figure {tag!r}: there is no script figures/{tag}.js beside {page.name}")
        scripts = self.env.metadata[self.env.docname].setdefault("interactive", {})
        for path in (*sorted(folder.glob(f"{tag}.*.js")), script):
            self.env.note_dependency(str(path))
            scripts[path.stem] = str(path)
        figure = interactive_figure(tag=tag, alt=" ".join(self.options["alt"].split()))
        self.state.nested_parse(self.content, self.content_offset, figure)
        return [figure]


def visit_html(self, node):
    self.body.append(f'<div class="interactive"><{node["tag"]} role="group" aria-label="{self.attval(node["alt"])}">')


def depart_html(self, node):
    self.body.append(f"</{node['tag']}></div>\n")


def copy_scripts(app, env):
    """Copy every script in use to _static/figures before the pages are written, so that each page's link carries its checksum."""
    if app.builder.format != "html":
        return
    for metadata in env.metadata.values():
        for script in metadata.get("interactive", {}).values():
            target = Path(app.outdir, "_static", "figures")
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(script, target)


def load_scripts(app, pagename, templatename, context, doctree):
    for script in app.env.metadata.get(pagename, {}).get("interactive", {}):
        app.add_js_file(f"figures/{script}.js", loading_method="defer")
        app.add_js_file("static-view.js", loading_method="defer")


def setup(app):
    app.add_node(interactive_figure, html=(visit_html, depart_html))
    app.add_directive("interactive", InteractiveDirective)
    app.connect("env-updated", copy_scripts)
    app.connect("html-page-context", load_scripts)
