"""A key is found wherever it is planted, told without being shown, and nothing else is a hit."""

import io
import json
import random
import re
import shutil
import subprocess
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from plants import PLANTS, pdf

from compendium.release.people import wanted_of
from compendium.release.reading import parts
from compendium.release.scan import Found, Scan, search
from compendium.release.wanted import Wanted

LETTERED, NUMBERED = "P000417", "0101701234"
KEYS = [LETTERED, NUMBERED, *(f"P{n:06d}" for n in range(1000, 2000))]


def found_in(name: str, data: bytes, keys: list[str] = KEYS, **more: object) -> list[Found]:
    return list(search([(name, data)], Wanted(keys, machine=(), **more)).found)


def scan(folder: Path, keys: Iterable[str], **more: object) -> Scan:
    """Search everything below a folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = ((path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths)
    return search(files, Wanted(keys, **more))


def kinds(text: str, keys: list[str] = KEYS, **more: object) -> list[str]:
    return [found.kind for found in found_in("a.txt", text.encode(), keys, **more)]


@pytest.mark.parametrize("key", [LETTERED, NUMBERED])
@pytest.mark.parametrize("place", PLANTS)
def test_a_key_is_found_wherever_it_is_planted_and_never_told(place, key, tmp_path):
    name, data = PLANTS[place](key)
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    found = scan(tmp_path, KEYS).grave
    assert {one.kind for one in found} == {"key"}
    told = "\n".join(map(str, found))
    assert key not in told
    assert key not in re.sub(r"[\W_]", "", told)


@pytest.mark.parametrize("place", PLANTS)
def test_the_same_place_without_a_key_is_no_hit(place):
    assert [f for f in found_in(*PLANTS[place]("P999999")) if f.grave] == []


@pytest.mark.parametrize(
    "form",
    [
        "p000417", "P 000 417", "P-000-417", "P000\n417", "P_000417", "\xadP000\xad417",
        "010170-1234", "010170 1234", "101701234", "101701234.0", "101,701,234", "101.701.234",
        "(0101701234)", "x_0101701234_y",
    ],
)  # fmt: skip
def test_forms_a_key_leaks_in(form):
    assert kinds(f"no row for {form}; skipped") == ["key"]


@pytest.mark.parametrize(
    "text",
    [
        "P000418", "xP000417", "P0004170", "10101701234", "P 0 0 0 4 1 7",
        "0101,701234", "2016-000417",
    ],
)  # fmt: skip
def test_what_only_looks_alike_is_no_key(text):
    assert [kind for kind in kinds(text) if kind != "CPR number"] == []


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("KeyError: person 17", True),
        ("person_id=17", True),
        ("person_id: ['17', '18']", True),
        ("respondent 17 did not answer", True),
        ("17 persons", False),
        ("persons: 17", False),
        ("17 % of persons", False),
        ("per person 17 hours", False),
        ("person 17.5", False),
        ("person 17 %", False),
        ("person 170", False),
    ],
)
def test_a_short_key_counts_only_where_a_person_is_announced(text, hit):
    assert kinds(text, ["17", "18"]) == (["short key"] if hit else [])


def test_a_short_key_is_found_under_its_name_in_json():
    data = json.dumps({"cells": [{"metadata": {"person_id": 17}}]}).encode()
    (hit,) = found_in("a.ipynb", data, ["17"])
    assert hit.kind == "short key"
    assert hit.place.startswith("cell 1.metadata.person_id")


def test_keys_too_short_to_be_looked_for_alone_are_counted():
    assert Wanted(KEYS).short == 0
    assert Wanted(["17", "18", LETTERED]).short == 2


@pytest.mark.parametrize(
    "text",
    [
        "person_id,route\n17,1\n",
        "route;person_id\n1;17\n",
        "   person_id  route\n0         17      1\n",
        "<table><tr><th>person_id</th><th>n</th></tr>",
    ],
)
def test_a_column_of_keys_is_told_whatever_they_look_like(text):
    assert "column of keys" in kinds(text, [])


@pytest.mark.parametrize(
    "text",
    ["The column person_id holds keys.", "x = frame['person_id']\n1 2", "<td>person_id</td>"],
)
def test_the_name_of_a_column_is_no_column(text):
    assert kinds(text, []) == []


def test_names_and_free_text_are_found_as_whole_words():
    names = ["Ringkøbing  Kommune", "few referrals"]
    assert kinds("In Ringkøbing\nkommune", names=names) == ["name"]
    assert kinds("too FEW referrals.", names=names) == ["name"]
    assert kinds("few referralsx", names=names) == []


@pytest.mark.parametrize(
    ("text", "hit"),
    [("1965-03-14", 1), ("14.3.1965", 1), ("14/03/1965", 1), ("1965-03-15", 0)],
)
def test_dates_of_birth(text, hit):
    assert kinds(text, births=[date(1965, 3, 14)]) == ["date of birth"] * hit


def test_a_number_the_rules_took_out_is_known_by_its_digits():
    hidden = [0.137931034483, 0.25]
    assert kinds("0.137931034483", hidden=hidden) == ["hidden number"]
    assert kinds("13.7931034483 %", hidden=hidden) == ["hidden number"]
    assert kinds("0.138 and 0.250000", hidden=hidden) == []


def test_machine_and_cpr_numbers_are_told_but_stop_nothing():
    home = Path("/") / "home" / "ann" / "data"
    text = f"{home} on quark; C:\\{'Users'}\\ann\\x; 010170-1235, 311299-0000; 990170-1235"
    hits = search([("a.log", text.encode())], Wanted(machine=("annika", "quark"))).found
    assert {hit.kind: hit.count for hit in hits} == {"path": 2, "host": 1, "CPR number": 2}
    assert not any(hit.grave for hit in hits)


def test_letters_that_grow_hide_nobody():
    every = "".join(map(chr, [*range(0x20, 0xD800), *range(0xE000, 0x11000)]))
    (hit,) = [hit for hit in found_in("a.txt", f"{every} P000417".encode()) if hit.grave]
    assert hit.excerpt.endswith("•••")


def test_many_hits_of_a_line_are_one_and_the_next_key_is_masked_too():
    (hit,) = found_in("a.txt", b"P001000 P001001 P001002")
    assert hit.count == 3
    assert hit.excerpt == "••• ••• •••"


def test_what_cannot_be_opened_is_told(tmp_path):
    locked = tmp_path / "locked.pdf"
    with pikepdf.open(io.BytesIO(pdf("a"))) as document:
        document.save(locked, encryption=pikepdf.Encryption(owner="a", user="b"))
    (tmp_path / "broken.xlsx").write_bytes(b"PK\3\4 no archive")
    (tmp_path / "a.parquet").write_bytes(b"PAR1\0\xff\xfe\x9d")
    found = scan(tmp_path, KEYS).found
    assert [(one.file, one.kind) for one in found] == [
        ("a.parquet", "unread"), ("broken.xlsx", "unread"), ("locked.pdf", "unread"),
    ]  # fmt: skip


def test_a_pdf_reads_as_another_program_reads_it(project, tmp_path):
    path = project / "outputs" / "report" / "da" / "report.pdf"
    pages = [p for p in parts("a.pdf", path.read_bytes()) if re.fullmatch(r"page \d+", p.place)]
    told = subprocess.run(
        [shutil.which("pdftotext"), path, "-"], capture_output=True, encoding="utf-8", check=True
    )
    ours = _words("\n".join(page.text for page in pages))
    theirs = _words(told.stdout)
    assert len(theirs) > 2000
    assert len(theirs - ours) < 0.01 * len(theirs)  # words broken at a hyphen


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{4,}", text.replace("\xad", "")))


def results(project, folder):
    """Copy what a build writes for readers, without what it keeps of it for itself."""
    ignore = shutil.ignore_patterns(".build")
    return shutil.copytree(project / "outputs", folder / "results", ignore=ignore)


def test_the_report_holds_nobody(project, tmp_path):
    everyone = wanted_of(project / "data" / "standin")
    found = scan(results(project, tmp_path), everyone.keys, births=everyone.births)
    assert [str(hit) for hit in found.grave] == []
    assert {hit.kind for hit in found.found} <= {"path", "user", "host"}
    assert found.files > 50


@pytest.mark.parametrize("form", ["{:d}", "{:06d}", "1{:05d}", "{:010d}"])
def test_other_keys_give_no_false_alarm_in_the_report(form, project):
    keys = [form.format(n) for n in range(1, 3631)]
    assert scan(project / "outputs" / "report", keys).grave == ()


def test_one_person_in_the_report_is_found(project, tmp_path):
    page = (project / "outputs" / "report" / "da" / "report.html").read_text("utf-8")
    middle = page.index("</p>", len(page) // 2)
    planted = f"{page[:middle]} (se P003630){page[middle:]}".encode()
    everyone = wanted_of(project / "data" / "standin")
    hits = search([("report.html", planted)], everyone).grave
    assert {hit.kind for hit in hits} == {"key"}


def test_thousands_of_keys_are_one_pass():
    draw = random.Random(1)
    text = " ".join(f"{draw.random() * 900:.6f}" for _ in range(400_000))
    few = [f"{draw.randrange(10**10):010d}" for _ in range(10)]
    many = [f"{draw.randrange(10**10):010d}" for _ in range(3_630)]

    def seconds(keys: list[str]) -> float:
        began = time.process_time()
        kinds(text, keys)
        return time.process_time() - began

    assert seconds(many) < 5 * seconds(few)
