"""Every page of the built site, as readers meet it: from a folder and from a server, light and dark, large and small, by keyboard."""
import gzip
import re
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import axe_playwright_python
import pytest
import yaml
from bs4 import BeautifulSoup

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
AXE_OPTIONS = {             # preload would ask for the style sheets, which file:// refuses; colours can change one rule only
    "light": {"resultTypes": ["violations"], "preload": False},
    "dark": {"resultTypes": ["violations"], "preload": False, "runOnly": ["color-contrast"]},
}
EVERYTHING_BUT_GLYPHS = {"exclude": [["mjx-math"]]}         # an equation's drawing is hidden from screen readers, its MathML is not
TYPESET = "window.MathJax && MathJax.startup ? MathJax.startup.promise.then(() => true) : true"


ROOT = Path(__file__).resolve().parents[2]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
FILES = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
PAGES = sorted(f"{file}.html" for file in [*FILES, "search"])
INTERACTIVE = [f"{file}.html" for file in FILES if "```{interactive}" in (ROOT / f"{file}.md").read_text(encoding="utf-8")]
each_page = pytest.mark.parametrize("name", PAGES)          # one test a page: a slow page is named, and no test takes minutes


def written_pages(site):
    """The pages that were written for readers, as paths relative to the site; the front door only forwards."""
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html")
                  if "_static" not in path.parts and path != site / "index.html")


def visit(page, address):
    page.goto(address, wait_until="load")
    page.evaluate(TYPESET)


def test_every_page_of_the_site_is_tested(site):
    assert written_pages(site) == PAGES


@each_page
@pytest.mark.parametrize("origin", ["file", "server"])
def test_pages_open_without_errors_and_without_asking_any_other_host(page, site, server, origin, name):
    base = site.as_uri() if origin == "file" else server
    strangers, broken = [], []
    page.on("request", lambda request: None if request.url.startswith((base, "data:", "blob:")) else strangers.append(request.url))
    page.on("requestfailed", lambda request: None if "ERR_ABORTED" in request.failure else broken.append(request.url))   # left early
    page.on("response", lambda response: broken.append(f"{response.status} {response.url}") if response.status >= 400 else None)
    visit(page, f"{base}/{name}")
    assert page.locator("h1").count() >= 1, f"{name} has no heading"
    assert not strangers, f"requests to other hosts or folders: {strangers}"
    assert not broken, f"requests without an answer: {broken}"


def test_the_front_door_forwards_to_the_landing_page(page, site):
    page.goto((site / "index.html").as_uri())
    page.wait_for_url("**/chapters/index.html")
    assert "Convolutional networks" in page.locator(".bd-article h1").inner_text()


@each_page
def test_equations_are_typeset(page, site, name):
    visit(page, (site / name).as_uri())
    raw = page.locator(".bd-article .math").evaluate_all(
        "all => all.filter(e => !e.querySelector('mjx-container')).map(e => e.outerHTML)")
    assert not raw, f"{name} has equations that were not typeset: {raw[:3]}"
    assert page.locator("mjx-merror").count() == 0, f"{name}: MathJax could not read an equation"
    text = page.evaluate("""() => [...document.querySelectorAll('.bd-article')].map(article => {
        const copy = article.cloneNode(true);
        copy.querySelectorAll('pre, code, script, mjx-container').forEach(e => e.remove());
        return copy.textContent;
    }).join(' ')""")
    assert not re.search(r"\\\(|\\\[|\$\$|\\frac|\\sum", text), f"{name} shows raw TeX"
    assert page.locator("mjx-container").count() >= page.locator(".bd-article .math").count()


def test_equations_can_be_read_aloud(page, site):
    """Each typeset equation carries MathML for screen readers."""
    visit(page, (site / "chapters" / "notation.html").as_uri())
    assert page.locator("mjx-container").count() == page.locator("mjx-assistive-mml > math").count() > 0


@each_page
def test_dark_mode_is_dark(browser, site, name):
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    visit(page, (site / name).as_uri())
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in re.findall(r"\d+", colour)[:3]) < 80, f"{name} has a bright background in dark mode: {colour}"
    bare = page.locator(".bd-article img:not(.only-dark, .dark-light)").evaluate_all(
        "all => all.filter(i => getComputedStyle(i).backgroundColor !== 'rgb(255, 255, 255)').map(i => i.src)")
    assert not bare, f"{name}: dark lines on a dark page, the picture has no paper: {bare}"
    context.close()


@each_page
@pytest.mark.parametrize("width", [390, 768])
def test_no_page_scrolls_sideways(browser, site, width, name):
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    visit(page, (site / name).as_uri())
    wide = page.evaluate("""() => {
        const limit = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= limit) return [];
        return [...document.querySelectorAll('.bd-article *')].filter(e => e.getBoundingClientRect().right > limit + 1)
          .slice(0, 5).map(e => e.outerHTML.slice(0, 100));
    }""")
    assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width} pixels: {wide}"
    context.close()


