"""Charts of answers and units show the frame's numbers where they say they do."""

import pandas as pd
import pytest

from compendium.charts.bars import (
    Answers,
    answer_alt,
    answer_chart,
    bar_alt,
    bar_chart,
    choice_alt,
    choice_chart,
    unit_alt,
    unit_chart,
    unit_labels,
)

NAMES = {"a": {"da": "Frivillig", "en": "Voluntary"}, "b": {"da": "Pålagt", "en": "Mandatory"}}
X = {"da": "Andel", "en": "Share"}
SCALE = {n: {"da": f"svar {n}", "en": f"answer {n}"} for n in range(1, 6)}
ANSWERS = Answers(SCALE, 9, {"da": "Ved ikke", "en": "Don't know"})
SHARES = pd.DataFrame(
    {
        "group": ["a"] * 4 + ["b"] * 3,
        "answer": [1, 2, 5, 9, 3, 4, 9],
        "share": [0.1, 0.2, 0.4, 0.3, 0.5, 0.47, 0.03],
    }
)


def texts(figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def bars() -> pd.DataFrame:
    return pd.DataFrame({"key": ["a", "b"], "estimate": [0.764, 0.236]})


def test_a_bar_is_as_long_as_its_number_and_says_it() -> None:
    figure = bar_chart(bars(), "da", NAMES, unit="share", colour="#0072B2", x_label=X, decimals=0)
    axes = figure.axes[0]
    assert [bar.get_width() for bar in axes.patches] == [0.764, 0.236]
    assert texts(figure) == ["76", "24"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Frivillig", "Pålagt"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first row on top


def test_intervals_reach_their_ends() -> None:
    frame = bars().assign(low=[0.7, 0.1], high=[0.8, 0.4])
    axes = bar_chart(frame, "en", NAMES, unit="share", colour="#0072B2", x_label=X).axes[0]
    whiskers = axes.collections[0].get_segments()
    assert [segment[:, 0].tolist() for segment in whiskers] == [[0.7, 0.8], [0.1, 0.4]]


def test_alt_texts_give_each_number_in_the_language() -> None:
    alt = bar_alt(bars(), NAMES, unit="share", what=X)
    told = {lang: text.replace("\N{NO-BREAK SPACE}", " ") for lang, text in alt.items()}
    assert told["da"] == "Andel. Frivillig: 76,4 pct.; Pålagt: 23,6 pct."
    assert told["en"] == "Share. Voluntary: 76.4 %; Mandatory: 23.6 %."


def test_answers_fill_the_bar_and_dont_know_stands_apart() -> None:
    axes = answer_chart(SHARES, "da", NAMES, ANSWERS).axes[0]
    first = axes.patches[:6]
    assert [round(part.get_width(), 3) for part in first] == [0.1, 0.2, 0, 0, 0.4, 0.3]
    scale_end = first[4].get_x() + first[4].get_width()
    assert scale_end == pytest.approx(0.7)
    assert first[5].get_x() > scale_end
    assert axes.get_xlim()[1] >= first[5].get_x() + first[5].get_width()


def test_a_narrow_part_has_no_number() -> None:
    figure = answer_chart(SHARES, "da", {"b": NAMES["b"]}, ANSWERS)
    assert texts(figure) == ["50", "47"]


def test_the_key_names_all_answers_in_reading_order() -> None:
    figure = answer_chart(SHARES, "en", NAMES, ANSWERS)
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    columns = [named[0:2], named[2:4], named[4:6]]  # a legend fills columns first
    read = [name for row in zip(*columns, strict=True) for name in row]
    assert read == [*(f"answer {n}" for n in range(1, 6)), "Don't know"]


def test_answers_in_words_have_a_zero_for_what_nobody_chose() -> None:
    alt = answer_alt(SHARES, {"b": NAMES["b"]}, ANSWERS, X)["en"]
    assert alt.startswith("Share. Mandatory: answer 5 0.0")
    assert alt.endswith("don't know 3.0\N{NO-BREAK SPACE}%.")


def unit_frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit": ["Enhed 03", "Enhed 01"],
            "n": [14, 138],
            "raw": [4.4, 3.4],
            "shrunken": [4.1, 3.45],
            "shrunken_low": [3.7, 3.3],
            "shrunken_high": [4.6, 3.6],
            "chance_low": [3.0, 3.4],
            "chance_high": [4.2, 3.8],
        }
    )


def test_a_unit_has_its_band_both_means_and_its_size() -> None:
    frame = unit_frame()
    key = {part: {"da": part, "en": part} for part in ("raw", "shrunken", "chance")}
    labels = unit_labels(frame["unit"])
    figure = unit_chart(frame, "en", labels, centre=3.6, colour="#0072B2", x_label=X, key=key)
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "Unit 03 (n = 14)",
        "Unit 01 (n = 138)",
    ]
    drawn = {line.get_label(): list(line.get_xdata()) for line in axes.lines}
    assert drawn["raw"] == [4.4, 3.4]
    assert drawn["shrunken"] == [4.1, 3.45]
    assert [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches] == [
        pytest.approx((3.0, 4.2)),
        pytest.approx((3.4, 3.8)),
    ]
    assert len(figure.legends[0].get_texts()) == 3


def test_unit_means_in_words_name_the_ends() -> None:
    frame = unit_frame()
    alt = unit_alt(frame, unit_labels(frame["unit"]), X)
    assert (
        alt["da"] == "Andel. 2 enheder; højest ligger Enhed 03 med 4,10, lavest Enhed 01 med 3,45."
    )
    assert alt["en"] == "Share. 2 units; Unit 03 is highest with 4.10, Unit 01 lowest with 3.45."


def test_real_names_are_not_translated() -> None:
    assert unit_labels(["Odder"]) == {"Odder": {"da": "Odder", "en": "Odder"}}


PAIRS = [
    ({"da": "Sted", "en": "Place"}, {"da": "Ude", "en": "Outside"}),
    ({"da": "Sted", "en": "Place"}, {"da": "Inde", "en": "Inside"}),
    ({"da": "Optag", "en": "Intake"}, {"da": "Løbende", "en": "Running"}),
]
CHOSEN = pd.DataFrame([[True, False, True], [False, True, True]], index=["Odder", "Skive"])


def test_a_matrix_marks_who_chose_what_under_shared_headings() -> None:
    figure = choice_chart(CHOSEN, "da", unit_labels(CHOSEN.index), PAIRS, colour="#0072B2")
    axes = figure.axes[0]
    rows = [label.get_text() for label in axes.get_yticklabels()]
    assert rows == ["Sted", "Ude", "Inde", "Optag", "Løbende"]
    marks = {
        (rows[int(y)], CHOSEN.index[int(x)])
        for line in axes.lines
        if line.get_marker() == "s"
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    }
    assert marks == {
        ("Ude", "Odder"),
        ("Inde", "Skive"),
        ("Løbende", "Odder"),
        ("Løbende", "Skive"),
    }


def test_a_matrix_in_words_counts_each_choice() -> None:
    alt = choice_alt(CHOSEN, PAIRS, {"da": "Valg", "en": "Choices"})
    assert alt["en"] == (
        "Choices (2 units). Place, Outside: 1; Place, Inside: 1; Intake, Running: 2."
    )
