# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drill's invariants: histories that keep them, and histories that break each of them in each way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.exchange import iso
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import (
    Episode,
    changes,
    check_kept,
    check_normal,
    check_served,
    check_unique,
    figures,
    holdings,
    judge,
    narrate,
)

T = 1795371600.0
A, B, C = (f"02:00:00:00:00:0{number}" for number in (1, 2, 3))
X, Y = "172.16.1.225", "172.16.1.226"
ONE, TWO = "172.16.1.100", "172.16.1.200"
NAMES = {ONE: "dhcp_server1", TWO: "dhcp_server2"}


def exchange(
    kind: str,
    result: str,
    client: str,
    ended: float,
    address: str | None = X,
    server: str | None = ONE,
    lease: float | None = 60,
    latency: float = 0.0,
    since: float | None = None,
) -> dict[str, Any]:
    """A record as dhcp_client_probe writes it, at seconds after T."""
    leased = result == "ack" and kind in ("acquire", "reboot", "renew", "rebind")
    started = T + ended - latency
    return {
        "record": "exchange",
        "kind": kind,
        "result": result,
        "client": client,
        "client_id": f"01:{client}",
        "address": address,
        "server": server,
        "source": server,
        "lease_time": lease if leased else None,
        "since": started if since is None else T + since,
        "started": started,
        "ended": T + ended,
        "latency": latency,
        "sent": 1,
        "retransmissions": 0,
        "naks": int(result == "nak"),
        "granted": started if leased else None,
        "expires": started + lease if leased and lease is not None else None,
        "message": None,
        "offers": [],
    }


def took(client: str, ended: float, address: str = X, server: str = ONE, **more: Any) -> dict[str, Any]:
    return exchange("acquire", "ack", client, ended, address, server, **more)


def lease(address: str, client: str | None, ends: float | None, state: str = "active") -> dict[str, Any]:
    """An entry as lease_info returns it."""
    return {
        "address": address,
        "binding_state": state,
        "hardware": client,
        "ends": None if ends is None else iso(T + ends)[:19] + "Z",
    }


def episode(**changed: Any) -> Episode:
    values: dict[str, Any] = {
        "name": "kill", "start": T + 100, "healed": T + 130, "end": T + 160, "bound": 6.0, "reason": "load balance",
    }  # fmt: skip
    return Episode(**{**values, **changed})


# --- who held what ------------------------------------------------------------------------------------------------


def spans(exchanges: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, float, float]]:
    return [(held.client[-1], held.address[-3:], held.start - T, held.end - T) for held in holdings(exchanges)]


@pytest.mark.parametrize(
    "what, exchanges, expected",
    [
        ("until it runs out", [took(A, 0)], [("1", "225", 0, 60)]),
        ("for ever", [took(A, 0, lease=None)], [("1", "225", 0, float("inf"))]),
        ("renewed", [took(A, 0), exchange("renew", "ack", A, 30)], [("1", "225", 0, 90)]),
        ("renewed in vain", [took(A, 0), exchange("renew", "timeout", A, 52)], [("1", "225", 0, 60)]),
        ("given back", [took(A, 0), exchange("release", "sent", A, 20)], [("1", "225", 0, 20)]),
        ("refused", [took(A, 0), exchange("renew", "nak", A, 30)], [("1", "225", 0, 30)]),
        ("refused another", [took(A, 0), exchange("acquire", "nak", A, 30, Y)], [("1", "225", 0, 60)]),
        ("another", [took(A, 0), took(A, 30, Y)], [("1", "225", 0, 30), ("1", "226", 30, 90)]),
        ("again, later", [took(A, 0), took(A, 70)], [("1", "225", 0, 60), ("1", "225", 70, 130)]),
        ("told in any order", [exchange("renew", "ack", A, 30), took(A, 0)], [("1", "225", 0, 90)]),
    ],
)
def test_holdings(what: str, exchanges: list[dict[str, Any]], expected: list[tuple[str, str, float, float]]) -> None:
    assert spans(exchanges) == expected, what


