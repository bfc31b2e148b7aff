"""Holds the small tables against the definition file and against each other.

A table can be sound in itself and still not belong to the study: a unit spelt otherwise, a route
that is not there, reports that speak of other people. Only what is read can be compared, so each
check asks for the tables it needs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

import pandas as pd

from evallib.study.cells import SmallTable
from evallib.study.checks import Findings
from evallib.study.contract import LIMITS, TABLES, codelist

if TYPE_CHECKING:
    from evallib.study.definition import Definition

Small = Mapping[str, SmallTable]
Pairs = set[tuple[str, str]]

FULL = ("participants", "survey", "milestones", "elements")
"""Tables that have every unit of every route."""
HAPPENED = {"referred": "referred_on", "started": "started_on", "completed": "completed_on"}
"""Which date of a person a reported indicator counts."""


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


def _pairs(small: SmallTable) -> Pairs:
    both = pd.DataFrame({"r": small.codes("route"), "u": small.cells["project"]})
    return set(both.drop_duplicates().itertuples(index=False, name=None))


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
    meant = set()
    lower = {" ".join(name.lower().split()): name for name in allowed}
    for unit in units.unique()[:50]:
        near = get_close_matches(" ".join(unit.lower().split()), lower, n=1, cutoff=0.75)
        meant.update(lower[name] for name in near)
    return f"near to {', '.join(sorted(meant)[:8])}" if meant else ""


def _on_their_routes(
    tables: Small,
    pairs: Mapping[str, Pairs],
    named: bool,  # noqa: FBT001
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
            rows = zip(small.codes("route"), small.cells["project"], strict=True)
            broken = pd.Series([row in wrong for row in rows], index=small.cells.index, dtype=bool)
            small.note(findings, "unit_not_on_route", "route, project", broken)


def _complete(
    small: SmallTable, pairs: Pairs, definition: Definition, findings: Findings
) -> None:
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
        months = small.dates("month").dropna()
        if len(months):
            spanned = len(pd.period_range(months.min(), months.max(), freq="M"))
            reach = min(spanned, _intake(definition) + 12)
            indicators = len(TABLES[name]["indicator"].codes)
            _rows(small, len(pairs) * reach * indicators, "month, indicator", findings)
    if name == "fidelity" and small.has("requirement"):
        wanted = Counter(row["route"] for row in codelist("requirements"))
        _rows(small, sum(wanted[route] for route, _ in pairs), "requirement", findings)


def _intake(definition: Definition) -> int:
    study = definition.study
    return len(pd.period_range(study.intake_first_month, study.intake_last_month, freq="M"))


def _rows(small: SmallTable, expected: int, column: str, findings: Findings) -> None:
    there = len(small.cells.drop_duplicates(list(small.table.unique)))
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
    if not (reports.has("month", "indicator", "milestone", "realised")):
        return
    told = pd.DataFrame(
        {
            "route": reports.codes("route"),
            "project": reports.cells["project"],
            "month": reports.cells["month"],
            "indicator": reports.codes("indicator"),
            "target": reports.numbers("milestone"),
            "realised": reports.numbers("realised"),
        }
    )
    far, compared, exchanged = 0, 0, []
    for indicator, column in HAPPENED.items():
        if not people.has(column):
            continue
        cells = told[told["indicator"] == indicator]
        keys = ["route", "project", "month"]
        reported = cells.groupby(keys)[["target", "realised"]].sum(min_count=1)
        days = people.dates(column)
        counted = (
            pd.DataFrame(
                {
                    "route": people.codes("route"),
                    "project": people.cells["project"],
                    "month": days.dt.strftime("%Y-%m"),
                }
            )[days.notna()]
            .groupby(keys)
            .size()
            .rename("people")
        )
        both = reported.join(counted, how="outer")
        units = both.groupby(["route", "project"])[["people", "realised"]].sum()
        limit = (LIMITS["disagreement"] * units["people"]).clip(
            lower=LIMITS["disagreeing_people"]
        )
        far += int(((units["realised"] - units["people"]).abs() > limit).sum())
        compared += len(units)
        exchanged += _exchanged(both, indicator)
    if far:
        findings.add("milestones_disagree", reports.file, "realised", n=far, of=compared)
    if exchanged:
        findings.add(
            "targets_exchanged", reports.file, "milestone, realised", detail=", ".join(exchanged)
        )


def _exchanged(both: pd.DataFrame, indicator: str) -> list[str]:
    """Routes where the targets follow the people month by month, and the realised do not."""
    aimed = both[both["target"].notna()].fillna({"people": 0, "realised": 0})
    found = []
    for route, cells in aimed.groupby(level="route"):
        off = (cells["realised"] - cells["people"]).abs().sum()
        near = (cells["target"] - cells["people"]).abs().sum()
        # Targets never hit people exactly; what was counted nearly does.
        people = cells["people"].sum()
        if people >= LIMITS["recorded"] and near < 0.5 * off and near < 0.15 * people:
            found.append(f"{indicator}, route {route}")
    return found


def _invited(people: SmallTable, survey: SmallTable, findings: Findings) -> None:
    referred = people.cells.groupby([people.codes("route"), people.cells["project"]]).size()
    invited = survey.cells.groupby([survey.codes("route"), survey.cells["project"]]).size()
    both = pd.concat([invited.rename("invited"), referred.rename("referred")], axis=1).fillna(0)
    more = int((both["invited"] > both["referred"]).sum())
    if more:
        findings.add("more_invited", survey.file, "project", n=more, of=len(invited))
