"""The report in a real browser while its sources are saved: what changes, stays, fails and ends."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from browser import Browser
from mini_project import ROOT, edit, edit_cell, rebuilt

START = (
    "import pathlib, sys\n"
    "from compendium import cli\n"
    "sys.exit(cli.main(['preview', *sys.argv[2:]], root=pathlib.Path(sys.argv[1])))\n"
)
LONG = 60  # seconds, on a machine that does much else
STATUS, ALERT = (
    f"document.querySelector('#preview [role={role}]')" for role in ("status", "alert")
)


class Running:
    """A preview of a mini project, and a browser's page of it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.workspace = rebuilt(folder)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "BROWSER": "true"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, self.workspace.root, *options],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.address = self.process.stdout.readline().strip()
        self.host, _, self.token = self.address.partition("/?token=")

    def notebook(self, name: str) -> Path:
        return self.workspace.notebooks / name

    def end(self) -> None:
        self.process.send_signal(signal.SIGINT)
        with self.process:  # which closes what it wrote to
            self.process.wait(LONG)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    preview = Running(tmp_path_factory.mktemp("preview") / "mini")
    yield preview
    preview.end()


@pytest.fixture(scope="module")
def page(running):
    with Browser() as browser:
        page = browser.open(running.address)
        until(page, f"{STATUS}.textContent === '' && {ALERT}.hidden")
        yield page


def until(page, code: str) -> None:
    """Wait until an expression holds in the page, which may be loaded anew meanwhile."""
    end = time.monotonic() + LONG
    while not page.js(f"(() => {{ try {{ return {code} }} catch {{ return false }} }})()"):
        assert time.monotonic() < end, (code, page.js("document.body.innerText")[:3000])
        time.sleep(0.05)


def says(text: str) -> str:
    return f"document.getElementById('main').textContent.includes({json.dumps(text)})"


def asked(address: str, **headers: str) -> int:
    """The status that a request gets."""
    try:
        request = urllib.request.Request(address, headers=headers)  # noqa: S310 - our own
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


WEBSOCKET = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/", "/en/report.html", "/en/report.pdf", "/live?lang=en&number=1", "/x"]
)
def test_nobody_gets_anything_without_the_token_or_by_another_name(running, path):
    port = running.host.rpartition(":")[2]
    mark = "&" if "?" in path else "?"
    for headers in ({}, WEBSOCKET if path.startswith("/live") else {}):
        own = {"Cookie": f"preview-{port}={running.token}", **headers}
        assert asked(running.host + path, **headers) == 403
        assert asked(f"{running.host}{path}{mark}token=wrong", **headers) == 403
        assert asked(running.host + path, **{**own, "Host": "evil.example"}) == 403
        assert asked(running.host + path, **{**own, "Host": f"evil.example:{port}"}) == 403
        assert asked(running.host + path, **{**own, "Origin": "http://evil.example"}) == 403
    if path.endswith((".html", ".pdf")):
        assert asked(running.host + path, Cookie=f"preview-{port}={running.token}") == 200


def test_it_listens_on_the_loopback_address_alone(running):
    port = int(running.host.rpartition(":")[2])
    listening = [
        line.split()[1]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]
        if line.split()[3] == "0A"
    ]
    assert [place for place in listening if place.endswith(f":{port:04X}")] == [
        f"0100007F:{port:04X}"
    ]


def test_prose_is_swapped_in_all_else_stays_and_so_does_the_place(running, page):
    page.look(900, 300)
    page.js("for (const part of document.querySelectorAll('#main *')) part.before_it = true")
    page.js("document.getElementById('fig-line').scrollIntoView()")
    top = "document.getElementById('fig-line').getBoundingClientRect().top"
    before = page.js(top)
    edit_cell(
        running.notebook("01_start.ipynb"), "01-text-01", lambda text: f"{text}\n\n{'Long. ' * 400}"
    )
    until(page, says("Long. Long."))
    assert abs(page.js(top) - before) < 2
    fresh = (
        "[...document.querySelectorAll('#main *')].filter(part => !part.before_it)"
        ".map(part => part.tagName + (part.id && '#' + part.id))"
    )
    assert set(page.js(fresh)) == {"P"}
    page.look(1300, 900)


