"""The extension on small books of a page or two: what it writes and what it complains about."""
import base64
import json
import re
import subprocess
from pathlib import Path

import pytest
from site_local.assignment import colab_link, origin, summary
from site_local.fresh import fingerprint
from site_local.images import has_words
from site_local.mend import mend
from site_local.numbering import chapter_number

from convbook.figures import Picture, with_alt

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAADklEQVR4nGNgYGBg+M8AAAQBAQB8wHJ6AAAAAElFTkSuQmCC"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
HOW_TO = {"chapters/how_to.md": "# How to\n\n(colab)=\n## In Colab\n\nUpload it.\n"}


def notebook(cells, **about):
    metadata = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}, **({"convgrade": about} if about else {})}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})


def released():
    """A released assignment of two exercises and a question."""
    def code(grade_id, **more):
        return {"cell_type": "code", "id": grade_id, "source": "pass", "outputs": [], "execution_count": None,
                "metadata": {"nbgrader": {"grade_id": grade_id, **more}}}

    def prose(name, text, **metadata):
        return {"cell_type": "markdown", "id": name, "source": text, "metadata": metadata}

    question = {"nbgrader": {"grade_id": "explain", "grade": True, "points": 2}}
    return notebook([
        prose("a", "# Assignment 3\n\nTwo hours."), prose("b", "## Exercise 3.1: `pad` it (3 points)\n\nText."),
        code("pad", grade=False), code("test_pad", grade=True, points=3),
        prose("c", "## Exercise 3.2: by loops (1.5 points)"), code("loops", grade=False), code("test_loops", grade=True, points=1.5),
        prose("d", "## Question 3.3 (2 points, read by a person)"), prose("e", "Your answer", **question),
    ], title="Convolution", minutes=90)


# ------------------------------------------------------------------------------------------------------------------ pictures
@pytest.mark.parametrize(("alt", "good"), [
    ("a cat, its edges bright", True), ("", False), (None, False), ("  ", False), ("figures/cat.png", False), ("cat.SVG", False),
])
def test_alt_text_is_words(alt, good):
    assert has_words(alt, "figures/cat.png") is good


@pytest.mark.parametrize("text", [
    "![](cat.svg)", "![cat.svg](cat.svg)", "```{image} cat.svg\n```", "```{figure} cat.svg\nA caption is no alt text.\n```",
    '<img src="cat.svg">', "<img src='cat.svg' alt=''>",
])
def test_an_image_without_alt_text_is_a_warning(small_book, text):
    _, complaints = small_book({"chapters/a.md": f"# A\n\n{text}\n", "chapters/cat.svg": PICTURE})
    assert "image without alt text" in complaints and "a.md" in complaints


@pytest.mark.parametrize("text", ["![a cat](cat.svg)", "```{image} cat.svg\n:alt: a cat\n```", '<img src="cat.svg" alt="a cat">'])
def test_an_image_with_alt_text_is_not(small_book, text):
    _, complaints = small_book({"chapters/a.md": f"# A\n\n{text}\n", "chapters/cat.svg": PICTURE})
    assert complaints == ""


@pytest.mark.parametrize(("alt", "kind", "complaint"), [
    (None, "image/png", "image without alt text"), ("a line that rises", "image/png", ""), (None, "text/plain", ""),
    ("a line that rises", "text/plain", "a cell has alt text and shows no picture"),
])
def test_a_computed_picture_has_alt_text_and_alt_text_has_a_picture(small_book, tmp_path, alt, kind, complaint):
    output = {"output_type": "display_data", "metadata": {}, "data": {kind: PNG}}
    metadata = {"mystnb": {"image": {"alt": alt}}} if alt else {}
    cells = [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# A"},
             {"cell_type": "code", "id": "b", "metadata": metadata, "source": "plot()", "execution_count": 1, "outputs": [output]}]
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "a.ipynb").write_text(notebook(cells), encoding="utf-8")
    _, complaints = small_book({"chapters/b.md": "# B\n\n```{toctree}\na\n```\n"})
    assert complaint in complaints and bool(complaint) is bool(complaints), complaints


