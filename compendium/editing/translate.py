"""Bring the Danish catalogues up to date with the chapters, and say what a translator must do.

The files are gettext's, so that any editor of translations opens them; Babel reads and writes
them. An entry keeps its Danish as long as its English stands somewhere in the chapter. Where the
English was changed, the Danish of the same place is kept and marked fuzzy: somebody must compare
the two and clear the mark. Matching by place takes no time and makes no false friends, as a search
for similar texts does in long paragraphs.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.chapter.catalogue import (
    ROOT,
    SOURCE,
    catalogue_path,
    is_translated,
    read_catalogue,
    vocabulary,
)
from compendium.chapter.formatting import LANGUAGES, each_word, words
from compendium.editing import readme
from compendium.editing.messages import Entry, messages
from compendium.files import write
from compendium.run.notebooks import read_chapters
from compendium.workspace import Workspace

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

OTHERS = tuple(lang for lang in LANGUAGES if lang != SOURCE)
_WIDTH = 79
_SHOWN = 50  # letters of a text that are enough to know it by
_HEADER = """\
msgid ""
msgstr ""
"Language: {lang}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


def update(workspace: Workspace) -> list[str]:
    """Bring all catalogues up to date, and data/README.md; return what is left to do.

    Parameters
    ----------
    workspace
        The project; its files are written where they change.

    Returns
    -------
    list of str
        A line for each entry that is missing or fuzzy.

    Raises
    ------
    TranslationError
        If a catalogue cannot be read.
    """
    left: list[str] = []
    for chapter in read_chapters(workspace.notebooks):
        for lang in () if chapter.language else OTHERS:
            left += bring(workspace.root, lang, chapter.path.stem, messages(chapter))
    for lang in OTHERS if workspace.root == ROOT else ():  # the words are those of this package
        left += bring(ROOT, lang, "shared", interface())
    readme.update(workspace.root)
    return left


def interface() -> list[Entry]:
    """Return the words of the interface, each with its key in words.toml."""
    found: list[Entry] = []
    each_word(words(SOURCE), lambda key, text: found.append(Entry(text, "", key=key)))
    return found


def bring(root: Path, lang: str, name: str, wanted: Sequence[Entry]) -> list[str]:
    """Bring one catalogue up to date, and return a line for each entry it lacks.

    Texts that stand in both languages in the data are left to them, unless the catalogue has a
    translation of its own already.
    """
    from babel.messages.catalog import Catalog

    path = catalogue_path(root, lang, name)
    old = read_catalogue(path) if path.is_file() else Catalog(locale=lang)
    new = Catalog(locale=lang)
    entries = _entries(wanted)
    kept = set(map(_key, old)) & set(entries)
    places = {place: m for m in old if _key(m) not in kept for place in m.auto_comments}
    known = vocabulary(root, lang)
    for (key, text), found in entries.items():
        before = old.get(text, key or None)
        if before is None and text in known and not key:
            continue
        many = next((entry.many for entry in found if entry.many), "")
        here = list(dict.fromkeys(entry.place for entry in found if entry.place))
        changed = before is None
        before = before or next((places[place] for place in here if place in places), None)
        message = new.add(
            (text, many) if many else text,
            _string(before, plural=bool(many)),
            auto_comments=here,
            user_comments=before.user_comments if before else (),
            context=key or None,
        )
        if before and is_translated(message) and (changed or before.fuzzy):
            message.flags.add("fuzzy")
    write_catalogue(path, new)
    return [f"{path.name}: {line}" for line in unfinished(new)]


def compared(
    root: Path, lang: str, name: str, wanted: Sequence[Entry]
) -> Iterator[tuple[Entry, Message]]:
    """Yield each text once with its catalogue's entry, but for those that the data translate.

    A text without an entry comes with an empty one.
    """
    from babel.messages.catalog import Catalog, Message

    path = catalogue_path(root, lang, name)
    catalogue = read_catalogue(path) if path.is_file() else Catalog(locale=lang)
    known = vocabulary(root, lang)
    for (key, text), entries in _entries(wanted).items():
        found = catalogue.get(text, key or None)
        if found is not None or key or text not in known:
            yield entries[0], found or Message(text)


def unfinished(catalogue: Catalog) -> Iterator[str]:
    """Yield a line for each entry that is missing or fuzzy."""
    for message in catalogue:
        if message.id and (message.fuzzy or not is_translated(message)):
            where = "; ".join(message.auto_comments) or message.context
            state = "fuzzy" if message.fuzzy else "missing"
            yield f"{where}: {state}: “{shortened(forms(message.id)[0])}”"


def shortened(text: str) -> str:
    """Return as much of a text as it takes to know it.

    >>> shortened("The share in work")
    'The share in work'
    """
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _entries(wanted: Sequence[Entry]) -> dict[tuple[str, str], list[Entry]]:
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in wanted:
        found.setdefault((entry.key, entry.text), []).append(entry)
    return found


def forms(text: Any) -> list[str]:
    """Return the forms of an entry's text, which has one, or one for each number, or none yet."""
    return [text] if isinstance(text, str) else list(text or [""])


def _key(message: Message) -> tuple[str, str]:
    return message.context or "", forms(message.id)[0]


def _string(before: Message | None, *, plural: bool) -> Any:
    """Return the text to begin with: the old one, in as many forms as are needed."""
    known = forms(before.string if before else "")
    return tuple((known * 2)[:2]) if plural else known[0]


def write_catalogue(path: Path, catalogue: Catalog) -> None:
    """Write a catalogue where it changed: in its own order, with a header that holds no date."""
    from babel.messages.pofile import write_po

    for message in catalogue:
        message.flags &= {"fuzzy"}  # Babel takes "95 % c" for a format
    file = io.BytesIO()
    write_po(file, catalogue, width=_WIDTH, omit_header=True)
    body = file.getvalue().decode("utf-8").rstrip("\n")
    text = f"{_HEADER.format(lang=catalogue.locale)}{body}\n"
    if not path.is_file() or path.read_text("utf-8") != text:
        write(path, text)
