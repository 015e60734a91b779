"""`make count`: the numbers of the course come from its files."""
import importlib.util
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def counting():
    spec = importlib.util.spec_from_file_location("count_course", ROOT / ".ci" / "count.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_assignment_is_counted(counting, source_path, tmp_path):
    shutil.copy(source_path, tmp_path)
    for kind, names in {"mutants": ["mean__one", "mean__two", "root__three"], "alternatives": ["mean__other"]}.items():
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "00_mean.py").write_text("".join(f"def {name}(x):\n    return x\n\n\n" for name in names), encoding="utf-8")
    numbers = dict(zip(counting.COLUMNS, counting.count(tmp_path, "00_mean"), strict=True))
    assert numbers == {"exercises": 6, "questions": 1, "points": 12, "minutes": 10, "mutants": 3, "alternatives": 1}


def test_the_root_is_a_page_too(counting):
    toc = {"root": "index", "parts": [{"chapters": [{"file": "a"}, {"file": "b"}]}, {"chapters": [{"file": "c"}]}]}
    assert counting.pages(toc) == ["index", "a", "b", "c"]


def test_the_last_line_adds_up(counting, capsys):
    counting.main()
    header, *rows, total, pages = capsys.readouterr().out.splitlines()
    assert header.split() == list(counting.COLUMNS)
    columns = list(zip(*([int(number) for number in row.split()[1:]] for row in rows), strict=True))
    assert [int(number) for number in total.split()[1:]] == [sum(column) for column in columns]
    assert f"{len(rows)} of them chapters" in pages
