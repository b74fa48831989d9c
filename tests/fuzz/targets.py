# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every reader of outside data, as a function of bytes that must not raise.

tests/unit/fuzz runs them on mutations that Hypothesis draws, `make fuzz` on those that Atheris finds by code coverage.
"""

from __future__ import annotations

import contextlib
import io
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client import lease, packet
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import bindings as dhcpd_bindings
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import journal as journal_module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import leases as leases_module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import omapi as omapi_module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.adopt.variables import adopt
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.live import collect, interfaces
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.server_conf import read_configuration
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import STATES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.managed import certificate_end
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import bindings as kea_bindings
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import channel
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import journal as kea_journal_module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import leases as kea_leases_module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import server_conf as kea_server_conf
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import status as kea_status
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.adopt import adopt as adopt_kea
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.conf import read_server as read_kea
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.live import collect as collect_kea
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.leases import packed, unpacked
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import BINDING_STATES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.pools import balance
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import check
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.drift import compare
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules import kea_texts

UNIT = Path(__file__).parents[1] / "unit/plugins/module_utils"
NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
KEY = omapi_module.Key("omapi_key", "hmac-sha256", b"0123456789abcdef0123456789abcdef")


def text(data: bytes) -> str:
    """As the modules read files."""
    return data.decode("utf-8", "replace")


def configuration(data: bytes) -> None:
    """The validator's parser and all that uses its result. The text is also its own included file."""
    server = read_server("one", text(data), {"x": text(data)})
    assert all(str(problem).isprintable() for problem in server.problems)
    other = replace(server, name="two")
    assert all(finding.message for finding in check([server, other]))
    assert not compare(server, other)
    with contextlib.suppress(ValueError):  # this exception reports text that dhcpd would not read
        adopt("one", text(data), {"x": text(data)})


def kea_configuration(data: bytes) -> None:
    """The same for a configuration of Kea."""
    server = read_kea("one", text(data), {"x": text(data)})
    assert all(str(problem).isprintable() for problem in server.problems)
    assert all(finding.message for finding in check([server, replace(server, name="two")]))
    assert not compare(server, replace(server, name="two"))
    with contextlib.suppress(ValueError):  # this exception reports text that Kea would not read
        adopt_kea("one", text(data), {"x": text(data)})


def kea_live(data: bytes) -> None:
    """The part of a configuration of Kea that leaves its host."""
    found, includes = collect_kea(text(data), {"x": text(data)}.get)
    assert found.count("\n") == text(data).count("\n")
    assert set(includes) <= {"x"}


def live_configuration(data: bytes) -> None:
    """The part of a configuration that leaves its host."""
    found, includes = collect(text(data), {"x": text(data)}.get)
    assert found.count("\n") == text(data).count("\n")
    assert set(includes) <= {"x"}
    interfaces(text(data))


def server_configuration(data: bytes) -> None:
    """The reader of the managed host: a text that no daemon accepts raises ValueError."""
    with contextlib.suppress(ValueError):
        found = read_configuration(text(data), lambda _name: text(data))
        balance(found.pools, {"10.0.0.1": "active"})
        assert all(pool.size >= len(pool.ranges) for pool in found.pools)


def lease_database(data: bytes) -> None:
    """dhcpd.leases: damage is read as dhcpd reads it, and a growing file never yields half an entry."""
    whole = list(leases_module.read_database(io.BytesIO(data)))
    for entry in whole:
        if entry.address:
            found = leases_module.lease(entry)
            assert found.binding_state in BINDING_STATES
            assert found.address.count(".") == 3
            held = dhcpd_bindings.binding(entry)
            assert list(unpacked(io.BytesIO(b"".join(packed([held]))))) == [held]
        else:
            assert leases_module.saved_state(entry).local_state in STATES.values()
    assert list(leases_module.read_database(io.BytesIO(data), growing=True)) in (whole, whole[:-1])
    leases_module.last_entries(whole, lambda entry: entry.binding_state)


def kea_leases(data: bytes) -> None:
    """Kea's lease files; a growing file never yields half a row."""
    with contextlib.suppress(kea_leases_module.HeaderError):
        whole = list(kea_leases_module.read_database([io.BytesIO(data)]))
        for entry in whole:
            assert kea_leases_module.lease(entry).address.count(".") == 3
            held = kea_bindings.binding(entry)
            (again,) = unpacked(io.BytesIO(b"".join(packed([held]))))
            assert again._replace(state=held.state) == held
        assert list(kea_leases_module.read_database([io.BytesIO(data)], growing=True)) in (whole, whole[:-1])


