"""The folder that leaves: only what the site lets out, searched, whole or not there."""

import io
import json
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from lxml import html
from mini_project import built, rebuilt

from compendium.chapter.catalogue import translator
from compendium.chapter.payloads import MIME
from compendium.errors import BuildError, ParameterError, ReleaseError
from compendium.files import locked
from compendium.release import folder as module
from compendium.release.compare import compare_releases, read_manifest
from compendium.release.folder import Release, write_release
from compendium.release.sites import site, sites
from compendium.release.tables import rows, to_csv, to_xlsx
from compendium.release.wanted import Wanted
from compendium.report.document import About

ABOUT = About("A small study", author="Nogen", standin=True, languages=("da", "en"))
NOBODY = Wanted(["P000417"], machine=())
MARK = {"rules": ["few"], "hidden": 1, "why": ["fewer than 5"], "least": 7, "base": 5}


def release(target: Path, where: str = "open", out: Path | None = None, **more: Any) -> Release:
    mini = built()
    out = out or mini.out
    return write_release(out, target, site(where), NOBODY, ABOUT, root=mini.root, **more)


def change(out: Path, edit: Callable[[dict[str, Any]], None]) -> Path:
    """Change every payload of the executed notebooks; returns the folder of results."""
    for path in (out / "executed").glob("*.ipynb"):
        notebook = json.loads(path.read_text("utf-8"))
        for cell in notebook["cells"]:
            for output in cell.get("outputs", ()):
                if MIME in output.get("data", {}):
                    edit(output["data"][MIME])
        path.write_text(json.dumps(notebook), "utf-8")
    return out


def marked(folder: Path) -> Path:
    """Return results whose figures and tables the rules have passed."""
    return change(rebuilt(folder).out, lambda payload: payload.update(released=MARK))


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_same_results_give_the_same_bytes(tmp_path, monkeypatch):
    release(tmp_path / "one")
    monkeypatch.setattr(time, "time", lambda: 2e9)
    release(tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_the_manifest_lists_every_file_with_its_hash(tmp_path):
    release(tmp_path / "r")
    made = read_manifest(tmp_path / "r")
    held = contents(tmp_path / "r")
    own = {"manifest.json", "for_checkers.da.html", "for_checkers.en.html"}
    assert made["files"].keys() == held.keys() - own
    for name, file in made["files"].items():
        assert file == {"bytes": len(held[name]), "sha256": sha256(held[name]).hexdigest()}


def test_each_output_is_told_with_label_people_rules_and_what_was_hidden(tmp_path):
    release(tmp_path / "r", "statistics_denmark", marked(tmp_path / "mini"))
    made = read_manifest(tmp_path / "r")
    (table,) = (output for output in made["outputs"] if output["kind"] == "table")
    assert table["label"] == {"da": "Andele", "en": "Shares"}
    assert table["number"] == "7.1"
    assert table["files"] == ["tables/da/07_shares.xlsx", "tables/en/07_shares.xlsx"]
    assert table["people"]["least"] == 7
    told = {"rules": ["few"], "hidden": 1, "why": ["fewer than 5"], "base": 5, "passed": True}
    assert {name: table[name] for name in told} == told
    assert made["numbers"]["people"] == {"unit": "count", "value": 200, "base": 5, "least": 7}


def test_numbers_have_no_more_digits_than_are_shown(tmp_path):
    release(tmp_path / "r")
    numbers = read_manifest(tmp_path / "r")["numbers"].values()
    values = [number[part] for number in numbers for part in ("value", "low") if part in number]
    assert all(value == round(value, 2) for value in values)


@pytest.mark.parametrize("name", sorted(set(sites()) - {"open"}))
def test_a_site_gets_the_types_it_lets_out_and_no_other(name, tmp_path):
    done = release(tmp_path / "r", name, marked(tmp_path / "mini"))
    endings = {path.suffix.removeprefix(".") for path in (tmp_path / "r").rglob("*.*")}
    assert endings <= site(name).types
    assert not endings & {"ipynb", "pdf"}
    assert {"report/da/report.pdf", "notebooks/en/07_work.ipynb"} <= done.left_out.keys()
    assert set(done.left_out.values()) == {"type"}
    assert read_manifest(tmp_path / "r")["left_out"] == dict(done.left_out)
    table = (
        "tables/da/07_shares.xlsx" if name == "statistics_denmark" else "tables/da/07_shares.csv"
    )
    assert (tmp_path / "r" / table).is_file()


def test_every_preset_has_sources_with_dates_in_both_languages():
    for name, known in sites().items():
        assert set(known.name) == {"da", "en"}
        assert name == "open" or known.sources
        for source in known.sources:
            assert source["url"].startswith("https://")
            assert set(source["says"]) == {"da", "en"}
            assert source["seen"] > "2026"


def test_an_unknown_site_is_told_with_the_nearest():
    with pytest.raises(ParameterError, match="did you mean `opensafely`"):
        site("opensafly")


def test_a_file_too_large_or_too_long_stays():
    small = replace(site("opensafely"), megabytes=1, rows=2)
    assert small.refuses("a.csv", b"a\n1\n2\n") == "rows"
    assert small.refuses("a.svg", b" " * 1024**2 + b" ") == "size"
    assert small.refuses("a.csv", b"a\n1\n") == ""


def test_a_bare_page_has_no_scripts_and_no_styles_but_its_drawings_keep_theirs(tmp_path):
    release(tmp_path / "r", "opensafely", marked(tmp_path / "mini"))
    page = html.fromstring((tmp_path / "r/report/en/report.html").read_bytes())
    assert page.xpath("//script | //style | //link | //@onclick") == []
    styled = page.xpath("//*[@style]")
    assert styled
    assert all(element.xpath("ancestor-or-self::svg") for element in styled)
    assert "Shares" in page.text_content()
    assert len(page.xpath("//figure//svg")) == 2  # one drawing of each figure


def test_what_the_rules_have_not_passed_does_not_leave_a_site(tmp_path):
    with pytest.raises(ReleaseError, match=r"have not passed \d+ results \(.*tab-shares"):
        release(tmp_path / "r", "statistics_denmark")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["tab-shares", "fig-bars", "people", "gap"])
