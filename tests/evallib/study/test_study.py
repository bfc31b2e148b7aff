"""A folder becomes a study: what is read of it, and what may be used."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from conftest import Tables

from evallib.cohort.panel import first_referrals, flow, person_months
from evallib.cohort.people import history
from evallib.errors import DataError
from evallib.study.contract import REGISTER, RULES, TABLES
from evallib.study.declared import EVERY
from evallib.study.definition import read_definition
from evallib.study.study import Study, load, must_hold, validate

USES: dict[str, Callable[[Study], object]] = {
    "an attribute": lambda study: study.survey.columns,
    "a column": lambda study: study.survey["route"],
    "its length": lambda study: len(study.survey),
    "its columns one by one": lambda study: list(study.survey),
    "a column's presence": lambda study: "route" in study.survey,
    "whether there is one": lambda study: bool(study.survey),
    "a comparison": lambda study: study.survey == 1,
    "a call of pandas": lambda study: pd.concat([study.elements, study.survey]),
    "a join": lambda study: study.elements.merge(study.survey, on="route"),
}


@pytest.fixture
def damaged(tiny_study_dir: Path, tmp_path: Path) -> Callable[..., Path]:
    """Copies the six-person study with garbage in place of all tables but those named."""

    def copy(*sound: str) -> Path:
        for name in EVERY:
            whole = (tiny_study_dir / f"{name}.csv").read_bytes()
            (tmp_path / f"{name}.csv").write_bytes(whole if name in sound else b"\xff\x00")
        (tmp_path / "study.toml").write_text("standin = true\n", encoding="utf-8")
        return tmp_path

    return copy


@pytest.mark.parametrize("name", TABLES)
def test_a_declared_table_is_read_and_no_other_is_opened(
    damaged: Callable[..., Path], tiny_study: Study, name: str
) -> None:
    study = load(damaged(name), tables=[name])
    pd.testing.assert_frame_equal(getattr(study, name), getattr(tiny_study, name))
    for other in set(TABLES) - {name}:
        with pytest.raises(DataError, match=rf"'{other}' is not declared"):
            getattr(study, other).head()


@pytest.mark.parametrize("name", EVERY)
def test_a_declared_table_is_checked(damaged: Callable[..., Path], name: str) -> None:
    sound = set(EVERY) - {name}
    with pytest.raises(DataError, match=rf"1 fault\.\n1\. {name}\.csv · rule unreadable_table"):
        load(damaged(*sound))
    load(damaged(*sound), tables=sound - {REGISTER})


def test_the_register_is_read_with_the_people_looked_up_in_it(
    damaged: Callable[..., Path], tiny_study: Study
) -> None:
    study = load(damaged(REGISTER, "participants"), tables=[REGISTER, "participants"])
    pd.testing.assert_frame_equal(flow(study).frame, flow(tiny_study).frame)
    assert study.last_month == tiny_study.last_month == pd.Timestamp("2017-02-01")
    with pytest.raises(DataError, match="'dream' is read for the people of 'participants'"):
        load(damaged(REGISTER), tables=[REGISTER])


@pytest.mark.parametrize(
    "use",
    [lambda study: study.register.months, lambda study: study.last_month, flow],
    ids=["months", "last month", "cohort"],
)
def test_nothing_of_the_register_can_be_had_without_it(
    tiny_study_dir: Path, use: Callable[[Study], object]
) -> None:
    study = load(tiny_study_dir, tables=["participants"])
    with pytest.raises(DataError, match="'dream' is not declared"):
        use(study)


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_every_use_is_refused(tiny_study_dir: Path, use: Callable[[Study], object]) -> None:
    study = load(tiny_study_dir, tables=["elements"])
    with pytest.raises(DataError, match="'survey' is not declared"):
        use(study)


def test_what_is_no_table_is_always_there(damaged: Callable[..., Path]) -> None:
    study = load(damaged(), tables=[])
    assert study.is_standin
    assert study.notes == ()
    assert study.definition.route(2).horizon == 9
    assert study.benefits.groups[0] == "none"


def test_a_study_can_be_copied_with_another_table(tiny_study: Study, tiny_study_dir: Path) -> None:
    study = load(tiny_study_dir, tables=["participants"])
    fewer = replace(study, participants=study.participants.head(2))
    assert len(fewer.participants) == 2
    with pytest.raises(DataError, match="'survey' is not declared"):
        len(fewer.survey)
    assert len(replace(study, survey=tiny_study.survey).survey) == 4


def test_a_study_shows_what_is_not_declared(tiny_study_dir: Path) -> None:
    shown = repr(load(tiny_study_dir, tables=["participants"]))
    assert shown.count("<not declared>") == len(EVERY) - 1
    assert "survey=<not declared>" in shown


def read_tables(study: Study) -> set[str]:
    fields = {name: name for name in TABLES} | {REGISTER: "register"}
    return {t for t, name in fields.items() if repr(getattr(study, name)) != "<not declared>"}


def test_the_settings_declare_unless_the_call_does(
    tiny_study_dir: Path, with_settings: Callable[..., None]
) -> None:
    assert read_tables(load(tiny_study_dir)) == set(EVERY)
    with_settings(data=str(tiny_study_dir), tables=["participants", "dream"])
    assert read_tables(load()) == {"participants", "dream"}
    assert len(load().participants) == 6
    assert read_tables(load(tables=["survey"])) == {"survey"}
    assert read_tables(load(tables="survey")) == {"survey"}
    with_settings(tables=[])
    assert read_tables(load(tiny_study_dir)) == set()
    with_settings(tables=None)
    assert read_tables(load(tiny_study_dir)) == set(EVERY)


def test_a_refusal_says_what_to_do_where_the_study_is_read(
    tiny_study_dir: Path, with_settings: Callable[..., None]
) -> None:
    with pytest.raises(DataError, match=r"was not read\. Add it to the tables given to load\(\)"):
        len(load(tiny_study_dir, tables=[]).survey)
    with_settings(hint="Ask the owner.")
    with pytest.raises(DataError, match=r"'survey' is not declared, .* not read\. Ask the owner\."):
        len(load(tiny_study_dir, tables=[]).survey)


def test_an_unknown_table_is_refused_with_the_nearest(
    tiny_study_dir: Path, with_settings: Callable[..., None]
) -> None:
    with_settings(tables=["elemnts"])
    with pytest.raises(DataError, match="no table 'elemnts'; there are 'elements', "):
        load(tiny_study_dir)
    with pytest.raises(DataError, match=r"no table 'register'.*'fidelity', 'dream'\."):
        load(tiny_study_dir, tables=["register"])


def test_notes_are_the_faults_of_what_was_read(
    tables: Tables, written: Callable[[Tables], Path]
) -> None:
    again = tables["participants"].assign(referred_on="2016-12-20", started_on="")
    tables["participants"] = pd.concat([tables["participants"], again])
    tables["dream"] = tables["dream"].drop(columns="y_1620")
    folder = written(tables)
    noted = {fault.rule for fault in load(folder).notes}
    assert {"second_referral", "missing_week"} <= noted
    only = {fault.rule for fault in load(folder, tables=["participants"]).notes}
    assert "second_referral" in only
    assert "missing_week" not in only


def test_the_data_check_looks_at_everything(
    damaged: Callable[..., Path], with_settings: Callable[..., None]
) -> None:
    with_settings(tables=["elements"])
    folder = damaged("elements")
    load(folder)
    unreadable = [f.file for f in validate(folder).fatal if f.rule == "unreadable_table"]
    assert set(unreadable) == {f"{name}.csv" for name in EVERY if name != "elements"}
    with pytest.raises(DataError, match=r"cannot be used: \d+ faults"):
        must_hold(folder)


@pytest.mark.parametrize("months", [36, 60])
def test_the_definition_says_how_far_back_the_register_is_read(
    tables: Tables, written: Callable[[Tables], Path], months: int
) -> None:
    early = pd.date_range("2011-01-01", "2014-12-01", freq="MS")
    worked = {f"grad_{day:%Y_%m}": ["1"] * len(tables["dream"]) for day in early}
    trade = {name.replace("grad", "branche"): ["470000"] * len(tables["dream"]) for name in worked}
    tables["dream"] = pd.concat([pd.DataFrame(worked | trade), tables["dream"]], axis=1)
    rules = read_definition()
    rules = replace(rules, study=replace(rules.study, history_months=months))
    study = load(written(tables), rules)
    first = pd.Timestamp("2016-10-01")  # the first referral
    assert study.register.firsts[0] == first - pd.DateOffset(months=months)
    # P1 was referred then, and worked in every month until the end of 2014.
    before = history(study, first_referrals(study))["prior_months"]
    assert before[0] == months - len(pd.period_range("2015-01", "2016-09", freq="M"))


def test_a_late_second_referral_shortens_nothing(tables, written):
    again = tables["participants"].iloc[[0]].assign(referred_on="2017-02-01", started_on="")
    tables["participants"] = pd.concat([tables["participants"], again])
    found = {fault.rule for fault in validate(written(tables)).faults}
    assert "second_referral" in found
    assert "register_ends_early" not in found


def test_blank_lines_are_no_records(tables, written):
    folder = written(tables)
    path = folder / "participants.csv"
    path.write_text(path.read_text().replace("P3,", "\n,,,,,,,,,\nP3,") + "\n\n")
    assert len(load(folder).participants) == 6


def test_none_is_a_code_and_not_a_blank(tiny_study):
    assert tiny_study.survey.loc[2, "education"] == "none"


def test_of_a_repeated_person_the_first_row_is_taken(tables, written, definition_with, panel):
    twice = tables["dream"].iloc[[0]].assign(grad_2016_10="1")
    tables["dream"] = pd.concat([tables["dream"], twice])
    study = load(written(tables), definition_with({"duplicate_person_in_register": "counted"}))
    pd.testing.assert_frame_equal(person_months(study), panel)


def test_damaged_and_doubled_files(tables, written):
    folder = written(tables)
    (folder / "survey.csv").write_bytes(b"respondent,route\n\xff\xfe\x00,1\n")
    (folder / "dream.csv").write_bytes(b"\xff\xfe\x00\x00")
    (folder / "Fidelity.parquet").write_bytes(b"not parquet")
    (folder / "study.toml").write_text("standin = ")
    told = {f.file: f.rule for f in validate(folder).fatal if not RULES[f.rule].delivery}
    assert told == {
        "dream.csv": "unreadable_table",
        "fidelity": "two_files",
        "study.toml": "unreadable_table",
        "survey.csv": "unreadable_table",
    }


def test_no_folder_says_how_to_name_one(tmp_path):
    with pytest.raises(DataError, match=r"no data folder .*Name one, or make it by"):
        load(tmp_path / "nowhere")
