"""Holds every claim of the published report against what this compendium computed.

A reproduction that only shows its own numbers proves nothing, so each number, count, date,
direction and null statement of the source is a row of `data/published/claims.csv` and gets one
verdict here. The rules, in the order they are applied:

1. A claim in words alone is "qualitative"; one whose value the available pages do not hold is "not
   in the source".
2. On stand-in data a claim about the study is tested only if the stand-in was calibrated to it; a
   match then shows that the pipeline computes what the report defines, no more. Claims that need
   no study data (`basis` "definition") are always tested. All others are "not testable".
3. A claim whose value no chapter recorded is "not computed yet".
4. A number is "same" if it is equal, and "within rounding" if it lies at most half a unit of the
   last printed digit away (that unit is `rounding`; the limit itself counts, so that rounding half
   up and half to even both pass) or inside the printed range `low..high`, widened in the same way.
   Fractions are first turned into the printed percent. A date is "within rounding" if it lies in
   the printed year or month. All else "differs", by computed minus published in the printed unit.
5. A direction or null statement is answered by a finding, whose interval decides: the same outcome
   "agrees", an unclear one is "compatible, not demonstrated", any other "disagrees". A value id
   `a vs b` compares two recorded numbers instead, without uncertainty: higher if a > b.
6. "Source contradicts itself" replaces the verdict of a claim that cannot hold together with
   another (`contradicts`), if it is in words, not testable or not borne out. A claim that is borne
   out keeps its verdict: the other one is in the wrong.

Apart from the verdict, every tested claim says what its test is worth: the number was typed in,
the stand-in was made to fit it, or it was found independently, which no stand-in data can do.

No other module of the report opens data/published; nothing computed depends on what is published.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import pandas as pd

from compendium.chapter.catalogue import SOURCE
from compendium.chapter.formatting import words
from compendium.chapter.recording import recorded_in
from compendium.chapter.text import Text, number, text
from compendium.claims.claims import COLUMNS, LOST, Claim, ClaimError, parse, scale
from compendium.errors import nearest
from evallib.inference.decisions import direction
from evallib.settings import project, settings

Code = Literal[
    "same", "within_rounding", "differs", "agrees", "compatible", "disagrees", "contradicts",
    "not_testable", "not_in_source", "qualitative", "not_computed",
]  # fmt: skip
LABELS: Mapping[Code, str] = {code: words(SOURCE)["verdicts"][code] for code in get_args(Code)}
"""What a reader sees for each verdict, in the order verdicts are counted."""

FOLDER = Path("data") / "published"  # of an evaluation
CONTRADICTIONS = ("hard", "wording")
WORTH = {"stated": "typed_in", "calibrated": "made_to_fit", "measured": "independent"}
"""What the test of a claim is worth, by what the number that answers it rests on."""

Records = Mapping[str, Mapping[str, Any]]
"""Ids to recorded values: {"kind": "value", "value", "unit"}, fractions for shares and points, or
{"kind": "finding", "decision", ...}."""

_TESTED: tuple[Code, ...] = get_args(Code)[:6]
_OPEN_TO_CONTRADICTION: tuple[Code, ...] = ("qualitative", "not_testable", "differs", "disagrees")


@dataclass(frozen=True)
class Verdict:
    """What one claim comes to; `computed` and `difference` are in the printed unit."""

    code: Code
    computed: float | str | None = None
    difference: float | None = None


def read_claims(folder: Path | None = None) -> tuple[Claim, ...]:
    """Read claims.csv and value_ids.csv; a `ClaimError` says what is wrong with them."""
    folder = folder or project() / FOLDER
    value_ids = _rows(folder / "value_ids.csv", ("pattern", "unit", "meaning"))
    definition = folder.parent / "evaluation.toml"
    told = tomllib.loads(definition.read_text("utf-8")) if definition.is_file() else {}
    pages = told.get("study", {}).get("extract_pages", 0)
    return parse(_rows(folder / "claims.csv", COLUMNS), value_ids, pages)


def read_contradictions(claims: Sequence[Claim], folder: Path | None = None) -> pd.DataFrame:
    """Read what cannot hold together: claims (ids), kind, pages and an explanation.

    Of the kind "hard", numbers or rules exclude each other; of the kind "wording", a word says more
    or less than the number beside it. Raises `ClaimError` for another kind, and when two claims
    that contradict each other stand together in no row.
    """
    columns = ("claims", "kind", "explanation_da", "explanation_en")
    rows = _rows((folder or project() / FOLDER) / "contradictions.csv", columns)
    if odd := [row["kind"] for row in rows if row["kind"] not in CONTRADICTIONS]:
        hint = nearest(odd[0], CONTRADICTIONS)
        raise ClaimError(f"contradictions.csv has the unknown kind `{odd[0]}`; {hint}")
    told = [row["claims"].split() for row in rows]
    for claim in claims:
        for other in claim.contradicts:
            if not any(claim.id in together and other in together for together in told):
                raise ClaimError(
                    f"claims {claim.id} and {other} contradict each other; explain it in a row of "
                    "contradictions.csv."
                )
    pages = {claim.id: claim.page for claim in claims}
    where = [sorted({pages[name] or 0 for name in together}) for together in told]
    return pd.DataFrame(rows).assign(pages=[", ".join(map(str, found)) for found in where])


def verdicts(claims: Sequence[Claim], values: Records, is_standin: bool) -> pd.DataFrame:
    """Give every claim its verdict: one row per claim, in their order.

    `values` are the records of outputs/values. `published` is as printed (a number, a range, a
    date, a direction or nothing), `computed` a number in the printed unit, a date or an outcome.
    Raises `ClaimError` where a chapter recorded something that cannot be held against the claim.
    Where results are to leave a secure site the exact numbers choose the verdict, of which the
    class alone leaves, and `computed` is the number that may be seen.
    """
    exact = _exact()
    made = [verdict(claim, exact or values, is_standin) for claim in claims]
    if exact:
        made = [_shown(*pair, values) for pair in zip(claims, made, strict=True)]
    return pd.DataFrame(
        [_row(claim, one, is_standin) for claim, one in zip(claims, made, strict=True)]
    )


def _exact() -> Records:
    """Return the exact numbers of the study, if those at hand are rounded; else nothing."""
    folder = settings().get("exact")
    return recorded_in(Path(folder)) if folder else {}


def _shown(claim: Claim, exact: Verdict, values: Records) -> Verdict:
    """Return a verdict with the number that may be seen, without one where it is left out."""
    if exact.computed is None or any(values[name].get("hidden") for name in claim.answers):
        return replace(exact, computed=None, difference=None)
    seen = _compared(claim, [values[name] for name in claim.answers])
    return replace(seen, code=exact.code)


def worth(result: pd.DataFrame) -> dict[str, int]:
    """Count the tested claims of `verdicts` by what their test is worth.

    Returns
    -------
    dict
        `typed_in`: the number follows from a definition; `made_to_fit`: the stand-in study was made
        so that it comes out; `independent`: nothing of the claim was used.
    """
    counts = result["basis"].value_counts()
    return {name: int(counts.get(basis, 0)) for basis, name in WORTH.items()}


def _row(claim: Claim, made: Verdict, is_standin: bool) -> dict[str, object]:
    row = asdict(claim) | asdict(made) | {"contradicts": " ".join(claim.contradicts)}
    printed, code = row.pop("value"), row.pop("code")
    study = "calibrated" if is_standin else "measured"  # of a stand-in no other claim is tested
    basis = "stated" if claim.basis == "definition" else study
    return row | {
        "published": "" if printed == LOST else printed,
        "verdict": code,
        "basis": basis if code in _TESTED else "",
    }


def verdict(claim: Claim, values: Records, is_standin: bool) -> Verdict:
    """The verdict of one claim by the rules at the top of this module."""
    code = _untested(claim, values, is_standin)
    made = Verdict(code) if code else _compared(claim, [values[name] for name in claim.answers])
    if claim.contradicts and made.code in _OPEN_TO_CONTRADICTION:
        return replace(made, code="contradicts")
    return made


def as_text(value: float | str | None, unit: str, rounding: float = 0.01) -> Text | None:
    r"""A `published` or `computed` cell as text, numbers with the decimals of those printed.

    At most two are shown unless the source's last digit, `rounding`, is a later one.

    >>> as_text("2231", "count"), as_text(1.7512, "score"), as_text(None, "hours")
    ('2,231', '1.75', None)
    >>> as_text(0.0474161, "number", 0.00001)
    '0.04742'
    >>> as_text("2017-W08", "date"), as_text("34.6..39.5", "points")
    ('week 8 of 2017', '34.6–39.5\xa0percentage points')
    """
    said = words(SOURCE)
    if value is None or value == "":
        return None
    if value in said["outcomes"]:
        return text(said["outcomes"][value])
    if unit == "date":
        return _date_text(str(value), said["week_of"])
    numbers = [float(part) for part in str(value).split("..")]
    most = max(2, len(f"{rounding:.9f}".rstrip("0").partition(".")[2]))
    decimals = max(min(most, len(f"{number:.10g}".partition(".")[2])) for number in numbers)
    factor = scale(unit, "share") or 1  # what is printed as a percentage is formatted from a share
    shown = "share" if unit == "percent" else unit
    last = number(numbers[-1] / factor, shown, decimals, of="recorded")
    if len(numbers) == 1:
        return text("{last}", last=last)
    joint = "{first}–{last}" if numbers[0] >= 0 else said["range"]
    return text(joint, first=number(numbers[0], "number", decimals, of="recorded"), last=last)


def _date_text(iso: str, week_of: str) -> Text:
    """A date printed to the day, the month, the week or the year."""
    if "W" in iso:
        year, week = map(int, iso.split("-W"))
        return text(week_of, week=number(week, "number", 0), year=number(year, "year"))
    return text("{date}", date=number(iso, {4: "year", 7: "month"}.get(len(iso), "date")))


def _untested(claim: Claim, values: Records, is_standin: bool) -> Code | None:
    """Rules 1-3: why the claim cannot be held against a value, or None."""
    if claim.value == LOST:
        return "not_in_source"
    if claim.kind == "text":
        return "qualitative"
    if is_standin and claim.basis == "study" and not claim.calibrated:
        return "not_testable"
    return None if all(name in values for name in claim.answers) else "not_computed"


def _compared(claim: Claim, records: Sequence[Mapping[str, Any]]) -> Verdict:
    if claim.kind in ("direction", "null"):
        return _outcome(claim, records)
    return (_date if claim.kind == "date" else _amount)(claim, records[0])


def _amount(claim: Claim, record: Mapping[str, Any]) -> Verdict:
    """Compare a number by rule 4."""
    factor = scale(claim.unit, record["unit"])
    if factor is None:
        raise ClaimError(
            f"claim {claim.id} is printed in {claim.unit}, but `{claim.value_id}` was recorded in "
            f"{record['unit']}. Record it in a unit that fits, or correct the claim."
        )
    computed = float(f"{_number(claim, record) * factor:.12g}")
    low, high = claim.limits
    difference = computed - min(max(computed, low), high)
    inside = abs(difference) <= claim.rounding / 2 + 1e-9
    return Verdict(_closeness(low == high == computed, inside), computed, difference)


def _date(claim: Claim, record: Mapping[str, Any]) -> Verdict:
    """Compare a date with one printed to the day, month or year."""
    computed = str(record["value"])
    inside = computed.startswith(f"{claim.value}-")
    return Verdict(_closeness(computed == claim.value, inside), computed)


def _closeness(same: bool, inside: bool) -> Code:
    return "same" if same else "within_rounding" if inside else "differs"


def _outcome(claim: Claim, records: Sequence[Mapping[str, Any]]) -> Verdict:
    """Compare a direction by rule 5."""
    if len(records) == 2:
        a, b = (_number(claim, record) for record in records)
        outcome: str = direction(a - b)
    elif "decision" in records[0]:
        outcome = str(records[0]["decision"])
    else:
        raise ClaimError(
            f"claim {claim.id} states a direction, but `{claim.value_id}` was recorded as a value. "
            "State it by finding(), or answer the claim by `a vs b`."
        )
    unproven: Code = "compatible" if outcome == "unclear" else "disagrees"
    return Verdict("agrees" if outcome == claim.value else unproven, outcome)


def _number(claim: Claim, record: Mapping[str, Any]) -> float:
    number = record.get("value")
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ClaimError(
            f"claim {claim.id} needs a number, but `{claim.value_id}` was recorded as {number!r}. "
            "Record a number, or correct the claim."
        )
    return float(number)


def _rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a file that must have exactly these columns."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            found, rows = list(reader.fieldnames or ()), list(reader)
    except FileNotFoundError as error:
        raise ClaimError(f"{path.name} is missing; restore it to data/published.") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise ClaimError(f"{path.name} is not readable as CSV in UTF-8: {error}.") from error
    if missing := [name for name in columns if name not in found]:
        raise ClaimError(f"{path.name} has no column {', '.join(missing)}; add it.")
    if odd := [name for name in found if name not in columns]:
        hint = nearest(odd[0], columns)
        raise ClaimError(f"{path.name} has an unknown column `{odd[0]}`; {hint}")
    if short := next((row for row in rows if None in row or None in row.values()), None):
        name = short[columns[0]]
        raise ClaimError(f"{path.name}: row {name} does not have {len(columns)} cells.")
    return rows
