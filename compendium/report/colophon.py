"""What a report was made of, told on its last page; and how long it took, on a page beside it.

The last page holds what is the same whenever and wherever the same report is made, so that two
builds give the same bytes: inputs, data, parameters, versions. Times and the machine differ each
time and stand in `build.html`, which the last page names.
"""

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from string import Template
from typing import Any

from compendium.chapter.formatting import bare, words

READS = ("compendium/report/build.html",)
HERE = Path(__file__).parent
LIBRARIES = "pandas numpy scipy statsmodels matplotlib seaborn papermill pypandoc_binary typst"
_SHORT = 12  # letters of a hash on the cover


@dataclass(frozen=True)
class Colophon:
    """What a report rests on.

    `citation` is the file that says how to cite; `inputs` and `data` are hashes of all inputs of
    the computations and of the study's tables; `commit` is known where no file differs from it;
    `parameters` are what the chapters ran with, and the numbers of these chapters.
    """

    citation: Path
    inputs: str
    data: str
    commit: str
    parameters: str

    @cached_property
    def _work(self) -> dict[str, Any]:
        import yaml  # type: ignore[import-untyped]

        return dict(yaml.safe_load(self.citation.read_text("utf-8")))

    def imprint(self, lang: str) -> list[str]:
        """Return the lines at the foot of the cover: how to cite, the licence, the inputs."""
        told, work = words(lang)["colophon_lines"], self._work
        authors = ", ".join(author["name"] for author in work["authors"])
        return [
            f"{authors}: {work['title']}, version {work['version']}.",
            told["licences"].format(*work["license"]),
            told["imprint"].format(self.inputs[:_SHORT]),
        ]

    def entries(self, lang: str, *, standin: bool) -> dict[str, str]:
        """Return what each line of the last page tells, in Markdown, by its heading."""
        told, (cite, licence, _) = words(lang)["colophon_lines"], self.imprint(lang)
        libraries = filter(None, map(_installed, LIBRARIES.split()))
        facts = {
            "cite": cite,
            "licence": licence,
            "data": told["made_up" if standin else "delivered"].format(f"`{self.data}`"),
            "parameters": self.parameters,
            "inputs": told["digest"].format(f"`{self.inputs}`"),
            "commit": f"`{self.commit}`" if self.commit else told["no_commit"],
            "versions": ", ".join([f"Python {platform.python_version()}", *libraries]),
            "times": f"[{told['beside']}](build.html)",
        }
        return {told[name]: fact for name, fact in facts.items() if fact}


def _installed(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:  # typst, where a site does not let it in
        return ""


def build_page(lang: str, runs: Iterable[tuple[str, str, float, int | None]]) -> str:
    """Return the page of times: a line for each step, its start in UTC, its seconds and memory.

    Memory is the most that a chapter's kernel held, in bytes; nothing is told of other steps.
    """
    text = words(lang)
    rows = [
        f'<tr><th scope="row">{escape(name)}</th><td>{began}</td>'
        f"<td>{bare(seconds, 'number', lang, 1)}</td>"
        f"<td>{bare(peak / 1e6, 'number', lang, 0) if peak else ''}</td></tr>"
        for name, began, seconds, peak in runs
    ]
    machine = f"{platform.system()} {platform.machine()} · {os.cpu_count()} CPU · Python "
    return Template((HERE / "build.html").read_text("utf-8")).substitute(
        lang=lang,
        title=text["build"],
        machine=escape(machine + platform.python_version()),
        heads="".join(f'<th scope="col">{head}</th>' for head in text["build_columns"]),
        rows="\n".join(rows),
        back=text["back"],
    )
