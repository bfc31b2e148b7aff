"""Charts in words: each number is told, and the words follow the reader's language."""

import pandas as pd
import pytest

from compendium.chapter.catalogue import Translator
from compendium.chapter.payloads import say
from compendium.chapter.text import message_of
from compendium.charts import alt, read_diagram
from compendium.charts.wrapping import plain

DANISH = Translator(
    "da",
    chapter={"Share in work": "Andel i beskæftigelse", "Answers": "Svar"},
    shared={
        "{value} in {time!l} {n}": "{value} i {time!l} {n}",
        "from {first} to {last}": "fra {first} til {last}",
        "{n} units": "{n} enheder",
        "Unit {unit}": "Enhed {unit}",
    },
    vocabulary={
        "Job clubs": "Jobklubber",
        "Yes": "Ja",
        "No": "Nej",
        "Work": "Arbejde",
        "Month": "Måned",
    },
)


def in_danish(told) -> str:
    return say(message_of(told), {}, DANISH).replace("\xa0", " ")


def english(told) -> str:
    return told.replace("\xa0", " ")


def test_curves_tell_both_ends_of_each_group():
    frame = pd.DataFrame({"route": "Job clubs", "month": [9, 0], "estimate": [0.55, 0.15]})
    told = alt.curves(frame, "Share in work", "share")
    assert english(told) == "Share in work. Job clubs: from 15.0 % in month 0 to 55.0 % in month 9."
    assert in_danish(told) == (
        "Andel i beskæftigelse. Jobklubber: fra 15,0 pct. i måned 0 til 55,0 pct. i måned 9."
    )


def test_bars_tell_each_number_as_it_is_shown():
    frame = pd.DataFrame({"answer": ["Yes", "No"], "estimate": [0.764, 0.236]})
    told = alt.bars(frame, "Answers", "share", y="answer", decimals=0)
    assert english(told) == "Answers. Yes: 76 %; No: 24 %."
    assert in_danish(told).startswith("Svar. Ja: 76 pct.; Nej: 24 pct.")


def test_answers_have_a_zero_for_what_nobody_chose_and_a_question_no_stop():
    shares = pd.DataFrame({"No": [0.5, None], "Yes": [0.2, 0.9], "Unsure": [0.3, 0.1]})
    told = alt.answers(shares.rename(index=["A", "B"].__getitem__), "Really?", apart="Unsure")
    assert english(told) == (
        "Really? A: yes 20.0 %, no 50.0 %, unsure 30.0 %; B: yes 90.0 %, no 0.0 %, unsure 10.0 %."
    )
    assert "ja 20,0 pct., nej 50,0 pct." in in_danish(told)


def test_unit_means_name_the_ends():
    frame = pd.DataFrame({"unit": ["Enhed 03", "Odder"], "shrunken": [4.1, 3.45]})
    told = alt.units(frame, "Mean")
    assert told == "Mean. 2 units; Unit 03 is highest with 4.10, Odder lowest with 3.45."
    assert in_danish(told).startswith("Mean. 2 enheder; Enhed 03 is highest with 4,10")


def test_stacked_areas_tell_both_ends_of_every_state():
    rows = [("Job clubs", 0, "Work", 0.2), ("Job clubs", 1, "Work", 0.46)]
    frame = pd.DataFrame(rows, columns=["route", "month", "state", "estimate"])
    told = alt.stack(frame, "Support")
    assert english(told) == "Support. Job clubs: work from 20 % in month 0 to 46 % in month 1."
    assert "arbejde fra 20 pct. i måned 0" in in_danish(told)


def test_results_on_zones_tell_value_and_zone():
    frame = pd.DataFrame(
        [("North", "Club", 0.3, "Green"), ("South", "Club", -0.2, "Red")],
        columns=["place", "basis", "estimate", "zone"],
    )
    told = alt.zones(frame, "Deviation", hue="basis", y="place")
    assert english(told) == "Deviation. Club: North 30.0 % (green); South −20.0 % (red)."


def test_a_matrix_counts_each_choice():
    pairs = [("Place", "Outside"), ("Intake", "Running")]
    chosen = pd.DataFrame([[True, True], [False, True]], columns=pd.MultiIndex.from_tuples(pairs))
    told = alt.matrix(chosen, "Choices")
    assert told == "Choices (2 units). Place, Outside: 1; Intake, Running: 2."


def test_levels_count_the_units_at_each():
    met = pd.DataFrame({"Sessions": ["In full"] * 3, "Groups": ["In full", "In part", "In full"]})
    told = alt.levels(met, "Requirements", ["In full", "In part", "Not met"])
    assert told == "Requirements (3 units). Sessions: in full 3; Groups: in full 2, in part 1."
    assert list(told.data) == ["unit", "Sessions", "Groups"]


def test_a_map_names_places_by_group_from_west_to_east():
    rows = [("Øst", 11.5, "Job clubs"), ("Vest", 9.0, "Job clubs"), ("Vest", 9.0, "Temp")]
    told = alt.places(pd.DataFrame(rows, columns=["name", "lon", "route"]), "Map")
    assert told == "Map. Job clubs: Vest, Øst. Temp: Vest."
    assert in_danish(told) == "Map. Jobklubber: Vest, Øst. Temp: Vest."


@pytest.mark.parametrize("name", ["course_route1", "theory_route1"])
def test_a_diagram_names_every_box_and_what_it_leads_to(name):
    diagram = read_diagram(name)
    told = alt.diagram(diagram)
    for node in diagram.nodes:
        assert plain(node.label) in told
    assert told.count("→") == len({source for source, _ in diagram.edges})
    assert "\N{SOFT HYPHEN}" not in told
