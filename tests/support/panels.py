"""Panels drawn at random, and every estimator of panels, called with the names of its columns."""

from functools import partial

import numpy as np
import pandas as pd

from evallib import curves

OURS = {
    name: name
    for name in (
        "person_id", "route", "project", "month", "employed", "hours", "calendar", "away",
        "benefit",
    )
}  # fmt: skip
FOREIGN = {
    "person_id": "id",
    "route": "arm",
    "project": "site",
    "month": "week",
    "employed": "in_work",
    "hours": "paid",
    "calendar": "week_of_year",
    "away": "gone",
    "benefit": "lives_on",
}


def simulated(seed: int, people: int, units: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        unit = f"U{rng.integers(units) if person >= 2 * units else person % units}"
        for month in range(int(rng.integers(3, 7)) if person >= 2 * units else 6):
            rows += [(f"P{person}", 1, unit, month, bool(rng.random() < 0.4))]
    return pd.DataFrame(rows, columns=["person_id", "route", "project", "month", "employed"])


def followed() -> pd.DataFrame:
    """Two groups of ten units each, some of which work in both; entry in four months of 2016."""
    frame = simulated(21, 240, 14)
    number = frame["person_id"].str[1:].astype(int)
    start, unit = number % 4, frame["project"].str[1:].astype(int)
    second = np.where(unit < 4, False, np.where(unit < 10, number % 3 == 0, True))
    months = pd.PeriodIndex.from_ordinals(552 + start + frame["month"], freq="M")  # 2016-01 is 552
    away = start == 3
    return frame.assign(
        route=np.where(second, 2, 1),
        calendar=months.to_timestamp(),
        hours=frame["employed"] * (20.0 + 7 * start),
        away=away,
        benefit=np.where(away, "gone", np.where(number % 5 == 0, "sick", "none")),
    )


def weekly(panel: pd.DataFrame) -> pd.DataFrame:
    """The same people under foreign names, followed by weeks that are counted in the year."""
    counted = panel["calendar"].dt.year * 12 + panel["calendar"].dt.month
    return panel.assign(calendar=counted - counted.min() + 5).rename(columns=FOREIGN)


def _followed(c):
    return {"person": c["person_id"], "time": c["month"]}


def _grouped(c):
    return _followed(c) | {"by": c["route"], "cluster": c["project"]}


def _dated(c):
    return _grouped(c) | {"calendar": c["calendar"]}


def _curve(name, outcome="employed", names=_grouped, **options):
    """The call of an estimator of `curves` on a panel with column names c, and its outcome."""
    made = getattr(curves, name)
    return outcome, lambda panel, c, **more: made(panel, c[outcome], **names(c), **options, **more)


def _with(name, outcome, call):
    return outcome, partial(call, getattr(curves, name))


KINDS = ("share", "change", "occupancy", "standardised")
CURVES = {
    "share": _curve("share"),
    "mean": _curve("mean", "hours"),
    "mean among": _with(
        "mean", "hours", lambda f, p, c, **o: f(p, c["hours"], c["employed"], **_grouped(c), **o)
    ),
    "ever": _curve("ever"),
    "newly": _curve("ever", exclude_at_baseline=True),
    "shift": _curve("shift"),
    "paired shift": _curve("shift", baseline="risk_set"),
    "thresholds": _with(
        "thresholds", "hours",
        lambda f, p, c, **o: f(p, [30], c["hours"], **_grouped(c), **o)[30],
    ),
    "occupancy": _with(
        "occupancy", "employed",
        lambda f, p, c, **o: f(p, c["employed"], **_grouped(c), **o)["True"],
    ),
    "incidence": _curve("incidence"),
    "incidence from the start": _curve("incidence", at_risk_from_start=True),
    "incidence with exits": _with(
        "incidence", "employed",
        lambda f, p, c, **o: f(p, c["employed"], c["away"], **_grouped(c), **o),
    ),
    "drift": _with(
        "drift", "employed",
        lambda f, p, c, **o: f(p, (0, 2), c["employed"], **_dated(c), **o),
    ),
    "standardised": _curve("standardised", names=_dated),
} | {
    f"{kind} band": _curve("simultaneous", names=_dated, kind=kind, draws=99) for kind in KINDS
}  # fmt: skip
"""By name: the column of the outcome and a call (panel, names of columns, further options)."""
DIFFERENCES = {
    f"difference in {kind}{', band' * band}": _with(
        "difference", "employed",
        lambda f, p, c, kind=kind, band=band, **o: f(
            p, c["employed"], 1, 2, **_dated(c), kind=kind, simultaneous=band, draws=99, **o
        ),
    )
    for kind in KINDS
    for band in (False, True)
}  # fmt: skip
OTHERS = {
    "risk_set": (None, lambda p, c: curves.risk_set(p, **_grouped(c))),
    "ever_share": _curve("ever_share"),
    "newly_share": _curve("ever_share", exclude_at_baseline=True),
    "expected_months": _with(
        "expected_months", "employed",
        lambda f, p, c: f(p, "True", c["employed"], **_grouped(c)),
    ),
    "fixed_cohort": (None, lambda p, c: curves.fixed_cohort(p, 4, **_followed(c))),
    "sustained": _curve("sustained", names=_followed),
    "states": _with(
        "states", "employed",
        lambda f, p, c: f(p, None, c["employed"], c["benefit"], **_followed(c)),
    ),
}  # fmt: skip
EVERY = CURVES | DIFFERENCES | OTHERS
DATED = {"drift", "standardised"} | {n for n in EVERY if "standardised" in n}
UNGROUPED = {"fixed_cohort", "sustained", "states"}
FROM_START = {name for name in EVERY if "change" in name or "shift" in name or "newly" in name}
WHOLE = {
    name
    for name in EVERY
    if any(word in name for word in ("occupancy", "incidence", "standardised", "expected"))
} | {"sustained"}
