"""Words break at spaces and soft hyphens, only where they must."""

import pytest

from compendium.charts.wrapping import wrapped
from compendium.errors import ExhibitError

SOFT = "vikar\N{SOFT HYPHEN}bureauet"


def test_a_soft_hyphen_shows_only_where_a_line_ends():
    assert wrapped(SOFT, 3, 9) == ["vikarbureauet"]
    assert wrapped(f"hos {SOFT}", 0.65, 9) == ["hos vikar-", "bureauet"]


def test_a_word_that_cannot_fit_is_named_with_what_to_do():
    with pytest.raises(ExhibitError, match="put soft hyphens into it"):
        wrapped("vikarbureauet", 0.3, 9)
