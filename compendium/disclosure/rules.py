"""The rules of release as data: `data/rules/release.toml`, which says where each comes from."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from compendium.errors import ReleaseError, nearest

FILE = Path(__file__).resolve().parents[2] / "data" / "rules" / "release.toml"
LEAST = 3
"""Statistics Denmark refuses tables of fewer people, so no file may allow them."""


@dataclass(frozen=True)
class Rules:
    """What may be shown of how many people.

    The names are those of the file, whose comments say what each means and where it comes from.
    A copy with other numbers (`dataclasses.replace`) is held to the same limits.

    Raises
    ------
    ReleaseError
        A rule is out of its limits; the sentence says which are allowed.

    Examples
    --------
    >>> from dataclasses import replace
    >>> rules = read_rules()
    >>> rules.threshold, rules.width
    (5, 6)
    >>> replace(rules, threshold=10).width
    12
    >>> replace(rules, threshold=2)
    Traceback (most recent call last):
    compendium.errors.ReleaseError: rules of release: threshold is 2; set it to 3 or more
    """

    threshold: int
    zeros_public: bool
    complements: bool
    mean_people: int
    dominance_share: float
    residual_df: int

    def __post_init__(self) -> None:
        _validate(self)

    @property
    def width(self) -> int:
        """How many counts a class of rounding holds: the least even number above the threshold."""
        return self.threshold + 2 - self.threshold % 2

    @property
    def spread(self) -> int:
        """The least distance between the ends of what may be derived of a small count."""
        return self.threshold

    def is_small(self, count: int) -> bool:
        """Whether so many people may not be told: too few, or none where that is not public."""
        return 0 < count < self.threshold or (count == 0 and not self.zeros_public)


def read_rules(path: Path = FILE) -> Rules:
    """The rules in a file.

    Raises
    ------
    ReleaseError
        The file is not TOML, lacks a rule, names one that does not exist, or breaks a limit.
    """
    try:
        found: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{path.name} cannot be read: {error}; mend or restore it") from error
    names = [field.name for field in fields(Rules)]
    for name in found.keys() - names:
        raise ReleaseError(f"{path.name}: there is no rule {name}; {nearest(name, names)}")
    if missing := [name for name in names if name not in found]:
        raise ReleaseError(f"{path.name}: no value for {', '.join(missing)}; add it")
    return Rules(**found)


def _validate(rules: Rules) -> None:
    """The one place where a rule is held to its limits."""
    least = {"threshold": LEAST, "mean_people": rules.threshold, "residual_df": 1}
    for name, value in vars(rules).items():
        if name in least:
            kept, allowed = type(value) is int and value >= least[name], f"{least[name]} or more"
        elif name == "dominance_share":
            kept = type(value) in {int, float} and 0 < value <= 1
            allowed = "a share above 0, at most 1"
        else:
            kept, allowed = isinstance(value, bool), "true or false"
        if not kept:
            raise ReleaseError(f"rules of release: {name} is {value}; set it to {allowed}")
