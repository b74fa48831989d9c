# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages in a real browser, which is started once and asked through its DevTools protocol."""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
# Of a screen.
HEIGHT = 800
# Seconds that the browser may take for an answer.
PATIENCE = 300
FLAGS = ("--headless", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe", "--no-first-run")

# A page measures itself. Contrast as in WCAG 2: of each text against the colour behind it.
MEASURE = """
const numbers = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
const box = element => element.getBoundingClientRect();
// What a drawing has painted, or a page its backgrounds, below a text; thin paint lets through what is behind it.
const over = ([r, g, b], share, below) => [r, g, b].map((v, i) => share * v + (1 - share) * below[i]);
const behind = element => {
  const svg = element.closest('text') && element.closest('svg');
  if (svg) {
    const inside = box(element), middle = (inside.top + inside.bottom) / 2;
    return [...svg.querySelectorAll('rect')].filter(rect => {
      const paint = box(rect);
      return paint.left <= inside.left && inside.left < paint.right && paint.top < middle && middle < paint.bottom
        && rect.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING;
    }).map(getComputedStyle).reduce((below, paint) => over(numbers(paint.fill), Number(paint.opacity), below),
      behind(svg));
  }
  for (; element; element = element.parentElement) {
    const found = numbers(getComputedStyle(element).backgroundColor);
    if (found.length === 3 || found[3] > 0) return found;
  }
  return [255, 255, 255];
};
const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
  .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
const paint = element => numbers(getComputedStyle(element)[element.closest('text') ? 'fill' : 'color']);
const contrast = element => {
  const [low, high] = [light(paint(element)), light(behind(element))].sort((a, b) => a - b);
  return (high + .05) / (low + .05);
};
const scrolls = element =>
  element && (getComputedStyle(element).overflowX === 'auto' || scrolls(element.parentElement));
const texts = [...document.body.querySelectorAll('*')].filter(
  e => !['SCRIPT', 'title'].includes(e.tagName) && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
const worst = texts.reduce((a, b) => contrast(a) < contrast(b) ? a : b);
return {
  width: innerWidth, scroll: document.documentElement.scrollWidth,
  // The head of a narrow table is there for screen readers only; what scrolls in a box of its own can be reached.
  outside: texts.filter(e => !e.closest('thead') && box(e).width > 1 && box(e).right > innerWidth + 1 && !scrolls(e))
    .map(e => e.textContent),
  contrast: contrast(worst), faint: worst.textContent,
  background: light(behind(document.body)),
  fetched: performance.getEntriesByType('resource').map(e => e.name),
  shown: document.body.innerText,
  more: MORE,
};
"""


@dataclass
class Browser:
    """A running browser with one page."""

    commands: int
    answers: int
    session: str = ""
    said: list[str] = field(default_factory=list)
    _number: int = 0
    _unread: bytes = b""

    def open(self, page: Path, width: int = 1280, scheme: str = "light", anchor: str = "", script: bool = True) -> None:
        """Show the page, about which the browser must have nothing to complain."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=HEIGHT, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        # Otherwise a page that is shown already would only be scrolled to an anchor.
        for address in ("about:blank", f"{page.as_uri()}#{quote(anchor)}"):
            self.said.clear()
            self.call("Page.navigate", url=address)
            self._until("Page.loadEventFired")
        assert self.said == [], "errors on the console"

    def ask(self, expression: str) -> Any:
        """The value of an expression in the page, also of a promise."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self._hear(answer)
        assert "error" not in answer, (method, answer["error"])
        return dict(answer["result"])

    def _until(self, event: str) -> None:
        while (message := self._next()).get("method") != event:
            self._hear(message)

    def _hear(self, message: dict[str, Any]) -> None:
        if message.get("method") in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
            self.said.append(json.dumps(message["params"]))

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while b"\0" not in self._unread:
            ready, *_others = select.select([self.answers], [], [], max(end - time.monotonic(), 0))
            found = os.read(self.answers, 1 << 20) if ready else b""
            assert found, "the browser has ended" if ready else f"no answer from the browser for {PATIENCE} s"
            self._unread += found
        text, _end, self._unread = self._unread.partition(b"\0")
        return dict(json.loads(text))


@contextmanager
def started() -> Iterator[Browser]:
    """A browser that reads commands from descriptor 3 and answers on 4."""
    if BROWSER is None:
        raise LookupError(f"no browser ({', '.join(BROWSERS)}): apt-get install chromium-headless-shell")
    with tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as folder:
        flags = [*FLAGS, f"--user-data-dir={folder}"]
        # The browser's sandbox does not work as root.
        flags += ["--no-sandbox"] if os.geteuid() == 0 else []
        pipes = [*os.pipe(), *os.pipe()]
        # Far from 3 and 4, which the shell sets.
        read, commands, answers, write = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in pipes)
        for end in pipes:
            os.close(end)
        shell = f'exec "$0" "$@" 3<&{read} 4>&{write}'
        with subprocess.Popen(
            ["bash", "-c", shell, BROWSER, *flags],
            pass_fds=(read, write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            os.close(read)
            os.close(write)
            try:
                browser = Browser(commands, answers)
                target = browser.call("Target.createTarget", url="about:blank")["targetId"]
                browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
                for domain in ("Page", "Runtime", "Log"):
                    browser.call(f"{domain}.enable")
                yield browser
            finally:
                process.terminate()
                os.close(commands)
                os.close(answers)


# Rules of axe-core that are off by default, because they came with WCAG 2.2.
RULES = {"target-size": {"enabled": True}}


def complaints(browser: Browser, axe: str) -> list[str]:
    """What axe-core says about the page that is open."""
    browser.ask(f"{axe};null")
    found = browser.ask(f"axe.run(document, {{rules: {json.dumps(RULES)}}}).then(found => found.violations)")
    return [f"{one['id']}: {node['html']}: {node['failureSummary']}" for one in found for node in one["nodes"]]


def measure(browser: Browser, page: Path, width: int, scheme: str, more: str = "null") -> dict[str, Any]:
    """Assert what holds for every page; return the other measurements, with the value of the expression `more`."""
    browser.open(page, width, scheme)
    seen: dict[str, Any] = browser.ask(f"(() => {{{MEASURE.replace('MORE', more)}}})()")
    assert seen["width"] == width
    assert seen["scroll"] <= width, "it scrolls sideways"
    assert seen["outside"] == []
    assert seen["contrast"] >= 4.5, seen["faint"]
    assert (seen["background"] < 0.5) == (scheme == "dark")
    assert seen["fetched"] == []
    return seen
