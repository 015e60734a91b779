"""Wrong use: exit code 2, a message that names the value, a hint that names the remedy; nothing is made or changed."""

import json

import pytest


@pytest.mark.parametrize("verb", ["grade", "feedback", "report", "sample-class"])
def test_a_folder_that_is_no_course(run_here, one_line, tmp_path, verb):
    code, out, errors = run_here(verb, "--course", tmp_path / "nowhere")
    assert (code, out) == (2, "")
    assert f"{tmp_path}/nowhere is not a course" in one_line(errors)
    assert "hint: name the course with --course DIR" in one_line(errors)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("verb", ["grade", "feedback", "report"])
def test_an_unknown_assignment(run_here, one_line, course, verb):
    code, _, errors = run_here(verb, "99_nothing", "--course", course.root)
    assert code == 2
    assert "no assignment '99_nothing'" in one_line(errors)
    assert "released are: 00_mean" in one_line(errors)


@pytest.mark.parametrize("verb", ["release", "check"])
def test_an_unknown_source(run_here, one_line, tmp_path, source_path, verb):
    code, _, errors = run_here(verb, "99_nothing", "--course", tmp_path / "course", "--solutions", source_path.parent)
    assert code == 2
    assert "no assignment '99_nothing'" in one_line(errors)
    assert "there are: 00_mean" in one_line(errors)


@pytest.mark.parametrize("name", ["a/b", "../ada", "ada smith", "", "-x", "é"])
def test_an_impossible_student(run_here, one_line, course, name):
    code, _, errors = run_here("grade", "--course", course.root, f"--student={name}")
    assert code == 2
    assert f"the student name {name!r}" in one_line(errors)
    assert "rename the folder under submitted/" in one_line(errors)


def test_a_student_who_has_submitted_nothing(run_here, one_line, course):
    code, _, errors = run_here("grade", "--course", course.root, "--student", "zoe")
    assert code == 2
    assert "'zoe' has submitted nothing" in one_line(errors)


def test_errors_are_json_where_results_would_be(run_here, tmp_path):
    code, out, errors = run_here("grade", "--course", tmp_path, "--json")
    assert (code, errors) == (2, "")
    assert set(json.loads(out)) == {"error", "hint"}


def test_without_bubblewrap_grading_says_how_to_get_it(run_here, one_line, course, hand_in, programs_without_bubblewrap):
    hand_in("ada")
    code, _, errors = run_here("grade", "--course", course.root, PATH=programs_without_bubblewrap)
    assert code == 2
    assert "bubblewrap (bwrap) is not installed" in one_line(errors)
    assert "hint:" in errors and "apt" in errors
    assert not (course.root / "results").exists()