# --- unique -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "what, exchanges",
    [
        ("two addresses", [took(A, 0), took(B, 1, Y)]),
        ("one after the other", [took(A, 0), took(B, 60)]),
        ("given back", [took(A, 0), exchange("release", "sent", A, 20), took(B, 20)]),
        ("refused", [took(A, 0), exchange("rebind", "nak", A, 20), took(B, 21)]),
        ("the same client from both servers", [took(A, 0), took(A, 5, server=TWO)]),
        ("offered only", [took(A, 0), exchange("acquire", "timeout", B, 20)]),
    ],
)
def test_unique_holds(what: str, exchanges: list[dict[str, Any]]) -> None:
    verdict = check_unique(exchanges, NAMES)
    assert verdict.ok, (what, verdict)


@pytest.mark.parametrize(
    "what, exchanges",
    [
        ("at once", [took(A, 0), took(B, 20, server=TWO)]),
        ("after a renewal", [took(A, 0), exchange("renew", "ack", A, 30), took(B, 70, server=TWO)]),
        ("by a renewal", [took(A, 0, lease=10), took(B, 10.5, server=TWO), exchange("renew", "ack", A, 12)]),
        ("by reboot", [took(A, 0), exchange("reboot", "ack", B, 20, server=TWO)]),
        ("a lease for ever", [took(A, 0, lease=None), took(B, 1e6, server=TWO)]),
        ("a short one between", [took(A, 0, lease=100), took(C, 5, lease=1), took(B, 50, server=TWO)]),
    ],
)
def test_unique_is_broken(what: str, exchanges: list[dict[str, Any]]) -> None:
    verdict = check_unique(exchanges, NAMES)
    assert verdict.ok is False, what
    said = verdict.evidence[-1]
    assert all(word in said for word in (X, A, B, f"dhcp_server1 ({ONE})", f"dhcp_server2 ({TWO})")), said


def test_unique_names_who_and_when() -> None:
    verdict = check_unique([took(A, 0), took(B, 20.5, server=TWO)], NAMES)
    assert verdict.evidence == (
        f"{X} was acknowledged to {A} by dhcp_server1 ({ONE}) at 18:20:00.0, valid until 18:21:00.0, "
        f"and to {B} by dhcp_server2 ({TWO}) at 18:20:20.5.",
    )
    assert verdict.checked == "2 acknowledgements of 1 address to 2 clients."


def test_unique_in_a_window() -> None:
    exchanges = [took(A, 0), took(B, 20), took(C, 200)]
    assert check_unique(exchanges, NAMES, T + 100, T + 300).ok
    assert check_unique(exchanges, NAMES, T + 30, T + 300).ok is False  # still at the same time then


def test_nothing_seen_is_nothing_proved() -> None:
    verdict = check_unique([], NAMES)
    assert verdict.ok is False
    assert "proves nothing" in verdict.evidence[-1]


# --- kept ---------------------------------------------------------------------------------------------------------

# Taken before, renewed after the healing at +130; databases are read at +150.
RENEWED = [took(A, 80), exchange("renew", "ack", A, 132, server=TWO)]
KNOWN = {"dhcp_server1": [lease(X, A, 192)], "dhcp_server2": [lease(X, A, 192)]}


def kept(exchanges: list[dict[str, Any]], databases: dict[str, list[dict[str, Any]]]) -> Any:
    return check_kept(exchanges, databases, T + 150, T + 130, NAMES)


