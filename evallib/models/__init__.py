"""Regressions whose covariance knows the clusters, and contrasts standardised by them.

Here belong linear, logistic and ordered models, average effects and case mix. Curves over months
belong to `evallib.curves`.
"""
