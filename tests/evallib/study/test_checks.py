"""Each fault is planted in the six-person study; the one report must name it and nobody."""

import re

import pandas as pd
import pytest
from conftest import PEOPLE

from evallib.errors import DataError
from evallib.study.checks import Findings, Report
from evallib.study.contract import RULES
from evallib.study.study import load, validate


@pytest.fixture(scope="module")
def planted(tiny_study_dir):
    """What is found in a folder beyond what six people lack of a whole delivery."""
    lacking = {(f.rule, f.file, f.column) for f in validate(tiny_study_dir).faults}
    assert all(RULES[rule].delivery for rule, _, _ in lacking)

    def found(folder, definition=None):
        report = validate(folder, definition)
        new = [f for f in report.faults if (f.rule, f.file, f.column) not in lacking]
        return Report(report.folder, tuple(new))

    return found


def plant_missing_table(tables):
    del tables["survey"]


def plant_missing_column(tables):
    del tables["participants"]["gender"]


def plant_missing_month_column(tables):
    del tables["dream"]["grad_2016_12"]


def plant_missing_value(tables):
    tables["participants"].loc[1, "project"] = " "


def plant_unparsable_date(tables):
    tables["participants"].loc[[0, 3], "started_on"] = ["31-12-2016", "2016-02-30"]


def plant_unparsable_month(tables):
    tables["milestones"].loc[1, "month"] = "2016-13"


def plant_unparsable_number(tables):
    tables["milestones"]["realised"] = ["1", "two"]


def plant_unparsable_degree(tables):
    tables["dream"].loc[0, "grad_2016_12"] = "full"


def plant_dates_out_of_order(tables):
    tables["participants"].loc[2, "started_on"] = "2016-10-14"


def plant_unknown_category(tables):
    tables["fidelity"].loc[0, "level"] = "almost"


def plant_unknown_route(tables):
    tables["participants"].loc[5, "route"] = 7


def plant_unknown_answer(tables):
    tables["survey"].loc[[0, 1], "satisfaction"] = [6, 0]


def plant_duplicate_person(tables):
    tables["dream"] = tables["dream"].iloc[[0, 1, 2, 3, 4, 5, 1]]


def plant_register_ends_early(tables):
    weeks = ["y_1705", "y_1706", "y_1707", "y_1708"]
    tables["dream"] = tables["dream"].drop(columns=weeks)


def plant_participant_not_in_register(tables):
    tables["dream"] = tables["dream"].iloc[[0, 1, 3, 5]]


def plant_unknown_code(tables):
    tables["dream"].loc[4, "y_1652"] = "433"


def plant_missing_week(tables):
    tables["dream"] = tables["dream"].drop(columns=["y_1553", "y_1620"])


def plant_second_referral(tables):
    again = tables["participants"].iloc[[0]].assign(referred_on="2016-12-01", started_on="")
    tables["participants"] = pd.concat([tables["participants"], again])


PLANTED = [
    # what is planted, rule, file, column, lines, count
    (plant_missing_table, "missing_table", "survey.csv", "", (), 0),
    (plant_missing_column, "missing_column", "participants.csv", "gender", (), 0),
    (plant_missing_month_column, "missing_column", "dream.csv", "grad_2016_12", (), 1),
    (plant_missing_value, "missing_value", "participants.csv", "project", (3,), 1),
    (plant_unparsable_date, "unparsable_date", "participants.csv", "started_on", (2, 5), 2),
    (plant_unparsable_month, "unparsable_date", "milestones.csv", "month", (3,), 1),
    (plant_unparsable_number, "unparsable_number", "milestones.csv", "realised", (3,), 1),
    (plant_unparsable_degree, "unparsable_number", "dream.csv", "grad_YYYY_MM", (), 1),
    (
        plant_dates_out_of_order,
        "dates_out_of_order",
        "participants.csv",
        "started_on (against referred_on)",
        (4,),
        1,
    ),
    (plant_unknown_category, "unknown_category", "fidelity.csv", "level", (2,), 1),
    (plant_unknown_route, "unknown_category", "participants.csv", "route", (7,), 1),
    (plant_unknown_answer, "unknown_category", "survey.csv", "satisfaction", (2, 3), 2),
    (plant_duplicate_person, "duplicate_person_in_register", "dream.csv", "person_id", (3, 8), 2),
    (plant_register_ends_early, "register_ends_early", "dream.csv", "", (), 1),
    (
        plant_participant_not_in_register,
        "participant_not_in_register",
        "participants.csv",
        "person_id",
        (4, 6),
        2,
    ),
    (plant_unknown_code, "unknown_benefit_code", "dream.csv", "y_YYWW", (), 1),
    (plant_missing_week, "missing_week", "dream.csv", "", (), 2),
    (plant_second_referral, "second_referral", "participants.csv", "person_id", (8,), 1),
]