def test_one_result_the_rules_have_not_passed_holds_all_back(name, tmp_path):
    out = marked(tmp_path / "mini")
    change(out, lambda p: p.pop("released") if name.endswith(p["id"]) else None)
    with pytest.raises(ReleaseError, match=r"have not passed \d results"):
        release(tmp_path / "r", "statistics_denmark", out)


@pytest.mark.parametrize(
    "where", ["report/da/report.html", "notebooks/en/07_work.ipynb", "executed/07_work.ipynb"]
)
def test_a_person_anywhere_stops_the_release_and_nothing_is_written(where, tmp_path):
    out = rebuilt(tmp_path / "mini").out
    path = out / where
    path.write_text(
        path.read_text("utf-8").replace("Shares", "P000417").replace("Andele", "P000417")
    )
    with pytest.raises(ReleaseError, match="hold what must not leave; nothing was written") as told:
        release(tmp_path / "r", out=out)
    assert "P000417" not in str(told.value)
    assert [path.name for path in tmp_path.iterdir()] == ["mini"]


def test_only_the_owner_may_read_it(tmp_path):
    release(tmp_path / "r")
    for path in [tmp_path / "r", *(tmp_path / "r").rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600)


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch])
def test_an_earlier_release_is_not_written_over(make, tmp_path):
    make(tmp_path / "r")
    with pytest.raises(ReleaseError, match="is there already and is not written over"):
        release(tmp_path / "r")
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_a_release_that_fails_half_way_leaves_nothing(tmp_path, monkeypatch):
    put, written = module._put, []

    def full(folder: Path, name: str, data: bytes) -> None:
        written.append(name)
        if len(written) == 4:
            raise OSError(28, "No space left on device")
        put(folder, name, data)

    monkeypatch.setattr(module, "_put", full)
    with pytest.raises(OSError, match="No space"):
        release(tmp_path / "r")
    assert len(written) == 4
    assert list(tmp_path.iterdir()) == []


SLOW = """
import sys, time
from pathlib import Path
from compendium.release import folder
put = folder._put
def slow(*given):
    put(*given)
    print(given[1], flush=True)
    time.sleep(0.2)
folder._put = slow
folder._write(Path(sys.argv[1]), {f"a/{n}.txt": b"a" for n in range(50)})
"""


@pytest.mark.parametrize("ended", [signal.SIGINT, signal.SIGKILL])
def test_a_killed_release_is_no_release_and_the_next_clears_up(ended, tmp_path):
    command = [sys.executable, "-c", SLOW, str(tmp_path / "r")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        running.stdout.readline()
        running.send_signal(ended)
    left = [path.name for path in tmp_path.iterdir()]
    assert left == ([".r.part"] if ended == signal.SIGKILL else [])
    if left:
        assert stat.S_IMODE((tmp_path / ".r.part").stat().st_mode) == 0o700
    module._write(tmp_path / "r", {"b.txt": b"b"})
    assert contents(tmp_path) == {"r/b.txt": b"b"}


def test_two_releases_to_one_folder_do_not_mix(tmp_path):
    part = tmp_path / ".r.part"
    part.mkdir()
    (part / "a.txt").write_text("of the other")
    with locked(part / ".lock"), pytest.raises(BuildError):
        module._write(tmp_path / "r", {"b.txt": b"b"})
    assert (part / "a.txt").is_file()


TABLE = {
    "id": "a", "caption": "Shares", "note": "=A note", "basis": None, "clusters": [], "values": {},
    "groups": ["All", "All"],
    "columns": [
        {"label": "Route", "unit": "text", "decimals": None, "head": True},
        {"label": "Share", "unit": "share", "decimals": 1, "head": False},
        {"label": "People", "unit": "count", "decimals": None, "head": False},
    ],
    "rows": [
        ["=1+1", {"value": 0.137931034483, "low": 0.1, "high": 0.2}, 2231],
        ["Route 2", {"value": None}, None],
    ],
}  # fmt: skip


def test_a_table_has_numbers_as_shown_and_columns_for_intervals():
    assert rows(TABLE, translator("en")) == [
        ["", "Route", "Share (%)", "Share, from", "Share, to", "People"],
        ["All", "=1+1", 13.8, 10, 20, 2231],
        ["All", "Route 2", None, None, None, None],
    ]
    assert rows(TABLE, translator("da"))[0][3] == "Andel, fra"


def test_an_excel_file_has_caption_note_and_no_formula():
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(TABLE, translator("en"))))
    cells = [[cell.value for cell in row] for row in book.active]
    assert cells[0][0] == "Shares"
    assert cells[3][:3] == ["All", "=1+1", 13.8]
    assert cells[-1][0] == "=A note"
    assert "f" not in {cell.data_type for row in book.active for cell in row}