def client_lease(data: bytes) -> None:
    """The leases of dhclient (a text) and dhcpcd (a DHCPACK), with whatever a server sent."""
    lease.dhclient_lease(text(data).splitlines(keepends=True), "ens9", NOW)
    lease.dhcpcd_lease(data, "ens9", NOW, NOW)


def journal(data: bytes) -> None:
    """The logs of the daemon and the client."""
    lines = text(data).splitlines()
    journal_module.read_faults(journal_module.last_run(lines))
    conversation = lease.read_conversation(lines)
    assert lease.explain(conversation, "ens9")


def kea_journal(data: bytes) -> None:
    """The log of Kea."""
    lines = text(data).split("\n")
    found = kea_journal_module.read_log(kea_journal_module.last_run(lines), {"x-primary": "x"}, 1795371700.0)
    assert all(fault.count > 0 and fault.hint for fault in found.faults)


def certificate(data: bytes) -> None:
    """A certificate, as it is in its file and without the armour."""
    for read in (text(data), ssl.DER_cert_to_PEM_cert(data)):
        end = certificate_end(read)
        assert end is None or end < 2**32


def kea_answer(data: bytes) -> None:
    """Kea's answers on its socket: its states, and the configuration with which it runs."""
    with contextlib.suppress(channel.ChannelError):
        found = channel.decode(data)
        server = kea_server_conf.read_configuration(found)
        balance(server.pools, {"10.0.0.1": "active"})
        assert all(state.phase for state in kea_status.read_states(found, server))
        assert kea_bindings.from_answer(found)[0].granted >= 0


def omapi(data: bytes) -> None:
    """Answers from whatever listens on the OMAPI port."""
    for key in (None, KEY):
        with contextlib.suppress(omapi_module.OmapiError):
            found = omapi_module.decode(data, key)
            if found:
                message, size = found
                assert 0 < size <= len(data)
                assert all((omapi_module.number(message.object, name) or 0) < 1 << 32 for name in message.object)


def dhcp_packet(data: bytes) -> None:
    """Frames and DHCP messages: the only exception is PacketError, for data that is not a message."""
    found = packet.decode_frame(data)
    for payload in (data, found.payload if isinstance(found, packet.Datagram) else b""):
        with contextlib.suppress(packet.PacketError):
            message = packet.decode_message(payload)
            packet.describe_options(message.options)
            assert message.type is None or 0 <= message.type < 256
            assert message.server is None or message.server.count(".") == 3


@dataclass(frozen=True)
class Target:
    """A function, real inputs to start from, and the words of the format."""

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...]


def _files(*patterns: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for pattern in patterns for path in sorted(UNIT.glob(pattern)))


def _answers() -> tuple[bytes, ...]:
    """The answers of dhcpd, without the eight bytes that begin a connection."""
    lines = (UNIT / "data/omapi_dialogues.txt").read_text().splitlines()
    return tuple(bytes.fromhex(line[2:]) for line in lines if line.startswith("S ") and len(line) > 20)


_ACK = packet.encode_message(
    packet.Message(
        True, 1, b"\x52\x54\0\0\0\1", {53: b"\5", 54: b"\x0a\0\0\1", 51: b"\0\0\0\x3c", 1: b"\xff\xff\xff\0", 52: b"\3"}
    )
)
_FRAME = packet.encode_frame(packet.Datagram(b"\1" * 6, b"\2" * 6, "10.0.0.1", "10.0.0.2", 67, 68, _ACK))
_LOG = (
    b"1795371596.5 host dhcpd[7]: failover peer a: I move from normal to communications-interrupted\n"
    b"1795371597.5 host dhcpd[7]: bind update on 10.0.0.1 from a rejected: unknown IP address\n"
    b"1795371598.5 host dhcpd[7]: peer a: disconnected\n"
    b"Nov 22 18:20:00 host dhcpd: peer.example.org: host unknown.\n"
    b"2026-11-22T18:20:00+01:00 host dhcpd[7]: failover peer b: I move from recover to startup\n"
    b"1795371599 host dhcpd: DHCPDISCOVER from a via b: peer holds all free leases\n"
    b"DHCPDISCOVER on ens9\nDHCPOFFER of 10.0.0.5 from 10.0.0.1\nDHCPNAK from 10.0.0.1\n"
)
# Invisible characters: no-break, zero-width and other blanks, line separators, a byte-order mark, and the
# control characters that Python takes for the end of a line.
_INVISIBLE = (
    *map(str.encode, "\u00a0\u00ad\u0085\u200b\u200d\u2028\u2029\u3000\ufeff\x0b\x0c\x1c\x1d\x1e\x1f"),
    *(b"\r\n", b"\r", b"\xa0", b"\xfc"),
)
_CONFIGURATION = _INVISIBLE + tuple(
    b'"x" " \\ { } ; # , = ( ) 0 -1 0x 99999999999 10.0.0.1 10.0.0.0/8 include pool subnet netmask range failover peer '
    b"primary secondary mclt split hba port address class subclass match if else host group shared-network key secret "
    b"algorithm option code array of option-6rd allow deny members omapi-port omapi-key hardware fixed-address "
    b"\xe2\x80\x9c \x00 \xff \n".split(b" ")
)
_KEA = _INVISIBLE + tuple(
    b'" \\ { } [ ] : , # // /* */ <?include "x"?> 0 -1 0.5 99999999999 true null 10.0.0.1 10.0.0.0/8 1.1.1.1-1.1.1.9 '
    b'"Dhcp4" "subnet4" "pools" "pool" "id" "option-data" "name" "code" "data" "csv-format" "reservations" '
    b'"hw-address" "client-class" "client-classes" "test" "HA_one" "peers" "url" "role" "mode" "valid-lifetime" '
    b"\xe2\x80\x9c \x00 \xff \n".split(b" ")
)
_LEASES = _INVISIBLE + tuple(
    b'lease {\n }\n 0 99/99/99 epoch never ; # " \\777 \\ uid failover peer state my partner at mclt starts ends '
    b"binding next rewind hardware option expire fixed-address interface 99999999999999999999 \x00 \xff \n "
    b"on expiry set = agent.circuit-id billing class reserved client-hostname partner-down active abandoned".split(b" ")
)
# The times between which a certificate holds, as they are in it.
_VALIDITY = b"\x30\x1e\x17\x0d261126000000Z\x17\x0d281125000000Z"
_BYTES = (b"\x63\x82\x53\x63", *(bytes([number]) * size for number in (0, 1, 4, 255) for size in (1, 2, 4)))


