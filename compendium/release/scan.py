"""The last search of all that is to leave, by the keys and names of the study itself.

A pattern for personal numbers finds numbers that are none and misses keys that look different. The
study knows its people, so what is looked for is who they are: each key in the forms it leaks in
(in capitals or not, without hyphens or leading zeros, cut by a space, a line or a tag, grouped as
thousands), dates of birth, free text, and names where these are confidential.

All keys are looked for in one pass: a pattern of their common shape finds what could be a key, a
table of hashes tells whether it is one. A key is told by file and place, never shown.

What is found by itself must not be common in a report: six characters with a letter among them,
or nine digits. A shorter key, such as 17, counts where it stands by itself beside a word that
announces a person, as an entry under such a name does; a column of keys is told whatever the keys
look like. `Scan.notes` says for how many keys that was so. Not found is a key glued to other letters
or digits, encrypted, drawn letter by letter, or drawn as points of a picture.
"""

from __future__ import annotations

import getpass
import re
import socket
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from compendium.release.reading import Part, parts

GRAVE = ("key", "short key", "name", "date of birth", "hidden number", "column of keys", "unread")
"""Kinds that stop a release; the others are told: path, user, host, CPR number."""

COLUMNS = ("person_id", "respondent", "cpr", "pnr", "recnum")
_COLUMN = re.compile(rf"(?<!\w)(?:{'|'.join(COLUMNS)})(?!\w)", re.IGNORECASE)
_GAP = r"[\s\-_\xad\u200b]{0,3}"  # what may stand within a key
_GAPS = re.compile(r"[\W_]+")  # at most three: letters drawn one by one are no word
_ALONE = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_BREAK = "\x1f" * 4  # between parts: longer than a gap
_BESIDE = re.compile(
    rf"(?<![\w.])(?<!per )(?<!pr\. )(?:(?:{'|'.join(COLUMNS)})s?\W{{1,6}}"
    r"|(?:person|participant|borger|deltager)(?:[ _](?:id|no\.?|nr\.?))?[ _:=#]{1,3})"
    r"([0-9a-z-]+)(?![.,%]?\w)(?!\s?(?:%|pct))",
    re.IGNORECASE,
)
_EXACT = re.compile(r"\d+\.\d{6,}")
_SIGNIFICANT = 10
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(\d\d?)[./-](\d\d?)[./-](\d{4})(?!\d)")
_CPR = re.compile(r"(?<![\d.,])([0-3]\d)([01]\d)(\d\d)[- ]?\d{4}(?!\d)")
_PATH = re.compile(
    r"(?<![\w:/.<])/(?:home|Users|root|tmp|work|mnt|srv|opt|private|workdata)/[\w.@+-]+"
    r"|(?<!\w)[A-Za-z]:\\{1,2}[\w.$ -]+\\|\\\\[\w.-]+\\{1,2}[\w$.-]+\\"
)
_COMMON = {"root", "user", "admin", "runner", "jovyan", "docker", "localhost", "ubuntu", "debian"}


@dataclass(frozen=True, order=True)
class Found:
    """A hit: the file, the place in it, its kind, the text around it masked, and how many there."""

    file: str
    place: str
    kind: str
    excerpt: str = ""
    count: int = 1

    @property
    def grave(self) -> bool:
        """Whether it stops a release."""
        return self.kind in GRAVE

    def __str__(self) -> str:
        times = f" ({self.count} times)" if self.count > 1 else ""
        said = f": {self.excerpt}" if self.excerpt else ""
        return f"{self.file}, {self.place or 'content'}: {self.kind}{times}{said}"


@dataclass(frozen=True)
class Scan:
    """What a search found, what it could not look for alone, and how much was read."""

    found: tuple[Found, ...]
    notes: tuple[str, ...]
    files: int
    characters: int

    @property
    def grave(self) -> tuple[Found, ...]:
        """The hits that stop a release."""
        return tuple(found for found in self.found if found.grave)


