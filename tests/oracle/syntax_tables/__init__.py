# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables from which the samples are made. A name is CHAPTER/WHAT/HOW and never changes its meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from syntax_tables import (
    clients,
    definitions,
    expressions,
    lexical,
    networks,
    options,
    parameters,
    places,
    relationships,
    statements,
    variables,
)

CHAPTERS = (
    options,
    parameters,
    expressions,
    statements,
    places,
    networks,
    clients,
    relationships,
    definitions,
    lexical,
)


def everything() -> Iterator[tuple[str, str | Mapping[str, Any]]]:
    """Every sample: its name, and its text or its variables."""
    for chapter in CHAPTERS:
        yield from chapter.samples()
    yield from variables.samples()
