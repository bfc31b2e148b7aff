"""Spells: unbroken runs of weeks on the same benefit, of everybody in a register.

Whether a spell was seen to begin and to end decides what may be said of its length, so each spell
says so. A person's spells are found in one row, as the weeks in which the group changes, and only
these are unfolded.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from evallib.errors import DataError
from evallib.study.codelists import CodeList
from evallib.study.contract import PERSON, week_column, weeks_between
from evallib.study.register.cells import Expression
from evallib.study.register.columns import layout, within
from evallib.study.register.ranks import named, ordered, with_ranks

_BASE, _UNSEEN = 64, 63
"""A change is packed as week * 64 + rank; rank 63 stands for weeks the delivery does not have."""


def spells(
    table: Expression,
    *,
    gap: int = 0,
    states: Mapping[str, str] | None = None,
    benefits: CodeList | None = None,
    first: date | None = None,
    last: date | None = None,
) -> Expression:
    """One row per person and spell of a wide register, weeks without a benefit included.

    A spell is a run of weeks in one state. A week the delivery lacks ends the spell before it and
    is in none: both neighbours are censored there. Emigration, pension and death (codes 997 to 999)
    are a state, so a spell that ends in it is complete, and `then` says how it ended.

    Parameters
    ----------
    table
        A wide register as an ibis table (`open_register`), one row per person.
    gap
        The most weeks in the state "none" between two spells of one state that leave them one
        spell; its length counts these weeks.
    states
        The state of each group, to join groups or to look at one alone; groups left out are "none".
        Every group is a state of its own if not given.
    benefits
        The code list; data/codelists/benefits.csv if left out.
    first, last
        First days of the first and last month; all weeks of the table if left out.

    Returns
    -------
    ibis.Table
        Columns person_id; state; start (Monday of the first week); end (Sunday of the last); weeks;
        left_censored, right_censored (the spell reaches the edge of what was delivered); then (the
        next state, null if right_censored).

    Raises
    ------
    DataError
        The table has no weeks in these months, or `gap` is negative.

    References
    ----------
    jobindsats.dk lets a spell end after one calendar month without the benefit: `gap=4`.

    Examples
    --------
    >>> import ibis
    >>> wide = ibis.memtable({"pnr": ["a"], "y_1552": [111], "y_1553": [0], "y_1601": [111],
    ...                       "y_1602": [890]})
    >>> found = spells(wide, gap=1).order_by("start").to_pandas()
    >>> found[["state", "weeks", "left_censored", "right_censored"]].values.tolist()
    [['unemployment_benefit', 3, True, False], ['sickness_benefit', 1, False, True]]
    """
    import ibis

    if gap < 0:
        raise DataError(f"gap is {gap}; give the number of weeks to bridge, 0 or more.")
    weeks = within(layout(table.columns), first, last).weeks
    if not weeks:
        raise DataError("The register has no week columns (y_YYWW) in these months.")
    every = list(weeks_between(min(weeks), max(weeks)))
    ranked = with_ranks(table, weeks, benefits, states)
    # Unnesting keeps the arrays from being written out again wherever they are referred to.
    changes = ibis.array([_changes(ranked, every)]).unnest()
    rows = ranked.select(PERSON, "groups", changes=changes)
    if gap:
        none = len(ordered(benefits, states)) - 1
        bridged = ibis.array([_bridged(rows["changes"], none, gap)]).unnest()
        rows = rows.select(PERSON, "groups", changes=bridged)
    rows = rows.select(PERSON, "groups", spell=_neighbours(rows["changes"]).unnest())
    return _named(rows.unpack("spell"), every[0], len(every))


def _changes(ranked: Expression, every: Sequence[date]) -> Expression:
    """The weeks in which a person's state changes, packed, the first week among them."""
    import ibis

    names = [week_column(day) for day in every]
    unseen = ibis.literal(_UNSEEN, "int8")
    ranks = [ranked[name] if name in ranked.columns else unseen for name in names]
    packed = [rank.cast("int32") + week * _BASE for week, rank in enumerate(ranks)]
    later = [
        ibis.ifelse(rank != before, change, None)
        for before, rank, change in zip(ranks, ranks[1:], packed[1:], strict=False)
    ]
    return ibis.array([packed[0], *later]).filter(lambda change: change.notnull())


def _bridged(changes: Expression, none: int, gap: int) -> Expression:
    """The changes without short spells of nothing between two spells of one state."""
    import ibis

    def short(i: Expression) -> Expression:
        inside = (i > 0) & (i < changes.length() - 1)
        before, at, after = ibis.ifelse(inside, changes[i - 1], _UNSEEN), changes[i], changes[i + 1]
        between = inside & (at % _BASE == none) & (before % _BASE != _UNSEEN)
        same = ibis.ifelse(between, (before % _BASE == after % _BASE), False)
        return ibis.ifelse(same, after // _BASE - at // _BASE <= gap, False)

    return changes.filter(lambda _, i: ~(short(i) | ibis.ifelse(i > 0, short(i - 1), False)))


def _neighbours(changes: Expression) -> Expression:
    """Each change with the one before it and the one after, null where there is none."""
    import ibis

    # ibis 12 confuses positions of one name in two functions, hence `place` here and `i` above.
    return changes.map(
        lambda change, place: ibis.struct(
            {
                "change": change,
                "before": ibis.ifelse(place > 0, changes[place - 1], None),
                "after": ibis.ifelse(place < changes.length() - 1, changes[place + 1], None),
            }
        )
    )


def _named(rows: Expression, first: date, weeks: int) -> Expression:
    """Spells in dates and names, from packed changes; `first` is the Thursday of week 0."""
    import ibis

    monday = ibis.literal(first - timedelta(days=3))
    begins, rank = rows["change"] // _BASE, rows["change"] % _BASE
    ends = (rows["after"] // _BASE).fill_null(weeks)
    after = (rows["after"] % _BASE).nullif(_UNSEEN)
    before = (rows["before"] % _BASE).nullif(_UNSEEN)
    return rows.filter(rank != _UNSEEN).select(
        PERSON,
        state=named(rows["groups"], rank),
        start=(monday + (begins * 7).as_interval("D")).cast("date"),
        end=(monday + (ends * 7 - 1).as_interval("D")).cast("date"),
        weeks=ends - begins,
        left_censored=before.isnull(),
        right_censored=after.isnull(),
        then=named(rows["groups"], after),
    )
