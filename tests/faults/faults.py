"""What can be wrong with a delivery, as a list: what is done to it, and what must be said.

Each row is a name, a change of the small study (tests/support/small_study.py) and what must happen:
`fatal`, `counted` or `resolved` by a rule, or `same`: nothing is said, and all values are those of
the untouched study. `test_faults.py` runs it.
"""

import os
from collections.abc import Callable

import pandas as pd
from small_study import Delivery

from evallib.study.definition import read_definition

Change = Callable[[Delivery], None]
PEOPLE, DREAM = "participants", "dream"
ANSWERS = ("satisfaction", "useful_overall", "useful_fellowship", "useful_counselling",
           "useful_companies")  # fmt: skip
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

FILES = [
    ("no file", lambda s: s.path(S).unlink(), FATAL, "missing_table"),
    ("no register", lambda s: s.path(DREAM).unlink(), FATAL, "missing_table"),
    ("nothing in it", raw(S, b""), FATAL, "unreadable_table"),
    ("nothing but blank lines", raw(E, b"\n \n\n"), FATAL, "unreadable_table"),
    ("zero bytes", raw(S, b"\xff\x00" * 99), FATAL, "unreadable_table"),
    ("zero bytes inside", text(F, line(4, lambda row: row + "\0")), FATAL, "unreadable_table"),
    ("an empty register", raw(DREAM, b""), FATAL, "unreadable_table"),
    ("a folder for a table", instead(M, os.mkdir), FATAL, "unreadable_table"),
    ("a folder for the register", instead(DREAM, os.mkdir), FATAL, "unreadable_table"),
    ("a pipe for a table", instead(PEOPLE, os.mkfifo), FATAL, "unreadable_table"),
    ("a pipe for the register", instead(DREAM, os.mkfifo), FATAL, "unreadable_table"),
    ("a link to nothing", instead(E, lambda p: p.symlink_to("gone")), FATAL, "unreadable_table"),
    ("a damaged parquet file", saved(M, ".parquet", b"PAR1"), FATAL, "unreadable_table"),
    ("a damaged register", saved(DREAM, ".parquet", b"PAR1"), FATAL, "unreadable_table"),
    ("a damaged workbook", saved(E, ".xlsx", b"PK\3\4"), FATAL, "unreadable_table"),
    ("a damaged SAS file", saved(F, ".sas7bdat", b"x" * 999), FATAL, "unreadable_table"),
    ("a damaged gzip", saved(S, ".csv.gz", b"\x1f\x8b\x08"), FATAL, "unreadable_table"),
    ("an R file", saved(S, ".rds"), FATAL, "foreign_format"),
    ("an old workbook", saved(PEOPLE, ".xls"), FATAL, "foreign_format"),
    ("JSON", saved(E, ".json", b"[]"), FATAL, "foreign_format"),
    ("a zip", saved(M, ".csv.zip"), FATAL, "foreign_format"),
    ("no ending", saved(M, ""), FATAL, "foreign_format"),
    ("two files", lambda s: s.path(S, ".parquet").write_bytes(b"x"), FATAL, "two_files"),
    ("a copy beside", lambda s: s.path(S, "_2.csv").write_text("a\n"), FATAL, "two_files"),
    ("study.toml a folder", sheet_instead(os.mkdir), FATAL, "unreadable_table"),
    ("study.toml a pipe", sheet_instead(os.mkfifo), FATAL, "unreadable_table"),
    ("study.toml no TOML", sheet(b"standin = "), FATAL, "unreadable_table"),
    ("study.toml in Latin-1", sheet(b'made_by = "\xe6"'), FATAL, "unreadable_table"),
    *((f"names only: {t}", keep(t, lambda f: f.index < 0), FATAL, "no_rows")
      for t in UNIT_TABLES),
]  # fmt: skip