def test_a_csv_file_is_read_back():
    data = to_csv(TABLE, translator("en"))
    frame = pd.read_csv(io.BytesIO(data), comment="#")
    assert frame["Share (%)"].tolist()[0] == 13.8
    assert frame["Route"].tolist() == ["'=1+1", "Route 2"]
    assert data.startswith(b"# Shares\n# =A note\n")


def test_the_page_for_the_checkers_says_what_each_output_is(tmp_path):
    out = marked(tmp_path / "mini")
    release(tmp_path / "r", "statistics_denmark", out)
    page = html.fromstring((tmp_path / "r" / "for_checkers.da.html").read_bytes())
    sections = page.xpath("//section")
    assert len(sections) == 3
    (table,) = (s for s in sections if s.findtext("h3") == "Tabel 7.1: Andele")
    told = table.text_content()
    for text in (
        "tables/da/07_shares.xlsx",
        "mindst 7",
        "few",
        "fewer than 5",
        "Første kontrollant",
    ):
        assert text in told
    assert page.xpath("//script | //@src | //@href") == []
    assert "IKKE GODKENDT" not in page.text_content()
    release(tmp_path / "open")
    page = html.fromstring((tmp_path / "open" / "for_checkers.da.html").read_bytes())
    assert page.text_content().count("IKKE GODKENDT") == 3


def number(value: float | None, unit: str = "count", **more: Any) -> dict[str, Any]:
    return {"unit": unit, "value": value, **more}


@pytest.mark.parametrize(
    ("before", "now", "reason"),
    [
        (number(250), number(250), None),
        (number(250), number(251), "count"),
        (number(250), number(254), "count"),
        (number(250), number(255), None),
        # rounded to fives: the next class may be one person away, the one after that six
        (number(250, base=5), number(250, base=5), None),
        (number(250, base=5), number(255, base=5), "count"),
        (number(250, base=5), number(260, base=5), None),
        (number(None), number(255), "hidden"),
        (number(255), number(None), "hidden"),
        (number(40.0, "share", n=250), number(40.0, "share", n=251), "population"),
        (number(40.0, "share", n=250), number(40.4, "share", n=250), "count"),
        (number(40.0, "share", n=250), number(44.0, "share", n=250), None),
        (number(40.0, "share", n=250, k=100), number(40.4, "share", n=250, k=101), "population"),
        # of 12 more people 11 are counted: one is not, and is known
        (number(50.0, "share", n=100), number(54.5, "share", n=112), "count"),
        (number(3.1, "score", n=250), number(3.2, "score", n=251), "population"),
        (number(3.1, "score"), number(3.2, "score"), "cannot be told"),
    ],
)
def test_what_two_releases_tell_together(before, now, reason, tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps({"numbers": {"a": before, "b": before}}))
    found = compare_releases(tmp_path, {"numbers": {"a": now, "c": now}})
    assert [(one.id, one.reason) for one in found] == ([("a", reason)] if reason else [])


def test_a_release_with_one_person_more_is_refused(tmp_path):
    release(tmp_path / "first")
    release(tmp_path / "same", previous=tmp_path / "first")

    def one_more(payload: dict[str, Any]) -> None:
        if payload.get("id") == "people":
            payload["value"] += 1

    out = change(rebuilt(tmp_path / "mini").out, one_more)
    with pytest.raises(ReleaseError, match=r"people: 200 before, 201 now \(count\)"):
        release(tmp_path / "second", out=out, previous=tmp_path / "first")
    assert not (tmp_path / "second").exists()


def test_a_folder_that_is_no_release_is_told(tmp_path):
    with pytest.raises(ReleaseError, match="is no release"):
        release(tmp_path / "r", previous=tmp_path)


def test_the_whole_report_leaves(project, tmp_path):
    about = About("Three main routes to work: final evaluation", languages=("da", "en"))
    done = write_release(
        project / "outputs", tmp_path / "r", site("open"), NOBODY, about, root=project
    )
    assert done.left_out == {}
    made = read_manifest(tmp_path / "r")
    assert len([o for o in made["outputs"] if o["kind"] == "table"]) == 62
    assert all(output["files"] for output in made["outputs"])
    shutil.rmtree(tmp_path / "r")
