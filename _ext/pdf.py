"""The book as PDF: `python _ext/pdf.py` builds all pages as one and lets Chromium print it to _build/book.pdf.

Without the network and without TeX: equations are set by the site's own MathJax, interactive figures by their static view.
"""
import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
BUILD = ["jupyter-book", "build", ".", "--builder", "singlehtml", "-W", "-n", "--keep-going"]
MARGIN = {"top": "18mm", "bottom": "20mm", "left": "18mm", "right": "18mm"}
PAGE_NUMBER = '<div style="font-size: 8px; width: 100%; text-align: center;"><span class="pageNumber"></span></div>'


def print_page(browser, page_file, pdf):
    """Print one HTML file to a PDF with page numbers and an outline; answers that are folded on screen are open."""
    page = browser.new_page(color_scheme="light")
    page.goto(page_file.as_uri(), wait_until="load")
    page.evaluate("MathJax.startup.promise.then(() => document.querySelectorAll('details').forEach(fold => fold.open = true))")
    page.pdf(path=pdf, format="A4", margin=MARGIN, print_background=True, display_header_footer=True, header_template="<div></div>",
             footer_template=PAGE_NUMBER, tagged=True, outline=True)
    page.close()


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
        print_page(browser, page_file, pdf)
        browser.close()
    print(f"the book as PDF: {pdf}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