@pytest.mark.parametrize(
    "what, exchanges, databases",
    [
        ("known and renewed", RENEWED, KNOWN),
        (
            "more than asked for",
            RENEWED,
            {**KNOWN, "dhcp_server1": [lease(Y, B, 10, "free"), lease(X, A.upper(), 300)]},
        ),
        (
            "for ever",
            [took(A, 80), exchange("rebind", "ack", A, 140, lease=None)],
            {"dhcp_server1": [lease(X, A, None)]},
        ),
        ("taken since", [took(A, 135)], {"dhcp_server1": [lease(X, A, 195)]}),
        (
            "just renewed, and the partner does not know yet",
            [took(A, 80, lease=100), exchange("renew", "ack", A, 140, lease=25), exchange("renew", "ack", A, 149)],
            {"dhcp_server1": [lease(X, A, 209)], "dhcp_server2": [lease(X, A, 165)]},
        ),
        ("one that was given back", [*RENEWED, took(B, 80, Y), exchange("release", "sent", B, 90, Y)], KNOWN),
        ("one that ran out", [*RENEWED, took(B, 80, Y)], KNOWN),
    ],
)
def test_kept_holds(what: str, exchanges: list[dict[str, Any]], databases: dict[str, list[dict[str, Any]]]) -> None:
    verdict = kept(exchanges, databases)
    assert verdict.ok, (what, verdict)


@pytest.mark.parametrize(
    "entry, said",
    [
        ([], "but dhcp_server2 does not know that address at all."),
        ([lease(X, A, 192, "free")], 'but dhcp_server2 has it as "free".'),
        ([lease(X, B, 192)], f"but dhcp_server2 has it for {B}."),
        ([lease(X, None, 192)], "but dhcp_server2 has it for None."),
        ([lease(X, A, 140)], "but dhcp_server2 believes that it ended at 18:22:20.0."),
    ],
)
def test_kept_is_broken(entry: list[dict[str, Any]], said: str) -> None:
    verdict = kept(RENEWED, {**KNOWN, "dhcp_server2": entry})
    assert verdict.ok is False
    assert verdict.evidence == (f"{A} holds {X} from dhcp_server2 ({TWO}) until 18:23:12.0, {said}",)


@pytest.mark.parametrize(
    "more, said",
    [
        ([], "has not renewed it since 18:22:10.0"),
        ([exchange("renew", "timeout", A, 145, latency=10)], "could not renew it: 02:00:00:00:00:01: renew: no server"),
        # It began when nobody could answer, and says nothing.
        ([exchange("renew", "timeout", A, 145, latency=40)], "has not renewed it since"),
    ],
)
def test_a_lease_must_be_renewed(more: list[dict[str, Any]], said: str) -> None:
    verdict = kept([took(A, 80, lease=1000), *more], {"dhcp_server1": [lease(X, A, 1080)]})
    assert verdict.ok is False
    assert said in verdict.evidence[0]


@pytest.mark.parametrize("kind", ["renew", "rebind", "reboot"])
@pytest.mark.parametrize("again", [[], [took(B, 136)]])
def test_a_lease_must_not_be_refused_while_it_lasts(kind: str, again: list[dict[str, Any]]) -> None:
    """Whatever address the client gets then."""
    refused = exchange(kind, "nak", A, 134, server=ONE)
    verdict = kept([*RENEWED, refused, *again], {})
    assert verdict.ok is False
    said = f"{A} held {X} from dhcp_server2 ({TWO}) until 18:23:12.0, but dhcp_server1 ({ONE}) refused its {kind} at"
    assert verdict.evidence[0] == f"{said} 18:22:14.0 (DHCPNAK)."
    # Before the scenario began, or when it had ended.
    assert "refused" not in str(check_kept([*RENEWED, refused], {}, T + 150, T + 130, NAMES, T + 135))
    assert "refused" not in str(kept([took(A, 60), refused], {}))


def test_kept_proves_nothing_without_leases_or_databases() -> None:
    assert kept([], KNOWN).ok is False
    assert kept([took(A, 148)], KNOWN).ok is False  # too young to be judged
    assert kept(RENEWED, {}).ok is False


