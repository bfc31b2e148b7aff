"""What becomes of a cohort month by month: shares, means, occupancy, first job, entry.

Here belong estimates with time on one axis, and their bands. They take any frame of persons and
months. A regression on persons belongs to `evallib.models`.
"""