COLUMNS = [
    ("a column left out", without(PEOPLE, "gender"), FATAL, "missing_column"),
    ("the key left out", without(PEOPLE, "person_id"), FATAL, "missing_column"),
    ("the register's key left out", without(DREAM, "person_id"), FATAL, "missing_column"),
    ("a column misspelt", rename(PEOPLE, birth_date="birthdate"), FATAL, "missing_column"),
    ("an answer left out", without(S, "useful_companies"), FATAL, "missing_column"),
    ("realised left out", without(M, "realised"), FATAL, "missing_column"),
    ("a title above the names", text(PEOPLE, "Udtræk 2017\n{}".format), FATAL, "missing_column"),
    ("no names", text(F, lambda t: t.split("\n", 1)[1]), FATAL, "missing_column"),
    ("all weeks left out", without_wide(begins("y_")), FATAL, "missing_column"),
    ("all hours left out", without_wide(begins("grad")), FATAL, "missing_column"),
    ("all industries left out", without_wide(begins("branche")), FATAL, "missing_column"),
    ("a month after referral left out", without(DREAM, "grad_2016_11"), FATAL, "missing_column"),
    ("an industry after referral left out", without(DREAM, "branche_2016_11"), FATAL,
     "missing_column"),
    ("weeks named otherwise", lambda s: s.__setitem__(DREAM, s[DREAM].rename(
        columns=lambda c: c.replace("y_", "uge"))), FATAL, "missing_column"),
    ("a column twice", twice(PEOPLE, "gender", "gender"), FATAL, "column_twice"),
    ("a column twice by case", twice(PEOPLE, "gender", "GENDER"), FATAL, "column_twice"),
    ("a column twice with a space", twice(S, "age", " age "), FATAL, "column_twice"),
    ("a column twice, other contents", twice(M, "realised", "Realised", lambda c: "7"), FATAL,
     "column_twice"),
    ("two keys", twice(PEOPLE, "person_id", "pnr"), FATAL, "column_twice"),
    ("two keys in the register", twice(DREAM, "person_id", "PNR"), FATAL, "column_twice"),
    ("a month twice", twice(DREAM, "grad_2016_01", "GRAD_2016_01", lambda c: ""), FATAL,
     "column_twice"),
    ("two months of one name that differ", twice(DREAM, "grad_2016_01", "GRAD_2016_01",
                                                lambda c: ""), FATAL, "columns_differ"),
    ("a week twice", twice(DREAM, "y_1601", "Y_1601"), FATAL, "column_twice"),
    ("a week twice, same name", twice(DREAM, "y_1601", "y_1601"), FATAL, "column_twice"),
    ("an industry twice", twice(DREAM, "branche_2016_05", "Branche_2016_05"), FATAL,
     "column_twice"),
    ("a short row", text(PEOPLE, line(5, lambda r: r.rsplit(",", 2)[0])), FATAL, "ragged_rows"),
    ("a long row", text(S, line(9, "{},7".format)), FATAL, "ragged_rows"),
    ("a cell too many inside", text(M, line(3, lambda r: r.replace(",", ",9,", 1))), FATAL,
     "ragged_rows"),
    ("a delimiter in a name", text(E, line(2, lambda r: r.replace(" ", ", "))), FATAL,
     "ragged_rows"),
    ("a quote never closed", text(F, line(2, lambda r: r.replace("Enhed", '"Enhed', 1)
                                          .replace(",Enhed", ',"Enhed'))), FATAL, "ragged_rows"),
    ("a short row in the register", text(DREAM, line(7, lambda r: r.rsplit(",", 3)[0])), FATAL,
     "ragged_rows"),
    ("a long row in the register", text(DREAM, line(7, "{},1".format)), FATAL, "ragged_rows"),
    ("a filled column without a name", text(PEOPLE, lambda t: t.replace(",gender", ",", 1)), FATAL,
     "ragged_rows"),
    ("names moved by one", shifted(PEOPLE, "route"), FATAL, "unknown_category"),
    ("names of answers moved", shifted(S, "responded"), FATAL, "unknown_category"),
    ("columns exchanged", exchange(PEOPLE, "gender", "education"), FATAL, "unknown_category"),
]  # fmt: skip

