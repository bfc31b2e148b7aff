"""The analysis of the mini project: just enough for its chapters to import something."""
