"""The book as PDF: `python _ext/pdf.py` builds all pages as one and lets Chromium print it to _build/book.pdf.

Without the network and without TeX: equations are set by the site's own MathJax, interactive figures by their static view. What paper
would cut off, and pictures that are missing, are named, and no PDF is made.
"""
import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
BUILD = ["jupyter-book", "build", ".", "--builder", "singlehtml", "-W", "-n", "--keep-going"]
WIDTH, SCALE = 174 / 25.4 * 96, 0.8                    # of the text on A4, in pixels; at this scale 86 letters of code fit a line
MARGIN = {"top": "18mm", "bottom": "20mm", "left": "18mm", "right": "18mm"}
PAGE_NUMBER = '<div style="font-size: 8px; width: 100%; text-align: center;"><span class="pageNumber"></span></div>'


FAULTS = """() => {
  const article = document.querySelector("article") || document.body, edge = article.getBoundingClientRect().right + 1, found = [];
  for (const element of article.querySelectorAll("*")) {
    const name = element.tagName.toLowerCase(), box = element.getBoundingClientRect();
    const words = (element.innerText || element.alt || "").trim().slice(0, 60);
    if (name === "img" && !(element.complete && element.naturalWidth)) found.push(`a picture is missing: ${element.getAttribute("src")}`);
    if (element.closest("mjx-assistive-mml, svg, span.math") || name.startsWith("mjx-") && name !== "mjx-math" || !box.width) continue;
    const hidden = getComputedStyle(element).overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1;
    if (box.right > edge || hidden) found.push(`${name} is too wide for the paper: ${words}`);
  }
  return found;
}"""


def open_page(browser, page_file):
    """The book as paper sees it, once its equations are set; answers that are folded on screen are open."""
    page = browser.new_page(color_scheme="light", viewport={"width": round(WIDTH / SCALE), "height": 1000})
    page.set_default_timeout(0)                        # a long book takes as long as it takes
    page.emulate_media(media="print")
    page.goto(page_file.as_uri(), wait_until="load")
    page.evaluate("MathJax.startup.promise.then(() => document.querySelectorAll('details').forEach(fold => fold.open = true))")
    return page


def print_page(page, pdf):
    """Print an open page to a PDF with page numbers and an outline."""
    page.pdf(path=pdf, format="A4", scale=SCALE, margin=MARGIN, print_background=True, display_header_footer=True,
             header_template="<div></div>", footer_template=PAGE_NUMBER, tagged=True, outline=True)


def main():
    tool = Path(sys.executable).with_name(BUILD[0])
    built = subprocess.run([tool, *BUILD[1:]], cwd=ROOT, check=False)
    if built.returncode:
        return built.returncode
    folder, pdf = ROOT / "_build" / "singlehtml", ROOT / "_build" / "book.pdf"
    page_file = shutil.copy(folder / "chapters" / "index.html", folder / "book.html")       # its links begin at the top folder
    with sync_playwright() as playwright:
        as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--disable-gpu", *as_root])
        page = open_page(browser, page_file)
        faults = page.evaluate(FAULTS)
        if not faults:
            print_page(page, pdf)
        browser.close()
    if faults:
        print("\n".join(faults), file=sys.stderr)
        return 1
    print(f"the book as PDF: {pdf}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