@pytest.mark.parametrize(("alt", "shown"), [(None, "two bars, 3 and 4"), ("words of the cell", "words of the cell")])
def test_a_picture_brings_its_own_alt_text(small_book, tmp_path, alt, shown):
    drawn = with_alt(Picture(figsize=(1, 1)), "two bars, 3 and 4")
    output = {"output_type": "display_data", "metadata": {}, "data": {"image/png": base64.b64encode(drawn._repr_png_()).decode()}}
    metadata = {"mystnb": {"image": {"width": "50%", **({"alt": alt} if alt else {})}}}
    cells = [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# A"},
             {"cell_type": "code", "id": "b", "metadata": metadata, "source": "plot()", "execution_count": 1, "outputs": [output]}]
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "a.ipynb").write_text(notebook(cells), encoding="utf-8")
    site, complaints = small_book({"chapters/b.md": "# B\n\n```{toctree}\na\n```\n"})
    assert complaints == ""
    assert f'alt="{shown}"' in (site / "chapters" / "a.html").read_text(encoding="utf-8")


# ------------------------------------------------------------------------------------------------------- interactive figures
FIGURE = "# A\n\n```{interactive} two-boxes\n:alt: Move a box over another.\n\nStill picture.\n```\n"


def test_an_interactive_figure_is_an_element_whose_script_is_loaded_only_where_it_is_used(small_book):
    site, complaints = small_book({"chapters/a.md": FIGURE, "chapters/b.md": "# B\n", "chapters/figures/two-boxes.js": "1;",
                                        "chapters/figures/unused-one.js": "2;"})
    assert complaints == ""
    page = (site / "chapters" / "a.html").read_text()
    assert re.search(r'<two-boxes role="group" aria-label="Move a box over another.">\s*<p>Still picture.</p>\s*</two-boxes>', page)
    assert re.search(r'<script defer="defer" src="\.\./_static/figures/two-boxes\.js\?v=\w+"></script>', page)
    assert "two-boxes.js" not in (site / "chapters" / "b.html").read_text()
    assert [path.name for path in (site / "_static" / "figures").iterdir()] == ["two-boxes.js"]


def test_what_a_figure_needs_is_loaded_before_it(small_book):
    site, complaints = small_book({"chapters/a.md": FIGURE, "chapters/figures/two-boxes.js": "1;",
                                   "chapters/figures/two-boxes.net.js": "2;",
                                   "chapters/figures/two-boxes.colours.js": "3;", "chapters/figures/two-boxes-more.js": "4;"})
    assert complaints == ""
    loaded = re.findall(r'defer" src="\.\./_static/figures/([^?"]+)', (site / "chapters" / "a.html").read_text())
    assert loaded == ["two-boxes.colours.js", "two-boxes.net.js", "two-boxes.js"]
    assert {path.name for path in (site / "_static" / "figures").iterdir()} == set(loaded)


@pytest.mark.parametrize(("page", "message"), [
    (FIGURE.replace(":alt: Move a box over another.\n", ""), "has no :alt: text"),
    (FIGURE.replace("Still picture.\n", ""), "has no body"),
    (FIGURE.replace("two-boxes", "Boxes"), "is lower case and has a hyphen"),
    (FIGURE.replace("two-boxes", "three-boxes"), "there is no script figures/three-boxes.js beside a.md"),
])
def test_a_faulty_interactive_figure_is_an_error(small_book, page, message):
    _, complaints = small_book({"chapters/a.md": page, "chapters/figures/two-boxes.js": "1;"})
    assert "ERROR" in complaints and message in complaints


def test_a_changed_script_is_copied_again_under_a_new_address(small_book):
    addresses = []
    for files in ({"chapters/a.md": FIGURE, "chapters/figures/two-boxes.js": "1;"}, {"chapters/figures/two-boxes.js": "new;"}):
        site, _ = small_book(files)
        addresses += re.findall(r"two-boxes\.js\?v=\w+", (site / "chapters" / "a.html").read_text())
    assert (site / "_static" / "figures" / "two-boxes.js").read_text() == "new;"
    assert len(set(addresses)) == 2, "browsers would keep the old script"


