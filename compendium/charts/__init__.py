"""Chart forms on matplotlib axes.

Here belong functions that draw a frame. They compute nothing and know nothing of chapters; what
makes a drawing an exhibit is `compendium.chapter`.
"""
