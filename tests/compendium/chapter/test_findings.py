"""Results in words: which sentence stands, what is recorded of it, in both languages."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from compendium import compare, fact, finding, findings, state, text, value
from compendium.chapter.catalogue import translator
from compendium.chapter.formatting import words
from compendium.chapter.payloads import say
from compendium.errors import ExhibitError
from evallib.inference.decisions import decide
from evallib.inference.estimate import t_estimate

SENTENCES = {
    "higher": "It is {size} higher ({interval}).",
    "lower": "It is {size} lower.",
    "none": "It is alike within {margin}, with {n.low} behind it.",
    "unclear": "It cannot be told: {estimate}, {low} to {high}, of {clusters}.",
}
OUTCOMES = tuple(SENTENCES)
PAIRS = {
    "gap.1v2": ("in job clubs", "on temp-agency work"),
    "gap.1v3": ("in job clubs", "in placements"),
    "gap.2v3": ("on temp-agency work", "in placements"),
}
DANISH = {
    "The share in work": "Andelen i arbejde",
    "in job clubs": "i jobklubber",
    "on temp-agency work": "i vikararbejde",
    "in placements": "i praktik",
}


def verdict(decision, value=0.2, **more):
    parts = {"low": value - 0.1, "high": value + 0.1, "clusters": 17, "level": 0.95}
    said = {"decision": decision, "margin": 0.05, "comparisons": 3}
    return SimpleNamespace(value=value, **parts | said | more)


def n():
    return value("n", verdict("none", 2), "number")


def spoken(made):
    """A finding's sentence in English and Danish."""
    danish = replace(translator("da"), chapter=DANISH)
    told = (repr(made), say(made.text, made.payload, danish))
    return [sentence.replace("\xa0", " ") for sentence in told]


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (
            "higher",
            (
                "It is 20.0 percentage points higher (95 % confidence interval 10.0–30.0 "
                "percentage points, allowing for 3 comparisons; 17 units)."
            ),
        ),
        ("lower", "It is 20.0 percentage points lower."),
        ("none", "It is alike within 5.0 percentage points, with 1.90 behind it."),
        (
            "unclear",
            (
                "It cannot be told: 20.0 percentage points, 10.0 percentage points to 30.0 "
                "percentage points, of 17."
            ),
        ),
    ],
)
def test_the_verdict_chooses_the_sentence(sent, decision, said):
    made = finding("gap", verdict(decision), "points", values={"n": n()}, **SENTENCES)
    assert (made.decision, made.text) == (decision, SENTENCES[decision])
    assert spoken(made)[0] == said
    payload = sent[-1].payload
    assert payload["values"]["n"]["id"] == "n"
    parts = ("kind", "id", "margin", "comparisons", "addition", "judged", "unit", "value")
    assert [payload[part] for part in parts] == [
        "finding", "gap", 0.05, 3, False, True, "points", 0.2,
    ]  # fmt: skip
    assert "within" not in payload


def test_a_finding_is_shown_as_its_sentence(sent):
    made = finding("gap", verdict("lower"), "points", values={"n": n()}, **SENTENCES)
    assert sent[-1].text == f"gap: lower, {made!r}"
    assert sent[-1].more == {"text/markdown": repr(made)}


def test_what_evallib_says_is_a_verdict(sent):
    given = t_estimate(0.06, 0.02, 20, n=900, clusters=22, level=0.9, method="")
    made = finding("gap", decide(given, 0.05), "points", addition=True, values={"n": n()},
                   decimals=0, **SENTENCES)  # fmt: skip
    assert (made.decision, made.margin, made.level, made.n) == ("higher", 0.05, 0.9, 900)
    assert (made.low, made.high) == pytest.approx((given.low, given.high))
    assert spoken(made)[0] == (
        "It is 6 percentage points higher (90 % confidence interval 3–9 percentage points; 22 "
        "units)."
    )
    assert sent[-1].payload["addition"]


@pytest.mark.parametrize("given", [0.3, None, SimpleNamespace(value=1, low=0, high=2),
                                   verdict("mixed"), verdict(None)])  # fmt: skip
