# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The daemon of a managed host: what one can ask of it and tell it, whichever it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Protocol

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.control import ACCESS, DhcpdControl
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import (
    Answer,
    Change,
    Lease,
    LeaseCount,
    Phase,
    Report,
    Selection,
)

# What an operator can tell a server to do.
VERBS = ("partner_down", "hand_over", "rejoin")
# How the caller knows that the partner does not serve.
PARTNER = ("unknown", "stopped", "unreachable", "fenced")
# The options with which a module finds the daemon; plugins/doc_fragments/_omapi.py documents them.
OPTIONS: Mapping[str, Mapping[str, Any]] = ACCESS


class Control(Protocol):
    """The daemon of this host. Every method raises ControlError if it cannot do its work."""

    def answer(self, names: Sequence[str] | None, states_only: bool) -> Answer:
        """What it says of these relationships, or of all; with states_only nothing that takes long to find out."""
        ...

    def configured(self) -> list[Report]:
        """The halves of the configuration on this host, without asking the daemon."""
        ...

    def saved_phases(self) -> dict[str, Phase]:
        """By relationship, the state that its database holds. For a daemon that nobody can ask (NoAccessError)."""
        ...

    def leases(self, wanted: Selection, limit: int) -> tuple[list[Lease], list[LeaseCount]]:
        """The leases that fit, by address, and their numbers. More leases than the limit are an error."""
        ...

    def count_leases(self, wanted: Selection) -> list[LeaseCount]:
        """Only the numbers: for databases of any size."""
        ...

    def act(self, verb: str, relationship: str, partner: str, force: bool, check_mode: bool) -> Change:
        """Carry out one of VERBS, and read back that it was done. Refused wherever it would harm.

        partner: one of PARTNER. force: also if clients are left without a server.
        """
        ...


_CONTROLS = {"dhcpd": DhcpdControl}


def control(daemon: str, options: Mapping[str, Any]) -> Control:
    """The control of a daemon by its name. options: a module's; those that the daemon does not know are ignored."""
    chosen = _CONTROLS[daemon]
    return chosen(**{item.name: options[item.name] for item in fields(chosen) if item.name in options})
