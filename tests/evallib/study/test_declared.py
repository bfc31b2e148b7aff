"""What a chapter did not declare is neither opened nor to be used, and says how to declare it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from conftest import Tables

from compendium.run.notebooks import read_chapters
from evallib.cohort.person_months import flow
from evallib.errors import DataError
from evallib.study.contract import REGISTER, TABLES
from evallib.study.study import EVERY, Study, declared, load, must_hold, validate

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
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
        with pytest.raises(DataError, match=rf"'{other}' is not declared.*\[\.\.\., \"{other}\"\]"):
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


def test_the_environment_declares_unless_the_call_does(
    tiny_study_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(study: Study) -> set[str]:
        fields = {name: name for name in TABLES} | {REGISTER: "register"}
        return {t for t, name in fields.items() if repr(getattr(study, name)) != "<not declared>"}

    monkeypatch.delenv("EVALLIB_TABLES", raising=False)
    assert read(load(tiny_study_dir)) == set(EVERY)
    monkeypatch.setenv("EVALLIB_TABLES", "participants,dream")
    assert read(load(tiny_study_dir)) == {"participants", "dream"}
    assert read(load(tiny_study_dir, tables=["survey"])) == {"survey"}
    assert read(load(tiny_study_dir, tables="survey,fidelity")) == {"survey", "fidelity"}
    monkeypatch.setenv("EVALLIB_TABLES", "")
    assert read(load(tiny_study_dir)) == set()


def test_an_unknown_table_is_refused_with_the_nearest(
    tiny_study_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVALLIB_TABLES", "elemnts")
    with pytest.raises(DataError, match="no table 'elemnts'; the nearest is 'elements'"):
        load(tiny_study_dir)
    with pytest.raises(DataError, match=r"no table 'register'.*fidelity, dream\."):
        load(tiny_study_dir, tables=["register"])


def test_notes_are_the_faults_of_what_was_read(
    tables: Tables, written: Callable[[Tables], Path]
) -> None:
    tables["participants"] = pd.concat([tables["participants"]] * 2)
    tables["dream"] = tables["dream"].drop(columns="y_1620")
    folder = written(tables)
    rules = {"second_referral", "missing_week"}
    assert {fault.rule for fault in load(folder).notes} == rules
    only = load(folder, tables=["participants"]).notes
    assert [fault.rule for fault in only] == ["second_referral"]


def test_the_data_check_looks_at_everything(
    damaged: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVALLIB_TABLES", "elements")
    folder = damaged("elements")
    load(folder)
    assert {fault.file for fault in validate(folder).fatal} == {
        f"{name}.csv" for name in EVERY if name != "elements"
    }
    with pytest.raises(DataError, match="5 faults"):
        must_hold(folder)


def test_chapters_declare_tables_if_they_load_a_study_and_only_then() -> None:
    for chapter in read_chapters(NOTEBOOKS):
        loads = any("load()" in cell.source for cell in chapter.cells if cell.kind == "code")
        assert bool(declared(chapter.tables)) == loads, chapter.path.name
