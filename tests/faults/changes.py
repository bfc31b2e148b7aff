"""How a sound delivery is changed: each function here makes a change of the small study.

The lists of faults and forms are written with them; what they change is a `small_study.Delivery`.
"""

from collections.abc import Callable

import pandas as pd
from small_study import Delivery, tables

from evallib.study.definition import read_definition

Change = Callable[[Delivery], None]
PEOPLE, DREAM = "participants", "dream"
ANSWERS = ("satisfaction", "useful_overall", "useful_fellowship", "useful_counselling",
           "useful_companies")  # fmt: skip
EDUCATION = ("none", "vocational", "short", "medium", "long")
BACKGROUND = ("gender", "birth_date", "education", "unemployed_since")


# --- how a delivery is changed -------------------------------------------------------------------


def put(table, column, value, rows=(3,)) -> Change:
    """Write a value, or one per row, into some rows of a column."""

    def change(study):
        study[table].loc[list(rows), column] = value

    return change


def each(table, column, function, where=None) -> Change:
    """Change every cell of a column, or of the rows `where` picks, that is not blank."""

    def change(study):
        frame = study[table]
        chosen = frame[column] != ""
        if where is not None:
            chosen &= where(frame)
        frame.loc[chosen, column] = frame.loc[chosen, column].map(function)

    return change


def cells(table, prefix, function, where=lambda name: True) -> Change:
    """Change all filled cells of the wide columns that begin with a prefix."""

    def change(study):
        frame = study[table]
        for name in [c for c in frame if c.startswith(prefix) and where(c)]:
            frame[name] = [function(cell) if cell else cell for cell in frame[name]]

    return change


def blank(table, *names, where=None) -> Change:
    def change(study):
        frame = study[table]
        rows = slice(None) if where is None else where(frame)
        for name in names:
            frame.loc[rows, name] = ""

    return change


def blank_wide(pick) -> Change:
    def change(study):
        frame = study[DREAM]
        frame[[c for c in frame if pick(c)]] = ""

    return change


def without(table, *names) -> Change:
    return lambda study: study.__setitem__(table, study[table].drop(columns=list(names)))


def without_wide(pick) -> Change:
    return lambda study: without(DREAM, *[c for c in study[DREAM] if pick(c)])(study)


def keep(table, where) -> Change:
    return lambda study: study.__setitem__(table, study[table][where(study[table])])


def again(table, n=1, **changed) -> Change:
    """Repeat the first rows, perhaps with other cells."""

    def change(study):
        more = study[table].head(n).assign(**changed)
        study[table] = pd.concat([study[table], more], ignore_index=True)

    return change


def rename(table, **names) -> Change:
    return lambda study: study.__setitem__(table, study[table].rename(columns=names))


def exchange(table, one, other, where=None) -> Change:
    def change(study):
        frame = study[table]
        rows = slice(None) if where is None else where(frame)
        frame.loc[rows, [one, other]] = frame.loc[rows, [other, one]].to_numpy()

    return change


def twice(table, column, name, function=lambda cell: cell) -> Change:
    """Add a column again under another name."""

    def change(study):
        frame = study[table]
        study[table] = pd.concat([frame, frame[column].map(function).rename(name)], axis=1)

    return change


def shifted(table, first, last=None, by=1) -> Change:
    """Move the names of the columns from `first` on against what stands under them."""

    def change(study):
        frame = study[table]
        names = list(frame)
        begin, end = names.index(first), names.index(last) + 1 if last else len(names)
        part = names[begin:end]
        names[begin:end] = part[by:] + part[:by]
        study[table] = frame.set_axis(names, axis=1)

    return change


def text(table, function, encoding="utf-8") -> Change:
    """Change a table's file as text."""

    def change(study):
        path = study.path(table)
        raw = function(path.read_text(encoding="utf-8")).encode(encoding)
        path.write_bytes(raw)

    return change


def raw(table, content) -> Change:
    return lambda study: study.path(table).write_bytes(content)


def line(number, function):
    """Change one line of a text."""

    def change(whole):
        lines = whole.split("\n")
        lines[number] = function(lines[number])
        return "\n".join(lines)

    return change


def instead(table, make) -> Change:
    """Put something else where a file is."""

    def change(study):
        study.path(table).unlink()
        make(study.path(table))

    return change


def sheet(content) -> Change:
    return lambda study: study.path("study", ".toml").write_bytes(content)


def sheet_instead(make) -> Change:
    def change(study):
        study.path("study", ".toml").unlink()
        make(study.path("study", ".toml"))

    return change


def saved(table, ending, content=b"x") -> Change:
    """Save a table under another ending only."""

    def change(study):
        study.path(table).unlink()
        study.path(table, ending).write_bytes(content)

    return change


def both(*changes) -> Change:
    def change(study):
        for one in changes:
            one(study)

    return change


# --- which rows and columns ----------------------------------------------------------------------


def every(n):
    return lambda frame: pd.Series(range(len(frame)), index=frame.index) % n == 0


def is_(column, *values):
    return lambda frame: frame[column].isin(values)


def people_of(column, value):
    """Rows of the register of people who have a value in the table of participants."""
    return lambda frame: frame["person_id"].isin(
        tables()[PEOPLE].loc[lambda people: people[column] == value, "person_id"]
    )


def not_(column, *values):
    return lambda frame: ~frame[column].isin(values)


def begins(*starts):
    return lambda name: name.startswith(starts)


def year(*years):
    """Wide columns of a year, weeks and months alike."""
    weeks = tuple(f"y_{y % 100:02d}" for y in years)
    months = tuple(f"{kind}_{y}" for kind in ("grad", "branche") for y in years)
    return begins(*weeks, *months)


def times(factor, decimals=2):
    return lambda cell: f"{float(cell) * factor:.{decimals}f}"


def cpr(key):
    number = int(key[1:])
    return f"{number % 28 + 1:02d}{number % 12 + 1:02d}{number % 40 + 50:02d}{number % 10000:04d}"


def keyed(function, *names) -> Change:
    """Change the person keys of some tables in the same way."""
    return both(*(each(name, "person_id", function) for name in names))


FATAL, COUNTED, RESOLVED, SAME = "fatal", "counted", "resolved", "same"
S, M, E, F = "survey", "milestones", "elements", "fidelity"
UNIT_TABLES = (PEOPLE, S, M, E, F)


def unit(table, name) -> Change:
    """Call the first unit otherwise."""
    return each(table, "project", lambda _: name, is_("project", "Enhed 01"))


def named(study):
    """Call all units by names of the definition, each on the routes it is on there."""
    routes, free = {}, {}
    for route in read_definition().routes:
        for name in route.units:
            routes.setdefault(name, set()).add(str(route.number))
    for name, numbers in routes.items():
        free.setdefault(frozenset(numbers), []).append(name)
    ours = study[PEOPLE].groupby("project")["route"].unique()
    names = {unit: free[frozenset(numbers)].pop() for unit, numbers in ours.items()}
    for table in UNIT_TABLES:
        each(table, "project", names.get)(study)


def some(n, function):
    """A function for one cell in n."""
    state = iter(range(10**9))
    return lambda cell: function(cell) if next(state) % n == 0 else cell


def weeks_from(first):
    return lambda name: name.startswith("y_") and name >= first


def reverse(answer):
    """An answer from 1 to 5 on the scale turned round; 9 is no part of it."""
    return answer if answer == "9" else f"{6 - int(answer)}"
