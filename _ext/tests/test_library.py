"""The page of the library against the library: nothing is missing, nothing is said twice, and it can be read."""
import inspect
import re
from collections import Counter
from pathlib import Path

import axe_playwright_python
import pytest
from bs4 import BeautifulSoup
from site_local import library
from site_local.docstrings import SENTENCE

from convbook import analyse, augment, data, gradcheck, init, numpy_nn, shapes, train
from convbook.numpy_nn import functions, loops, optim

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
NAME = "chapters/library.html"
PAGE = "# Library\n\n```{library-index}\n```\n\n## Sums\n\n```{library} convbook.numpy_nn.linear convbook.gradcheck\n```\n"


def public():
    """{name on the page: thing}, found without the extension: what the namespaces export."""
    found = {name: getattr(numpy_nn, name) for name in numpy_nn.__all__}
    found |= {name: value for name, value in vars(functions).items() if inspect.isfunction(value)}
    for module in (analyse, augment, data, optim, optim.lr_scheduler, train):
        short = module.__name__.removeprefix("convbook.").removeprefix("numpy_nn.")
        found |= {f"{short}.{name}": getattr(module, name) for name in module.__all__}
    for module in (gradcheck, init, loops, shapes):
        found |= {f"{module.__name__.rpartition('.')[2]}.{name}": value for name, value in vars(module).items()
                  if str(getattr(value, "__module__", "")).startswith(module.__name__) and not name.startswith("_")}
    return {name: value for name, value in found.items()
            if not inspect.ismodule(value) and getattr(value, "__module__", "convbook").startswith("convbook")}


PUBLIC = public()


def bare(text):
    """Text without what typesetting changes: spaces, quotation marks, backticks, dashes, dots."""
    return re.sub(r"[\s`'\"“”‘’…–—.-]", "", text)


@pytest.fixture(scope="module")
def soup(site):
    return BeautifulSoup((site / NAME).read_text(encoding="utf-8"), "html.parser")


def test_there_is_something_to_look_for():
    assert len(PUBLIC) > 200 and {"conv2d", "conv2d_backward", "Conv2d", "Sequential", "Tensor", "optim.SGD", "init.kaiming", "data.digits",
                                  "augment.flip", "train.fit", "loops.conv2d", "gradcheck.verdict"} <= PUBLIC.keys()


def what_is_wrong(name, value, soup):
    """In words, or "" if an entry says all that the library says."""
    head = soup.find(id=name)
    if head is None:
        return "not on the page; name its module in a {library} directive of chapters/library.md"
    signature, text = (head.summary, head) if head.name == "details" else (head, head.find_next_sibling("dd"))
    signature, text = signature.get_text(), bare(text.get_text())
    if not callable(value):
        return "" if bare(repr(value)) in text else "its value is not shown"
    missing = [str(parameter) for parameter in inspect.signature(value).parameters.values()
               if bare(str(parameter.replace(annotation=inspect.Parameter.empty))) not in bare(signature)]
    if missing or not bare(signature).startswith(bare(name)):
        return f"the signature is {signature}, it lacks {missing}"
    paragraphs = re.split(r"\n\s*\n", inspect.getdoc(value))
    return "".join(f"its docstring lacks {paragraph!r}" for paragraph in paragraphs if bare(paragraph) not in text)


def test_every_name_is_on_the_page_with_its_signature_and_its_docstring(soup):
    wrong = {name: what_is_wrong(name, value, soup) for name, value in PUBLIC.items()}
    assert not any(wrong.values()), "\n".join(f"{name}: {words}" for name, words in wrong.items() if words)


def test_anchors_are_unique(soup):
    twice = [name for name, count in Counter(tag["id"] for tag in soup.find_all(id=True)).items() if count > 1]
    assert not twice
    assert {heading.get_text() for heading in soup.select("dt.sig .sig-name")} >= {"conv2d", "kaiming", "SGD"}


def test_nothing_is_shown_twice(soup):
    heads = [re.sub(r"\s", "", head.get_text()) for head in soup.select("dt.sig, .library-fold > summary")]
    assert len(heads) == len(set(heads)) > 200


def test_the_backward_function_is_folded_right_below(soup):
    for name in (name for name in PUBLIC if name.endswith("_backward")):
        fold = soup.find(id=name)
        assert fold.name == "details" and fold.find_parent("dl", class_="py").dt["id"] == name.removesuffix("_backward")


@pytest.mark.parametrize(("name", "engines"), [
    ("conv2d", "NumPy, torch"), ("Conv2d", "NumPy, torch, written out"), ("loops.conv2d", "NumPy"),
    ("optim.SGD", "NumPy, torch, written out"), ("init.kaiming", ""),
])
def test_badges_say_which_engine_has_it(soup, name, engines):
    assert ", ".join(badge.get_text() for badge in soup.find(id=name).select(".engine")) == engines