@dataclass(frozen=True)
class Wanted:
    """What must not leave: `keys` of people, `names`, `births` as dates, and `hidden` numbers.

    `hidden` are numbers the rules took out or rounded, as they were before: where one stands with
    ten digits or more, the rule was passed by.
    """

    keys: Collection[str] = ()
    names: Collection[str] = ()
    births: Collection[date] = ()
    hidden: Collection[float] = ()
    machine: Collection[str] = field(
        default_factory=lambda: (getpass.getuser(), socket.gethostname())
    )

    @cached_property
    def _forms(self) -> tuple[frozenset[str], frozenset[str]]:
        """The forms of the keys that are looked for alone, and those that are too short for it."""
        every = {form for key in self.keys for form in _forms_of(key)}
        alone = {form for form in every if _tells(form)}
        return frozenset(alone), frozenset(every - alone)

    @cached_property
    def short(self) -> int:
        """How many keys are too short to be looked for alone, in the form they were delivered."""
        return sum(not _tells(_bare(key)) for key in self.keys)

    @cached_property
    def _shapes(self) -> list[re.Pattern[str]]:
        """One pattern for all keys of a length."""
        lengths: dict[int, list[str]] = {}
        for form in self._forms[0]:
            lengths.setdefault(len(form), []).append(form)
        return [_shape(forms) for _, forms in sorted(lengths.items())]

    @cached_property
    def _named(self) -> re.Pattern[str] | None:
        names = sorted({" ".join(name.split()) for name in self.names} - {""}, key=len)[::-1]
        if not names:
            return None
        spaced = "|".join(r"\s+".join(map(re.escape, name.split())) for name in names)
        return re.compile(rf"(?<!\w)(?:{spaced})(?!\w)", re.IGNORECASE)

    @cached_property
    def _exact(self) -> frozenset[str]:
        """The first digits of the hidden numbers, which are those of the percentage too."""
        return frozenset(_digits(f"{float(n):.12g}") for n in self.hidden) - {""}

    def hits(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield (begin, end, kind) of whatever must not leave."""
        yield from self._keys(text)
        if self._forms[1]:
            for found in _BESIDE.finditer(text):
                if _bare(found[1]) in self._forms[1]:
                    yield *found.span(1), "short key"
        if self._named:
            yield from ((*found.span(), "name") for found in self._named.finditer(text))
        if self.births:
            yield from _dates(text, frozenset(self.births))
        if self._exact:
            for found in _EXACT.finditer(text):
                if _digits(found[0]) in self._exact:
                    yield *found.span(), "hidden number"
        yield from _columns(text)

    def _keys(self, text: str) -> Iterator[tuple[int, int, str]]:
        for shape in self._shapes:
            at = 0
            while found := shape.search(text, at):
                at = found.start() + 1  # what could be a key may begin within what is none
                if _bare(found[0]) in self._forms[0] and len(_GAPS.findall(found[0])) <= 3:
                    yield *found.span(), "key"
                    at = found.end()

    def warnings(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield (begin, end, kind) of what tells of the machine, or looks like a CPR number."""
        yield from ((*found.span(), "path") for found in _PATH.finditer(text))
        for name, kind in zip(self.machine, ("user", "host"), strict=False):
            if len(name) > 3 and name.lower() not in _COMMON:
                alone = re.escape(name).join(_ALONE)
                found_names = re.finditer(alone, text, re.IGNORECASE)
                yield from ((*found.span(), kind) for found in found_names)
        for found in _CPR.finditer(text):
            if _is_date(found[3], found[2], found[1]):
                yield *found.span(), "CPR number"

    def masked(self, text: str) -> str:
        """Return a text without what must not leave."""
        for begin, end, _ in sorted(self.hits(text), reverse=True):
            text = f"{text[:begin]}•••{text[end:]}"
        return text


def scan(
    folder: Path, keys: Collection[str], names: Collection[str] = (), **more: Collection[Any]
) -> Scan:
    """Search everything below a folder, hidden files and file names too.

    Parameters
    ----------
    folder
        What is to leave.
    keys
        The keys of the study's people, as delivered.
    names
        Names and texts that must not leave: of units where these are confidential, free text.
    **more
        `births`, `hidden` and `machine`, as in `Wanted`.

    Returns
    -------
    Scan
        Its `found` in order of files and places.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.html").write_text("<td>010170-<b>1234</b></td><td>5</td>")
    >>> for found in scan(folder, ["0101701234"]).found:
    ...     print(found)
    a.html, line 1: CPR number: •••<b>####</b></td>
    a.html, as seen, line 1: key: ••• #
    """
    wanted = Wanted(keys, names, **more)
    paths = sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return search(((path.relative_to(folder).as_posix(), _bytes(path)) for path in paths), wanted)


def search(files: Iterable[tuple[str, bytes]], wanted: Wanted) -> Scan:
    """Search files that are not yet on disk, as (name, bytes); see `scan`."""
    found: list[Found] = []
    count = characters = 0
    for name, data in files:
        held = [Part("name of the file", name), *parts(name, data)]
        found += _of_file(wanted.masked(name), held, wanted)
        count += 1
        characters += sum(len(part.text) for part in held)
    notes = []
    if wanted.short:
        notes.append(
            f"{wanted.short} of {len(wanted.keys)} keys are too short to be looked for alone: they "
            "were looked for beside a word that announces a person, and as columns of keys"
        )
    return Scan(tuple(found), tuple(notes), count, characters)


def _of_file(name: str, held: list[Part], wanted: Wanted) -> Iterator[Found]:
    """Yield a file's hits, those of a kind and a place as one."""
    starts, at = [], 0
    for part in held:
        starts.append(at)
        at += len(part.text) + len(_BREAK)
    text = _BREAK.join(part.text for part in held)
    hits = sorted(wanted.hits(text))
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], str] = {}
    loose = (hit for hit in wanted.warnings(text) if not _covered(hit, hits))
    for begin, end, kind in (*hits, *loose):
        number = bisect_right(starts, begin) - 1
        line = text.count("\n", starts[number], begin) + 1
        place = f"{held[number].place}, line {line}".lstrip(", ")
        key = ("" if kind == "CPR number" else place, kind)
        counts[key] += 1
        if key not in first:
            first[key] = _around(text, begin, end, hits)
    for (place, kind), excerpt in first.items():
        yield Found(name, wanted.masked(place), kind, excerpt, counts[place, kind])
    for part in held:
        if part.unread:
            yield Found(name, wanted.masked(part.place), "unread", part.unread)


