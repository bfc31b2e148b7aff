"""Who must not leave: the keys and names of a study, read from its tables."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from compendium.release.wanted import Wanted

_CODE = re.compile(r"[a-z0-9_]*")  # a reason out of the code list, no free text


def wanted_of(data: Path, *, hidden: Collection[float] = ()) -> Wanted:
    """Return what a search of results made from a study looks for.

    Parameters
    ----------
    data
        The folder of the study's tables.
    hidden
        Numbers the rules of release took out or rounded, as they were before.

    Returns
    -------
    Wanted
        Keys of participants and of those asked in the survey, dates of birth, and the free text of
        fidelity's reasons.

    Raises
    ------
    DataError
        If the tables cannot be used.

    Examples
    --------
    >>> from evallib.settings import DATA
    >>> found = wanted_of(DATA / "standin")
    >>> len(found.keys), len(found.names)
    (6111, 0)
    """
    from evallib import load

    study = load(data, tables=("participants", "survey", "fidelity"))
    keys = {*study.participants["person_id"], *study.survey["respondent"]}
    texts = {str(text).strip() for text in study.fidelity["reason"].dropna()}
    names = {text for text in texts if not _CODE.fullmatch(text)}
    births = {day.date() for day in study.participants["birth_date"].dropna()}
    return Wanted(sorted(map(str, keys)), sorted(names), sorted(births), tuple(hidden))
