"""A lab that is open: its own course, `lab.py` running, a real Chromium in front of it.

Server and browser end with the module: two browsers of Playwright cannot be open in one process, and other tests have theirs.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
REAL, TINY = "03_convolution", "07_round"
WAIT = 60.0                                             # seconds for any one thing; most take less than one
QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]
# Notes down every address outside this machine that the server, its kernels or nbgrader connect to.
WATCH = '''
import sys

def hear(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][0] not in ("127.0.0.1", "::1", "localhost"):
        with open({log!r}, "a") as log:
            log.write(repr(arguments[1]) + "\\n")

sys.addaudithook(hear)
'''


def run(*command, folder, environment=None):
    done = subprocess.run([str(part) for part in command], cwd=folder, env=environment, capture_output=True, text=True, timeout=180,
                          check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def program(name):
    return Path(sys.executable).parent / name


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """A course with one real assignment and a tiny one. What `make release` has checked already is not checked again."""
    root = tmp_path_factory.mktemp("lab") / ".course"
    made = ROOT / ".course"
    for folder in (f"source/{REAL}", f"release/{REAL}"):
        if (made / folder).is_dir():
            shutil.copytree(made / folder, root / folder)
    for stem, solutions in ((REAL, ROOT / "solutions"), (TINY, HERE / "solutions")):
        run(program("convgrade"), "release", stem, "--course", root, "--solutions", solutions, folder=root.parent)
    return root


class Lab:
    """A running `lab.py`."""

    def __init__(self, course):
        self.root = course / "lab"
        self.strangers = course.parent / "strangers"    # addresses outside this machine
        self.log = course.parent / "log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        home = course.parent / "home"
        watch = course.parent / "watch"
        for folder in (home, watch):
            folder.mkdir()
        (watch / "sitecustomize.py").write_text(WATCH.format(log=str(self.strangers)))
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON", "XDG_"))}
        self.environment = {**keep, "HOME": str(home), "PYTHONPATH": str(watch), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, ROOT / "autograder" / "lab.py", self.root, "--no-browser", "--port", self.port, "--token", "quiet",
                   "--expose-app-in-browser"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen([str(part) for part in command], env=self.environment, stdout=log, stderr=log,
                                            start_new_session=True)
        self.url = f"http://127.0.0.1:{self.port}/lab/tree/work?token=quiet"

    def wait(self):
        until = time.monotonic() + WAIT
        while "is running at" not in self.log.read_text():
            assert self.process.poll() is None and time.monotonic() < until, f"no JupyterLab:\n{self.log.read_text()}"
            time.sleep(0.1)

    def end(self):
        """The server takes its kernels with it; what is still there after that is killed."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)

    def teacher(self, *command):
        """Run nbgrader or convgrade in the course folder, as lab.py tells people to."""
        path = os.pathsep.join([str(program("")), self.environment["PATH"]])
        return run(program(command[0]), *command[1:], folder=self.root, environment={**self.environment, "PATH": path})


@pytest.fixture(scope="module")
def lab(released):
    opened = Lab(released)
    try:
        opened.wait()
        yield opened
    finally:
        opened.end()
    assert not opened.strangers.exists(), f"JupyterLab asked other hosts: {opened.strangers.read_text()}"