def test_a_finding_needs_a_verdict(sent, given):
    match = r"^finding `gap` needs a verdict: decide\(estimate, margin\), or the verdicts of a decl"
    with pytest.raises(ExhibitError, match=match):
        finding("gap", given, "points", values={"n": n()}, **SENTENCES)
    with pytest.raises(ExhibitError, match=match):
        compare("gaps", {"gap": given}, "The share", {"gap": ("a", "b")}, "points")


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("", "must be a text"),
        ("{lov}", "{lov} has no value; did you mean `low`"),
        ("{low", "braces do not match"),
    ],
)
def test_every_sentence_is_checked_even_if_it_does_not_hold(outcome, wrong, message):
    with pytest.raises(ExhibitError) as raised:
        finding("gap", verdict("none"), "count", values={"n": n()}, **SENTENCES | {outcome: wrong})
    assert message in str(raised.value)
    assert f"finding `gap`, sentence `{outcome}`" in str(raised.value) or "braces" in message


def compared(*decisions, **more):
    """What is said of comparisons of 20, 21 … percentage points, in this order."""
    given = {
        key: verdict(decision, (-1 if decision == "lower" else 1) * (0.2 + place / 100))
        for place, (key, decision) in enumerate(zip(PAIRS, decisions, strict=False))
    }
    return compare("gap.all", given, "The share in work", PAIRS, "points", **more)


HIGHER = (
    "The share in work is 20.0 percentage points higher in job clubs than on temp-agency work.",
    "Andelen i arbejde er 20,0 procentpoint højere i jobklubber end i vikararbejde.",
)
LOWER = (
    "The share in work is 21.0 percentage points lower in job clubs than in placements.",
    "Andelen i arbejde er 21,0 procentpoint lavere i jobklubber end i praktik.",
)
ALIKE = (
    (
        "The share in work is much the same on temp-agency work and in placements: a difference of "
        "5.0 percentage points or more can be ruled out."
    ),
    (
        "Andelen i arbejde er omtrent lige stor i vikararbejde og i praktik: En forskel på 5,0 "
        "procentpoint eller mere kan udelukkes."
    ),
)
BOTH_ALIKE = (
    (
        "The share in work is much the same in job clubs and on temp-agency work, on temp-agency "
        "work and in placements: in each case a difference of 5.0 percentage points or more can be "
        "ruled out."
    ),
    (
        "Andelen i arbejde er omtrent lige stor i jobklubber og i vikararbejde, i vikararbejde og "
        "i praktik: En forskel på 5,0 procentpoint eller mere kan udelukkes i hvert tilfælde."
    ),
)
HIGHER_THIRD = (
    "The share in work is 21.0 percentage points higher in job clubs than in placements.",
    "Andelen i arbejde er 21,0 procentpoint højere i jobklubber end i praktik.",
)
OTHER = (
    "The remaining difference is no larger than chance can make it with so few units.",
    "Den sidste forskel er med så få enheder ikke større, end at den kan være tilfældig.",
)
OTHERS = (
    "The other differences are no larger than chance can make them with so few units.",
    "De øvrige forskelle er med så få enheder ikke større, end at de kan være tilfældige.",
)
ALL = (
    (
        "None of the differences in the share in work is larger than chance can make it with so "
        "few units."
    ),
    (
        "Med så få enheder er ingen af forskellene i andelen i arbejde større, end at de kan være "
        "tilfældige."
    ),
)
ONLY = (
    "The difference in the share in work is no larger than chance can make it with so few units.",
    (
        "Med så få enheder er forskellen i andelen i arbejde ikke større, end at den kan være "
        "tilfældig."
    ),
)
NOTHING = ("There are no groups to compare.", "Der er ingen grupper at sammenligne.")