CELLS = [
    *((f"blank {c}", put(PEOPLE, c, ""), FATAL, "missing_value")
      for c in ("person_id", "route", "project", "referred_on")),
    *((f"blank {c}", put(M, c, ""), FATAL, "missing_value") for c in ("month", "indicator")),
    ("blank responded", put(S, "responded", ""), FATAL, "missing_value"),
    ("blank respondent", put(S, "respondent", " "), FATAL, "missing_value"),
    ("blank approach", put(E, "approach", "NULL"), FATAL, "missing_value"),
    ("blank level", put(F, "level", "."), FATAL, "missing_value"),
    ("Danish dates", each(PEOPLE, "referred_on", lambda d: f"{d[8:]}-{d[5:7]}-{d[:4]}"), FATAL,
     "unparsable_date"),
    ("dates with slashes", each(PEOPLE, "started_on", lambda d: d.replace("-", "/")), FATAL,
     "unparsable_date"),
    ("one American date", put(PEOPLE, "birth_date", "12/31/1970"), FATAL, "unparsable_date"),
    ("30 February", put(PEOPLE, "completed_on", "2016-02-30"), FATAL, "unparsable_date"),
    ("month 13", put(M, "month", "2016-13"), FATAL, "unparsable_date"),
    ("a date as a serial number", put(PEOPLE, "referred_on", "42500"), FATAL, "unparsable_date"),
    ("a date as eight digits", each(PEOPLE, "birth_date", lambda d: d.replace("-", "")), FATAL,
     "unparsable_date"),
    ("a year for a month", put(M, "month", "2016"), FATAL, "unparsable_date"),
    ("a day for a month", each(M, "month", "{}-01".format), FATAL, "unparsable_date"),
    ("0000-00-00", put(PEOPLE, "unemployed_since", "0000-00-00"), FATAL, "unparsable_date"),
    ("other digits", put(PEOPLE, "birth_date", "١٩٧٠-٠١-٠١"), FATAL, "unparsable_date"),
    *((f"born {d}", put(PEOPLE, "birth_date", d), FATAL, "out_of_range")
      for d in ("1800-01-01", "1900-01-01", "1912-05-05", "2012-01-01", "2006-06-06")),
    ("born 1900 in a tenth", each(PEOPLE, "birth_date", lambda _: "1900-01-01", every(10)), FATAL,
     "out_of_range"),
    ("born after referral", put(PEOPLE, "birth_date", "2017-01-01"), FATAL, "dates_out_of_order"),
    ("aged four", put(PEOPLE, "birth_date", "2012-03-01"), FATAL, "out_of_range"),
    ("unemployed before birth", put(PEOPLE, "unemployed_since", "1940-01-01"), FATAL,
     "dates_out_of_order"),
    ("unemployed as a child", both(put(PEOPLE, "birth_date", "1990-01-01"),
                                   put(PEOPLE, "unemployed_since", "1999-01-01")), FATAL,
     "out_of_range"),
    ("unemployed since 1900", put(PEOPLE, "unemployed_since", "1900-01-01"), FATAL,
     "dates_out_of_order"),
    ("unemployed after referral", put(PEOPLE, "unemployed_since", "2017-02-01"), FATAL,
     "dates_out_of_order"),
    ("completed 2035", put(PEOPLE, "completed_on", "2035-01-01"), FATAL, "out_of_range"),
    ("completed 9999", put(PEOPLE, "completed_on", "9999-12-31"), FATAL, "out_of_range"),
    ("started 2000", put(PEOPLE, "started_on", "2000-01-01"), FATAL, "dates_out_of_order"),
    ("referred 1900", put(PEOPLE, "referred_on", "1900-01-01"), FATAL, "out_of_range"),
    ("referred 2035", put(PEOPLE, "referred_on", "2035-01-01"), FATAL, "out_of_range"),
    ("referred in the wrong century", each(PEOPLE, "referred_on", lambda d: "19" + d[2:]), FATAL,
     "out_of_range"),
    ("referred before intake", put(PEOPLE, "referred_on", "2015-09-15"), COUNTED,
     "outside_intake"),
    ("half referred before intake", each(PEOPLE, "referred_on",
                                         lambda d: f"2015{d[4:]}".replace("-02-29", "-02-28"),
                                         every(2)), FATAL, "outside_intake"),
    ("completed before start", exchange(PEOPLE, "started_on", "completed_on",
                                        not_("completed_on", "")), FATAL, "dates_out_of_order"),
    ("completed, not started", put(PEOPLE, ["started_on", "completed_on"], ["", "2016-12-30"]),
     FATAL, "dates_out_of_order"),
    ("birth and unemployment exchanged", exchange(PEOPLE, "birth_date", "unemployed_since"),
     FATAL, "dates_out_of_order"),
    ("month 2035", put(M, "month", "2035-01"), FATAL, "out_of_range"),
    ("month 1916", put(M, "month", "1916-01"), FATAL, "out_of_range"),
    *((f"realised {v}", put(M, "realised", v), FATAL, "unparsable_number")
      for v in ("two", "1_000", "1.234", "1,234", "1 234", "inf", "0x10", "12 pers.", "1.234.567",
                "=A1", "#REF!")),
    *((f"realised {v}", put(M, "realised", v), FATAL, "out_of_range")
      for v in ("-3", "1000000000", "88888888888", "2.5", "1e9", "2001")),
    ("milestone -1 for none", each(M, "milestone", lambda _: "-1", every(3)), FATAL,
     "out_of_range"),
    ("realised 999 for none", each(M, "realised", lambda _: "999", every(40)), FATAL, "sentinel"),
    ("application 9999 for none", each(M, "application", lambda _: "9999", every(5)), FATAL,
     "sentinel"),
    ("realised 99999999999", put(M, "realised", "99999999999"), FATAL, "sentinel"),
    ("age 99 for none", each(S, "age", lambda _: "99", every(12)), FATAL, "sentinel"),
    ("age 999, once", put(S, "age", "999"), FATAL, "sentinel"),
    ("age 0", put(S, "age", "0"), FATAL, "out_of_range"),
    ("age a year of birth", each(S, "age", lambda a: str(2016 - int(a))), FATAL, "out_of_range"),
    ("age in months", each(S, "age", lambda a: str(12 * int(a))), FATAL, "out_of_range"),
    ("age with decimals", put(S, "age", "44.5"), FATAL, "out_of_range"),
    ("age with an underscore", put(S, "age", "4_4"), FATAL, "unparsable_number"),
    *((f"{c} {v}", put(t, c, v), FATAL, "unknown_category") for t, c, v in (
        (PEOPLE, "route", "4"), (PEOPLE, "route", "0"), (PEOPLE, "route", "1.5"),
        (PEOPLE, "route", "Hovedvej 1"), (PEOPLE, "gender", "x"), (PEOPLE, "gender", "1"),
        (PEOPLE, "gender", "mand"), (PEOPLE, "education", "phd"), (PEOPLE, "education", "3"),
        (S, "responded", "2"), (S, "responded", "ja"), (S, "satisfaction", "6"),
        (S, "satisfaction", "0"), (S, "satisfaction", "99"), (S, "satisfaction", "-1"),
        (S, "satisfaction", "3.5"), (S, "useful_overall", "8"), (M, "indicator", "begun"),
        (M, "indicator", "Total"), (F, "level", "almost"), (F, "level", "2"),
        (F, "requirement", "coffee"), (F, "reason", "Anna Hansen ville ikke"),
        (F, "reason", "<b>x</b>"), (E, "element", "coffee"), (E, "approach", "maybe"),
        (E, "approach", "ring 12 34 56 78"))),
    ("gender as numbers", each(PEOPLE, "gender", {"m": "1", "k": "2"}.get), FATAL,
     "unknown_category"),
    ("gender in English", each(PEOPLE, "gender", {"m": "m", "k": "f"}.get), FATAL,
     "unknown_category"),
    ("elements and approaches exchanged", exchange(E, "element", "approach"), FATAL,
     "unknown_category"),
    ("requirements and levels exchanged", exchange(F, "requirement", "level"), FATAL,
     "unknown_category"),
    ("levels and reasons exchanged", exchange(F, "level", "reason", not_("reason", "")), FATAL,
     "unknown_category"),
    ("a requirement of no route", again(F, route="2", project="Enhed 07"), FATAL,
     "unlisted_pair"),
    ("0 where no target was set", lambda s: s.__setitem__(
        M, s[M].replace({"milestone": {"": "0"}, "application": {"": "0"}})), FATAL,
     "zero_targets"),
    ("all milestones 0", each(M, "milestone", lambda _: "0"), FATAL, "zero_targets"),
    ("another element's approach", put(E, "approach", "visits", (1,)), FATAL, "unlisted_pair"),
    ("another route's element", put(E, ["route", "element", "approach"],
                                    ["1", "team", "one_place"], (0,)), FATAL, "unlisted_pair"),
    ("approaches moved by a row", lambda s: s[E].__setitem__(
        "approach", s[E]["approach"].to_list()[1:] + s[E]["approach"].to_list()[:1]), FATAL,
     "unlisted_pair"),
]  # fmt: skip