def test_a_figure_is_swapped_with_its_tools_and_what_rests_on_the_chapter_follows(running, page):
    edit(running.notebook("01_start.ipynb"), lambda text: text.replace("FACTOR * 2", "FACTOR * 5"))
    until(page, f"{says('FACTOR * 5')} && {STATUS}.textContent === ''")
    assert page.js("document.querySelectorAll('#fig-line .tools button').length") == 2
    assert page.js("document.querySelectorAll('#fig-line').length") == 1
    edit(running.notebook("01_start.ipynb"), lambda text: text.replace("FACTOR * 5", "FACTOR * 2"))
    until(page, f"{says('FACTOR * 2')} && {STATUS}.textContent === ''")


def test_a_failure_is_shown_with_its_line_and_goes_when_it_is_mended(running, page):
    path = running.notebook("07_work.ipynb")
    whole = path.read_text("utf-8")
    notebook = json.loads(whole)
    cell = next(cell for cell in reversed(notebook["cells"]) if cell["cell_type"] == "code")
    cell["source"] = [*cell["source"], "\n1 / 0"]
    path.write_text(json.dumps(notebook), "utf-8")
    until(page, f"{ALERT}.textContent.includes('division by zero')")
    told = page.js(f"{ALERT}.innerText")
    for part in ("chapter 7 failed", "07_work.ipynb", cell["id"], "1 / 0", "->", "Mend it"):
        assert part in told
    path.write_text(whole, "utf-8")
    until(page, f"{ALERT}.hidden")


def test_a_notebook_saved_half_is_told_and_the_page_stays(running, page):
    path = running.notebook("02_end.ipynb")
    whole = path.read_text("utf-8")
    title = page.js("document.getElementById('ch-02').textContent")
    path.write_text(whole[: len(whole) // 2], "utf-8")
    until(page, f"{ALERT}.textContent.includes('02_end.ipynb')")
    assert page.js("document.getElementById('ch-02').textContent") == title
    path.write_text(whole, "utf-8")
    until(page, f"{ALERT}.hidden")


def test_of_several_quick_saves_the_last_is_shown(running, page):
    path = running.notebook("07_work.ipynb")
    for number in range(6):
        cell = f"# save {number}\n"
        edit(path, lambda text, cell=cell: _with_first_line(text, cell))
        time.sleep(0.15)
    until(page, f"{says('# save 5')} && {STATUS}.textContent === ''")
    assert page.js(f"{ALERT}.hidden")


def _with_first_line(text: str, line: str) -> str:
    notebook = json.loads(text)
    cell = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][-1]
    kept = [old for old in cell["source"] if not old.startswith("# save")]
    cell["source"] = [line, *kept]
    return json.dumps(notebook)


def test_a_pdf_is_made_when_it_is_asked_for(running, page):
    assert page.js("fetch('/en/report.pdf').then(a => a.text())").startswith("%PDF-")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks processes up in /proc")
def test_ctrl_c_ends_everything_that_was_started(tmp_path):
    preview = Running(tmp_path / "mini", "--lang", "en")
    edit(preview.workspace.root / "minilib" / "stats.py", lambda text: text.replace("1.96", "2.5"))
    end = time.monotonic() + LONG
    while len(children(preview.process.pid)) < 2:  # a kernel beside the server it is forked from
        assert time.monotonic() < end
        time.sleep(0.02)
    started = children(preview.process.pid)
    preview.end()
    assert preview.process.returncode == 130
    time.sleep(0.5)
    assert [pid for pid in started if Path(f"/proc/{pid}").exists() and not is_dead(pid)] == []


def children(pid: int) -> list[int]:
    """The processes below one."""
    own = Path(f"/proc/{pid}/task/{pid}/children")
    direct = [
        int(child)
        for task in own.parents[1].glob("*/children")
        for child in task.read_text("ascii").split()
    ]
    return direct + [other for child in direct for other in children(child)]


def is_dead(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "Z"
