"""What a student reads: points and reasons, no hidden test, nothing that runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from convgrade import feedback as verb
from convgrade import store
from convgrade.feedback import feedback
from convgrade.progress import Silent
from convgrade.result import CRASHED, FORBIDDEN, HARNESS_ERROR, OUT_OF_MEMORY, STATES, TIMEOUT


@pytest.fixture
def page(course, submit, marked, stem):
    """page(result) -> text of the page that the student gets."""

    def make(result=None, **options):
        result = result or marked("ada", **options)
        notebook, path = submit(result.student)
        store.save_result(course, result)
        store.commit(course, result, notebook, path)
        (written,) = feedback(course, [stem], [result.student], Silent()).pages
        assert written == course.feedback(result.student, stem)
        return written.read_text()

    return make


def test_each_part_with_points_and_reason(page):
    text = page(halve=1.5, messages={"halve": "half of 2 is 1; you returned 2"})
    assert re.findall(r"<h2>(.*?)</h2>", text) == ["Exercise 7.1: twice", "Exercise 7.2: half", "Question 7.3"]
    assert re.findall(r'class="points">(.*?)<', text) == ["3 of 3", "1.5 of 4", "- of 2"]
    assert "All checks passed." in text
    assert "Some checks passed." in text
    assert "The first check that failed says:" in text
    assert "half of 2 is 1; you returned 2" in text
    assert "4.5 of 9 points so far" in text
    assert "Not read yet." in text


def test_every_state_has_words():
    assert set(verb.WORDS) == set(STATES)


@pytest.mark.parametrize("state", [TIMEOUT, OUT_OF_MEMORY, CRASHED, FORBIDDEN, HARNESS_ERROR])
def test_states_are_said_in_words(page, state):
    text = page(halve=0, states={"halve": state}, messages={"halve": "more about it"})
    assert verb.WORDS[state][1].replace("'", "&#39;") in text
    assert ("more about it" in text) == (state != HARNESS_ERROR)


def test_what_the_teacher_alone_may_read_is_not_there(course, page, marked):
    result = marked("ada", halve=0, messages={"halve": "a hidden check failed: wrong for an odd number"})
    cells = [type(cell)(**{**vars(cell), "hidden": True, "detail": "SECRET input 1234567"}) for cell in result.cells]
    text = page(type(result)(**{**vars(result), "cells": tuple(cells)}))
    assert "A hidden check failed:" in text
    assert "wrong for an odd number" in text
    assert "a hidden check failed" not in text, "said twice"
    for secret in ("SECRET", "secret_case", "2468", "x + x", "undoes"):
        assert secret not in text


def test_whatever_a_student_wrote_is_escaped(page):
    evil = "<script>alert(1)</script>\x1b[31m\x00\u202e\udcff'\"&{{ 7*7 }}"
    text = page(halve=0, messages={"halve": evil}, repaired=(f"edited: {evil}",))
    assert "<script" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2
    assert "49" not in text
    assert not set("\x1b\x00\u202e") & set(text)


def test_a_flood_is_cut(page):
    assert len(page(halve=0, messages={"halve": "x" * 10**6})) < 30_000


def test_repaired_cells_are_named(page):
    assert "deleted: test_double" in page(repaired=("deleted: test_double",))


def test_the_persons_mark_and_comment_are_shown(course, page, stem, marked):
    from nbgrader.api import Gradebook

    page(halve=0)
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        for cell, score in (("explain", 1.5), ("test_halve", 2.5)):
            grade = gradebook.find_grade(cell, stem, stem, "ada")
            grade.manual_score, grade.needs_manual_grade = score, False
        gradebook.find_comment("explain", stem, stem, "ada").manual_comment = "Which one undoes <which>?"
        gradebook.db.commit()
    feedback(course, [], [], Silent())
    text = course.feedback("ada", stem).read_text()
    assert re.findall(r'class="points">(.*?)<', text) == ["3 of 3", "2.5 of 4", "1.5 of 2"]
    assert "Which one undoes &lt;which&gt;?" in text
    assert "A person has set the points." in text
    assert "7 of 9 points<" in text


def test_a_page_asks_no_other_host(page):
    text = page()
    assert not re.findall(r"(?:src|href)\s*=|@import|url\(", text)
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text


def test_without_a_marking_there_is_no_page_and_it_is_said(course, submit, stem):
    submit("ben")
    result = feedback(course, [stem], [], Silent())
    assert (result.pages, result.exit_code) == ((), 1)
    assert result.missing == ("ben, 07_tiny: not graded yet, run `convgrade grade`",)


def test_notes_for_the_exchange_lie_beside_the_page(course, page, stem, submit):
    page()
    folder = course.feedback("ada", stem).parent
    assert (folder / "timestamp.txt").read_text() == "2026-03-01 12:00:00 UTC"
    secret = (folder / "submission_secret.txt").read_text()
    assert len(secret) == 64
    feedback(course, [stem], [], Silent())
    assert (folder / "submission_secret.txt").read_text() == secret


def test_nbgrader_delivers_the_page_through_the_exchange(course, page, stem, tmp_path):
    text = page()
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run([sys.executable, "-m", "nbgrader", "release_feedback", stem], cwd=course.root, env={**os.environ, "PATH": path},
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert [one.read_text() for one in (course.root / "exchange" / "course" / "feedback").glob("*.html")] == [text]
