"""Several differences taken together: intervals and p-values that allow for how many there are.

"The groups are spread alike over the benefits" is a statement on every benefit at once, and of many
comparisons the best looks strong by itself. So each interval here is widened until all of them
together hold at the level asked for (Bonferroni), and p-values are adjusted over a whole family
that was declared beforehand (Holm).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from evallib.errors import EstimationError, need_columns
from evallib.inference.estimate import Estimate, contrast, estimator, finite, two_groups


@estimator
def spread(
    frame: pd.DataFrame,
    column: str,
    group: str,
    a: object,
    b: object,
    cluster: str,
    *,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """Difference a minus b in the share in each category of `column`, jointly at `level`.

    Parameters
    ----------
    frame
        One row per person.
    column, group, cluster
        The columns of categories, groups and units.
    a, b
        Two values of the column of groups.
    level
        Nominal coverage of all intervals together.

    Returns
    -------
    dict
        An `Estimate` (a difference of fractions) by category.

    Raises
    ------
    EstimationError
        Everybody has one category, or a group has fewer than two clusters.

    Examples
    --------
    >>> frame = pd.DataFrame({"benefit": list("xyxxyyxy"), "route": [1] * 4 + [2] * 4,
    ...                       "unit": list("AABBCCDD")})
    >>> round(spread(frame, "benefit", "route", 1, 2, "unit")["x"].value, 2)
    0.5
    """
    need_columns(frame, [column])
    pair = two_groups(frame, group, a, b, cluster)
    names = sorted(pair[column].unique())
    if len(names) < 2:
        raise EstimationError(f"Everybody has the same '{column}': there is no spread to compare.")
    return {
        str(name): _joint(pair.assign(__is=pair[column] == name), "__is", group, a, b, cluster,
                          level, len(names))
        for name in names
    }  # fmt: skip


@estimator
def against_others(
    frame: pd.DataFrame, outcome: str, column: str, cluster: str, *, level: float = 0.95
) -> dict[str, Estimate]:
    """Difference in mean `outcome` between each category of `column` and all others, jointly.

    Parameters
    ----------
    frame
        One row per person.
    outcome, column, cluster
        The columns of numbers, categories and units.
    level
        Nominal coverage of all intervals together.

    Returns
    -------
    dict
        An `Estimate`, in the unit of the outcome, by category. Categories in a single cluster are
        left out: they cannot be told from it.

    Raises
    ------
    EstimationError
        Fewer than two categories are in more than one cluster.

    Examples
    --------
    >>> frame = pd.DataFrame({"work": [1, 0, 1, 1, 0, 0, 1, 0], "trade": list("xyxyxyxy"),
    ...                       "unit": list("AABBCCDD")})
    >>> against_others(frame, "work", "trade", "unit")["x"].value
    0.5
    """
    need_columns(frame, [outcome, column, cluster])
    units = frame.groupby(column)[cluster].nunique()
    names = sorted(units.index[units > 1])
    if len(names) < 2:
        raise EstimationError(
            f"Fewer than two categories of '{column}' are found in more than one cluster: there is "
            "nothing to compare."
        )
    return {
        str(name): _joint(frame.assign(__in=frame[column] == name), outcome, "__in", True, False,
                          cluster, level, len(names))
        for name in names
    }  # fmt: skip


def _joint(
    frame: pd.DataFrame, outcome: str, group: str, a: object, b: object, cluster: str,
    level: float, count: int,
) -> Estimate:  # fmt: skip
    joint = contrast(frame, outcome, group, a, b, cluster, level=1 - (1 - level) / count)
    return replace(joint, level=level, method=f"{joint.method}; jointly over {count} (Bonferroni)")


def holm(p_values: Mapping[str, float], family: Sequence[str]) -> pd.DataFrame:
    """Holm's step-down adjustment over a family declared beforehand.

    Parameters
    ----------
    p_values
        The p-value of each analysis by its name.
    family
        The names of all analyses of the family. `p_values` must answer each of them: an analysis
        that is left out after looking would make the others appear stronger.

    Returns
    -------
    pandas.DataFrame
        Columns analysis, p, adjusted, family_size; rows in the order of `family`.

    Raises
    ------
    EstimationError
        A p-value is lacking, or belongs to no declared analysis.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure.

    Examples
    --------
    >>> holm({"visits": 0.01, "homework": 0.04}, ["visits", "homework"])["adjusted"].tolist()
    [0.02, 0.04]
    """
    from statsmodels.stats.multitest import multipletests

    unanswered = sorted(set(family) - set(p_values))
    undeclared = sorted(set(p_values) - set(family))
    if unanswered or undeclared or len(set(family)) != len(family):
        raise EstimationError(
            f"Of {len(family)} declared analyses, without a p-value: {unanswered or 'none'}; "
            f"not declared: {undeclared or 'none'}. Give one p-value per declared analysis, each "
            "named once."
        )
    p = finite([p_values[name] for name in family], "the family's p-values")
    adjusted = multipletests(p, method="holm")[1]
    return pd.DataFrame(
        {"analysis": list(family), "p": p, "adjusted": adjusted, "family_size": len(p)}
    )
