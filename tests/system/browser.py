# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages in a real browser: each measures itself, wide and narrow, light and dark."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from harness import Run

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)

needs_browser = pytest.mark.skipif(
    BROWSER is None, reason=f"no browser ({', '.join(BROWSERS)}): apt-get install chromium-headless-shell"
)

# The page measures itself. Contrast as in WCAG 2: of each text against the colour behind it.
PROBE = """
<script>
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
addEventListener('load', () => {
  const texts = [...document.body.querySelectorAll('*')].filter(
    e => !['SCRIPT', 'title'].includes(e.tagName) && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  const worst = texts.reduce((a, b) => contrast(a) < contrast(b) ? a : b);
  document.documentElement.dataset.probe = JSON.stringify({
    width: innerWidth, scroll: document.documentElement.scrollWidth,
    // The head of a narrow table is there for screen readers only; what scrolls in a box of its own can be reached.
    outside: texts.filter(e => !e.closest('thead') && box(e).width > 1 && box(e).right > innerWidth + 1 && !scrolls(e))
      .map(e => e.textContent),
    contrast: contrast(worst), faint: worst.textContent,
    background: light(behind(document.body)),
    fetched: performance.getEntriesByType('resource').map(e => e.name),
    shown: document.body.innerText,
    more: MORE,
  });
});
</script></body>"""


def browse(run: Run, page: Path, *flags: str, width: int = 1280, scheme: str = "light") -> str:
    """The browser's messages and then the page's document; lines from the page's console contain CONSOLE."""
    flags = ("--disable-gpu", "--hide-scrollbars", f"--user-data-dir={page.parent / 'profile'}", *flags)
    flags += (f"--window-size={width},900", f"--blink-settings=preferredColorScheme={int(scheme == 'light')}")
    # The browser's sandbox does not work as root.
    flags += ("--no-sandbox",) if os.geteuid() == 0 else ()
    return run(BROWSER, "--headless", "--enable-logging=stderr", *flags, "--dump-dom", page.as_uri(), silence=300)


def measure(run: Run, page: Path, width: int, scheme: str, more: str = "null") -> dict[str, Any]:
    """Assert what holds for every page; return the other measurements, with the value of the expression `more`."""
    # The page itself allows no scripts and fetches nothing, so a copy that allows scripts is measured.
    policy = re.compile(r'<meta http-equiv="Content-Security-Policy" content="default-src \'none\';[^>]*>')
    text, count = policy.subn("", page.read_text())
    assert count == 1
    said = [line for line in browse(run, page, width=width, scheme=scheme).splitlines() if ":CONSOLE" in line]
    assert said == [], "errors on the console"
    probed = page.with_name("probed.html")
    probed.write_text(text.replace("</body>", PROBE.replace("MORE", more)))
    shown = browse(run, probed, width=width, scheme=scheme)
    measured = re.search(r'data-probe="([^"]*)"', shown)
    assert measured, "the page did not load"
    seen: dict[str, Any] = json.loads(html.unescape(measured[1]))
    assert seen["width"] == width
    assert seen["scroll"] <= width, "it scrolls sideways"
    assert seen["outside"] == []
    assert seen["contrast"] >= 4.5, seen["faint"]
    assert (seen["background"] < 0.5) == (scheme == "dark")
    assert seen["fetched"] == []
    return seen
