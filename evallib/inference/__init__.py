"""How sure a number is when few units stand behind it, and what may be said of it.

Here belong estimates with their intervals, cluster-robust variances, permutation, shrinkage and the
rule that chooses among sentences. What is estimated, of whom and when, is for the others to know.
"""
