"""The gate opens for a sound assignment and names every way in which one is not."""

import shutil

import pytest

from convgrade.assignment import read_variants
from convgrade.check import check
from convgrade.progress import Silent

MUTANTS = '''"""Wrong answers."""
import numpy as np


def _helper(x):
    return len(x)


def mean__forgets_to_divide(x):
    return x.sum()


def mean__divides_by_three(x):
    return x.sum() / (3 * _helper(x) / len(x))


def mean__calls_the_forbidden(x):
    return np.mean(x) + 1


def root__passes_by_accident(x):
    """Not a mutant at all."""
    if x < 0:
        raise ValueError
    return x ** 0.5


def primes__recursive(n):
    return [] if n < 3 else primes__recursive(n - 1) + [n]
'''
ALTERNATIVES = "def mean__wrong(x):\n    return 0.0\n\n\ndef ghost__what(x):\n    return x\n"


@pytest.fixture
def solutions(tmp_path, source_path):
    folder = tmp_path / "solutions"
    (folder / "mutants").mkdir(parents=True)
    (folder / "alternatives").mkdir()
    shutil.copy(source_path, folder)
    (folder / "mutants" / "00_mean.py").write_text(MUTANTS)
    (folder / "alternatives" / "00_mean.py").write_text(ALTERNATIVES)
    return folder


def test_variants_become_whole_cells(solutions):
    variants = read_variants(solutions / "mutants" / "00_mean.py")
    assert [(one.name, one.exercise) for one in variants] == [
        ("mean__forgets_to_divide", "mean"), ("mean__divides_by_three", "mean"), ("mean__calls_the_forbidden", "mean"), ("root__passes_by_accident", "root"), ("primes__recursive", "primes"),
    ]  # fmt: skip
    assert variants[0].source == "import numpy as np\n\n\ndef mean(x):\n    return x.sum()"
    assert variants[1].source.startswith("import numpy as np\n\n\ndef _helper(x):\n    return len(x)\n\n\ndef mean(x):")
    assert variants[4].source.endswith("return [] if n < 3 else primes(n - 1) + [n]")


def test_a_key_that_fails_and_a_stub_that_scores_close_the_gate(solutions):
    path = solutions / "00_mean.md"
    text = path.read_text().replace("return x.sum() / len(x)", "return x.sum() / 2")
    path.write_text(text.replace("right = sum(list(primes(n)) == expected for n, expected in cases.items())", "right = 1.0")
                        .replace("got = primes(10)\n", "try:\n    got = primes(10)\nexcept NotImplementedError:\n    got = [2, 3, 5, 7]\n"))  # fmt: skip
    verdict = check([], solutions, 2, Silent()).assignments[0]
    assert (verdict.key, verdict.stub) == (5.0, 1.0)
    told = "\n".join(verdict.problems)
    assert "the key gets 5 of 10 points: test_mean: the mean of 1, 2, 6 is 3; you returned 4.5; test_primes" in told
    assert "the stub gets 1 points" in told


def test_every_weakness_is_named(solutions):
    verdict = check([], solutions, 2, Silent()).assignments[0]
    assert not verdict.ok
    assert (verdict.key, verdict.stub, verdict.max_score) == (10.0, 0.0, 10.0)
    assert verdict.mutants["mean__forgets_to_divide"] == {"lost": ["mean"]}
    told = "\n".join(verdict.problems)
    assert "mutant root__passes_by_accident loses nothing; it must lose root alone" in told
    assert "alternative mean__wrong gets 8 of 10 points: test_mean: the mean of 1, 2, 6 is 3" in told
    assert "mean has 3 mutants; at least 4 are needed" in told
    assert "mutant mean__calls_the_forbidden falls to a forbidden call" in told
    assert "alternatives of 'ghost', which is no exercise" in told


def test_a_mutant_is_not_held_against_an_exercise_that_builds_on_its_own(solutions):
    path = solutions / "00_mean.md"
    text = path.read_text()
    path.write_text(text.replace("return x ** 0.5\n", "return float(mean(np.array([x, x]))) ** 0.5\n"))
    lost = check([], solutions, 2, Silent()).assignments[0].mutants["mean__forgets_to_divide"]["lost"]
    assert lost == ["mean", "root"]
    path.write_text(path.read_text().replace("root: {points: 1}", "root: {points: 1, builds_on: [mean]}"))
    verdict = check([], solutions, 2, Silent()).assignments[0]
    assert verdict.key == 10.0
    assert verdict.mutants["mean__forgets_to_divide"] == {"lost": ["mean"]}
    assert verdict.mutants["root__passes_by_accident"] == {"lost": []}    # its own test still judges it
