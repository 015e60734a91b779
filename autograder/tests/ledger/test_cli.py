"""The command line: arguments, exit codes, JSON as documented, one place that prints."""

import json

import pytest
from typer.testing import CliRunner

from convgrade import cli
from convgrade.errors import ConvgradeError, SandboxMissing
from convgrade.result import HARNESS_ERROR, NOT_GRADED, AssignmentCheck, CheckResult, GradeResult, ReleasedAssignment, ReleaseResult

VERBS = ["release", "grade", "check", "feedback", "report", "sample-class"]


@pytest.fixture
def call(monkeypatch):
    """call(verb_module, function, answer, *arguments): run the command line with one verb replaced by `answer` or by raising it."""
    import importlib

    def make(module, function, answer, *arguments):
        seen = []

        def verb(*positional, **named):
            seen.append((positional, named))
            if isinstance(answer, BaseException):
                raise answer
            return answer

        monkeypatch.setattr(importlib.import_module(f"convgrade.{module}"), function, verb)
        monkeypatch.setenv("COLUMNS", "200")
        return CliRunner().invoke(cli.main, [str(one) for one in arguments]), seen

    return make


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_takes_course_and_json_after_it(verb):
    text = CliRunner().invoke(cli.main, [verb, "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    assert "--course" in text
    assert "--json" in text


def test_help_is_quick_because_nothing_heavy_is_loaded():
    import subprocess
    import sys

    code = "import sys, convgrade.cli; print([m for m in ('nbgrader', 'numpy', 'torch', 'nbformat', 'jinja2') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_grade_prints_the_documented_json(call, course, marked, stem):
    result = marked("ada", halve=1.5, repaired=("deleted: test_double",), seconds=1.9)
    done, _ = call("grade", "grade", GradeResult((result,)), "grade", "--course", course.root, "--json")
    (one,) = json.loads(done.stdout)["results"]
    assert done.exit_code == 0
    for key, value in {"assignment": stem, "student": "ada", "state": "graded", "score": 4.5, "max_score": 7.0,
                       "repaired": ["deleted: test_double"], "seconds": 1.9}.items():
        assert one[key] == value
    for key, value in {"grade_id": "test_halve", "state": "failed", "points": 1.5, "max_points": 4.0, "message": "halve is not right yet"}.items():
        assert one["cells"][1][key] == value


def test_grade_prints_a_table_that_says_what_happened(call, course, marked):
    lost = marked("ben", 0, 0, states={"halve": "timeout"}, repaired=("deleted: a", "deleted: b"), sandboxed=False)
    bad = marked("cy", state=NOT_GRADED, message="is empty (0 bytes)", hint="ask again")
    done, _ = call("grade", "grade", GradeResult((marked("ada"), lost, bad)), "grade", "--course", course.root)
    assert done.exit_code == 1
    assert "failed: double; timeout: halve; 2 repairs (deleted: a, ...); no sandbox" in done.stdout
    assert "not graded: is empty (0 bytes) (ask again)" in done.stdout
    assert "2 of 3 graded; look at: cy 07_tiny" in done.stdout


def test_a_cell_that_could_not_be_marked_is_exit_code_1(call, course, marked):
    done, _ = call("grade", "grade", GradeResult((marked("ada", halve=0, states={"halve": HARNESS_ERROR}),)), "grade", "--course", course.root)
    assert done.exit_code == 1
    assert "harness_error: halve" in done.stdout


def test_what_a_student_wrote_cannot_paint_the_table(call, course, marked):
    bad = marked("ada", state=NOT_GRADED, message="[bold]x[/nonsense] \x1b[31m \udcff", hint="")
    for options in ([], ["--json"]):
        done, _ = call("grade", "grade", GradeResult((bad,)), "grade", "--course", course.root, *options)
        assert done.exit_code == 1
        assert "\x1b" not in done.stdout
        assert "[bold]x[/nonsense]" in done.stdout


def test_arguments_arrive(call, course):
    _, ((positional, named),) = call("grade", "grade", GradeResult(()), "grade", "a", "b", "--student", "x", "--student", "y", "--jobs", "3",
                                     "--no-sandbox", "--course", course.root)
    assert positional[1:] == (["a", "b"], ["x", "y"])
    assert (named["jobs"], named["sandbox"]) == (3, False)


@pytest.mark.parametrize(("error", "code"), [(ConvgradeError("it broke", "mend it"), 1), (SandboxMissing("no sandbox", "install it"), 2)])
def test_errors_have_a_message_a_hint_and_a_code(call, course, error, code):
    done, _ = call("grade", "grade", error, "grade", "--course", course.root)
    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr == f"error: {error.message}\nhint:  {error.hint}\n"
    done, _ = call("grade", "grade", error, "grade", "--course", course.root, "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (code, {"error": error.message, "hint": error.hint})


def test_a_fault_of_ours_shows_no_traceback_unless_asked(call, course, monkeypatch):
    done, _ = call("grade", "grade", KeyError("boom"), "grade", "--course", course.root)
    assert done.exit_code == 1
    assert done.stderr.startswith("error: unexpected KeyError: 'boom'\nhint:  this is a fault of convgrade; set CONVGRADE_DEBUG=1")
    assert "Traceback" not in done.stderr
    monkeypatch.setenv("CONVGRADE_DEBUG", "1")
    done, _ = call("grade", "grade", KeyError("boom"), "grade", "--course", course.root)
    assert "Traceback" in done.stderr


def test_ctrl_c_is_130_and_says_how_to_go_on(call, course):
    done, _ = call("grade", "grade", KeyboardInterrupt(), "grade", "--course", course.root)
    assert done.exit_code == 130
    assert "the same command again does the rest" in done.stderr


def test_check_prints_the_documented_json(call):
    one = AssignmentCheck("03", 9.0, 9.0, 0.0, {"f__x": {"lost": ["f"]}}, {"f__y": 9.0}, ())
    done, _ = call("check", "check", CheckResult((one,)), "check", "--json")
    (found,) = json.loads(done.stdout)["assignments"]
    assert done.exit_code == 0
    assert {key: found[key] for key in ("assignment", "key", "stub", "mutants", "alternatives", "ok")} == {
        "assignment": "03", "key": 9.0, "stub": 0.0, "mutants": {"f__x": {"lost": ["f"]}}, "alternatives": {"f__y": 9.0}, "ok": True}


def test_a_closed_gate_is_exit_code_1_and_named(call):
    one = AssignmentCheck("03", 9.0, 9.0, 0.0, problems=("f__x passes",))
    done, _ = call("check", "check", CheckResult((one,)), "check")
    assert done.exit_code == 1
    assert "closed" in done.stdout
    assert "03: f__x passes" in done.stdout


def test_release_prints_what_went_out(call, tmp_path):
    one = ReleasedAssignment("03", "Convolution", 18.0, {"conv2d": 5.0}, False)
    done, _ = call("release", "release", ReleaseResult((one,)), "release", "--course", tmp_path)
    assert done.exit_code == 0
    assert "conv2d 5" in done.stdout


def test_report_and_feedback_print_where_things_lie(call, course, submit, marked, stem):
    from convgrade import store

    notebook, path = submit("ada")
    store.save_result(course, marked("ada"))
    store.commit(course, marked("ada"), notebook, path)
    done = CliRunner().invoke(cli.main, ["feedback", "--course", str(course.root)])
    assert (done.exit_code, done.stdout.strip()) == (0, str(course.feedback("ada", stem)))
    done = CliRunner().invoke(cli.main, ["report", "--course", str(course.root)], env={"COLUMNS": "200"})
    assert done.exit_code == 0
    assert str(course.root / "report" / "marks.csv") in done.stdout
    assert "needs a person" in done.stdout


@pytest.mark.parametrize("arguments", [["grade", "--jobs", "0"], ["grade", "--nonsense"], ["nonsense"]])
def test_wrong_arguments_are_exit_code_2(arguments):
    assert CliRunner().invoke(cli.main, arguments).exit_code == 2
