"""How sure a number is when few units stand behind it, and what may be said of it.

Here belong estimates with their intervals, cluster-robust variances, permutation, shrinkage and the
rule that chooses among sentences. What is estimated, of whom and when, is for the others to know.

read_analyses          what was to be compared, as declared beforehand
Number                 one that is not estimated, with the people it rests on
proportion             a share that is counted, with its two counts
proportions            ... of each column of a frame
cluster_mean           a mean with the interval of few units
cluster_means          the same of each group
contrast               a difference between two groups
permutation            the same without a model of the spread
spread                 differences in the share of each category, as one statement
against_others         each category against all others, as one statement
verdicts               what comparisons that belong together may be said to show
decide                 ... and one that stands alone
direction              which sentence an exact number supports
detectable             the difference these units can find, whatever is found
random_effects         means of units, shrunken
unit_scores            the same from people's answers
expected_range         how far apart equal units lie by chance
"""

from evallib.faces import face

_MODULES = {
    "analyses": "read_analyses",
    "estimate": "Number proportion proportions",
    "means": "cluster_mean cluster_means contrast",
    "assignments": "permutation",
    "families": "spread against_others",
    "decisions": "verdicts decide direction",
    "power": "detectable",
    "shrinkage": "random_effects unit_scores expected_range",
}
__getattr__, __dir__, __all__ = face(__name__, _MODULES)
