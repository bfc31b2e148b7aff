"""Holds what the people's rows of the register say against the contract.

Each check takes matrices of people by columns, so that any reader of wide files can call it. What a
cell must be in itself the reader sees; here stands what shows only when many cells are seen
together: a blank month, another measure, names shifted against columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from string import ascii_letters
from unicodedata import normalize

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evallib.study.checks import Findings
from evallib.study.contract import (
    LIMITS,
    PERSON,
    SMALL_COUNT,
    codelist,
    month_column,
    week_column,
)
from evallib.study.delivery import some

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

_MUCH = 3.0
"""Times full time. Two jobs at once are recorded as 2; what is common above this is no work."""
_FIRST, _LAST = slice(None, -1), slice(1, None)
FULL_TIME = 0.9
"""From here on a month of work leaves no room for a week of benefit inside it."""


@dataclass(frozen=True)
class Window:
    """What the people's cells hold: rows are people, columns weeks or months.

    `codes` 0 for none and -1 for what is no code; `degree` part of full time, NaN for none;
    `industry` 0 for none and -1 for what is no code.
    """

    file: str
    thursdays: pd.DatetimeIndex
    codes: Ints
    firsts: pd.DatetimeIndex
    degree: Floats
    industry: Ints


def check_window(
    window: Window, unknown_codes: Callable[[Ints], Bools], hours: float,
    findings: Findings,
) -> None:  # fmt: skip
    """Everything that shows in many cells together.

    Parameters
    ----------
    window
        The cells.
    unknown_codes
        Which benefit codes the list does not have.
    hours
        Hours of full time in a month.
    findings
        Takes the faults.
    """
    recorded = np.isfinite(window.degree) & (window.degree > 0)
    paid, worked = window.codes != 0, window.industry != 0
    weeks = [week_column(day.date()) for day in window.thursdays]
    grad, branche = (
        [month_column(kind, day.date()) for day in window.firsts] for kind in ("grad", "branche")
    )
    strange = worked & ~_industry(window.industry)
    for filled, names in ((paid, weeks), (recorded, grad), (worked, branche)):
        _blank(filled.sum(axis=0), names, window.file, findings)
    _kinds(paid, paid & unknown_codes(window.codes), weeks, window.file, findings)
    _kinds(worked, strange, branche, window.file, findings)
    if n := int(strange.any(axis=1).sum()):
        of = int(worked.any(axis=1).sum())
        findings.add("unknown_industry", window.file, "branche_YYYY_MM", n=n, of=of)
    _copies(window.codes, weeks, window.file, findings)
    _copies(np.where(recorded, window.degree, 0), grad, window.file, findings)
    _measure(window.degree, recorded, grad, window.file, findings)
    if n := int((window.degree * hours > LIMITS["hours_in_month"]).sum()):
        of = int((window.degree > 0).sum())
        findings.add("impossible_hours", window.file, "grad_YYYY_MM", n=n, of=of)
    _nines(window.degree, recorded, window.file, findings)
    _beside(recorded, worked, window, findings)
    _in_step(window, recorded & (window.degree >= FULL_TIME), findings)
    empty = int((~recorded.any(axis=1) & ~paid.any(axis=1)).sum())
    if empty:
        findings.add("nothing_recorded", window.file, PERSON, n=empty, of=len(recorded))


def _industry(codes: Ints) -> Bools:
    """Whether codes are whole ones of divisions in the list of industries; none ends in 9999."""
    spans = [(int(row["code_from"]), int(row["code_to"])) for row in codelist("industries")]
    divisions = {n for first, last in spans for n in range(first, last + 1)}
    wide = 10 ** (LIMITS["industry_digits"] - 2)
    return np.asarray(np.isin(codes // wide, list(divisions)) & (codes % wide != wide - 1))


def _blank(counts: Ints, names: list[str], file: str, findings: Findings) -> None:
    """Columns that hold next to nothing where the typical one of their kind is filled."""
    if not counts.any():
        kind = names[0].split("_")[0]
        findings.add("blank_column", file, f"{kind}_…", n=len(names), of=len(names))
        return
    filled = counts[counts > 0]
    usual = max(
        float(np.median(counts)), float(np.median(filled)) * (len(filled) > len(counts) / 4)
    )
    if usual < LIMITS["recorded"]:
        return
    sparse = counts < LIMITS["blank_month"] * usual
    less, more = np.minimum(counts[1:], counts[:-1]), np.maximum(counts[1:], counts[:-1])
    jump = (more >= 3 * LIMITS["recorded"]) & (less < LIMITS["jump"] * more)
    jump = np.append(False, jump & ~sparse[1:] & ~sparse[:-1])
    _columns("uneven_columns", jump, names, file, findings)
    _columns("blank_column", sparse, names, file, findings)


def _columns(
    rule: str, off: Bools, names: list[str], file: str, findings: Findings, detail: str = ""
) -> None:
    """Note the columns that break a rule, if any do."""
    if off.any():
        told = [name for name, is_off in zip(names, off, strict=True) if is_off]
        findings.add(rule, file, some(told), n=len(told), detail=detail, of=len(names))


def _kinds(
    recorded: Bools, strange: Bools, names: list[str], file: str, findings: Findings
) -> None:
    """Columns most of whose cells are not of their kind, while the other columns are sound."""
    there = recorded.sum(axis=0)
    off = (there >= SMALL_COUNT) & (strange.sum(axis=0) > 0.5 * there)
    if not off.all():
        _columns("shifted_columns", off, names, file, findings)


def _measure(
    degree: Floats, recorded: Bools, names: list[str], file: str, findings: Findings
) -> None:
    """The highest tenth of degrees begins near full time, in all months taken together and in each.

    In hours it begins near 160, in hours a week near 37, in per mille near 1000; divided by 100 as
    percent these are 1.6, 0.37 and 10.
    """
    low, high = LIMITS["full_time"]
    values = np.where(recorded, degree, np.nan)
    enough = recorded.sum(axis=0) >= LIMITS["recorded"]
    if not enough.any():
        return
    tenth = np.nanquantile(values[:, enough], 0.9, axis=0)
    odd = (tenth < low) | (tenth > high)
    many = recorded.sum(axis=1) >= LIMITS["months_of_work"]
    low_people = int((np.nan_to_num(values[many]).max(axis=1) < LIMITS["low_degree"]).sum())
    if low_people > max(LIMITS["low_people"] * many.sum(), SMALL_COUNT):
        findings.add("degree_measure", file, PERSON, n=low_people, of=int(many.sum()))
    judged = [name for name, is_enough in zip(names, enough, strict=True) if is_enough]
    detail = f"found {np.median(tenth[odd] if odd.any() else 1):.4g} times full time"
    _columns("degree_measure", odd, judged, file, findings, detail)


def _nines(degree: Floats, recorded: Bools, file: str, findings: Findings) -> None:
    """A spike at a number of nines, whatever it was divided by, or above what people work."""
    values = degree[recorded]
    common = pd.Series(values[values > _MUCH]).mode()[:1]
    for nines in (99.0, 999.0, 9999.0, 9.99, 99.99, 0.99, *common):
        spike = int((np.abs(values - nines) < 1e-6).sum())
        beside = int((np.abs(values - nines) <= 0.05 * nines).sum()) - spike
        full = int((np.abs(values - 1.0) < 1e-6).sum()) if nines < 1 else 0
        if spike >= LIMITS["recorded"] and spike > 2 * max(beside - full, SMALL_COUNT):
            findings.add("sentinel", file, "grad_YYYY_MM", n=spike, of=len(values))


def _beside(recorded: Bools, worked: Bools, window: Window, findings: Findings) -> None:
    """Hours and industries stand in the same months; a month later or earlier they agree less."""
    if recorded.sum() < LIMITS["recorded"] * SMALL_COUNT or not worked.any():
        return
    file, year = window.file, window.firsts.year.to_numpy()
    for at in [year > 0, *(year == one for one in np.unique(year))]:  # all, then each
        ours, same = recorded[:, at], _agree(recorded[:, at], worked[:, at])
        moved = {
            name: _agree(ours[:, mine], worked[:, at][:, other])
            for name, mine, other in (("later", _FIRST, _LAST), ("earlier", _LAST, _FIRST))
        }
        best = max(moved, key=lambda name: moved[name])
        nearer = moved[best] > same + (0.005 if at.all() else 0.03)
        if nearer and ours.sum() >= 5 * LIMITS["recorded"]:
            detail = f"hours agree with the industries of the month {best}"
            told = "" if at.all() else f"{year[at][0]}_"
            column = f"grad_{told}…, branche_{told}…"
            findings.add("shifted_columns", file, column, detail=detail)
            break
    for name, ours, theirs in (("branche", recorded, worked), ("grad", worked, recorded)):
        without, every = int((ours & ~theirs).sum()), int(ours.sum())
        if without > 0.1 * every:
            column = f"{name}_YYYY_MM"
            findings.add("hours_without_industry", file, column, n=without, of=every)


def _in_step(window: Window, full: Bools, findings: Findings) -> None:
    """Benefit weeks are rare inside months of full-time work, and a week off they are less so.

    At both ends of a job a week has a code if one of its days had: the weeks at the ends are left
    out, so that the weeks between them are blank whichever way the ends lean.
    """
    firsts, days = window.firsts, window.thursdays
    at = np.asarray((days.year - firsts[0].year) * 12 + days.month - firsts[0].month)
    there = (at >= 0) & (at < len(firsts))
    weeks, paid = full[:, at[there]], window.codes[:, there] != 0
    inner = np.zeros_like(weeks)
    inner[:, 3:-3] = weeks[:, 3:-3] & weeks[:, 2:-4] & weeks[:, 4:-2]
    if inner.sum() < 100 * LIMITS["recorded"]:
        return
    steps = (*range(-13, 14), -53, -52, 52, 53)
    off = {by: int((np.roll(paid, by, axis=1) & inner).sum()) for by in steps}
    best = min(off, key=lambda by: off[by])
    years = np.asarray(days.year)[there]
    strange = [str(y) for y in np.unique(years) if _no_rarer(paid, inner, weeks, years == y)]
    if off[0] > 1.4 * off[best] + 3 * np.sqrt(off[best] + LIMITS["recorded"] / 4):
        detail = f"they fit best {abs(best)} {'later' if best > 0 else 'earlier'}"
    elif strange:
        detail = f"they fit no better than by chance: {', '.join(strange)}"
    else:
        return
    findings.add(
        "weeks_out_of_step", window.file, "y_YYWW", n=off[0], of=int(inner.sum()), detail=detail
    )


def _no_rarer(paid: Bools, inner: Bools, full: Bools, at: Bools) -> bool:
    """Whether benefit is, in some weeks, hardly rarer inside full-time work than outside it."""
    work, other = int(inner[:, at].sum()), ~full[:, at]
    inside = float((paid & inner)[:, at].sum()) / max(work, 1)
    outside = float((paid[:, at] & other).sum()) / max(int(other.sum()), 1)
    return bool(work >= 20 * LIMITS["recorded"]) and inside > LIMITS["in_work"] * outside


def check_groups(window: Window, groups: pd.DataFrame, findings: Findings) -> None:
    """No unit is without any week, degree or industry, and no route without those of a month.

    `groups` has the project and route of the people in the rows. Told where chance would leave a
    group so bare less than once in a thousand million times.
    """
    kinds = {"y_": window.codes > 0, "grad_": window.degree > 0, "branche_": window.industry > 0}
    for (kind, cells), by in product(kinds.items(), groups):
        filled = cells if by == "route" else np.asarray(cells.any(axis=1))[:, None]
        people = pd.DataFrame(filled).groupby(groups[by].to_numpy())
        chance = (1 - filled.mean(axis=0)) ** people.size().to_numpy()[:, None]
        if n := int(((people.sum() == 0) & (chance < 1e-9)).to_numpy().sum()):
            findings.add("blank_column", window.file, f"{by}: {kind}…", n=n)


def _copies(cells: NDArray[np.generic], names: list[str], file: str, findings: Findings) -> None:
    """All cells the same, or columns that are alike though others change.

    A few people may go on for weeks as they were. How many changes are usual says how far apart
    columns can be that chance left alike.
    """
    filled = cells[cells != 0]
    if len(filled) < 5 * LIMITS["recorded"]:
        return
    changes = (cells[:, 1:] != cells[:, :-1]).sum(axis=0)
    if (filled == filled[0]).all() or not changes.any():
        findings.add("one_value", file, f"{names[0].split('_')[0]}_…")
        return
    usual = float(np.max(np.quantile(changes, (0.25, 0.75)) / (1, 8)))
    first: dict[bytes, int] = {}
    copied = np.zeros(len(names), dtype=bool)
    for place in range(len(names)):
        column = cells[:, place]
        since = place - first.setdefault(column.tobytes(), place)
        copied[place] = since * usual >= LIMITS["recorded"] <= np.count_nonzero(column)
    few = copied.sum() < 3 and names[0].startswith("y_")
    _columns("week_copied" if few else "column_copied", copied, names, file, findings)


def check_unemployed(
    window: Window, since: pd.Series, referred: pd.Series, findings: Findings
) -> None:
    """Between the first day out of work and referral hardly anybody works full time.

    `since` and `referred` are dates of the people in the rows of the window; NaT where not known.
    """
    first, last = (day.dt.to_period("M").dt.to_timestamp().to_numpy() for day in (since, referred))
    months = window.firsts.to_numpy()[None, :]
    between = (months > first[:, None]) & (months < last[:, None])
    working = between & (np.nan_to_num(window.degree) >= FULL_TIME)
    n, of = int(working.sum()), int(between.sum())
    if of >= 5 * LIMITS["recorded"] and n > LIMITS["worked_while_unemployed"] * of:
        findings.add("register_contradicts", window.file, "grad_YYYY_MM", n=n, of=of)


def _agree(hours: Bools, industries: Bools) -> float:
    return float((hours & industries).sum()) / max(1.0, float((hours | industries).sum()))


def check_codes(codes: Ints, strange: Bools, file: str, findings: Findings) -> None:
    """Count people with codes the list does not have; name a code only if enough share it."""
    if not strange.any():
        return
    people = {
        int(code): int((codes == code).any(axis=1).sum()) for code in np.unique(codes[strange])
    }
    named = [
        f"{code} for {n} people" for code, n in people.items() if n >= SMALL_COUNT and code > 0
    ]
    few = len(people) - len(named)
    rest = [f"{few} not shown: unreadable, or fewer than {SMALL_COUNT} people"] if few else []
    told = [some(named), *rest] if named else rest
    n = int(strange.any(axis=1).sum())
    detail = f"codes: {', '.join(told)}"
    findings.add("unknown_benefit_code", file, "y_YYWW", n=n, detail=detail, of=len(codes))


def _padded(key: str, width: int) -> str:
    return key.zfill(width) if key.isdigit() else key


KEY_FORMS: dict[str, Callable[[str], str]] = {
    "lower case": str.lower,
    "upper case": str.upper,
    "no leading zeros": lambda key: key.lstrip("0"),
    **{
        f"leading zeros to {width} digits": partial(_padded, width=width)
        for width in range(3, 13)
    },
    "a point and zero behind": lambda key: f"{key}.0",
    "no point and zero behind": lambda key: key.removesuffix(".0"),
    "no hyphens": lambda key: key.replace("-", "").replace(" ", ""),
    "no letters before": lambda key: key.lstrip(ascii_letters),
    "plain characters": lambda key: normalize("NFKC", key).strip("\u200b\ufeff\u00ad"),
    "quotes around": lambda key: f'"{key}"',
}  # fmt: skip
"""How keys of one delivery differ from those of another, though they are the same."""


def match_otherwise(keys: Sequence[str], present: Callable[[list[str]], Iterable[str]]) -> str:
    """Which form of the keys matches more of the register, in words; empty if none does.

    `present` returns which of some keys the register has; it is asked once, as it reads the file.
    """
    forms_of = {name: [change(key) for key in keys] for name, change in KEY_FORMS.items()}
    every = dict.fromkeys(key for changed in (keys, *forms_of.values()) for key in changed)
    there = set(present(list(every)))
    best, words = sum(key in there for key in keys), ""
    for name, changed in forms_of.items():
        n = sum(key in there for key in set(changed))
        if n > best:
            best, words = n, name
    share = best / max(1, len(keys))
    return f"{share:.0%} would match if the keys here were written with {words}" if words else ""
