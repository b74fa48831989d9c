# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The oracle of the same declaration on both daemons: the real dhcpd's offers, Kea's, and those that we expect of Kea.

both.py record            ask dhcpd (DHCPD names it) and every release in the folder KEA (see kea.py), and write
                          both.jsonl; it needs root
both.py search A B [KEA]  ask about the samples with these numbers, and show differences
both.py show NAME         show a sample's files, its clients, and their offers
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import effect_daemon
from both_samples import CASES, COUNT, Both, sample
from effect import packed, unpacked
from effect_daemon import ASKED, NEVER, Answer, RefusedError
from effect_model import CODES, encoded
from effect_samples import SERVER, SIZE, SUBNETS, Client
from kea import releases

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client import packet
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.conf import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Reservation, parse_address
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.effective import INFINITE, settings
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import View

RECORD = Path(__file__).resolve().with_suffix(".jsonl")
DHCPD = "dhcpd"
_HOST_NAME, _RENEWAL, _REBINDING, _SEARCH = "12", "58", "59", "119"
_FIELDS = {"next": "next-server", "server": "server-name", "file": "filename"}


class Entry(NamedTuple):
    """A line of the record. answers: of each daemon, to every client; None means no answer."""

    digest: str
    answers: Mapping[str, Sequence[Answer | None]]


def samples() -> dict[str, Both]:
    """Cases, then the generated samples that Kea can have."""
    made = (sample(number) for number in range(COUNT))
    return {item.name: item for item in (*CASES, *(item for item in made if not item.refusals))}


def digest(item: Both) -> str:
    return hashlib.sha256(item.source.encode()).hexdigest()[:12]


def read_record() -> dict[str, Entry]:
    found = {}
    for line in RECORD.read_text().splitlines():
        name, told, answers = json.loads(line)
        alike = {daemons: [text and unpacked(text) for text in texts] for daemons, texts in answers.items()}
        found[name] = Entry(told, {daemon: texts for daemons, texts in alike.items() for daemon in daemons.split()})
    return found


# --- what an answer means ---------------------------------------------------------------------------------------------


def meaning(answer: Answer, client: Client) -> dict[str, str]:
    """An answer without what makes no difference to the client."""
    options = dict(answer["options"])
    if answer["address"] == packet.NOWHERE:
        return {"address": "refused"}
    options.pop("61", None)  # dhcpd tells clients of reservations their own identifier
    if int(_HOST_NAME) not in _asked(client) or (int(_HOST_NAME), options.get(_HOST_NAME)) in client.more:
        options.pop(_HOST_NAME, None)  # Kea tells clients their own name, and others theirs without being asked
    if _SEARCH in options:
        options[_SEARCH] = " ".join(_names(bytes.fromhex(options[_SEARCH])))
    for code, share in ((_RENEWAL, 0.5), (_REBINDING, 0.875)):
        # Clients take these shares, so Kea may say them.
        told = options.pop(code, None)
        lease = options.get("51", NEVER)
        if told and lease != NEVER and abs(int(told, 16) - int(lease, 16) * share) > 1:
            options[code] = told
    return {name: answer[name] for name in ("address", *_FIELDS)} | options


def _asked(client: Client) -> bytes:
    """The options for which the client asks."""
    told = next((value for code, value in client.more if code == packet.PARAMETERS), None)
    return ASKED[client.asks] if told is None else bytes.fromhex(told)


def _names(data: bytes) -> Iterator[str]:
    """The domain names of an option, which may point to each other's endings (RFC 1035)."""
    at = 0
    while at < len(data):
        labels, here, after = [], at, 0
        while data[here]:
            if data[here] >= 0xC0:
                after = after or here + 2
                here = (data[here] & 0x3F) << 8 | data[here + 1]
                continue
            labels.append(data[here + 1 : here + 1 + data[here]].decode())
            here += 1 + data[here]
        at = after or here + 1
        yield ".".join(labels)


def compared(client: Client, one: Answer | None, other: Answer | None) -> Iterator[str]:
    """Every difference between two answers. Of several ranges each daemon may choose another address."""
    if one is None or other is None:
        if one is not other:
            yield f"{one and one['address']} is offered by the one, {other and other['address']} by the other"
        return
    here, there = meaning(one, client), meaning(other, client)
    addresses = [here["address"], there["address"]]
    if addresses[0] != addresses[1]:
        if client.address in addresses or not all(map(_in_range, addresses)):
            yield f"{addresses[0]} is offered by the one, {addresses[1]} by the other"
        return
    for name in sorted({*here, *there}):
        if here.get(name) != there.get(name):
            yield f"{name} is {here.get(name)} from the one, {there.get(name)} from the other"


def _in_range(address: str) -> bool:
    start, _dot, last = address.rpartition(".")
    return any(
        network.rpartition(".")[0] == start and first <= int(last) < first + SIZE
        for network, _mask, firsts in SUBNETS
        for first in firsts
    )


# --- what we expect of Kea --------------------------------------------------------------------------------------------


