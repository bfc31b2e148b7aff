"""Recorded numbers held together: what others would tell is left out."""

from compendium.chapter.gate import counts_of
from compendium.disclosure.attacker import attack
from compendium.disclosure.linked import Cells, declared, left_out
from compendium.disclosure.rounding import class_of
from compendium.disclosure.rules import read_rules

RULES = read_rules()


def count(value):
    return {"value": value, "unit": "count"}


def share(k, n):
    return {"value": k / n, "unit": "share", "k": k, "n": n}


def derived(values, hidden):
    """How closely an attacker derives each count that is small or whose rest is."""
    cells = Cells.of(values, counts_of)
    shown = {
        name: class_of(n, RULES)
        for name, n in cells.counts.items()
        if name not in hidden and name not in cells.rests
    }
    sums = [*cells.sums, *declared(cells.counts)]
    found = attack(shown, cells.counts.keys() - shown.keys(), sums, integers=True)
    return {name: found[name].spread for name, n in cells.counts.items() if RULES.is_small(n)}


def test_sums_are_found_by_their_pattern():
    names = dict.fromkeys(
        ["observed.month0", "observed.month1", "n.route1.month0", "n.route2.month0"], 0
    )
    (one,) = (s for s in declared(names) if s.total.startswith("observed"))
    assert (one.total, one.parts) == ("observed.month0", ("n.route1.month0", "n.route2.month0"))


def test_rounded_counts_that_protect_each_other_all_stay():
    values = {"referred.total": count(3630), "referred.route1": count(2231)}
    values |= {"referred.route2": count(422), "referred.route3": count(977)}
    assert not left_out(values, counts_of, RULES).hidden


def test_a_small_count_its_total_would_tell_is_protected():
    """Four routes at the bottom of their classes: the total says that the last has two at most."""
    values = {f"referred.route{r}": count(7) for r in range(1, 5)}
    values |= {"referred.route5": count(1), "referred.total": count(29)}
    assert derived(values, ())["referred.route5"] < RULES.spread
    found = left_out(values, counts_of, RULES)
    assert found.hidden
    assert found.proven
    assert derived(values, found.hidden)["referred.route5"] >= RULES.spread


def test_the_rest_of_a_share_is_protected_like_the_share():
    values = {"share.route1.month0": share(97, 100), "n.route1.month0": count(100)}
    found = left_out(values, counts_of, RULES)
    assert min(derived(values, found.hidden).values()) >= RULES.spread


def test_what_counts_no_people_and_what_does_not_add_up_is_no_matter():
    values = {"units.total": count(2), "referred.total": count(9), "referred.route1": count(2)}
    assert not left_out(values, counts_of, RULES).hidden
