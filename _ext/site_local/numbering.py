"""A chapter's number is the one in its file name: 03_convolution is chapter 3 and its equations are (3.1), (3.2) ..., whatever stands
before it in _toc.yml. Sphinx counts chapters from 1 in every part, and lets the equations of a part's first chapter go on where those of
another part's first chapter ended; here both are put right. A page among the chapters whose name has no number (a capstone) has none, and
its equations are (1), (2) ..."""
import re

from docutils import nodes


def chapter_number(docname):
    """The number in a page's file name ("chapters/03_convolution" -> 3), None where there is none."""
    found = re.match(r"(\d+)_", docname.rsplit("/", 1)[-1])
    return int(found.group(1)) if found else None


def renumber(app, env):
    """Runs when Sphinx has counted (priority 900: after its own handler of this event)."""
    for docname, numbers in env.toc_secnumbers.items():
        if not numbers:
            continue
        chapter = chapter_number(docname)
        first = () if chapter is None else (chapter,)

        def right(old, first=first):
            return (*first, *old[1:]) if old else old

        env.toc_secnumbers[docname] = {anchor: right(old) for anchor, old in numbers.items()}
        env.titles[docname]["secnumber"] = right(env.titles[docname].get("secnumber"))
        for reference in env.tocs[docname].findall(nodes.reference):
            if reference.get("secnumber"):
                reference["secnumber"] = right(reference["secnumber"])
        for figures in env.toc_fignumbers.get(docname, {}).values():
            in_order = sorted(figures, key=figures.__getitem__)
            figures.update({name: (*first, place) for place, name in enumerate(in_order, 1)})
    return []


def setup(app):
    app.connect("env-get-updated", renumber, priority=900)
