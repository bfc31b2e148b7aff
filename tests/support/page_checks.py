"""What a page of ours must do, each as a function that opens nothing and returns the faults found.

`BROKEN` holds for each check a change of the page that it must catch.
"""

import csv
import io
import json
import random
import re
from pathlib import Path

from lxml import etree

AXE = Path(__file__).parents[1] / "axe" / "node_modules" / "axe-core" / "axe.min.js"
INSTALL = "run `npm ci --prefix tests/axe` (Debian: apt-get install npm), as .ci/run does"
WIDE, NARROW = (1300, 900), (390, 844)
_AS_SHOWN = re.compile(r"−?\d[\d.]*,\d+|−[\d.,]+")  # 1.234,5 or 1,234: for readers
_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "rules": {"region": {"enabled": True}, "landmark-unique": {"enabled": True}},
    "resultTypes": ["violations"],
}


def asks_for_nothing(page):
    return page.asked_for()


def is_silent(page):
    return page.complaints()


def begins_with_text(page):
    """Code is folded, and no chapter shows it before its first paragraph."""
    early = """[...document.querySelectorAll("section.chapter")].filter(chapter => {
        const text = chapter.querySelector(":scope > p:not(.notebook)");
        const code = chapter.querySelector(":scope > .code");
        return code && !code.previousElementSibling.matches("[data-code]") && text
            && text.compareDocumentPosition(code) === Node.DOCUMENT_POSITION_PRECEDING
    }).map(chapter => "code before the text of " + chapter.getAttribute("aria-labelledby"))"""
    opened = page.js("document.querySelectorAll('details.code[open]').length")
    return page.js(early) + [f"{opened} folds stand open"] * bool(opened)


def contents_follow(page):
    """The entry of what is read is marked, and no other."""
    faults = []
    inside = "[...document.querySelectorAll('.toc a')].map(a => a.hash).filter(Boolean)"
    for anchor in page.js(f"{inside}.slice(1)"):
        page.js(f"document.getElementById({anchor[1:]!r}).scrollIntoView()")
        page.settle()
        marked = page.js("[...document.querySelectorAll('.toc [aria-current]')].map(a => a.hash)")
        seen = page.js(f"document.getElementById({anchor[1:]!r}).getBoundingClientRect().top < 140")
        if len(marked) != 1 or (seen and marked != [anchor]):  # the last ones cannot reach the top
            faults.append(f"{marked} is marked at {anchor}")
    return faults


def keeps_the_place(page):
    """The other language opens where this one is read."""
    anchor = page.js("[...document.querySelectorAll('main :is(h2, figure)[id]')].at(-1).id")
    page.js(f"document.getElementById({anchor!r}).scrollIntoView()")
    page.settle()
    page.js("document.querySelector('a.language').dispatchEvent(new Event('focus'))")
    at = page.js("document.querySelector('a.language').hash.slice(1)")
    above = page.js(f"document.getElementById({at!r})?.getBoundingClientRect().top ?? -1e9")
    return [] if -400 < above < 170 else [f"the switch leads to `{at}` from `{anchor}`"]


def can_be_searched(page):
    """A word of a paragraph is found by the keyboard alone."""
    text = page.js("document.querySelector('main p:not(.notebook):not(.tools)').textContent")
    word = max(text.split(), key=len).strip(".,:()")
    page.js("document.activeElement.blur()")
    page.press("/")
    page.write(word)
    links = page.js("document.querySelectorAll('.hits:not([hidden]) a').length")
    if not links:
        return [f"`{word}` is not found"]
    page.press("ArrowDown")
    page.press("Enter")
    page.settle()
    reached = page.js("document.activeElement.textContent")
    hidden = page.js("document.querySelector('.hits').hidden")
    return [] if hidden and word in reached else [f"`{word}` does not lead to its paragraph"]


def has_two_themes(page):
    """The system's theme is followed, and the button changes it."""
    shade = "getComputedStyle(document.body).backgroundColor"
    page.look(*WIDE)
    light = page.js(shade)
    page.look(*WIDE, dark=True)
    dark = page.js(shade)
    page.js("document.querySelector('.theme').click()")
    chosen = page.js(shade)
    page.js("document.querySelector('.theme').click()")
    back = page.js(shade)
    page.look(*WIDE)
    page.js("delete document.documentElement.dataset.theme; localStorage.clear()")
    return [] if (light, dark) == (chosen, back) and light != dark else [f"{light} {dark} {chosen}"]


