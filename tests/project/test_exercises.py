"""The exercises: solved, wrongly solved, and as a student gets them."""

import json
import re
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "exercises"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
IDS = [path.stem for path in NOTEBOOKS]
NOT_GIVEN, RIGHT, WRONG = "… Not answered yet.", "✔ Right. ", "✘ Not yet: "

MISTAKES = [  # exercise, task, the answer, what the check says
    (1, 1, 'in_work = panel.groupby("month")["employed"].sum() / panel["person_id"].nunique()',
     "you divide by everybody referred"),
    (1, 1, ('ever = panel.groupby("person_id")["employed"].cummax()\n'
     'in_work = ever.groupby(panel["month"]).mean()'),
     "can only rise"),
    (1, 1, 'in_work = panel.groupby("month")["hours"].mean()', "between 0 and 1"),
    (1, 2, "first_job = float(km.surv_prob[km.surv_times == 9][0])", "share still waiting"),
    (1, 2, ("k = SurvfuncRight(first, 0 * first + 1)\n"
     "first_job = 1 - float(k.surv_prob[k.surv_times == 9][0])"), "dropped out or become events"),
    (1, 2, "first_job = float((first <= 9).sum() / len(last))", "count as if they never got one"),
    (1, 3, "left = float((seen.any(axis=1) & ~seen[9]).sum() / seen.any(axis=1).sum())",
     "you divide by those who have worked"),
    (1, 3, 'left = float((seen.any(axis=1) & ~seen[9]).sum() / panel["person_id"].nunique())',
     "cannot be seen in month 9"),
    (1, 4, 'choice = "b"', "for good"),
    (1, 4, 'choice = "c"', "hours are another question"),
    (2, 1, "rejected = 1 - rejected", "Which side of .05"),
    (2, 1, "rejected = 0.05", "rather few"),
    (2, 2, "rejected_clustered = rejected", "no better than before"),
    (2, 2, "rejected_clustered = 0.05", "cov_type='cluster'"),
    (2, 3, "rejected_cr2 = rejected_clustered", "reference distribution"),
    (2, 3, "df = fits[0].df_resid", "degrees of freedom count people"),
    (2, 4, "effective = 60 * (1 + 59 * 0.05)", "Divide, don't multiply"),
    (2, 4, "effective = 60 / (1 + 60 * 0.05)", "how many others"),
    (3, 1, 'means = asked.groupby("project")["satisfaction"].mean()', "the answer 9"),
    (3, 1, "means = given['satisfaction'].mean()", "give a Series"),
    (3, 2, "by_chance = float(means.max() - means.min())", "dealt out anew"),
    (3, 2, "by_chance = float(np.mean([d.std() for d in deals]))", "a spread, perhaps"),
    (3, 3, "small_on_top = 5 / 17", "share of units that are small"),
    (3, 3, "small_on_top = 62", "give a share"),
    (3, 4, 'shrunken = frame.set_index("unit")["raw"]', "raw means"),
    (3, 4, "shrunken = means * 0.8 + means.mean() * 0.2", "as much as 133"),
    (3, 4, "shrunken = means * 0 + means.mean()", "draws towards the mean"),
    (3, 5, "could_be_best = 1", "only one"),
    (3, 5, "could_be_best = 17", "reaches the top rank"),
    (4, 1, "older = under_63 - everybody", "smaller from the larger"),
    (4, 1, "older = everybody", "not those counts"),
    (4, 2, "known = len(all_alike)", "how many units"),
    (4, 2, "known = int(older.where(older < 5).sum().sum())", "people in small cells"),
    (4, 3, "primary = table.astype(float)", "nothing is hidden"),
    (4, 3, "primary = table.where(table >= 12)", "five or more"),
    (4, 3, "primary = table.where(table > 1)", "still to be seen"),
    (4, 4, 'recovered = {("Enhed 04", "long"): 1}', "Two unknowns"),
    (4, 4, 'recovered = {("Enhed 17", "short"): 5}', "wrong count"),
    (4, 4, 'recovered = {("Enhed 17", "none"): 7}', "not hidden at all"),
    (4, 5, "protected = primary", "a reader still finds short in Enhed 17"),
    (4, 5, 'protected = primary.copy(); protected.loc["Enhed 17", "none"] = np.nan',
     "a reader still finds"),
    (4, 5, "protected = table.where(table < 0); protected['total'] = table['total']",
     "Fewer will do"),
    (4, 6, "rounded = table // 5 * 5", "always round down"),
    (4, 6, ("rounded = (table / 5).round() * 5\n"
     'rounded["total"] = rounded.drop(columns="total").sum(axis=1)'), "carry all their errors"),
    (4, 6, "rounded = table", "multiple of five"),
    (5, 1, 'work_week = ninth.groupby("route")["employed"].mean()', "one paid hour is enough"),
    (5, 1, 'work_week = (ninth["hours"] >= 160).groupby(ninth["route"]).mean()', "so few"),
    (5, 1, ('work_week = (ninth["hours"] >= week).groupby(ninth["route"]).sum()\n'
     'work_week /= ninth.groupby("route")["employed"].sum()'),
     "take everybody"),
    (5, 2, "moves = moves / 100", "percentage points"),
    (5, 2, "moves = -moves", "no sign"),
    (5, 3, 'same = {"ours": True, "without_month_0": False, "not_at_referral": True}',
     "above and below the line"),
    (5, 3, "same = True", "give a dict"),
    (5, 3, "same = {n: s == 0.69 for n, s in by_reading.items()}", "must come out again"),
    (5, 4, "lead = -lead", "other way round"),
    (5, 4, "lead = lead / 100", "percentage points"),
    (5, 5, 'choice = "a"', "drawn anew"),
    (5, 5, 'choice = "b"', "settle what a word means"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def in_the_folder(monkeypatch):
    monkeypatch.chdir(FOLDER)
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "checks"]:
        sys.modules.pop(name)
    plt.close("all")


def cells(path):
    notebook = json.loads(path.read_text("utf-8"))
    return {c["id"]: "".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"}


def solutions(path):
    text = (FOLDER / "solutions" / f"{path.stem}.py").read_text("utf-8")
    return dict(
        re.findall(r"^# %% (answer-\d)\n(.*?)(?=^# %% |\Z)", text, re.DOTALL | re.MULTILINE)
    )


def run(code, names, capsys):
    """Run a cell and return what it printed."""
    exec(compile(code, "cell", "exec"), names)  # noqa: S102 - a cell of our own
    return capsys.readouterr().out.strip()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_an_exercise_as_it_is_handed_out_runs_and_says_what_is_not_answered(path, capsys):
    names, told = {}, {}
    for name, code in cells(path).items():
        told[name] = run(code, names, capsys)
    asked = [name for name in told if name.startswith("check-")]
    assert len(asked) >= 4
    assert {told[name] for name in asked} == {NOT_GIVEN}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_solutions_pass_and_mistakes_are_told_what_is_wrong(path, capsys):
    names, own, solved = {}, cells(path), solutions(path)
    assert solved.keys() == {name for name in own if name.startswith("answer-")}
    told = {name: run(solved.get(name, code), names, capsys) for name, code in own.items()}
    checks = {name: text for name, text in told.items() if name.startswith("check-")}
    assert all(text.startswith(RIGHT) for text in checks.values()), checks
    for exercise, task, answer, sentence in MISTAKES:
        if path.stem.startswith(str(exercise)):
            tried = dict(names)
            run(answer, tried, capsys)
            said = run(own[f"check-{task}"], tried, capsys)
            assert said.startswith(WRONG), (task, answer, said)
            assert sentence in said, (task, answer, said)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_every_task_has_two_mistakes_and_no_exception_leaves_a_check(path, capsys):
    names, own = {}, cells(path)
    for name in own:
        tried = [m for m in MISTAKES if m[:2] == (int(path.stem[0]), int(name[-1]))]
        assert not name.startswith("check-") or len(tried) >= 2, name
    run(own["code-01"], names, capsys)
    for code in (code for name, code in own.items() if name.startswith("check-")):
        function, arguments = re.match(r"(\w+\.task_\d)\((.*)\)", code).groups()
        nonsense = ", ".join(["object()"] * len(arguments.split(",")))
        assert run(f"{function}({nonsense})", names, capsys).startswith(WRONG)