# --------------------------------------------------------------------------------------------------------------- assignments
ASSIGNMENT = {"chapters/03_convolution.md": "# C\n\n```{assignment} 03_convolution\n```\n", **HOW_TO}
NOTEBOOK = "chapters/assignments/03_convolution.ipynb"


def test_the_summary_of_an_assignment_counts_what_is_graded():
    assert summary(json.loads(released())) == {"title": "Convolution", "minutes": 90, "points": 6.5, "exercises": [
        ("Exercise 3.1: `pad` it", 3), ("Exercise 3.2: by loops", 1.5), ("Question 3.3", 2)]}


@pytest.mark.parametrize(("repository", "link"), [
    ("", None), ("https://github.com/ada/course", "https://colab.research.google.com/github/ada/course/blob/main/a/b.ipynb"),
    ("https://github.com/ada/course.git/", "https://colab.research.google.com/github/ada/course/blob/main/a/b.ipynb"),
])
def test_colab_opens_a_notebook_from_a_public_repository_only(repository, link):
    assert colab_link(repository, "main", "a/b.ipynb") == link


@pytest.mark.parametrize(("remote", "address"), [
    ("https://github.com/ada/course.git", "https://github.com/ada/course"), ("git@github.com:ada/course.git", "https://github.com/ada/course"),
    ("https://user:token@github.com/ada/course", "https://github.com/ada/course"), ("https://gitlab.com/ada/course.git", ""),
    ("/srv/course.git", ""), (None, ""),
])
def test_the_repository_is_the_one_that_the_clone_came_from(tmp_path, remote, address):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    if remote:
        subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", remote], check=True)
    assert origin(tmp_path) == address


@pytest.mark.parametrize("repository", ["", "https://github.com/ada/course"])
def test_the_assignment_box(small_book, repository):
    site, complaints = small_book({**ASSIGNMENT, NOTEBOOK: released()}, assignment_repository=repository)
    assert complaints == ""
    page = (site / "chapters" / "03_convolution.html").read_text()
    assert "Assignment: Convolution" in page and "About 90 minutes, 6.5 points." in page and "Exercise 3.2: by loops" in page
    download = re.search(r'href="\.\./(_downloads/\w+/03_convolution\.ipynb)"', page)
    assert (site / download.group(1)).read_text() == released()
    assert ("Open in Colab" in page) is bool(repository)
    assert ('href="how_to.html#colab"' in page) is not bool(repository)
    assert ("github/ada/course/blob/main/chapters/assignments/03_convolution.ipynb" in page) is bool(repository)


def test_an_assignment_that_was_not_released_is_a_warning_and_no_box(small_book):
    site, complaints = small_book(ASSIGNMENT)
    assert "there is no assignments/03_convolution.ipynb; run `make release`" in complaints
    assert "Download" not in (site / "chapters" / "03_convolution.html").read_text()


@pytest.mark.parametrize(("text", "message"), [
    (notebook([{"cell_type": "code", "source": "### BEGIN HIDDEN TESTS\n", "metadata": {}}], title="T", minutes=1), "hidden tests"),
    (notebook([{"cell_type": "code", "source": ["x\n", "### BEGIN SOLUTION"], "metadata": {}}], title="T", minutes=1), "solutions"),
    (notebook([]), "no convgrade title"), ("not json", "not a released assignment"),
])
def test_a_notebook_with_secrets_is_never_handed_out(small_book, text, message):
    site, complaints = small_book({**ASSIGNMENT, NOTEBOOK: text})
    assert message in complaints and "make release" in complaints
    assert list(site.rglob("*.ipynb")) == []


# ------------------------------------------------------------------------------------------- numbers, freshness, mended pages
@pytest.mark.parametrize(("docname", "number"), [("chapters/03_convolution", 3), ("chapters/12_lenet", 12), ("chapters/index", None)])
def test_the_number_of_a_chapter(docname, number):
    assert chapter_number(docname) == number


