"""Labels broken into lines by their measured width, since a drawing does not wrap text by itself.

Danish compounds are long: where a label may be divided, its text has a soft hyphen.
"""

from collections.abc import Callable
from functools import cache

from matplotlib import rcParams
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from compendium.errors import ExhibitError

SOFT = "\N{SOFT HYPHEN}"


def plain(text: str) -> str:
    """Return a label without its soft hyphens."""
    return text.replace(SOFT, "")


def wrapped(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Break a text into lines of at most `width` inches in type of `size` points.

    Lines end at spaces and soft hyphens. Raises ExhibitError when a piece between two such places
    is too wide.

    >>> wrapped("job­søgning", 10, 9)
    ['jobsøgning']
    """
    family = tuple(rcParams["font.family"])  # of the style that is set

    def fits(line: str) -> bool:
        return _width(plain(line), family, size, 600 if bold else 400) <= width

    lines = [""]
    for word in text.split():
        lines += _fitted(lines.pop(), word, fits)
    return [plain(line) for line in lines]


def _fitted(line: str, word: str, fits: Callable[[str], bool]) -> list[str]:
    """Return the lines that come of putting a word behind a line."""
    joined = f"{line} {word}".strip()
    if fits(joined):
        return [joined]
    parts = word.split(SOFT)
    for cut in range(len(parts) - 1, 0, -1):
        broken = f"{line} {''.join(parts[:cut])}-".strip()
        if fits(broken):
            return [broken, *_fitted("", SOFT.join(parts[cut:]), fits)]
    if not line:
        raise ExhibitError(
            f"“{plain(word)}” is wider than its place in the drawing; put soft hyphens into it"
        )
    return [line, *_fitted("", word, fits)]


@cache
def _width(text: str, family: tuple[str, ...], size: float, weight: int) -> float:
    """Width of a text in inches."""
    face = FontProperties(family=list(family), size=size, weight=weight)
    points, _, _ = TextToPath().get_text_width_height_descent(text, face, ismath=False)
    return float(points) / 72
