# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The pages of status, drill and migrate: one file each, which needs no other.

Ansible's own engine does not escape, so this is an environment of its own, in which every value is escaped. For the
controller only, not for modules.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).resolve().with_name("pages")
# As galaxy.yml says. Each slug is a heading there.
DOCUMENTATION = "https://github.com/netlab/dhcp_failover/tree/main/docs"


@dataclass(frozen=True)
class Script:
    """A page's script, and the digest by which the page's policy allows this one and no other."""

    text: str

    @property
    def digest(self) -> str:
        return f"sha256-{b64encode(sha256(self.text.encode()).digest()).decode()}"


def render(name: str, **values: Any) -> str:
    """The page of this name, with its script if it has one."""
    path = FOLDER / f"{name}.js"
    script = Script(path.read_text(encoding="utf-8")) if path.exists() else None
    return _environment().get_template(f"{name}.html.j2").render(values, script=script)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        autoescape=True,
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals["documented"] = _documented
    return made


def _documented(page: str, slug: str) -> str:
    """Where a page of the documentation explains a slug."""
    return f"{DOCUMENTATION}/{page}.md#{quote(slug)}"