class Desk:
    """JupyterLab on the screen, and the hands in front of it."""

    def __init__(self, lab, page, pictures):
        self.lab, self.page, self.pictures = lab, page, pictures
        self.faults, self.requests = [], []
        page.set_default_timeout(WAIT * 1000)
        expect.set_options(timeout=WAIT * 1000)
        page.on("pageerror", lambda error: self.faults.append(f"{error}\n{error.stack or ''}"))
        page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        page.goto(lab.url)
        page.wait_for_function("window.jupyterapp")
        page.evaluate("async () => { await jupyterapp.restored; }")
        page.locator(".jp-DirListing-item").filter(has_text="chapters").wait_for()    # the folder of the address comes up a little later

    def strangers(self):
        """What was asked of others than the lab's own server."""
        own = re.compile(rf"(https?|wss?)://127\.0\.0\.1:{self.lab.port}/|data:|blob:http://127\.0\.0\.1:{self.lab.port}/")
        return [url for url in self.requests if not own.match(url)]

    def picture(self, name):
        self.page.screenshot(path=self.pictures / f"{name}.png")

    def command(self, name, **arguments):
        self.page.evaluate("async ([name, arguments]) => { await jupyterapp.commands.execute(name, arguments); }", [name, arguments])

    # the assignment list
    def row(self, kind, stem):
        self.command("nbgrader:open-assignment-list")
        return self.page.locator(f"#{kind}_assignments_list > .list_item").filter(has_text=stem)

    def fetch_and_open(self, stem):
        self.row("released", stem).get_by_role("button", name="Fetch").click()
        row = self.row("fetched", stem)
        row.get_by_role("button", name=stem).click()
        row.locator(".nested_list_item").get_by_text(stem).click()
        self.notebook(f"work/{stem}/{stem}.ipynb")

    def submit(self, stem):
        """Save what is on the screen and hand it in."""
        with self.page.expect_response(lambda answer: answer.request.method == "PUT" and f"/api/contents/work/{stem}" in answer.url):
            self.page.keyboard.press("Control+s")
        before = self.page.locator("#submitted_assignments_list .nested_list_item").count()
        self.row("fetched", stem).get_by_role("button", name="Submit").click()
        self.row("submitted", stem).locator(".nested_list_item").nth(before).wait_for()

    # notebooks
    def notebook(self, path):
        """The notebook is on the screen and its kernel has answered."""
        self.page.wait_for_function(
            """path => {
                const panel = jupyterapp.shell.currentWidget;
                return panel?.context?.path === path && panel.content?.widgets?.length && panel.sessionContext?.session?.kernel?.status === "idle";
            }""", arg=path)

    def cell(self, name):
        """Make the cell with this grade_id the active one; its locator."""
        found = self.page.evaluate(
            """name => {
                const notebook = jupyterapp.shell.currentWidget.content;
                const index = notebook.widgets.findIndex(cell => cell.model.getMetadata("nbgrader")?.grade_id === name);
                if (index >= 0) notebook.activeCellIndex = index;
                return index;
            }""", name)
        assert found >= 0, f"the notebook has no cell {name}"
        cell = self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell.jp-mod-active")
        cell.scroll_into_view_if_needed()
        return cell

    def write(self, name, text):
        """Replace what stands in a cell, with the keyboard."""
        cell = self.cell(name)
        if cell.locator(".jp-RenderedMarkdown").is_visible():
            cell.dblclick()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(text)

    def source(self, name):
        self.cell(name)
        return self.page.evaluate("() => jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.getSource()")

    def run(self, name):
        """Control+Enter in a cell; what it printed."""
        cell = self.cell(name)
        cell.locator(".cm-content").click()
        self.page.evaluate("() => { jupyterapp.shell.currentWidget.content.activeCell.model.clearExecution(); }")
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function("() => jupyterapp.shell.currentWidget.content.activeCell.model.executionCount !== null")
        return "\n".join(cell.locator(".jp-OutputArea-output").all_inner_texts())

    def validate(self, picture):
        """What the Validate button says."""
        self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-NotebookPanel-toolbar").get_by_role("button", name="Validate").click()
        dialog = self.page.locator(".jp-Dialog").filter(has_text="Validation Results")
        dialog.wait_for()
        self.picture(picture)
        text = dialog.inner_text()
        dialog.get_by_role("button").last.click()
        dialog.wait_for(state="detached")
        return text


@pytest.fixture(scope="module")
def desk(lab, tmp_path_factory):
    """Chromium with JupyterLab open; at the end nothing may have gone wrong behind the scenes."""
    system = shutil.which("chromium") or shutil.which("google-chrome")
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system, args=QUIET + as_root)
        try:
            opened = Desk(lab, browser.new_page(viewport={"width": 1280, "height": 900}), tmp_path_factory.mktemp("pictures"))
            yield opened
            opened.picture("at the end")
        finally:
            browser.close()