def _kea_answers() -> tuple[bytes, ...]:
    """Recorded answers about states, each with a configuration in it."""
    recorded = json.loads((UNIT / "data/kea/status.json").read_text())
    configuration = json.loads(kea_texts.GOOD[0].texts[0])
    return tuple(
        json.dumps({"result": 0, "arguments": {**answer["arguments"], **configuration}}).encode()
        for answer in list(recorded.values())[:3]
    )


def _kea_log() -> tuple[bytes, ...]:
    """A line of every kind."""
    names = [name for kind in kea_journal_module.KINDS for name in kind.messages]
    moved = "x-primary: server transitions from READY to HOT-STANDBY state, partner state is READY"
    lines = [f"{1795371600 + at}.5 h kea-dhcp4[17]: {name} x-primary: it failed" for at, name in enumerate(names)]
    return ("\n".join([*lines, f"1795371690.5 h kea-dhcp4[17]: HA_STATE_TRANSITION {moved}"]).encode(),)


TARGETS = {
    "configuration": Target(configuration, _files("fixtures/*.conf"), _CONFIGURATION),
    "kea-configuration": Target(
        kea_configuration, tuple(part.encode() for edit in kea_texts.GOOD for part in edit.texts[:1]), _KEA
    ),
    "kea-live": Target(
        kea_live,
        (b'{"password": "x", "a": <?include "x"?>} # c', *(edit.texts[0].encode() for edit in kea_texts.GOOD[:3])),
        (b"//", b"/*", b"*/", b'"secret": "', b"<?include", *_KEA),
    ),
    "live-configuration": Target(live_configuration, _files("fixtures/*.conf"), _CONFIGURATION),
    "server-configuration": Target(server_configuration, _files("fixtures/*.conf"), _CONFIGURATION),
    "lease-database": Target(lease_database, _files("data/[ps]*.leases"), _LEASES),
    "kea-leases": Target(kea_leases, _files("data/kea/leases.csv*"), (b",", b"\n", b"&#x", b"4294967295", b"{}")),
    "client-lease": Target(
        client_lease, (*_files("data/dhclient.leases", "data/dhcpcd.lease"), _ACK), _LEASES + _BYTES
    ),
    "kea-journal": Target(kea_journal, _kea_log(), (b"x-primary: ", b" state", b"kea-dhcp4[17]: ", *_INVISIBLE)),
    "kea-answer": Target(kea_answer, _kea_answers(), _KEA),
    "certificate": Target(
        certificate, (_VALIDITY,), (b"\x17\x0d", b"99", b"Z", b"-----BEGIN CERTIFICATE-----\n", b"=")
    ),
    "journal": Target(journal, (_LOG,), tuple(_LOG.split()) + _INVISIBLE),
    "omapi": Target(omapi, _answers(), _BYTES),
    "dhcp-packet": Target(dhcp_packet, (_ACK, _FRAME), _BYTES),
}