# --- served -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "what, exchanges, changed",
    [
        ("at once", [took(A, 110, latency=0.1)], {}),
        ("within the bound", [took(A, 110, latency=5.9)], {}),
        ("before it all", [took(A, 90, latency=50), took(B, 110)], {}),
        ("since before the failure: counts from it", [took(A, 105, latency=50)], {}),
        ("after the watch", [took(B, 110), took(A, 300, latency=100)], {"end": T + 199}),
        ("a wait that the next watch judges", [took(B, 110), took(A, 170, latency=15)], {}),
        ("a lease that ran out before", [took(B, 110), exchange("expire", "expired", A, 50)], {}),
        (
            "one that had an address for the first time meanwhile, where only old ones could",
            [took(A, 105, latency=1), exchange("release", "sent", A, 107), took(A, 133, latency=25)],
            {"clients": "old"},
        ),
        ("a renewal alone", [exchange("renew", "ack", A, 110)], {}),
        ("nobody could: counts from healing", [took(A, 135, latency=30)], {"clients": "none"}),
        (
            "a lease that ran out where nobody could",
            [exchange("expire", "expired", A, 120), took(A, 135, since=120)],
            {"clients": "none"},
        ),
        ("a new one where only old ones could", [took(B, 135, latency=30)], {"clients": "old"}),
        (
            "still waiting, but not for long",
            [took(A, 110), exchange("acquire", "stopped", B, 160, None, None, latency=5)],
            {},
        ),
    ],
)
def test_served_holds(what: str, exchanges: list[dict[str, Any]], changed: dict[str, Any]) -> None:
    verdict = check_served(exchanges, episode(**changed), NAMES)
    assert verdict.ok, (what, verdict)


@pytest.mark.parametrize(
    "what, exchanges, changed, said",
    [
        ("too late", [took(A, 110, latency=7)], {}, "was served at 18:21:50.0 only by dhcp_server1"),
        (
            "in the third attempt",
            [
                exchange("acquire", "timeout", A, 105, None, None, latency=3, since=102),
                exchange("acquire", "timeout", A, 108, None, None, latency=3, since=102),
                took(A, 109, since=102),
            ],
            {},
            "7.0 s that count, 6 s allowed",
        ),
        (
            "attempts of several runs are one wait",
            [
                exchange("acquire", "timeout", A, 105, None, None, latency=3),
                exchange("acquire", "timeout", A, 110, None, None, latency=3),
            ],
            {},
            "was not served at all: 8.0 s",
        ),
        (
            "never",
            [exchange("acquire", "stopped", A, 160, None, None, latency=50)],
            {},
            "was not served at all: 50.0 s",
        ),
        (
            "refused again and again",
            [exchange("acquire", "nak", A, 110 + n, since=110) for n in range(9)],
            {},
            "refused by",
        ),
        ("began before and waits longer than it may", [took(A, 107, latency=50)], {}, "7.0 s that count"),
        ("nobody could, and late even so", [took(A, 137, latency=30)], {"clients": "none"}, "7.0 s that count"),
        ("an old one late where old ones could", [took(A, 50), took(A, 120, latency=10)], {"clients": "old"}, "10.0 s"),
        (
            "a lease ran out",
            [took(B, 110), exchange("expire", "expired", A, 120, since=90)],
            {},
            "lost 172.16.1.225 at 18:22:00.0",
        ),
        (
            "a lease ran out long after the healing",
            [took(B, 110), exchange("expire", "expired", A, 150)],
            {"clients": "none"},
            "lost",
        ),
    ],
)
def test_served_is_broken(what: str, exchanges: list[dict[str, Any]], changed: dict[str, Any], said: str) -> None:
    verdict = check_served(exchanges, episode(**changed), NAMES)
    assert verdict.ok is False, what
    assert len(verdict.evidence) == 1
    assert A in verdict.evidence[0]
    assert said in verdict.evidence[0]


def test_served_tells_the_longest_wait() -> None:
    verdict = check_served([took(A, 110, latency=1), took(B, 120, Y, latency=5)], episode(), NAMES)
    assert verdict.checked == (
        "2 clients that wanted an address, the longest wait 5.00 s of 6 s (load balance); 0 renewals."
    )


def test_served_leaves_out_what_a_client_gave_up_before() -> None:
    """A client of an earlier scenario that got nothing, and asks again in this one, waits anew."""
    before = exchange("acquire", "timeout", B, 90, None, None, latency=20)
    verdict = check_served([before, took(B, 119, Y, latency=4)], episode(), NAMES)
    assert verdict.ok, verdict
    assert "the longest wait 4.00 s" in verdict.checked
    persistent = took(B, 119, Y, latency=4, since=70)  # one that keeps asking says so
    assert not check_served([before, persistent], episode(), NAMES).ok


