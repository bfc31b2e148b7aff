"""The whole compendium, built from a copy: what a reader gets, and what it may depend on.

One full build serves all tests; each then changes one thing in the copy and builds what that makes
stale.
"""

import csv
import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import html
from pdf_faults import faults
from whole_project import ROOT, build

from compendium.chapter.catalogue import translator
from compendium.chapter.formatting import LANGUAGES
from compendium.chapter.payloads import shown


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


def tool(name: str, package: str) -> str:
    """The path of a program of the machine; only a reader's own machine may do without it."""
    path = shutil.which(name)
    if path is None and not os.environ.get("CI"):
        pytest.skip(f"{name} is not on this machine (Debian: apt-get install {package})")
    assert path, f"{name} is missing: .ci/run must install {package}"
    return path


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    return done.stdout


def spaced(text: str) -> str:
    """The text with every space, also one that does not break, as one blank."""
    return " ".join(text.split())


def seen_in_html(report: Path, net_log: Path) -> str:
    """The report's text as a browser shows it."""
    quiet = ("background-networking", "component-update", "sync", "gpu", "default-apps")
    dom = run(
        tool("chromium", "chromium"),
        "--headless",
        "--no-sandbox",
        "--no-first-run",
        *(f"--disable-{service}" for service in quiet),
        f"--user-data-dir={net_log.parent / 'profile'}",
        f"--log-net-log={net_log}",
        "--dump-dom",
        report.as_uri(),
    )
    return html.document_fromstring(dom).text_content()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_recorded_number_can_be_read(project: Path, tmp_path: Path, lang: str) -> None:
    report = project / "outputs" / "report" / lang
    pages = spaced(seen_in_html(report / "report.html", tmp_path / "net.json"))
    for file in sorted((project / "outputs" / "values").glob("*.json")):
        (chapter,) = (project / "notebooks").glob(f"{file.stem}_*.ipynb")
        translate = translator(lang, chapter.stem, project)
        for name, item in json.loads(file.read_text("utf-8"))["values"].items():
            number = spaced(shown({**item, "kind": "value"}, translate))
            assert number in pages, f"{name} = {number} is not in the HTML"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_summary_is_one_page(project: Path, lang: str) -> None:
    report = project / "outputs" / "report" / lang / "report.pdf"
    pages = run(tool("pdftotext", "poppler-utils"), str(report), "-").split("\f")
    heads = [page.strip().partition("\n")[0] for page in pages]
    assert heads.count(translator(lang, "00_summary")("Summary")) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pdf_can_be_read_by_those_who_cannot_see_it(project: Path, lang: str) -> None:
    report = project / "outputs" / "report" / lang / "report.pdf"
    assert faults(report.read_bytes(), lang) == []


def asked_for(page: Path, folder: Path) -> set[str | None]:
    """The hosts a page and the browser itself ask for something."""
    folder.mkdir()
    log = folder / "net.json"
    seen_in_html(page, log)
    urls = re.findall(r'"url":"(https?://[^"]+)"', log.read_text("utf-8"))
    return {urlsplit(url).hostname for url in urls}


def test_the_html_asks_for_nothing(project: Path, tmp_path: Path) -> None:
    empty, asking = tmp_path / "empty.html", tmp_path / "asking.html"
    empty.write_text("<p>nothing</p>", "utf-8")
    asking.write_text('<script src="https://report.invalid/x.js"></script><p>text</p>', "utf-8")
    browser = asked_for(empty, tmp_path / "empty")
    assert "report.invalid" in asked_for(asking, tmp_path / "asking"), "the test could not fail"
    report = project / "outputs" / "report" / "en" / "report.html"
    more = asked_for(report, tmp_path / "report") - browser
    assert not more or more <= asked_for(empty, tmp_path / "again")  # not the same each time


