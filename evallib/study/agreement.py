"""Holds the small tables against the definition file and against each other.

A table can be sound in itself and still not belong to the study: a unit spelt otherwise, a route
that is not there, reports that speak of other people. Only what is read can be compared, so each
check asks for the tables it needs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

import pandas as pd

from evallib.study.cells import YEAR, SmallTable
from evallib.study.checks import Findings
from evallib.study.contract import LIMITS, TABLES, codelist
from evallib.study.delivery import some

if TYPE_CHECKING:
    from evallib.study.definition import Definition

Small = Mapping[str, SmallTable]
Pairs = set[tuple[str, str]]

FULL = ("participants", "survey", "milestones", "elements")
"""Tables that have every unit of every route."""
HAPPENED = {"referred": "referred_on", "started": "started_on", "completed": "completed_on"}
"""Which date of a person a reported indicator counts."""
NUMBERS = ["application", "milestone", "realised"]
_DATES = tuple(HAPPENED.values())


def check_agreement(tables: Small, definition: Definition, findings: Findings) -> None:
    """Note every breach that shows only beside the definition or another table."""
    known = {
        name: small
        for name, small in tables.items()
        if small.has("route", "project") and len(small.cells)
    }
    named = _units(known, definition, findings)
    pairs = {name: _pairs(small) for name, small in known.items()}
    _on_their_routes(known, pairs, named, definition, findings)
    for name, small in known.items():
        _complete(small, pairs[name], definition, findings)
    if "participants" in known:
        _enough(known["participants"], definition, findings)
    if {"participants", "milestones"} <= set(known):
        _reports(known["participants"], known["milestones"], findings)
    if {"participants", "survey"} <= set(known):
        _invited(known["participants"], known["survey"], findings)
        _background(known["participants"], known["survey"], findings)
    if "survey" in tables:
        _answers(tables["survey"], definition, findings)


def _pairs(small: SmallTable) -> Pairs:
    return set(zip(small.codes("route").tolist(), small.cells["project"].tolist(), strict=True))


def _units(tables: Small, definition: Definition, findings: Findings) -> bool:
    """Units the definition does not have. Returns whether units stand under their names."""
    names = {unit.name for unit in definition.units}
    aliases = definition.pseudonyms
    every: Counter[str] = Counter()
    for small in tables.values():
        every.update(small.cells["project"].unique())
    named = sum(every[name] for name in names) >= sum(every[name] for name in aliases)
    allowed = names if named else aliases
    for small in tables.values():
        units = small.cells["project"]
        strange = ~units.isin(allowed) & (units != "")
        if strange.any():
            small.note(findings, "unknown_unit", "project", strange, _nearest(units[strange],
                                                                              allowed))  # fmt: skip
    return named


def _nearest(units: pd.Series, allowed: set[str]) -> str:
    """Names of the definition that were probably meant; never what stands in the cells."""
    meant: set[str] = set()
    lower = {_bare(name): name for name in allowed}
    for unit in units.unique()[:50]:
        near = get_close_matches(_bare(unit), lower, n=1, cutoff=0.75)
        meant.update(lower[name] for name in near)
    return f"near to {', '.join(sorted(meant)[:8])}" if meant else ""


def _bare(name: str) -> str:
    """A name without what is easily written otherwise: case, spaces, zeros before a number."""
    return re.sub(r"\b0+(?=\d)", "", " ".join(name.lower().split()))


def _on_their_routes(
    tables: Small,
    pairs: Mapping[str, Pairs],
    named: bool,
    definition: Definition,
    findings: Findings,
) -> None:
    """Pairs of route and unit that the definition, or else most tables, do not have."""
    if named:
        allowed = {(str(r.number), unit) for r in definition.routes for unit in r.units}
    else:
        votes = Counter(pair for name in FULL if name in pairs for pair in pairs[name])
        if sum(name in pairs for name in FULL) < 3:
            return
        allowed = {pair for pair, n in votes.items() if n > 1}
    units = {unit for _, unit in allowed}
    routes = {str(route.number) for route in definition.routes}
    for name, small in tables.items():
        wrong = {p for p in pairs[name] - allowed if p[0] in routes and p[1] in units}
        if wrong:
            rows = zip(small.codes("route").tolist(), small.cells["project"].tolist(), strict=True)
            broken = pd.Series([row in wrong for row in rows], index=small.cells.index, dtype=bool)
            small.note(findings, "unit_not_on_route", "route, project", broken)


def _complete(small: SmallTable, pairs: Pairs, definition: Definition, findings: Findings) -> None:
    """Every route, unit, month and requirement has its rows in a table that should be full."""
    name = small.table.name
    judged = {row["route"] for row in codelist("requirements")}
    lost, missing, expected = [], 0, 0
    for route in definition.routes:
        number = str(route.number)
        if name not in FULL and number not in judged:
            continue
        there = len({unit for r, unit in pairs if r == number and unit})
        if not there:
            lost.append(f"route {number}")
            continue
        expected += len(route.units)
        missing += max(0, len(route.units) - there)
    if lost:
        findings.add("group_missing", small.file, "route", n=len(lost), detail=", ".join(lost))
    if missing:
        findings.add("unit_missing", small.file, "project", n=missing, of=expected)
    if name == "milestones" and small.has("month", "indicator"):
        study = definition.study
        first, last = pd.Timestamp(study.intake_first_month), pd.Timestamp(study.intake_last_month)
        intake, months = len(pd.period_range(first, last, freq="M")), small.dates("month").dropna()
        if len(months):
            spanned = pd.period_range(min(months.min(), first), max(months.max(), last), freq="M")
            reach = min(len(spanned), intake + 12)
            indicators = len(TABLES[name]["indicator"].codes)
            _rows(small, len(pairs) * reach * indicators, "month, indicator", findings)
    if name == "fidelity" and small.has("requirement"):
        wanted = Counter(row["route"] for row in codelist("requirements"))
        _rows(small, sum(wanted[route] for route, _ in pairs), "requirement", findings)


def _rows(small: SmallTable, expected: int, column: str, findings: Findings) -> None:
    there = len(set(zip(*(small.cells[c].tolist() for c in small.table.unique), strict=True)))
    if there < expected:
        findings.add("rows_missing", small.file, column, n=expected - there, of=expected)


def _enough(people: SmallTable, definition: Definition, findings: Findings) -> None:
    counts = people.codes("route").value_counts()
    few = [
        f"route {route.number}"
        for route in definition.routes
        if 0 < counts.get(str(route.number), 0) < LIMITS["people_per_route"]
    ]
    if few:
        findings.add("too_few_people", people.file, "route", n=len(few), detail=", ".join(few))


def _reports(people: SmallTable, reports: SmallTable, findings: Findings) -> None:
    """What units reported against the people: per unit in sum, and per month against targets."""
    if not (reports.has("month", "indicator", *NUMBERS) and people.has(*_DATES)):
        return
    told = reports.coded(["route", "indicator"])
    told["project"], told["month"] = reports.cells["project"], reports.cells["month"]
    for column in NUMBERS:
        told[column] = reports.numbers(column)
    told = told[told["indicator"].isin(HAPPENED)]
    keys = ["indicator", "route", "project", "month"]
    reported = told.groupby(keys, sort=False)[NUMBERS].sum(min_count=1)
    both = reported.join(_happened(people, keys), how="outer").fillna({"people": 0, "realised": 0})
    units = both.groupby(level=keys[:3])[["people", "realised"]].sum()
    limit = (LIMITS["disagreement"] * units["people"]).clip(lower=LIMITS["disagreeing_people"])
    far = int(((units["realised"] - units["people"]).abs() > limit).sum())
    if far:
        findings.add("milestones_disagree", reports.file, "realised", n=far, of=len(units))
    off = int((both["realised"] - both["people"]).abs().sum())
    counted = int((both["realised"] + both["people"]).sum())
    months = both.groupby(level=["indicator", "month"])[["realised", "people"]].sum()
    nobody = (months["people"] == 0) & (months["realised"] >= LIMITS["recorded"])
    if off > LIMITS["disagreement"] * counted or nobody.any():
        findings.add("months_disagree", reports.file, "month", n=off, of=counted)
    _targets(both, reports.file, findings)
    if exchanged := _exchanged(both):
        findings.add(
            "targets_exchanged", reports.file, "milestone, realised", detail=", ".join(exchanged)
        )


def _targets(both: pd.DataFrame, file: str, findings: Findings) -> None:
    """Targets are there on every route, and of the size of what was counted.

    A month may have a target of 0, but not a route: nobody could fall short of it.
    """
    sums = both.groupby(level=["indicator", "route"]).sum(min_count=1)
    indicators, people = sums.index.get_level_values("indicator"), sums["people"]
    wanted: set[str] = set()
    for column in ("application", "milestone"):
        aimed = sums[column]
        wanted |= set(indicators[aimed.notna()])
        times = aimed.where(aimed > 0) / people.where(people >= LIMITS["recorded"])
        most = LIMITS["target_times"]
        for rule, where in (
            ("zero_targets", aimed == 0),
            ("targets_far", (times > most) | (times < 1 / most)),
            ("targets_missing", aimed.isna() & indicators.isin(wanted)),
        ):
            if where.any():
                detail = some(
                    [f"{indicator}, route {route}" for indicator, route in sums[where].index]
                )
                findings.add(rule, file, column, n=int(where.sum()), detail=detail)


def _happened(people: SmallTable, keys: list[str]) -> pd.Series:
    """How many people were referred, started and completed, per route, unit and month."""
    counts: Counter[tuple[str, ...]] = Counter()
    routes, units = people.codes("route").tolist(), people.cells["project"].tolist()
    for indicator, column in HAPPENED.items():
        good = people.dates(column).notna().tolist()
        months = [text[:7] for text in people.cells[column].tolist()]
        rows = zip(routes, units, months, good, strict=True)
        counts.update((indicator, r, unit, month) for r, unit, month, there in rows if there)
    index = pd.MultiIndex.from_tuples(list(counts), names=keys)
    return pd.Series(list(counts.values()), index=index, name="people", dtype=float)


def _exchanged(both: pd.DataFrame) -> list[str]:
    """Where the targets follow the people month by month, and the realised numbers do not."""
    aimed = both[both["milestone"].notna()]
    off = (aimed["realised"] - aimed["people"]).abs()
    near = (aimed["milestone"] - aimed["people"]).abs()
    sums = pd.DataFrame({"off": off, "near": near, "people": aimed["people"]})
    sums = sums.groupby(level=["indicator", "route"]).sum()
    # Targets never hit people exactly; what was counted nearly does.
    closer = (sums["near"] < 0.5 * sums["off"]) & (sums["near"] < 0.15 * sums["people"])
    found = sums.index[closer & (sums["people"] >= LIMITS["recorded"])]
    return [f"{indicator}, route {route}" for indicator, route in found]


def _invited(people: SmallTable, survey: SmallTable, findings: Findings) -> None:
    referred, invited = (
        Counter(zip(small.codes("route").tolist(), small.cells["project"].tolist(), strict=True))
        for small in (people, survey)
    )
    more = sum(n > referred[unit] for unit, n in invited.items())
    if more:
        findings.add("more_invited", survey.file, "project", n=more, of=len(invited))


def _background(people: SmallTable, survey: SmallTable, findings: Findings) -> None:
    """Those invited were referred, so both tables tell of the same kind of people."""
    if not (people.has("birth_date", *_DATES, "education") and survey.has("age", "education")):
        return
    days = (people.dates("referred_on") - people.dates("birth_date")).dt.days
    told: dict[str, tuple[pd.Series, pd.Series]] = {
        "age": (days // YEAR // 10, survey.numbers("age") // 10),
        "education": (people.codes("education"), survey.codes("education")),
    }
    for column, (ours, theirs) in told.items():
        shares = [kind.value_counts(normalize=True) for kind in (ours, theirs)]
        apart = float(shares[0].sub(shares[1], fill_value=0).abs().sum()) / 2
        enough = min(ours.count(), theirs.count()) >= 5 * LIMITS["recorded"]
        if enough and apart > LIMITS["apart"]:
            findings.add("background_disagrees", survey.file, column)


def _answers(survey: SmallTable, definition: Definition, findings: Findings) -> None:
    """Scales lie the way they are said to: as the other answers do, and as the definition says."""
    items = [row["item"] for row in codelist("survey_items") if survey.has(row["item"])]
    values = pd.DataFrame({item: survey.numbers(item) for item in items})
    values = values.where(values != definition.survey.dont_know)
    for item in items:
        others = values.drop(columns=item).mean(axis=1)
        both = int((values[item].notna() & others.notna()).sum())
        if both >= 2 * LIMITS["recorded"] and values[item].corr(others) < LIMITS["agreeing"]:
            findings.add("answers_disagree", survey.file, item)
    if survey.has("route", "satisfaction"):
        said, kinds = definition.survey, survey.codes("route")
        for route in said.more_satisfied:
            given = values["satisfaction"][kinds == str(route)]
            good, bad = (given.isin(side).sum() for side in (said.satisfied, said.dissatisfied))
            if good + bad >= LIMITS["recorded"] and bad > good:
                findings.add("scale_reversed", survey.file, "satisfaction", detail=f"route {route}")
