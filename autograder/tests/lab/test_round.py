"""The whole round in a real browser: the student's side of JupyterLab, the teacher's commands between, formgrader at the end."""

import csv
import json

from playwright.sync_api import expect

REAL, TINY = "03_convolution", "07_round"
MIDDLE = "def middle(low, high):\n    return (low + high) / 2"
HALF_RIGHT = "def spread(x):\n    return max(x) - min(x)"          # fails for more than one axis, which only the hidden check tries
RIGHT = "def spread(x):\n    return np.max(x) - np.min(x)"
ANSWER = "When $x_i = c$. <img src=x onerror='document.title = \"taken\"'><script>document.title = 'taken'</script>"


def test_the_whole_round(desk, lab):
    the_stub_of_a_real_assignment_names_its_task(desk)
    solve_and_hand_in(desk)
    mark_and_explain(lab)
    the_student_reads_the_feedback(desk)
    the_teacher_reads_and_gives_a_mark(desk)
    a_better_answer_counts_and_the_mark_of_the_person_stays(desk, lab)
    assert desk.faults == []
    assert desk.strangers() == []


def the_stub_of_a_real_assignment_names_its_task(desk):
    desk.fetch_and_open(REAL)
    desk.run("setup")
    desk.run("output_size")
    assert "NotImplementedError: Exercise 3.1: output_size" in desk.run("test_output_size")
    desk.picture("1 the stub of a real assignment")
    assert [url for url in desk.requests if "/lab/api/news" in url or "/lab/api/update" in url] == []
    expect(desk.page.locator(".Toastify__toast, .jp-Dialog")).to_have_count(0)    # no news, no questions


def solve_and_hand_in(desk):
    desk.fetch_and_open(TINY)
    desk.run("setup")
    desk.write("middle", MIDDLE.replace(" / 2", ""))
    assert desk.run("middle") == ""
    assert "4 lies half way between 2 and 6; you returned 8" in desk.run("test_middle")
    desk.write("middle", MIDDLE)
    desk.run("middle")
    assert desk.run("test_middle") == ""
    desk.write("test_middle", "pass")
    assert "assert got == 4" in desk.source("test_middle")                        # locked
    unsolved = desk.validate("2 validate, unsolved")
    assert "The following cell failed:" in unsolved and "NotImplementedError: Exercise 7.2: spread" in unsolved
    assert "middle" not in unsolved
    desk.write("spread", HALF_RIGHT)
    desk.write("explain_zero", ANSWER)
    assert "Success! Your notebook passes all the tests." in desk.validate("3 validate, solved")
    desk.submit(TINY)
    desk.picture("4 submitted")
    there = (desk.lab.root / "exchange" / "lab" / "inbound").glob(f"*+{TINY}+*/{TINY}.ipynb")
    assert [HALF_RIGHT in cells(path) and ANSWER in cells(path) for path in there] == [True]


def cells(path):
    return ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"]]


def mark_and_explain(lab):
    lab.teacher("nbgrader", "collect", TINY)
    lab.teacher("convgrade", "grade", TINY, "--course", ".")
    lab.teacher("convgrade", "feedback", TINY, "--course", ".")
    lab.teacher("nbgrader", "release_feedback", TINY)


def marks(lab):
    """What nbgrader export and convgrade report say of the one submission."""
    lab.teacher("nbgrader", "export", "--to", "marks.csv")
    with (lab.root / "marks.csv").open() as file:
        (exported,) = [float(row["score"]) for row in csv.DictReader(file) if row["assignment"] == TINY and row["timestamp"]]
    (reported,) = json.loads(lab.teacher("convgrade", "report", TINY, "--course", ".", "--json"))["rows"]
    return exported, reported["total"]


def the_student_reads_the_feedback(desk):
    row = desk.row("submitted", TINY)
    desk.page.locator("#refresh_assignments_list").click()
    expect(row).to_contain_text("feedback available to fetch")
    row.get_by_role("button", name="Fetch Feedback").click()
    row.get_by_text("(view feedback)").click()
    desk.page.locator(".jp-DirListing-item").filter(has_text=f"{TINY}.html").dblclick()
    page = desk.page.frame_locator(".jp-HTMLViewer iframe")
    expect(page.locator(".total")).to_have_text("2 of 9 points so far")
    desk.picture("5 feedback")
    assert page.locator(".points").all_inner_texts() == ["2 of 2", "0 of 3", "- of 4"]
    html = page.locator("html").inner_html()
    assert not any(hidden in html for hidden in ("unseen", "70123", "HIDDEN", "half way between -3"))
    assert page.locator("script, link, img, iframe").count() == 0


def formgrader(desk):
    """The list of the submissions in formgrader: its frame, and the link to the one."""
    desk.command("nbgrader:open-formgrader")
    page = desk.page.frame_locator("#formgrader-iframe iframe")
    page.get_by_role("link", name="Manual Grading").first.click()
    for link in (TINY, TINY):                                                     # the assignment, then its notebook
        page.locator("#main-table").get_by_role("link", name=link).click()
    return page, page.locator("#main-table").get_by_role("link", name="Submission #1")


def the_teacher_reads_and_gives_a_mark(desk):
    page, submission = formgrader(desk)
    expect(page.locator("#main-table .score")).to_have_text("2 / 9")
    submission.click()
    expect(page.locator("input#test_middle")).to_have_attribute("placeholder", "2")
    expect(page.locator("input#test_spread")).to_have_attribute("placeholder", "0")
    expect(page.locator("mjx-container")).to_have_count(1)                        # the equation is drawn
    assert page.locator("html").evaluate("() => document.title") == TINY          # and the answer's script did not run
    with desk.page.expect_response(lambda answer: "/formgrader/api/grade/" in answer.url and answer.request.method == "PUT"):
        page.locator("input#explain_zero").fill("3")
        page.locator("input#explain_zero").press("Tab")
    desk.picture("6 formgrader")


def a_better_answer_counts_and_the_mark_of_the_person_stays(desk, lab):
    desk.command("docmanager:open", path=f"work/{TINY}/{TINY}.ipynb")
    desk.notebook(f"work/{TINY}/{TINY}.ipynb")
    desk.write("spread", RIGHT)
    desk.submit(TINY)
    lab.teacher("nbgrader", "collect", TINY, "--update")
    lab.teacher("convgrade", "grade", TINY, "--course", ".")
    page, submission = formgrader(desk)
    expect(page.locator("#main-table .score")).to_have_text("8 / 9")
    assert marks(lab) == (8, 8)
    submission.click()
    expect(page.locator("input#test_spread")).to_have_attribute("placeholder", "3")
    expect(page.locator("input#explain_zero")).to_have_value("3")


def test_a_chapter_opens_as_a_notebook(desk):
    desk.command("filebrowser:go-to-path", path="work/chapters")
    desk.page.locator(".jp-DirListing-item").filter(has_text=f"{REAL}.md").dblclick()
    desk.notebook(f"work/chapters/{REAL}.md")
    desk.command("notebook:move-cursor-down")
    desk.picture("7 a chapter")
    kinds = desk.page.evaluate("() => jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.type)")
    assert kinds[0] == "markdown" and kinds.count("code") > 3
    assert desk.faults == []
    assert desk.strangers() == []
