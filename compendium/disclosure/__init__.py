"""What of a number may be seen: the rules, and the mathematics that keep to them.

Here belong pure functions on counts, numbers and sums: rounding, suppression, the attacker both are
measured against, and what is released of one number. What a notebook shows and how it is hidden
there is not known here, and no statistic is computed. The folder that leaves is
`compendium.release`'s.
"""
