"""Many numbers by one call, and numbers recorded before, here or in other chapters.

Figures and tables are made from what `record` returns, so that what is drawn is what was recorded,
and as it may be seen.
"""

from __future__ import annotations

import json
import string
from collections.abc import Collection, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.chapter import gate
from compendium.chapter.basis import basis_of
from compendium.chapter.exhibits import OWN, Value, made, unit_and_decimals
from compendium.chapter.findings import Finding
from compendium.chapter.output import emit, ids_of, need_columns, out_folder
from compendium.chapter.payloads import ESTIMATE_PARTS, plain
from compendium.errors import ExhibitError, nearest
from evallib.settings import settings

if TYPE_CHECKING:
    pass

_PLACE = ("chapter", "cell", "cell_id")


def record(
    name: str,
    results: Any,
    unit: str | None = None,
    *,
    column: str = "estimate",
    decimals: int | None = None,
    n: str = "",
    k: str = "",
) -> Any:
    r"""Record all points of a curve, a column of a frame or the values of a mapping in one call.

    Parameters
    ----------
    name
        The id's first part, or a pattern with the frame's columns in braces:
        "n.route{group}.month{month}". A curve completes a bare name by its own group and time, a
        mapping by its keys.
    results
        A curve (anything with a `frame`, `by` and `time`), a frame, or a mapping of estimates or
        numbers.
    unit, decimals
        As for `value`.
    column
        The frame's column that is recorded.
    n, k
        Its columns with the people a number rests on, and with how many of them have what is
        counted. An estimate knows both.

    Returns
    -------
    pandas.DataFrame or dict
        What may be seen: of a curve its frame, with the group under its own name; of a frame the
        frame; of a mapping the recorded values by key. Where results are to leave a secure site, a
        frame has the numbers that may be seen, beside its keys and words. Frames get a column
        `printed`, which says of each number whether a stand-in study was made to fit it.

    Raises
    ------
    ExhibitError
        If a pattern names a column the frame does not have, or an id is none.

    Examples
    --------
    >>> record("ever.route{}", {1: 0.5, 2: 0.25}, "share")
    {1: 50.0\xa0%, 2: 25.0\xa0%}
    """
    shown, digits = unit_and_decimals(name, unit, decimals)
    if isinstance(results, Mapping) or getattr(results, "ndim", 0) == 1:
        return _of_mapping(name, results, shown, digits)
    frame, pattern = results, name
    if hasattr(results, "frame"):
        group, time = results.by or "group", results.time
        frame = results.frame.rename(columns={"group": group})
        if "{" not in name:
            ends = f".{group}{{{group}}}" if results.by else ""
            pattern = f"{name}{ends}.{time}{{{time}}}"
    ids = ids_of(frame, pattern, f"record `{name}`")
    need_columns(frame, [key for key in (column, n, k) if key], f"record `{name}`")
    common: dict[str, Any] = {"unit": shown, "decimals": digits}
    if frame is not results:
        common |= {key: getattr(results, key, None) for key in ("function", "level")}
    of_estimate = column in ("estimate", "value") or n
    all_parts = (*ESTIMATE_PARTS, "largest")
    parts = {part: part for part in all_parts if part in frame and of_estimate}
    parts |= {part: said for part, said in (("n", n), ("k", k)) if said}
    points = []
    for id_, row in zip(ids, frame.to_dict("records"), strict=True):
        asked = {"id": id_, "value": plain(row[column]), **common}
        asked |= {part: plain(row[key]) for part, key in parts.items()}
        points.append(Value(**gate.seen(asked, gate.counts_of(id_))))
    _send(name, shown, digits, points)
    known = {"level": common["level"]} if common.get("level") else {}
    keys = [key for _, key, _, _ in string.Formatter().parse(pattern) if key]
    frame = gate.frame_seen(frame, points, column, keys, parts)
    printed = [basis_of(v.id, v.value) == "calibrated" for v in points]
    return frame.assign(printed=printed, **known)


def _of_mapping(
    name: str, results: Mapping[Any, Any], unit: str, decimals: int | None
) -> dict[Any, Value]:
    pattern = name if "{" in name else f"{name}.{{}}"
    keys = [key if isinstance(key, tuple) else (key,) for key, _ in results.items()]
    try:
        ids = [pattern.format(*key) for key in keys]
    except (LookupError, ValueError) as error:  # such as a name of the data with braces
        raise ExhibitError(f"record `{name}`: {{}} is a key's place; no other braces") from error
    numbers = zip(results.items(), ids, strict=True)
    values = {key: made(Value, id_, x, unit, decimals) for (key, x), id_ in numbers}
    _send(name, unit, decimals, list(values.values()))
    return values


def _send(name: str, unit: str, decimals: int | None, values: list[Value]) -> None:
    """Send the values as one output; what they share stands once."""
    dropped = ("kind", "id", "unit", "decimals")
    OWN.update({v.id: v for v in values})
    points = {v.id: {k: x for k, x in v.payload.items() if k not in dropped} for v in values}
    if len(points) < len(values):
        twice = next(v.id for v in values if sum(v.id == other.id for other in values) > 1)
        raise ExhibitError(f"record `{name}`: two numbers would be `{twice}`; name the pattern")
    payload = {"kind": "records", "id": name, "unit": unit, "decimals": decimals, "values": points}
    numbers = "1 number" if len(points) == 1 else f"{len(points)} numbers"
    ends = f": {values[0].id} … {values[-1].id}" if len(values) > 1 else ""
    emit(payload, f"{name}, {numbers}{ends}")


def recorded(name: str) -> Value:
    """Return a value or finding by its id: one of this chapter, or of another in this build.

    The number keeps its place, so prose that shows it leads to the chapter that computed it. Raises
    ExhibitError with the nearest id when no chapter recorded it.
    """
    if name in OWN:
        return OWN[name]
    known = records()
    if name not in known:
        hint = nearest(name, known) if known else "the chapters it is “after” recorded nothing"
        raise ExhibitError(f"no chapter recorded `{name}`; {hint}")
    found = {"id": name, **known[name]}
    kind = Finding if found["kind"] == "finding" else Value
    gate.remember(found)
    given = {f.name: found[f.name] for f in fields(kind) if f.name in found}
    return kind(**given, place={k: found[k] for k in _PLACE if k in found})


def records() -> dict[str, Any]:
    """Return by id what other chapters recorded: in a build, those of the metadata's "after"."""
    return recorded_in(out_folder(), settings().get("after"))


def recorded_in(folder: Path, only: Collection[str] | None = None) -> dict[str, Any]:
    """Return by id what chapters recorded in a folder of results: all, or those with a label."""
    paths = sorted((folder / "values").glob("[0-9][0-9].json"))
    read = [path for path in paths if only is None or path.stem in only]
    return {k: v for p in read for k, v in json.loads(p.read_text("utf-8"))["values"].items()}
