"""The other language: English texts to their Danish, from the places where both stand.

A notebook is written in English, and English is the key, as in every program translated with
gettext. The Danish of a chapter's texts stands in its catalogue under locale/, that of the
interface in the shared one; the names of things stand beside the English in the data: codebook,
code lists, definitions. A text nobody translated comes back as it is; who may not show it asks
with `find` first.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.errors import TranslationError
from compendium.files import CHECKPOINTS
from evallib.settings import project

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

ROOT = Path(__file__).resolve().parents[2]
SOURCE = "en"
_VALUES = re.compile(r"\{[^}]*\}")
_WORDS = re.compile(r"[^\W\d_]")  # a text without a letter of its own is the same in all languages
_LINE = re.compile(r'\s*|#.*|(?:msg(?:ctxt|id|id_plural|str(?:\[\d\])?) )?"(?:[^"\\]|\\.)*"')
_KEY = re.compile(r'^(?:msgctxt .*\n(?:".*\n)*)?msgid .*\n(?:".*\n)*', re.MULTILINE)


@dataclass(frozen=True)
class Translator:
    """Texts in a language: called with an English text, it returns that of `lang`.

    `chapter`, `shared` and `vocabulary` are asked in this order, and last the catalogues of
    `others`, from which a chapter may quote a finding. The texts of a chapter of one's own are
    shown `as_written`, its numbers in `lang`.
    """

    lang: str = SOURCE
    chapter: Mapping[str, Any] = field(default_factory=dict)
    shared: Mapping[str, Any] = field(default_factory=dict)
    vocabulary: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, Any] = field(default_factory=dict)
    as_written: bool = False

    def __call__(self, text: str) -> str:
        """Return the text in the language, or as it is."""
        return self.find(text) or text

    def find(self, text: str) -> str | None:
        """Return the text in the language, None if it stands nowhere."""
        if self.lang == SOURCE or not _WORDS.search(_VALUES.sub("", text)):
            return text
        for place in (self.chapter, self.shared, self.vocabulary, self.others):
            if found := place.get(text):
                return str(found[0] if isinstance(found, tuple) else found)
        return text if self.as_written else None

    def plural(self, one: str, many: str, n: int) -> str:
        """Return the form of a text that goes with a number."""
        found = self.chapter.get(one) or self.shared.get(one)
        forms = found if isinstance(found, tuple) else (one, many)
        return str(forms[0 if n == 1 else -1])


def translator(lang: str, chapter: str = "", root: Path | None = None) -> Translator:
    """Return the translator of a chapter's texts; `chapter` is the notebook's name without .ipynb.

    `root` is the folder of the evaluation; left out, that of the one at hand.

    Raises
    ------
    TranslationError
        If a catalogue is not what it should be.

    Examples
    --------
    >>> translator("da")("Figure")
    'Figur'
    """
    if lang == SOURCE:
        return Translator()
    root = root or project()
    own = entries(catalogue_path(root, lang, chapter)) if chapter else {}
    shared = entries(catalogue_path(ROOT, lang, "shared"))
    return Translator(lang, own, shared, vocabulary(root, lang))


def catalogue_path(root: Path, lang: str, name: str) -> Path:
    """Return the place of a catalogue, the one gettext expects."""
    return root / "locale" / lang / "LC_MESSAGES" / f"{name}.po"


def read_catalogue(path: Path) -> Catalog:
    """Read a catalogue strictly.

    Raises
    ------
    TranslationError
        If it is not UTF-8, not in gettext's syntax, of another language than its folder, or has
        two entries for one text; the message says what to do.
    """
    from babel.messages.pofile import PoFileError, read_po

    lang = path.parent.parent.name
    try:
        text = path.read_text("utf-8", errors="strict")
        read = read_po(io.StringIO(text), locale=lang, abort_invalid=True)
    except UnicodeDecodeError as error:
        raise TranslationError(
            f"{path.name}: not UTF-8 (byte {error.start}); save the catalogue as UTF-8"
        ) from error
    except (PoFileError, ValueError) as error:
        raise TranslationError(
            f"{path.name}: {error}; mend the line, or take the file from the last commit"
        ) from error
    for number, line in enumerate(text.splitlines(), start=1):
        if not _LINE.fullmatch(line):
            raise TranslationError(
                f"{path.name}, line {number}: `{line}` is not gettext's syntax; mend the line"
            )
    said = re.search(r'^"Language: *(.*?)\\n"$', text, re.MULTILINE)
    if not said or said[1] != lang:
        raise TranslationError(
            f"{path.name}: its header says Language: {said[1] if said else 'nothing'}, but it lies "
            f"in the folder `{lang}`; move the file or mend the header"
        )
    keys = [re.sub(r'"\n"', "", key) for key in _KEY.findall(text)]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        raise TranslationError(f"{path.name}: {twice.strip()} stands twice; take one entry out")
    return read


@cache
def entries(path: Path) -> Mapping[str, Any]:
    """Return the finished entries of a catalogue: English to text, or to all plural forms."""
    if not path.is_file():
        return {}
    found: dict[str, Any] = {}
    for message in read_catalogue(path):
        if message.id and not message.fuzzy and is_translated(message):
            key = message.id if isinstance(message.id, str) else message.id[0]
            found.setdefault(key, message.string)
            if message.context:
                found[f"{message.context}\x04{key}"] = message.string
    return found


def is_translated(message: Message) -> bool:
    """Tell whether an entry has its text, or, if it counts, all its forms."""
    forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
    return bool(forms) and all(forms)


@cache
def vocabulary(root: Path, lang: str) -> Mapping[str, str]:
    """Return the names of things: English texts of the data with what stands beside them."""
    found: dict[str, str] = {}
    for _, english, other in pairs(root, lang):
        if other:
            found.setdefault(english, other)
    return found


def pairs(root: Path, lang: str) -> Iterator[tuple[str, str, str]]:
    """Yield the texts of the data that stand in both languages: file, English, the other."""
    data = root / "data"
    for path in sorted(data.glob("*.toml")):
        for table in _tables(tomllib.loads(path.read_text("utf-8"))):
            yield path.name, table[SOURCE], table.get(lang, "")
    for path in sorted(data.rglob("*.csv")):
        if {"standin", CHECKPOINTS} & {*path.relative_to(data).parts[:-1]}:
            continue
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            names = [n[:-3] for n in rows.fieldnames or () if n.endswith(f"_{SOURCE}")]
            for row in rows:
                for name in names:
                    if row[f"{name}_{SOURCE}"]:
                        yield path.name, row[f"{name}_{SOURCE}"], row.get(f"{name}_{lang}") or ""


def _tables(node: Any) -> Iterator[dict[str, str]]:
    """Yield the {en = "…", da = "…"} tables of a TOML document."""
    if isinstance(node, dict):
        if isinstance(node.get(SOURCE), str):
            yield node
        for child in node.values():
            yield from _tables(child)
    elif isinstance(node, list):
        for child in node:
            yield from _tables(child)
