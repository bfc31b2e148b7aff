"""What a page of a PDF shows, as text: glyphs by number, put together where they stand together.

Text is drawn in runs, and drawings (figures, formulas) draw each glyph by itself, at a place of its
own. A word is whole again where the next glyph stands one step further along the same line; the
next label, beside or below it, begins a new line.
"""

from __future__ import annotations

import math
import re
from typing import Any

_CHARS = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_RANGES = re.compile(rb"beginbfrange(.*?)endbfrange", re.DOTALL)
_PAIR = re.compile(rb"<([0-9A-Fa-f\s]+)>\s*<([0-9A-Fa-f\s]*)>")
_CODE = rb"<([0-9A-Fa-f]+)>\s*"
_RANGE = re.compile(_CODE + _CODE + rb"(?:<([0-9A-Fa-f]+)>|\[(.*?)\])", re.DOTALL)
_SPACE = re.compile(rb"begincodespacerange\s*<([0-9A-Fa-f]+)>")
_HEX = re.compile(rb"<([0-9A-Fa-f]*)>")
_DEEPEST = 20  # forms within forms; a drawing that holds itself would have no end
_STEP, _OFF = (
    1.1,
    0.1,
)  # of the size of the type: the widest step of a pen, the most beside the line

_Font = tuple[dict[int, str], int]  # letters by code, and the bytes of a code
_LATIN: _Font = ({}, 1)


class Page:
    """Reads a page: `text` is what it shows, `said` the strings its marks carry beside that."""

    def __init__(self, page: Any) -> None:
        import pikepdf

        self.pieces: list[str] = []
        self.said: list[Any] = []
        self._outer = self._line = pikepdf.Matrix()
        self._stack: list[Any] = []
        self._font, self._size = _LATIN, 1.0
        self._moved = True
        self._last: tuple[float, float] | None = None  # where a glyph drawn by itself began
        self._read(page.obj, page.resources, {}, 0)

    @property
    def text(self) -> str:
        """What the page shows."""
        return "".join(self.pieces)

    def _read(self, holder: Any, resources: Any, fonts: dict[str, _Font], depth: int) -> None:
        import pikepdf

        known = fonts | {str(n): _letters(f) for n, f in (resources.get("/Font") or {}).items()}
        forms = resources.get("/XObject") or {}
        for step in pikepdf.parse_content_stream(holder):
            name, given = str(step.operator), step.operands
            if name == "Tf":
                self._font, self._size = known.get(str(given[0]), _LATIN), float(given[1])
            elif name in ("Tj", "'", '"', "TJ"):
                strings = given[-1] if name == "TJ" else [given[-1]]
                self._show(b"".join(bytes(s) for s in strings if isinstance(s, pikepdf.String)))
            elif name == "Do":
                form = forms.get(str(given[0]))
                if form is not None and form.get("/Subtype") == "/Form" and depth < _DEEPEST:
                    self._read(form, form.get("/Resources", resources), known, depth + 1)
            elif name in ("BDC", "DP"):
                self.said.append(given[-1])
            else:
                self._move(name, given)

    def _move(self, name: str, given: Any) -> None:
        """Follow the pen."""
        import pikepdf

        if name == "q":
            self._stack.append(self._outer)
        elif name == "Q" and self._stack:
            self._outer = self._stack.pop()
        elif name == "cm":
            self._outer = pikepdf.Matrix(*map(float, given)) @ self._outer
        elif name == "BT":
            self._line = pikepdf.Matrix()
        elif name == "Tm":
            self._line = pikepdf.Matrix(*map(float, given))
        elif name in ("Td", "TD"):
            self._line = pikepdf.Matrix(1, 0, 0, 1, *map(float, given)) @ self._line
        elif name != "T*":
            return
        self._moved = True

    def _show(self, code: bytes) -> None:
        letters, width = self._font
        place = self._line @ self._outer
        at = place.e, place.f
        em = self._size * math.hypot(place.a, place.b)
        alone = len(code) == width
        follows = alone and self._last and _follows(self._last, at, em)
        if self._moved and not follows:
            self.pieces.append("\n")
        self._last, self._moved = at if alone else None, False
        if letters:
            numbers = (int.from_bytes(code[n : n + width]) for n in range(0, len(code), width))
            self.pieces += [letters.get(number, "\ufffd") for number in numbers]
        else:
            self.pieces.append(code.decode("latin-1"))


def _follows(last: tuple[float, float], now: tuple[float, float], em: float) -> bool:
    """Tell whether a glyph stands one step further along a line, upright or turned.

    >>> _follows((10, 50), (15, 50), 8), _follows((10, 50), (10, 60), 8)
    (True, False)
    """
    along, across = now[0] - last[0], abs(now[1] - last[1])
    upright = 0 < along <= _STEP * em and across <= _OFF * em
    return upright or (abs(along) <= _OFF * em and 0 < across <= _STEP * em)


def _letters(font: Any) -> _Font:
    """Return what the codes of a font mean, from its ToUnicode map."""
    if "/ToUnicode" not in font:
        return _LATIN
    table = font.ToUnicode.read_bytes()
    space = _SPACE.search(table)
    found: dict[int, str] = {}
    for block in _CHARS.findall(table):
        found |= {int(code, 16): _utf16(text) for code, text in _PAIR.findall(block)}
    for block in _RANGES.findall(table):
        for first, last, start, listed in _RANGE.findall(block):
            codes = range(int(first, 16), int(last, 16) + 1)
            if start:
                begin = int(start, 16)
                texts = [_utf16(b"%0*X" % (len(start), begin + n)) for n in range(len(codes))]
            else:
                texts = [_utf16(text) for text in _HEX.findall(listed)]
            found |= dict(zip(codes, texts, strict=False))
    return found, len(space[1]) // 2 if space else 1


def _utf16(code: bytes) -> str:
    return bytes.fromhex(code.decode("ascii")).decode("utf-16-be", errors="replace")
