"""What a notebook calls, and how its numbers and texts are written.

Here belong exhibits, their payloads, units and words of a language, and tables and drawings as
markup. How a chapter is run is `compendium.run`'s, how a report is put together
`compendium.report`'s.
"""
