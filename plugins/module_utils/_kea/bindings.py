# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Kea's leases as bindings, and bindings as its leases: rows of its files, and arguments of its commands.

Managed hosts import this: Python 3.9, nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.leases import (
    COLUMNS,
    EXPIRED,
    LATEST,
    STATES,
    Entry,
    octets,
    unescape,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.tree import text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.bindings import Binding
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    format_address,
    parse_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import ENDLESS

_NUMBERS: Mapping[str, int] = {name: int(number) for number, name in STATES.items()}
_ESCAPED = frozenset(b",&") | frozenset(range(32))
_RELAY, _SUB_OPTIONS = "relay-agent-info", "sub-options"

# A binding, and the number of its subnet in Kea.
Placed = tuple[Binding, int]


class Form(NamedTuple):
    """How a release keeps leases. It reads the files of the others, but has to convert them when it starts.

    pool_ids: whether its files have that column. client_ids: the lengths of identifiers that it takes; it drops a row
    with another one.
    """

    pool_ids: bool = True
    client_ids: range = range(2, 256)


_OLD = Form(False, range(2, 129))
# The first release of the other form.
_NEWER = (2, 4)


def form_of(version: str) -> Form:
    """The form of a release, such as 2.6.3."""
    numbers = tuple(int(word) for word in version.split(".")[:2] if word.isdigit())
    return Form() if numbers >= _NEWER else _OLD


# --- reading ------------------------------------------------------------------------------------------------------


def binding(entry: Entry) -> Binding:
    """The binding of a row that does not remove its lease."""
    # A comma inside a column is escaped.
    columns = entry.row.split(b",")
    lifetime, expire = int(columns[3]), int(columns[4])
    return Binding(
        parse_address(entry.address) or 0,
        entry.state,
        max(min(expire, LATEST) - lifetime, 0),
        None if lifetime == ENDLESS or expire > LATEST else expire,
        octets(columns[1]),
        octets(columns[2]),
        unescape(columns[8]).decode("utf-8", "replace").lower().encode(),
        _relay_of(unescape(columns[10])) if len(columns) > 10 else b"",
    )


def from_answer(lease: Mapping[str, Any]) -> Placed:
    """A lease in the answer to lease4-get-page or lease4-get-all."""
    lifetime = min(_whole(lease, "valid-lft"), ENDLESS)
    granted = min(_whole(lease, "cltt"), LATEST)
    context = lease.get("user-context")
    held = Binding(
        parse_address(text(lease, "ip-address")) or 0,
        STATES.get(b"%d" % _whole(lease, "state"), EXPIRED),
        granted,
        None if lifetime == ENDLESS else granted + lifetime,
        _octets(text(lease, "hw-address")),
        _octets(text(lease, "client-id")),
        text(lease, "hostname").encode("utf-8", "replace"),
        _relay_of(json.dumps(context).encode()) if isinstance(context, Mapping) else b"",
    )
    return held, _whole(lease, "subnet-id")


def _whole(lease: Mapping[str, Any], name: str) -> int:
    value = lease.get(name)
    return max(value, 0) if isinstance(value, int) else 0


def _octets(shown: str) -> bytes:
    try:
        return octets(shown.encode("latin-1", "replace"))
    except ValueError:
        return b""


def _relay_of(context: bytes) -> bytes:
    """The sub-options in a user context, as 2.6 writes them or as 2.2 does."""
    if _RELAY.encode() not in context:
        return b""
    try:
        found = json.loads(context.decode("utf-8", "replace"))["ISC"][_RELAY]
        found = found if isinstance(found, str) else found[_SUB_OPTIONS]
        return bytes.fromhex(found[2:] if found.startswith("0x") else found)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return b""


# --- writing ------------------------------------------------------------------------------------------------------


def table(leases: Iterable[Placed], form: Form) -> Iterator[bytes]:
    """A lease file, as parts of it."""
    columns = COLUMNS if form.pool_ids else COLUMNS[:-1]
    yield ",".join(columns).encode() + b"\n"
    end = b",0\n" if form.pool_ids else b"\n"
    for held, subnet in leases:
        yield row(held, subnet) + end


def row(held: Binding, subnet: int) -> bytes:
    """A row up to the user context. A state that Kea does not know is over."""
    lifetime = _lifetime(held)
    context = b""
    if held.relay:
        context = _escape(json.dumps(_context(held), separators=(",", ":")).encode())
    return b"%s,%s,%s,%d,%d,%d,0,0,%s,%d,%s" % (
        format_address(held.address).encode(),
        held.hardware.hex(":").encode(),
        held.client_id.hex(":").encode(),
        lifetime,
        held.granted + lifetime,
        subnet,
        _escape(held.hostname.lower()),
        _NUMBERS.get(held.state, _NUMBERS[EXPIRED]),
        context,
    )


def arguments(held: Binding, subnet: int) -> dict[str, Any]:
    """The arguments of lease4-update that make Kea hold it, whatever it holds now."""
    found: dict[str, Any] = {
        "ip-address": format_address(held.address),
        "subnet-id": subnet,
        "hw-address": held.hardware.hex(":"),
        "valid-lft": _lifetime(held),
        "expire": held.granted + _lifetime(held),
        "state": _NUMBERS.get(held.state, _NUMBERS[EXPIRED]),
        "force-create": True,
    }
    if held.client_id:
        found["client-id"] = held.client_id.hex(":")
    if held.hostname:
        found["hostname"] = held.hostname.decode("utf-8", "replace").lower()
    if held.relay:
        found["user-context"] = _context(held)
    return found


def _lifetime(held: Binding) -> int:
    """Never 0, which would remove the lease."""
    return ENDLESS if held.ends is None else min(max(held.ends - held.granted, 1), ENDLESS - 1)


def _context(held: Binding) -> dict[str, Any]:
    return {"ISC": {_RELAY: {_SUB_OPTIONS: f"0x{held.relay.hex().upper()}"}}}


def _escape(column: bytes) -> bytes:
    if _ESCAPED.isdisjoint(column):
        return column
    return b"".join(b"&#x%02x" % octet if octet in _ESCAPED else bytes((octet,)) for octet in column)
