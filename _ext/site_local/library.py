"""The page of the library, made from its docstrings.

    ```{library} convbook.numpy_nn.conv convbook.numpy_nn.conv_transpose
    ```

shows what these modules make public, in the order of the source: signature, the engines that have it, the docstring, and folded below
it the function's backward. An entry is shown once, where it is asked for first. Its anchor is its name ("conv2d", "init.kaiming"), and
{py:obj}`convbook.numpy_nn.conv2d` leads there from any page.

    ```{library-rest} convbook.numpy_nn          what a namespace has and no directive above has shown, a section a module
    ```{library-index}                           the names of all entries, section by section
"""
import inspect
import re
import sys
from importlib import import_module
from itertools import takewhile
from pathlib import Path
from pprint import pformat
from types import ModuleType
from typing import NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from .docstrings import library_name, rendered

logger = logging.getLogger(__name__)
PACKAGE = "convbook"
ENGINE = f"{PACKAGE}.numpy_nn"
OVERRIDDEN = ("forward", "extra_repr")          # what every layer says in its own way


class Entry(NamedTuple):
    """Something public: as a reader writes it ("init.kaiming"), as it is imported, the thing itself, the function that goes back."""

    name: str
    path: str
    value: object
    backward: "Entry | None" = None


class library_index(nodes.General, nodes.Element):
    """Where the list of all entries will stand."""


class folded(nodes.General, nodes.Element):
    """Closed until the reader opens it: the first child says what is inside."""


class fold_title(nodes.Part, nodes.TextElement):
    """Always visible."""


# ------------------------------------------------------------------------------------------------------- what is public
def public_names(module):
    """The names that a module offers: its __all__; without one what it defines, of that only what its package exports, if it says so.

    A file may be cut in two: what comes from loops_pool is defined by loops.
    """
    package = sys.modules[module.__name__.rpartition(".")[0]]
    exported = getattr(package, "__all__", None)
    if hasattr(module, "__all__"):
        names = [name for name in module.__all__ if getattr(getattr(module, name), "__module__", PACKAGE).startswith(PACKAGE)]
    else:
        tail = module.__name__.rpartition(".")[2]
        names = [name for name, value in vars(module).items()
                 if re.fullmatch(rf"{tail}(_\w+)?", (getattr(value, "__module__", None) or "").rpartition(".")[2])]
        if exported is not None and tail not in exported:
            names = [name for name in names if getattr(package, name, None) is getattr(module, name)]
    return [name for name in names if not name.startswith("_") and not isinstance(getattr(module, name), ModuleType)]


def entries(module_name):
    """The public Entries of a module in the order of its source; a backward function goes with the function before it."""
    module = import_module(module_name)
    names = sorted(public_names(module), key=lambda name: _place(getattr(module, name)))
    alone = [name for name in names if not (name.endswith("_backward") and name.removesuffix("_backward") in names)]
    return [_entry(module, name, f"{name}_backward" if f"{name}_backward" in names else None) for name in alone]


def _place(value):
    if not hasattr(value, "__module__"):
        return "~", 0                                               # a constant: after everything with a source
    if value.__module__.rpartition(".")[2] == "combine":
        return value.__module__, list(vars(sys.modules[value.__module__])).index(value.__name__)    # made by a call, not by a statement
    return value.__module__, inspect.getsourcelines(value)[1]


def _entry(module, name, backward=None):
    value = getattr(module, name)
    home = ENGINE if getattr(import_module(ENGINE), name, None) is value else module.__name__
    short = re.sub(rf"^({re.escape(ENGINE)}|{PACKAGE})\.?", "", home)
    return Entry(f"{short}.{name}".lstrip("."), f"{home}.{name}", value, _entry(module, backward) if backward else None)


def engines(entry):
    """Which engines have this name; () for what serves them all."""
    if not entry.path.startswith(f"{ENGINE}."):
        return ()
    where = entry.path.removeprefix(f"{ENGINE}.")
    found = ["NumPy"]
    for engine, label in ((f"{PACKAGE}.torch_nn", "torch"), (f"{PACKAGE}.torch_nn.written_out", "written out")):
        value = import_module(engine)
        for part in where.split("."):
            value = getattr(value, part, None)
        found += [label] * (value is not None)
    return tuple(found)


