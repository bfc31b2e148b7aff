"""In which forms a sound delivery may come: what is done to it, and what is told of it.

A form is no fault. Each row is a name, a change of the small study and the words told of it (empty
if nothing is); all values must be those of the untouched study. `test_forms.py` runs it.
"""

import gzip

import openpyxl
import pandas as pd
import pyreadstat
from changes import PEOPLE, E, F, M, S, cells, each, rename, sheet, year
from small_study import tables

SMALL = (PEOPLE, S, M, E, F)
DATES = {PEOPLE: ["referred_on", "started_on", "completed_on", "birth_date", "unemployed_since"]}
NUMERIC = {
    PEOPLE: ["route"],
    S: ["route", "responded", "satisfaction", "age"],
    M: ["route", "application", "milestone", "realised"],
    E: ["route"],
    F: ["route"],
}


def written(change=lambda text: text, encoding="utf-8", ending=".csv", pack=bytes, names=SMALL):
    """Write tables anew as text."""

    def write(study):
        for name in names:
            old = study.path(name)
            text = change(old.read_text(encoding="utf-8"))
            old.unlink()
            study.path(name, ending).write_bytes(pack(text.encode(encoding)))

    return write


def saved(write, ending, typed=False, names=SMALL):
    """Save tables in another format, as text or in the types the format has."""

    def change(study):
        for name in names:
            study.path(name).unlink()
            frame = tables()[name].copy()
            if typed:
                for column in DATES.get(name, []):
                    frame[column] = pd.to_datetime(frame[column].replace("", None)).dt.date
                for column in NUMERIC[name]:
                    frame[column] = pd.to_numeric(frame[column])
            write(frame, study.path(name, ending))

    return change


def workbook(frame, path):
    book = openpyxl.Workbook()
    page = book.active
    page.append(list(frame))
    for row in (
        frame.astype(object).where(frame.notna() & (frame != ""), None).itertuples(index=False)
    ):
        page.append(list(row))
    book.create_sheet("notes").append(["nothing of the study"])
    book.save(path)


def workbook_behind(frame, path):
    """The table stands on the second sheet, which has its name, below a blank line."""
    book = openpyxl.Workbook()
    book.active.append(["Read me"])
    page = book.create_sheet(path.stem.upper())
    page.append([None])
    page.append([f" {name} " for name in frame])
    for row in frame.itertuples(index=False):
        page.append(list(row))
    book.save(path)


def in_years(name, column):
    """A table in one file a year."""

    def change(study):
        frame = tables()[name]
        study.path(name).unlink()
        for when, part in frame.groupby(frame[column].str[:4]):
            part.to_csv(study.path(name, f"_{when}.csv"), index=False)

    return change


def register_in_years(study):
    """The columns of each year in a file of their own, people in another order in each."""
    frame = tables()["dream"].set_index("person_id")
    study.path("dream").unlink()
    study.path("dream", "").mkdir()
    for n, when in enumerate((2014, 2015, 2016, 2017)):
        part = frame[[name for name in frame if year(when)(name)]].sample(frac=1, random_state=n)
        if when == 2016:
            part.reset_index().to_parquet(study.path("dream", f"/{when}.parquet"))
        else:
            part.to_csv(study.path("dream", f"/{when}.csv"))


def parts(study):
    frame = tables()[S]
    study.path(S).unlink()
    frame.head(100).to_csv(study.path(S, "_1.csv"), index=False)
    frame.iloc[100:].to_parquet(study.path(S, "_2.parquet"))


def delimiter(mark):
    return lambda text: text.replace(",", mark)


def trailing(text):
    return "".join(f"{line},\n" for line in text.splitlines())


def trailing_rows(text):
    first, *rest = text.splitlines()
    return "\n".join([first, *(f"{line},," for line in rest)])


def quoted(text):
    return "".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) + "\n" for line in text.splitlines()
    )


