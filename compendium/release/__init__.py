"""What may leave a secure site: the rules, and the mathematics that keep to them.

Here belong pure functions on counts, sums and rules: rounding, suppression, and the attacker both
are measured against. What a notebook shows and how it is hidden there is not known here, and no
statistic is computed.
"""
