"""The book as PDF, on a small book: all pages in one, equations set, and a printed file of pages."""
import importlib.util
import re
from pathlib import Path

import pytest

EXT = Path(__file__).resolve().parents[1]
CHAPTER = """# Chapter

$$
x^2
$$

```{exercise}
Square it.
```

```{interactive} two-boxes
:alt: Move a box over another.

Still picture.
```
"""


@pytest.fixture
def pdf():
    spec = importlib.util.spec_from_file_location("pdf", EXT / "pdf.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def long_page(small_book):
    files = {"chapters/03_a.md": CHAPTER, "chapters/figures/two-boxes.js": "1;"}
    folder, complaints = small_book(files, builder="singlehtml", extensions=["myst_nb", "sphinx_exercise", "site_local"])
    assert complaints == ""
    return folder / "index.html"


def test_one_long_page_holds_every_kind_of_node(long_page):
    text = long_page.read_text(encoding="utf-8")
    assert "Square it." in text and re.search(r"<two-boxes [^>]*>\s*<p>Still picture", text) and "mathjax/startup.js" in text


def test_printing_makes_a_pdf_with_the_folded_answers_open(browser, pdf, tmp_path):
    page_file = tmp_path / "book.html"
    answer = "".join(f"<p>answer {i}</p>" for i in range(200))
    scripts = "<script>window.MathJax = {startup: {promise: Promise.resolve()}}</script>"
    sizes = []
    for content in (answer, ""):
        page_file.write_text(f"<h1>Book</h1>{scripts}<details><summary>Answers</summary>{content}</details>", encoding="utf-8")
        page = pdf.open_page(browser, page_file)
        pdf.print_page(page, tmp_path / "book.pdf")
        page.close()
        printed = (tmp_path / "book.pdf").read_bytes()
        assert printed.startswith(b"%PDF-")
        sizes.append(len(re.findall(rb"/Type /Page\b", printed)))
    assert sizes[0] > sizes[1] == 1


def test_what_paper_would_cut_off_is_named(browser, pdf, tmp_path):
    scripts = "<script>window.MathJax = {startup: {promise: Promise.resolve()}}</script>"
    fits = "<p>short</p><pre>x = 1</pre><div style='width: 90%'>wide but fits</div>"
    faulty = {"<pre style='overflow: auto; width: 300px; white-space: pre'>" + "x" * 90 + "</pre>": "pre is too wide for the paper: xxxxxx",
              "<table><td style='min-width: 2000px'>far away</td></table>": "table is too wide for the paper: far away",
              "<img src='nowhere.png' alt='cup'>": "a picture is missing: nowhere.png"}
    for content, said in {fits: None, **faulty}.items():
        (tmp_path / "book.html").write_text(f"{scripts}<article>{content}</article>", encoding="utf-8")
        page = pdf.open_page(browser, tmp_path / "book.html")
        found = page.evaluate(pdf.FAULTS)
        page.close()
        assert any(line.startswith(said) for line in found) if said else found == [], content
