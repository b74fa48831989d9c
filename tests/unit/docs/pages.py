# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of this project: their code blocks, headings and links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# Every page that people write; tools write the others.
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "roles/*/README.md")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"
)
FENCE = re.compile(r"^(?:<!-- (?P<mark>[^\n]*) -->\n)?```(?P<language>\S*)\n(?P<text>.*?)^```$", re.M | re.S)


# The pages on which names that the programs print are headings.
SLUGS = (
    "docs/operate/reasons.md",
    "docs/operate/faults.md",
    "docs/rules.md",
    "docs/drill/scenarios.md",
    "docs/drill/verdicts.md",
)


@dataclass(frozen=True)
class Block:
    """A fenced block. A comment in the line above, `<!-- like this -->`, may say what kind of block it is."""

    page: Path
    line: int
    language: str
    mark: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def file(self) -> str | None:
        """The name of the inventory file that it shows, from its first line."""
        named = re.match(r"# ([\w./-]+\.yml)\n", self.text)
        return named and named[1]


def blocks(page: Path) -> list[Block]:
    text = page.read_text()
    return [
        Block(page, text.count("\n", 0, found.start()) + 1, found["language"], found["mark"] or "", found["text"])
        for found in FENCE.finditer(text)
    ]


def prose(page: Path) -> str:
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text()))


def links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))


def anchors(page: Path) -> set[str]:
    """The anchors of the headings, as GitHub and the site make them."""
    found: set[str] = set()
    for title in re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()
        found.add("".join(c for c in plain if c.isalnum() or c in " -_").replace(" ", "-"))
    return found


def commands(block: Block) -> list[str]:
    """The commands of a console block: lines with a prompt, and their continuations."""
    joined = block.text.replace("\\\n", " ")
    return [re.sub(r"\s#\s.*", "", line) for line in re.findall(r"^[$#] (.*)$", joined, re.M)]


def sections(page: Path) -> list[tuple[str, str, str]]:
    """Each heading that is a name in code, with the heading above it, and its text."""
    found, group = [], ""
    for level, title, text in re.findall(r"^(##+) (.+)\n((?:(?!##).*\n?)*)", FENCE.sub("", page.read_text()), re.M):
        name = re.fullmatch(r"`([^`]+)`", title)
        if name:
            found.append((group, name[1], text))
        elif level == "##":
            group = title
    return found