def methods(value):
    """{name: function} of a class and of its bases, up to the first base that is public itself."""
    def hidden(cls):
        return cls is value or (cls.__module__.startswith(PACKAGE) and cls.__name__ not in public_names(sys.modules[cls.__module__]))

    found = {}
    for cls in takewhile(hidden, value.__mro__ if inspect.isclass(value) else ()):
        for name, function in vars(cls).items():
            if inspect.isfunction(function) and not name.startswith("_") and (name not in OVERRIDDEN or function.__doc__):
                found.setdefault(name, function)
    return found


# ----------------------------------------------------------------------------------------------------------- directives
class LibraryDirective(SphinxDirective):
    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        self.env.metadata[self.env.docname]["library"] = "yes"
        found = []
        for name in self.arguments[0].split():
            try:
                found += self.module(name)
            except ImportError as error:
                self.warn("%s cannot be imported: %s", name, error)
        return found

    @property
    def shown(self):
        """The ids of all things on this page so far."""
        return self.env.temp_data.setdefault("library", set())

    def warn(self, message, *arguments):
        logger.warning(f"library: {message}", *arguments, location=self.get_location(), type="site", subtype="library")

    def module(self, name):
        """The nodes of a module: what its docstring says, then its entries."""
        module = import_module(name)
        wanted = [entry for entry in entries(name) if id(entry.value) not in self.shown]
        self.shown.update(id(one.value) for entry in wanted for one in (entry, entry.backward) if one)
        return [*self.about(module), *(node for entry in wanted for node in self.entry(entry))]

    def about(self, module):
        found = rendered(inspect.getdoc(module), self.env)
        files = [Path(*module.__name__.split(".")).with_suffix(".py")]
        if hasattr(module, "__path__"):
            files = [files[0].with_suffix("") / "__init__.py"]
        twin = Path(str(files[0]).replace("numpy_nn", "torch_nn"))
        files += [twin] * (twin != files[0] and (Path(sys.modules[PACKAGE].__file__).parents[1] / twin).is_file())
        words = [node for file in files for node in (nodes.Text(" and "), nodes.literal("", str(file)))][1:]
        found.append(nodes.paragraph("", "", nodes.Text("In "), *words, nodes.Text("."), classes=["library-file"]))
        return found

    def entry(self, entry):
        kind = "class" if inspect.isclass(entry.value) else "function" if callable(entry.value) else "data"
        box = addnodes.desc(domain="py", objtype=kind, desctype=kind, noindex=False, classes=["py", kind])
        head = addnodes.desc_signature("", "", *self.signature(entry), ids=[entry.name], _toc_name=entry.name, _toc_parts=(entry.name,),
                                       fullname=entry.name, classes=["sig", "sig-object"])
        head += [nodes.inline("", engine, classes=["engine"]) for engine in engines(entry)]
        self.register(entry, kind, head)
        body = addnodes.desc_content("", *self.text(entry))
        every = methods(entry.value)
        for name, function in every.items():
            if function.__doc__:
                body += self.fold(Entry(f"{entry.name}.{name}", f"{entry.path}.{name}", function), "method")
        silent = [nodes.literal("", name) for name, function in every.items() if not function.__doc__]
        if silent:
            words = [node for name in silent for node in (nodes.Text(", "), name)][1:]
            body += nodes.paragraph("", "", nodes.Text("Also, as in torch: "), *words, nodes.Text("."), classes=["source"])
        if entry.backward:
            body += self.fold(entry.backward, "function")
        box += [head, body]
        return [box]

    def fold(self, entry, kind):
        found = folded("", fold_title("", "", *self.signature(entry)), *self.text(entry), ids=[entry.name])
        self.register(entry, kind, found)
        return found

    def signature(self, entry):
        parameters = addnodes.desc_parameterlist("", "")
        module, _, name = entry.name.rpartition(".")
        found = [addnodes.desc_addname("", f"{module}.")] * bool(module) + [addnodes.desc_name("", name)]
        if callable(entry.value):
            given = inspect.signature(entry.value)
            for parameter in given.parameters.values():
                shown = parameter.replace(annotation=inspect.Parameter.empty)
                if parameter.name != "self":
                    parameters += addnodes.desc_parameter("", str(shown))
            found.append(parameters)
        return found

    def text(self, entry):
        if not callable(entry.value):
            value = pformat(entry.value, width=70, compact=True, sort_dicts=False)
            return [nodes.literal_block(value, value, language="python")]
        text = inspect.getdoc(entry.value) if entry.value.__doc__ else None
        if not text:
            self.warn("%s has no docstring", entry.path)
        nodes_of_text = rendered(text or "", self.env)
        for node in nodes_of_text:
            for word in node.findall(library_name):
                word["beside"] = entry.name.rpartition(".")[0]
        return nodes_of_text

    def register(self, entry, kind, node):
        if entry.name in self.state.document.ids:
            self.warn("the anchor %s is taken; give the heading above another title", entry.name)
        self.state.document.ids[entry.name] = node
        self.env.get_domain("py").note_object(entry.path, kind, entry.name, location=self.get_location())


