"""Alternative texts: what a chart shows, said in words from the frame that was drawn.

Who cannot see a chart must get what it says, not that it is there. Each function takes the frame
its chart was drawn from and `what` it shows, such as "Share in work", and returns a text that is
said anew in each language, so no chapter describes its data by hand.
"""

from collections.abc import Callable, Iterable

import pandas as pd

from compendium.chapter.codebook import label
from compendium.chapter.formatting import words
from compendium.chapter.output import need_columns
from compendium.chapter.payloads import ESTIMATE_PARTS
from compendium.chapter.text import Text, listed, number, text
from compendium.charts.diagram import Diagram
from compendium.charts.look import unit_name
from compendium.charts.wrapping import plain


def curves(
    frame: pd.DataFrame, what: str, unit: str, *, hue: str = "route", x: str = "month",
    y: str = "estimate",
) -> Text:  # fmt: skip
    r"""Say curves in words: each group's first and last point.

    Parameters
    ----------
    frame
        The frame that was drawn.
    what
        What the chart shows.
    unit
        The unit of measure of `y`.
    hue, x, y
        As given to seaborn.

    Examples
    --------
    >>> frame = pd.DataFrame({"route": "Job clubs", "month": [0, 9], "estimate": [0.15, 0.55]})
    >>> curves(frame, "Share in work", "share").replace("\xa0", " ")
    'Share in work. Job clubs: from 15.0 % in month 0 to 55.0 % in month 9.'
    """
    told = _told(what, _each(frame, hue, lambda rows: _ends(rows, x, y, unit)))
    return _of(told, frame, hue, x, y)


def bars(
    frame: pd.DataFrame, what: str, unit: str, *, y: str, x: str = "estimate",
    decimals: int | None = None,
) -> Text:  # fmt: skip
    """Say bars in words: what they show, then each, named by `y`, with its number `x`.

    >>> frame = pd.DataFrame({"answer": ["Yes", "No"], "estimate": [14, 3]})
    >>> bars(frame, "Answers", "count", y="answer")
    'Answers. Yes: 14; No: 3.'
    """
    numbers = [number(size, unit, decimals) for size in frame[x]]
    pairs = zip(frame[y], numbers, strict=True)
    return _of(_told(what, [text("{name}: {n}", name=a, n=n) for a, n in pairs]), frame, y, x)


def answers(shares: pd.DataFrame, what: str, *, apart: str) -> Text:
    """Say answers in words: each group's share of each, the best first and the one apart last."""
    order = [apart, *(answer for answer in shares.columns if answer != apart)][::-1]

    def told(row: pd.Series) -> Text:
        pairs = [(answer, number(row[answer], "share")) for answer in order]
        return listed([text("{name!l} {share}", name=a, share=share) for a, share in pairs], ", ")

    groups = shares.fillna(0).iterrows()
    rows = [text("{name}: {told}", name=str(group), told=told(row)) for group, row in groups]
    named = shares.rename_axis(index="group").reset_index()
    return _of(_told(what, rows), named, *named.columns)


def units(frame: pd.DataFrame, what: str) -> Text:
    """Say means of units in words: how many units, and the ends of the shrunken means."""
    means = frame.sort_values("shrunken")
    low, high = (number(means["shrunken"].iloc[end], "score") for end in (0, -1))
    bottom, top = (unit_name(means["unit"].iloc[end]) for end in (0, -1))
    ends = text(words("en")["unit_ends"], top=top, high=high, bottom=bottom, low=low)
    of_each = ("raw", "shrunken", "shrunken_low", "shrunken_high", "chance_low", "chance_high")
    named = frame.assign(unit=frame["unit"].map(unit_name))
    return _of(_told(what, [_units(len(means)), ends]), named, "unit", *of_each)


def stack(
    frame: pd.DataFrame, what: str, *, by: str = "route", part: str = "state", x: str = "month",
    y: str = "estimate",
) -> Text:  # fmt: skip
    """Say stacked areas in words: each panel's shares in its first and last month.

    Parameters
    ----------
    frame
        A row per panel, state and month; states in the order they are told in.
    what
        What the chart shows.
    by, part, x, y
        The columns of the panels, the states, the months and the shares.
    """

    def states(rows: pd.DataFrame) -> Text:
        form = "{name!l} {told}"
        return listed(_each(rows, part, lambda r: _ends(r, x, y, "share", 0), form), ", ")

    return _of(_told(what, _each(frame, by, states)), frame, by, part, x, y)