def spaced(text):
    first, rest = text.split("\n", 1)
    return ", ".join(f" {name} " for name in first.split(",")) + "\n" + rest


def marked(mark):
    """Write a mark where a cell is blank."""

    def change(text):
        first, *rest = text.splitlines()
        rows = [",".join(cell or mark for cell in line.split(",")) for line in rest]
        return "\n".join([first, *rows]) + "\n"

    return change


def mixed(text):
    lines = text.splitlines()
    return "".join(line + ("\r\n" if n % 2 else "\n") for n, line in enumerate(lines))


def long_cell(study):
    for name in (PEOPLE, S):
        frame = tables()[name].assign(note="")
        frame.loc[2, "note"] = "x" * 3_000_000
        frame.to_csv(study.path(name), index=False)


def decimals(study):
    """Semicolons, and numbers with a decimal comma, as a Danish program writes them."""
    for name in (M, S):
        frame = tables()[name].copy()
        for column in [c for c in NUMERIC[name] if c != "route"]:
            frame[column] = [f"{cell},0" if cell else "" for cell in frame[column]]
        frame.to_csv(study.path(name), index=False, sep=";")


def upper(study):
    for table, columns in (
        (PEOPLE, ("gender", "education")),
        (M, ("indicator",)),
        (F, ("level", "requirement", "reason")),
        (E, ("element", "approach")),
        (S, ("education",)),
    ):
        for column in columns:
            each(table, column, str.upper)(study)


def with_dates(study):
    for column in DATES[PEOPLE]:
        each(PEOPLE, column, "{} 00:00:00".format)(study)


def more_columns(study):
    frame = study[PEOPLE]
    frame.insert(2, "Bemærkning", "intet, som bruges")
    frame["family_id"] = "111"


def noted(text):
    return f"{text}\n\n,,,\n"