ROWS = [
    ("a survey row twice", again(S), FATAL, "row_twice"),
    ("a respondent contradicting", again(S, route="3"), FATAL, "row_twice"),
    ("all of the survey twice", again(S, 999), FATAL, "row_twice"),
    ("300 milestones twice", again(M, 300), FATAL, "row_twice"),
    ("a milestone contradicting", again(M, realised="17"), FATAL, "row_twice"),
    ("a milestone twice by case", again(M, indicator="COMPLETED"), FATAL, "row_twice"),
    ("fidelity twice", again(F, 5), FATAL, "row_twice"),
    ("fidelity contradicting", again(F, level="none"), FATAL, "row_twice"),
    ("an approach twice", again(E, 3), FATAL, "row_twice"),
    ("a person's row twice", again(PEOPLE), FATAL, "row_twice"),
    ("two approaches where one is chosen", again(E, approach="visits"), FATAL, "two_choices"),
    ("a second referral", again(PEOPLE, referred_on="2016-12-20", started_on="", completed_on=""),
     COUNTED, "second_referral"),
    ("most referred twice", again(PEOPLE, 250, referred_on="2016-12-20", started_on="",
                                  completed_on=""), FATAL, "second_referral"),
    ("a person on two rows of the register", again(DREAM), FATAL, "duplicate_person_in_register"),
    ("a person twice in the register, otherwise", again(DREAM, grad_2016_05="1"), FATAL,
     "duplicate_person_in_register"),
    ("all of the register twice", again(DREAM, 999), FATAL, "duplicate_person_in_register"),
    ("answers of who did not respond", put(S, "responded", "0", range(20)), FATAL,
     "silent_answers"),
    ("responded exchanged", each(S, "responded", {"1": "0", "0": "1"}.get), FATAL,
     "silent_answers"),
    ("one answer of who did not respond", lambda s: put(
        S, "satisfaction", "4", [s[S].index[s[S]["responded"] == "0"][0]])(s), FATAL,
     "silent_answers"),
    ("answers not asked for", lambda s: put(
        S, "useful_overall", "4", s[S].index[(s[S]["route"] == "2")
                                             & (s[S]["responded"] == "1")])(s), FATAL,
     "not_asked"),
    ("respondents without an answer", lambda s: put(S, list(ANSWERS), "", s[S].index[
        s[S]["responded"] == "1"][:4])(s), COUNTED, "respondent_without_answers"),
    ("completed copied from started", lambda s: s[PEOPLE].__setitem__(
        "completed_on", s[PEOPLE]["started_on"]), FATAL, "column_copied"),
    ("started copied from referred", lambda s: s[PEOPLE].__setitem__(
        "started_on", s[PEOPLE]["referred_on"]), FATAL, "column_copied"),
    ("an answer copied", lambda s: s[S].__setitem__("useful_companies", s[S]["useful_overall"]),
     FATAL, "column_copied"),
    ("half the respondents without an answer", blank(S, *ANSWERS, where=every(2)), FATAL,
     "respondent_without_answers"),
    ("everybody responded", put(S, "responded", "1", range(256)), FATAL,
     "respondent_without_answers"),
    *((f"seven blanks in {c}", put(PEOPLE, c, "", range(7)), COUNTED, "blank_value")
      for c in BACKGROUND),
    ("half of the ages blank", blank(S, "age", where=every(2)), FATAL, "blank_value"),
    ("realised half blank", blank(M, "realised", where=every(2)), FATAL, "blank_value"),
    *((f"nothing in {c}", blank(PEOPLE, c), FATAL, "empty_column")
      for c in (*BACKGROUND, "started_on", "completed_on")),
    *((f"nothing in {c}", blank(M, c), FATAL, "empty_column")
      for c in ("application", "milestone", "realised")),
    *((f"nothing in {c}", blank(S, c), FATAL, "empty_column")
      for c in ("satisfaction", "useful_companies", "age")),
    *((f"one value in {c}", each(PEOPLE, c, lambda _, v=v: v), FATAL, "one_value")
      for c, v in (("gender", "k"), ("birth_date", "1970-01-01"), ("education", "short"),
                   ("unemployed_since", "2015-06-01"))),
    ("all answers 9", both(*(each(S, c, lambda _: "9") for c in ANSWERS)), FATAL, "one_value"),
    ("all answers 5", each(S, "satisfaction", lambda _: "5"), FATAL, "one_value"),
    ("nobody responded", both(blank(S, *ANSWERS), each(S, "responded", lambda _: "0")), FATAL,
     "one_value"),
    ("all referred on a day", both(blank(PEOPLE, "started_on", "completed_on"),
                                   each(PEOPLE, "referred_on", lambda _: "2016-06-01")), FATAL,
     "one_value"),
]  # fmt: skip