def numbers(page):
    """Mark all numbers of prose, tables and figures; returns how many of each there are."""
    return page.js("""(() => {
        const kinds = {
            prose: "main :is(p, li, caption, figcaption) a.value",
            tables: "[data-code] td.num", figures: "[data-code] svg:first-child text" };
        const found = {};
        for (const [kind, selector] of Object.entries(kinds)) {
            const all = [...document.querySelectorAll(selector)]
                .filter(e => /\\d/.test(e.textContent));
            all.forEach((e, i) => e.setAttribute("data-n", `${kind}-${i}`));
            found[kind] = all.length;
        }
        return found;
    })()""")


def lead_to_their_code(page, of_each=17):
    """Numbers drawn at random lead to a cell that is seen, and on to functions with their source.

    A cell that calls no function of the library and takes nothing from another states its number
    itself: a parameter, or what is counted from a list in it.
    """
    draw, faults = random.Random(20170901), []
    for kind, count in numbers(page).items():
        for i in draw.sample(range(count), min(of_each, count)):
            found = page.js(f"""(() => {{
                for (const fold of document.querySelectorAll("details.code")) fold.open = false;
                history.replaceState(null, "", " ");
                const number = document.querySelector('[data-n="{kind}-{i}"]');
                const at = number.querySelector("a") ?? number;
                at.dispatchEvent(new MouseEvent("click", {{bubbles: true, cancelable: true}}));
                const cell = document.getElementById(decodeURIComponent(location.hash.slice(1)));
                const code = cell?.querySelector("pre");
                const missing = cell ? [...cell.querySelectorAll("p a[href^='#']")].filter(
                    a => !document.querySelector(`[id="${{a.hash.slice(1)}}"] pre`)).length : 1;
                return {{ text: number.textContent, at: location.hash, missing,
                    seen: Boolean(code?.checkVisibility() && code.textContent.trim()) }};
            }})()""")
            if not found["seen"] or found["missing"] or not found["at"].startswith("#code-"):
                faults.append(f"{kind}: {found}")
    return faults


def taken(page, button):
    """What a button lets the reader take away."""
    return page.js(f"""new Promise(done => {{
        const before = URL.createObjectURL, click = HTMLAnchorElement.prototype.click;
        URL.createObjectURL = blob => {{ blob.text().then(done); return "#"; }};
        HTMLAnchorElement.prototype.click = () => {{}};
        document.querySelectorAll(".tools button")[{button}].click();
        URL.createObjectURL = before;
        HTMLAnchorElement.prototype.click = click;
    }})""")


def offers_data(page):
    """Each table gives its rows, each figure rows and a drawing that is XML by itself."""
    faults = []
    boxes = page.js("""[...document.querySelectorAll(".tools button")].map(b => {
        const box = b.closest("[id]"), table = box.querySelector("table");
        return { id: box.id, kind: b.textContent.slice(-4, -1),
            rows: table ? table.querySelectorAll("tbody tr:not(.group)").length : 0 }})""")
    for i, box in enumerate(boxes):
        text = taken(page, i)
        if box["kind"] == "SVG":
            if etree.fromstring(text.encode()).tag != "{http://www.w3.org/2000/svg}svg":
                faults.append(f"{box['id']}: no drawing")
            continue
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
        if len({len(row) for row in rows}) != 1 or len(rows) < 2:
            faults.append(f"{box['id']}: rows of different lengths")
        elif box["rows"] and len(rows) != box["rows"] + 1:
            faults.append(f"{box['id']}: {len(rows) - 1} rows of {box['rows']}")
        unread = [cell for row in rows for cell in row if _AS_SHOWN.fullmatch(cell)]
        faults += [f"{box['id']}: `{cell}` is no number to a program" for cell in unread]
    missing = page.js("""[...document.querySelectorAll("[data-code]")].filter(
        e => !e.querySelector(".tools button")).map(e => e.id + " offers nothing")""")
    return faults + missing


