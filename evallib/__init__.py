"""The evaluation's logic: from tables on disk to results, knowing neither notebooks nor languages.

The package file stays empty, so that a chapter depends only on the modules it names.
"""
