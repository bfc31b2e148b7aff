"""How hypothesis goes about examples that are dear."""

from hypothesis import Phase

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""For examples that cost a query each, where a seed says all there is to say of one."""
