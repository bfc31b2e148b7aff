"""Tables and figures: frames and drawings made exhibits, in every language of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.chapter.catalogue import SOURCE, Translator, translator
from compendium.chapter.codebook import codebook, quantity
from compendium.chapter.exhibits import Value, captioned
from compendium.chapter.formatting import checked_unit
from compendium.chapter.output import emit, need_columns
from compendium.chapter.payloads import checked_message, number_payload, plain, say
from compendium.chapter.text import ENGLISH, message_of
from compendium.errors import ExhibitError
from evallib.settings import settings

if TYPE_CHECKING:
    import pandas as pd


def languages() -> tuple[str, ...]:
    """The languages exhibits are made for: in a build those of the report, else English alone."""
    return tuple(settings().get("languages", (SOURCE,)))


def chapter_translator(lang: str) -> Translator:
    """Return the translator of the chapter that runs; an own run keeps texts it has no other of."""
    if lang == SOURCE:
        return ENGLISH
    name, root = settings().get("chapter", ""), Path(settings()["root"])
    as_written = bool(settings().get("untranslated"))
    return replace(translator(lang, name, root), as_written=as_written)


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
        What this table calls or shows otherwise than the codebook, by column.
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

    Raises
    ------
    ExhibitError
        If the frame does not have a column, or nothing says what to call it.
    """
    from compendium.chapter.tables import to_html

    wanted = list(columns) if columns is not None else [c for c in frame.columns if c != group]
    need_columns(frame, [*wanted, *([group] if group else [])], f"table `{name}`")
    payload = captioned(name, "table", caption, values)
    said = (labels or {}, units or {}, unit, decimals or {})
    payload["columns"] = [_column(name, key, *said) | {"head": key == wanted[0]} for key in wanted]
    units_shown = [column["unit"] for column in payload["columns"]]
    cells = [
        [_cell(item, shown) for item in frame[key]]
        for key, shown in zip(wanted, units_shown, strict=True)
    ]
    payload["rows"] = [list(row) for row in zip(*cells, strict=True)]
    payload["groups"] = [message_of(item) for item in frame[group]] if group else None
    payload["filtered"] = filtered and group is not None
    note_of = f"note of table `{name}`"
    payload["note"] = checked_message(note, note_of, payload["values"]) if note else None
    if not {"units", "clusters"} & set(map(str, wanted)):
        payload["clusters"] = _clusters(payload["rows"])
    _check_translated(name, payload)
    emit(payload, f"table {name}", {"text/html": to_html(payload, ENGLISH)})


def figure(
    name: str,
    drawing: Any,
    *,
    caption: str,
    alt: str,
    values: Mapping[str, Any] | None = None,
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

    Raises
    ------
    ExhibitError
        If the alternative text is missing or repeats the caption, or a text in the drawing has a
        digit nobody computed or no translation.
    """
    from compendium.chapter.drawing import drawn, forget

    payload = captioned(name, "figure", caption, values)
    payload["alt"] = checked_message(alt, f"alt text of figure `{name}`", payload["values"])
    if payload["alt"] == payload["caption"]:
        raise ExhibitError(
            f"alt text of figure `{name}` repeats the caption; say what the data show"
        )
    payload["standin"] = standin()
    translators = {lang: chapter_translator(lang) for lang in languages()}
    made = {
        lang: drawn(drawing, name, lang, translate, standin=payload["standin"])
        for lang, translate in translators.items()
    }
    for kind in ("svg", "png"):
        payload[kind] = {lang: getattr(images, kind) for lang, images in made.items()}
    shown = made[SOURCE if SOURCE in made else next(iter(made))]
    forget(drawing)
    described = {"alt": say(payload["alt"], payload, ENGLISH)}
    emit(
        payload,
        f"figure {name}",
        {"image/svg+xml": shown.svg, "image/png": shown.png},
        **{"image/png": described},
    )


def standin() -> bool:
    """Tell whether the study in use is the stand-in study; its figures then say so."""
    from evallib.settings import data_folder
    from evallib.study.contract import is_standin

    return is_standin(data_folder())


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
    }


def _cell(item: Any, unit: str) -> Any:
    if isinstance(item, Value):
        return {"id": item.id} | number_payload(item)
    if hasattr(item, "low") and hasattr(item, "high"):
        return number_payload(item)
    return message_of(item) if isinstance(item, str) and unit == "text" else plain(item)


def _clusters(rows: Sequence[Sequence[Any]]) -> list[int]:
    """Return the least and the largest number of units behind a table's intervals."""
    found = {c["clusters"] for row in rows for c in row if isinstance(c, dict) and "clusters" in c}
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
