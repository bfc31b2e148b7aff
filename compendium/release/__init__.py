"""What may leave a secure site: the rules of release, the last search, and the folder that leaves.

Here belongs what decides or checks whether a result can be shown outside. How results are computed
and rendered is decided elsewhere; nothing here makes a number.
"""
