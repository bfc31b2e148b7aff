"""What a chapter may show: values, findings, figures and tables, each by one call with an id.

An exhibit is computed once and shown in two languages. The call sends a language-neutral payload as
the cell's output, so the executed notebook alone holds what the report shows, and every number is
known by the cell that made it. A result is stated by a `finding`: the author writes a sentence for
each outcome, and the interval chooses among them, so that the report stays true with other data.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from compendium.chapter.formatting import LANGUAGES, Unit, checked_unit, full, interval, part, words
from compendium.chapter.origin import made_by
from compendium.chapter.payloads import DECISIONS, MIME, decision, number_payload, plain, texts
from compendium.errors import ExhibitError, nearest

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
_ID = re.compile(r"[A-Za-z0-9_]+([.-][A-Za-z0-9_]+)*")
_OWN_PARTS = ("estimate", "size", "low", "high", "clusters", "interval", "margin")


@dataclass(frozen=True)
class Value:
    """A number of the report: `value` is raw (a share is a fraction), `unit` says how it is shown.

    `low`, `high`, `clusters`, `level` and `n` come from the estimate it was made of; `origin` says
    where it was computed (chapter and cell are known for recorded values only). A Value is itself
    like an estimate, so it can be given on to `value` and `finding`.
    """

    kind: ClassVar[str] = "value"
    id: str
    value: Any
    unit: str
    decimals: int | None = None
    low: float | None = None
    high: float | None = None
    clusters: int | None = None
    level: float | None = None
    n: int | None = None
    origin: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __float__(self) -> float:
        return float(self.value)

    @property
    def payload(self) -> dict[str, Any]:
        """The value as JSON-ready data."""
        kept = {k: v for k, v in asdict(self).items() if v is not None and k != "origin"}
        data = {"value": None, **kept}  # a number that is missing is shown as missing
        return {"kind": self.kind, **data, **self.origin}

    def __repr__(self) -> str:
        return f"{self.id} = {full(self.value, self.unit, 'en', self.decimals)}"


@dataclass(frozen=True)
class Finding(Value):
    """A stated result: the value, the margin of no practical size, and the sentence that holds.

    `decision` is "higher", "lower", "none" or "unclear"; `text` its sentence per language, with
    {placeholders}; `values` the payloads they name; `addition` marks what the report did not have.
    """

    kind: ClassVar[str] = "finding"
    margin: float = 0.0
    decision: str = "unclear"
    text: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    addition: bool = False

    def __repr__(self) -> str:
        return f"{self.id}: {self.decision}, {interval(self.payload, 'en')}"


Recorded = TypeVar("Recorded", bound=Value)


@dataclass(frozen=True)
class Column:
    """A column of a table: the frame's column `name`, its head per language, unit and decimals.

    `head=True` makes its cells row headers (the first column is one if none is named).
    """

    name: str
    label: Mapping[str, str]
    unit: Unit = "text"
    decimals: int | None = None
    head: bool = False


def value(name: str, number: Any, unit: Unit, *, decimals: int | None = None) -> Value:
    """Record a number under an id and return it for use in prose as {eval}`name`.

    `number` is a bare number, date or text, or an estimate with the attributes value, low, high,
    clusters; a share or difference of shares is a fraction. Raises ExhibitError for a bad id or
    unit.

    >>> value("referred.total", 3630, "count")
    referred.total = 3,630
    """
    return _record(Value, inspect.currentframe(), name, number, unit, decimals=decimals)


def finding(
    name: str,
    estimate: Any,
    *,
    margin: float,
    unit: Unit,
    text: Mapping[str, Mapping[str, str]],
    values: Mapping[str, Value] | None = None,
    decimals: int | None = None,
    addition: bool = False,
) -> Finding:
    """State a result by the sentence its interval supports, and return it for use in prose.

    `estimate` has value, low and high; `margin` is the difference of no practical size, in the
    estimate's unit; `text` holds the sentences "higher", "lower", "none" and "unclear", in both
    languages. Sentences may name {estimate}, {size} (without its sign), {low}, {high}, {interval},
    {clusters}, {margin} and the names of `values`. Raises ExhibitError when a sentence is missing.

    >>> class Gap: value, low, high = -0.02, -0.04, 0.0
    >>> say = {key: {"da": "…", "en": "…"} for key in ("higher", "lower", "none", "unclear")}
    >>> finding("gap", Gap, margin=0.05, unit="points", text=say).decision
    'none'
    """
    what = f"finding `{name}`"
    if set(text) != set(DECISIONS):
        raise ExhibitError(f"{what} needs the sentences {', '.join(DECISIONS)}")
    if not hasattr(estimate, "low") or not hasattr(estimate, "high"):
        raise ExhibitError(f"{what} needs an estimate with an interval (low, high)")
    known = [*_OWN_PARTS, *(values or {})]
    told = {key: texts(said, f"{what}, sentence `{key}`", known) for key, said in text.items()}
    decided = decision(number_payload(estimate), margin)
    return _record(
        Finding, inspect.currentframe(), name, estimate, unit, decimals=decimals, margin=margin,
        decision=decided, text=told[decided], values=_payloads(values), addition=addition,
    )  # fmt: skip


def figure(
    name: str,
    draw: Callable[[str], Figure],
    *,
    caption: Mapping[str, str],
    alt: Mapping[str, str],
    values: Mapping[str, Value] | None = None,
) -> None:
    """Draw a figure in each language and record it with its caption and alt text.

    `draw(lang)` returns a matplotlib Figure. Caption and alt are {"da", "en"} texts and may name
    {values}; the alt text says what the data show and is obligatory. Raises ExhibitError otherwise.
    """
    from compendium.chapter.drawing import to_svg

    payload = _captioned(name, "figure", caption, values)
    payload["alt"] = texts(alt, f"alt text of figure `{name}`", payload["values"])
    if payload["alt"] == payload["caption"]:
        raise ExhibitError(
            f"alt text of figure `{name}` repeats the caption; say what the data show"
        )
    svg = {lang: to_svg(draw, lang, f"{name}-{lang}", standin()) for lang in LANGUAGES}
    _emit(payload | {"svg": svg}, f"figure {name}", {"image/svg+xml": svg[_shown()]})


def table(
    name: str,
    frame: pd.DataFrame,
    *,
    caption: Mapping[str, str],
    columns: Sequence[Column],
    group: str | None = None,
    filtered: bool = False,
    note: Mapping[str, str] | None = None,
    values: Mapping[str, Value] | None = None,
) -> None:
    """Record a table: the frame's rows in order, shown in the given columns.

    A cell may be a number, date, text, {"da", "en"} text, or an estimate (shown with its interval);
    `group` names a column whose equal neighbours share a group heading, and `filtered` lets a
    reader of the HTML choose one group; `note` stands under the table, with the number of clusters
    behind its intervals unless a column "units" or "clusters" tells it. Raises ExhibitError for a
    column the frame does not have.
    """
    from compendium.chapter.tables import to_html

    wanted = [column.name for column in columns] + ([group] if group else [])
    for key in wanted:
        if key not in frame.columns:
            raise ExhibitError(
                f"table `{name}` has no column `{key}`; {nearest(key, frame.columns)}"
            )
    payload = _captioned(name, "table", caption, values)
    named = any(column.head for column in columns)
    payload["columns"] = [
        {
            "label": plain(column.label),
            "unit": checked_unit(column.unit),
            "decimals": column.decimals,
            "head": column.head or (not named and column is columns[0]),
        }
        for column in columns
    ]
    cells = [[_cell(item) for item in frame[column.name]] for column in columns]
    payload["rows"] = [list(row) for row in zip(*cells, strict=True)]
    payload["groups"] = [plain(item) for item in frame[group]] if group else None
    payload["filtered"] = filtered and group is not None
    payload["note"] = texts(note, f"note of table `{name}`", payload["values"]) if note else None
    if not {"units", "clusters"} & set(wanted):
        payload["note"] = _with_clusters(payload["note"], payload["rows"])
    _emit(payload, f"table {name}", {"text/html": to_html(payload, _shown())})


def recorded(name: str) -> Value:
    """Return a value or finding another chapter recorded in this build.

    Reads the values folder of $COMPENDIUM_OUT (default: the repository's outputs). The number keeps
    its first origin, so prose that shows it leads to the chapter that computed it. Raises
    ExhibitError with the nearest id when no chapter recorded it.
    """
    known = records()
    if name not in known:
        hint = nearest(name, known) if known else "the chapters it is “after” recorded nothing"
        raise ExhibitError(f"no chapter recorded `{name}`; {hint}")
    found = {"id": name, **known[name]}
    kind = Finding if found["kind"] == "finding" else Value
    given = {f.name: found[f.name] for f in fields(kind) if f.name in found}
    origin = {k: found[k] for k in ("chapter", "cell", "cell_id", "function") if k in found}
    return kind(**given, origin=origin)


def recorded_curve(pattern: str) -> pd.DataFrame:
    """Return a curve another chapter recorded point by point, as a frame to draw.

    `pattern` is the points' id with {group} and {month} in place of the two numbers, such as
    "share.route{group}.month{month}". Columns: group, month, n, estimate, low, high, clusters.
    Raises ExhibitError when no id fits.
    """
    import pandas as pd

    point = re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>\\d+)", re.escape(pattern)))
    columns = {"n": "n", "value": "estimate", "low": "low", "high": "high", "clusters": "clusters"}
    rows = [
        {"group": int(found["group"]), "month": int(found["month"])}
        | {column: data.get(key) for key, column in columns.items()}
        for name, data in records().items()
        if (found := point.fullmatch(name))
    ]
    if not rows:
        raise ExhibitError(f"no chapter recorded any point of `{pattern}`")
    return pd.DataFrame(rows).sort_values(["group", "month"], ignore_index=True)


def records() -> dict[str, Any]:
    """Return by id what other chapters recorded: in a build, those of the metadata's "after"."""
    declared = os.environ.get("COMPENDIUM_READS")
    paths = sorted((out_folder() / "values").glob("[0-9][0-9].json"))
    read = [p for p in paths if declared is None or p.stem in declared.split(",")]
    return {k: v for p in read for k, v in json.loads(p.read_text("utf-8"))["values"].items()}


def out_folder() -> Path:
    """The folder of this build's results: $COMPENDIUM_OUT, else outputs of the repository."""
    return Path(os.environ.get("COMPENDIUM_OUT", ROOT / "outputs"))


def standin() -> bool:
    """Tell whether the study in use is the stand-in study; its figures then say so."""
    folder = Path(os.environ.get("EVALLIB_DATA", ROOT / "data" / "standin"))
    sheet = folder / "study.toml"
    return sheet.is_file() and bool(tomllib.loads(sheet.read_text("utf-8")).get("standin"))


def inline(expression: str, namespace: Mapping[str, Any]) -> Inline:
    """Return what {eval}`expression` shows: a name of a value or finding, or one of its parts.

    Raises ExhibitError with the nearest name. Nothing else is evaluated in prose, so that no number
    is computed where no reader can see it.
    """
    name, _, attribute = expression.partition(".")
    shown = {key: thing for key, thing in namespace.items() if isinstance(thing, Value)}
    if name not in shown:
        what = "is not a value or finding" if name in namespace else "is not defined"
        raise ExhibitError(f"{{eval}}`{expression}`: `{name}` {what}; {nearest(name, shown)}")
    parts = ("value", "size", "low", "high", "clusters", "n", "interval")
    if attribute and attribute not in parts:
        raise ExhibitError(f"{{eval}}`{expression}`: no such part; {nearest(attribute, parts)}")
    return Inline(shown[name], attribute)


@dataclass(frozen=True)
class Inline:
    """A value, finding or part of one as it stands in prose."""

    shown: Value
    part: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        payload = self.shown.payload | {"part": self.part}
        return {MIME: payload, "text/plain": part(payload, self.part or "value", _shown())}


def _with_clusters(
    note: dict[str, str] | None, rows: Sequence[Sequence[Any]]
) -> dict[str, str] | None:
    """Add to a table's note how many clusters its intervals rest on, where no column says so."""
    found = {c["clusters"] for row in rows for c in row if isinstance(c, dict) and "clusters" in c}
    if not found:
        return note
    span = "–".join(str(n) for n in sorted({min(found), max(found)}))
    added = {lang: str(words(lang)["clusters_note"]).format(n=span) for lang in LANGUAGES}
    return {lang: f"{note[lang]} {added[lang]}" for lang in LANGUAGES} if note else added


def _cell(item: Any) -> Any:
    if isinstance(item, Value):
        return {"id": item.id} | number_payload(item)
    return number_payload(item) if hasattr(item, "low") and hasattr(item, "high") else plain(item)


def _payloads(values: Mapping[str, Value] | None) -> dict[str, Any]:
    return {key: item.payload for key, item in (values or {}).items()}


def _captioned(
    name: str, kind: str, caption: Mapping[str, str], values: Mapping[str, Value] | None
) -> dict[str, Any]:
    told = texts(caption, f"caption of {kind} `{name}`", values or {})
    return {"kind": kind, "id": _checked_id(name), "caption": told, "values": _payloads(values)}


def _record(
    kind: type[Recorded], call: FrameType | None, name: str, number: Any, unit: str, **more: Any
) -> Recorded:
    """Make a value or finding of a number, and send it; `call` runs `value` or `finding`."""
    function = made_by(call.f_back if call else None)
    origin = {"function": function} if function else {}
    given = number_payload(number) | more
    made = kind(_checked_id(name), unit=checked_unit(unit), origin=origin, **given)
    _emit(made.payload, repr(made))
    return made


def _checked_id(name: str) -> str:
    if not _ID.fullmatch(name):
        raise ExhibitError(
            f"`{name}` is no id: use letters, digits and _, joined by dots or hyphens"
        )
    return name


def _shown() -> str:
    return os.environ.get("COMPENDIUM_LANG", LANGUAGES[0])


def _emit(payload: Mapping[str, Any], text: str, more: Mapping[str, str] | None = None) -> None:
    """Send an exhibit as the cell's output; outside a notebook there is no cell to send it to."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        ipython.display.display({MIME: payload, "text/plain": text, **(more or {})}, raw=True)