def _covered(hit: tuple[int, int, str], by: list[tuple[int, int, str]]) -> bool:
    at = bisect_right(by, hit)
    return any(b <= hit[0] and hit[1] <= e for b, e, _ in by[max(0, at - 2) : at + 2])


def _around(text: str, begin: int, end: int, hits: list[tuple[int, int, str]]) -> str:
    """Return what stands around a hit, with every hit and every digit masked."""
    left = max(0, begin - 20, text.rfind(_BREAK, 0, begin) + len(_BREAK))
    right = end + 20
    inside = {(b, e) for b, e, _ in hits if b < right and e > left} | {(begin, end)}
    shown = list(text[left:right])
    for b, e in inside:
        for at in range(max(b, left), min(e, left + len(shown))):
            shown[at - left] = "•"
    plain = re.sub(r"\s+", " ", "".join(shown).partition(_BREAK)[0])
    return re.sub(r"\d", "#", re.sub("•+", "•••", plain)).strip()


def _bytes(path: Path) -> bytes:
    """Return a file's bytes; of a link, where it leads."""
    return str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()


def _bare(text: str) -> str:
    return _GAPS.sub("", text).lower()


def _forms_of(key: str) -> set[str]:
    """Return the forms a key may leak in, without what may stand between its characters.

    >>> sorted(_forms_of("P-000120")), sorted(_forms_of("010170-1234"))
    (['000120', 'p000120'], ['0101701234', '101701234'])
    """
    bare = _bare(key)
    digits = bare.lstrip("abcdefghijklmnopqrstuvwxyzæøå")
    forms = {bare, digits} if digits.isdecimal() else {bare}
    return (forms | {bare.lstrip("0")} if bare.isdecimal() else forms) - {""}


def _tells(form: str) -> bool:
    """Tell whether a form is so uncommon that it can be looked for alone."""
    return len(form) >= (9 if form.isdecimal() else 6)


def _shape(forms: Collection[str]) -> re.Pattern[str]:
    """Return a pattern that all forms of a length fit, and little else.

    >>> _shape(["p000120", "p003999"]).search("no P00-0120, no") is not None
    True
    """
    places = []
    for letters in map(set, zip(*forms, strict=True)):
        if len(letters) <= 4:
            places.append(f"[{''.join(map(re.escape, sorted(letters)))}]")
        else:
            decimal, latin = "".join(letters).isdecimal(), "".join(letters).isalpha()
            places.append(r"\d" if decimal else r"[^\W\d_]" if latin else r"[^\W_]")
    ways = [_GAP.join(places)]
    if all(form.isdecimal() for form in forms):  # as a number: 101,701,234
        size = len(places)
        groups = [places[max(0, end - 3) : end] for end in range(size, 0, -3)][::-1]
        ways.append(r"[.,'\u2009\u202f]".join("".join(group) for group in groups))
    return re.compile("|".join(ways).join(("(?:", ")")).join(_ALONE), re.IGNORECASE)


def _dates(text: str, births: frozenset[date]) -> Iterator[tuple[int, int, str]]:
    for pattern, order in ((_ISO, (1, 2, 3)), (_DAY_FIRST, (3, 2, 1))):
        for found in pattern.finditer(text):
            year, month, day = (int(found[n]) for n in order)
            try:
                known = date(year, month, day) in births
            except ValueError:
                continue
            if known:
                yield *found.span(), "date of birth"


def _columns(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the heads of columns that hold keys: in CSV, in HTML and in a printed frame."""
    for found in _COLUMN.finditer(text):
        begin, end = found.span()
        before, after = text[max(0, begin - 300) : begin], text[end : end + 300]
        before = before.rpartition(_BREAK)[2].rpartition("\n")[2]
        after, _, below = after.partition(_BREAK)[0].partition("\n")
        head = re.search(r"<th\b[^>]*>\s*$", before) and re.match(r"\s*</th>", after)
        listed = re.fullmatch(r'(?:"?[\w .]+"?[,;\t|])*"?', before) and re.fullmatch(
            r'"?(?:[,;\t|]"?[\w .]+"?)*\r?', after
        )
        csv = listed and (before + after).strip('"\r') and re.match(r'"?[\w-]+"?[,;\t|]', below)
        printed = re.fullmatch(r"[\w. ]*", before + after) and re.match(r"\s*\d+\s+\S", below)
        if head or csv or printed:
            yield begin, end, "column of keys"


def _digits(number: str) -> str:
    """Return a number's first significant digits; nothing if it has too few to be known by."""
    digits = number.replace(".", "").lstrip("0")
    return digits[:_SIGNIFICANT] if len(digits) >= _SIGNIFICANT else ""


def _is_date(year: str, month: str, day: str) -> bool:
    try:
        return bool(date(1900 + int(year), int(month), int(day)))
    except ValueError:
        return False
