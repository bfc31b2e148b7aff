"""A person's key planted where it may leak, one file each: what a search of results must find.

`PLANTS` names the places; each makes (file name, bytes) that hold the key given.
"""

import base64
import gzip
import io
import json
import zipfile
from collections.abc import Callable

import openpyxl
import pikepdf
import typst
from openpyxl.comments import Comment
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from compendium.chapter.payloads import MIME

File = tuple[str, bytes]


def _notebook(**parts: object) -> bytes:
    cell = {"cell_type": "code", "id": "a", "source": [], "metadata": {}, "outputs": []}
    held = {"metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    cell |= {name: part for name, part in parts.items() if name != "about"}
    return json.dumps({**held, "metadata": parts.get("about", {}), "cells": [cell]}).encode()


def _shown(data: dict[str, object]) -> bytes:
    return _notebook(outputs=[{"output_type": "display_data", "data": data, "metadata": {}}])


def _exhibit(**payload: object) -> bytes:
    return _shown({MIME: {"kind": "table", "id": "a", **payload}})


def png(key: str, *, packed: bool = False) -> bytes:
    told, out = PngInfo(), io.BytesIO()
    (told.add_itxt if packed else told.add_text)("Comment", f"of {key}", zip=packed)
    Image.new("L", (4, 4)).save(out, "PNG", pnginfo=told)
    return out.getvalue()


def jpeg(key: str) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = f"of {key}"
    Image.new("L", (4, 4)).save(out, "JPEG", exif=exif)
    return out.getvalue()


def pdf(body: str, change: Callable[[pikepdf.Pdf], None] = lambda _: None) -> bytes:
    """Return a PDF of Typst markup, changed with pikepdf."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(typst.compile(body.encode()))) as document:
        change(document)
        document.save(out)
    return out.getvalue()


def _drawn(key: str, turned: str = "") -> str:
    size = 'xmlns="http://www.w3.org/2000/svg" width="200" height="200"'
    texts = f'<text x="20" y="60" {turned}>unit {key}</text><text x="20" y="80">9</text>'
    return f'#image(bytes({json.dumps(f"<svg {size}>{texts}</svg>")}), format: "svg")'


def _xmp(key: str) -> Callable[[pikepdf.Pdf], None]:
    def change(document: pikepdf.Pdf) -> None:
        with document.open_metadata() as about:
            about["dc:description"] = f"about {key}"

    return change


def _attached(key: str) -> Callable[[pikepdf.Pdf], None]:
    def change(document: pikepdf.Pdf) -> None:
        document.attachments["a.csv"] = f"a,b\n{key},1\n".encode()

    return change


def xlsx(change: Callable[[openpyxl.Workbook], None]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    change(book)
    book.save(out)
    return out.getvalue()


def _archive(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _lines(data: bytes) -> str:
    return base64.encodebytes(data).decode()


def _spelled(key: str) -> str:
    return "".join(f"\\u{ord(letter):04x}" for letter in key)


def _traceback(key: str) -> bytes:
    said = [f"\x1b[0;31mKeyError\x1b[0m: '{key}'"]
    return _notebook(
        outputs=[{"output_type": "error", "ename": "KeyError", "evalue": "", "traceback": said}]
    )


def _printed(key: str) -> bytes:
    told = {"output_type": "stream", "name": "stdout", "text": ["a\n", f"{key} 5\n"]}
    return _notebook(outputs=[told])


PLANTS: dict[str, Callable[[str], File]] = {
    "cell of a table, notebook": lambda k: ("a.ipynb", _exhibit(rows=[[k, 3]])),
    "caption, notebook": lambda k: ("a.ipynb", _exhibit(caption=f"As for {k}")),
    "alternative text, notebook": lambda k: ("a.ipynb", _exhibit(alt={"text": f"{k} is highest"})),
    "sentence with values, notebook": lambda k: (
        "a.ipynb",
        _exhibit(text="{who} is", values={"who": {"unit": "text", "value": k}}),
    ),
    "output as HTML, notebook": lambda k: ("a.ipynb", _shown({"text/html": [f"<td>{k}</td>"]})),
    "drawing in a payload, notebook": lambda k: (
        "a.ipynb",
        _exhibit(svg={"da": f'<svg><g id="p_{k}"/></svg>'}),
    ),
    "picture's metadata, notebook": lambda k: ("a.ipynb", _shown({"image/png": _encoded(png(k))})),
    "metadata of the notebook": lambda k: ("a.ipynb", _notebook(about={"authors": [{"x": k}]})),
    "metadata of a cell": lambda k: ("a.ipynb", _notebook(metadata={"tags": [k]})),
    "traceback": lambda k: ("a.ipynb", _traceback(k)),
    "printed": lambda k: ("a.ipynb", _printed(k)),
    "source": lambda k: ("a.ipynb", _notebook(source=[f"x = panel.loc['{k}']"])),
    "prose": lambda k: ("a.ipynb", _notebook(cell_type="markdown", source=[f"As {k} shows."])),
    "cell of a table, HTML": lambda k: ("a.html", f"<td>{k}</td><td>5</td>".encode()),
    "cut by tags, HTML": lambda k: ("a.html", f"<td>{k[:3]}<b>{k[3:]}</b></td><td>5".encode()),
    "comment, HTML": lambda k: ("a.html", f"<p>a</p><!-- {k} -->".encode()),
    "attribute, HTML": lambda k: ("a.html", f'<img alt="of {k}">'.encode()),
    "as entities, HTML": lambda k: ("a.html", "".join(f"&#{ord(c)};" for c in f"<p>{k}").encode()),
    "data of a script, HTML": lambda k: (
        "a.html",
        f'<script>{{"a": "x\\n{_spelled(k)}"}}</script>'.encode(),
    ),
    "picture inside, HTML": lambda k: (
        "a.html",
        f'<img src="data:image/png;base64,{_encoded(png(k))}">'.encode(),
    ),
    "picture in lines, SVG": lambda k: (
        "a.svg",
        f'<svg><image href="data:image/png;base64,\n{_lines(png(k))}"/></svg>'.encode(),
    ),
    "text, SVG": lambda k: (
        "a.svg",
        f"<svg><text>{k[:4]}<tspan>{k[4:]}</tspan></text></svg>".encode(),
    ),
    "id, SVG": lambda k: ("a.svg", f'<svg><g id="point_{k}"/></svg>'.encode()),
    "coordinate, SVG": lambda k: ("a.svg", f'<svg><path d="M 12.5 3 L {k} 4.25"/></svg>'.encode()),
    "title, SVG": lambda k: ("a.svg", f"<svg><title>{k}</title></svg>".encode()),
    "values": lambda k: ("values.json", json.dumps({"values": {"a": {"who": k}}}).encode()),
    "name of a value": lambda k: (
        "values.json",
        json.dumps({"values": {k: {"value": 2}}}).encode(),
    ),
    "crate": lambda k: (
        "ro-crate-metadata.json",
        json.dumps({"@graph": [{"@id": f"a/{k}.csv"}]}).encode(),
    ),
    "memory of the build": lambda k: (".build/steps.json", json.dumps({"x": [f"p={k}"]}).encode()),
    "log": lambda k: ("a.log", f"12:00 read\n12:01 no row for {k}, skipped\n".encode()),
    "CSV": lambda k: ("a.csv", f"who,n\n{k},5\n".encode()),
    "CSV of an older program": lambda k: ("a.csv", f"hvem;år\n{k};5\n".encode("cp1252")),
    "Windows text": lambda k: ("a.txt", f"who {k}".encode("utf-16")),
    "page, PDF": lambda k: ("a.pdf", pdf(f"As {k} shows.")),
    "two fonts, PDF": lambda k: ("a.pdf", pdf(f"As {k[:4]}#strong[{k[4:]}] shows.")),
    "broken line, PDF": lambda k: ("a.pdf", pdf(f"As {k[:4]}-\\\n{k[4:]} shows.")),
    "title, PDF": lambda k: ("a.pdf", pdf(f'#set document(title: "{k}")\na')),
    "XMP, PDF": lambda k: ("a.pdf", pdf("a", _xmp(k))),
    "attachment, PDF": lambda k: ("a.pdf", pdf("a", _attached(k))),
    "link, PDF": lambda k: ("a.pdf", pdf(f'#link("https://a.dk/{k}")[a]')),
    "alternative text, PDF": lambda k: (
        "a.pdf",
        pdf(f'#figure(rect(), caption: [a], alt: "of {k}")'),
    ),
    "drawing, PDF": lambda k: ("a.pdf", pdf(_drawn(k))),
    "turned drawing, PDF": lambda k: ("a.pdf", pdf(_drawn(k, 'transform="rotate(-90 60 60)"'))),
    "heading, PDF": lambda k: ("a.pdf", pdf(f"= About {k}\na")),
    "cell, Excel": lambda k: ("a.xlsx", xlsx(lambda b: b.active.append(["a", k]))),
    "comment, Excel": lambda k: (
        "a.xlsx",
        xlsx(lambda b: setattr(b.active["A1"], "comment", Comment(k, "a"))),
    ),
    "name of a sheet, Excel": lambda k: ("a.xlsx", xlsx(lambda b: setattr(b.active, "title", k))),
    "properties, Excel": lambda k: (
        "a.xlsx",
        xlsx(lambda b: setattr(b.properties, "description", k)),
    ),
    "text of a PNG": lambda k: ("a.png", png(k)),
    "packed text of a PNG": lambda k: ("a.png", png(k, packed=True)),
    "after the end of a PNG": lambda k: ("a.png", png("nobody") + k.encode()),
    "EXIF of a JPEG": lambda k: ("a.jpg", jpeg(k)),
    "name of a file": lambda k: (f"curve_{k}.svg", b"<svg/>"),
    "name of a folder": lambda k: (f"{k}/a.txt", b"a"),
    "archive": lambda k: ("a.zip", _archive("a.csv", f"who\n{k}\n".encode())),
    "packed": lambda k: ("a.csv.gz", gzip.compress(f"who\n{k}\n".encode())),
}