def test_every_claim_has_a_verdict_and_no_calibrated_number_differs(project: Path) -> None:
    with (project / "outputs" / "verdicts.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    with (ROOT / "data" / "published" / "claims.csv").open(encoding="utf-8", newline="") as lines:
        assert [row["id"] for row in rows] == [claim["id"] for claim in csv.DictReader(lines)]
    assert all(row["verdict"] for row in rows)
    missed = [r["id"] for r in rows if r["verdict"] in ("differs", "disagrees")]
    assert missed == []


def changed(table: Path, change: Callable[[list[list[str]]], list[list[str]]]) -> None:
    """Rewrite a CSV table through a change of its rows, heads first."""
    with table.open(encoding="utf-8", newline="") as lines:
        rows = change(list(csv.reader(lines)))
    with table.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows(rows)


def test_faulty_data_stop_the_run_before_any_chapter_with_one_report(
    project: Path, tmp_path: Path
) -> None:
    data, out = tmp_path / "faulty", tmp_path / "out"
    shutil.copytree(project / "data" / "standin", data)
    (data / "milestones.csv").unlink()
    changed(data / "survey.csv", lambda rows: [row[:-1] for row in rows])
    changed(data / "dream.csv", lambda rows: [*rows, rows[5]])
    changed(
        data / "participants.csv",
        lambda rows: [
            rows[0],
            *([*row[:3], "31/02/2016", *row[4:]] for row in rows[1:4]),
            *rows[4:],
        ],
    )
    done = build(project, "--data", str(data), "--out", str(out))
    assert done.returncode == 2
    assert done.stderr.count("cannot be used") == 1
    rules = ("missing_table", "missing_column", "duplicate_person_in_register", "unparsable_date")
    assert all(f"rule {rule}" in done.stderr for rule in rules), done.stderr
    assert "Traceback" not in done.stderr
    with (data / "participants.csv").open(encoding="utf-8") as lines:
        people = {line.partition(",")[0] for line in lines} - {"person_id"}
    assert not [person for person in people if person in done.stderr + done.stdout]
    assert not [path for path in out.rglob("*.*") if ".build" not in path.parts]


def test_differences_between_routes_are_found_where_they_are_and_not_where_lots_are_drawn(
    project: Path, tmp_path: Path
) -> None:
    """Routes and units dealt out anew among participants: by lot, and by months of paid work."""
    with (project / "data" / "standin" / "dream.csv").open(encoding="utf-8", newline="") as lines:
        register = csv.DictReader(lines)
        paid = [name for name in register.fieldnames or () if name.startswith("branche_")]
        worked = {row["person_id"]: sum(row[month] != "" for month in paid) for row in register}
    lot = random.Random(20170901)
    by_lot = routes_dealt(project, tmp_path / "lot", lambda _: lot.random())
    by_work = routes_dealt(project, tmp_path / "work", lambda row: worked[row["person_id"]])
    assert set(by_lot) == set(by_work) == set(findings(project / "outputs" / "values" / "07.json"))
    assert {"higher", "lower"} & set(by_work.values()), by_work
    assert not {"higher", "lower"} & set(by_lot.values()), by_lot


def routes_dealt(project: Path, data: Path, order: Callable[[dict[str, str]], float]):
    """What chapter 7 finds where routes and units, sorted, go to participants in this order."""
    shutil.copytree(project / "data" / "standin", data)
    table = data / "participants.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    dealt = sorted((row["route"], row["project"]) for row in rows)
    for row, (route, unit) in zip(sorted(rows, key=order), dealt, strict=True):
        row.update(route=route, project=unit)
    with table.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    out = data.with_name(f"{data.name}-out")
    done = build(project, "--chapter", "7", "--data", str(data), "--out", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    return findings(next(out.rglob("values/07.json")))


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
    before, verdicts = computed(project), project / "outputs" / "verdicts.csv"
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
    assert computed(project) == before
    assert verdicts.read_bytes() != first


def computed(project: Path) -> dict[str, Any]:
    """All recorded values, without how they stand to what was published."""

    def no_basis(item: dict[str, Any]) -> dict[str, Any]:
        return {name: part for name, part in item.items() if name != "basis"}

    files = values(project / "outputs").items()
    return {name: json.loads(file, object_hook=no_basis) for name, file in files}


def test_the_report_needs_the_files_on_disk_and_not_their_maker(project: Path) -> None:
    """The last test to use the copy: it takes the data maker and all results away."""
    before = values(project / "outputs")
    shutil.rmtree(project / "standin")
    shutil.rmtree(project / "outputs")
    done = build(project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert values(project / "outputs") == before
    assert len(list((project / "outputs" / "report").rglob("report.*"))) == 2 * len(LANGUAGES)
