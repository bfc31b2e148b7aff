"""What must not leave: the people of a study, in the forms in which they leak.

A pattern for personal numbers finds numbers that are none and misses keys that look different. The
study knows its people, so what is looked for is who they are: each key in the forms it leaks in
(in capitals or not, without hyphens or leading zeros, cut by a space, a line or a tag, grouped as
thousands), dates of birth, free text, and names where these are confidential.

All keys are looked for in one pass: a pattern of their common shape finds what could be a key, a
table of hashes tells whether it is one. (Patterns begin with what they find and look back from
there, and capitals are gone from the text: else each takes several times as long.)

What is found by itself must not be common in a report: six characters with a letter among them,
or nine digits. A shorter key, such as 17, counts where it stands by itself beside a word that
announces a person, as an entry under such a name does; a column of keys is told whatever the keys
look like. Not found is a key glued to other letters or digits, encrypted, spaced out letter by
letter, or drawn as points of a picture.
"""

from __future__ import annotations

import getpass
import re
import socket
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

BREAK = "\x1f" * 4
"""Stands between texts that do not belong together: longer than what may stand within a key."""

COLUMNS = ("person_id", "respondent", "cpr", "pnr", "recnum")
_COLUMN = re.compile(rf"(?:{'|'.join(COLUMNS)})(?!\w)")
_GAP = r"[\s\-_\xad\u200b]{0,3}"  # what may stand within a key
_GAPS = re.compile(r"[\W_]+")  # at most three: letters drawn one by one are no word
_BESIDE = re.compile(
    rf"(?:(?:{'|'.join(COLUMNS)})s?\W{{1,6}}"
    r"|(?:person|participant|borger|deltager)(?:[ _](?:id|no\.?|nr\.?))?[ _:=#]{1,3})"
    r"([0-9a-z-]+)(?![.,%]?\w)(?!\s?(?:%|pct))"
)
_BEFORE = re.compile(r"(?:[\w.]|per |pr\. )$")  # no person is announced after this
_EXACT = re.compile(r"\d+\.\d{6,}")
_SIGNIFICANT = 10
_ISO = re.compile(r"([0-9](?<!\d.)\d{3})-(\d\d)-(\d\d)(?!\d)")
_DAY_FIRST = re.compile(r"([0-9](?<!\d.)\d?)[./-](\d\d?)[./-](\d{4})(?!\d)")
_CPR = re.compile(r"([0-3](?<![\d.,].)\d)([01]\d)(\d\d)[- ]?\d{4}(?!\d)")
_PATH = re.compile(
    r"/(?<![\w:/.<].)(?:home|Users|root|tmp|work|mnt|srv|opt|private|workdata)/[\w.@+-]+"
    r"|:(?<=(?<!\w)[A-Za-z].)\\{1,2}[\w.$ -]+\\|\\\\[\w.-]+\\{1,2}[\w$.-]+\\"
)
_COMMON = {"root", "user", "admin", "runner", "jovyan", "docker", "localhost", "ubuntu", "debian"}


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
        spaced = "|".join(r"\s+".join(map(re.escape, name.lower().split())) for name in names)
        return re.compile(rf"(?:{spaced})(?!\w)")

    @cached_property
    def _exact(self) -> frozenset[str]:
        """The first digits of the hidden numbers, which are those of the percentage too."""
        return frozenset(_digits(f"{float(n):.12g}") for n in self.hidden) - {""}

    def hits(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield (begin, end, kind) of whatever must not leave."""
        text = _small(text)
        yield from self._keys(text)
        if self._forms[1]:
            for found in _BESIDE.finditer(text):
                before = text[max(0, found.start() - 4) : found.start()]
                if _bare(found[1]) in self._forms[1] and not _BEFORE.search(before):
                    yield *found.span(1), "short key"
        if self._named:
            yield from ((*f.span(), "name") for f in self._named.finditer(text) if _begins(f))
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
                alone = re.finditer(rf"{re.escape(name.lower())}(?!\w)", _small(text))
                yield from ((*found.span(), kind) for found in alone if _begins(found))
        for found in _CPR.finditer(text):
            if _date(f"19{found[3]}", found[2], found[1]):
                yield *found.span(), "CPR number"

    def masked(self, text: str) -> str:
        """Return a text without what must not leave."""
        for begin, end, _ in sorted(self.hits(text), reverse=True):
            text = f"{text[:begin]}•••{text[end:]}"
        return text


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

    >>> _shape(["p000120", "p003999"]).search("no p00-0120, no") is not None
    True
    """
    places = []
    for letters in map(set, zip(*forms, strict=True)):
        if len(letters) <= 4:
            places.append(f"[{''.join(map(re.escape, sorted(letters)))}]")
        else:
            decimal, latin = "".join(letters).isdecimal(), "".join(letters).isalpha()
            places.append("[0-9]" if decimal else "[a-zæøå]" if latin else "[0-9a-zæøå]")
    ways = [_GAP.join(places)]
    if all(form.isdecimal() for form in forms):  # as a number: 101,701,234
        size = len(places)
        groups = [places[max(0, end - 3) : end] for end in range(size, 0, -3)][::-1]
        ways.append(r"[.,'\u2009\u202f]".join("".join(group) for group in groups))
    alone = f"{places[0]}(?<![0-9a-z].)"  # looks back over its first character
    ways = [alone + way.removeprefix(places[0]) for way in ways]
    return re.compile(f"(?:{'|'.join(ways)})(?![0-9a-z])")


def _dates(text: str, births: frozenset[date]) -> Iterator[tuple[int, int, str]]:
    for pattern, order in ((_ISO, (1, 2, 3)), (_DAY_FIRST, (3, 2, 1))):
        for found in pattern.finditer(text):
            if _date(*(found[n] for n in order)) in births:
                yield *found.span(), "date of birth"


def _columns(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the heads of columns that hold keys: in CSV, in HTML and in a printed frame."""
    for found in filter(_begins, _COLUMN.finditer(text)):
        begin, end = found.span()
        before, after = text[max(0, begin - 300) : begin], text[end : end + 300]
        before = before.rpartition(BREAK)[2].rpartition("\n")[2]
        after, _, below = after.partition(BREAK)[0].partition("\n")
        head = re.search(r"<th\b[^>]*>\s*$", before) and re.match(r"\s*</th>", after)
        listed = re.fullmatch(r'(?:"?[\w .]+"?[,;\t|])*"?', before) and re.fullmatch(
            r'"?(?:[,;\t|]"?[\w .]+"?)*\r?', after
        )
        csv = listed and (before + after).strip('"\r') and re.match(r'"?[\w-]+"?[,;\t|]', below)
        printed = re.fullmatch(r"[\w. ]*", before + after) and re.match(r"\s*\d+\s+\S", below)
        if head or csv or printed:
            yield begin, end, "column of keys"


def _small(text: str) -> str:
    """Return a text without capitals and as long: one letter alone, İ, would become two."""
    return text.replace("İ", "I").lower()


def _begins(found: re.Match[str]) -> bool:
    """Tell whether no word goes on where something was found."""
    before = found.string[found.start() - 1 : found.start()]
    return not (before.isalnum() or before == "_")


def _digits(number: str) -> str:
    """Return a number's first significant digits, and whether the first stands at an even place.

    So a share and its percentage are one number, and ten times as much is another. Nothing is
    returned for a number that has too few digits to be known by.
    """
    whole, _, rest = number.partition(".")
    digits = (whole + rest).lstrip("0")
    if len(digits) < _SIGNIFICANT:
        return ""
    place = len(whole) - (len(whole + rest) - len(digits))
    return f"{digits[:_SIGNIFICANT]}{'e' if place % 2 == 0 else 'o'}"


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
