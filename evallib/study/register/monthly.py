"""People by months: which benefit a month counts as, by a rule that is stated, and its paid hours.

The register knows weeks, evaluations speak of months, and no national rule turns one into the
other; so the rule is an argument. The cells of the months are made row by row, each from its own
week columns, and unfolded once: a long table of weeks would have four times as many rows as what
comes out, and sorting it back takes most of the time and the memory.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

from evallib.errors import one_of
from evallib.study.codelists import CodeList
from evallib.study.contract import FULL_TIME_HOURS, PERSON, week_column, weeks_between
from evallib.study.register.cells import Expression, code, paid
from evallib.study.register.columns import Layout, layout, within
from evallib.study.register.ranks import ordered, with_ranks

StatusRule = Literal["any", "most", "last", "latest", "date"]
"""Which of a month's weeks says what the month counts as (`months`)."""


def months(
    table: Expression,
    rule: StatusRule = "last",
    *,
    day: int = 15,
    benefits: CodeList | None = None,
    first: date | None = None,
    last: date | None = None,
    full_time_hours: float = FULL_TIME_HOURS,
    industry: bool = False,
) -> Expression:
    """One row per person and month of a wide register: status, paid hours, industry if asked for.

    A week belongs to the month of its Thursday (ISO 8601). The register gives a week a code if the
    benefit was paid for one of its days, so a day on a benefit fills its week, and every rule
    overstates time on benefits. A blank week is "none": on no benefit, and no proof of work, which
    paid hours alone are. Codes 997 to 999 (emigrated, pension, dead) and codes the list lacks are
    groups of their own. Where several groups have an equal claim to a month, the status hierarchy
    of jobindsats decides, which is the order of the code list.

    Parameters
    ----------
    table
        A wide register as an ibis table (`open_register`), one row per person.
    rule
        "any": a group in any week of the month; between several, the hierarchy. "most": the group
        of most weeks; ties by the hierarchy, no benefit last. "last": the group of the month's last
        week. "latest": the latest benefit in the month, none only if no week has one. "date": the
        week that holds the day `day` of the month.
    day
        Day of the month, for the rule "date".
    benefits
        The code list; data/codelists/benefits.csv if left out.
    first, last
        First days of the first and last month; all months of the table if left out.
    full_time_hours
        Hours of a month at an employment degree of 1; a hundredth of them where the file has the
        degree in per cent.
    industry
        Whether to add the industry, which takes half as long again where it is delivered as text.

    Returns
    -------
    ibis.Table
        Columns person_id, month (first day), status (a group of the code list), hours (paid hours,
        null where none are recorded), and, if asked for, industry (number of the DB07 code, 0 where
        there is none).
        Status is null in a month, or for a date, of which the delivery has no week.

    References
    ----------
    jobindsats.dk, measure Y07B15: one status at a time, the first of the hierarchy counts.

    Examples
    --------
    >>> import ibis
    >>> wide = ibis.memtable({"pnr": ["a"], "y_1552": [111], "y_1553": [0], "y_1601": [890],
    ...                       "grad_2016_01": [0.5]})
    >>> months(wide, "any").order_by("month").to_pandas()[["status", "hours"]].values.tolist()
    [['unemployment_benefit', nan], ['sickness_benefit', 80.165]]
    """
    import ibis

    one_of(rule, StatusRule, "rule")
    every = layout(table.columns)
    columns = within(every, first, last)
    weeks = {
        month: deciding(every, rule, month, of_month, day)
        for month, of_month in columns.months().items()
    }
    ranked = _ranked(table, every, columns, sorted({w for ws in weeks.values() for w in ws}),
                     benefits, industry)  # fmt: skip
    none = len(ordered(benefits)) - 1
    decisions = {
        month: decided(rule, [ranked[week_column(week)] for week in of_month], none)
        if of_month
        else ibis.literal(none + 1)  # the name of which is null
        for month, of_month in weeks.items()
    }
    cells = [_cell(ranked, columns, month, rank, industry) for month, rank in decisions.items()]
    rows = ranked.select(PERSON, "groups", cell=ibis.array(cells).unnest()).unpack("cell")
    return rows.select(
        PERSON,
        "month",
        status=rows["groups"][rows["rank"].cast("int32")],
        hours=rows["degree"] * full_time_hours,
        **({"industry": rows["industry"]} if industry else {}),
    )


