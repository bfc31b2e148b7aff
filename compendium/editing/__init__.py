"""What an editor does without running anything: begin a chapter, check it, keep translations.

Here belongs what reads sources, catalogues and codebook and says what is wrong, missing or out of
date, rewrites the files that follow from others, or begins a new one (`start`). What needs a kernel
is `run`, what a chapter calls is `chapter`.
"""
