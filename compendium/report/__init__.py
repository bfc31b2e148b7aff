"""Executed chapters put together and written as HTML, as PDF and as notebooks for readers.

Here belong the document, its renderers and their templates. Nothing is computed here.
"""
