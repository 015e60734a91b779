"""No solution, hidden test, mutant or alternative reaches the built site."""
import html
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", re.DOTALL)
SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)
MARKERS = ("### BEGIN HIDDEN TESTS", "### BEGIN SOLUTION")


def squeeze(text):
    return re.sub(r"\s+", "", text)


def secrets(root):
    """{secret without white space: where it is from}: lines of hidden tests that stand nowhere in public, whole solutions of three lines
    and more, names of mutants and alternatives."""
    public = squeeze("".join(path.read_text(encoding="utf-8") for folder, suffix in [("lib", "py"), ("chapters", "md"), ("chapters", "js")]
                             for path in sorted((root / folder).rglob(f"*.{suffix}"))))
    found = {}
    for source in sorted((root / "solutions").glob("*.md")):
        text = source.read_text(encoding="utf-8")
        visible = squeeze(SOLUTION.sub("", HIDDEN.sub("", text)))
        for line in "".join(HIDDEN.findall(text)).splitlines():
            if len(squeeze(line)) >= 30 and squeeze(line) not in public + visible:
                found[squeeze(line)] = f"hidden test of {source.name}"
        for body in SOLUTION.findall(text):
            if len(body.strip().splitlines()) >= 3 and squeeze(body) not in public:
                found[squeeze(body)] = f"solution of {source.name}"
    for kind in ("mutants", "alternatives"):
        for source in sorted((root / "solutions" / kind).glob("*.py")):
            for name in re.findall(r"^def (\w+__\w+)\(", source.read_text(encoding="utf-8"), re.MULTILINE):
                found[name] = f"{kind} of {source.name}"
    return found


def readable(path):
    """The text that a curious student finds in a file of the site, without white space; a page's highlighting is taken away."""
    raw = path.read_bytes().decode("utf-8", errors="replace")
    if path.suffix == ".ipynb":
        return squeeze("".join("".join(cell["source"]) for cell in json.loads(raw)["cells"])) + squeeze(raw)
    if path.suffix == ".html":
        return squeeze(html.unescape(re.sub(r"<[^>]*>", "", raw))) + squeeze(raw)
    return squeeze(raw)


def leaks(folder, known):
    """Every known secret in every file under the folder, as sentences."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in {".woff", ".woff2", ".png", ".ttf"}):
        if "mathjax" in path.parts or "vendor" in path.parts:
            continue
        text = readable(path)
        found += [f"{path.name} holds a {kind}: {secret[:60]}" for secret, kind in known.items() if secret in text]
        if path.suffix == ".ipynb":
            found += [f"{path.name} holds the marker {marker}" for marker in MARKERS if squeeze(marker) in text]
    return found


def test_the_site_holds_no_secret(site):
    known = secrets(ROOT)
    kinds = {kind.split(" of ")[0] for kind in known.values()}
    assert kinds == {"hidden test", "solution", "mutants", "alternatives"}, f"nothing to search for: only {kinds}"
    assert leaks(site, known) == []


def test_the_site_holds_no_sources(site):
    assert not (site / "_sources").exists()
    assert [path.name for path in site.rglob("*") if path.suffix in {".md", ".py"}] == []


@pytest.mark.parametrize(("name", "wrap"), [
    ("page.html", lambda line: "".join(f"<span class='n'>{html.escape(word)}</span> " for word in line.split(" "))),
    ("searchindex.js", lambda line: f"Search.setIndex({{'titles': '{line}'}})"),
    ("task.ipynb", lambda line: json.dumps({"cells": [{"source": ["first\n", line]}]})),
])
def test_a_planted_secret_is_found(tmp_path, name, wrap):
    for secret in ('assert abs(float(got[n // 2]) - expected) <= 1e-9, f"gradient of reading {n // 2}"', "conv2d__flips_the_kernel"):
        (tmp_path / name).write_text(wrap(secret), encoding="utf-8")
        assert len(leaks(tmp_path, {squeeze(secret): "test"})) == 1