def test_served_proves_nothing_without_clients() -> None:
    assert check_served([took(A, 10)], episode(), NAMES).ok is False
    assert check_served([took(A, 300, latency=100)], episode(), NAMES).ok is False


# --- normal -------------------------------------------------------------------------------------------------------


def server(host: str, state: str = "normal", free: int = 6, backup: int = 5) -> dict[str, Any]:
    pool = {"free": free, "backup": backup, "active": 0, "total": free + backup}
    return {
        "host": host,
        "relationship": "dhcp-failover",
        "local_state": state,
        "normal": state == "normal",
        "pool": pool,
    }


@pytest.mark.parametrize(
    "servers, said",
    [
        ([server("one"), server("two")], None),
        ([server("one", free=1, backup=0), server("two", free=1, backup=0)], None),  # nothing to share
        ([server("one", free=2, backup=0), server("two", free=0, backup=2)], None),
        ([server("one", free=60, backup=40), server("two", free=60, backup=40)], None),
        ([server("one", free=7, backup=2), server("two", free=7, backup=2)], None),  # two addresses
        ([server("one", "communications-interrupted"), server("two")], "one: relationship"),
        ([server("one"), server("two", "partner-down")], 'two: relationship "dhcp-failover" is partner-down'),
        ([server("one", free=74, backup=34), server("two", free=55, backup=50)], "the secondary 34 (backup)"),
        ([server("one", free=11, backup=0), server("two")], "the primary has 11 free addresses, the secondary 0"),
        ([server("one")], "only one server was asked"),
        ([], "proves nothing"),
    ],
)
def test_normal(servers: list[dict[str, Any]], said: str | None) -> None:
    verdict = check_normal(servers)
    assert verdict.ok is (said is None)
    if said:
        assert said in verdict.evidence[0]


def test_servers_that_share_no_addresses_need_not_be_balanced() -> None:
    """On Kea all free addresses are free for whoever serves."""
    both = [{**server(host, free=60, backup=0), "balances": False} for host in ("one", "two")]
    verdict = check_normal(both)
    assert (verdict.ok, verdict.title) == (True, "Both servers are normal")
    assert verdict.checked == "one normal, 60 free, 0 active; two normal, 60 free, 0 active."


# --- figures and words --------------------------------------------------------------------------------------------


PHASES = {"normal": "normal", "communications-interrupted": "interrupted", "partner-down": "alone"}


def state(host: str, seconds: float, local_state: str) -> dict[str, Any]:
    said = {"local_state": local_state, "phase": PHASES.get(local_state, "settling")}
    return {"host": host, "time": T + seconds, "relationship": "dhcp-failover", **said}


STATES = [
    state("one", 90, "normal"),
    state("two", 90, "normal"),
    state("two", 110, "communications-interrupted"),
    state("two", 101, "communications-interrupted"),
    state("one", 131, "startup"),
    state("one", 132, "normal"),
    state("two", 132.5, "normal"),
    state("two", 150, "normal"),
]
HISTORY = [
    *RENEWED,
    took(B, 106, Y, TWO, latency=5),
    exchange("renew", "timeout", C, 115, "172.16.1.227", latency=12),
    exchange("rebind", "ack", C, 116, "172.16.1.227", TWO, since=103),
    exchange("acquire", "nak", "02:00:00:00:00:09", 120, Y, TWO),
]


def test_figures() -> None:
    assert figures(HISTORY, STATES, episode()) == {"detection": 1, "takeover": 5, "renewal": 13, "normal": 2.5}
    assert figures([], [], episode()) == {"detection": None, "takeover": None, "renewal": None, "normal": None}
    unhealthy = [*STATES, state("one", 155, "partner-down")]
    assert figures([], unhealthy, episode())["normal"] is None
    assert len(changes(STATES)) == 6