def test_every_image_says_what_it_shows(site):
    from site_local.images import has_words
    for name in written_pages(site):
        for image in BeautifulSoup((site / name).read_text(encoding="utf-8"), "html.parser").find_all("img"):
            assert has_words(image.get("alt"), image["src"]), f"{name}: {image}"


@each_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser, site, scheme, name):
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    findings = []
    visit(page, (site / name).as_uri())
    page.evaluate(AXE)
    result = page.evaluate("([context, options]) => axe.run(context, options)", [EVERYTHING_BUT_GLYPHS, AXE_OPTIONS[scheme]])
    findings += [f"{name}: {rule['impact']}: {rule['help']}: {node['html'][:150]}" for rule in result["violations"]
                 if rule["impact"] in ("serious", "critical") for node in rule["nodes"]]
    context.close()
    assert not findings, "\n".join(findings)


def test_the_keyboard_reaches_the_text_and_the_controls(page, site):
    visit(page, (site / "chapters" / "notation.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main-content")
    names, outlines = [], []
    for _ in range(12):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim()"))
        outlines.append(page.evaluate("""(style => style.outlineStyle !== 'none' || style.boxShadow !== 'none')(
            getComputedStyle(document.activeElement))"""))
    assert "Color mode" in names, f"the colour switch is not near the top of the text: {names}"
    assert all(outlines), f"one cannot see where the keyboard is: {[n for n, seen in zip(names, outlines, strict=True) if not seen]}"
    page.locator(".theme-switch-button").first.focus()
    before = page.evaluate("document.documentElement.dataset.mode")
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.mode") != before


@each_page
def test_wide_equations_can_be_scrolled_with_the_keyboard(browser, site, name):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    visit(page, (site / name).as_uri())
    stuck = page.locator('.bd-article mjx-container[display="true"], .bd-article div.math').evaluate_all(
        "all => all.filter(e => e.scrollWidth > e.clientWidth + 1 && e.tabIndex !== 0).map(e => e.textContent.slice(0, 80))")
    assert not stuck, f"{name}: equations that the keyboard cannot scroll: {stuck}"
    context.close()


@each_page
def test_a_page_weighs_less_than_a_megabyte(browser, site, server, name):
    """What travels before the reader scrolls, compressed as public web servers do it, without the fonts of MathJax."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    weights = {}

    def weigh(response):
        body = response.body()
        compressible = response.headers.get("content-type", "").startswith(("text/", "application/json", "image/svg"))
        weights[response.url] = len(gzip.compress(body)) if compressible else len(body)

    page.on("response", lambda response: None if "/chtml/fonts/" in response.url else weigh(response))
    visit(page, f"{server}/{name}")
    page.wait_for_load_state("networkidle")
    context.close()
    heavy = sorted(weights.items(), key=lambda item: -item[1])[:4]
    assert sum(weights.values()) < 1_000_000, f"{name} weighs {sum(weights.values())} bytes, most of it {heavy}"


def test_links_inside_the_site_lead_somewhere(site):
    soups = {name: BeautifulSoup((site / name).read_text(encoding="utf-8"), "html.parser") for name in written_pages(site)}
    anchors = {name: {tag["id"] for tag in soup.find_all(id=True)} for name, soup in soups.items()}
    dead = []
    for name, soup in soups.items():
        for link in soup.select("a[href]"):
            target, anchor = urldefrag(urljoin(f"http://site/{name}", link["href"]))
            path = unquote(target.removeprefix("http://site/"))
            if target.startswith("http://site/") and not (
                    (site / path).is_file() and (not anchor or path not in anchors or unquote(anchor) in anchors[path])):
                dead.append(f"{name}: {link['href']}")
    assert not dead, f"links that lead nowhere: {dead}"


def test_search_finds_a_word(page, site):
    visit(page, (site / "search.html").as_uri() + "?q=padding")
    found = page.locator("#search-results li a[href*='notation']")
    found.first.wait_for()                              # results come one after the other
    assert found.count() >= 1


@pytest.mark.parametrize("name", INTERACTIVE)
def test_interactive_figures_leave_a_static_view_for_print_and_without_scripts(browser, site, name):
    tags = [box.find(True).name for box in BeautifulSoup((site / name).read_text(encoding="utf-8"), "html.parser").select(".interactive")]
    assert tags
    context = browser.new_context()
    page = context.new_page()
    visit(page, (site / name).as_uri())
    page.wait_for_function("document.querySelectorAll('.interactive-still').length === " + str(len(tags)))
    for still, live in zip(page.locator(".interactive-still").all(), page.locator(".interactive > :first-child").all(), strict=True):
        assert live.is_visible() and not still.is_visible()
    page.emulate_media(media="print")
    for still, live in zip(page.locator(".interactive-still").all(), page.locator(".interactive > :first-child").all(), strict=True):
        assert still.is_visible() and not live.is_visible(), f"{name}: printed without its static view"
        assert still.inner_text().strip() or still.locator("img").count()
    context.close()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / name).as_uri())
    for live in page.locator(".interactive > :first-child > *").all():
        assert live.is_visible(), f"{name}: nothing to see without scripts"
    context.close()
