"""How sure a number is when few units stand behind it, and what may be said of it.

Here belong estimates with their intervals, cluster-robust variances, permutation, shrinkage and the
rule that chooses among sentences. What is estimated, of whom and when, is for the others to know.

read_analyses          what was to be compared, as declared beforehand
cluster_mean           a mean with the interval of few units
cluster_means          the same of each group
contrast               a difference between two groups
permutation            the same without a model of the spread
spread                 differences in the share of each category, jointly
against_others         each category against all others, jointly
holm                   p-values adjusted over a declared family
decide                 which sentence an interval supports
direction              which sentence an exact number supports
decisive               the difference that decides among several
minimum_detectable     the difference this standard error could have found
detectable_difference  ... or these units, before any data are seen
random_effects         means of units, shrunken
unit_scores            the same from people's answers
expected_range         how far apart equal units lie by chance
"""

from evallib.faces import face

_MODULES = {
    "analyses": "read_analyses",
    "estimate": "cluster_mean cluster_means contrast",
    "assignments": "permutation",
    "families": "spread against_others holm",
    "decisions": "decide direction decisive",
    "power": "minimum_detectable detectable_difference",
    "shrinkage": "random_effects unit_scores expected_range",
}
__getattr__, __dir__, __all__ = face(__name__, _MODULES)
