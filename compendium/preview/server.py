"""Serves the preview to its owner's browser and to nobody else, with Jupyter's own web server.

It listens on the loopback address alone. Who asks must know the token, once in the address and then
in a cookie; the name of the host must be ours, or a page of another's could lead its own name here;
and a page of another origin is refused.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import webbrowser
from collections.abc import Callable, Iterator
from hmac import compare_digest
from html import escape
from pathlib import Path
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler
from tornado.websocket import WebSocketHandler
from watchfiles import DefaultFilter, awatch

from compendium.chapter.catalogue import SOURCE
from compendium.chapter.formatting import words
from compendium.errors import CompendiumError
from compendium.files import scratch_folder, write
from compendium.preview.session import Message, Session
from compendium.workspace import ROOT, Workspace

READS = ("compendium/preview/preview.js", "compendium/preview/preview.css")
HERE = Path(__file__).parent
ADDRESS = "127.0.0.1"
_LEFT_OUT = ("outputs", "tests", "docs", "benchmarks", "node_modules")
_TOGETHER, _QUIET = 200, 20  # milliseconds: saves at once are one, when it has been quiet
_POLICY = "default-src 'none';"
_HEADERS = {"Cache-Control": "no-store", "X-Frame-Options": "DENY"}


class _Guarded(RequestHandler):
    """Answers those who know the token, ask by our name, and come from no other page."""

    preview: Preview

    def initialize(self, preview: Preview) -> None:
        """Take what all share."""
        self.preview = preview

    def set_default_headers(self) -> None:
        """Keep pages to the browser that asked."""
        for name, value in _HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        """Refuse strangers."""
        preview, origin = self.preview, self.request.headers.get("Origin")
        if self.request.host not in preview.hosts:
            raise HTTPError(403, reason="Another host")
        if origin not in (None, f"http://{self.request.host}"):
            raise HTTPError(403, reason="Another origin")
        given = self.get_query_argument("token", "")
        known = given or self.get_cookie(preview.cookie) or ""
        if not compare_digest(known.encode(), preview.token.encode()):
            raise HTTPError(403, reason="No token")
        if given:
            self.set_cookie(preview.cookie, given, httponly=True, samesite="Lax")

    def write_error(self, status_code: int, **_: Any) -> None:
        """Say what to do."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        advice = "Open the address that `python run_all.py preview` printed, with its token."
        self.finish(f"{status_code} {self._reason}. {advice if status_code == 403 else ''}\n")


class _Start(_Guarded):
    def get(self) -> None:
        self.redirect(f"/{self.preview.languages[0]}/report.html")


class _Report(_Guarded):
    async def get(self, lang: str) -> None:
        session = self.preview.session
        page = await asyncio.to_thread(session.page, lang)
        self.finish(self.preview.dressed(page, lang, session.shown[lang].number))


class _Pdf(_Guarded):
    async def get(self, lang: str) -> None:
        try:
            made = await asyncio.to_thread(self.preview.session.pdf, lang)
        except CompendiumError as error:
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(f"The PDF could not be made: {error}\n")
        else:
            self.set_header("Content-Type", "application/pdf")
            self.finish(made)


class _Live(_Guarded, WebSocketHandler):
    """A browser's page, which hears of changes."""

    lang = ""

    def open(self) -> None:
        """Begin to tell, or have a page loaded anew that has missed something."""
        self.lang = self.get_query_argument("lang")
        self.preview.readers.add(self)
        shown = self.preview.session.shown.get(self.lang)
        if shown is None or str(shown.number) != self.get_query_argument("number"):
            self.write_message({"reload": True})
        self.write_message(self.preview.session.state)

    def on_close(self) -> None:
        """Forget it."""
        self.preview.readers.discard(self)


