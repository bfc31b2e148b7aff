"""The stand-in study bears the published numbers, and its process the truth it claims.

Every target is recomputed with plain pandas from the files as written, by nothing of the project.
"""

import itertools
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from simulations.studies import occupancy, simulate, truth
from simulations.studies import panel as panel_of

import standin
from compendium.claims.published import FOLDER, read_claims
from evallib.study.contract import TABLES
from standin.basis import bases, leaves
from standin.calibration import CalibrationError, exchange, month_targets
from standin.process import Parameters, read_table

DEFAULT = None
REFERRED = {1: 2231, 2: 522, 3: 877}
HORIZON = {1: 10, 2: 9, 3: 9}
USEFUL = ["useful_overall", "useful_fellowship", "useful_counselling", "useful_companies"]


@pytest.fixture(scope="module", params=[DEFAULT, 1, 77])
def study(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("standin")
    standin.make(folder, request.param)
    tables = {
        file.stem: pd.read_csv(file, dtype="str", keep_default_na=False)
        for file in folder.glob("*.csv")
    }
    return SimpleNamespace(folder=folder, **tables)


def months_since(calendar, referred_on):
    referred = pd.to_datetime(referred_on)
    year, month = calendar.str[:4].astype(int), calendar.str[5:7].astype(int)
    return (year - referred.dt.year) * 12 + month - referred.dt.month


@pytest.fixture(scope="module")
def history(study):
    """One row per person and register month: month since referral (negative before), hours."""
    degrees = study.dream.filter(regex="^(person_id|grad_)").melt("person_id", value_name="degree")
    rows = degrees.merge(study.participants, on="person_id")
    return rows.assign(
        route=rows["route"].astype(int),
        month=months_since(rows["variable"].str[5:], rows["referred_on"]),
        hours=pd.to_numeric(rows["degree"]).fillna(0) * 160.33,
    )


@pytest.fixture(scope="module")
def panel(history):
    shown = history[(history["month"] >= 0) & (history["month"] <= history["route"].map(HORIZON))]
    return shown.assign(employed=shown["hours"] >= 1)


@pytest.fixture(scope="module")
def answers(study):
    given = study.survey[study.survey["responded"] == "1"]
    return given.assign(
        route=given["route"].astype(int),
        age=given["age"].astype(int),
        level=given["education"].map(["none", "vocational", "short", "medium", "long"].index),
        **{item: pd.to_numeric(given[item]) for item in ["satisfaction", *USEFUL]},
    )


def test_files_follow_the_contract(study):
    for name, table in TABLES.items():
        assert list(getattr(study, name)) == [column.name for column in table.columns]
    weeks = [name for name in study.dream if name.startswith("y_")]
    assert (weeks[0], weeks[-1], len(weeks)) == ("y_1201", "y_1708", 4 * 52 + 53 + 8)
    assert "y_1553" in weeks
    months = pd.period_range("2012-01", "2017-02", freq="M").strftime("%Y_%m")
    for kind in ("branche", "grad"):
        wanted = [f"{kind}_{month}" for month in months]
        assert [name for name in study.dream if name.startswith(kind)] == wanted
    assert (study.folder / "study.toml").read_text().startswith("standin = true\n")
    assert not list(study.folder.glob(".*"))


def test_people_are_referred_once_and_all_in_the_register(study):
    people = study.participants
    assert people["route"].astype(int).value_counts().to_dict() == REFERRED
    assert people["person_id"].is_unique
    assert sorted(people["person_id"]) == sorted(study.dream["person_id"])
    dates = people.filter(regex="_on$|_date$|_since$").apply(pd.to_datetime)
    for earlier, later in (
        ("birth_date", "unemployed_since"),
        ("unemployed_since", "referred_on"),
        ("referred_on", "started_on"),
        ("started_on", "completed_on"),
    ):
        both = dates[[earlier, later]].dropna()
        assert (both[earlier] <= both[later]).all()
    placement = (dates["completed_on"] - dates["started_on"])[people["route"] == "3"].dropna()
    assert placement.dt.days.between(4 * 7, 8 * 7).all()  # pp. 11-12
    length = study.elements[study.elements["element"] == "placement"]
    assert length["approach"].tolist() == 10 * ["up_to_8_weeks"]
    weeks = placement.dt.days.groupby(people["project"]).max() / 7
    assert weeks.between(7, 8).all()  # all units have people who stay that long


def test_no_key_can_be_a_cpr_number(study):
    keys = [*study.participants["person_id"], *study.dream["person_id"]]
    keys += [*study.survey["respondent"]]
    assert not any(re.search(r"\d{10}|\d{6}-\d{4}", key) for key in keys)
    assert not set(study.survey["respondent"]) & set(study.participants["person_id"])


def test_units_are_pseudonyms_and_five_are_on_two_routes(study):
    pairs = study.participants[["route", "project"]].drop_duplicates()
    assert pairs["route"].value_counts().to_dict() == {"1": 17, "3": 10, "2": 5}
    assert sorted(pairs["project"].unique()) == [f"Enhed {i:02d}" for i in range(1, 28)]
    routes = pairs.sort_values("route").groupby("project")["route"].agg("+".join)
    assert routes.value_counts().to_dict() == {"1": 13, "3": 5, "1+3": 4, "2": 4, "2+3": 1}


def test_observed_until_the_register_ends(panel):
    n = panel.groupby(["route", "month"]).size()
    for route, month in itertools.product(REFERRED, range(3)):
        assert n[route, month] == REFERRED[route]
    assert (n[1, 10], n[2, 9], n[3, 9]) == (612, 128, 269)


def test_shares_in_work(panel):
    share = panel.groupby(["route", "month"])["employed"].mean()
    shift = {route: 100 * (share[route, 9] - share[route, 0]) for route in REFERRED}
    assert round(shift[1], 1) == 39.5
    assert round(shift[2], 1) == 34.6
    assert 34.7 < shift[3] < 39.4
    assert share[2, 9] > max(share[1, 9], share[3, 9])
    ever = panel.groupby("person_id")["employed"].max().mean()
    assert round(100 * ever) == 69


def test_hours_of_those_in_work(panel):
    later = panel[panel["employed"] & (panel["month"] >= 5)]
    mean = later.groupby(["route", "month"])["hours"].mean()
    assert len(mean) == 6 + 5 + 5
    assert mean.between(120, 130).all()


def test_untargeted_months_stay_with_the_process(panel):
    share = panel.groupby(["route", "month"])["employed"].agg(["mean", "size"])
    expected = truth(Parameters.default())
    for (route, month), row in share.iterrows():
        room = 0.03 + 1 / np.sqrt(row["size"])
        assert abs(row["mean"] - expected[route - 1, month]) < room


def test_what_goes_with_work_after_referral(study, history, panel):
    after = panel[panel["month"] > 0].groupby("person_id")[["employed", "hours"]].mean()
    before = history[history["month"].between(-36, -1)].assign(worked=lambda f: f["hours"] > 0)
    worked = before.groupby("person_id")["worked"].mean()
    assert after["employed"].corr(worked) > 0.08
    prior = before[before["worked"]].drop_duplicates("person_id", keep="last")
    column = prior["variable"].str.replace("grad", "branche")
    wide = study.dream.set_index("person_id")
    row, cell = wide.index.get_indexer(prior["person_id"]), wide.columns.get_indexer(column)
    industry = pd.Series(wide.to_numpy()[row, cell], prior["person_id"])
    industry = industry[industry != ""]
    by_industry = after["employed"].reindex(industry.index).groupby(industry.to_numpy())
    explained = by_industry.transform("mean").var() / after["employed"].var()
    assert explained < 0.01
    people = study.participants[study.participants["route"] == "1"].set_index("person_id")
    approach = study.elements[study.elements["route"] == "1"]
    for element, code in (("companies", "visits"), ("homework", "adapted")):
        units = approach[(approach["element"] == element) & (approach["approach"] == code)]
        does = people["project"].isin(units["project"])
        hours = after["hours"].reindex(people.index)
        assert hours[does].mean() - hours[~does].mean() > 2


def test_benefits_are_alike_across_routes(study, panel):
    out = panel[~panel["employed"]].drop_duplicates("person_id", keep="last")
    weeks = study.dream.set_index("person_id")["y_1708"].reindex(out["person_id"])
    on_benefit = (weeks != "").to_numpy()
    insured = (weeks == "111").to_numpy()[on_benefit]
    share = pd.Series(insured).groupby(out["route"].to_numpy()[on_benefit]).mean()
    assert share.max() - share.min() < 0.08


def test_satisfaction(answers):
    percent = 100 * pd.crosstab(answers["satisfaction"], answers["route"], normalize="columns")
    first = percent[1].round().astype(int).to_dict()
    assert first == {5: 25, 4: 36, 3: 21, 2: 6, 1: 8, 9: 3}
    satisfied, dissatisfied = percent.loc[[4, 5]].sum(), percent.loc[[1, 2]].sum()
    assert satisfied.round().to_dict() == {1: 61, 2: 37, 3: 60}
    assert dissatisfied.round().to_dict() == {1: 14, 2: 21, 3: 10}
    assert round(percent.loc[9, 2]) == 24


def test_most_of_the_very_dissatisfied_are_from_four_units(answers):
    worst = answers[(answers["route"] == 1) & (answers["satisfaction"] == 1)]
    assert worst["project"].value_counts().nlargest(4).sum() > len(worst) / 2


def test_response(study, answers):
    figure = [138, 25, 43, 37, 14, 27, 21, 28, 34, 30, 44, 77, 21, 62, 74, 14, 21]
    per_unit = answers[answers["route"] == 1].groupby("project").size()
    assert sorted(per_unit) == sorted(figure)
    assert sum(figure) == 710
    rate = study.survey["responded"].astype(int).groupby(study.survey["route"]).mean()
    assert ((100 * rate).round() == 43).all()
    silent = study.survey[study.survey["responded"] == "0"]
    assert (silent[["satisfaction", *USEFUL]] == "").all(axis=None)
    assert answers.loc[answers["route"] > 1, USEFUL].isna().all(axis=None)


def test_opinions_and_who_holds_them(answers):
    first = answers[answers["route"] == 1].replace({item: {9: np.nan} for item in USEFUL})
    first = first.assign(satisfaction=first["satisfaction"].replace(9, np.nan))
    by_age = first[["satisfaction", *USEFUL]].corrwith(first["age"])
    by_level = first[["satisfaction", *USEFUL]].corrwith(first["level"])
    assert (by_age[USEFUL] < -0.1).all()
    assert abs(by_age["satisfaction"]) < 0.05
    assert by_level[["satisfaction", "useful_overall"]].abs().max() < 0.05
    assert -0.2 < by_level["useful_companies"] < -0.05


def test_milestones(study):
    wide = study.milestones
    numbers = wide[["application", "milestone", "realised"]].apply(pd.to_numeric)
    total = numbers.groupby([wide["indicator"], wide["route"].astype(int)]).sum(min_count=1)
    assert total.loc["referred", "application"].tolist() == [1744, 449, 975]
    assert total.loc["referred", "milestone"].tolist() == [1940, 630, 832]
    assert total.loc["referred", "realised"].tolist() == [2269, 522, 877]
    started = total.loc["started"]
    assert started.loc[1, ["milestone", "realised"]].tolist() == [1929, 2255]
    assert started.loc[2, "realised"] > 1.15 * started.loc[2, "milestone"]
    assert started.loc[3, "milestone"] - started.loc[3, "realised"] == 22
    assert 22 / started.loc[3, "milestone"] < 0.10
    assert total.loc[["completed", "left"], ["application", "milestone"]].isna().all(axis=None)
    assert (total.loc["completed", "realised"] < started["realised"]).all()
    assert (total.loc["left", "realised"] > 0).all()
    assert not wide.duplicated(["route", "project", "month", "indicator"]).any()


def test_reports_count_the_people_of_the_register(study):
    others = study.milestones[(study.milestones["route"] != "1")]
    reported = others[others["indicator"] == "started"]
    reported = reported["realised"].astype(int).groupby(reported["project"]).sum()
    people = study.participants[study.participants["route"] != "1"]
    started = (people["started_on"] != "").groupby(people["project"]).sum()
    assert reported.to_dict() == started.to_dict()


def test_approaches_of_most_units(study):
    first = study.elements[study.elements["route"] == "1"]
    count = first.groupby(["element", "approach"]).size()
    for element, typical in (
        ("referral", "voluntary"),
        ("companies", "talks"),
        ("homework", "adapted"),
        ("place", "elsewhere"),
        ("external_actor", "no"),
        ("meetings", "two_or_more"),
    ):
        assert count[element, typical] > 17 / 2
    assert sorted(count["duration"]) == [8, 9]
    long = first.loc[first["approach"] == "over_10_weeks", "project"]
    meetings = first[(first["element"] == "meetings") & first["project"].isin(long)]
    assert (meetings["approach"] == "one_or_fewer").mean() > 0.5
    assert not study.elements.duplicated().any()


def test_fidelity_is_full_but_for_two_requirements(study):
    table = study.fidelity
    assert len(table) == 17 * 5
    partial = table[table["level"] == "partial"]
    assert set(table["level"]) == {"full", "partial"}
    assert partial["requirement"].value_counts().to_dict() == {
        "mixed_groups": 3,
        "individual_part": 1,
    }
    assert ((table["reason"] != "") == (table["level"] == "partial")).all()


def test_register_has_the_habits_a_reader_must_know(study):
    weeks = study.dream.filter(regex="^y_").to_numpy()
    names = study.dream.filter(regex="^y_").columns
    dates = [pd.Timestamp.fromisocalendar(2000 + int(n[2:4]), int(n[4:]), 4) for n in names]
    hours = study.dream.filter(regex="^grad_").apply(pd.to_numeric)
    worked = hours.notna().to_numpy()[:, [(d.year - 2012) * 12 + d.month - 1 for d in dates]]
    assert set(np.unique(weeks)) == {
        *("", "111", "121", "130", "651", "810", "870", "881", "890", "997", "998", "999")
    }
    assert 0.02 < (weeks[worked] != "").mean() < 0.25
    assert (weeks[worked] == "890").any()
    july = np.array([date.month == 7 for date in dates])
    assert (weeks[:, july] == "121").any()
    assert not (weeks[:, ~july] == "121").any()
    gone = np.isin(weeks, ["997", "998", "999"])
    assert (gone[:, :-1] <= gone[:, 1:]).all()
    assert not (gone & worked).any()
    turn = [list(names).index(name) for name in ("y_1552", "y_1553", "y_1601")]
    assert ((weeks[:, turn] == "111").all(axis=1)).mean() > 0.3
    degree = hours.to_numpy()
    assert (degree[~np.isnan(degree)] == 1).mean() > 0.25
    assert (degree[~np.isnan(degree)] > 1).any()
    industry = (study.dream.filter(regex="^branche_") != "").to_numpy()
    assert 0 < (industry != ~np.isnan(degree)).mean() < 0.01
    assert (study.dream.filter(regex="^branche_") == "011100").to_numpy().any()


def test_same_seed_same_bytes_and_another_seed_another_study(study, tmp_path):
    seed = int(re.search(r"seed = (\d+)", (study.folder / "study.toml").read_text())[1])
    standin.make(tmp_path / "again", seed)
    for file in study.folder.iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()
    other = standin.draw_tables(seed + 1)["dream"].astype(str).to_numpy()
    assert (other != standin.draw_tables(seed)["dream"].astype(str).to_numpy()).mean() > 0.1


VARIANTS = {
    "default": {},
    "independent": {"drift": 0.0, "frailty_sd": 0.0, "unit_sd": 0.0, "attachment": 0.0},
    "late entrants better": {"drift": 0.1},
    "strong units": {"unit_sd": 0.5, "absorbed": 0.02},
}


@pytest.mark.parametrize("name", VARIANTS)
def test_large_uncalibrated_draws_recover_the_truth(name):
    parameters = replace(Parameters.default(), **VARIANTS[name])
    effects = np.zeros((3, parameters.n_units))
    effects[0, :3] = 0.8
    rng = np.random.default_rng(11)
    runs = []
    for _ in range(120):
        draw = simulate(parameters, rng, effects=effects)
        of = [draw.people.route == route for route in (1, 2, 3)]
        runs.append([draw.employed[route].mean(axis=0) for route in of])
    error = np.mean(runs, axis=0) - truth(parameters, effects=effects)
    assert np.abs(error / (np.std(runs, axis=0) / np.sqrt(len(runs)))).max() < 4


def test_late_entrants_who_are_better_bias_the_share_among_the_observed():
    parameters = replace(Parameters.default(), drift=0.15, unit_sd=0.0)
    draw = simulate(parameters, np.random.default_rng(2))
    first = draw.people.route == 1
    seen = draw.observed[first, 10]
    assert draw.employed[first, 10][seen].mean() < truth(parameters)[0, 10] - 0.02


def test_occupancy_given_the_person_is_what_the_person_lives():
    draw = simulate(Parameters.default(), np.random.default_rng(3))
    expected = occupancy(Parameters.default(), draw.people.route, draw.people.eta)
    assert expected.shape == draw.employed.shape
    assert np.abs((draw.employed - expected).mean(axis=0)).max() < 0.03


def test_panel_holds_the_observed_months():
    draw = simulate(Parameters.default(), np.random.default_rng(4))
    panel = panel_of(draw)
    assert len(panel) == draw.observed.sum()
    assert panel["calendar"].max() == pd.Timestamp("2017-02-01")
    assert (panel["employed"] == (panel["hours"] >= 1)).all()
    assert (
        panel.groupby("person_id")["month"]
        .agg(["min", "max", "size"])
        .eval("(min == 0) & (size == max + 1)")
        .all()
    )


def test_targets_out_of_reach_are_named():
    with pytest.raises(CalibrationError, match="targets of nobody"):
        exchange(np.zeros((4, 2, 1)), np.ones(1), np.ones(1), np.random.default_rng(0), "nobody")
    with pytest.raises(CalibrationError, match="No whole numbers of 10 and 3"):
        month_targets(10, 3, 0.5, 12.34)


def test_every_parameter_has_a_basis_and_every_basis_a_parameter():
    sections = ["study", "process", "careers", "register", "targets", "participants"]
    tables = {name: read_table(name) for name in [*sections, "milestones", "survey"]}
    assert [name for name, _ in leaves(read_table("basis"))] == [n for n, _ in leaves(tables)]
    assert {"approaches.companies", "fidelity.mixed_groups"} <= {name for name, _ in bases()}


def test_what_parameters_answer_is_what_the_study_was_calibrated_to():
    claims = {claim.id: claim for claim in read_claims()}
    named = {claim for _, answered in bases() for claim in answered}
    assert named <= set(claims)
    fitted = {name for name in named if claims[name].basis != "definition"}
    assert fitted == {claim.id for claim in claims.values() if claim.calibrated}


def test_only_exact_numbers_are_listed_as_printed(study):
    listed = study.basis
    assert set(listed) == {"value_id", "claim", "parameter", "least", "most"}
    claims = {claim.id: claim for claim in read_claims()}
    exact = {c.id for c in claims.values() if c.calibrated and _is_exact(c)}
    assert set(listed["claim"]) == exact
    assert {"c103", "c267", "c412"} <= exact
    assert not {"c104", "c112", "c098", "c318"} & exact  # ranges and a direction
    shift = listed.set_index("claim").loc["c103"]
    assert (shift["value_id"], shift["parameter"]) == ("shift.route2.month9", "targets.shift")
    assert (shift["least"], shift["most"]) == ("0.3455", "0.3465")


def _is_exact(claim):
    return claim.kind in ("count", "number", "percent") and len(set(claim.limits)) == 1


def test_the_data_are_not_made_of_the_claims(study, tmp_path, monkeypatch):
    """Without any claim the list of printed numbers is empty and all else is the same."""
    header = (FOLDER / "claims.csv").read_text("utf-8").partition("\n")[0]
    (tmp_path / "claims.csv").write_text(f"{header}\n")
    monkeypatch.setattr(standin.basis, "CLAIMS", tmp_path / "claims.csv")
    standin.make(tmp_path / "made", seed_of(study))
    different = [
        path.name
        for path in study.folder.iterdir()
        if path.read_bytes() != (tmp_path / "made" / path.name).read_bytes()
    ]
    assert different == ["basis.csv"]


def seed_of(study):
    return int(re.search(r"seed = (\d+)", (study.folder / "study.toml").read_text())[1])
