"""Takes the picture of the report that README shows, from a built report in Chromium.

    .venv/bin/python tests/support/picture.py outputs/report/en/report.html docs/report.png

It shows a figure with its uncertainty, and what a reader is told of a number of the text.
"""

import base64
import io
import sys
from pathlib import Path

from browser import Browser
from PIL import Image

SIZE = (1280, 900)
COLOURS = 128
POINT = """(() => {
    document.documentElement.dataset.theme = "light";
    const figure = document.getElementById("fig-shift");
    const numbers = [...document.querySelectorAll("a[data-id^='shift.route1']")];
    const near = numbers.filter(number => figure.closest("section").contains(number));
    figure.scrollIntoView({ block: "center" });
    const onScreen = number => {
        const { top } = number.getBoundingClientRect();
        return top > 120 && top < innerHeight - 40;
    };
    const seen = near.find(onScreen) ?? near[0];
    seen.dispatchEvent(new Event("pointerover", { bubbles: true }));
})()"""


def picture(report: Path) -> bytes:
    """The page as a PNG of few colours."""
    with Browser() as browser:
        page = browser.open(report, *SIZE)
        page.js(POINT)
        page.settle()
        shot = base64.b64decode(page.call("Page.captureScreenshot")["data"])
    made = io.BytesIO()
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
    return made.getvalue()


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_bytes(picture(source))