def test_numbers_come_from_the_file_name(small_book):
    chapter = "# C\n\n$$\nx\n$$ (eq-x)\n\nSee {eq}`eq-x` and {ref}`fig`.\n\n(fig)=\n```{figure} cat.svg\n:alt: a cat\nCat.\n```\n"
    site, complaints = small_book({"chapters/07_c.md": chapter, "chapters/cat.svg": PICTURE, **HOW_TO})
    assert complaints == ""
    page = (site / "chapters" / "07_c.html").read_text()
    assert '<span class="section-number">7. </span>' in page and "(7.1)" in page and "Fig. 7.1" in page
    assert ">7. C<" in (site / "index.html").read_text()


def test_a_page_among_the_chapters_without_a_number_in_its_name_has_none(small_book):
    text = "# C\n\n## A part\n\n$$\nx\n$$ (eq-{0})\n\nSee {{eq}}`eq-{0}`.\n"
    site, complaints = small_book({"chapters/07_c.md": text.format("x"), "chapters/capstone_c.md": text.format("y"), **HOW_TO})
    assert complaints == ""
    page, before = ((site / "chapters" / f"{name}.html").read_text() for name in ("capstone_c", "07_c"))
    assert "<h1>C<" in page and "(1)" in page and ".1)" not in page
    assert '<span class="section-number">7. </span>' in before and "(7.1)" in before
    assert ">C<" in (site / "index.html").read_text()


def test_every_chapter_counts_its_equations_from_one_also_in_a_later_part(small_book):
    text = "# C\n\n$$\nx\n$$ (eq-{0})\n\n$$\ny\n$$ (eq-second-{0})\n\nSee {{eq}}`eq-second-{0}`.\n"
    names = ("03_a", "07_b", "capstone_c")
    files = {f"chapters/{name}.md": text.format(name) for name in names}
    site, complaints = small_book(files | HOW_TO, part=lambda name: 1 if "03_a" in name else 2)
    assert complaints == ""
    found = [re.findall(r"(?<=>)\([\d.]+\)", (site / "chapters" / f"{name}.html").read_text()) for name in names]
    assert found == [["(3.1)", "(3.2)", "(3.2)"], ["(7.1)", "(7.2)", "(7.2)"], ["(1)", "(2)", "(2)"]]


def test_a_changed_library_is_seen(tmp_path):
    (tmp_path / "conv.py").write_text("1")
    first = fingerprint(tmp_path)
    (tmp_path / "conv.py").write_text("2")
    assert fingerprint(tmp_path) != first
    (tmp_path / "conv.py").write_text("1")
    (tmp_path / "notes.txt").write_text("no code")
    assert fingerprint(tmp_path) == first


def test_a_changed_library_empties_the_cache_and_an_unchanged_one_does_not(small_book):
    files = {"chapters/a.md": "# A\n", "lib/convbook/conv.py": "1"}
    site, _ = small_book(files)
    kept = site.parent / ".jupyter_cache" / "executed"
    kept.mkdir()
    small_book(files)
    assert kept.is_dir()
    small_book({**files, "lib/convbook/conv.py": "2"})
    assert not kept.exists()


def test_mending(tmp_path):
    (tmp_path / "a.png").write_bytes(bytes(16) + (300).to_bytes(4, "big") + (200).to_bytes(4, "big"))
    page = ('<div role="list" class="citation-list"><div class="citation" role="doc-biblioentry"><a role="doc-backlink">1</a></div></div>'
            '<img alt="first" src="a.png" /><img alt="second" src="b.svg" /><img alt="third" src="a.png" width="5" />')
    mended = mend(page, tmp_path)
    assert "role=" not in mended
    assert '<img width="300" height="200" alt="first" src="a.png" />' in mended
    assert '<img loading="lazy" alt="second" src="b.svg" />' in mended
    assert '<img loading="lazy" alt="third" src="a.png" width="5" />' in mended
    assert mend(mended, tmp_path) == mended


def test_mathjax_comes_with_the_site(small_book):
    site, _ = small_book({"chapters/a.md": "# A\n"})
    folder = site / "_static" / "mathjax"
    assert {"startup.js", "core.js", "input", "output", "a11y"} == {path.name for path in folder.iterdir()}
    assert list(folder.glob("output/chtml/fonts/woff-v2/*.woff")) and (folder / "input" / "tex" / "extensions" / "ams.js").is_file()
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 3_000_000
    assert Path(folder / "ui").exists() is False
