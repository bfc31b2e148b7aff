"""Executed chapters put together and written as HTML and PDF.

Here belong the document, its renderers and their templates. Nothing is computed here.
"""
