"""Whether people do better where an approach was chosen, as far as so few units can tell.

An approach belongs to a unit, not to a person, so a comparison of approaches has as many
observations as there are units. What the interval, the permutation of units and the smallest
difference that such units could find say about one approach stands side by side.
"""

from collections.abc import Sequence

import pandas as pd

from evallib.inference.assignments import permutation
from evallib.inference.means import contrast
from evallib.inference.power import detectable
from evallib.projects.elements import column_of
from evallib.study.definition import Measure, Power


def compare_approaches(
    people: pd.DataFrame,
    outcome: str,
    wanted: Sequence[str],
    plan: Power,
    measure: Measure,
    *,
    unit: str = "project",
    level: float = 0.95,
) -> pd.DataFrame:
    r"""Each approach against the rest: what is known of the difference in mean `outcome`.

    Parameters
    ----------
    people
        As `with_approaches` gives them.
    outcome, unit
        The columns of numbers and of units.
    wanted
        Approaches as "element.approach".
    plan, measure
        What was declared beforehand (the definition's `power`), and which of its standard
        deviations is that of the outcome.
    level
        Nominal coverage of the intervals.

    Returns
    -------
    pandas.DataFrame
        Rows in the order of `wanted`: approach, estimate (with minus without, CR2), permutation
        (the same, tested by exchanging units), p_permutation, treated and units (how many units
        had it, of how many), detectable (the difference that units of these sizes would reveal with
        the power of the plan, whatever was found: `inference.detectable`,
        judged at the level of the strictest of these comparisons).

    Raises
    ------
    EstimationError
        An approach is that of a single unit: it cannot be told from that unit.

    Notes
    -----
    Of each approach $\hat\delta = \bar y_{\mathrm{with}} - \bar y_{\mathrm{without}}$ over people,
    by `inference.contrast` and by `inference.permutation`.

    Assumes what these do. Units chose their approaches: a difference says that the two go together.

    References
    ----------
    Bell and McCaffrey (2002); Phipson and Smyth (2010); Bloom (1995).

    Examples
    --------
    >>> from evallib.study.definition import read_definition
    >>> people = pd.DataFrame({"project": list("AABBCCDD"), "place_out": [1, 1, 1, 1, 0, 0, 0, 0],
    ...                        "hours": [9.0, 7, 8, 5, 2, 4, 3, 1]})
    >>> plan = read_definition().power
    >>> told = compare_approaches(people, "hours", ["place.out"], plan, "hours", level=0.6)
    >>> told.loc[0, "estimate"].value, int(told.loc[0, "treated"])
    (4.75, 2)
    """
    rows, strictest = [], 1 - (1 - level) / len(wanted)
    for approach in wanted:
        column = column_of(approach)
        test = permutation(people, outcome, column, unit, level=level)
        rows.append(
            {
                "approach": approach,
                "estimate": contrast(people, outcome, column, 1, 0, unit, level=level),
                "permutation": test,
                "p_permutation": test.p_value(),
                "treated": test.treated,
                "units": test.units,
                "detectable": detectable(people, column, 1, 0, unit, plan, measure, strictest),
            }
        )
    return pd.DataFrame(rows)
