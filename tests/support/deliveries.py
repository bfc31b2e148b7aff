"""One small register, and the ways in which owners deliver it."""

import pandas as pd
import pyreadstat


def nasty(cells=str):
    """Three weeks over the turn of a 53-week year, two months; Q3 is no participant."""
    blank = "" if cells is str else None
    return pd.DataFrame(
        {
            "PNR": ["Q1", "Q2", "Q3", "Q4"],
            "family_id": ["111", "111", "111", "111"],
            "Y_1552": [cells(111), cells(890), cells(111), blank],
            "y_1553": [cells(111), blank, cells(111), blank],
            "y_1601": [blank, cells(651), cells(111), blank],
            "grad_2015_12": [cells(1), blank, cells(1), blank],
            "GRAD_2016_01": [blank, cells(1), cells(1), blank],
            "branche_2015_12": [cells(11100), blank, blank, blank],
            "branche_2016_01": [blank, cells(620100), blank, blank],
        }
    )


def write_comma(frame, folder):
    frame.to_csv(folder / "dream.csv", index=False)
    return folder / "dream.csv"


def write_semicolon(frame, folder):
    frame = frame.replace({"1": "1,000", "111": " 111", "": "."})
    frame.to_csv(folder / "dream.csv", index=False, sep=";", encoding="utf-8-sig")
    return folder / "dream.csv"


def write_mixed(frame, folder):
    frame = frame.replace({"890": "890.0", "": "NA"}).sample(frac=1, random_state=1)
    frame.rename(columns=str.lower).to_csv(folder / "dream.csv", index=False)
    return folder / "dream.csv"


def write_parquet(frame, folder):
    frame.to_parquet(folder / "dream.parquet")
    return folder / "dream.parquet"


def write_numeric_parquet(_, folder):
    return write_parquet(nasty(float), folder)


def write_stata(_, folder):
    pyreadstat.write_dta(nasty(float), folder / "dream.dta")
    return folder / "dream.dta"


def write_spss(frame, folder):
    pyreadstat.write_sav(frame, folder / "dream.sav")
    return folder / "dream.sav"
