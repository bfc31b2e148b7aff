"""Who counts, and from when: referrals, person-months, background and courses.

Here belong frames of people and of their months, made from a `Study`. Means and shares of them are
`evallib.curves`', comparisons `evallib.inference`'s.
"""
