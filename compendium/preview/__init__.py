"""The report in a browser, following every save.

Here belong the page that follows, and who may see it. What is stale and how it runs is
`compendium.build`'s; what a page holds is `compendium.report`'s.
"""
