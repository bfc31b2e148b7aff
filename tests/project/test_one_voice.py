"""What a family of comparisons came to is said alike wherever it is said, and as its table says."""

import json

import pytest
from lxml import html
from whole_project import first_outputs

from compendium.chapter.catalogue import translator
from compendium.chapter.formatting import LANGUAGES
from compendium.chapter.payloads import say

SAID = {  # what all comparisons of a family came to, and the chapters that say it
    "share.routes": (2,),
    "share0.routes": (2,),
    "shift.routes": (0, 2),
    "hours.routes": (2,),
    "benefits.all": (2, 7),
    "element_hours.all": (2, 7, 11),
    "routes.all": (7,),
}
ROUTES = ("share0", "share", "shift", "standardised", "hours")


@pytest.fixture(scope="module")
def work(project):
    """The recorded values of the chapter that decides."""
    file = first_outputs(project) / "values" / "07.json"
    return json.loads(file.read_text("utf-8"))["values"]


def spaced(text):
    return " ".join(text.replace("°", "").split())


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", SAID)
def test_chapters_say_the_same_of_a_family(name, lang, work, project):
    report = html.parse(first_outputs(project) / "report" / lang / "report.html")
    sentence = spaced(
        say(work[name]["text"], work[name], translator(lang, "07_labour_market", project))
    )
    assert len(sentence) > 20
    for chapter in SAID[name]:
        (section,) = report.xpath(f"//section[@aria-labelledby='ch-{chapter:02d}']")
        assert sentence in spaced(section.text_content()), f"chapter {chapter}"


@pytest.mark.parametrize("name", SAID)
def test_what_is_said_of_all_is_what_each_comparison_came_to(name, work):
    family = name.partition(".")[0]
    names = [key for key in work if key.startswith(f"{family}.") and key != name]
    names = [f"{one}.routes" for one in ROUTES] if name == "routes.all" else names
    each = [work[key]["decision"] for key in names if work[key]["kind"] == "finding"]
    assert len(each) in (2, 3, 5, 9), each
    assert work[name]["decision"] == (each[0] if len(set(each)) == 1 else "mixed")


def test_the_table_of_approaches_marks_what_the_sentence_counts(work):
    each = {
        k: v for k, v in work.items() if k.startswith("element_hours.route1.") and "decision" in v
    }
    above = [key for key, item in each.items() if item["decision"] == "higher"]
    assert work["element_hours.route1.higher"]["value"] == len(above)
    for item in each.values():
        apart = item["low"] > 0 or item["high"] < 0
        assert apart == (item["decision"] in ("higher", "lower"))
