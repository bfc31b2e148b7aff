"""What a student does in a cell: each likely mistake is told in a sentence with a way out."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import compendium
import evallib
from compendium import charts, compare, fact, figure, number, record, recorded, table, text, value
from compendium.chapter.exhibits import inline
from compendium.charts import alt
from compendium.errors import CompendiumError
from evallib import cohort, contrast, curves, decide, inference, load, models, projects, proportion
from evallib.errors import EvalError

STUDY = load(tables=["participants", "dream", "elements", "survey"])
PANEL = cohort.person_months(STUDY, routes=[1, 2])
THEN = PANEL[PANEL["month"] == 9]
GAP = contrast(THEN, "employed", "route", 1, 2, "project")
SHARE = curves.share(PANEL)
SHOWN = record("share", SHARE)
HOURS = THEN["hours"]
FOUR = dict.fromkeys(("higher", "lower", "none", "unclear"), "So.")


def axes():
    figure_, ax = plt.subplots()
    plt.close(figure_)
    return ax


MISTAKES = {
    # another group, another route
    "routes=[4]": (lambda: cohort.person_months(STUDY, routes=[4]), "route is 4; choose one of 1, 2, 3."),
    "routes=4": (lambda: cohort.person_months(STUDY, routes=4), "give a list, such as [1, 2]"),
    "routes in quotes": (lambda: cohort.person_months(STUDY, routes=["1"]), "route is '1'; choose one of 1, 2, 3"),
    "a wrong group": (lambda: contrast(THEN, "employed", "route", 1, 4, "project"), "has no group 4; it has 1, 2"),
    "a wrong group of a curve": (lambda: SHARE.at(4, 9), "group is 4; choose one of 1, 2"),
    "a wrong state": (lambda: curves.occupancy(PANEL, "employed")["Work"], "choose one of 'False', 'True'"),
    "a wrong element": (lambda: projects.share_with_any(STUDY.elements, 1, "company"), "choose one of 'companies', "),
    "a wrong route of elements": (lambda: projects.choices(STUDY.elements, 4), "route is 4; choose one of 1, 2, 3"),
    # another column
    "a wrong column": (lambda: curves.share(PANEL, "employd"), "no column 'employd'; it has 'employed', "),
    "a wrong group column": (lambda: curves.share(PANEL, by="rute"), "no column 'rute'; it has 'route', "),
    "a wrong column of a table": (lambda: table("t", SHOWN, columns=["rute"], caption="c"), "did you mean `route`?"),
    "a label of no column": (lambda: table("t", SHOWN, labels={"rute": "R"}, caption="c"), "did you mean `route`?"),
    "a wrong column of a record": (lambda: record("share.{rute}", SHOWN), "did you mean `route`?"),
    "a wrong column of a drawing": (lambda: charts.band(axes(), SHOWN, hue="rute"), "did you mean `route`?"),
    "a wrong column of an alt text": (lambda: alt.curves(SHOWN, "S", "share", hue="rute"), "did you mean `route`?"),
    # another month
    "a month past the horizon": (lambda: curves.share(cohort.person_months(STUDY, horizon=6)).across(9), "has months 0-6 for group 1, not month 9: ask for one of these, or a longer horizon"),
    "a horizon below none": (lambda: cohort.person_months(STUDY, horizon=-1), "give the last month, 0 or more"),
    "a month nobody has": (lambda: curves.drift(PANEL, (30,)), "Nobody is observed in any month asked for"),
    # another kind of thing
    "a study for a frame": (lambda: curves.share(STUDY), "share: `panel` is of type Study; give a frame"),
    "a frame for a study": (lambda: cohort.background(PANEL), "`study` is of type DataFrame; give a study, as load() gives it"),
    "a column for its name": (lambda: curves.share(PANEL, THEN["employed"]), "`outcome` is of type Series; give a text in quotes"),
    "a name for a column": (lambda: inference.cluster_mean("hours", THEN["project"]), "str is no column; give frame['employed'], say"),
    "a number for an estimate": (lambda: decide(0.2, 0.05), "give a difference, such as contrast(…)"),
    "a text for a number": (lambda: decide(GAP, "0.05"), "`margin` is of type str; give a number, such as 0.05"),
    "a coverage of 95": (lambda: curves.share(PANEL, level=95), "give a coverage between 0 and 1, such as 0.95"),
    "a trait's name": (lambda: models.composition(cohort.background(STUDY), "gender"), "`traits` is of type str; give a list"),
    "a frame for a fit": (lambda: evallib.cr2(PANEL, PANEL["project"]), "give a fit, such as smf.ols(…).fit()"),
    "more than all": (lambda: proportion(5, 3), "5 of 3 is no share"),
    "a word too few": (lambda: contrast(THEN, "employed", "route", 1, 2), "missing a required argument: 'cluster'; it takes frame, outcome, group, a, b, cluster"),
    # what is shown
    "a Series for a value": (lambda: value("n", HOURS, "count"), "cannot show a Series; give a number, date or text, such as x.mean()"),
    "a frame for a value": (lambda: value("n", THEN, "count"), "cannot show a DataFrame; give a number"),
    "a Series in a text": (lambda: text("{n}", n=HOURS), "cannot show a Series"),
    "a Series for a number": (lambda: number(HOURS, "hours"), "cannot show a Series"),
    "a Series for a table": (lambda: table("t", HOURS, caption="c"), "give a frame (of a Series: .reset_index())"),
    "a number for a record": (lambda: record("share", 0.5), "is no frame (of one number: `value`)"),
    "a unit nobody knows": (lambda: value("n", 1, "percent"), "unknown unit `percent`; known names: count, "),
    "an id with a space": (lambda: value("my n", 1, "count"), "use letters, digits and _"),
    "a text among numbers": (lambda: table("t", pd.DataFrame({"share": ["a"]}), caption="c"), "has the text “a”; give the unit “text”"),
    "a number where a text belongs": (lambda: text(3), "`template` is of type int; give a text in quotes"),
    "no alternative text": (lambda: figure("f", axes(), caption="c"), "missing a required argument: 'alt'"),
    "an empty alternative text": (lambda: figure("f", axes(), caption="c", alt=""), "alt text of figure `f` must be a text, such as “Share in work”"),
    "a frame for a drawing": (lambda: figure("f", THEN, caption="c", alt="x"), "given a DataFrame, not a matplotlib Figure or Axes"),
    "a placeholder without a value": (lambda: figure("f", axes(), caption="{k}", alt="x"), "{k} has no value"),
    "people of another kind": (lambda: figure("f", axes(), caption="c", alt="x", of="persons"), "choose one of 'people', "),
    "an estimate for a verdict": (lambda: compendium.finding("gap", GAP, "points", **FOUR), "decide(estimate, margin)"),
    "a sentence too few": (lambda: compendium.finding("gap", GAP, "points", higher="a", lower="b"), "missing a required argument: 'none'"),
    "a list for values": (lambda: fact("f", 1, "count", higher="a", lower="b", equal="c", values=[1]), "`values` is of type list; give a dict, or None"),
    "a text for a fact": (lambda: fact("f", "a", "count", higher="a", lower="b", equal="c"), "is the text “a”, and no count"),
    "one group to compare": (lambda: compare("c", {"a": decide(GAP, 0.05)}, "S", {"a": "x"}, "points"), 'needs two groups, as ("in A", "in B")'),
    "a plural without n": (lambda: text("{k} unit", "{k} units", k=1), "which counts: {n} has no value"),
    "a palette without the group": (lambda: charts.band(axes(), SHOWN, palette={1: "#000000"}), "the palette has no colour for 2"),
    "an axis in no unit": (lambda: charts.number_axis(axes().yaxis, "pct"), "unknown unit `pct`"),
    "a number nobody recorded": (lambda: recorded("share.route1.month99"), "no chapter recorded `share.route1.month99`; "),
    "prose with a wrong name": (lambda: inline("shre", {"share": value("n", 1, "count")}), "`shre` is not defined; did you mean `share`?"),
    "prose with a wrong part": (lambda: inline("n.lo", {"n": value("n", 1, "count")}), "no such part; did you mean `low`?"),
}  # fmt: skip


@pytest.mark.parametrize(("mistake", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_what_is_there(mistake, said):
    with pytest.raises((EvalError, CompendiumError)) as told:
        mistake()
    assert said in str(told.value)
    assert "\n" not in str(told.value)


def test_what_is_offered_is_the_function_with_its_help():
    assert evallib.contrast is evallib.contrast
    assert (evallib.contrast.__name__, evallib.contrast.__doc__) == (
        "contrast", contrast.__wrapped__.__doc__,
    )  # fmt: skip