@pytest.mark.parametrize(
    ("decisions", "decision", "sentences"),
    [
        (("unclear",) * 3, "unclear", [ALL]),
        (("unclear",) * 2, "unclear", [ALL]),
        (("unclear",), "unclear", [ONLY]),
        (("higher",), "higher", [HIGHER]),
        (("higher", "unclear"), "mixed", [HIGHER, OTHER]),
        (("higher", "unclear", "unclear"), "mixed", [HIGHER, OTHERS]),
        (("unclear", "lower", "unclear"), "mixed", [LOWER, OTHERS]),
        (("higher", "lower", "unclear"), "mixed", [HIGHER, LOWER, OTHER]),
        (("higher", "lower", "none"), "mixed", [HIGHER, LOWER, ALIKE]),
        (("unclear", "unclear", "none"), "mixed", [ALIKE, OTHERS]),
        (("none", "higher", "none"), "mixed", [HIGHER_THIRD, BOTH_ALIKE]),
        ((), "unclear", [NOTHING]),
    ],
)
def test_a_set_of_comparisons_is_said_at_once(sent, decisions, decision, sentences):
    made = compared(*decisions)
    assert made.decision == decision
    assert spoken(made) == [" ".join(both) for both in zip(*sentences, strict=True)]
    assert made.value is None
    assert [output.payload["id"] for output in sent] == [*list(PAIRS)[: len(decisions)], "gap.all"]


def test_a_sentence_of_ones_own_is_judged_as_a_set(sent):
    judged = {"a": verdict("higher"), "b": verdict("unclear")}
    sentence = text("Only one of {count}: {which}.", "{n} of {count}: {which}.", n=1, count=2,
                    which=[text("a"), "b"])  # fmt: skip
    made = state("set.all", judged, sentence)
    assert (made.decision, made.judged, made.addition) == ("mixed", True, True)
    assert repr(made) == "Only one of 2: a; b."
    assert [output.payload["id"] for output in sent] == ["set.all"]
    assert state("set.all", {"a": verdict("none")}, "As said.", addition=False).decision == "none"
    with pytest.raises(ExhibitError, match="needs a verdict"):
        state("set.all", {"a": 1.0}, "As said.")


def test_comparisons_that_all_come_out_alike_have_one_decision():
    assert compared("none", "none", "none").decision == "none"
    assert compared("higher", "higher").decision == "higher"
    assert compared("higher", "lower").decision == "mixed"


def test_each_comparison_is_recorded_within_the_set(sent):
    made = compared("higher", "lower", "none")
    *parts, whole = sent
    for output, key, decision in zip(parts, PAIRS, ("higher", "lower", "none"), strict=True):
        payload = output.payload
        assert (payload["id"], payload["within"], payload["decision"]) == (key, "gap.all", decision)
        assert payload["text"] == words("en")["comparison"][decision]
        named = [payload["values"][name]["value"] for name in ("quantity", "first", "second")]
        assert named == ["The share in work", *PAIRS[key]]
        assert (payload["margin"], payload["comparisons"]) == (0.05, 3)
        assert payload["judged"]
        assert payload["addition"]
        assert output.more == {}
    assert "within" not in whole.payload
    assert whole.payload["judged"]
    assert whole.more == {"text/markdown": repr(made)}
    assert whole.text == f"gap.all: mixed, {made!r}"


def test_what_holds_of_several_things_alike_is_said_once(sent):
    things = {"age.a": "The course", "age.b": "The group", "age.c": "The talks"}
    outcomes = zip(things, ("lower", "unclear", "lower"), (-0.3, 0.1, -0.2), strict=True)
    given = {key: verdict(decision, size) for key, decision, size in outcomes}
    sentences = {
        "higher": "The older like {things}.",
        "lower": "The younger like {things}.",
        "none": "All like {things}.",
        "unclear": "Nobody knows who likes {things}.",
    }
    made = findings("age.all", given, things, "score", **sentences)
    assert spoken(made)[0] == (
        "The younger like the course (−0.30), the talks (−0.20). "
        "Nobody knows who likes the group (0.10)."
    )
    assert made.decision == "mixed"
    *parts, whole = [output.payload for output in sent]
    assert [part["id"] for part in parts] == list(things)
    assert {part["within"] for part in parts} == {"age.all"}
    assert [part["decision"] for part in parts] == ["lower", "unclear", "lower"]
    assert whole["judged"]


def test_of_the_report_are_comparisons_that_are_no_additions(sent):
    compared("unclear", addition=False)
    assert [output.payload["addition"] for output in sent] == [False, False]


