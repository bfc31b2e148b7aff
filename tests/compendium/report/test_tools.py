"""A site that refuses pandoc or Typst: what is computed is there, and what is not made is named."""

import json
import os
import subprocess
import sys

import pytest
from mini_project import ROOT, copied

from compendium.deposit.certificate import compare

REFUSED = {
    "no typst": ({"typst.py": "raise ImportError('blocked')"}, "typst", ["the PDF report"]),
    "pandoc removed": ({"pypandoc/__init__.py": ""}, "pandoc", []),
    "pandoc may not run": (
        {"pypandoc/__init__.py": "", "pypandoc/files/pandoc": "#!/bin/sh\n"},
        "pandoc",
        ["the notebooks as pages", "the HTML report", "the PDF report"],
    ),
}


def run(folder, packages, *words):
    """Run the command line where some packages are others."""
    code = "import sys; from compendium.cli import main; from pathlib import Path;"
    code += "sys.exit(main(sys.argv[2:], Path(sys.argv[1])))"
    paths = os.pathsep.join([str(packages), str(ROOT)])
    return subprocess.run(
        [sys.executable, "-P", "-c", code, str(folder), *words],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize("refused", REFUSED)
def test_the_build_gives_what_it_can_and_names_the_rest(tmp_path, refused):
    files, name, left = REFUSED[refused]
    for path, text in files.items():
        (tmp_path / "site" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / path).write_text(text)
    workspace = copied(tmp_path / "mini")
    done = run(workspace.root, tmp_path / "site")
    assert done.returncode == 3, done.stderr
    sentence = done.stderr.strip().splitlines()[-1]
    assert sentence.startswith(f"{name} cannot be run here: notebooks, values and verdicts are in ")
    assert all(what in sentence for what in left)
    out = workspace.out
    for lang in ("da", "en"):
        assert (out / "report" / lang / "report.html").is_file() == (name == "typst")
        assert not (out / "report" / lang / "report.pdf").exists()
        edition = json.loads((out / "notebooks" / lang / "07_work.ipynb").read_text("utf-8"))
        assert any(cell.get("outputs") for cell in edition["cells"])
        assert (out / "notebooks" / lang / "07_work.html").is_file() == (name == "typst")
    assert (out / "values" / "07.json").is_file()
    assert compare(out, out)
    assert run(workspace.root, tmp_path / "site", "verify").returncode == 0
    again = run(workspace.root, tmp_path / "site")
    assert (again.returncode, "Traceback" in again.stderr) == (3, False)
    assert {
        line.split()[0]
        for line in run(workspace.root, tmp_path / "site", "plan").stdout.splitlines()
    } == {"unchanged"}
    assert run(workspace.root, tmp_path / "nothing").returncode == 0  # where both may run
    assert (out / "report" / "da" / "report.pdf").is_file()