def write_months(
    table: Expression, folder: Path, rule: StatusRule = "last", *, chunk: int = 18, **options: Any
) -> list[Path]:
    """`months` of a whole register on disk, made in chunks of months with little memory.

    Parameters
    ----------
    table, rule
        As for `months`.
    folder
        Where the Parquet files go; it is made if it is not there, closed to other users.
    chunk
        Months made at a time on DuckDB; other engines, which have more machines, make all at once.
    options
        As for `months`.

    Returns
    -------
    list of pathlib.Path
        The files, which together are one table. What another engine than DuckDB writes are folders.
    """
    columns = within(layout(table.columns), options.get("first"), options.get("last"))
    every = list(columns.months())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine, files = table.get_backend(), []
    step = chunk if engine.name == "duckdb" else len(every)
    for start in range(0, len(every), step):
        span = every[start : start + step]
        files.append(folder.absolute() / f"months-{span[0]:%Y-%m}.parquet")
        part = months(table, rule, **options | {"first": span[0], "last": span[-1]})
        engine.to_parquet(part, str(files[-1]))
    return files


def _ranked(
    table: Expression,
    every: Layout,
    columns: Layout,
    weeks: Sequence[date],
    benefits: CodeList | None,
    industry: bool,
) -> Expression:
    """The ranks of these weeks, and the months' cells, from no other columns than theirs.

    Of a register of thousands of columns the query must not name them all.
    """
    used = [every.weeks[week] for week in weeks]
    used += [*columns.degrees.values(), *(columns.industries.values() if industry else ())]
    part = table.select([name for name in (every.key, *used) if name])
    return with_ranks(part, weeks, benefits, **_monthly_cells(part, columns, industry))


def deciding(
    columns: Layout, rule: StatusRule, month: date, weeks: Sequence[date], day: int = 1
) -> list[date]:
    """The weeks (Thursdays) the status of a month is decided by; none if none was delivered."""
    if rule == "date":
        at = month.replace(day=day)
        return [week for week in weeks_between(at, at) if week in columns.weeks]
    return list(weeks[-1:] if rule == "last" else weeks)


def _monthly_cells(table: Expression, columns: Layout, industry: bool) -> dict[str, Expression]:
    degrees = {name: paid(table[name]) for name in columns.degrees.values()}
    trades = columns.industries.values() if industry else ()
    return degrees | {name: code(table[name]) for name in trades}


def _cell(
    table: Expression, columns: Layout, month: date, rank: Expression, industry: bool
) -> Expression:
    """What is known of everybody's month, as one struct."""
    import ibis

    worked, trade = columns.degrees.get(month), columns.industries.get(month)
    degree = table[worked] if worked else ibis.null("float64")
    cell = {"month": ibis.literal(month), "rank": rank.cast("int8"), "degree": degree}
    if industry:
        cell["industry"] = table[trade] if trade else ibis.null("int32")
    return ibis.struct(cell)


def decided(rule: StatusRule, ranks: Sequence[Expression], none: int) -> Expression:
    """The rank of the group a month counts as.

    Parameters
    ----------
    rule
        As for `months`.
    ranks
        The ranks of the weeks that decide (`deciding`), in order; null for a week there is not.
    none
        The rank of no benefit, which is the last.

    Returns
    -------
    ibis.Column
        A rank; null where all are.
    """
    import ibis

    if not ranks:
        return ibis.null("int8")
    if rule == "any":
        return ibis.least(*ranks)
    if rule == "latest":
        return ibis.coalesce(*(rank.nullif(none) for rank in reversed(ranks)), ranks[0])
    return _most(ranks, none) if rule == "most" else ranks[0]


def _most(ranks: Sequence[Expression], none: int) -> Expression:
    """The most frequent rank, the lowest among equals.

    Each week scores its number of equals and, as the last digits, how high its group ranks.
    """
    import ibis

    base = none + 1
    scores = [
        sum(
            (ibis.ifelse(rank == other, base, 0) for other in ranks if other is not rank),
            none - rank.cast("int32"),
        )
        for rank in ranks
    ]
    return none - ibis.greatest(*scores) % base
