"""The library's docstrings as document nodes.

A docstring is plain text: a summary, aligned columns (arguments, shapes, `returns`), sentences, indented code. Columns become a
definition list that a phone can show, `Raises` and the source stand on lines of their own; chapters and other entries become links.
"""
import ast
import re
import textwrap

from docutils import nodes
from sphinx import addnodes

from .numbering import chapter_number

ROW = re.compile(r"(\S(?:.*?\S)??) {2,}(\S.*)")
SENTENCE = re.compile(r"(?<=[.?!])(?<!al\.) +(?=[A-Z])")
SOURCE = re.compile(r"[Cc]hapters? \d|\b(?:1[89]|20)\d\d\b|^Backward: ")
INLINE = re.compile(r"""
    `(?P<code>[^`]+)`                                       # as written in backticks
  | (?P<value>"[^"\s]*")                                    # a string that is passed: "same"
  | (?P<shape>\((?:\.\.\.|\*\w+|[A-Z]{1,3}(?=\s?[,*/]))[^()]*\))
  | (?P<chapters>[Cc]hapters?\ \d+(?:(?:,|\ and|\ to)\ \d+)*)
  | (?P<name>(?:(?<=as\ in\ )|(?<=what\ )|(?<=Gradient\ of\ ))[A-Za-z_][\w.]*\w | \b[A-Za-z][\w.]*[_\d][\w.]*\b(?<!\.))
""", re.VERBOSE)


class library_name(nodes.Inline, nodes.TextElement):
    """A word that may be an entry's name; attribute `name`. Becomes a link once all entries are known."""


def inline(text, env):
    """Text with its code, shapes, chapters and names as nodes."""
    found, at = [], 0
    for match in INLINE.finditer(text):
        found.append(nodes.Text(text[at:match.start()]))
        at, kind, words = match.end(), match.lastgroup, match.group(match.lastgroup)
        if kind == "chapters":
            found += _chapters(words, env)
        elif kind == "shape":
            found.append(nodes.literal("", words, classes=["shape"]))
        elif kind in ("code", "name"):
            word = nodes.literal("", words) if kind == "code" else nodes.Text(words)
            found.append(library_name("", "", word, name=words))
        else:
            found.append(nodes.literal("", words))
    return [node for node in [*found, nodes.Text(text[at:])] if node.astext()]


def _chapters(words, env):
    """ "Chapters 3 and 4", each number a link to its chapter if the book has it."""
    pages = {chapter_number(docname): docname for docname in env.found_docs}
    found = []
    for piece in re.split(r"(\d+)", words):
        page = pages.get(int(piece)) if piece.isdigit() else None
        if page is None:
            found.append(nodes.Text(piece))
            continue
        label = f"{found.pop().astext()}{piece}" if len(found) == 1 else piece          # "Chapter 3" as a whole
        found.append(addnodes.pending_xref("", nodes.inline("", label), refdomain="std", reftype="doc", reftarget=f"/{page}",
                                           refdoc=env.docname, refexplicit=True, refwarn=True))
    return found


def _paragraph(text, env, *classes):
    *columns, last = re.split(" {2,}", text)
    words = [node for column in columns for node in (nodes.inline("", "", *inline(column, env), classes=["column"]), nodes.Text(" "))]
    return nodes.paragraph("", "", *words, *inline(last, env), classes=list(classes))


def rendered(text, env):
    """The nodes of a docstring, in its order."""
    found = []
    for block in re.split(r"\n\s*\n", text):
        if all(line.startswith("  ") for line in block.splitlines()):
            found.append(_code(textwrap.dedent(block)))
        else:
            lines = block.splitlines()
            if lines[0].endswith(":") and len(lines) > 1 and ROW.fullmatch(lines[1]):
                found.append(_paragraph(lines.pop(0), env))
            rows, prose = _rows(lines)
            found += [_arguments(rows, env)] * bool(rows)
            found += _sentences(" ".join(prose), env) if prose else []
    return found


def _code(text):
    try:
        ast.parse(text)
    except SyntaxError:
        return nodes.literal_block(text, text, language="text")
    return nodes.literal_block(text, text, language="python")


def _rows(lines):
    """Aligned lines as [(term, [lines of the definition])], and what prose follows them."""
    rows = []
    for i, line in enumerate(lines):
        row = ROW.fullmatch(line)
        if line.startswith(" ") and rows:
            rows[-1][1].append(line.strip())
        elif row and rows and rows[-1][0].endswith(" and"):         # a term of two lines
            rows[-1] = (f"{rows[-1][0]} {row.group(1)}", [*rows[-1][1], row.group(2)])
        elif row:
            rows.append((row.group(1), [row.group(2)]))
        elif i + 1 < len(lines) and lines[i + 1].startswith(" "):
            rows.append((line, []))                         # a long term; its definition follows below
        else:
            return rows, [line.strip() for line in lines[i:]]
    return rows, []


def _arguments(rows, env):
    found = nodes.definition_list(classes=["arguments"])
    for term, lines in rows:
        definition, words = nodes.definition(), []
        for line in [*lines, ""]:
            columned = line != lines[0] and ROW.fullmatch(line)
            if words and (columned or not line or re.match(r'"\w+":', line)):
                definition += _paragraph(" ".join(words), env)
                words = []
            if columned and definition.children and isinstance(definition[-1], nodes.literal_block):
                text = f"{definition[-1].astext()}\n{line}"
                definition[-1] = nodes.literal_block(text, text, language="text")
            elif columned:
                definition += nodes.literal_block(line, line, language="text")
            else:
                words += [line] * bool(line)
        item = nodes.definition_list_item()
        item += [nodes.term("", "", nodes.literal("", term)), definition]
        found += item
    return found


def _sentences(text, env):
    """Prose; `Raises ...` and what follows it start lines of their own."""
    found, words, kind = [], [], None
    for sentence in [*SENTENCE.split(text), ""]:
        now = "raises" if sentence.startswith("Raises ") else kind
        if kind == "raises" and SOURCE.search(sentence) and not sentence.startswith("Raises "):
            now = "source"
        if words and (now != kind or not sentence):
            found.append(_paragraph(" ".join(words), env, *([kind] if kind else [])))
            words = []
        kind = now
        words.append(sentence)
    return found
