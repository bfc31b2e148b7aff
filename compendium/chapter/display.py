"""Tables and figures: frames and drawings made exhibits, in every language of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from compendium.chapter import gate
from compendium.chapter.basis import Basis, basis_of, default_basis, standin
from compendium.chapter.catalogue import SOURCE, Translator, translator
from compendium.chapter.codebook import Counts, codebook, quantity
from compendium.chapter.exhibits import OWN, Value, captioned
from compendium.chapter.formatting import WORDED, checked_unit, words
from compendium.chapter.output import emit, ids_of, need_columns
from compendium.chapter.payloads import checked_message, number_payload, plain, say
from compendium.chapter.recording import records
from compendium.chapter.text import ENGLISH, message_of
from compendium.errors import ExhibitError
from evallib.errors import one_of
from evallib.settings import settings

if TYPE_CHECKING:
    import pandas as pd

_PARTS_SEEN = (
    "value", "unit", "decimals", "low", "high", "clusters", "level", "n", "rule", "hidden",
)  # fmt: skip


def languages() -> tuple[str, ...]:
    """The languages exhibits are made for: in a build those of the report, else English alone."""
    return tuple(settings().get("languages", (SOURCE,)))


def chapter_translator(lang: str) -> Translator:
    """Return the translator of the chapter that runs; an own run keeps texts it has no other of."""
    if lang == SOURCE:
        return ENGLISH
    name = settings().get("chapter", "")
    as_written = bool(settings().get("untranslated"))
    return replace(translator(lang, name), as_written=as_written)


def table(  # noqa: PLR0913 - what a table says otherwise than the codebook, by name
    name: str,
    frame: pd.DataFrame,
    *,
    caption: str,
    columns: Sequence[Any] | None = None,
    labels: Mapping[Any, str] | None = None,
    unit: str | None = None,
    units: Mapping[Any, str] | None = None,
    decimals: Mapping[Any, int] | None = None,
    group: str | None = None,
    filtered: bool = False,
    note: str | None = None,
    values: Mapping[str, Any] | None = None,
    ids: Mapping[Any, str] | None = None,
    basis: Basis | None = None,
    of: Counts | None = None,
) -> None:
    """Show a frame as a numbered table: its rows in order, its columns as the codebook has them.

    Parameters
    ----------
    name
        The id, as in [](#tab-name).
    frame
        Cells are numbers, dates, texts, or estimates, which are shown with their interval.
    caption
        What the table shows; it may name {values}.
    columns
        The columns shown, in order; left out, all but `group`. The first heads its row.
    labels, units, decimals
        What this table calls or shows otherwise than the codebook, by column. Where its unit is
        "number", recorded values keep their own, which the headings of rows then tell.
    unit
        The unit of columns that have no row in the codebook, such as one per route.
    group
        A column whose equal neighbours share a heading.
    filtered
        Whether a reader of the HTML may choose one group.
    note
        Stands under the table; the number of units behind its intervals is added unless a column
        units or clusters tells it.
    values
        Recorded values that caption and note name.
    ids
        By column the pattern of the ids its cells are recorded under, which may name columns and
        the {index}: "shift.route{index}.month9". A cell that is a recorded value knows its own.
    basis
        What the cells without an id rest on, where the codebook does not know it: "stated" for a
        table typed from the source, "assumed" for one of words that the stand-in study made up.
    of
        What the cells without an id count, where the codebook does not know it: "people", "units"
        or what is "public" anyway, as all is that is stated. Where results are to leave a secure
        site, a number of people is rounded, and one that does not say how many it rests on is left
        out.

    Raises
    ------
    ExhibitError
        If the frame does not have a column, or nothing says what to call it.
    """
    from compendium.chapter.tables import to_html

    wanted = list(columns) if columns is not None else [c for c in frame.columns if c != group]
    told = [key for each in (labels, units, decimals, ids) for key in each or ()]
    need_columns(frame, [*wanted, *told, *([group] if group else [])], f"table `{name}`")
    said = (labels or {}, units or {}, unit, decimals or {})
    all_alike = {"basis": default_basis(said=basis)} if basis else {}
    payload = captioned(name, "table", caption, values) | all_alike
    columns = [_column(name, key, *said) | all_alike for key in wanted]
    payload["columns"] = [{**column, "head": place == 0} for place, column in enumerate(columns)]
    named = {key: ids_of(frame, form, f"table `{name}`") for key, form in (ids or {}).items()}
    payload |= _of(of, basis)
    counts = [payload.get("of") or gate.counts_of(str(key)) for key in wanted]
    payload["rows"] = _rows(frame[wanted], payload["columns"], named, counts)
    payload["groups"] = [message_of(item) for item in frame[group]] if group else None
    payload["filtered"] = filtered and group is not None
    note_of = f"note of table `{name}`"
    payload["note"] = checked_message(note, note_of, payload["values"]) if note else None
    if not {"units", "clusters"} & set(map(str, wanted)):
        payload["clusters"] = _clusters(payload["rows"])
    _check_translated(name, payload)
    gate.hold(payload, f"table `{name}`")
    emit(payload, f"table {name}", {"text/html": to_html(payload, ENGLISH)})


def figure(
    name: str,
    drawing: Any,
    *,
    caption: str,
    alt: str,
    values: Mapping[str, Any] | None = None,
    basis: Basis | None = None,
    of: Counts | None = None,
) -> None:
    """Show a drawing as a numbered figure, in each language of the report.

    Parameters
    ----------
    name
        The id, as in [](#fig-name).
    drawing
        A matplotlib figure or axes, a seaborn grid, or a function `draw(lang)` that returns a
        figure, where the size of texts decides the layout.
    caption
        What the figure shows; it may name {values}.
    alt
        What the data show, for those who cannot see it.
    values
        Recorded values that caption and alt name.
    basis
        What is drawn: "stated" for a map or a diagram made from the source, "calibrated" where the
        stand-in study was made to fit all of it. Left out, stand-in data count as assumed but for
        the points drawn as printed.
    of
        What the drawing counts: people unless it says "units", of what they did, or "public", as
        all is that is stated. Where results are to leave a secure site, what is drawn of people
        must stand in what `record` gave back.

    Raises
    ------
    ExhibitError
        If the alternative text is missing or repeats the caption, or a text in the drawing has a
        digit nobody computed or no translation.
    """
    from compendium.chapter.coordinates import hold_drawing
    from compendium.chapter.drawing import checked_drawing, curves_of, drawn, forget

    payload = captioned(name, "figure", caption, values)
    checked_drawing(name, drawing)
    payload["alt"] = checked_message(alt, f"alt text of figure `{name}`", payload["values"])
    if payload["alt"] == payload["caption"]:
        raise ExhibitError(
            f"alt text of figure `{name}` repeats the caption; say what the data show"
        )
    payload["standin"] = standin()
    frame = getattr(alt, "data", None)
    payload |= _of(of, basis)
    hold_drawing(drawing, payload, frame)
    payload["data"] = _data(curves_of(drawing) if frame is None else frame)
    payload["basis"] = default_basis(said=basis)
    if mark := _stamp(drawing, payload["basis"]):
        said = words(SOURCE)["basis_alt"][mark]
        payload["alt"] = {"items": [payload["alt"], said], "joint": " "}
    forget(drawing)  # or a copy of it would be shown too
    made = {
        lang: drawn(drawing, name, lang, chapter_translator(lang), mark=mark)
        for lang in languages()
    }
    for kind in ("svg", "narrow", "png"):
        payload[kind] = {lang: getattr(images, kind) for lang, images in made.items()}
    shown = made[SOURCE if SOURCE in made else next(iter(made))]
    pictures = {"image/svg+xml": shown.svg, "image/png": shown.png}
    described = {"alt": say(payload["alt"], payload, ENGLISH)}
    emit(payload, f"figure {name}", pictures, **{"image/png": described})


def _of(of: Counts | None, basis: Basis | None) -> dict[str, str]:
    """Return what an exhibit counts if it is not people, as a payload has it."""
    told = one_of(of or ("public" if basis == "stated" else "people"), Counts, "of")
    return {"of": told} if told != "people" else {}


def _data(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the rows a drawing was made of."""
    rows = [list(map(_plain, row)) for row in frame.itertuples(index=False, name=None)]
    return {"columns": [message_of(str(key)) for key in frame.columns], "rows": rows}


def _stamp(drawing: Any, basis: Basis) -> str:
    """Return which stamp a drawing gets: none where nothing in it is made up."""
    from compendium.chapter.drawing import has_printed

    if basis == "assumed" and has_printed(drawing):
        return "printed"
    return basis if basis in ("assumed", "calibrated") else ""


def _column(
    table: str,
    key: Any,
    labels: Mapping[Any, str],
    units: Mapping[Any, str],
    unit: str | None,
    decimals: Mapping[Any, int],
) -> dict[str, Any]:
    """Return how a column is shown: as the call says, else as the codebook does."""
    row = codebook().get(str(key))
    shown = units.get(key) or (row.unit if row else unit)
    if shown is None or (row is None and key not in labels):
        row = quantity(str(key), f"table `{table}`: column")  # tells that there is none
    digits = decimals.get(key)
    if digits is None and row is not None and key not in units:
        digits = row.decimals
    label = labels.get(key, row.short if row else "")
    return {
        "label": checked_message(message_of(label), f"label of column `{key}` in table `{table}`"),
        "unit": checked_unit(str(shown)),
        "decimals": digits,
        "basis": default_basis("" if key in units else str(key)),
    }


def _rows(
    frame: pd.DataFrame,
    columns: Sequence[Mapping[str, Any]],
    ids: Mapping[Any, Any],
    counts: Sequence[str],
) -> list[list[Any]]:
    """Return the cells of a table by row, with the ids its columns have."""
    none = [""] * len(frame)
    cells = [
        [
            _cell(item, column, value_id, of)
            for item, value_id in zip(frame[key], ids.get(key, none), strict=True)
        ]
        for key, column, of in zip(frame, columns, counts, strict=True)
    ]
    return [list(row) for row in zip(*cells, strict=True)]


def _cell(item: Any, column: Mapping[str, Any], value_id: str, of: str) -> Any:
    unit, shown = column["unit"], {key: column[key] for key in ("unit", "decimals")}
    value_id = item.id if isinstance(item, Value) else value_id
    if value_id:
        payload = number_payload(item)
        if unit == "number" and isinstance(item, Value):  # a column of several measures
            payload |= {"unit": item.unit, "decimals": item.decimals}
        if gate.rules() is not None:
            payload = _as_released(item, payload | shown, value_id)
        return {"id": value_id, **payload, "basis": basis_of(value_id, payload["value"])}
    if hasattr(item, "value") and (hasattr(item, "low") or hasattr(item, "n")):
        payload = number_payload(item)
        return payload if gate.rules() is None else gate.seen(payload | shown, of)
    if unit == "text":
        return _plain(item)
    cell = plain(item)
    if isinstance(cell, str) and unit not in WORDED:
        raise ExhibitError(f"the column of unit {unit} has the text “{cell}”; give the unit “text”")
    return cell if gate.rules() is None else gate.cell(cell, shown, of)


def _as_released(item: Any, payload: Mapping[str, Any], value_id: str) -> dict[str, Any]:
    """Return what was released of a number under its id; what is recorded later comes out alike."""
    known = item if isinstance(item, Value) else OWN.get(value_id) or records().get(value_id)
    if known is None:
        return gate.seen({"id": value_id, **payload}, gate.counts_of(value_id))
    of = known.payload if isinstance(known, Value) else known
    return {key: of[key] for key in _PARTS_SEEN if key in of}


def _plain(item: Any) -> Any:
    return message_of(item) if isinstance(item, str) else plain(item)


def _clusters(rows: Sequence[Sequence[Any]]) -> list[int]:
    """Return the least and the largest number of units behind a table's intervals.

    Intervals that take people as units tell that by themselves.
    """
    cells = [c for row in rows for c in row if isinstance(c, dict) and c.get("clusters")]
    found = {c["clusters"] for c in cells if c["clusters"] != c.get("n")}
    return sorted({min(found), max(found)}) if found else []


def _check_translated(name: str, payload: Mapping[str, Any]) -> None:
    """Raise ExhibitError for a text in a cell that has no translation, in a build for two."""
    for lang in languages():
        translate = chapter_translator(lang)
        columns = [i for i, c in enumerate(payload["columns"]) if c["unit"] == "text"]
        cells = [row[i] for row in payload["rows"] for i in columns]
        labels = [column["label"] for column in payload["columns"]]
        for text in [*cells, *labels, *(payload["groups"] or [])]:
            template = text.get("text", "") if isinstance(text, dict) else text
            if template and isinstance(template, str) and translate.find(template) is None:
                raise ExhibitError(
                    f"table `{name}`: “{template}” has no translation to {lang}; mark it with "
                    'text("…") and run `python run_all.py translate`, or give the column the unit '
                    "“name”"
                )
