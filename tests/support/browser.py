"""Chromium for tests, spoken to in its own protocol over a pipe: no port, no driver to download.

    with Browser() as browser:
        page = browser.open(path)
        assert page.js("document.title") == "…"

A page keeps what it asked the network for and what it complained about.
"""

import base64
import fcntl
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

QUIET = ("background-networking", "component-update", "sync", "gpu", "default-apps", "extensions")
_HAND_OVER = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4);"
    "os.execvp(sys.argv[3], sys.argv[3:])"
)
_ABOVE = 10  # file descriptors that 3 and 4 do not overwrite


class Browser:
    """A headless Chromium with a profile of its own."""

    def __init__(self):
        program = shutil.which("chromium")
        assert program, "chromium is missing (Debian: apt-get install chromium)"
        self.profile = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        to_read, write = os.pipe()
        read, to_write = os.pipe()
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, _ABOVE) for end in (to_read, to_write)]
        command = [
            program, "--headless", "--no-sandbox", "--no-first-run", "--hide-scrollbars",
            "--force-device-scale-factor=1", "--remote-debugging-pipe",
            f"--user-data-dir={self.profile.name}",
            *(f"--disable-{service}" for service in QUIET),
        ]  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-c", _HAND_OVER, *map(str, ends), *command],
            pass_fds=ends,
            stderr=subprocess.DEVNULL,
        )
        for end in (to_read, to_write, *ends):
            os.close(end)
        self.input, self.output = os.fdopen(write, "wb", 0), os.fdopen(read, "rb")
        self.numbers = itertools.count(1)
        self.pages = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.call("Browser.close")
        self.process.wait(20)
        self.input.close()
        self.output.close()
        self.profile.cleanup()

    def call(self, method, session=None, **parameters):
        """Send a command and return its result; events that come meanwhile go to their pages."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters}
        message |= {"sessionId": session} if session else {}
        self.input.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']['message']}"
                return answer["result"]

    def _next(self):
        text = bytearray()
        while (byte := self.output.read(1)) != b"\0":
            assert byte, "chromium ended"
            text += byte
        answer = json.loads(text)
        page = self.pages.get(answer.get("sessionId"))
        if page and "method" in answer:
            page.events.append(answer)
        return answer

    def open(self, path, width=1300, height=900, *, dark=False):
        """Open a file, or an address of this machine, in a page of this size."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self.pages[session] = Page(self, session)
        for domain in ("Page", "Network", "Runtime", "Log"):
            page.call(f"{domain}.enable")
        page.call("Emulation.setFocusEmulationEnabled", enabled=True)
        page.look(width, height, dark=dark)
        page.go(path if str(path).startswith("http:") else Path(path).resolve().as_uri())
        return page


class Page:
    """A page of a browser."""

    def __init__(self, browser, session):
        self.browser, self.session, self.events = browser, session, []

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def look(self, width, height, *, dark=False, printed=False):
        """Give the page a size, a theme and a medium."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call(
            "Emulation.setEmulatedMedia", features=[feature], media="print" if printed else ""
        )

    def go(self, address):
        """Load an address and wait until it is there."""
        self.call("Page.bringToFront")
        before = len(self.events)
        self.call("Page.navigate", url=address)
        while not any(e["method"] == "Page.loadEventFired" for e in self.events[before:]):
            self.browser._next()

    def js(self, code):
        """Return what an expression comes to, promises awaited."""
        asked = {"expression": code, "awaitPromise": True, "returnByValue": True}
        answer = self.call("Runtime.evaluate", **asked)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def settle(self):
        """Wait for two frames: what a script does on scrolling has been done then."""
        self.call("Page.bringToFront")  # what lies behind is not drawn
        self.js("new Promise(d => requestAnimationFrame(() => requestAnimationFrame(() => d(1))))")

    def press(self, key, text=""):
        """Press a key."""
        codes = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowDown": 40, "ArrowUp": 38}
        how = {"key": key, "windowsVirtualKeyCode": codes.get(key, 0)}
        told = text or ("\r" if key == "Enter" else key if len(key) == 1 else "")
        self.call("Input.dispatchKeyEvent", type="keyDown", text=told, **how)
        self.call("Input.dispatchKeyEvent", type="keyUp", **how)
        self.settle()

    def write(self, text):
        """Write a text where the focus is."""
        self.call("Input.insertText", text=text)
        self.settle()

    def mouse(self, selector, *kinds):
        """Move the mouse to the middle of an element, and press it there."""
        found = json.dumps(selector)
        self.js(f"document.querySelector({found}).scrollIntoView({{block: 'center'}})")
        self.settle()
        box = self.js(f"document.querySelector({found}).getClientRects()[0].toJSON()")
        spot = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        self.call("Input.dispatchMouseEvent", type="mouseMoved", **spot)
        for kind in kinds:
            pressed = {"button": "left", "clickCount": 1}
            self.call("Input.dispatchMouseEvent", type=kind, **spot, **pressed)
        self.settle()

    def click(self, selector):
        self.mouse(selector, "mousePressed", "mouseReleased")

    def asked_for(self):
        """Return the addresses the page asked for, but for itself and what it holds."""
        sent = [e["params"] for e in self.events if e["method"] == "Network.requestWillBeSent"]
        urls = [one["request"]["url"] for one in sent]
        return [url for url in urls if not url.startswith(("file:", "data:", "blob:", "about:"))]

    def complaints(self):
        """Return errors and warnings of scripts, of the policy and of the browser."""
        said = []
        for event in self.events:
            told = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                said.append(told["exceptionDetails"]["text"])
            elif event["method"] == "Runtime.consoleAPICalled" and told["type"] != "log":
                said.append(str(told["args"]))
            elif event["method"] == "Log.entryAdded":
                said.append(told["entry"]["text"])
        return said

    def picture(self, path):
        """Write what the page shows as a PNG."""
        Path(path).write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))
