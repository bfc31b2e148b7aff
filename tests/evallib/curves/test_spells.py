"""Other readings of "in work", by hand on the six-person study."""

import pytest

from evallib.curves import spells
from evallib.curves.moves import expected_months
from evallib.errors import EstimationError


def test_sustained_work_by_hand(panel):
    # tests/conftest.py: only P1 has three months in a row (1, 2, 3); two in a row: P1 and P3.
    three = spells.sustained(panel)
    held = three[three["sustained"]]
    assert held[["person_id", "month"]].to_numpy().tolist() == [["P1", 3]]
    assert three["month"].min() == 2
    two = spells.sustained(panel, length=2)
    held = two[two["sustained"]][["person_id", "month"]].to_numpy().tolist()
    assert held == [["P1", 2], ["P1", 3], ["P3", 4]]
    with pytest.raises(EstimationError, match="at least 1"):
        spells.sustained(panel, length=0)


@pytest.mark.filterwarnings("ignore::evallib.errors.EstimationWarning")
def test_thresholds_by_hand(panel):
    made = spells.thresholds(panel[panel["route"] == 1], [0.5, 1, 80, 128])
    # Month 0: P2 has 160.33 hours, P4 0.8. Month 1: P1 80.165, P3 160.33.
    assert [made[limit].at(1, 0).value for limit in made] == [0.5, 0.25, 0.25, 0.25]
    assert [made[limit].at(1, 1).value for limit in made] == [0.5, 0.5, 0.5, 0.25]
    assert made[0.5].what == "the share with at least 0.5 hours"
    exact = spells.thresholds(panel[panel["route"] == 1], [0.8, 160.33])
    assert [exact[limit].at(1, 0).value for limit in exact] == [0.5, 0.25]


@pytest.mark.filterwarnings("ignore::evallib.errors.EstimationWarning")
def test_states_by_hand(panel):
    state = spells.states(panel)
    p1 = state[panel["person_id"] == "P1"].tolist()
    assert p1 == ["unemployment_benefit", "work", "work", "work", "none"]
    mapping = {"none": "self", "unemployment_benefit": "benefit", "sickness_benefit": "benefit"}
    joined = panel.assign(state=spells.states(panel, mapping))
    assert set(joined["state"]) == {"work", "self", "benefit"}
    area = expected_months(joined, "work", by=None, until=2)["all"]
    assert area.value == pytest.approx((2 + 3 + 3) / 6)  # six people, all seen in months 0-2
    with pytest.raises(EstimationError, match="no state for sickness_benefit"):
        spells.states(panel, {"none": "self", "unemployment_benefit": "benefit"})
