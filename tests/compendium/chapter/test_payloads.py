"""Payloads are plain data, and their texts are said in any language."""

import json

import numpy as np
import pandas as pd
import pytest

from compendium.chapter.catalogue import Translator
from compendium.chapter.payloads import checked_message, plain, say, shown
from compendium.errors import ExhibitError

ENGLISH = Translator()
DANISH = Translator("da", {"{n} of {all}": "{n} ud af {all}", "Benefit": "Ydelse"})
VALUES = {"n": {"value": 2231, "unit": "count"}, "all": {"value": 0.395, "unit": "share"}}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (np.int64(3), 3),
        (np.float64(0.1) + np.float64(0.2), 0.3),
        (pd.Timestamp("2016-11-08"), "2016-11-08"),
        (pd.NaT, None),
        (float("nan"), None),
        (pd.NA, None),
        ("text", "text"),
    ],
)
def test_payloads_hold_plain_data_with_twelve_digits(given, kept):
    assert plain(given) == kept
    json.dumps(plain(given))


def test_what_is_no_number_date_or_text_is_refused():
    with pytest.raises(ExhibitError, match="cannot show a dict"):
        plain({"da": "ja", "en": "yes"})


def test_a_template_is_translated_before_it_is_filled():
    message = {"text": "{n} of {all}", "values": VALUES}
    assert say(message, {}, ENGLISH) == "2,231 of 39.5\xa0%"
    assert say(message, {}, DANISH) == "2.231 ud af 39,5\xa0pct."


def test_a_text_within_a_text_begins_as_its_place_asks():
    inner = {"what": {"value": "Benefit", "unit": "text"}}
    for template, said in [("{what}", "Ydelse"), ("{what!l}", "ydelse"), ("{what!u}", "Ydelse")]:
        assert say(template, {"values": inner}, DANISH) == said


def test_a_list_of_messages_is_joined():
    items = {"items": ["a", {"text": "{n}", "values": VALUES}], "joint": "; "}
    assert say(items, {}, ENGLISH) == "a; 2,231"


def test_markup_can_be_made_of_words_and_numbers():
    said = say("n = {n}", {"values": VALUES}, ENGLISH, str.upper, lambda _, text: f"<{text}>")
    assert said == "N = <2,231>"


def test_a_value_of_text_is_translated_in_prose():
    assert shown({"kind": "value", "value": "Benefit", "unit": "text"}, DANISH) == "Ydelse"


@pytest.mark.parametrize(
    ("given", "message"),
    [("", "must be a text"), (3, "must be a text"), ("{m}", "has no value"), ("{n", "braces")],
)
def test_a_message_is_checked(given, message):
    with pytest.raises(ExhibitError, match=message):
        checked_message(given, "caption of table `t`", VALUES)
