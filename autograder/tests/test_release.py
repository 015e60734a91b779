"""Releasing: what students get, and which assignments are refused."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from convgrade.errors import ReleaseRefused, UnknownAssignment
from convgrade.notebook import Role
from convgrade.progress import Silent
from convgrade.release import failing_cells, release


@pytest.fixture
def solutions(tmp_path, source_path):
    folder = tmp_path / "solutions"
    folder.mkdir()
    shutil.copy(source_path, folder)
    return folder


def give_out(tmp_path, solutions, zip_to=None, stems=()):
    return release(tmp_path / "course", list(stems), solutions, tmp_path / "notebooks", zip_to, Silent())


def change(solutions, old, new):
    path = solutions / "00_mean.md"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_released_notebook_holds_stubs_and_visible_tests_only(tmp_path, solutions):
    result = give_out(tmp_path, solutions, tmp_path / "out" / "students.zip")
    assert [(one.assignment, one.points, one.unchanged) for one in result.released] == [("00_mean", 10, False)]
    text = (tmp_path / "notebooks" / "00_mean.ipynb").read_text()
    sources = ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
    assert any('raise NotImplementedError("Exercise 0.1: mean")' in one for one in sources)
    told = "not to be called in this exercise: `numpy.mean`, `numpy.average`, `statistics`."
    assert [told in one for one in sources if one.startswith("## Exercise")] == [True, False, False, False, False, False]
    for secret in ("BEGIN", "x.sum()", "range(2, p)", "6.25", "Because factorisations"):
        assert secret not in text, secret
    assert json.loads(text)["metadata"]["convgrade"]["exercises"]["mean"] == {"points": 2.0}
    record = json.loads((tmp_path / "course" / "source" / "00_mean" / "release.json").read_text())
    assert {name: calls for name, calls in record["handles"].items() if calls} == {"test_make_adder": ["make_adder"]}
    with zipfile.ZipFile(tmp_path / "out" / "students.zip") as archive:
        names = archive.namelist()
        assert {"assignments/00_mean.ipynb", "assignments/convbook/shapes.py", "requirements.txt"} <= set(names)
        assert not [name for name in names if "solutions" in name or "tests" in name]


def test_releasing_again_changes_no_byte_and_does_not_run_anything(tmp_path, solutions, monkeypatch):
    give_out(tmp_path, solutions)
    files = {path: path.read_bytes() for path in (tmp_path / "course").rglob("*.ipynb")}
    monkeypatch.setattr("convgrade.release.mark", None)
    assert give_out(tmp_path, solutions).released[0].unchanged
    assert files == {path: path.read_bytes() for path in (tmp_path / "course").rglob("*.ipynb")}
    other = tmp_path / "other"
    monkeypatch.undo()
    release(other, [], solutions, None, None, Silent())
    assert (other / "release/00_mean/00_mean.ipynb").read_bytes() == (tmp_path / "course/release/00_mean/00_mean.ipynb").read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("return x.sum() / len(x)", "return x.sum() / 2", r"the key fails test_mean \(failed"),
        ("assert abs(float(got) - 3.0) <= 1e-12", "assert mean(x)", "breaks a rule"),
        ("got = primes(10)\nassert list(got) == [2, 3, 5, 7], f\"primes below 10; you returned {got}\"", "right = 1.0\nfloat(right)",
         "the stub passes the visible part of test_primes"),
        ("  title: Small things\n", "", "lacks convgrade: title"),
        ("memory_mb: 400", "memory: 400", "unknown limit 'memory'"),
    ],
)  # fmt: skip
def test_an_assignment_that_deserves_no_release_is_refused_and_leaves_nothing(tmp_path, solutions, old, new, message):
    change(solutions, old, new)
    with pytest.raises(ReleaseRefused, match=message) as caught:
        give_out(tmp_path, solutions)
    assert caught.value.hint
    assert not list((tmp_path / "course").rglob("*.ipynb"))


def test_a_stub_that_scores_is_refused(tmp_path, solutions):
    change(solutions, "right = sum(list(primes(n)) == expected for n, expected in cases.items())", "right = 4")
    change(solutions, "got = primes(10)\nassert list(got) == [2, 3, 5, 7]", "try:\n    got = primes(10)\nexcept NotImplementedError:\n    got = 0\nassert got is not None")
    with pytest.raises(ReleaseRefused, match="the stub gets 4 points for test_primes"):
        give_out(tmp_path, solutions)


def test_an_unknown_stem_names_the_known_ones(tmp_path, solutions):
    with pytest.raises(UnknownAssignment, match="no assignment '99_x'") as caught:
        give_out(tmp_path, solutions, stems=["99_x"])
    assert "00_mean" in caught.value.hint
    with pytest.raises(UnknownAssignment, match="no assignment sources"):
        release(tmp_path / "course", [], tmp_path / "nowhere", None, None, Silent())


def test_the_key_runs_as_ordinary_python_in_the_time_that_the_assignment_gives(source):
    cell = next(cell for cell in source.cells if Role.of(cell).grade_id == "test_root")
    cell.source = "sum(range(10**8))\n" + cell.source
    source.metadata["convgrade"]["limits"]["cell_seconds"] = 0.5
    assert failing_cells(source) == ["test_root"]


def test_the_committed_notebooks_are_what_the_sources_give(tmp_path):
    root = Path(__file__).parents[2]
    release(tmp_path / "course", [], root / "solutions", tmp_path / "notebooks", None, Silent())
    committed = {path.name: path.read_text() for path in (root / "chapters" / "assignments").glob("*.ipynb")}
    assert committed == {path.name: path.read_text() for path in (tmp_path / "notebooks").glob("*.ipynb")}, "run `make release` and commit"
