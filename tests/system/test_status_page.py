# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page that the playbook status writes, in a real browser: wide and narrow, in light and in darkness."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from harness import ROOT, Run

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason=f"no browser ({', '.join(BROWSERS)}): apt-get install chromium-headless-shell"
)

# What the page measures of itself. Contrast as in WCAG 2: of each text against what is painted behind it.
PROBE = """
<script>
const numbers = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
const behind = element => {
  for (; element; element = element.parentElement) {
    const found = numbers(getComputedStyle(element).backgroundColor);
    if (found.length === 3 || found[3] > 0) return found;
  }
  return [255, 255, 255];
};
const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
  .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
const contrast = element => {
  const [low, high] = [light(numbers(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => a - b);
  return (high + .05) / (low + .05);
};
addEventListener('load', () => {
  const texts = [...document.body.querySelectorAll('*')].filter(
    e => e.tagName !== 'SCRIPT' && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  const box = e => e.getBoundingClientRect();
  const worst = texts.reduce((a, b) => contrast(a) < contrast(b) ? a : b);
  document.documentElement.dataset.probe = JSON.stringify({
    width: innerWidth, scroll: document.documentElement.scrollWidth,
    // The head of a narrow table is there for screen readers only.
    outside: texts.filter(e => !e.closest('thead') && box(e).width > 1 && box(e).right > innerWidth + 1)
      .map(e => e.textContent),
    contrast: contrast(worst), faint: worst.textContent,
    background: light(behind(document.body)),
    fetched: performance.getEntriesByType('resource').map(e => e.name),
    stacked: getComputedStyle(document.querySelector('td')).display,
    shown: document.body.innerText,
  });
});
</script></body>"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page for the estate that the unit tests use, one server of which has the longest of names."""
    folder = tmp_path_factory.mktemp("page")
    writer = ROOT / "tests/unit/status/test_templates.py"
    subprocess.run([sys.executable, writer, folder], check=True, timeout=120)
    found = folder / "status.html"
    found.write_text(found.read_text().replace("dorm-a", f"dhcp-{'x' * 58}.example.org"))
    return found


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [360, 800, 1280])
def test_page(run: Run, page: Path, width: int, scheme: str) -> None:
    # The page itself lets no script run; what is measured is a copy that does.
    policy = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
    text, count = policy.subn("", page.read_text())
    assert count == 1
    probed = page.with_name("probed.html")
    probed.write_text(text.replace("</body>", PROBE))
    flags = ["--disable-gpu", "--hide-scrollbars", f"--user-data-dir={page.parent / 'profile'}"]
    flags += [f"--window-size={width},900", f"--blink-settings=preferredColorScheme={int(scheme == 'light')}"]
    # A root has no sandbox to give its children.
    flags += ["--no-sandbox"] if os.geteuid() == 0 else []
    shown = run(BROWSER, "--headless", *flags, "--dump-dom", probed.as_uri(), timeout=60)
    measured = re.search(r'data-probe="([^"]*)"', shown)
    assert measured, "the page did not load"
    seen: dict[str, Any] = json.loads(html.unescape(measured[1]))
    assert seen["width"] == width
    assert seen["scroll"] <= width, "it scrolls sideways"
    assert seen["outside"] == []
    assert seen["contrast"] >= 4.5, seen["faint"]
    assert (seen["background"] < 0.5) == (scheme == "dark")
    assert seen["fetched"] == []
    assert seen["stacked"] == ("grid" if width < 720 else "table-cell")
    for words in ("recover-wait", "No server is known to answer clients", "1 critical", "Bring dhcpd on lab-b back"):
        assert words in seen["shown"]