def expected(view: View, client: Client, classes: Sequence[str], address: str) -> Answer | None:
    """Kea's offer of this address to a client in these classes; None if we think that it makes none."""
    number = parse_address(address)
    assert number is not None
    named = [item for item in view.server.reservations if _names_client(item, client)]
    own = next((item for item in named if number in item.addresses), None)
    own = own or next((item for item in named if not item.addresses), None)
    found = settings(view, number, classes, bool(named), own)
    if found is None:
        return None
    seconds = found.lease_seconds(client.seconds)
    known = {name: value for name, value in found.options.items() if name in CODES}
    options = {CODES[name][0]: encoded(name, value, client) for name, value in known.items()}
    asked = {1, *_asked(client)}
    shown = {str(code): value.hex() for code, value in options.items() if value and code in asked}
    shown["51"] = NEVER if seconds == INFINITE else f"{seconds:08x}"
    shown.setdefault("54", packet.pack_address(SERVER).hex())
    fields = {name: "".join(found.parameters.get(theirs, ())) for name, theirs in _FIELDS.items()}
    return {"address": address, **fields, "next": fields["next"] or packet.NOWHERE, "options": shown}


def _names_client(item: Reservation, client: Client) -> bool:
    if item.client_id is not None:
        return item.client_id == client.identifier
    return item.hardware == f"ethernet {client.card}"


def differences(item: Both, answers: Mapping[str, Sequence[Answer | None]]) -> Iterator[str]:
    """Between the daemons, and between Kea and what we expect."""
    view = View(read_server("server", item.kea))
    for number, client in enumerate(item.clients):
        for daemon, found in answers.items():
            one, other = answers[DHCPD][number], found[number]
            for text in compared(client, one, other):
                yield f"{item.name}: client {number}: dhcpd and {daemon}: {text}"
            if daemon != DHCPD and other is not None and other["address"] != packet.NOWHERE:
                ours = expected(view, client, item.classes(client), other["address"])
                for text in compared(client, ours, _plain(other, client)):
                    yield f"{item.name}: client {number}: we and {daemon}: {text}"


def _plain(answer: Answer, client: Client) -> Answer:
    """An answer without what we cannot expect, and without what its relay is told again."""
    echoed = {code for code, _value in client.more if code != int(_HOST_NAME)}
    kept = {str(code) for code, _kind in CODES.values() if code not in echoed} | {"51"}
    return {**answer, "options": {code: value for code, value in answer["options"].items() if code in kept}}


# --- by hand ----------------------------------------------------------------------------------------------------------


def ask_all(daemon: str | Path, items: Iterable[Both]) -> dict[str, list[Answer | None]]:
    """The answers of a dhcpd, or of the Kea in a root."""
    kea = Path(daemon).is_dir()
    with effect_daemon.running(daemon) as running:
        return {item.name: running.answers(item.kea if kea else item.dhcpd, item.clients) for item in items}


def _record(dhcpd: str, roots: Path) -> None:
    items = samples()
    found = {DHCPD: ask_all(dhcpd, items.values())}
    for release in releases(roots):
        found[release] = ask_all(roots / release, items.values())
    lines = []
    for name, item in items.items():
        alike: dict[str, list[str]] = {}
        for daemon, answers in found.items():
            texts = json.dumps([answer and packed(answer) for answer in answers[name]])
            alike.setdefault(texts, []).append(daemon)
        told = {" ".join(daemons): json.loads(texts) for texts, daemons in alike.items()}
        lines.append(json.dumps([name, digest(item), told]))
    RECORD.write_text("\n".join(lines) + "\n")


def _search(dhcpd: str, root: Path, items: Iterable[Both]) -> None:
    with effect_daemon.running(dhcpd) as one, effect_daemon.running(root) as other:
        for item in items:
            if item.refusals:
                print(f"--- {item.name} is refused: {item.refusals[0]}")
                continue
            try:
                here, there = one.answers(item.dhcpd, item.clients), other.answers(item.kea, item.clients)
            except (RefusedError, TimeoutError) as error:
                print(f"=== {item.name} does not run: {error}")
                continue
            for difference in differences(item, {DHCPD: here, root.name: there}):
                print("===", difference)


def _show(item: Both, entry: Entry | None) -> None:
    print(item.dhcpd, item.kea, sep="\n")
    for number, client in enumerate(item.clients):
        print(client, f"in {item.classes(client)}")
        for daemon, answers in entry.answers.items() if entry else ():
            print(f"  {daemon}: {answers[number]}")


def main(verb: str, *words: str) -> None:
    dhcpd, roots = os.environ.get("DHCPD", "/usr/sbin/dhcpd"), Path(os.environ.get("KEA", "/"))
    if verb == "record":
        _record(dhcpd, roots)
    elif verb == "search":
        first, last, *names = words
        root = roots / (names or releases(roots))[-1]
        generated = map(sample, range(int(first), int(last)))
        _search(dhcpd, root, [*CASES, *generated] if first == "0" else generated)
    else:
        for name in words:
            item = samples().get(name) or sample(int(name))
            _show(item, read_record().get(name) if RECORD.exists() else None)


if __name__ == "__main__":
    main(*sys.argv[1:])