def fits_a_phone(page):
    """The page does not scroll sideways, contents are folded, no caption is cut, no type small."""
    page.look(*NARROW)
    page.settle()
    wide = page.js("document.documentElement.scrollWidth")
    cut = page.js("""[...document.querySelectorAll("caption > span, figcaption, h1, h2, h3, p")]
        .filter(e => e.checkVisibility() && !e.closest("details, math")
            && (e.getBoundingClientRect().right > 391 || e.getBoundingClientRect().left < 0))
        .map(e => "cut: " + e.textContent.slice(0, 40))""")
    opened = page.js("document.querySelectorAll('.toc details[open]').length")
    cut += page.js("""[...document.querySelectorAll(".drawing svg")].filter(
        e => e.checkVisibility() && e.getBoundingClientRect().width < 0.9 * e.width.baseVal.value)
        .map(e => "too small to read: " + e.closest("figure").id)""")
    page.look(*WIDE)
    return cut + [f"{wide} px wide"] * (wide > NARROW[0]) + ["contents stand open"] * opened


def tells_origins(page):
    """A number tells where it comes from on hover and on focus, and no longer after Escape."""
    shown = "document.getElementById('tip').hidden ? '' : document.getElementById('tip').innerText"
    faults = []
    page.settle()
    page.js("document.querySelector('main p a.value').focus()")
    faults += ["nothing on focus"] * (not page.js(shown))
    page.press("Escape")
    faults += ["it stays after Escape"] * bool(page.js(shown))
    page.mouse("td.leads")
    faults += ["nothing on hover"] * (not page.js(shown))
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
    return faults


def prints(page):
    """On paper there is no code and nothing to press, and nothing is cut off."""
    page.look(*WIDE, printed=True)
    seen = page.js("""[...document.querySelectorAll("details.code, .actions, .tools, .skip")]
        .filter(e => e.checkVisibility()).map(e => e.className + " is printed")""")
    page.look(*WIDE)
    return sorted(set(seen))


def is_accessible(page, *, dark=False):
    """What axe-core finds of WCAG 2.1 AA, and of landmarks."""
    assert AXE.is_file(), f"{AXE} is missing: {INSTALL}"
    page.look(*WIDE, dark=dark)
    page.js(AXE.read_text("utf-8") + "; 1")
    found = page.js(f"""axe.run(document, {json.dumps(_RULES)}).then(r => r.violations.map(
        v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200))))""")
    page.look(*WIDE)
    return found


CHECKS = (
    asks_for_nothing, is_silent, begins_with_text, contents_follow, keeps_the_place,
    can_be_searched, has_two_themes, tells_origins, lead_to_their_code, offers_data, fits_a_phone,
    prints, is_accessible,
)  # fmt: skip

BROKEN = [
    (asks_for_nothing, "<meta http-equiv", '<img alt="" src="https://report.invalid/x"><meta name'),
    (is_silent, '"use strict";', '"use strict"; nobody();'),
    (begins_with_text, '<details class="code">', '<details class="code" open>'),
    (contents_follow, '"aria-current"', '"data-current"'),
    (keeps_the_place, "link.hash = ", "link.title = "),
    (can_be_searched, 'search.addEventListener("input", show);', ""),
    (has_two_themes, "color-scheme: light dark;", "color-scheme: light;"),
    (tells_origins, "tip.hidden = false;", ""),
    (lead_to_their_code, '<div id="code-', '<div id="c0de-'),
    (lead_to_their_code, "location.hash = exhibit(part).dataset.code;", ""),
    (offers_data, "return given.replaceAll(", "return given; given.replaceAll("),
    (offers_data, 'new XMLSerializer().serializeToString(one("svg", figure))', '"<p/>"'),
    (fits_a_phone, '<main id="main"', '<p style="width: 900px">wide</p><main id="main"'),
    (fits_a_phone, "part.open = !narrow.matches", "part.open = true"),
    (fits_a_phone, "max-width: 26rem", "max-width: 9rem"),
    (prints, "@media print", "@media nothing"),
    (is_accessible, 'role="group"', 'role="region"'),
    (is_accessible, '<aside class="bar"', '<div class="bar"'),
    (is_accessible, "--soft: light-dark(#565c64", "--soft: light-dark(#b6bcc4"),
    (is_accessible, '<html lang="da">', "<html>"),
]  # fmt: skip
"""A check, what stands in the page, and what breaks it."""