KEYS = [
    ("CPR numbers", keyed(cpr, PEOPLE, DREAM), FATAL, "cpr_number"),
    ("CPR numbers with a hyphen", keyed(lambda k: f"{cpr(k)[:6]}-{cpr(k)[6:]}", PEOPLE, DREAM),
     FATAL, "cpr_number"),
    ("CPR numbers without first zeros", keyed(lambda k: cpr(k).lstrip("0"), PEOPLE, DREAM), FATAL,
     "cpr_number"),
    ("a third CPR numbers", keyed(lambda k: cpr(k) if int(k[1:]) % 3 == 0 else k,
                                  PEOPLE, DREAM), FATAL, "cpr_number"),
    ("one CPR number", put(PEOPLE, "person_id", "0101701234"), FATAL, "cpr_number"),
    ("CPR numbers of respondents", each(S, "respondent", lambda k: cpr("P" + k[1:])), FATAL,
     "cpr_number"),
    ("CPR numbers beside the key", twice(PEOPLE, "person_id", "cprnr", cpr), FATAL, "cpr_number"),
    ("ten random digits", keyed(lambda k: f"{int(k[1:]) * 7919 + 4100000000}", PEOPLE, DREAM),
     SAME, "keys"),
    ("three people missing", keep(DREAM, lambda f: f.index > 2), COUNTED,
     "participant_not_in_register"),
    ("half of the people missing", keep(DREAM, every(2)), FATAL, "participant_not_in_register"),
    ("nobody found", each(DREAM, "person_id", lambda k: f"X{k[::-1]}"), FATAL,
     "participant_not_in_register"),
    ("keys in lower case", each(PEOPLE, "person_id", str.lower), FATAL,
     "participant_not_in_register"),
    ("register keys in lower case", each(DREAM, "person_id", str.lower), FATAL,
     "participant_not_in_register"),
    ("leading zeros lost", both(keyed(lambda k: k[1:], PEOPLE, DREAM),
          each(PEOPLE, "person_id", lambda k: k.lstrip("0"))), FATAL,
     "participant_not_in_register"),
    ("register's leading zeros lost", both(keyed(lambda k: k[1:], PEOPLE, DREAM),
                                           each(DREAM, "person_id", lambda k: k.lstrip("0"))),
     FATAL, "participant_not_in_register"),
    ("register keys as 123.0", both(keyed(lambda k: str(int(k[1:])), PEOPLE, DREAM),
                                    each(DREAM, "person_id", "{}.0".format)), FATAL,
     "participant_not_in_register"),
    ("keys as 123.0", both(keyed(lambda k: str(int(k[1:])), PEOPLE, DREAM),
                           each(PEOPLE, "person_id", "{}.0".format)), FATAL,
     "participant_not_in_register"),
    ("keys with invisible characters", each(PEOPLE, "person_id", "{}\u200b".format), FATAL,
     "participant_not_in_register"),
    ("keys with an index", each(DREAM, "person_id", lambda k: f"{k[0]}{int(k[1:]):08d}"), FATAL,
     "participant_not_in_register"),
    ("keys with a hyphen", each(PEOPLE, "person_id", lambda k: f"{k[:3]}-{k[3:]}"), FATAL,
     "participant_not_in_register"),
    ("keys without their letter", each(DREAM, "person_id", lambda k: k[1:]), FATAL,
     "participant_not_in_register"),
]  # fmt: skip


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