@pytest.mark.parametrize(
    ("decision", "en", "da"),
    [
        (
            "higher",
            (
                "The share in work is 20.0 percentage points higher in job clubs than on "
                "temp-agency work (95 % confidence interval 10.0–30.0 percentage points, allowing "
                "for 3 comparisons; 17 units)."
            ),
            (
                "Andelen i arbejde er 20,0 procentpoint højere i jobklubber end i vikararbejde (95 "
                "pct.-konfidensinterval 10,0–30,0 procentpoint, korrigeret for 3 sammenligninger; "
                "17 enheder)."
            ),
        ),
        (
            "lower",
            (
                "The share in work is 20.0 percentage points lower in job clubs than on "
                "temp-agency work (95 % confidence interval −30.0 to −10.0 percentage points, "
                "allowing for 3 comparisons; 17 units)."
            ),
            (
                "Andelen i arbejde er 20,0 procentpoint lavere i jobklubber end i vikararbejde (95 "
                "pct.-konfidensinterval −30,0 til −10,0 procentpoint, korrigeret for 3 "
                "sammenligninger; 17 enheder)."
            ),
        ),
        (
            "none",
            (
                "The share in work is at the same level in job clubs and on temp-agency work: the "
                "difference is 20.0 percentage points (95 % confidence interval 10.0–30.0 "
                "percentage points, allowing for 3 comparisons; 17 units), and the whole interval "
                "lies within 5.0 percentage points either way."
            ),
            (
                "Andelen i arbejde er på samme niveau i jobklubber og i vikararbejde: Forskellen "
                "er 20,0 procentpoint (95 pct.-konfidensinterval 10,0–30,0 procentpoint, "
                "korrigeret for 3 sammenligninger; 17 enheder), og hele intervallet ligger inden "
                "for 5,0 procentpoint til hver side."
            ),
        ),
        (
            "unclear",
            (
                "Whether the share in work differs in job clubs and on temp-agency work cannot be "
                "told: the difference is 20.0 percentage points (95 % confidence interval "
                "10.0–30.0 percentage points, allowing for 3 comparisons; 17 units)."
            ),
            (
                "Det kan ikke afgøres, om andelen i arbejde er forskellig i jobklubber og i "
                "vikararbejde: Forskellen er 20,0 procentpoint (95 pct.-konfidensinterval "
                "10,0–30,0 procentpoint, korrigeret for 3 sammenligninger; 17 enheder)."
            ),
        ),
    ],
)
def test_one_comparison_has_a_sentence_of_its_own(sent, decision, en, da):
    compared(decision)
    payload = sent[0].payload
    danish = replace(translator("da"), chapter=DANISH)
    told = [say(payload["text"], payload, lang) for lang in (translator("en"), danish)]
    assert [sentence.replace("\xa0", " ") for sentence in told] == [en, da]


def test_digits_are_those_asked_for():
    whole = compare("gap.all", {"gap.1v2": verdict("none")}, "The share", PAIRS, "points",
                    decimals=0)  # fmt: skip
    assert "a difference of 5\xa0percentage points or more" in repr(whole)
    sides = (text("among the {n}", n=3), text("others"))
    made = compare("x.all", {"x": verdict("higher")}, "The share", {"x": sides}, "points",
                   decimals=0)  # fmt: skip
    assert repr(made) == "The share is 20\xa0percentage points higher among the 3 than others."


def test_groups_are_named_for_each_comparison():
    with pytest.raises(ExhibitError, match=r"^compare `all`: no groups of `gap\.1v4`; did you"):
        compare("all", {"gap.1v4": verdict("none")}, "The share", PAIRS, "points")


@pytest.mark.parametrize(
    ("number", "within", "decision"),
    [(3, 0, "higher"), (-3, 0, "lower"), (0, 0, "none"), (0.5, 1, "none"), (None, 0, "unclear")],
)
def test_the_sign_of_an_exact_number_chooses_its_sentence(sent, number, within, decision):
    made = fact("f", number, "count", within=within, higher="h", lower="l", equal="e", missing="m")
    assert made.decision == decision
    assert made.text == {"higher": "h", "lower": "l", "none": "e", "unclear": "m"}[decision]
    payload = sent[0].payload
    assert {"low", "high", "within"} & set(payload) == set()
    assert (payload["judged"], payload["margin"], payload["addition"]) == (False, within, False)
    assert sent[0].more == {"text/markdown": made.text}


def test_a_fact_without_a_sentence_for_nothing_says_that_it_is_equal():
    assert fact("f", None, "count", higher="h", lower="l", equal="e").text == "e"
