"""Texts with numbers are English strings that can be said again."""

import pandas as pd
import pytest

from compendium import listed, number, text, value
from compendium.chapter.catalogue import Translator
from compendium.chapter.payloads import say
from compendium.chapter.text import as_payload, made_of, message_of
from compendium.errors import ExhibitError

DANISH = Translator("da", {"{n} units": "{n} enheder", "Work": "Beskæftigelse"})


def test_a_text_is_a_string_that_knows_its_template():
    made = text("{n} units", n=number(1700, "count"))
    assert made == "1,700 units"
    assert say(made.message, {}, DANISH) == "1.700 enheder"


def test_its_words_are_enough_to_find_it_again():
    text("{n} units", n=5)
    (cell,) = pd.DataFrame({"a": ["5 units"]})["a"]  # a frame keeps the words alone
    assert say(message_of(cell), {}, DANISH) == "5 enheder"
    assert made_of("6 units") is None


def test_a_recorded_value_and_another_text_can_stand_in_it():
    n = value("units", 17, "count")
    made = text("{what}: {units}", what="Work", units=text("{n} units", n=n))
    assert say(made.message, {}, DANISH) == "Beskæftigelse: 17 enheder"


def test_a_list_is_joined_and_translated_item_by_item():
    made = listed(["Work", text("{n} units", n=2)], " · ")
    assert made == "Work · 2 units"
    assert say(made.message, {}, DANISH) == "Beskæftigelse · 2 enheder"


def test_words_that_depend_on_a_number_have_two_forms():
    danish = Translator("da", {"{n} house": ("{n} hus", "{n} huse")})
    one, two = (text("{n} house", "{n} houses", n=n) for n in (1, 2))
    assert (one, two) == ("1 house", "2 houses")
    assert [say(t.message, {}, danish) for t in (one, two)] == ["1 hus", "2 huse"]


def test_a_name_without_a_value_is_refused():
    with pytest.raises(ExhibitError, match=r"\{m\} has no value"):
        text("{m} units", n=1)


def test_bare_numbers_are_numbers():
    assert as_payload(3) == {"value": 3, "unit": "number", "decimals": 0}
    assert as_payload(0.25)["unit"] == "number"