UNITS = [
    *((f"{t}: a unit misspelt", unit(t, "Ehned 01"), FATAL, "unknown_unit") for t in UNIT_TABLES),
    *((f"{t}: a no-break space", unit(t, "Enhed\u00a001"), FATAL, "unknown_unit")
      for t in UNIT_TABLES),
    ("a unit in another case", unit(PEOPLE, "ENHED 01"), FATAL, "unknown_unit"),
    ("half in another case", each(M, "project", str.lower, every(2)), FATAL, "unknown_unit"),
    ("half with a no-break space", each(PEOPLE, "project", lambda u: u.replace(" ", "\u00a0"),
                                        every(2)), FATAL, "unknown_unit"),
    ("two spaces", unit(S, "Enhed  01"), FATAL, "unknown_unit"),
    ("a zero lost", unit(PEOPLE, "Enhed 1"), FATAL, "unknown_unit"),
    ("a soft hyphen", unit(E, "Enhed\u00ad 01"), FATAL, "unknown_unit"),
    ("a unit nobody knows", put(PEOPLE, "project", "Enhed 99"), FATAL, "unknown_unit"),
    ("a number for a unit", put(F, "project", "751"), FATAL, "unknown_unit"),
    ("a name among pseudonyms", unit(PEOPLE, "Randers"), FATAL, "unknown_unit"),
    ("totals among milestones", again(M, 4, project="I alt"), FATAL, "unknown_unit"),
    ("a total among units", again(F, project="Total"), FATAL, "unknown_unit"),
    ("a total with blank unit", again(M, project=""), FATAL, "missing_value"),
    *((f"real names{what}", both(named, change), FATAL, "unknown_unit") for what, change in (
        (", one misspelt", each(M, "project", lambda _: "Fakse", is_("project", "Faxe"))),
        (" without Danish letters", each(S, "project", lambda u: u.replace("ø", "oe"))),
        (", half of a joint unit", each(PEOPLE, "project", lambda u: u.split("/")[0])),
        (" with a word more", each(F, "project", "{} Kommune".format)),
        (" in capitals", each(E, "project", str.upper)),
    )),
    ("real names, on another route", both(named, put(PEOPLE, "route", "2", (0,))), FATAL,
     "unit_not_on_route"),
    ("real names", named, SAME, "names"),
    ("a person on another route", lambda s: put(PEOPLE, "route", "2", [
        s[PEOPLE].index[s[PEOPLE]["project"] == "Enhed 19"][0]])(s), FATAL, "unit_not_on_route"),
    ("reports on another route", each(M, "route", lambda _: "2", is_("project", "Enhed 19")),
     FATAL, "unit_not_on_route"),
    ("routes 1 and 3 exchanged", each(PEOPLE, "route", {"1": "3", "2": "2", "3": "1"}.get), FATAL,
     "unit_not_on_route"),
    ("routes of the survey exchanged", each(S, "route", {"1": "2", "2": "1", "3": "3"}.get), FATAL,
     "unit_not_on_route"),
    ("one route", keep(PEOPLE, is_("route", "1")), FATAL, "group_missing"),
    ("one route in all tables", both(*(keep(t, is_("route", "1")) for t in UNIT_TABLES)), FATAL,
     "group_missing"),
    ("a route without answers", keep(S, not_("route", "2")), FATAL, "group_missing"),
    ("a route without reports", keep(M, not_("route", "3")), FATAL, "group_missing"),
    ("a route without elements", keep(E, not_("route", "2")), FATAL, "group_missing"),
    ("an indicator left out", keep(M, not_("indicator", "started")), FATAL, "group_missing"),
    ("a requirement left out", keep(F, not_("requirement", "mixed_groups")), FATAL,
     "group_missing"),
    ("three people", keep(PEOPLE, lambda f: f.index < 3), FATAL, "group_missing"),
    ("a few of every route", keep(PEOPLE, lambda f: f.groupby("route").cumcount() < 3), FATAL,
     "too_few_people"),
    ("one unit", both(*(keep(t, is_("project", "Enhed 01")) for t in UNIT_TABLES)), FATAL,
     "unit_missing"),
    *((f"{t}: a unit left out", keep(t, not_("project", "Enhed 19")), COUNTED, "unit_missing")
      for t in UNIT_TABLES),
    ("most units left out", keep(E, lambda f: f["project"] < "Enhed 08"), FATAL, "unit_missing"),
    ("a month left out", keep(M, not_("month", "2016-05")), COUNTED, "rows_missing"),
    ("a unit's month left out", keep(M, lambda f: ~((f["month"] == "2016-05")
                                                    & (f["project"] == "Enhed 19"))), COUNTED,
     "rows_missing"),
    ("a requirement of a unit left out", keep(F, lambda f: f.index != 7), COUNTED,
     "rows_missing"),
    ("most months left out", keep(M, lambda f: (f["month"] <= "2015-12")
                                  | (f["month"] >= "2016-12")), FATAL, "rows_missing"),
    ("realised ten times", each(M, "realised", lambda n: f"{10 * int(n)}"), FATAL,
     "milestones_disagree"),
    ("a unit's reports doubled", each(M, "realised", lambda n: f"{3 * int(n)}",
                                      is_("project", "Enhed 19")), COUNTED,
     "milestones_disagree"),
    ("months moved by one", lambda s: s[M].__setitem__(
        "month", [str(pd.Period(m, "M") + 1) for m in s[M]["month"]]), COUNTED,
     "months_disagree"),
    ("targets and realised exchanged", exchange(M, "milestone", "realised"), FATAL,
     "targets_exchanged"),
    ("... where there are targets", exchange(M, "milestone", "realised", not_("milestone", "")),
     FATAL, "targets_exchanged"),
    ("... for referrals", exchange(M, "milestone", "realised", is_("indicator", "referred")),
     FATAL, "targets_exchanged"),
    ("more invited than referred", lambda s: s.__setitem__(S, pd.concat(
        [s[S], s[S][s[S]["project"] == "Enhed 19"].assign(
            respondent=lambda f: "T" + f["respondent"])])), COUNTED, "more_invited"),
]  # fmt: skip


def some(n, function):
    """A function for one cell in n."""
    state = iter(range(10**9))
    return lambda cell: function(cell) if next(state) % n == 0 else cell


def weeks_from(first):
    return lambda name: name.startswith("y_") and name >= first


