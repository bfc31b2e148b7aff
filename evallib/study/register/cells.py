"""What a cell of the register means, whatever type or spelling it was delivered in.

The rules stand once, as expressions that DuckDB and Spark both carry out: "111", 111.0 and " 111"
are one code; an empty cell, a point, NA and NaN are all blank; what cannot be read is marked, so
that it is counted and never taken for blank.
"""

from typing import Any

from evallib.study.contract import BLANKS, PERSON, month_of, week_of
from evallib.study.delivery import canonical

Expression = Any
"""An expression of ibis, which ships no types."""

NO_CODE, UNREADABLE = 0, -1
"""Marks among codes: nothing recorded, and something that is no code."""
LARGEST = 999_999
"""A number above this is neither a benefit code (three digits) nor an industry (six)."""


CODE = r"0*([0-9]{1,6})(?:[.,]0*)?"
DEGREE = r"([0-9]+[.,]?[0-9]*(?:[eE]-?[0-9]+)?|[.,][0-9]+)"
"""What is read as a code and as a degree, in trimmed text; the first group is the number."""
_PLAIN_CODE, _PLAIN_DEGREE = "[0-9]{1,6}", "[0-9]+(?:[.][0-9]+)?"
"""What nearly all filled cells are. These are read at once; the rest takes five times as long."""
_BLANK = "|".join(BLANKS).replace(".", "[.]")
"""A pattern, as of a long list DuckDB makes a join for every column."""


def cell(table: Expression, name: str) -> Expression:
    """A column of a wide register by its kind: `code`, `degree` or the trimmed `key`."""
    column = table[name]
    if week_of(name):
        return code(column)
    kind = month_of(name)
    if kind:
        return degree(column) if kind[0] == "grad" else code(column)
    return key(column)


def key(column: Expression) -> Expression:
    """A person's key as trimmed text; a whole number is written bare, 123.0 as 123."""
    if column.type().is_floating():
        column = column.cast("int64")
    return column.cast("string").strip()


def code(column: Expression) -> Expression:
    """A benefit or industry code as int32: 0 for blank, -1 for what is no code.

    Parameters
    ----------
    column
        A column of whole numbers, floats or text.

    Examples
    --------
    >>> import ibis
    >>> cells = ibis.memtable({"y_1601": ["111", " 111", "111,0", ".", None, "11A"]})
    >>> cells.select(code=code(cells.y_1601)).to_pandas()["code"].tolist()
    [111, 111, 111, 0, 0, -1]
    """
    import ibis

    if column.type().is_integer():
        whole = column.fill_null(NO_CODE)
        return ibis.ifelse(whole.between(0, LARGEST), whole, UNREADABLE).cast("int32")
    text = column.cast("string")
    number = text.re_extract(_whole(CODE), 1).nullif("").cast("int32")
    other = number.fill_null(ibis.ifelse(text.re_search(_whole(_BLANK)), NO_CODE, UNREADABLE))
    return ibis.cases(
        (text.isnull(), NO_CODE),
        (text.re_search(f"^{_PLAIN_CODE}$"), text.cast("int32")),
        else_=other,
    ).cast("int32")


def degree(column: Expression) -> Expression:
    """An employment degree as float64: null for blank, -1 for what is no degree.

    Examples
    --------
    >>> import ibis
    >>> cells = ibis.memtable({"grad_2016_01": ["0,75", "1", "", "full", "-0.2"]})
    >>> cells.select(degree=degree(cells.grad_2016_01)).to_pandas()["degree"].tolist()
    [0.75, 1.0, nan, -1.0, -1.0]
    """
    import ibis

    if column.type().is_numeric():
        number = column.cast("float64")
        missing = number.isnan() if column.type().is_floating() else False
        return ibis.ifelse(missing, None, ibis.ifelse(number.isinf() | (number < 0), -1.0, number))
    text = column.cast("string")
    number = text.re_extract(_whole(DEGREE), 1).nullif("").replace(",", ".").cast("float64")
    other = number.fill_null(ibis.ifelse(text.re_search(_whole(_BLANK)), None, -1.0))
    return ibis.cases(
        (text.isnull(), None),
        (text.re_search(f"^{_PLAIN_DEGREE}$"), text.cast("float64")),
        else_=other,
    )


def paid(column: Expression) -> Expression:
    """The degree of a month with pay as float64, null for any other: the quicker question."""
    import ibis

    number = column.cast("float64") if column.type().is_numeric() else degree(column)
    return ibis.ifelse((number > 0) & (number <= LARGEST), number, None)


def _whole(pattern: str) -> str:
    """A pattern of a whole cell in either case, without the spaces around it."""
    return f"(?i)^[ \t\r\n\v\f]*(?:{pattern})[ \t\r\n\v\f]*$"


def narrow(table: Expression) -> Expression:
    """A wide register with nothing but its own columns, in its own types and names.

    Parameters
    ----------
    table
        An ibis table, one row per person: the key, y_YYWW, grad_YYYY_MM, branche_YYYY_MM, in any
        case and type; other columns are dropped.

    Returns
    -------
    ibis.Table
        person_id (text), then int32 codes and float64 degrees, names in lower case.
    """
    known = [name for name in table.columns if is_ours(name)]
    return table.select(**{canonical(name): cell(table, name) for name in known})


def is_ours(name: str) -> bool:
    """Whether a column of this name is the register's key, a week's or a month's.

    >>> is_ours("PNR"), is_ours("family_id")
    (True, False)
    """
    return bool(week_of(name) or month_of(name) or canonical(name) == PERSON)
