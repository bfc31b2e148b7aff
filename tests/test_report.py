"""The whole compendium, built from a copy: what a reader gets, and what it may depend on.

One full build serves all tests; each then changes one thing in the copy and builds what that makes
stale.
"""

import csv
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = ("compendium", "evallib", "standin", "notebooks", "data", "requirements.lock")
LANGUAGES = ("da", "en")


def build(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the build of a copied project as a reader would."""
    command = [sys.executable, "-P", "-m", "compendium", "build", *options]
    return subprocess.run(
        command,
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def values(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((out / "values").glob("*"))}


def findings(file: Path) -> dict[str, str]:
    """What each difference between two routes came to."""
    recorded = json.loads(file.read_text("utf-8"))["values"]
    pairs = ("1v2", "1v3", "2v3", "2v1", "3v1")
    return {
        name: item["decision"]
        for name, item in recorded.items()
        if item["kind"] == "finding" and name.rpartition(".")[2] in pairs
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the compendium, built once, in a folder whose name is no plain ASCII word."""
    folder = tmp_path_factory.mktemp("hele rapporten æøå")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", "standin" if name == "data" else "")
            shutil.copytree(source, folder / name, ignore=ignore)
        else:
            shutil.copy(source, folder / name)
    done = build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "said").write_text(done.stdout, "utf-8")
    return folder


def test_the_build_says_where_the_four_reports_are(project: Path) -> None:
    said = (project / "said").read_text("utf-8")
    for lang in LANGUAGES:
        for kind in ("html", "pdf"):
            path = project / "outputs" / "report" / lang / f"report.{kind}"
            assert path.stat().st_size > 100_000
            assert str(path) in said


def test_nothing_runs_again_when_nothing_changed(project: Path) -> None:
    again = build(project)
    assert again.returncode == 0
    assert again.stdout.startswith("nothing to do")


def test_every_claim_has_a_verdict_and_no_calibrated_number_differs(project: Path) -> None:
    with (project / "outputs" / "verdicts.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    with (ROOT / "data" / "published" / "claims.csv").open(encoding="utf-8", newline="") as lines:
        assert [row["id"] for row in rows] == [claim["id"] for claim in csv.DictReader(lines)]
    assert all(row["verdict"] for row in rows)
    missed = [r["id"] for r in rows if r["verdict"] in ("differs", "disagrees")]
    assert missed == []


def test_a_study_with_routes_drawn_by_lot_shows_no_difference_between_routes(
    project: Path, tmp_path: Path
) -> None:
    """Routes and units dealt out anew among the participants: whatever is then found is chance."""
    data = tmp_path / "by-lot"
    shutil.copytree(project / "data" / "standin", data)
    table = data / "participants.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    dealt = [(row["route"], row["project"]) for row in rows]
    random.Random(20170901).shuffle(dealt)
    with table.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0].keys())
        writer.writeheader()
        for row, (route, unit) in zip(rows, dealt, strict=True):
            writer.writerow({**row, "route": route, "project": unit})
    done = build(project, "--chapter", "7", "--data", str(data), "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stdout + done.stderr
    found = findings(next((tmp_path / "out").rglob("values/07.json")))
    original = findings(project / "outputs" / "values" / "07.json")
    assert set(found) == set(original)
    assert {"higher", "lower"} & set(original.values()), "the test could not fail"
    assert not {"higher", "lower"} & set(found.values()), found


def test_chapters_run_alone_and_with_other_parameters(project: Path, tmp_path: Path) -> None:
    """Each chapter that rests on data alone, on two of the routes and at another level."""
    alone = [1, *range(3, 13)]
    chosen = ["-p", "routes=[1,3]", "-p", "level=0.8", "-p", "month=6", "-p", "min_count=8"]
    done = build(
        project, "--chapter", *map(str, alone), *chosen, "--out", str(tmp_path), "--lang", "da"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    recorded = {path.stem for path in tmp_path.rglob("values/*.json")}
    assert recorded == {f"{chapter:02d}" for chapter in alone}
    ids = json.loads(next(tmp_path.rglob("values/07.json")).read_text("utf-8"))["values"]
    assert "share.route3.month6" in ids
    assert not [name for name in ids if "route2" in name]
    assert len(list(tmp_path.rglob("report.pdf"))) == 1


def test_what_was_published_reaches_no_computed_value(project: Path) -> None:
    before, verdicts = values(project / "outputs"), project / "outputs" / "verdicts.csv"
    first = verdicts.read_bytes()
    claims = project / "data" / "published" / "claims.csv"
    with claims.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        if row["kind"] in ("count", "percent", "number") and row["value"][:1].isdigit():
            row["value"] = str(random.Random(row["id"]).randint(1, 9999))
    with claims.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    done = build(project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert values(project / "outputs") == before
    assert verdicts.read_bytes() != first


def test_the_report_needs_the_files_on_disk_and_not_their_maker(project: Path) -> None:
    """The last test to use the copy: it takes the data maker and all results away."""
    before = values(project / "outputs")
    shutil.rmtree(project / "standin")
    shutil.rmtree(project / "outputs")
    done = build(project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert values(project / "outputs") == before
    assert len(list((project / "outputs" / "report").rglob("report.*"))) == 2 * len(LANGUAGES)
