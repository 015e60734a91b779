"""The book as a whole: its order, its assignments, its words."""
import re
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
ORDER = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
STEMS = sorted(path.stem for path in (ROOT / "solutions").glob("*.md"))


def soup(site, name):
    return BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def test_every_chapter_of_an_assignment_is_in_the_book_in_the_order_of_the_numbers():
    chapters = [file.removeprefix("chapters/") for file in ORDER if re.match(r"chapters/(\d\d|capstone)_", file)]
    assert sorted(chapters) == STEMS
    numbered = [stem for stem in chapters if stem[0].isdigit()]
    assert numbered == sorted(numbered)


def test_previous_and_next_follow_the_table_of_contents(site):
    for place, file in enumerate(ORDER):
        page = soup(site, file)
        for css, there in ((".left-prev", place - 1), (".right-next", place + 1)):
            links = [(site / file).parent.joinpath(link["href"]).resolve() for link in page.select(f"a{css}")]
            expected = [(site / f"{ORDER[there]}.html").resolve()] if 0 <= there < len(ORDER) else []
            assert links == expected, f"{file}, {css}"


@pytest.mark.parametrize("stem", STEMS)
def test_a_chapter_hands_out_its_assignment(site, stem):
    box = soup(site, f"chapters/{stem}").select_one(".admonition.assignment")
    assert box, f"{stem} has no assignment box"
    links = {link.get_text(strip=True): link["href"] for link in box.select("a")}
    notebook = (site / "chapters" / links["Download the notebook"]).resolve()
    assert notebook.read_bytes() == (ROOT / "chapters" / "assignments" / f"{stem}.ipynb").read_bytes()
    assert any("Colab" in text for text in links), links


def test_search_finds_every_term_in_the_glossary(page, site):
    terms = [term.find(string=True, recursive=False).strip() for term in soup(site, "chapters/glossary").select("dl.glossary dt")]
    assert len(terms) == len(set(terms)) > 20
    missed = []
    for term in terms:
        page.goto((site / "search.html").as_uri() + f"?q={quote(term)}")
        page.wait_for_selector("#search-results .search-summary:has-text('found')")
        if not page.locator("#search-results li a[href*='glossary']").count():
            missed.append(term)
    assert not missed, f"search does not lead to the glossary for {missed}"
