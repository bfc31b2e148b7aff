"""What a reader is told about a number beside how it reads and where it was computed."""

from compendium.chapter.catalogue import Translator, translator
from compendium.chapter.formatting import words
from compendium.chapter.payloads import say
from compendium.chapter.text import message_of
from compendium.claims.claims import LOST, Claim
from compendium.claims.published import Verdict, as_text, read_claims, verdict
from compendium.report.document import Document


def details(document: Document) -> dict[str, list[str]]:
    """Return the lines of each number's detail, by its id; some have none.

    On stand-in data they begin with what the number rests on, and of results that may leave a
    secure site with what was done to it. A number that answers a claim of the
    published report is shown beside it, except where a reader chose parameters of their own: then
    it answers another question. So does one that was rounded: chapter 13 has the verdict.
    """
    recorded = {name: payload for name, (payload, _) in document.origins.items()}
    if any("rule" in payload for payload in recorded.values()):
        done = words(document.lang)["rules"]
        return {n: [done[p["rule"]]] for n, p in recorded.items() if p.get("rule") in done}
    said = words(document.lang)["basis"]
    lines = {n: [said[p["basis"]]] for n, p in recorded.items() if p.get("basis") in said}
    folder = document.root / "data" / "published"
    if document.about.choices or not folder.is_dir():
        return lines
    translate = translator(document.lang, "", document.root)
    for claim in read_claims(folder):
        if claim.value != LOST and claim.answers and recorded.keys() >= {*claim.answers}:
            told = _told(claim, verdict(claim, recorded, document.about.standin), translate)
            for name in claim.answers:
                lines.setdefault(name, []).append(told)
    return lines


def _told(claim: Claim, made: Verdict, translate: Translator) -> str:
    """Say what was printed, what was computed here, and how the two agree."""
    said = words(translate.lang)
    shown = [
        said["web"][name].format(say(message_of(text), {}, translate))
        for name, value in (("printed", claim.value), ("here", made.computed))
        if (text := as_text(value, claim.unit, claim.rounding))
    ]
    where = said["web"]["on_page"].format(claim.page) if claim.page else claim.section
    return " · ".join([*shown, f"{said['verdicts'][made.code]} ({where})"])
