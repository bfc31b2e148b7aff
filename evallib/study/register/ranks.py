"""Turns benefit codes into ranks: the place of a code's group in the status hierarchy.

Ranks are small numbers that can be compared, so which benefit wins a month, where a spell ends and
how many weeks went to a benefit are arithmetic on columns. The code list enters a query as one row
with one array, looked up by code: a join would need a long table, and conditions for every range
of codes in every week would take ten times as long.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np

from evallib.errors import DataError
from evallib.study.codelists import NONE, UNKNOWN, CodeList, read_codelist
from evallib.study.contract import PERSON, week_column
from evallib.study.register.cells import NO_CODE, Expression, code, key
from evallib.study.register.columns import layout

_CODES = 1000
"""Benefit codes have three digits."""


def ordered(benefits: CodeList | None = None, states: Mapping[str, str] | None = None) -> list[str]:
    """The groups, or the states they are joined into, in the hierarchy's order; "none" is last.

    >>> ordered()[0], ordered()[-1]
    ('unemployment_benefit', 'none')
    >>> ordered(states={"sickness_benefit": "ill", "job_clarification": "ill"})
    ['ill', 'none']
    """
    _, *groups = (benefits or read_codelist()).groups
    named = dict.fromkeys(_state(group, states) for group in groups)
    named.pop(NONE, None)
    return [*named, NONE]


def _state(group: str, states: Mapping[str, str] | None) -> str:
    return group if states is None else states.get(group, NONE)


def with_ranks(
    table: Expression,
    weeks: Iterable[date],
    benefits: CodeList | None = None,
    states: Mapping[str, str] | None = None,
    **more: Expression,
) -> Expression:
    """The rank of each week's group for everyone.

    Parameters
    ----------
    table
        A wide register.
    weeks
        Thursdays of weeks the table has.
    benefits
        The code list; data/codelists/benefits.csv if left out.
    states
        The state of each group, if groups are joined; those left out are "none".
    more
        Further columns, by name.

    Returns
    -------
    ibis.Table
        Columns person_id; groups, the array of `ordered` and, last, a null; y_YYWW, the ranks as
        int8, never null; and `more`.

    Raises
    ------
    DataError
        The table has no person_id.
    """
    benefits = benefits or read_codelist()
    columns = layout(table.columns)
    if columns.key is None:
        raise DataError(f"The register has no column {PERSON} (or pnr); name the key so.")
    names = ordered(benefits, states)
    of_group = [names.index(_state(group, states)) for group in benefits.groups]
    unknown = of_group[benefits.groups.index(UNKNOWN)]
    ranks = [of_group[group] for group in benefits.group(np.arange(_CODES, dtype=np.int32))]
    # What is no code of three digits is looked up at the ends.
    array = ([unknown, *ranks, unknown], "int8")
    one = _one_row(rank_of=array, groups=([*names, None], "string"))
    joined = table.cross_join(one)
    return joined.select(
        key(table[columns.key]).name(PERSON),
        "groups",
        **{week_column(day): _rank(joined, columns.weeks[day]) for day in sorted(weeks)},
        **more,
    )


def named(groups: Expression, rank: Expression) -> Expression:
    """The name of a rank, from the array `groups` of `with_ranks`; null for null."""
    import ibis

    return ibis.ifelse(rank.isnull(), None, groups[rank.cast("int32")])


def _rank(table: Expression, name: str) -> Expression:
    import ibis

    column = table[name]
    codes = column.fill_null(NO_CODE) if column.type().is_integer() else code(column)
    # Not `clip`, which writes the column out eight times; a cast would cost as much as all this.
    place = ibis.greatest(ibis.least(codes, _CODES), -1) + 1
    return table["rank_of"][place if codes.type().nbytes < 8 else place.cast("int32")]


def _one_row(**arrays: tuple[list[Any], str]) -> Expression:
    """A table of one row that holds arrays; each array is its values and their type."""
    import ibis

    row = ibis.range(1).unnest().name("row").as_table()
    return row.select(
        **{name: ibis.literal(values, f"array<{kind}>") for name, (values, kind) in arrays.items()}
    )