class LibraryRestDirective(LibraryDirective):
    """What nobody has put into a section gets one of its own."""

    def run(self):
        self.env.metadata[self.env.docname]["library"] = "yes"
        namespace, found = import_module(self.arguments[0]), []
        values = [getattr(namespace, name) for name in public_names(namespace)]
        tails = (value.__module__.rpartition(".")[2] for value in values if id(value) not in self.shown)
        for name in dict.fromkeys(f"{namespace.__name__}.{tail}" for tail in tails):        # a combinator is shown as its engine's
            module = import_module(name)
            title = re.split(r"[:.(]", inspect.getdoc(module))[0].strip()
            section = nodes.section("", nodes.title("", title), *self.module(name), names=[nodes.fully_normalize_name(title)])
            self.state.document.note_implicit_target(section, section)
            found.append(section)
        return found


class LibraryIndexDirective(SphinxDirective):
    def run(self):
        return [library_index()]


# ------------------------------------------------------------------------------------------------ once the page is read
def finish(app, doctree):
    """Names become links, and the list of all entries is written."""
    anchors = {node["ids"][0] for kind in (addnodes.desc_signature, folded) for node in doctree.findall(kind) if node["ids"]}
    for word in list(doctree.findall(library_name)):
        name = re.sub(rf"^({PACKAGE}\.)?(numpy_nn\.)?", "", word["name"])
        target = next((anchor for anchor in (f"{word.get('beside')}.{name}", name) if anchor in anchors), None)
        if target and not _inside(word, target):
            word.replace_self(nodes.reference("", "", *word.children, refid=target, internal=True))
        else:
            word.replace_self(word.children)
    for index in list(doctree.findall(library_index)):
        index.replace_self(_index(doctree))


def _inside(node, anchor):
    while node.parent is not None:
        node = node.parent
        if anchor in node.get("ids", []) or (isinstance(node, addnodes.desc) and not isinstance(node, folded) and anchor in node[0]["ids"]):
            return True
    return False


def _index(doctree):
    found = nodes.definition_list(classes=["library-index"])
    for section in doctree.findall(nodes.section):
        heads = [box[0] for box in section.children if isinstance(box, addnodes.desc)]
        if heads:
            title = nodes.reference("", section[0].astext(), refid=section["ids"][0], internal=True)
            links = [nodes.reference("", "", nodes.literal("", head["ids"][0]), refid=head["ids"][0], internal=True) for head in heads]
            words = [node for link in links for node in (nodes.Text(" "), link)][1:]
            item = nodes.definition_list_item()
            item += [nodes.term("", "", title), nodes.definition("", nodes.paragraph("", "", *words))]
            found += item
    return found


def read_again(app, env, added, changed, removed):
    """A chapter that is new, or gone, changes what the page can link to."""
    return [docname for docname in env.found_docs if added | removed and env.metadata.get(docname, {}).get("library")]


def setup(app):
    app.add_node(folded, html=(lambda self, node: self.body.append(self.starttag(node, "details", CLASS="library-fold")),
                               lambda self, node: self.body.append("</details>\n")))
    app.add_node(fold_title, html=(lambda self, node: self.body.append(self.starttag(node, "summary", "")),
                                   lambda self, node: self.body.append("</summary>\n")))
    app.add_directive("library", LibraryDirective)
    app.add_directive("library-rest", LibraryRestDirective)
    app.add_directive("library-index", LibraryIndexDirective)
    app.connect("doctree-read", finish)
    app.connect("env-get-outdated", read_again)