SEMI = "semicolons"
FORMS = [
    ("as it is", written(), ""),
    ("a mark of UTF-8", written(encoding="utf-8-sig"), ""),
    ("semicolons", written(delimiter(";")), SEMI),
    ("tabs", written(delimiter("\t")), "tabs"),
    ("bars", written(delimiter("|")), "bars"),
    ("tsv", written(delimiter("\t"), ending=".tsv"), "tabs"),
    ("txt", written(delimiter(";"), ending=".txt"), SEMI),
    ("ending in capitals", written(ending=".CSV"), ""),
    ("semicolons and decimal commas", decimals, "semicolons, decimal comma"),
    ("Windows-1252", lambda s: (more_columns(s), s.close(), s._open.clear(),
                                written(encoding="cp1252", names=(PEOPLE,))(s))[0],
     "Windows-1252"),
    ("Latin-1", lambda s: (more_columns(s), s.close(), s._open.clear(),
                           written(encoding="latin-1", names=(PEOPLE,))(s))[0], "Windows-1252"),
    ("UTF-16", written(encoding="utf-16"), "UTF-16"),
    ("line ends of Windows", written(lambda t: t.replace("\n", "\r\n")), ""),
    ("line ends of old Macs", written(lambda t: t.replace("\n", "\r")), ""),
    ("mixed line ends", written(mixed), "mixed line ends"),
    ("no last line end", written(str.rstrip), ""),
    ("blank lines", written(noted), ""),
    ("trailing delimiters", written(trailing), ""),
    ("trailing delimiters of rows", written(trailing_rows), ""),
    ("all quoted", written(quoted), ""),
    ("spaces around names", written(spaced), ""),
    ("names in capitals", lambda s: [rename(t, **{c: c.upper() for c in tables()[t]})(s)
                                     for t in SMALL], ""),
    ("spaces around cells", written(lambda t: t.replace(",", " , ")), ""),
    *((f"{mark} for blank", written(marked(mark)), "")
      for mark in ("NULL", "null", ".", ".A", ".z", "NA", "NaN", "#N/A", " ")),
    ("codes in capitals", upper, ""),
    ("numbers with .0", lambda s: [each(t, c, "{}.0".format)(s)
                                   for t, cs in NUMERIC.items() for c in cs], ""),
    ("dates at midnight", with_dates, ""),
    ("more columns", more_columns, ""),
    ("cells of 3 MB", long_cell, ""),
    ("gzip", written(ending=".csv.gz", pack=gzip.compress), "compressed"),
    ("gzip without its ending", written(pack=gzip.compress), "compressed"),
    ("Parquet, text", saved(pd.DataFrame.to_parquet, ".parquet"), ""),
    ("Parquet, typed", saved(pd.DataFrame.to_parquet, ".parquet", typed=True), ""),
    ("Parquet, categorical", saved(lambda f, p: f.astype("category").to_parquet(p), ".parquet"),
     ""),
    ("Parquet with an index", saved(lambda f, p: f.set_index(f.columns[0]).to_parquet(p),
                                    ".parquet"), ""),
    ("Feather", saved(pd.DataFrame.to_feather, ".feather", typed=True), ""),
    ("Excel, text", saved(workbook, ".xlsx"), ""),
    ("Excel, typed", saved(workbook, ".xlsx", typed=True), ""),
    ("Excel, a sheet by name", saved(workbook_behind, ".xlsx"), ""),
    ("Stata, text", saved(pyreadstat.write_dta, ".dta"), ""),
    ("Stata, typed", saved(pyreadstat.write_dta, ".dta", typed=True), ""),
    ("SPSS, text", saved(pyreadstat.write_sav, ".sav"), ""),
    ("SPSS, typed", saved(pyreadstat.write_sav, ".sav", typed=True), ""),
    ("SPSS, packed", saved(lambda f, p: pyreadstat.write_sav(f, p, compress=True), ".zsav",
                           typed=True), ""),
    ("SAS transport, text", saved(pyreadstat.write_xport, ".xpt"), ""),
    ("SAS transport, typed", saved(pyreadstat.write_xport, ".xpt", typed=True), ""),
    ("a file a year", in_years(PEOPLE, "referred_on"), ""),
    ("milestones a file a year", in_years(M, "month"), ""),
    ("parts in two formats", parts, ""),
    ("study.toml with a mark", sheet(b"\xef\xbb\xbfstandin = true\n"), ""),
    ("degrees with decimal comma", written(lambda t: t.replace(",", ";").replace(".", ","),
                                           names=("dream",)), "semicolons, decimal comma"),
    ("register in Windows-1252, packed", written(
        lambda t: t.replace("\n", ",æ\n").replace(",æ", ",bemærkning", 1), encoding="cp1252",
        pack=gzip.compress, ending=".csv.gz", names=("dream",)), "Windows-1252, compressed"),
    ("register in UTF-16", written(encoding="utf-16", names=("dream",)), "UTF-16"),
    ("register in tabs", written(delimiter("\t"), ending=".tsv", names=("dream",)), "tabs"),
    ("register with line ends of old Macs", written(lambda t: t.replace("\n", "\r"),
                                                    names=("dream",)), ""),
    ("register, trailing delimiters", written(trailing, names=("dream",)), ""),
    ("register, names in capitals", written(lambda t: "\n".join(
        [t.splitlines()[0].upper(), *t.splitlines()[1:]]), names=("dream",)), ""),
    ("register in SPSS, packed", saved(lambda f, p: pyreadstat.write_sav(f, p, compress=True),
                                       ".zsav", names=("dream",)), ""),
    ("register in Stata", saved(pyreadstat.write_dta, ".dta", names=("dream",)), ""),
    ("register in a file a year", register_in_years, "joined by person"),
    ("register keys in tabs", each("dream", "person_id", "\t{}\t".format), ""),
    ("register cells as 1.0", cells("dream", "y_", "{}.0".format), ""),
]  # fmt: skip
