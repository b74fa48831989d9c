# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The facts for the rules about statements that dhcpd runs for each packet."""

from __future__ import annotations

import re
from functools import lru_cache

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import (
    ALLOW_PARAMETERS,
    PARAMETERS,
    names_in,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Conditional

# A statement's first two words, wherever one can begin: the second is an option's name.
_STATEMENT = re.compile(
    r"(?:^|[{};:]) *(?=[a-z])([a-z][a-z0-9-]*)(?: +((?:option +)?[a-z0-9_.-]+))?(?= *[^a-z0-9_.-]|$)", re.IGNORECASE
)
_OPTION_VERBS = frozenset({"option", "supersede", "append", "prepend", "default", "add", "send"})
_ALLOW_VERBS = frozenset({"allow", "deny", "ignore"})
_STRUCTURE = frozenset({"if", "elsif", "else", "switch", "case", "break", "on"})
_HOOKS = frozenset({"log", "execute"})


@lru_cache(maxsize=4096)
def conditional(text: str) -> Conditional:
    """The normalised text of a block, or of a statement whose order relative to blocks matters."""
    sets: set[str] = set()
    others = False
    statements = [found for found in _STATEMENT.findall(text) if found[0] not in _STRUCTURE]
    for first, second in statements:
        if first == "default" and not second:
            continue  # a branch of `switch`
        if first in _OPTION_VERBS:
            sets.add(f"option {second if first == 'option' else second.removeprefix('option ')}")
        elif first in _ALLOW_VERBS:
            sets.add(ALLOW_PARAMETERS.get(second, second))
        elif first in PARAMETERS or first == "authoritative":
            sets.add(first)
        else:
            others = True
    if text.startswith("on "):
        hook = not sets  # variables are for what it logs or runs
    else:
        hook = bool(statements) and all(first in _HOOKS for first, _second in statements)
    return Conditional(text, names_in(text), frozenset(sets), "{" in text, hook, others)
