"""What leaves a secure site: the last search, the list for the checkers, and the folder.

How results are computed, rounded and rendered is decided elsewhere; nothing here makes a number.
"""
