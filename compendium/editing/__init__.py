"""What an editor does without running anything: check the chapters, keep their translations.

Here belongs what reads sources, catalogues and codebook and says what is wrong, missing or out of
date, or rewrites the files that follow from others. What needs a kernel is `run`, what a chapter
calls is `chapter`.
"""
