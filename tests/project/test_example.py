"""The example is another evaluation, built by the same code: nothing in it names the first."""

import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from frozen import frozen

from compendium import cli
from compendium.claims.published import FOLDER, read_claims
from compendium.claims.published import verdicts as verdicts_on
from evallib.errors import DataError
from evallib.study.definition import read_definition

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "examples" / "aid_after_prison"
TERMS = ("aid", "age", "other", "wexp", "unmarried", "paro", "prio")
FIRST = re.compile(
    r"ramb(ø|o)ll|\bdream\b|jobklub|job club|municip|kommun|hovedvej|three ?routes|stand-in data"
    r"|\bSTAR\b|temp-agency|vikar",
    re.IGNORECASE,
)
R = frozen("aid_after_prison")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example, built as its README says."""
    folder = tmp_path_factory.mktemp("examples") / "aid"
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("outputs"))
    assert cli.main(["--project", str(folder), "--quiet"]) == 0
    return folder


@pytest.fixture(scope="module")
def values(example: Path) -> dict[str, dict[str, object]]:
    return json.loads((example / "outputs" / "values" / "01.json").read_text("utf-8"))["values"]


@pytest.fixture(scope="module")
def verdicts(example: Path) -> pd.DataFrame:
    return pd.read_csv(example / "outputs" / "verdicts.csv", keep_default_na=False)


def test_every_published_number_comes_out_and_is_tested_independently(verdicts):
    kinds = Counter(zip(verdicts["verdict"], verdicts["basis"], strict=True))
    assert kinds == {
        ("same", "measured"): 8,
        ("within_rounding", "measured"): 30,
        ("agrees", "measured"): 1,
        ("same", "stated"): 1,
        ("qualitative", ""): 1,
    }


def test_another_number_would_differ(values):
    claims = read_claims(SOURCE / FOLDER)
    other = {**values, "coef.aid": {**values["coef.aid"], "value": -0.3794}}
    told = verdicts_on(claims, other, is_standin=False).set_index("value_id")["verdict"]
    assert told["coef.aid"] == "differs"
    assert told["coef.age"] == "within_rounding"


@pytest.mark.parametrize("group", [1, 2])
def test_curves_are_those_of_survfit(group, values):
    weeks = [values[f"arrested.group{group}.week{week}"] for week in (13, 26, 39, 52)]
    assert [week["value"] for week in weeks] == pytest.approx(R[f"arrested.group{group}"], abs=1e-9)
    free = values[f"free.group{group}"]["value"]
    assert free == pytest.approx(R[f"free.group{group}"][0], abs=1e-9)
    # Logit limits of a jackknife and a plain Greenwood error are of one size, not the same.
    widths = [(week["high"] - week["low"]) / 2 / 1.96 for week in weeks]
    assert widths == pytest.approx(R[f"arrested_se.group{group}"], rel=0.07)


def test_differences_and_the_model_are_those_of_r(values):
    gap = values["arrested.gap"]
    estimate, *limits = R["gap"]
    assert gap["value"] == pytest.approx(estimate, abs=1e-9)
    assert [gap["low"], gap["high"]] == pytest.approx(limits, abs=1e-5)  # df 430 and 425.6
    for what in ("coef", "se", "p"):
        told = [values[f"{what}.{term}"]["value"] for term in TERMS]
        assert told == pytest.approx(R[what], abs=1e-6), what
    assert [values[f"coef.{term}"]["low"] for term in TERMS] == pytest.approx(R["low"], abs=1e-6)
    assert values["lr.test"]["value"] == pytest.approx(R["lr"][0], abs=1e-6)


def test_no_result_has_a_word_of_the_first_evaluation(example):
    outputs = example / "outputs"
    read = [p for p in outputs.rglob("*") if p.suffix in (".html", ".ipynb")]
    told = {p: p.read_text("utf-8") for p in read if p.name != "methods.html"}  # the library's own
    for pdf in outputs.rglob("*.pdf"):
        command = [shutil.which("pdftotext") or "pdftotext", str(pdf), "-"]
        told[pdf] = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert len(told) == 2 * (2 * 2 + 3) + 2  # notebooks, pages, reports, times; as run
    for path, text in told.items():
        found = FIRST.search(text)
        assert not found, f"{path.relative_to(outputs)}: {text[found.start() - 40 : found.end()]}"


def test_no_line_of_the_code_is_written_for_the_example():
    own = re.compile(r"rossi|prison|recidiv|lenihan|arrested|aid_after", re.IGNORECASE)
    for package in ("evallib", "compendium"):
        for path in (
            p for p in (ROOT / package).rglob("*") if p.suffix in (".py", ".toml", ".typ")
        ):
            assert not own.search(path.read_text("utf-8")), path.relative_to(ROOT)


def test_a_part_that_its_definition_lacks_is_told_when_it_is_used():
    rules = read_definition(SOURCE / "data" / "evaluation.toml")
    assert [route.short for route in rules.routes] == ["With aid", "Without aid"]
    assert not rules.has_register
    with pytest.raises(DataError, match=r"evaluation.toml has no 'survey'; add it"):
        rules.survey.scale  # noqa: B018
    with pytest.raises(DataError, match=r"has no 'study.history_months'"):
        range(rules.study.history_months)


def test_a_chapter_opened_by_itself_finds_its_evaluation(monkeypatch):
    monkeypatch.chdir(SOURCE / "notebooks")
    assert read_definition().study.author == "K. J. Lenihan"


def test_another_folder_is_refused_in_a_sentence(tmp_path, capsys):
    assert cli.main(["--project", str(tmp_path), "plan"]) == 2
    assert "it has no notebooks/; name another" in capsys.readouterr().err


def test_the_readme_counts_as_the_verdicts_do(verdicts):
    readme = " ".join((SOURCE / "README.md").read_text("utf-8").split())
    tested = (verdicts["basis"] == "measured").sum()
    assert f"{len(verdicts)} published statements" in readme
    assert f"{tested} are tested independently" in readme
