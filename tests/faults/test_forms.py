"""A form is no fault: the same values come from every form, and what was seen is told."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from forms_of_delivery import FORMS
from small_study import Delivery, definition, write

from evallib.study.contract import TABLES
from evallib.study.declared import EVERY
from evallib.study.delivery import read_small
from evallib.study.study import load, validate

PUBLIC = Path("/usr/lib/R/site-library/haven/examples/iris.sas7bdat")


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    return write(tmp_path_factory.mktemp("small") / "study")


@pytest.fixture(scope="session")
def plain(source):
    return load(source, definition())


def ordered(table):
    return table.sort_values(list(table)).reset_index(drop=True)


@pytest.mark.parametrize(("name", "change", "told"), FORMS, ids=[form[0] for form in FORMS])
def test_every_form_gives_the_same_values(source, plain, tmp_path, name, change, told):
    delivery = Delivery(tmp_path / "study", source)
    change(delivery)
    delivery.close()
    # Reading the register takes longest; where it was not touched it is left out.
    dream = delivery.folder / "dream.csv"
    same = dream.is_file() and dream.read_bytes() == (source / "dream.csv").read_bytes()
    report = validate(delivery.folder, definition(), list(TABLES) if same else EVERY)
    assert {fault.rule for fault in report.faults} <= {"read_as"}, report.whole()
    assert {fault.detail for fault in report.resolved} == ({told} if told else set())
    study = load(delivery.folder, definition(), list(TABLES) if same else EVERY)
    for table in TABLES:
        ours, theirs = getattr(study, table), getattr(plain, table)
        pd.testing.assert_frame_equal(ordered(ours), ordered(theirs))
    if same:
        return
    people = plain.register.people
    assert set(study.register.people) == set(people)
    rows = study.register.people.get_indexer(people)
    np.testing.assert_array_equal(study.register.codes[rows], plain.register.codes)
    np.testing.assert_array_equal(study.register.hours[rows], plain.register.hours)
    np.testing.assert_array_equal(study.register.industry[rows], plain.register.industry)


def test_columns_under_other_names_are_mapped_in_the_definition(source, plain, tmp_path):
    shutil.copytree(source, tmp_path / "study")
    for name, ours, theirs in (
        ("participants", "referred_on", "Visitationsdato"),
        ("dream", "person_id", "loebenr"),
    ):
        path = tmp_path / "study" / f"{name}.csv"
        path.write_text(path.read_text("utf-8").replace(ours, theirs, 1), "utf-8")
    names = {"participants": {"referred_on": "visitationsdato"}, "dream": {"person_id": "loebenr"}}
    mapped = replace(definition(), columns=names)
    assert validate(tmp_path / "study", mapped).faults == ()
    study = load(tmp_path / "study", mapped)
    pd.testing.assert_frame_equal(study.participants, plain.participants)
    assert validate(tmp_path / "study", definition()).fatal


def test_a_file_that_sas_wrote_is_read(tmp_path):
    """The 150 irises of R's `haven`, written by SAS itself; nothing but SAS writes the format."""
    if not PUBLIC.is_file():
        told = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        told("no file written by SAS; Debian's r-cran-haven has one")
    shutil.copy(PUBLIC, tmp_path / "elements.sas7bdat")
    cells = read_small(tmp_path / "elements.sas7bdat").cells
    assert cells.shape == (150, 5)
    assert cells.iloc[0].tolist() == ["5.1", "3.5", "1.4", "0.2", "setosa"]
    assert cells["sepal_length"].astype(float).mean() == pytest.approx(5.843333, abs=1e-6)
