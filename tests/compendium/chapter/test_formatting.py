"""Numbers and dates as each language writes them."""

import math

import pytest

from compendium.chapter.formatting import LANGUAGES, bare, checked_unit, full, interval, span, words
from compendium.errors import ExhibitError

SHARE = {"value": 0.395, "low": 0.346, "high": 0.444, "unit": "share", "clusters": 17}


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "da", "en"),
    [
        (2231, "count", None, "2.231", "2,231"),
        (0.395, "share", None, "39,5 pct.", "39.5 %"),
        (0.345, "share", 1, "34,5 pct.", "34.5 %"),
        (0.69, "share", 0, "69 pct.", "69 %"),
        (-0.049, "points", None, "−4,9 procentpoint", "−4.9 percentage points"),
        (-0.0001, "points", None, "0,0 procentpoint", "0.0 percentage points"),
        (0.01, "points", 0, "1 procentpoint", "1 percentage point"),
        (125.25, "hours", 1, "125,2 timer", "125.2 hours"),
        (1, "hours", 0, "1 time", "1 hour"),
        (9, "months", None, "9 måneder", "9 months"),
        (1, "months", None, "1 måned", "1 month"),
        (3.456, "score", None, "3,46", "3.46"),
        (12345.6, "number", 1, "12.345,6", "12,345.6"),
        (2017, "year", None, "2017", "2017"),
        ("2016-11-08", "date", None, "8. november 2016", "8 November 2016"),
        ("2017-02", "month", None, "februar 2017", "February 2017"),
        ("Aarhus", "name", None, "Aarhus", "Aarhus"),
        (None, "share", None, "–", "–"),
        (math.nan, "count", None, "–", "–"),
        (-math.inf, "share", None, "−∞ pct.", "−∞ %"),
    ],
)
def test_each_unit_in_both_languages(value, unit, decimals, da, en):
    shown = [full(value, unit, lang, decimals).replace("\xa0", " ") for lang in LANGUAGES]
    assert shown == [da, en]


def test_a_number_and_its_unit_stay_on_one_line():
    assert full(0.395, "share", "da") == "39,5\xa0pct."
    assert " " not in full(0.1, "points", "da")


def test_twelve_digits_decide_the_rounding_not_binary_noise():
    assert bare(0.285, "share", "en", 1) == "28.5"
    assert bare(1.1 * 3, "number", "en", 1) == "3.3"


def test_an_interval_has_one_unit_and_no_dash_beside_a_minus():
    assert span(0.346, 0.444, "share", "da") == "34,6–44,4\xa0pct."
    assert span(-0.01, 0.02, "points", "da") == "−1,0 til 2,0\xa0procentpoint"


@pytest.mark.parametrize(
    ("more", "en", "da"),
    [
        (
            {},
            "95 % confidence interval 34.6–44.4 %; 17 units",
            "95 pct.-konfidensinterval 34,6–44,4 pct.; 17 enheder",
        ),
        (
            {"level": 0.9, "comparisons": 1},
            "90 % confidence interval 34.6–44.4 %; 17 units",
            "90 pct.-konfidensinterval 34,6–44,4 pct.; 17 enheder",
        ),
        (
            {"comparisons": 3},
            "95 % confidence interval 34.6–44.4 %, allowing for 3 comparisons; 17 units",
            (
                "95 pct.-konfidensinterval 34,6–44,4 pct., korrigeret for 3 sammenligninger; "
                "17 enheder"
            ),
        ),
        (
            {"clusters": None, "comparisons": 3},
            "95 % confidence interval 34.6–44.4 %",
            "95 pct.-konfidensinterval 34,6–44,4 pct.",
        ),
        ({"low": None}, "–", "–"),
        ({"high": None}, "–", "–"),
    ],
)
def test_the_full_interval_names_its_level_and_what_it_rests_on_and_allows_for(more, en, da):
    told = [interval(SHARE | more, lang).replace("\xa0", " ") for lang in ("en", "da")]
    assert told == [en, da]


def test_both_languages_have_the_same_interface_words():
    da, en = (words(lang) for lang in LANGUAGES)
    assert set(da) == set(en)
    assert set(da["units"]) == set(en["units"])


def test_an_unknown_unit_names_the_nearest():
    with pytest.raises(ExhibitError, match="did you mean `share`"):
        checked_unit("shares")
