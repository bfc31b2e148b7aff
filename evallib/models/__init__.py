"""Fits of statsmodels whose covariance knows the clusters, and contrasts standardised by them.

Here belong linear, logistic and ordered models, average effects and case mix. Curves over months
belong to `evallib.curves`.

cr2                       coefficients of a fit with Bell and McCaffrey's covariance
clustered                 ... with a clustered covariance of another kind
coefficients              ... with statsmodels' own, people as independent
side_by_side              several of these in one table
permuted                  one coefficient, tested by exchanging units
wild_bootstrap            ... by turning the residuals of whole clusters
average_effects           log odds as differences in probability
proportional_odds         whether one slope for all answers is a fair summary
standardised_contrast     two groups, had they had the same mix of people
explain_away              what an unmeasured trait would have to do
standardised_differences  how far apart they were
overlap                   whether they had people alike at all
composition               who came to each group
"""

from evallib.faces import face

_MODULES = {
    "covariance": "cr2 clustered coefficients side_by_side",
    "draws": "permuted wild_bootstrap",
    "effects": "average_effects proportional_odds",
    "casemix": "standardised_contrast explain_away",
    "balance": "standardised_differences overlap composition",
}
__getattr__, __dir__, __all__ = face(__name__, _MODULES)
