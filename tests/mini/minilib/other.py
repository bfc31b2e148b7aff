"""A module that only one chapter imports."""

FACTOR = 2
