"""The codebook is read strictly."""

import pytest

from compendium.chapter.codebook import codebook, quantity
from compendium.errors import ExhibitError, TranslationError

HEAD = (
    "name,label_en,label_da,short_en,short_da,unit,decimals,counts,adds,basis,meaning_en,"
    "meaning_da\n"
)


def written(folder, *rows):
    (folder / "data").mkdir()
    (folder / "data" / "codebook.csv").write_text(HEAD + "\n".join(rows) + "\n", "utf-8")
    return codebook(folder)


def test_a_row_says_what_a_quantity_is_called_and_how_it_is_shown(tmp_path):
    row = written(tmp_path, "share,Share,Andel,,,share,1,people,,stated,Of all,Af alle")["share"]
    assert (row.label, row.short, row.unit, row.decimals) == ("Share", "Share", "share", 1)
    assert row.basis == "stated"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["a,A,A,,,count,,,,,,", "a,B,B,,,count,,,,,,"], "line 3, `a`: the name stands twice"),
        (["a,A,A,,,shares,,,,,,"], "unknown unit `shares`; did you mean `share`"),
        (["a,A,A,,,count,,folk,,,,"], "unknown counts `folk`"),
        (["a,A,,,,count,,,,,,"], "a label is missing"),
        (["a,A,A,,,count,two,,,,,"], "decimals is `two`"),
        ([",A,A,,,count,,,,,,"], "the name is missing"),
        (["a,A,A,,,count"], "a row has the cells name, label_en"),
        (["a,A,A,,,count,,,,,,,more"], "a row has the cells"),
    ],
)
def test_a_fault_names_its_line(tmp_path, rows, message):
    with pytest.raises(TranslationError, match=message):
        written(tmp_path, *rows)


def test_another_encoding_is_told(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "codebook.csv").write_bytes((HEAD + "a,A,Påbegyndt").encode("latin-1"))
    with pytest.raises(TranslationError, match=r"codebook\.csv is no CSV in UTF-8"):
        codebook(tmp_path)


def test_an_unknown_name_is_told_with_the_nearest():
    with pytest.raises(ExhibitError, match="did you mean `share`"):
        quantity("sharr", "table `t`: column")
