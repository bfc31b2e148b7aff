"""What each result was made of: written as an RO-Crate after a build, and verified later.

Here belongs the record of a build beside its results. What the build itself remembers, to know what
is stale, is `compendium.build`'s.
"""