REGISTER = [
    ("no history", without_wide(year(2012, 2013, 2014, 2015)), FATAL, "history_missing"),
    ("a year of history", without_wide(year(2012, 2013)), FATAL, "history_missing"),
    ("industries begin late", without_wide(begins("branche_2012", "branche_2013")), FATAL,
     "history_missing"),
    ("hours begin late", without_wide(begins("grad_2012", "grad_2013", "grad_2014")), FATAL,
     "history_missing"),
    ("weeks begin late", without_wide(begins("y_12", "y_13")), FATAL, "history_missing"),
    ("a month of history left out", without(DREAM, "grad_2014_06"), FATAL, "history_missing"),
    ("an industry of history left out", without(DREAM, "branche_2014_06"), FATAL,
     "history_missing"),
    ("the last weeks left out", without(DREAM, "y_1705", "y_1706", "y_1707", "y_1708"), FATAL,
     "register_ends_early"),
    ("the last year left out", without_wide(year(2016, 2017)), FATAL, "register_ends_early"),
    ("weeks after the study only", lambda s: s.__setitem__(DREAM, s[DREAM].rename(
        columns=lambda c: f"y_2{c[3:]}" if c[:2] == "y_" else c)), FATAL, "missing_column"),
    ("a register in Feather", lambda s: (s.path(DREAM).unlink(),
                                         s.path(DREAM, ".feather").write_bytes(b"x")), FATAL,
     "foreign_format"),
    ("a week left out", without(DREAM, "y_1620"), COUNTED, "missing_week"),
    ("week 53 left out", without(DREAM, "y_1553"), COUNTED, "missing_week"),
    ("half the weeks left out", without_wide(lambda c: c.startswith("y_") and int(c[-1]) % 2),
     FATAL, "missing_week"),
    ("the last month's hours not in yet", blank_wide(begins("grad_2017_02")), FATAL,
     "register_ends_early"),
    ("hours that lag, and everybody seen long enough", both(
        blank_wide(begins("grad_2017_02")),
        each(PEOPLE, "referred_on", lambda day: day.replace("2016-12", "2016-11"))), RESOLVED,
     "hours_lag"),
    ("the last year's hours not in yet", blank_wide(begins("grad_2016_1", "grad_2017")), FATAL,
     "register_ends_early"),
    ("a month of hours blank", blank_wide(begins("grad_2014_06")), FATAL, "blank_column"),
    ("a year of hours blank", blank_wide(begins("grad_2014")), FATAL, "blank_column"),
    ("a month of industries blank", blank_wide(begins("branche_2015_03")), FATAL, "blank_column"),
    ("a week blank", blank_wide(begins("y_1510")), FATAL, "blank_column"),
    ("a year of weeks blank", blank_wide(begins("y_15")), FATAL, "blank_column"),
    ("a year blank", blank_wide(year(2014)), FATAL, "blank_column"),
    ("no weeks recorded", blank_wide(begins("y_")), FATAL, "blank_column"),
    ("no hours recorded", blank_wide(begins("grad")), FATAL, "blank_column"),
    ("no industries recorded", blank_wide(begins("branche")), FATAL, "blank_column"),
    ("everything blank", blank_wide(begins("y_", "grad", "branche")), FATAL, "blank_column"),
    ("a blank month written as 0", cells(DREAM, "grad_2014_06", lambda _: "0"), FATAL,
     "blank_column"),
    ("a month half blank", cells(DREAM, "grad_2014_06", some(2, lambda _: "")), COUNTED,
     "uneven_columns"),
    ("a year half blank", lambda s: blank(DREAM, *filter(year(2014), s[DREAM]), where=every(2))(s),
     COUNTED, "uneven_columns"),
    ("a month copied", lambda s: s[DREAM].__setitem__("grad_2015_05", s[DREAM]["grad_2015_04"]),
     FATAL, "column_copied"),
    ("a week copied over a year", lambda s: s.__setitem__(DREAM, s[DREAM].assign(
        **{c: s[DREAM]["y_1501"] for c in s[DREAM] if c.startswith("y_15")})), FATAL,
     "column_copied"),
    ("one degree", cells(DREAM, "grad", lambda _: "1"), FATAL, "one_value"),
    ("one code", cells(DREAM, "y_", lambda _: "111"), FATAL, "one_value"),
    ("people with nothing recorded", lambda s: blank(DREAM, *list(s[DREAM])[1:],
                                                     where=every(20))(s), COUNTED,
     "nothing_recorded"),
    ("a third with nothing recorded", lambda s: blank(DREAM, *list(s[DREAM])[1:],
                                                      where=every(3))(s), FATAL,
     "nothing_recorded"),
    ("keys beside other people's rows", lambda s: s[DREAM].__setitem__(
        "person_id", [*s[DREAM]["person_id"].to_list()[1:], "P000000"]), COUNTED,
     "register_contradicts"),
    ("industries where nobody works", lambda s: s.__setitem__(DREAM, s[DREAM].mask(
        (s[DREAM] == "") & [c.startswith("branche") for c in s[DREAM]], "999999")), COUNTED,
     "hours_without_industry"),
    ("hours", cells(DREAM, "grad", times(160.33)), FATAL, "degree_measure"),
    ("hours a week", cells(DREAM, "grad", times(37)), FATAL, "degree_measure"),
    ("per mille", cells(DREAM, "grad", times(1000)), FATAL, "degree_measure"),
    ("minutes", cells(DREAM, "grad", times(9619.8)), FATAL, "degree_measure"),
    ("percent", cells(DREAM, "grad", times(100, 4)), RESOLVED, "degree_in_percent"),
    ("percent in a year", cells(DREAM, "grad_2014", times(100)), FATAL, "degree_measure"),
    ("percent in three months", cells(DREAM, "grad_2016_0", times(100),
                                      lambda c: c[-1] in "456"), FATAL, "degree_measure"),
    ("percent but in a year", both(cells(DREAM, "grad", times(100),
                                         lambda c: "2014" not in c)), FATAL, "degree_measure"),
    ("hours in a year", cells(DREAM, "grad_2015", times(160.33)), FATAL, "degree_measure"),
    ("hours a week in a year", cells(DREAM, "grad_2015", times(37)), FATAL, "degree_measure"),
    ("tenths", cells(DREAM, "grad", times(0.1, 4)), FATAL, "degree_measure"),
    ("99 for missing", cells(DREAM, "grad", some(15, lambda _: "99")), FATAL, "sentinel"),
    ("999 for missing", cells(DREAM, "grad", some(30, lambda _: "999")), FATAL, "sentinel"),
    ("99 for missing in percent", both(cells(DREAM, "grad", times(100, 2)),
                                       cells(DREAM, "grad", some(12, lambda _: "99"))), FATAL,
     "sentinel"),
    ("999 for missing in percent", both(cells(DREAM, "grad", times(100, 2)),
                                        cells(DREAM, "grad", some(30, lambda _: "999"))), FATAL,
     "sentinel"),
    ("a degree of 1e9", put(DREAM, "grad_2016_05", "1e9"), FATAL, "impossible_hours"),
    ("a degree of 5", put(DREAM, "grad_2016_05", "5"), FATAL, "impossible_hours"),
    ("degrees of 99, a few", put(DREAM, "grad_2016_05", "99", range(3)), FATAL,
     "impossible_hours"),
    ("a negative degree", put(DREAM, "grad_2016_05", "-1"), FATAL, "unparsable_number"),
    ("a degree in words", put(DREAM, "grad_2016_05", "full"), FATAL, "unparsable_number"),
    ("a degree with an underscore", put(DREAM, "grad_2016_05", "1_0"), FATAL,
     "unparsable_number"),
    ("an endless degree", put(DREAM, "grad_2016_05", "inf"), FATAL, "unparsable_number"),
    ("a degree with a percent sign", put(DREAM, "grad_2016_05", "75 %"), FATAL,
     "unparsable_number"),
    ("weeks and hours exchanged", shifted(DREAM, "y_1701", "grad_2016_12", by=5), FATAL,
     "shifted_columns"),
    ("names moved by one in the register", shifted(DREAM, "y_1249"), FATAL, "shifted_columns"),
    ("weeks moved by two", shifted(DREAM, "y_1249", "y_1708", by=2), COUNTED,
     "weeks_out_of_step"),
    ("weeks moved back by one", shifted(DREAM, "y_1249", "y_1708", by=-1), COUNTED,
     "weeks_out_of_step"),
    ("weeks moved by four", shifted(DREAM, "y_1249", "y_1708", by=4), COUNTED,
     "weeks_out_of_step"),
    ("names moved back in the register", shifted(DREAM, "y_1249", by=-1), FATAL,
     "shifted_columns"),
    ("hours moved by a month", shifted(DREAM, "grad_2012_12"), FATAL, "shifted_columns"),
    ("industries moved by a month", shifted(DREAM, "branche_2012_12", "branche_2017_02"), FATAL,
     "shifted_columns"),
    ("hours under industries", exchange(DREAM, "grad_2015_05", "branche_2015_05"), FATAL,
     "shifted_columns"),
    ("codes under industries", exchange(DREAM, "y_1510", "branche_2015_05"), FATAL,
     "shifted_columns"),
    ("a code nobody knows", put(DREAM, "y_1652", "433"), COUNTED, "unknown_benefit_code"),
    ("a code of eleven digits", put(DREAM, "y_1652", "99999999999"), COUNTED,
     "unknown_benefit_code"),
    ("a code of 2000000000", put(DREAM, "y_1652", "2000000000"), COUNTED, "unknown_benefit_code"),
    ("a code of 400 digits", put(DREAM, "y_1652", "9" * 400), COUNTED, "unknown_benefit_code"),
    ("a negative code", put(DREAM, "y_1652", "-111"), COUNTED, "unknown_benefit_code"),
    ("a code with a letter", put(DREAM, "y_1652", "11A"), COUNTED, "unknown_benefit_code"),
    ("a code with an underscore", put(DREAM, "y_1652", "1_11"), COUNTED, "unknown_benefit_code"),
    ("codes in words", cells(DREAM, "y_", lambda _: "dagpenge"), FATAL, "unknown_benefit_code"),
    ("codes of two digits", cells(DREAM, "y_", lambda c: c[:2]), FATAL, "unknown_benefit_code"),
    ("industries of two digits", cells(DREAM, "branche", lambda c: c[:2]), FATAL,
     "unknown_industry"),
    ("industries in words", cells(DREAM, "branche", lambda _: "handel"), FATAL,
     "unknown_industry"),
    ("industries of seven digits", cells(DREAM, "branche", "{}9".format), FATAL,
     "unknown_industry"),
    ("one industry in words", put(DREAM, "branche_2016_05", "handel"), COUNTED,
     "unknown_industry"),
    ("a third of the industries lost", cells(DREAM, "branche", some(3, lambda _: "")), COUNTED,
     "hours_without_industry"),
    ("most industries lost", cells(DREAM, "branche", lambda c: c if c[0] == "4" else ""), FATAL,
     "hours_without_industry"),
]  # fmt: skip

ALL = {
    "files": FILES,
    "columns": COLUMNS,
    "cells": CELLS,
    "rows": ROWS,
    "keys": KEYS,
    "units": UNITS,
    "register": REGISTER,
}
