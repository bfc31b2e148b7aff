"""docs/adapt-a-chapter.md, done word by word: its commands, its edits and what it says one sees."""

import html
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from whole_project import ROOT, SOURCES

GUIDE = ROOT / "docs" / "adapt-a-chapter.md"
MORE = ("tests", "bootstrap.py", "requirements-lab.lock", "requirements-lab.in", "requirements.in")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FRONT_DOOR = ["python", "run_all.py"]


class Student:
    """Somebody who follows the guide, from a folder that is empty."""

    def __init__(self, folder):
        self.folder, self.notebook, self.page = folder, None, None
        self.done = []

    def console(self, block):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            said = self.typed(shlex.split(command))
            told = [re.escape(line).replace("…", ".*") for line in expected.splitlines()]
            pattern = "\n".join(told).replace("\n.*\n", r"\n(?:.*\n)*?").removeprefix(".*\n")
            pattern = pattern.removesuffix("\n.*") if pattern.endswith("\n.*") else pattern
            assert re.search(rf"^{pattern}", said, re.MULTILINE), f"{command}\n{said}"
            if pages := re.findall(r"^(\S*report\.html)$", said, re.MULTILINE):
                self.page = pages[0]

    def typed(self, words):
        self.done.append(words[2:] if words[:2] == FRONT_DOOR else words)
        if words[:2] == ["git", "clone"]:
            self.folder /= words[3]
            self.cloned()
            return ""
        if words[0] == "cd":
            assert self.folder.name == words[1]
            return ""
        assert words[:2] == FRONT_DOOR
        here = [sys.executable, "run_all.py", *words[2:], "--here"]  # this environment, as it is
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
        done = subprocess.run(
            here, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        if "new" in words:
            self.notebook = self.folder / done.stdout.partition(":")[0]
        return done.stdout + done.stderr

    def cloned(self):
        """The files of a checkout, without chapters somebody wrote here."""
        for name in (*SOURCES, *MORE):
            if (ROOT / name).is_dir():
                left = shutil.ignore_patterns("__pycache__", "standin" if name == "data" else "")
                shutil.copytree(ROOT / name, self.folder / name, ignore=left)
            else:
                shutil.copy(ROOT / name, self.folder / name)
        for path in (self.folder / "notebooks").glob("*.ipynb"):
            if "language" in json.loads(path.read_text("utf-8"))["metadata"]["compendium"]:
                path.unlink()

    def diff(self, block):
        old, new = (
            "\n".join(line[1:] for line in block.splitlines() if line[0] == sign) for sign in "-+"
        )
        notebook = json.loads(self.notebook.read_text("utf-8"))
        cells = [cell for cell in notebook["cells"] if old in "".join(cell["source"])]
        (cell,) = cells
        cell["source"] = "".join(cell["source"]).replace(old, new).splitlines(keepends=True)
        self.notebook.write_text(json.dumps(notebook), "utf-8")

    def text(self, block):
        page = Path(self.page).read_text("utf-8")
        page = re.sub(r"<(script|style|pre).*?</\1>", "", page, flags=re.DOTALL)
        page = " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())
        for line in block.splitlines():
            assert line in page


def test_every_step_gives_what_the_guide_says(tmp_path):
    student, guide = Student(tmp_path), GUIDE.read_text("utf-8")
    steps = re.findall(r"^## (\d)\.", guide, re.MULTILINE)
    assert steps == list("12345678")
    blocks = BLOCK.findall(guide)
    assert len(blocks) == guide.count("```") / 2
    for kind, block in blocks:
        getattr(student, kind)(block)
    assert ["new", "chapter", "Min udgave", "--from", "7", "--lang", "da"] in student.done