class Preview:
    """A preview that runs: who reads, what is served, and what was saved meanwhile."""

    def __init__(self, workspace: Workspace, jobs: int) -> None:
        self.workspace = workspace
        ordered = sorted(workspace.languages, key=lambda lang: lang != SOURCE)
        self.languages = ordered or [SOURCE]
        self.session = Session(workspace, jobs, self._tell)
        self.readers: set[_Live] = set()
        self.token = secrets.token_urlsafe(32)
        self.hosts: set[str] = set()
        self.cookie = ""
        self._saved: set[Path] = set()
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def run(self, began: Callable[[str], None]) -> None:
        """Serve and follow until it is cancelled."""
        sockets = bind_sockets(0, ADDRESS)
        port = sockets[0].getsockname()[1]
        self.hosts = {f"{name}:{port}" for name in (ADDRESS, "localhost")}
        self.cookie = f"preview-{port}"
        langs = "|".join(self.languages)
        shared = {"preview": self}
        server = HTTPServer(
            Application(
                [
                    ("/", _Start, shared),
                    (f"/({langs})/report.html", _Report, shared),
                    (f"/({langs})/report.pdf", _Pdf, shared),
                    ("/live", _Live, shared),
                ],
                default_handler_class=_Guarded,
                default_handler_args=shared,
                log_function=lambda _: None,  # nothing of it concerns the author
            )
        )
        server.add_sockets(sockets)
        self._wake.set()
        began(f"http://{ADDRESS}:{port}/?token={self.token}")
        tasks = [asyncio.create_task(work) for work in (self._watch(), self._follow())]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            server.stop()
            await asyncio.to_thread(self.session.stop, for_good=True)

    def dressed(self, page: str, lang: str, number: int) -> str:
        """Return a page that follows, with a line that says what runs and what is wrong."""
        others = (
            f'<a href="/{other}/report.html" hreflang="{other}">{words(other)["language"]}</a>'
            for other in self.languages
            if other != lang
        )
        links = " ".join([f'<a href="/{lang}/report.pdf" target="_blank">PDF</a>', *others])
        about = escape(json.dumps({"lang": lang, "number": number}), quote=True)
        bar = (
            f'<aside id="preview" data-about="{about}" aria-label="Preview">'
            f'<p role="status">…</p><div role="alert" hidden></div><nav>{links}</nav></aside>'
        )
        style, script = ((HERE / name).read_text("utf-8") for name in ("preview.css", "preview.js"))
        page = page.replace(_POLICY, f"{_POLICY} connect-src 'self';", 1)
        before, end, after = page.rpartition("</body>")
        return f"{before}<style>{style}</style>{bar}<script>{script}</script>{end}{after}"

    async def _watch(self) -> None:
        """Note what is saved, and end what runs on what was before."""
        seen = DefaultFilter(
            ignore_dirs=(*DefaultFilter.ignore_dirs, ".ipynb_checkpoints"),
            ignore_entity_patterns=(*DefaultFilter.ignore_entity_patterns, r"^\."),
        )
        folders = [*watched(self.workspace)]
        async for changes in awatch(
            *folders, watch_filter=seen, debounce=_TOGETHER, step=_QUIET, rust_timeout=500
        ):
            self._saved |= {Path(path) for _, path in changes}
            self.session.stop()
            self._wake.set()

    async def _follow(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            saved, self._saved = self._saved, set()
            await asyncio.to_thread(self.session.update, saved)

    def _tell(self, lang: str, message: Message) -> None:
        """Tell readers from any thread."""
        self._loop.call_soon_threadsafe(self._send, lang, message)

    def _send(self, lang: str, message: Message) -> None:
        for reader in list(self.readers):
            if lang in ("", reader.lang):
                reader.write_message(dict(message))


def watched(workspace: Workspace) -> Iterator[Path]:
    """Yield the folders whose files a report is made of."""
    for root in {workspace.root, ROOT}:
        for path in root.iterdir():
            hidden = path.name.startswith((".", "_")) or path.name in _LEFT_OUT
            if path.is_dir() and not hidden and not workspace.full_out.is_relative_to(path):
                yield path
    if not workspace.data.is_relative_to(workspace.root):
        yield workspace.data


def preview(workspace: Workspace, jobs: int, say: Callable[[object], None]) -> int:
    """Serve the preview until Ctrl-C; its address is told, and opened in a browser."""

    async def run() -> None:
        with scratch_folder() as folder:

            def began(address: str) -> None:
                say(f"{address}\nthe page follows every save; Ctrl-C ends it")
                way = folder / "preview.html"  # others see what a browser is started with
                write(way, f'<meta http-equiv="refresh" content="0; url={address}">')
                webbrowser.open(way.as_uri())

            await Preview(workspace, jobs).run(began)

    try:
        asyncio.run(run())
    finally:
        if not any(workspace.out.glob("report/*/report.html")):  # older than what was saved
            say(f"the next build writes the report to {workspace.out}: python run_all.py")
    return 0
