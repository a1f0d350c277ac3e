"""Headless Chromium over its debugging pipe (Chrome DevTools Protocol), with nothing but the standard library."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
]
WATCHED = {
    "Runtime.exceptionThrown",
    "Runtime.consoleAPICalled",
    "Log.entryAdded",
    "Page.javascriptDialogOpening",
    "Network.requestWillBeSent",
}


class Browser:
    """One page of a running Chromium. ``events`` holds what happened since the last :meth:`open`."""

    def __init__(self, write: int, read: int) -> None:
        self.write, self.read = write, read
        self.buffer = b""
        self.number = 0
        self.session = ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """Send a command and wait for its result."""
        self.number += 1
        self._send(self.number, method, parameters)
        while True:
            answer = self._next(30)
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]
            self._keep(answer)

    def _send(self, number: int, method: str, parameters: dict[str, Any]) -> None:
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")

    def _next(self, seconds: float) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.read], [], [], max(0, end - time.monotonic()))
            if not ready or not (block := os.read(self.read, 1 << 16)):
                raise TimeoutError("Chromium does not answer")
            self.buffer += block
        message, _, self.buffer = self.buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer

    def _keep(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        if event.get("method") == "Page.javascriptDialogOpening":  # an alert would block the page for ever
            self._send(0, "Page.handleJavaScriptDialog", {"accept": True})

    def open(self, path: Path, width: int = 1200, *, dark: bool = False, media: str = "screen") -> None:
        """Load a file as a page of this width and wait until it is there."""
        self.visit(path.as_uri(), width, dark=dark, media=media)

    def visit(self, url: str, width: int = 1200, *, dark: bool = False, media: str = "screen") -> None:
        """Load an address as a page of this width and wait until it is there."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.events.clear()
        self.call("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self._keep(self._next(30))

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page (the page's own policy does not apply to it)."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def noise(self) -> list[dict[str, Any]]:
        """Errors, console output, dialogs and requests since :meth:`open` (not the page's own, not ``data:``)."""
        found = [event for event in self.events if event.get("method") in WATCHED]
        return [event for event in found if not _own(event)]


def _own(event: dict[str, Any]) -> bool:
    if event["method"] != "Network.requestWillBeSent":
        return False
    return event["params"]["request"]["url"].startswith("data:") or event["params"].get("type") == "Document"


@contextmanager
def browser(program: str, profile: Path) -> Iterator[Browser]:
    """Start Chromium with a fresh profile and stop it at the end."""
    to_browser, our_write = os.pipe()
    our_read, from_browser = os.pipe()

    def place() -> None:
        # The child speaks on descriptors 3 and 4. They may be our own ends, so those are copied away first.
        receive, send = os.dup(to_browser), os.dup(from_browser)
        os.dup2(receive, 3)
        os.dup2(send, 4)

    process = subprocess.Popen(
        [program, *FLAGS, f"--user-data-dir={profile}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(3, 4),
        preexec_fn=place,
        start_new_session=True,
    )
    for descriptor in (to_browser, from_browser):
        os.close(descriptor)
    try:
        yield Browser(our_write, our_read)
    finally:
        os.close(our_write)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(our_read)
