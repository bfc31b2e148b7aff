"""What is stale, in which order it runs, and what is remembered of it.

Here belong steps, their inputs and products, and progress. How a chapter is run is
`compendium.run`'s.
"""