@pytest.mark.parametrize(
    ("plant", "rule", "file", "column", "rows", "n"), PLANTED, ids=[p[0].__name__ for p in PLANTED]
)
def test_planted_fault_is_named(  # noqa: PLR0917  # a row of the list
    tables, written, planted, plant, rule, file, column, rows, n
):
    plant(tables)
    report = planted(written(tables))
    told = [(f.rule, f.file, f.column, f.rows, f.n) for f in report.faults]
    assert (rule, file, column, rows, n) in told
    assert all(RULES[other].delivery for other, *_ in told if other != rule)
    text = report.text()
    assert rule in text
    assert RULES[rule].remedy["en"] in text
    assert RULES[rule].remedy["da"] in report.text(language="da")
    assert_no_person(text)


def assert_no_person(text):
    """No person key and no cell of a person: only names of files, columns, rules and counts."""
    assert not re.search(rf"\b({'|'.join(PEOPLE)})\b", text)
    assert "433" not in text  # a code one person has
    assert "31-12-2016" not in text
    assert "almost" not in text


def test_all_faults_stand_in_one_error(tables, written):
    plant_missing_table(tables)
    plant_unparsable_date(tables)
    plant_duplicate_person(tables)
    plant_second_referral(tables)
    with pytest.raises(DataError, match=r"cannot be used: 3 faults") as raised:
        load(written(tables))
    text = str(raised.value)
    for rule in ("missing_table", "unparsable_date", "duplicate_person_in_register"):
        assert f"rule {rule}" in text
    assert text.index("Counted, and carried along") < text.index("rule second_referral")
    assert_no_person(text)


def test_definition_decides_what_is_fatal(tables, written, planted, definition_with):
    plant_duplicate_person(tables)
    plant_second_referral(tables)
    rules = {"duplicate_person_in_register": "counted", "second_referral": "fatal"}
    report = planted(written(tables), definition_with(rules))
    assert [fault.rule for fault in report.fatal] == ["second_referral"]
    assert [fault.rule for fault in report.counted] == ["duplicate_person_in_register"]


def test_rules_nothing_can_do_without_stay_fatal(tiny_study_dir, definition_with):
    with pytest.raises(DataError, match=r"counts breaches of missing_table.*Make them fatal"):
        validate(tiny_study_dir, definition_with({"missing_table": "counted"}))


def test_codes_are_named_only_when_enough_people_have_them(tables, written, planted):
    tables["dream"].loc[[0, 1, 2, 3, 4], "y_1652"] = "433"
    tables["dream"].loc[[0, 1], "y_1651"] = "434"
    tables["dream"].loc[5, "y_1650"] = "11A"
    report = planted(written(tables))
    (fault,) = [fault for fault in report.faults if fault.rule == "unknown_benefit_code"]
    assert (fault.n, fault.of) == (6, 6)
    assert (
        fault.detail == "codes: 433 for 5 people, 2 not shown: unreadable, or fewer than 5 people"
    )


def test_many_lines_are_cut(tables, written, planted):
    table = tables["milestones"]
    tables["milestones"] = pd.concat([table.iloc[[0]].assign(indicator="x")] * 20)
    report = planted(written(tables))
    (fault,) = [fault for fault in report.faults if fault.rule == "unknown_category"]
    assert fault.placed("en") == (
        "milestones.csv · column indicator · lines 2, 3, 4, 5, 6, 7, 8, 9 and 12 more"
    )


def test_a_counted_fault_of_too_many_is_fatal():
    findings = Findings()
    findings.add("second_referral", "participants.csv", n=20, of=100)
    findings.add("second_referral", "participants.csv", n=21, of=100)
    assert [fault.severity for fault in findings.report("x").faults] == ["counted", "fatal"]
    softened = Findings({"second_referral": "counted"})
    softened.add("second_referral", "participants.csv", n=99, of=100)
    (fault,) = softened.report("x").faults
    assert fault.severity == "counted"
    assert fault.placed("en") == "participants.csv · 99 of 100, 99.0%"


def test_of_a_part_of_a_study_what_a_delivery_lacks_is_counted():
    for part, severity in ((True, "counted"), (False, "fatal")):
        findings = Findings(part=part)
        findings.add("empty_column", "survey.csv", "age")
        findings.add("column_twice", "survey.csv", "age")
        told = {fault.rule: fault.severity for fault in findings.report("x").faults}
        assert told == {"empty_column": severity, "column_twice": "fatal"}


def test_the_report_has_all_severities_in_both_languages():
    findings = Findings()
    findings.add("read_as", "survey.csv", detail="tabs")
    findings.add("second_referral", "participants.csv", rows=[4], of=100)
    findings.add("no_rows", "survey.csv")
    report = findings.report("x")
    assert [line for line in report.whole().splitlines() if line[0].isdigit()] == [
        "1. survey.csv · rule no_rows",
        "2. participants.csv · line 4 · 1 of 100, 1.0% · rule second_referral",
        "3. survey.csv · rule read_as",
    ]
    assert "linje 4 · 1 af 100, 1.0% · regel second_referral" in report.whole("da")
    assert Report("x").whole() == ""


def test_the_contract_speaks_both_languages():
    for rule in RULES.values():
        assert set(rule.what) == set(rule.remedy) == {"en", "da"}
        assert not (rule.always and rule.severity != "fatal")