def test_shapes_chapters_and_names(soup):
    conv2d = soup.find(id="conv2d").find_next_sibling("dd")
    arguments = {term.get_text(): definition.get_text() for term, definition in
                 zip(conv2d.dl.find_all("dt"), conv2d.dl.find_all("dd"), strict=True)}
    assert arguments["weight"].split(")")[0] == "(F, C // groups, KH, KW" and arguments["returns"].strip() == "(N, F, OH, OW)"
    links = {link.get_text(): link["href"] for link in conv2d.select(":scope > p.source a")}
    assert links == {"Chapter 3": "03_convolution.html", "conv2d_backward": "#conv2d_backward"}
    assert "Raises TypeError" in conv2d.select_one("p.raises").get_text()


def test_the_example_gives_the_same_losses_on_all_engines(soup):
    losses = re.findall(r"convbook\.\S+ +(.*)", soup.select_one(".cell_output").get_text())
    assert len(losses) == 3 and len(set(losses)) == 1


def test_the_page_is_light(site):
    assert (site / NAME).stat().st_size < 1_000_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_folds_open_fit_a_phone_and_axe_finds_nothing_serious(browser, site, scheme):
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    page.goto((site / NAME).as_uri() + "#conv2d_backward")
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.evaluate(AXE)
    result = page.evaluate("axe.run({include: [['#convolution'], ['#the-tape']]}, {resultTypes: ['violations'], preload: false})")
    context.close()
    findings = [f"{rule['help']}: {node['html'][:150]}" for rule in result["violations"] if rule["impact"] in ("serious", "critical")
                for node in rule["nodes"]]
    assert not findings, "\n".join(findings)


def test_a_link_to_a_folded_function_opens_it(page, site):
    page.goto((site / NAME).as_uri() + "#conv2d_backward")
    assert page.locator("#conv2d_backward").evaluate("fold => fold.open") and page.locator("#conv2d_backward p").first.is_visible()
    page.evaluate("location.hash = '#max_pool2d_backward'")
    page.wait_for_function("document.getElementById('max_pool2d_backward').open")


@pytest.mark.parametrize("word", ["conv2d", "kaiming_normal"])
def test_search_leads_to_the_function(page, site, word):
    page.goto((site / "search.html").as_uri() + f"?q={word}")
    page.wait_for_selector("#search-results li a[href*='library.html#']")
    first = page.locator("#search-results li a[href*='library.html#']").first.get_attribute("href")
    assert first.endswith(word)


# ---------------------------------------------------------------------------------------------------- on a small book
def test_what_no_directive_names_gets_a_section_of_its_own(small_book):
    rest = "\n```{library-rest} convbook.numpy_nn\n```\n"
    site, complaints = small_book({"chapters/a.md": PAGE + rest})
    assert complaints == ""
    soup = BeautifulSoup((site / "chapters" / "a.html").read_text(), "html.parser")
    assert {"linear", "gradcheck.verdict", "conv2d", "Conv2d", "Sequential", "Tensor"} <= {head["id"] for head in soup.select("dt.sig")}
    assert "Convolution by matrix products" in [heading.get_text().strip("¶") for heading in soup.find_all("h3")]
    assert soup.select_one("dl.library-index a[href='#conv2d']")


def test_chapters_that_do_not_exist_are_plain_text_and_pages_can_link_here(small_book):
    other = "# C\n\nSee {py:obj}`convbook.numpy_nn.linear_backward`.\n"
    site, complaints = small_book({"chapters/a.md": PAGE, "chapters/07_back.md": other}, nitpicky=True)
    assert complaints == ""
    soup = BeautifulSoup((site / "chapters" / "a.html").read_text(), "html.parser")
    assert "Chapter 2; backward: linear_backward." in soup.find(id="linear").find_next_sibling("dd").get_text()
    assert [link.get_text() for link in soup.find(id="linear_backward").select("a[href='07_back.html']")] == ["Chapter 7"]
    assert 'href="a.html#linear_backward"' in (site / "chapters" / "07_back.html").read_text()


@pytest.mark.parametrize(("page", "message"), [
    ("# A\n\n```{library} convbook.no_such_module\n```\n", "convbook.no_such_module cannot be imported"),
    ("# Linear\n\n(linear)=\n## B\n\n```{library} convbook.numpy_nn.linear\n```\n", "the anchor linear is taken"),
])
def test_mistakes_are_named(small_book, page, message):
    assert message in small_book({"chapters/a.md": page})[1]


def test_a_function_without_a_docstring_is_a_warning(small_book, monkeypatch):
    monkeypatch.setattr(gradcheck.verdict, "__doc__", None)
    assert "convbook.gradcheck.verdict has no docstring" in small_book({"chapters/a.md": PAGE})[1]


def test_names_come_from_all_or_from_what_the_package_exports():
    assert library.public_names(numpy_nn.tape) == ["Tensor", "Parameter", "cat", "no_grad"]
    assert "ModuleType" not in library.public_names(numpy_nn) and "conv2d" in library.public_names(numpy_nn)
    assert SENTENCE.split("Ba et al. Four. Raises X.") == ["Ba et al. Four.", "Raises X."]
