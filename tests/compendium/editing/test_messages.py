"""What a translator is asked to translate, and what not."""

import pytest
from chapters import write_chapter

from compendium.editing.messages import drawn, messages
from compendium.run.notebooks import read_chapter


def found(tmp_path, *cells):
    chapter = read_chapter(write_chapter(tmp_path, cells))
    return [(entry.text, entry.place) for entry in messages(chapter)[1:]]


def texts(tmp_path, source):
    return [text for text, _ in found(tmp_path, ("code", source))]


def test_the_title_comes_first(tmp_path):
    (entry,) = messages(read_chapter(write_chapter(tmp_path, ())))
    assert (entry.text, entry.place) == ("Work", "title")


def test_a_paragraph_is_a_message(tmp_path):
    assert found(tmp_path, ("markdown", "# Work\n\nOne\nline\n\n- two\n- three\n")) == [
        ("# Work", "07-cell-01, paragraph 1"),
        ("One\nline", "07-cell-01, paragraph 2"),
        ("- two\n- three", "07-cell-01, paragraph 3"),
    ]


def test_texts_of_exhibits_are_found_with_their_place(tmp_path):
    code = 'figure("shares", ax, caption="Shares", alt="They rise.")'
    assert found(tmp_path, ("code", code)) == [
        ("Shares", "07-cell-01, caption of figure shares"),
        ("They rise.", "07-cell-01, alt of figure shares"),
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('table("t", frame, caption="A", note="B", labels={"n": "People"})', ["A", "B", "People"]),
        (
            'finding("f", x, "points", higher="H", lower="L", none="N", unclear="U", margin=0.1)',
            ["H", "L", "N", "U"],
        ),
        (
            'compare("c.all", judged, "The share", {"c.1v2": ("here", "there")}, "points")',
            ["The share", "here", "there"],
        ),
        (
            'compare("c.all", {"c.1v2": x}, quantity="The share", pairs=sides, unit="points")',
            ["The share"],
        ),
        (
            'sides = {"c": ("here", text("with {n}", n=n))}\ncompare("c", judged, quantity, sides)',
            ["with {n}", "here"],
        ),
        ('fact("f", x, "count", equal="E", missing="M")', ["E", "M"]),
        ('table("t", frame, caption="A" if short else "B")', ["A", "B"]),
        ('table("t", frame, caption="One " "and " + "two")', ["One and two"]),
        ('note = "Said once"\ntable("t", frame, note=note)', ["Said once"]),
        ('names = {"a": "First"}\ntable("t", frame, labels=names)', ["First"]),
        ('table("t", frame, labels={"a": "First"} | names)', ["First"]),
        ('sentence = {"a": "First", "b": "Second"}[key]\nfact("f", x, equal=sentence)',
         ["First", "Second"]),
        ('text("{n} units", n=17)', ["{n} units"]),
        ('rows = [text("Men" if men else "Women")]', ["Men", "Women"]),
        ('text("{who} answered", who="Nobody")', ["{who} answered", "Nobody"]),
        ('ax.set(xlabel="Months", ylabel="Share")', ["Months", "Share"]),
        ('ax.set_title("Title")\nfig.suptitle("Above")', ["Title", "Above"]),
        ('ax.plot(x, y, label="Job clubs")', ["Job clubs"]),
        ('ax.text(0, 1, "Above the line")', ["Above the line"]),
        ('ax.annotate("Here", (0, 1))', ["Here"]),
        ('grid.set_axis_labels("Months", "Share")', ["Months", "Share"]),
        ('frame.plot(title="Shares")', ["Shares"]),
        ('alt.curves(frame, "Share in work", "share")', ["Share in work"]),
    ],
)  # fmt: skip
def test_texts_a_reader_meets_are_found(tmp_path, source, expected):
    assert texts(tmp_path, source) == expected


@pytest.mark.parametrize(
    "source",
    [
        'n = value("people", 3, "count")',
        'table("t", frame, columns=["route", "n"], units={"n": "count"}, group="route")',
        'sns.lineplot(frame, x="month", y="estimate", hue="route")',
        'frame.groupby("route")["n"].rename("people")',
        'table("t", frame.assign(label="code"), labels={"n": read("x").loc["a", "label"]})',
        'pd.cut(ages, [0, 30], labels=["young"])',
        'finding("f", x, "points", values={"n": value("a", 1, "count")})',
        'compare("c.all", judged, quantity, sides, "points")',
        'compare("c.all", {"c.1v2": decide(x, "share")}, quantity, {"c.1v2": sides["a"]})',
        'ax.plot(x, y, label="–")',
        'text("{name}: {n}", name=name, n=n)',
        'frame.groupby("route").agg(label=("name", "first"))',
        'unit = "share"\nalt.curves(frame, what, unit)',
    ],
)
def test_codes_and_names_of_columns_are_not(tmp_path, source):
    assert texts(tmp_path, source) == []


def test_a_text_that_counts_has_a_plural(tmp_path):
    code = 'text("{n} unit", "{n} units", n=number(2, "count"))'
    (entry,) = messages(read_chapter(write_chapter(tmp_path, [("code", code)])))[1:]
    assert (entry.text, entry.many) == ("{n} unit", "{n} units")


def test_what_the_kernel_draws_is_told_from_what_the_report_says(tmp_path):
    code = 'ax.set_xlabel("Months")\ntable("t", f, caption="A", labels={"n": text("People")})'
    chapter = read_chapter(write_chapter(tmp_path, [("markdown", "Prose"), ("code", code)]))
    assert [entry.text for entry in drawn(chapter)] == ["Months", "People"]
