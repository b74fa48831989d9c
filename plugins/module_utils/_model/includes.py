# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The files that a configuration includes, whichever daemon it is for. Managed hosts import this: Python 3.9."""

from __future__ import annotations

from collections.abc import Callable, Iterable

# The readers of configurations follow as many.
MAX_FILES = 1000


def included_texts(
    text: str, names: Callable[[str], Iterable[str]], read: Callable[[str], str | None]
) -> dict[str, str]:
    """The texts of all files that a configuration includes, by name.

    names: of the files that a text includes. read: the text of a file; None where it cannot be read.
    """
    found: dict[str, str] = {}
    waiting = list(names(text))
    while waiting and len(found) < MAX_FILES:
        name = waiting.pop(0)
        if name not in found:
            content = read(name)
            if content is not None:
                found[name] = content
                waiting.extend(names(content))
    return found