def test_what_happened() -> None:
    assert narrate(HISTORY, STATES, episode(title="kill -9 of dhcpd on one"), NAMES) == [
        "18:21:40.0: kill -9 of dhcpd on one.",
        "+1.0 s: two is communications-interrupted.",
        "+30.0 s: healed.",
        "+31.0 s: one is startup.",
        "+32.0 s: one is normal.",
        "+32.5 s: two is normal.",
        "1 client took an address: 1 from dhcp_server2 (172.16.1.200).",
        "1 attempt to acquire refused (DHCPNAK).",
        "1 client renewed: 1 from dhcp_server2 (172.16.1.200).",
        "1 attempt to renew got no answer.",
        "1 client rebound: 1 from dhcp_server2 (172.16.1.200).",
    ]


# --- all of it ----------------------------------------------------------------------------------------------------

DRILL: dict[str, Any] = {
    "names": NAMES,
    "exchanges": [*RENEWED, took(B, 110, Y, TWO, lease=20)],
    "states": STATES,
    "scenarios": [
        {
            "name": "kill",
            "title": "kill -9 of dhcpd on the primary",
            "start": T + 100,
            "healed": T + 130,
            "end": T + 160,
            "bound": 6,
            "reason": "load balance max seconds is 3, and a client asks again after 4 +/- 1 s",
            "read_at": T + 150,
            "databases": KNOWN,
            "servers": [server("one"), server("two")],
        }
    ],
}


def test_judge() -> None:
    judged = judge(DRILL)
    (found,) = judged["scenarios"]
    assert [(verdict["invariant"], verdict["ok"]) for verdict in found["verdicts"]] == [
        ("unique", True),
        ("kept", True),
        ("served", True),
        ("normal", True),
    ]
    assert found["ok"]
    assert judged["ok"]
    assert found["figures"]["detection"] == 1


@pytest.mark.parametrize(
    "change, broken",
    [
        ({"databases": {**KNOWN, "dhcp_server1": []}}, {"kept": False}),
        ({"databases": None}, {"kept": None}),
        ({"servers": None}, {"normal": None}),
        ({"servers": [server("one", "recover"), server("two")]}, {"normal": False}),
        ({"bound": -1.0}, {"served": False}),
        (
            {"verdicts": [{"invariant": "untouched", "title": "x", "ok": False, "checked": "", "evidence": []}]},
            {"untouched": False},
        ),
    ],
)
def test_a_drill_passes_only_if_everything_was_seen_to_hold(
    change: dict[str, Any], broken: dict[str, bool | None]
) -> None:
    judged = judge({**DRILL, "scenarios": [{**DRILL["scenarios"][0], **change}]})
    verdicts = {verdict["invariant"]: verdict["ok"] for verdict in judged["scenarios"][0]["verdicts"]}
    assert {name: ok for name, ok in verdicts.items() if not ok} == broken
    assert judged["ok"] is False


def test_what_did_not_hold_is_explained_where_the_daemon_cannot_hold_it() -> None:
    change = {"databases": {}, "limits": {"kept": "No daemon can.", "unique": "Both serve."}}
    judged = judge({**DRILL, "scenarios": [{**DRILL["scenarios"][0], **change}]})
    whys = {verdict["invariant"]: verdict["why"] for verdict in judged["scenarios"][0]["verdicts"]}
    assert whys == {"unique": "", "kept": "No daemon can.", "served": "", "normal": ""}
    assert judged["ok"] is False


def test_a_drill_without_scenarios_proves_nothing() -> None:
    assert judge({**DRILL, "scenarios": []})["ok"] is False


@pytest.mark.parametrize(
    "change, said",
    [
        ({"healed": None}, 'scenario "kill": healed not given'),
        ({"healed": T + 10}, "are in no order"),
        ({"clients": "some"}, 'clients: "some"; choose all, old or none'),
    ],
)
def test_a_scenario_that_is_none(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        judge({**DRILL, "scenarios": [{**DRILL["scenarios"][0], **change}]})