def zones(
    frame: pd.DataFrame, what: str, *, hue: str, y: str, x: str = "estimate", zone: str = "zone"
) -> Text:
    """Say results on zones in words: of each series each value and the zone it lies in."""

    def results(rows: pd.DataFrame) -> Text:
        parts = zip(rows[y], rows[x], rows[zone], strict=True)
        form = "{row} {n} ({zone!l})"
        return listed([text(form, row=r, n=number(n, "share"), zone=z) for r, n, z in parts])

    return _of(_told(what, _each(frame, hue, results), ". "), frame, y, hue, x, zone)


def matrix(chosen: pd.DataFrame, what: str) -> Text:
    """Say a matrix in words: how many of the units made each choice."""
    among = text("{what} ({units})", what=what, units=_units(len(chosen)))
    counts = [(*pair, int(chosen[pair].sum())) for pair in chosen.columns]
    form = "{heading}, {name}: {n}"
    told = _told(among, [text(form, heading=h, name=name, n=n) for h, name, n in counts])
    heads = [text("{heading}: {name}", heading=pair[0], name=pair[1]) for pair in chosen.columns]
    named = chosen.set_axis(heads, axis=1).rename(index=lambda unit: unit_name(str(unit)))
    named = named.rename_axis(index="unit").reset_index()
    return _of(told, named, *named.columns)


def levels(frame: pd.DataFrame, what: str, order: Iterable[str]) -> Text:
    """Say levels in words: of each requirement, how many of the units reached which level."""
    order = list(order)

    def told(column: pd.Series) -> Text:
        counts = [(level, int((column == level).sum())) for level in order]
        return listed([text("{name!l} {n}", name=a, n=n) for a, n in counts if n], ", ")

    among = text("{what} ({units})", what=what, units=_units(len(frame)))
    parts = [text("{name}: {told}", name=name, told=told(frame[name])) for name in frame]
    named = frame.rename(index=lambda unit: unit_name(str(unit)))
    named = named.rename_axis(index="unit").reset_index()
    return _of(_told(among, parts), named, *named.columns)


def places(frame: pd.DataFrame, what: str, *, hue: str = "route") -> Text:
    """Say a map in words: the places of each group, from west to east."""

    def names(rows: pd.DataFrame) -> Text:
        return listed([text("{name}", name=number(n, "name")) for n in rows["name"]], ", ")

    told = _told(what, _each(frame.sort_values("lon"), hue, names), ". ")
    return _of(told, frame, hue, "name", "lat", "lon")


def diagram(content: Diagram) -> Text:
    """Say a diagram in words: its groups with their boxes, then what leads to what."""
    label = {node.id: plain(node.label) for node in content.nodes}
    boxes = pd.DataFrame(
        [(plain(g.label), label[node.id]) for g in content.groups for node in content.members(g)],
        columns=["group", "box"],
    )
    edges = pd.DataFrame([(label[source], label[target]) for source, target in content.edges])
    arrows = _each(edges, 0, lambda rows: listed(rows[1], ", "), "{name} → {told}")
    ways = text("{what}: {parts}.", what=words("en")["arrows"], parts=listed(arrows))
    told = listed([*_each(boxes, "group", lambda rows: listed(rows["box"])), ways], ". ")
    return _of(told, boxes, "group", "box")


def _told(what: str, parts: Iterable[str], joint: str = "; ") -> Text:
    """Say what is shown and its parts; a question needs no full stop."""
    stop = "" if what.endswith("?") else "."
    return text("{what}" + stop + " {parts}.", what=what, parts=listed(parts, joint))


def _of(told: Text, frame: pd.DataFrame, *columns: str) -> Text:
    """Return a text with the data it tells of: what was drawn, with what is known of each row."""
    known = [*columns, *(part for part in ESTIMATE_PARTS if part not in columns)]
    told.data = frame[[column for column in known if column in frame]]
    return told


def _each(
    frame: pd.DataFrame, by: str | int, tell: Callable[[pd.DataFrame], str],
    form: str = "{name}: {told}",
) -> list[Text]:  # fmt: skip
    """Say each group of a frame, in the order they first occur, by what `tell` makes of it."""
    need_columns(frame, [by] if isinstance(by, str) else [], "alternative text")
    parts = frame.groupby(by, sort=False)
    return [text(form, name=str(name), told=tell(rows)) for name, rows in parts]


def _ends(rows: pd.DataFrame, x: str, y: str, unit: str, decimals: int | None = None) -> Text:
    """Say the first and the last number of a group, by time."""
    told, ends = words("en"), rows.sort_values(x).iloc[[0, -1]]
    first, last = (
        text(told["curve_point"], value=number(value, unit, decimals), time=label(x), n=int(n))
        for n, value in zip(ends[x], ends[y], strict=True)
    )
    return text(told["curve_ends"], first=first, last=last)


def _units(n: int) -> Text:
    return text(words("en")["curve_units"], n=n)
