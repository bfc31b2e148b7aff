"""Units, municipalities and projects, worked out by hand."""

from evallib.projects.units import participation
from evallib.study.definition import read_definition


def test_participation_of_all_routes_and_of_some():
    definition = read_definition()
    everyone = participation(definition)
    assert (everyone.units, everyone.municipalities, everyone.projects) == (27, 29, 32)
    assert everyone.joint == 2
    behind = everyone.frame.groupby("unit")["municipality"].nunique()
    assert behind[["Faxe", "Mariagerfjord/Rebild"]].tolist() == [1, 2]
    assert everyone.several_routes == (
        "Rødovre", "Skanderborg", "Fredericia", "Jammerbugt", "Nordfyn",
    )  # fmt: skip

    two = participation(definition, routes=[2])
    assert (two.units, two.municipalities, two.projects, two.joint) == (5, 5, 5, 0)
    assert two.several_routes == ()
    # Route 3 shares Nordfyn with route 2: 5 + 10 projects are 14 units.
    both = participation(definition, routes=[2, 3])
    assert (both.units, both.projects, both.several_routes) == (14, 15, ("Nordfyn",))
