"""Values, findings and facts: what they hold, and what they refuse."""

import re
from types import SimpleNamespace

import pytest

from compendium import compare, fact, finding, value
from compendium.chapter import exhibits
from compendium.chapter.catalogue import translator
from compendium.chapter.payloads import say
from compendium.errors import ExhibitError

SENTENCES = {
    "higher": "It is {size} higher ({interval}).",
    "lower": "It is {size} lower.",
    "none": "It is alike, with {n.low} behind it.",
    "unclear": "It cannot be told.",
}


def estimate(low, high):
    return SimpleNamespace(value=(low + high) / 2, low=low, high=high, clusters=17, level=0.95)


def test_a_value_takes_all_an_estimate_has(sent):
    made = value("share.route1", estimate(0.346, 0.444), "share", decimals=1)
    assert (made.value, made.low, made.high, made.clusters) == (0.395, 0.346, 0.444, 17)
    assert float(made) == 0.395
    assert sent[0].payload["id"] == "share.route1"
    assert sent[0].text.replace("\xa0", " ") == "share.route1 = 39.5 %"


def test_a_value_shows_itself_as_it_stands_in_prose(sent):
    made = value("share.route1", estimate(0.346, 0.444), "share")
    assert repr(made) == "39.5\xa0%"
    assert repr(made.interval).startswith("95\xa0% confidence interval 34.6–44.4\xa0%")
    assert repr(value("gap", -0.02, "points").size) == "2.0\xa0percentage points"


def test_a_value_is_itself_like_an_estimate(sent):
    made = value("a", estimate(0.1, 0.3), "share")
    assert value("b", made, "share").high == 0.3


def test_a_value_keeps_the_function_that_made_its_estimate(sent):
    made = SimpleNamespace(value=1, low=0, high=2, function="evallib.curves.shares.share")
    value("a", made, "number")
    assert sent[0].payload["function"] == "evallib.curves.shares.share"


def test_the_codebook_says_how_a_value_is_shown(sent):
    assert value("share.all", 0.5).unit == "share"
    with pytest.raises(ExhibitError, match=r"no row in data/codebook\.csv; did you mean `share`"):
        value("shar.all", 0.5)


def test_a_text_is_no_number():
    with pytest.raises(ExhibitError, match=r"`a` is the text “.+”, and no share; give a number"):
        value("a", "0.9", "share")


@pytest.mark.parametrize("name", ["", "a b", "a..b", ".a", "a/b"])
def test_a_bad_id_is_refused(name):
    with pytest.raises(ExhibitError, match="is no id"):
        value(name, 1, "count")


def test_a_finding_keeps_the_sentence_its_interval_supports(sent):
    n = value("n", estimate(1, 2), "number")
    made = finding("gap", estimate(0.1, 0.3), "points", margin=0.05, values={"n": n}, **SENTENCES)
    assert made.decision == "higher"
    assert made.text == SENTENCES["higher"]
    assert made.payload["values"]["n"]["id"] == "n"
    assert repr(made).startswith("It is 20.0\xa0percentage points higher")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"none": ""}, "sentence `none` must be a text"),
        ({"none": "{lov}"}, "did you mean `low`"),
        ({"none": "{low"}, "braces do not match"),
    ],
)
def test_every_sentence_is_checked_even_if_it_does_not_hold(wrong, message):
    n = value("n", 1, "count")
    with pytest.raises(ExhibitError, match=message):
        finding("gap", estimate(1, 2), "count", margin=0, values={"n": n}, **SENTENCES | wrong)


def test_a_finding_needs_an_interval():
    with pytest.raises(ExhibitError, match="interval"):
        finding("gap", 0.3, "points", margin=0.05, **SENTENCES)


def test_a_comparison_is_said_in_both_languages(sent):
    made = compare(
        "gap", estimate(0.1, 0.3), "The share in work", "here", "there", margin=0.05, unit="points"
    )
    assert repr(made).startswith("The share in work is 20.0\xa0percentage points higher here than")
    danish = say(made.text, made.payload, translator("da"))
    assert re.match("The share in work er 20,0\xa0procentpoint højere here end there", danish)


@pytest.mark.parametrize(
    ("number", "within", "decision"),
    [(3, 0, "higher"), (-3, 0, "lower"), (0, 0, "none"), (0.5, 1, "none"), (None, 0, "unclear")],
)
def test_the_sign_of_an_exact_number_chooses_its_sentence(sent, number, within, decision):
    made = fact("f", number, "count", within=within, higher="h", lower="l", equal="e", missing="m")
    assert made.decision == decision
    assert made.text == {"higher": "h", "lower": "l", "none": "e", "unclear": "m"}[decision]
    assert {"low", "high"} & set(made.payload) == set()


def test_prose_shows_values_and_their_parts_and_nothing_else():
    made = value("n", estimate(1, 3), "number")
    names = {"n": made, "other": 3}
    assert exhibits.inline("n.low", names).part == "low"
    for wrong, message in [
        ("m", "not defined; known names: n"),
        ("other", "not a value or finding"),
        ("n.lov", "did you mean `low`"),
        ("n + 1", "not defined"),
    ]:
        with pytest.raises(ExhibitError, match=message):
            exhibits.inline(wrong, names)
